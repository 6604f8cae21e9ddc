//! Several series of one table, each with a detector of its own; a table of one series is a fleet of one.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::config::DetectConfig;
use super::detector::Detector;
use super::episode::Episode;
use super::error::DetectError;
use super::member::{Judged, Member};
use super::news::Terms;

/// Everything that settles what a fleet does, beside the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetConfig {
    /// Of the detector of each series. Its `channels` may be 0 where only states are watched.
    pub detect: DetectConfig,
    /// Channels that count up until they are reset, which are read as their increase from row to row.
    pub counters: Vec<usize>,
    /// State columns.
    pub states: usize,
    /// Most series.
    pub max_series: usize,
}

/// Series that are watched at most, where nobody says otherwise: each takes about half a megabyte a channel.
pub const MAX_SERIES: usize = 1000;

impl FleetConfig {
    /// A fleet of detectors with these settings, with numbers alone.
    pub fn new(detect: DetectConfig) -> Self {
        Self { detect, counters: Vec::new(), states: 0, max_series: MAX_SERIES }
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// The first one out of range.
    pub fn check(&self) -> Result<(), DetectError> {
        let setting = |name, value: String, expected| Err(DetectError::Setting { name, value, expected });
        let channels = self.detect.channels;
        if channels == 0 && self.states == 0 {
            return setting("channels", "0".to_owned(), "1 or more where no states are watched");
        }
        if self.counters.iter().any(|c| *c >= channels) {
            return setting("counters", format!("{:?}", self.counters), "channels of the detector");
        }
        if self.states > MAX_STATES {
            return setting("states", self.states.to_string(), "at most 4096");
        }
        if self.max_series == 0 {
            return setting("max_series", "0".to_owned(), "1 or more");
        }
        DetectConfig { channels: channels.max(1), ..self.detect.clone() }.check()
    }
}

/// Most state columns.
const MAX_STATES: usize = 4096;

/// A row of a series.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Its time, as seconds since 1970 and nanoseconds, or a count and billionths.
    pub time: Option<(i64, u32)>,
    /// (C); one that is not finite counts as missing.
    pub values: &'a [f64],
    /// (S), none where missing.
    pub states: &'a [Option<&'a str>],
    /// Whether the row is known to be out of the ordinary: it raises nothing and nothing is learned from it.
    pub ignored: bool,
    /// Whether rows that are missing before it are known to be.
    pub known_hole: bool,
}

/// How the rows of a series go on from those of the training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// The series is new.
    New,
    /// They follow.
    Follows,
    /// They do not: the series starts anew with what was learned.
    StartsAnew,
}

/// Watches the rows of several series, mixed as they may be.
///
/// Each series has its own [`Detector`](super::Detector), made when its first row comes. Beside it states, missing cells and missing rows are watched,
/// each with an evidence of its own: how often what is seen was to be expected in as many rows. A row is an anomaly where the detector says so, or where
/// that evidence is rarer than the rate of false alarms.
///
/// ```
/// use gatewise::task::detect::{DetectConfig, Fleet, FleetConfig, Reading};
/// let config = FleetConfig { states: 1, ..FleetConfig::new(DetectConfig::new(0)) };
/// let mut fleet = Fleet::new(&config).unwrap();
/// let series = fleet.series("pump").unwrap();
/// for row in 0..600 {
///     let state = if row == 500 { "FAULT" } else { ["RUN", "IDLE"][row / 10 % 2] };
///     let reading = Reading { time: None, values: &[], states: &[Some(state)], ignored: false, known_hole: false };
///     assert_eq!(fleet.push(series, &reading).unwrap().verdict.alarm, row == 500);
/// }
/// ```
pub struct Fleet {
    pub(super) config: FleetConfig,
    pub(super) members: Vec<Member>,
    pub(super) names: Vec<String>,
    pub(super) places: HashMap<String, usize>,
    terms: Terms,
}

impl Fleet {
    /// A fleet that has seen nothing.
    ///
    /// # Errors
    /// A setting out of range.
    pub fn new(config: &FleetConfig) -> Result<Self, DetectError> {
        config.check()?;
        let terms = Terms::new(config.detect.rate, config.detect.hold as u64);
        Ok(Self { config: config.clone(), members: Vec::new(), names: Vec::new(), places: HashMap::new(), terms })
    }

