//! What speaks against a channel's row: several magnitudes, each held against its own past.

use serde::{Deserialize, Serialize};

use super::tail::Tail;

/// Rows that surprise is averaged over: one odd row is noise, several are not.
const SURPRISE_ROWS: usize = 5;
/// Rows of the level that is held against the mean of all rows.
const LEVEL_ROWS: usize = 20;
/// Most that one row's surprise counts for, in nats.
const MOST_SURPRISE: f64 = 20.0;
/// Share of rows that are no peaks.
const LEVEL: f64 = 0.98;
/// Mean excess of surprise (nats) and of level (squashed units) that is no news.
const LEAST: f64 = 0.05;

/// Kinds of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The values of the last rows were improbable to the network.
    Surprise,
    /// The value lies above, or below, what was seen.
    Extreme,
    /// The value changed more than it used to.
    Jump,
    /// The mean of the last rows lies off the mean of all.
    Level,
}

/// Every kind, in the order of evidence.
pub const KINDS: [Kind; 4] = [Kind::Surprise, Kind::Extreme, Kind::Jump, Kind::Level];

/// What each kind counts for in the evidence of a row: a jump is an extreme or a surprise too, so that it counts half, and the level moves on its own.
const WEIGHTS: [f64; KINDS.len()] = [1.0, 1.0, 0.5, 0.5];

/// The evidence of a row from that of each kind.
pub fn total(evidence: &[f64; KINDS.len()]) -> f64 {
    evidence.iter().zip(WEIGHTS).map(|(e, w)| e * w).sum()
}

/// A mean over the last N values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mean {
    values: Vec<f64>,
    at: usize,
    count: usize,
}

impl Mean {
    fn new(rows: usize) -> Self {
        Self { values: vec![0.0; rows], at: 0, count: 0 }
    }

    /// Takes a value in and gives the mean, summed anew so that no rounding is carried along.
    fn push(&mut self, value: f64) -> f64 {
        self.values[self.at] = value;
        self.at = if self.at + 1 == self.values.len() { 0 } else { self.at + 1 };
        self.count = (self.count + 1).min(self.values.len());
        self.values[..self.count].iter().sum::<f64>() / self.count as f64
    }
}

/// A channel's row as the monitor sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// In the channel's units, from its origin.
    pub value: f64,
    /// The channel's centre in the same units.
    pub center: f64,
    /// Squashed.
    pub squashed: f64,
    /// −ln of the tail probability that the network gave.
    pub surprise: f64,
}

/// The past of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Monitor {
    surprise: Mean,
    level: Mean,
    sum: f64,
    rows: u64,
    last: Option<f64>,
    /// Surprise, above, below, jump, level.
    tails: [Tail; 5],
}

impl Monitor {
    pub fn new() -> Self {
        let plain = || Tail::new(LEVEL, 0.0);
        let known = || Tail::new(LEVEL, LEAST);
        Self {
            surprise: Mean::new(SURPRISE_ROWS),
            level: Mean::new(LEVEL_ROWS),
            sum: 0.0,
            rows: 0,
            last: None,
            tails: [known(), plain(), plain(), plain(), known()],
        }
    }

    /// Evidence of each kind that the row is an anomaly, −log₁₀ of a probability. With `learn`, the row joins the past.
    pub fn push(&mut self, seen: Seen, learn: bool) -> [f64; KINDS.len()] {
        let mean = if self.rows > 0 { self.sum / self.rows as f64 } else { seen.squashed };
        let magnitudes = [
            self.surprise.push(seen.surprise.min(MOST_SURPRISE)),
            (seen.value - seen.center).max(0.0),
            (seen.center - seen.value).max(0.0),
            self.last.map_or(0.0, |last| (seen.value - last).abs()),
            (self.level.push(seen.squashed) - mean).abs(),
        ];
        self.last = Some(seen.value);
        let mut found = [0.0; 5];
        for ((found, tail), magnitude) in found.iter_mut().zip(&mut self.tails).zip(magnitudes) {
            *found = tail.evidence(magnitude);
            if learn {
                tail.push(magnitude);
            }
        }
        if learn {
            self.sum += seen.squashed;
            self.rows += 1;
        }
        let [surprise, above, below, jump, level] = found;
        [surprise, above.max(below), jump, level]
    }

    /// Whether a saved state can be gone on from.
    pub fn is_sound(&self) -> bool {
        let mean = |mean: &Mean, rows: usize| mean.values.len() == rows && mean.at < rows && mean.count <= rows;
        mean(&self.surprise, SURPRISE_ROWS) && mean(&self.level, LEVEL_ROWS) && self.tails.iter().all(Tail::is_sound)
    }

    /// Forgets the last rows, not the distributions: what comes next does not go on from them.
    pub fn restart(&mut self) {
        self.surprise = Mean::new(SURPRISE_ROWS);
        self.level = Mean::new(LEVEL_ROWS);
        self.last = None;
    }
}
