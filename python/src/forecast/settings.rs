//! Settings of a forecaster as keyword arguments. Each is a key of `config.toml`, and its value is what the key takes.

use clap::{Arg, Args, Command, FromArgMatches};
use gatewise::data::{Combine, DecimalMark, Impute, ReadOptions};
use gatewise::forecast::Options;
use gatewise::memory;
use gatewise::options::parse::word;
use pyo3::prelude::*;
use serde_json::{Map, Value};

use crate::errors::{raised, refused};

/// Near names that are told of a name that is none.
const SUGGESTED: usize = 3;

/// Likeness from which a name may be what was meant.
const NEAR: f64 = 0.75;

/// How a table is read. What is not given is found out from the table.
#[derive(Args, Debug, Clone, Default)]
struct Reading {
    /// Columns to forecast [default: y or target of a long table, else every column of numbers]
    #[arg(long, value_delimiter = ',')]
    target: Option<Vec<String>>,
    /// Time column; "row" counts rows, "date,time" or "year,month,day" joins columns; "date:dmy" (ymd, mdy, int, epoch, epoch-ms, excel) or
    /// "date:%d.%m.%y" says how it is written
    #[arg(long)]
    time: Option<String>,
    /// Cells that mean "missing", beside NA, NaN, null and empty ones
    #[arg(long)]
    na: Option<Vec<String>>,
    /// Character between fields of a file; "tab" for a tab
    #[arg(long, value_parser = delimiter)]
    delimiter: Option<u8>,
    /// Column that names the series of a long table; "store,item" joins columns
    #[arg(long)]
    id: Option<String>,
    /// What happens to missing values and rows: refuse, linear, forward or zero [default: refuse]
    #[arg(long, value_parser = word::<Impute>(&["refuse", "linear", "forward", "zero"]))]
    impute: Option<Impute>,
    /// Further columns the network reads, known for the past
    #[arg(long, value_delimiter = ',')]
    covariates: Option<Vec<String>>,
    /// Time from row to row: h, 15min, D, B, W, M, ME, BME, Q, Y, or hours and days that are open: 30min@09:30-16:00/Mon-Fri, D/Mon-Sat
    #[arg(long)]
    freq: Option<String>,
    /// Rows of one series that share a time: first, last, mean or sum of them [default: copies are dropped, others refused]
    #[arg(long, value_parser = word::<Combine>(&["first", "last", "mean", "sum"]))]
    duplicates: Option<Combine>,
    /// The rows of each step of freq become one: sum, mean, last or first of them
    #[arg(long, conflicts_with = "duplicates", value_parser = word::<Combine>(&["sum", "mean", "last", "first"]))]
    aggregate: Option<Combine>,
    /// Mark before decimals of a file: point or comma [default: as the columns tell]
    #[arg(long, value_parser = word::<DecimalMark>(&["point", "comma"]))]
    decimal: Option<DecimalMark>,
    /// Encoding of a file, such as euc-kr or windows-1252 [default: UTF-8, or as the bytes tell]
    #[arg(long)]
    encoding: Option<String>,
    /// Sheet of a spreadsheet, by name or number from 1 [default: the first with a table]
    #[arg(long)]
    sheet: Option<String>,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        _ => match *text.as_bytes() {
            [byte] if byte.is_ascii() => Ok(byte),
            _ => Err("a delimiter is one ASCII character, or \"tab\"".to_owned()),
        },
    }
}

/// Every setting of a forecaster.
#[derive(Args, Debug, Clone, Default)]
pub struct Settings {
    #[command(flatten)]
    forecast: Options,
    #[command(flatten)]
    reading: Reading,
    /// Most memory that any one thing may ask for, such as 4G or 512M, in the whole process [default: three quarters of what the machine,
    /// its control group and the limits of the process allow]
    #[arg(long, value_parser = size)]
    memory_limit: Option<u64>,
}

fn size(text: &str) -> Result<u64, String> {
    memory::parse(text).map_err(|e| e.to_string())
}

fn flags() -> Command {
    Settings::augment_args(Command::new("settings").no_binary_name(true).disable_help_flag(true))
}

impl Settings {
    /// Out of a JSON object, whose nulls are left open.
    ///
    /// Raises `SettingError` for a name that is no setting, and a value that the setting does not take.
    pub fn of(json: &str) -> PyResult<Self> {
        let entries: Map<String, Value> =
            serde_json::from_str(json).map_err(|e| raised(gatewise::Error::usage(format!("settings: {e}"))))?;
        let flags = flags();
        let mut words = Vec::new();
        for (key, value) in &entries {
            let flag = find(&flags, key)?;
            let own = spoken(flag, value);
            if own.is_empty() {
                continue;
            }
            if let Err(error) = flags.clone().try_get_matches_from(&own) {
                return Err(wrong(key, value, &error));
            }
            words.extend(own);
        }
        if entries.get("aggregate").is_some_and(|v| !v.is_null()) && entries.get("duplicates").is_some_and(|v| !v.is_null()) {
            return Err(refused("aggregate", "aggregate and duplicates exclude each other", Some("leave one out")));
        }
        let matches = flags.try_get_matches_from(words);
        let settings = matches.and_then(|matches| Self::from_arg_matches(&matches));
        settings.map_err(|e| raised(gatewise::Error::usage(format!("settings: {e}"))))
    }

    /// What is forecast, and how that is learned.
    pub fn options(&self) -> &Options {
        &self.forecast
    }

    /// How a table is read: these settings over `base`.
    pub fn reading(&self, base: ReadOptions) -> ReadOptions {
        let given = self.reading.clone();
        ReadOptions {
            target: given.target.unwrap_or(base.target),
            time: given.time.or(base.time),
            id: given.id.or(base.id),
            covariates: given.covariates.unwrap_or(base.covariates),
            freq: given.freq.or(base.freq),
            na: given.na.unwrap_or(base.na),
            impute: given.impute.unwrap_or(base.impute),
            delimiter: given.delimiter.or(base.delimiter),
            duplicates: given.duplicates.or(base.duplicates),
            aggregate: given.aggregate.or(base.aggregate),
            decimal: given.decimal.or(base.decimal),
            encoding: given.encoding.or(base.encoding),
            sheet: given.sheet.or(base.sheet),
        }
    }

    /// Whether the columns to forecast are named.
    pub fn names_targets(&self) -> bool {
        self.reading.target.is_some()
    }

    /// Makes the limit on memory that of the process, where it is given.
    pub fn limit_memory(&self) {
        if let Some(bytes) = self.memory_limit {
            memory::Budget::of(bytes).set();
        }
    }
}

/// Names of all settings, with what they are for.
pub fn described() -> Vec<(String, String)> {
    let help = |arg: &Arg| arg.get_help().map(ToString::to_string).unwrap_or_default();
    flags().get_arguments().map(|arg| (arg.get_id().to_string(), help(arg))).collect()
}

/// The flag of a setting. A name that is none is refused, with those that are near it.
fn find<'a>(flags: &'a Command, key: &str) -> PyResult<&'a str> {
    if let Some(flag) = flags.get_arguments().find(|arg| arg.get_id() == key) {
        return Ok(flag.get_long().unwrap_or_default());
    }
    let known: Vec<&str> = flags.get_arguments().map(|arg| arg.get_id().as_str()).collect();
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
fn spoken(flag: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().flat_map(|value| spoken(flag, value)).collect(),
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
