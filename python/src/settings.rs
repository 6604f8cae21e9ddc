//! Settings as keyword arguments, of every task. Each is a key of `config.toml`, and its value is what the key takes.

use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{Arg, Args, Command, FromArgMatches};
use gatewise::{Cpu, Error, memory};
use pyo3::prelude::*;
use serde_json::{Map, Value};

use crate::errors::{raised, refused};
use crate::{classify, detect, forecast, language};

/// Every task by its name, and calls that have settings of their own.
const TASKS: [(&str, Task); 6] = [
    ("forecast", Task::of::<forecast::Settings>()),
    ("detect", Task::of::<detect::Settings>()),
    ("classify", Task::of::<classify::Settings>()),
    ("language", Task::of::<language::Settings>()),
    ("generate", Task::of::<language::Writing>()),
    ("score", Task::of::<language::Reading>()),
];

/// What points from a line of help to all of it, which is what Python has.
const POINTER: &str = "; --help tells when to take which";

/// Near names that are told of a name that is none.
const SUGGESTED: usize = 3;

/// Likeness from which a name may be what was meant.
const NEAR: f64 = 0.75;

/// The settings of a task.
#[derive(Clone, Copy)]
struct Task {
    flags: fn() -> Command,
    check: fn(&str) -> PyResult<()>,
}

impl Task {
    const fn of<T: Settings>() -> Self {
        Self { flags: flags::<T>, check: |json| read::<T>(json).map(drop) }
    }

    fn named(name: &str) -> PyResult<Self> {
        let found = TASKS.into_iter().find(|(task, _)| *task == name);
        found.map(|(_, task)| task).ok_or_else(|| raised(Error::usage(format!("there is no task \"{name}\""))))
    }
}

/// What a task or a call can be told, each a flag of the command line too.
pub trait Settings: Args + FromArgMatches {
    /// Settings that exclude each other.
    const APART: &'static [[&'static str; 2]] = &[];
    /// Settings that need another one.
    const NEEDED: &'static [[&'static str; 2]] = &[];

    /// The limit on memory, where it can be set.
    fn limit(&self) -> Option<&Limit> {
        None
    }

    /// Out of a JSON object, whose nulls are left open. A limit on memory becomes that of the process.
    ///
    /// Raises `SettingError` for a name that is no setting, a value that the setting does not take, and two that exclude each other.
    fn of(json: &str) -> PyResult<Self> {
        let settings: Self = read(json)?;
        if let Some(bytes) = settings.limit().and_then(|limit| limit.memory_limit) {
            memory::Budget::of(bytes).set();
        }
        Ok(settings)
    }
}

/// How much memory may be asked for.
#[derive(Args, Debug, Clone, Default)]
pub struct Limit {
    /// Most memory that any one thing may ask for, such as 4G or 512M, in the whole process [default: three quarters of what the machine,
    /// its control group and the limits of the process allow]
    #[arg(long, value_parser = size)]
    memory_limit: Option<u64>,
}

/// How the cells of a file are read.
#[derive(Args, Debug, Clone, Default)]
pub struct Cells {
    /// Cells that mean "missing", beside NA, NaN, null and empty ones
    #[arg(long)]
    pub na: Option<Vec<String>>,
    /// Character between fields of a file; "tab" for a tab
    #[arg(long, value_parser = delimiter)]
    pub delimiter: Option<u8>,
}

fn flags<T: Args>() -> Command {
    T::augment_args(Command::new("settings").no_binary_name(true).disable_help_flag(true))
}

fn read<T: Settings>(json: &str) -> PyResult<T> {
    let entries: Map<String, Value> = serde_json::from_str(json).map_err(|e| raised(Error::usage(format!("settings: {e}"))))?;
    let flags = flags::<T>();
    let mut words = Vec::new();
    for (key, value) in &entries {
        let own = spoken(find(&flags, key)?, value);
        if own.is_empty() {
            continue;
        }
        match flags.clone().try_get_matches_from(&own) {
            // What it needs may stand beside it.
            Err(error) if error.kind() != ErrorKind::MissingRequiredArgument => return Err(wrong(key, value, &error)),
            _ => {}
        }
        words.extend(own);
    }
    let given = |name: &str| entries.get(name).is_some_and(|value| !value.is_null());
    if let Some([one, other]) = T::APART.iter().find(|[one, other]| given(one) && given(other)) {
        return Err(refused(one, &format!("{one} and {other} exclude each other"), Some("leave one out")));
    }
    let is_set = |name: &str| given(name) && entries[name] != Value::Bool(false);
    if let Some([one, other]) = T::NEEDED.iter().find(|[one, other]| given(one) && !is_set(other)) {
        return Err(refused(one, &format!("{one} needs {other}"), Some(&format!("give {other}=True too, or leave {one} out"))));
    }
    let matches = flags.try_get_matches_from(words);
    matches.and_then(|matches| T::from_arg_matches(&matches)).map_err(|e| raised(Error::usage(format!("settings: {e}"))))
}

