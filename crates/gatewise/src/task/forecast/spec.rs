//! What a forecaster keeps of the table it was trained on, and the times of its rows.

use std::collections::BTreeMap;

use gatewise_data::{Dataset, Frequency, ReadOptions, Series, Time, TimeFormat};
use serde::{Deserialize, Serialize};

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
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=self.channels.len()).contains(&self.targets) {
            return Err(format!("`targets` is {}, of {} `channels`", self.targets, self.channels.len()));
        }
        Ok(())
    }

    /// Names of the columns that are known beyond the end of the targets: those of the table, with one for each category but the usual one, then those of
    /// holidays and events.
    pub fn known(&self) -> Vec<String> {
        let of = |name: &String| match self.read.levels.get(name) {
            Some(levels) => levels.iter().skip(1).map(|level| format!("{name}={level}")).collect(),
            None => vec![name.clone()],
        };
        self.read.future.iter().flat_map(of).chain(self.read.calendar.iter().cloned()).collect()
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