    /// The settings.
    pub fn config(&self) -> &FleetConfig {
        &self.config
    }

    /// Names of the series, in the order in which they came.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The place of a series, which is made where it is new.
    ///
    /// # Errors
    /// More series than [`FleetConfig::max_series`]; a network that cannot be built.
    pub fn series(&mut self, name: &str) -> Result<usize, DetectError> {
        if let Some(&place) = self.places.get(name) {
            return Ok(place);
        }
        let place = self.members.len();
        if place == self.config.max_series {
            return Err(DetectError::Series { name: name.to_owned(), most: place });
        }
        self.members.push(Member::new(&self.config)?);
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        Ok(place)
    }

    /// What watches the numbers of a series; none where there are no numbers.
    pub fn detector(&self, series: usize) -> Option<&Detector> {
        self.members.get(series)?.detector.as_ref()
    }

    /// Rows seen, of all series.
    pub fn rows(&self) -> u64 {
        self.members.iter().map(|member| member.watches.row).sum()
    }

    /// Rows seen of a series.
    pub fn rows_of(&self, series: usize) -> u64 {
        self.members[series].watches.row
    }

    /// Time of the last row of a series.
    pub fn last_time(&self, series: usize) -> Option<(i64, u32)> {
        self.members[series].watches.grid.last()
    }

    /// Whether rows are learned from; they are at first.
    pub fn set_learning(&mut self, learning: bool) {
        (self.terms.learn, self.terms.review) = (learning, false);
    }

    /// Goes back to the first of the rows that were learned from, to score them: nothing more is learned, and no row is held against itself.
    pub fn review(&mut self) {
        self.members.iter_mut().for_each(Member::review);
        (self.terms.learn, self.terms.review) = (false, true);
    }

    /// The expected share of ordinary rows that raise an alarm.
    pub fn set_rate(&mut self, rate: f64) {
        self.config.detect.rate = rate;
        self.terms = Terms { learn: self.terms.learn, review: self.terms.review, ..Terms::new(rate, self.terms.hold) };
        self.members.iter_mut().filter_map(|member| member.detector.as_mut()).for_each(|detector| detector.set_rate(rate));
    }

    /// The score from which the next row would be an anomaly; of several series, the median.
    pub fn threshold(&self) -> f64 {
        let mut all: Vec<f64> = self.members.iter().map(|member| member.threshold(&self.config)).collect();
        all.sort_unstable_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(1.0)
    }

    /// Says that rows of a series come whose first is at `time`; starts it anew where that is no later than its last one.
    pub fn resume(&mut self, series: usize, time: Option<(i64, u32)>) -> Resumed {
        let member = &mut self.members[series];
        let last = member.watches.grid.last();
        match (last, time) {
            _ if member.watches.row == 0 => Resumed::New,
            (Some(last), Some(time)) if time <= last => {
                member.restart();
                Resumed::StartsAnew
            }
            _ => Resumed::Follows,
        }
    }

    /// Goes on with rows that do not follow those seen, in every series: the last rows are forgotten, what was learned is kept.
    pub fn restart(&mut self) {
        self.members.iter_mut().for_each(Member::restart);
    }

    /// Scores a row of a series, then takes it in.
    ///
    /// # Errors
    /// Another number of values or states than the fleet watches.
    pub fn push(&mut self, series: usize, reading: &Reading<'_>) -> Result<Judged<'_>, DetectError> {
        self.members[series].push(&self.config, reading, self.terms)
    }

    /// The events under way at the end of the rows, each with its series.
    pub fn finish(&mut self) -> Vec<(usize, Episode)> {
        let ended = |(series, member): (usize, &mut Member)| Some((series, member.finish()?));
        self.members.iter_mut().enumerate().filter_map(ended).collect()
    }

    /// The band that a channel's value of the last row of a series was expected in: quantiles at `low` and `high` of the predictive distribution, in
    /// the column's own units.
    pub fn band(&self, series: usize, channel: usize, low: f32, high: f32) -> (f64, f64) {
        self.members[series].band(&self.config, channel, low, high)
    }
}