/// Names of all settings of a task, with what each is for.
#[pyfunction]
fn _settings(task: &str) -> PyResult<Vec<(String, String)>> {
    let help = |arg: &Arg| {
        let told = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
        told.replace(POINTER, "")
    };
    Ok(offered(&(Task::named(task)?.flags)()).map(|arg| (arg.get_id().to_string(), help(arg))).collect())
}

/// Checks settings of a task, which are JSON.
#[pyfunction]
fn _check_settings(task: &str, settings: &str) -> PyResult<()> {
    (Task::named(task)?.check)(settings)
}

/// Whether a name is that of a setting of any task.
pub fn is_setting(name: &str) -> bool {
    TASKS.iter().any(|(_, task)| offered(&(task.flags)()).any(|arg| arg.get_id() == name))
}

/// The character between the fields of a file.
fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        _ => match *text.as_bytes() {
            [byte] if byte.is_ascii() => Ok(byte),
            _ => Err("a delimiter is one ASCII character, or \"tab\"".to_owned()),
        },
    }
}

/// An amount of memory.
fn size(text: &str) -> Result<u64, String> {
    memory::parse(text).map_err(|e| e.to_string())
}

/// The flags that are settings; one that is hidden is a matter of the command line.
fn offered(flags: &Command) -> impl Iterator<Item = &Arg> {
    flags.get_arguments().filter(|arg| !arg.is_hide_set())
}

/// The flag of a setting. A name that is none is refused, with those that are near it.
fn find<'a>(flags: &'a Command, key: &str) -> PyResult<&'a Arg> {
    if let Some(flag) = offered(flags).find(|arg| arg.get_id() == key) {
        return Ok(flag);
    }
    let known: Vec<&str> = offered(flags).map(|arg| arg.get_id().as_str()).collect();
    let mut near: Vec<(f64, &str)> = known.iter().map(|name| (strsim::jaro_winkler(key, name), *name)).collect();
    near.retain(|(likeness, _)| *likeness >= NEAR);
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let names: Vec<&str> = near.iter().take(SUGGESTED).map(|(_, name)| *name).collect();
    let help = match names.is_empty() {
        false => format!("did you mean {}?", names.join(" or ")),
        true => format!("the settings are {}", known.join(", ")),
    };
    Err(refused(key, &format!("unknown setting \"{key}\""), Some(&help)))
}

/// A value as its flag reads it, an element of a list at a time.
fn spoken(arg: &Arg, value: &Value) -> Vec<String> {
    let flag = arg.get_long().unwrap_or_default();
    match value {
        Value::Null => Vec::new(),
        // A flag that takes no value is there or not.
        Value::Bool(false) if !arg.get_action().takes_values() => Vec::new(),
        Value::Bool(true) if !arg.get_action().takes_values() => vec![format!("--{flag}")],
        Value::Array(values) => values.iter().flat_map(|value| spoken(arg, value)).collect(),
        Value::String(text) => vec![format!("--{flag}={text}")],
        other => vec![format!("--{flag}={other}")],
    }
}

/// What is wrong with a value, and what would be right.
fn wrong(key: &str, value: &Value, error: &clap::Error) -> PyErr {
    use clap::error::{ContextKind, ContextValue};
    let what = std::error::Error::source(error).map_or_else(|| "this is none of its values".to_owned(), ToString::to_string);
    let known = match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(words)) if !words.is_empty() => Some(format!("use one of {}", words.join(", "))),
        _ => None,
    };
    refused(key, &format!("{key}={value}: {what}"), known.as_deref())
}

/// The kernels with so many threads, else those of the process.
pub fn kernels(threads: Option<usize>) -> PyResult<Arc<Cpu>> {
    match threads {
        Some(threads) => gatewise::threads::cpu(threads).map(Arc::new).map_err(|e| raised(Error::usage(e))),
        None => crate::threads::cpu(),
    }
}

/// Adds what is known of settings to a module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(_settings, module)?)?;
    module.add_function(wrap_pyfunction!(_check_settings, module)?)?;
    Ok(())
}
