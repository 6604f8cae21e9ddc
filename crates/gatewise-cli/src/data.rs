//! From a table on disk to the series of a forecast, and from rows back to times.

use std::collections::BTreeMap;
use std::path::Path;

use gatewise::task::forecast::Table;
use gatewise_data::{Dataset, Frequency, ReadOptions, Series, Time, TimeFormat, read_table};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::talk::{Talk, brief};

/// What a model file keeps of the table it was trained on, so that the next one is read alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSpec {
    /// How the table was read.
    pub read: ReadOptions,
    /// Columns: targets first, then covariates.
    pub channels: Vec<String>,
    /// How many are targets.
    pub targets: usize,
    /// Time from row to row.
    pub frequency: Frequency,
    /// How times are written.
    pub time_format: TimeFormat,
    /// First time held back from training, as the user gave it.
    pub test_from: Option<String>,
    /// The last time of each series that training or the decision when to stop has seen.
    pub seen_to: BTreeMap<String, Time>,
}

impl DataSpec {
    /// Of a table that was read with `read`, and seen before row `seen(series)`.
    pub fn of(dataset: &Dataset, read: &ReadOptions, test_from: Option<String>, seen: impl Fn(usize) -> usize) -> Self {
        let last = |(s, series): (usize, &Series)| Some((series.id.clone(), *series.times.get(seen(s).checked_sub(1)?)?));
        Self {
            seen_to: dataset.series.iter().enumerate().filter_map(last).collect(),
            read: dataset.reading(read),
            channels: dataset.channels.clone(),
            targets: dataset.targets,
            frequency: dataset.frequency,
            time_format: dataset.time_format.clone(),
            test_from,
        }
    }

    /// Whether its numbers and names belong together, which those of a damaged file do not.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=self.channels.len()).contains(&self.targets) {
            return Err(format!("`targets` is {}, of {} `channels`", self.targets, self.channels.len()));
        }
        Ok(())
    }

    /// How many series of a table the model has seen further than the start of their part.
    pub fn seen_in(&self, dataset: &Dataset, starts: impl Fn(usize) -> usize) -> usize {
        let seen = |s: usize, series: &Series| {
            self.seen_to.get(&series.id).zip(series.times.get(starts(s))).is_some_and(|(seen, start)| seen >= start)
        };
        dataset.series.iter().enumerate().filter(|(s, series)| seen(*s, series)).count()
    }

    /// The first row of a series that the model has not seen.
    pub fn unseen_from(&self, series: &Series) -> usize {
        self.seen_to.get(&series.id).map_or(0, |seen| series.times.partition_point(|time| time <= seen))
    }

    /// How a table for this model is read where the user does not say otherwise: the same columns, the same frequency.
    pub fn options(&self) -> ReadOptions {
        ReadOptions {
            target: self.channels[..self.targets].to_vec(),
            covariates: self.channels[self.targets..].to_vec(),
            freq: Some(self.read.freq.clone().unwrap_or_else(|| self.frequency.code())),
            ..self.read.clone()
        }
    }
}

/// Characters of the names of columns that are said.
const SHOWN: usize = 400;

/// Reads a table and says what was found.
pub fn read(path: &Path, options: &ReadOptions, talk: Talk) -> Result<Dataset, Failure> {
    let dataset = read_table(path, options)?;
    let shortest = dataset.series.iter().map(Series::len).min().unwrap_or(0);
    let longest = dataset.series.iter().map(Series::len).max().unwrap_or(0);
    let rows = if shortest == longest { format!("{longest} rows") } else { format!("{shortest} to {longest} rows") };
    let targets = dataset.channels[..dataset.targets].join(", ");
    let targets = brief(&targets, SHOWN);
    talk.say(format!("{}: {} series of {rows}, {}; forecasts {targets}", dataset.path, dataset.series.len(), dataset.frequency));
    talk.findings(&dataset.path, &dataset.findings);
    Ok(dataset)
}

/// The series, borrowed.
pub fn table(dataset: &Dataset) -> Table<'_> {
    let series = dataset.series.iter().map(|s| (s.id.as_str(), s.values.as_slice()));
    Table::new(series, dataset.channels.len(), dataset.targets)
}

/// A place in time as the user gave it: a time, or a row number from 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    Time(Time),
    Row(usize),
}

impl Place {
    /// Reads the value of `flag`. A whole number is a row, unless the table's own times are written so.
    pub fn parse(dataset: &Dataset, flag: &str, text: &str) -> Result<Self, Failure> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let times_are_numbers = dataset.series.iter().filter_map(|s| s.times.first()).all(|t| is_number(&dataset.format_time(t)));
        let failed = || {
            let example = dataset.series.iter().find_map(|s| s.times.last()).map(|t| dataset.format_time(t));
            Failure::usage(format!("{flag} {text}: neither a time of {} nor a row number", dataset.path))
                .help(format!("write a time as the table does, such as {flag} \"{}\"", example.unwrap_or_default()))
        };
        if is_number(text) && !times_are_numbers {
            let row = text.parse::<usize>().ok().filter(|&row| row > 0).ok_or_else(failed)?;
            return Ok(Self::Row(row - 1));
        }
        dataset.parse_time(text).map(Self::Time).ok_or_else(failed)
    }

    /// The first row of a series at or behind this place; its length where there is none.
    pub fn row(self, series: &Series) -> usize {
        match self {
            Self::Row(row) => row.min(series.len()),
            Self::Time(time) => series.times.partition_point(|t| *t < time),
        }
    }
}

/// The time of a row, which may lie behind the last one.
pub fn time_at(dataset: &Dataset, series: usize, row: usize) -> Time {
    let times = &dataset.series[series].times;
    match (times.get(row), times.last()) {
        (Some(time), _) => *time,
        (None, Some(last)) => {
            let steps = i64::try_from(row + 1 - times.len()).unwrap_or(i64::MAX);
            dataset.frequency.next(last, steps)
        }
        (None, None) => Time::Index(i64::try_from(row).unwrap_or(i64::MAX)),
    }
}
