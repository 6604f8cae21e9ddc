//! A table that has been read.

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::frequency::Frequency;
use crate::options::ReadOptions;
use crate::table::is_series_id;
use crate::time::{Time, TimeFormat};

/// How a table holds its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One row a time, columns are channels; one series.
    Wide,
    /// One row a time and series, an id column tells the series apart.
    Long,
}

/// A setting that was found out, and the flag that overrides it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guess {
    /// What was guessed, such as "frequency".
    pub what: String,
    /// What it was taken to be, such as "monthly".
    pub value: String,
    /// Flag, or flag with value, that settles it, such as `--freq`.
    pub flag: String,
}

/// Series on one regular time grid, read from a table.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// File as given, or `<stdin>`.
    pub path: String,
    /// Wide or long.
    pub layout: Layout,
    /// Channel names: targets first, then covariates.
    pub channels: Vec<String>,
    /// How many of `channels` are targets.
    pub targets: usize,
    /// Column that names the series, in a long table.
    pub id_column: Option<String>,
    /// Time column; joined by commas where there are several; none where rows are counted.
    pub time_column: Option<String>,
    /// How the time column is written.
    pub time_format: TimeFormat,
    /// The series, in the order of their first rows.
    pub series: Vec<Series>,
    /// Time from row to row, the same for every series.
    pub frequency: Frequency,
    /// What was noticed, worst first.
    pub findings: Vec<Finding>,
    /// What was found out rather than given.
    pub guesses: Vec<Guess>,
}

impl Dataset {
    /// Writes a time in the form the file has, to be joined to the file by equal text.
    pub fn format_time(&self, time: &Time) -> String {
        self.time_format.format(time)
    }

    /// Reads a time given by the user: in the file's form, or as an ISO date where the file has
    /// dates. `None` where it is neither.
    pub fn parse_time(&self, text: &str) -> Option<Time> {
        self.time_format.parse_loosely(text)
    }

    /// Settings under which the next table has the same columns in the same roles: what `given` left open and no name tells, such as the
    /// columns that name the series, is as it was found here.
    pub fn reading(&self, given: &ReadOptions) -> ReadOptions {
        let found = self.id_column.clone().filter(|name| !is_series_id(name));
        ReadOptions { id: given.id.clone().or(found), ..given.clone() }
    }

    /// Rows of all series together.
    pub fn rows(&self) -> usize {
        self.series.iter().map(Series::len).sum()
    }
}

/// One series: a value of every channel at every step of the frequency.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Text of the id column; empty in a wide table.
    pub id: String,
    /// Time of each row, rising by one step of the frequency.
    pub times: Vec<Time>,
    /// (len, channels), row-major, in the file's units; finite in what `read_table` returns.
    pub values: Vec<f64>,
    /// Rows where a value was filled in, rising.
    pub imputed: Vec<usize>,
}

impl Series {
    /// Rows.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// True without a row.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Values of one channel out of `channels`, in time order.
    pub fn channel(&self, index: usize, channels: usize) -> impl Iterator<Item = f64> {
        self.values.iter().skip(index).step_by(channels.max(1)).copied()
    }
}
