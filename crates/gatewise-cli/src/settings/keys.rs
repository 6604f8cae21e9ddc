//! The keys of settings. Each is a flag's name with `_` for `-`, and its value is what the flag's own parser takes.

use std::marker::PhantomData;

use clap::{Arg, Args, Command};
use serde::Serialize;
use toml::{Table, Value};

use crate::cli_error::{CliError, did_you_mean};

/// The keys of a group of settings.
pub struct Keys<S> {
    flags: Command,
    settings: PhantomData<S>,
}

impl<S: Args + Serialize> Keys<S> {
    pub fn new() -> Self {
        Self { flags: S::augment_args(Command::new("settings").no_binary_name(true)), settings: PhantomData }
    }

    /// The flag of a key.
    pub fn flag(&self, key: &str) -> String {
        let arg = self.flags.get_arguments().find(|arg| arg.get_id() == key);
        format!("--{}", arg.and_then(Arg::get_long).unwrap_or(key))
    }

    /// Puts entries over those of `table`, and in place of those that exclude them; `place` is where they come from. Entries that exclude
    /// each other are refused.
    pub fn apply(&self, table: &mut Table, entries: impl IntoIterator<Item = (String, Value)>, place: &str) -> Result<(), CliError> {
        let mut own = Table::new();
        for (key, value) in entries {
            let key = key.replace('-', "_");
            let value = self.read(&key, value, place)?;
            if let Some(rival) = self.conflicts(&key).find(|rival| own.contains_key(*rival)) {
                return Err(CliError::usage(format!("{place}: {rival} and {key} exclude each other")).help("leave one out"));
            }
            own.insert(key, value);
        }
        for (key, value) in own {
            self.conflicts(&key).for_each(|rival| drop(table.remove(rival)));
            table.insert(key, value);
        }
        Ok(())
    }

    /// The keys of flags that cannot stand beside that of `key`.
    fn conflicts<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let excludes = |a: &Arg, b: &Arg| self.flags.get_arg_conflicts_with(a).iter().any(|other| other.get_id() == b.get_id());
        let arg = self.flags.get_arguments().find(|arg| arg.get_id() == key);
        let conflicts =
            arg.into_iter().flat_map(move |arg| self.flags.get_arguments().filter(move |b| excludes(arg, b) || excludes(b, arg)));
        conflicts.map(|rival| rival.get_id().as_str())
    }

    /// A value as its flag reads it. Keys that are none are refused, and values that the flag would refuse.
    fn read(&self, key: &str, value: Value, place: &str) -> Result<Value, CliError> {
        let Some(flag) = self.flags.get_arguments().find(|arg| arg.get_id() == key) else {
            return Err(self.unknown(key, place));
        };
        let flag = flag.get_long().unwrap_or(key);
        let words = words(&value).into_iter().map(|word| format!("--{flag}={word}"));
        let error = match self.flags.clone().try_get_matches_from(words).and_then(|matches| S::from_arg_matches(&matches)) {
            // An empty list is no word to its flag.
            Ok(settings) => return Ok(Table::try_from(settings).ok().and_then(|mut table| table.remove(key)).unwrap_or(value)),
            Err(error) => error,
        };
        // The first line says what is wrong, those behind it what would be right; the last one speaks of a command line.
        let text = error.to_string();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("For more information"));
        let what = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let failure = CliError::usage(format!("{place}: {key}: {what}"));
        let help: Vec<&str> = lines.collect();
        Err(if help.is_empty() { failure } else { failure.help(help.join("\n")) })
    }

    fn unknown(&self, key: &str, place: &str) -> CliError {
        let known: Vec<&str> = self.flags.get_arguments().map(|arg| arg.get_id().as_str()).collect();
        let failure = CliError::usage(format!("{place}: unknown key \"{key}\""));
        match did_you_mean(key, known.iter().copied()) {
            Some(near) => failure.help(format!("did you mean \"{near}\"?")),
            None => failure.help(format!("the keys are {}", known.join(", "))),
        }
    }
}

/// A value as it would stand behind its flag, an element of a list at a time.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(words).collect(),
        other => vec![other.to_string()],
    }
}

/// `key=value`, the value as TOML, or as plain text where it is none.
pub fn parse_setting(setting: &str) -> Result<(String, Value), CliError> {
    let Some((key, value)) = setting.split_once('=') else {
        return Err(CliError::usage(format!("--set {setting}: no \"=\" in it")).help("write --set key=value, such as --set hidden=64"));
    };
    let (key, value) = (key.trim(), value.trim());
    let parsed = toml::from_str::<Table>(&format!("value = {value}")).ok().and_then(|mut t| t.remove("value"));
    // A bare date parses as TOML's own date type, a bare word not at all; both are text to the settings.
    let value = match parsed {
        Some(Value::Datetime(_)) | None => Value::String(value.to_string()),
        Some(other) => other,
    };
    Ok((key.to_string(), value))
}
