//! Flags that settle how a table is read.

use std::path::PathBuf;

use clap::Args;
use gatewise_data::{Combine, DecimalMark, Impute, ReadOptions};
use serde::{Deserialize, Serialize};

use super::parsers;

/// The fields of a table.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Data")]
pub struct FieldArgs {
    /// Time column; "row" counts rows, "date,time" or "year,month,day" joins columns; "date:dmy" (ymd, mdy, int, epoch, epoch-ms, excel) or
    /// "date:%d.%m.%y" says how it is written
    #[arg(long, value_name = "COLUMN")]
    pub time: Option<String>,
    /// Cells that mean "missing", beside NA, NaN, null and empty ones; may be repeated
    #[arg(long, value_name = "TEXT")]
    pub na: Option<Vec<String>>,
    /// Character between fields; "tab" for a tab
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub delimiter: Option<char>,
}

/// How a table that is read whole is read.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Data")]
pub struct TableArgs {
    #[command(flatten)]
    #[serde(flatten)]
    pub fields: FieldArgs,
    /// Column that names the series of a long table; "store,item" joins columns
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// What happens to missing values and rows: mask, refuse, linear, forward or zero [default: mask, which the network sees and nothing is held
    /// against; refuse for labelled items]
    #[arg(long, value_name = "WAY", value_parser = parsers::word::<Impute>(&["mask", "refuse", "linear", "forward", "zero"]))]
    pub impute: Option<Impute>,
}

/// How a table of time series is read. Everything is found out from the file where it is not given.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Data")]
pub struct ReadArgs {
    /// Columns to forecast [default: y or target of a long table, else every column of numbers]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub target: Option<Vec<String>>,
    #[command(flatten)]
    #[serde(flatten)]
    pub table: TableArgs,
    /// Further columns the network reads, known for the past
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub covariates: Option<Vec<String>>,
    /// Columns whose values are known of the rows to be forecast too, such as a plan of prices and promotions: numbers, truth values or categories,
    /// filled beyond the last target
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub future: Option<Vec<String>>,
    /// Table of such columns in a file of its own, with the times, and the series, under the names they have in DATA
    #[arg(long, value_name = "FILE")]
    pub future_file: Option<PathBuf>,
    /// Countries or regions whose public holidays, and the days before and behind them, may move the targets: KR, US, DE-BY
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub holidays: Option<Vec<String>>,
    /// Table of own events that may move the targets, with the columns name, from and to
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Time from row to row: h, 15min, D, B, W, M, ME, BME, Q, Y, or hours and days that are open: 30min@09:30-16:00/Mon-Fri, D/Mon-Sat
    #[arg(long, value_name = "STEP")]
    pub freq: Option<String>,
    /// Rows of one series that share a time: first, last, mean or sum of them [default: copies are dropped, others refused]
    #[arg(long, value_name = "WAY", value_parser = parsers::word::<Combine>(&["first", "last", "mean", "sum"]))]
    pub duplicates: Option<Combine>,
    /// The rows of each step of --freq become one: sum, mean, last or first of them
    #[arg(long, value_name = "WAY", conflicts_with = "duplicates", value_parser = parsers::word::<Combine>(&["sum", "mean", "last", "first"]))]
    pub aggregate: Option<Combine>,
    /// Mark before decimals: point or comma [default: as the columns tell]
    #[arg(long, value_name = "MARK", value_parser = parsers::word::<DecimalMark>(&["point", "comma"]))]
    pub decimal: Option<DecimalMark>,
    /// Encoding of the text, such as euc-kr or windows-1252 [default: UTF-8, or as the bytes tell]
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,
    /// Sheet of a spreadsheet, by name or number from 1 [default: the first with a table]
    #[arg(long, value_name = "SHEET")]
    pub sheet: Option<String>,
}

fn delimiter(text: &str) -> Result<char, String> {
    match text {
        "tab" | "\\t" => Ok('\t'),
        _ => match *text.as_bytes() {
            [byte] if byte.is_ascii() => Ok(char::from(byte)),
            _ => Err("a delimiter is one ASCII character, or \"tab\"".to_string()),
        },
    }
}

impl FieldArgs {
    /// The byte between fields.
    pub fn separator(&self) -> Option<u8> {
        self.delimiter.and_then(|c| u8::try_from(c).ok())
    }
}

impl ReadArgs {
    /// These settings over `base`, as the data crate reads them.
    pub fn options(&self, base: ReadOptions) -> ReadOptions {
        let TableArgs { fields, id, impute } = &self.table;
        ReadOptions {
            target: self.target.clone().unwrap_or(base.target),
            time: fields.time.clone().or(base.time),
            id: id.clone().or(base.id),
            covariates: self.covariates.clone().unwrap_or(base.covariates),
            future: self.future.clone().unwrap_or(base.future),
            future_file: self.future_file.clone().or(base.future_file),
            holidays: self.holidays.clone().unwrap_or(base.holidays),
            events_file: self.events.clone().or(base.events_file),
            events: base.events,
            calendar: base.calendar,
            ahead: base.ahead,
            levels: base.levels,
            freq: self.freq.clone().or(base.freq),
            na: fields.na.clone().unwrap_or(base.na),
            impute: impute.unwrap_or(base.impute),
            delimiter: fields.separator().or(base.delimiter),
            duplicates: self.duplicates.or(base.duplicates),
            aggregate: self.aggregate.or(base.aggregate),
            decimal: self.decimal.or(base.decimal),
            encoding: self.encoding.clone().or(base.encoding),
            sheet: self.sheet.clone().or(base.sheet),
        }
    }
}
