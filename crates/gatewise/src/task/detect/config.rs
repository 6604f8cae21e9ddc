//! Settings of a detector.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::error::DetectError;
use super::net::Net;
use crate::task::forecast::CellName;

/// Everything that settles what a detector does, beside the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectConfig {
    /// Channels of a row.
    pub channels: usize,
    /// Cell of the recurrent layers.
    pub cell: CellName,
    /// Hidden units H.
    pub hidden: usize,
    /// Recurrent layers.
    pub layers: usize,
    /// Rows after which the data come round, shortest first; may be empty.
    pub seasons: Vec<usize>,
    /// Seconds between two rows, where they have a time and are equally far apart: places a row in its season, whatever is missing before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<i64>,
    /// Whether rows come with a time whose hour and weekday are read.
    pub clock: bool,
    /// Seed of the starting weights and of the windows that are learned from.
    pub seed: u64,
    /// Training steps for each of the first rows; later rows get fewer, see [`DetectConfig::steps_due`].
    pub effort: f64,
    /// Learning rate of the first steps.
    pub lr: f64,
    /// Expected share of ordinary rows that raise an alarm.
    pub rate: f64,
    /// Rows for which an event keeps weaker evidence from being news.
    pub hold: usize,
    /// Rows without an anomaly that end an event.
    pub join: usize,
    /// Rows of the windows whose shape is watched by a network that gives them back; none without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shapes: Option<usize>,
}

/// Most channels: a damaged file cannot ask for absurd memory.
const MAX_CHANNELS: usize = 4096;
/// Most seasons that are read as features.
pub const MAX_SEASONS: usize = 2;
/// Rows that are remembered: what is learned from, and the longest season.
pub const HISTORY: usize = 8192;
/// Rows of a window whose shape is watched: with fewer there is none, with more there are too few windows to learn from.
pub const SHAPE_ROWS: RangeInclusive<usize> = 8..=HISTORY / 4;
/// Rows before learning starts.
const FIRST_STEP: u64 = 64;
/// Rows with `effort` steps each; then as many steps as these had every time the rows have doubled, and from [`EASY`] rows on at a
/// constant low rate, so that the cost of a row is bounded.
const EAGER: u64 = 1024;
const EASY: u64 = 8192;
/// Rows a step from there on.
const EASY_ROWS: u64 = 2048;

impl DetectConfig {
    /// The usual settings.
    pub fn new(channels: usize) -> Self {
        Self {
            channels,
            cell: CellName::Lstm,
            hidden: 32,
            layers: 1,
            seasons: Vec::new(),
            step: None,
            clock: false,
            seed: 0,
            effort: 1.0,
            lr: 3e-3,
            rate: 1e-4,
            hold: 100,
            join: 20,
            shapes: None,
        }
    }

    /// Training steps that a detector which has seen `rows` rows has made.
    pub fn steps_due(&self, rows: u64) -> u64 {
        let eager = rows.min(EAGER).saturating_sub(FIRST_STEP) as f64;
        let doublings = (rows.clamp(EAGER, EASY) as f64 / EAGER as f64).log2();
        let easy = (rows.max(EASY) - EASY) / EASY_ROWS;
        (self.effort * (eager + EAGER as f64 * doublings)) as u64 + easy
    }

    /// As [`check`](Self::check), and that the network can be trained in this process.
    ///
    /// # Errors
    /// Also a network that the limit on memory does not allow.
    pub fn check_training(&self) -> Result<(), DetectError> {
        self.check()?;
        Ok(Net::sizes(self).check_training()?)
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// The first one out of range.
    pub fn check(&self) -> Result<(), DetectError> {
        let setting = |name, value: String, expected| Err(DetectError::Setting { name, value, expected });
        if !(1..=MAX_CHANNELS).contains(&self.channels) {
            return setting("channels", self.channels.to_string(), "1 to 4096");
        }
        if self.seasons.len() > MAX_SEASONS || self.seasons.iter().any(|s| !(2..=HISTORY / 2).contains(s)) {
            return setting("seasons", format!("{:?}", self.seasons), "at most two, of 2 to 4096 rows each");
        }
        if !(0.0..=1000.0).contains(&self.effort) {
            return setting("effort", self.effort.to_string(), "0 to 1000");
        }
        if !(self.lr > 0.0 && self.lr <= 1.0) {
            return setting("lr", self.lr.to_string(), "above 0, at most 1");
        }
        if !(self.rate > 0.0 && self.rate < 1.0) {
            return setting("rate", self.rate.to_string(), "above 0 and below 1");
        }
        if let Some(rows) = self.shapes
            && !SHAPE_ROWS.contains(&rows)
        {
            return setting("shapes", rows.to_string(), "8 to 2048 rows");
        }
        Ok(())
    }
}
