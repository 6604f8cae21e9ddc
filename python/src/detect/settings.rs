//! Settings of a detector.

use std::path::PathBuf;

use clap::Args;
use gatewise::data::RowOptions;
use gatewise::detect::Options;

use crate::settings::{self, Cells, Limit};

/// Which columns are what. Found out from the first rows where not given.
#[derive(Args, Debug, Clone, Default)]
struct Reading {
    /// Columns of numbers to watch [default: every one, and every column of states]
    #[arg(long, value_delimiter = ',')]
    target: Option<Vec<String>>,
    /// Time column; "row" counts rows, "date,time" or "year,month,day" joins columns; "date:dmy" (ymd, mdy, int, epoch, epoch-ms, excel) or
    /// "date:%d.%m.%y" says how it is written
    #[arg(long)]
    time: Option<String>,
    #[command(flatten)]
    cells: Cells,
    /// Column that names the series of a long table, or several joined by commas; each series has a detector of its own. "none" takes all
    /// rows for one series
    #[arg(long)]
    id: Option<String>,
    /// Columns of states, such as RUN and IDLE, true and false, or codes: one that was never seen, is rare, follows none that it used to,
    /// or lasts longer than ever is an anomaly [default: every column of few words]; "none" for none
    #[arg(long, value_delimiter = ',')]
    states: Option<Vec<String>>,
    /// Columns that count up until they are reset, watched by their increase from row to row [default: those that never fall but to nearly
    /// zero]; "none" for none
    #[arg(long, value_delimiter = ',')]
    counter: Option<Vec<String>>,
    /// Column that says which rows are anomalies in two words: 0/1, true/false, normal/anomaly, -1/1, or any others, of which the rarer
    /// means an anomaly; or in several, one of which (normal, 0) means an ordinary row. It is not watched but held against the scores
    #[arg(long)]
    label: Option<String>,
    /// File of known maintenance: a time or start,end in each line, a header if need be, and a column as id has it for one series alone.
    /// Its rows raise nothing, are not learned from, and are marked
    #[arg(long)]
    ignore: Option<PathBuf>,
}

/// Every setting of a detector.
#[derive(Args, Debug, Clone, Default)]
#[command(mut_arg("shapes", |arg| arg.value_parser(window)), mut_arg("checkpoint_every", |arg| arg.hide(true)))]
pub struct Settings {
    #[command(flatten)]
    detect: Options,
    #[command(flatten)]
    reading: Reading,
    /// Whether the score of a row uses nothing after it, with learning that goes on as the rows come; False learns from the whole table
    /// first [default: False]
    #[arg(long)]
    online: Option<bool>,
    #[command(flatten)]
    limit: Limit,
}

/// Rows of a window, or `auto`.
fn window(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text == "auto" || text.parse::<usize>().is_ok() {
        return Ok(text.to_owned());
    }
    Err("it is a number of rows, such as 24, or \"auto\"".to_owned())
}

impl settings::Settings for Settings {
    const APART: &'static [[&'static str; 2]] = &[["false_alarms", "expect"]];

    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
}

impl Settings {
    /// What is learned of the rows, and when an alarm is raised.
    pub fn options(&self) -> &Options {
        &self.detect
    }

    /// Whether rows are scored by those before them alone.
    pub fn online(&self) -> bool {
        self.online.unwrap_or(false)
    }

    /// The file of known maintenance.
    pub fn ignore(&self) -> Option<&PathBuf> {
        self.reading.ignore.as_ref()
    }

    /// How rows are read.
    pub fn rows(&self) -> RowOptions {
        let Reading { target, time, cells: Cells { na, delimiter }, id, states, counter, label, ignore: _ } = self.reading.clone();
        RowOptions {
            values: target.unwrap_or_default(),
            time,
            id,
            states,
            counters: counter,
            label,
            na: na.unwrap_or_default(),
            delimiter,
            live: false,
        }
    }
}
