//! Settings of a forecaster.

use std::path::PathBuf;

use clap::Args;
use gatewise::data::{Combine, DecimalMark, Impute, ReadOptions};
use gatewise::forecast::Options;
use gatewise::options::parse::word;

use crate::settings::{self, Cells, Limit};

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
    #[command(flatten)]
    cells: Cells,
    /// Column that names the series of a long table; "store,item" joins columns
    #[arg(long)]
    id: Option<String>,
    /// What happens to missing values and rows: mask, refuse, linear, forward or zero [default: mask, which the network sees and nothing is held against]
    #[arg(long, value_parser = word::<Impute>(&["mask", "refuse", "linear", "forward", "zero"]))]
    impute: Option<Impute>,
    /// Further columns the network reads, known for the past
    #[arg(long, value_delimiter = ',')]
    covariates: Option<Vec<String>>,
    /// Columns whose values are known of the rows to be forecast too, such as a plan of prices and promotions: numbers, truth values or categories,
    /// filled beyond the last target
    #[arg(long, value_delimiter = ',')]
    future: Option<Vec<String>>,
    /// Table of such columns in a file of its own, with the times, and the series, under the names they have in the table
    #[arg(long)]
    future_file: Option<PathBuf>,
    /// Countries or regions whose public holidays, and the days before and behind them, may move the targets: KR, US, DE-BY
    #[arg(long, value_delimiter = ',')]
    holidays: Option<Vec<String>>,
    /// Table of own events that may move the targets, with the columns name, from and to
    #[arg(long)]
    events: Option<PathBuf>,
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

/// Every setting of a forecaster.
#[derive(Args, Debug, Clone, Default)]
pub struct Settings {
    #[command(flatten)]
    forecast: Options,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    limit: Limit,
}

impl settings::Settings for Settings {
    const APART: &'static [[&'static str; 2]] = &[["aggregate", "duplicates"]];

    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
}

impl Settings {
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
            future: given.future.unwrap_or(base.future),
            future_file: given.future_file.or(base.future_file),
            holidays: given.holidays.unwrap_or(base.holidays),
            events_file: given.events.or(base.events_file),
            events: base.events,
            calendar: base.calendar,
            ahead: self.forecast.horizon.unwrap_or(base.ahead),
            levels: base.levels,
            freq: given.freq.or(base.freq),
            na: given.cells.na.unwrap_or(base.na),
            impute: given.impute.unwrap_or(base.impute),
            delimiter: given.cells.delimiter.or(base.delimiter),
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
}
