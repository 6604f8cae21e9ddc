//! What speaks against a channel's row: several magnitudes, each held against its own past.

use serde::{Deserialize, Serialize};

use super::change_point::ChangePoint;
use super::flatline::Flatline;
use super::scale::Scale;
use super::tail::{MOST, Tail};

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
    #[serde(rename = "extreme")]
    OutOfRange,
    /// The value changed more than it used to.
    #[serde(rename = "jump")]
    Difference,
    /// The mean of the last rows lies off the mean of all.
    #[serde(rename = "level")]
    Drift,
    /// The value repeats for longer than it ever did.
    #[serde(rename = "still")]
    Flatline,
    /// The mean of the last rows lies off that of rows a while before, further than it ever did.
    #[serde(rename = "shift")]
    ChangePoint,
    /// The value lies far from its usual one, in robust deviations.
    Value,
    /// The value lies far from where the rows before it led, in robust deviations.
    Course,
    /// The last rows together lie off what was expected of them.
    Mean,
    /// The course of the last rows is none that was seen, each value for itself plausible.
    #[serde(rename = "shape")]
    Reconstruction,
}

impl Kind {
    /// The kind in a few words, for one who reads of an event.
    pub fn words(self) -> &'static str {
        match self {
            Self::Surprise => "improbable course",
            Self::OutOfRange => "out of range",
            Self::Difference => "sudden change",
            Self::Drift => "off its level",
            Self::Flatline => "stands still",
            Self::ChangePoint => "level shift",
            Self::Value => "far from its usual value",
            Self::Course => "far from where the rows before it led",
            Self::Mean => "several rows off in one direction",
            Self::Reconstruction => "unusual shape",
        }
    }
}

/// Every kind, in the order of evidence.
pub const KINDS: [Kind; 10] = [
    Kind::Surprise,
    Kind::OutOfRange,
    Kind::Difference,
    Kind::Drift,
    Kind::Flatline,
    Kind::ChangePoint,
    Kind::Value,
    Kind::Course,
    Kind::Mean,
    Kind::Reconstruction,
];
/// Places of the kinds by robust deviations, which are held against the rate of alarms as they are.
pub(super) const ROBUST: std::ops::Range<usize> = 6..9;
/// Place of [`Kind::Reconstruction`], which is found for all channels together.
pub(super) const SHAPE: usize = 9;

/// What each kind counts for in the evidence of a row: a jump is an extreme or a surprise too, so that it counts half, and the level moves on its own.
/// A shift is as much as two others at their most, and a standstill, which shifts the level too where a wave stops, a little more;
/// a shape counts as a shift does. Robust deviations count for the blame alone, at most as a shift does.
const WEIGHTS: [f64; KINDS.len()] = [1.0, 1.0, 0.5, 0.5, 2.25, 2.0, 0.75, 0.75, 0.75, 2.0];
/// Kinds whose evidence is summed; each of the others stands for itself, since a channel that stands still is quiet by every other measure.
pub(super) const SUMMED: usize = 4;

/// The evidence of a row from that of each kind.
pub fn total(evidence: &[f64; KINDS.len()]) -> f64 {
    (SUMMED..KINDS.len()).map(|k| evidence[k] * WEIGHTS[k]).fold(sum(evidence), f64::max)
}

/// The evidence of a row from all but robust deviations.
pub(super) fn learned(evidence: &[f64; KINDS.len()]) -> f64 {
    let alone = (SUMMED..KINDS.len()).filter(|k| !ROBUST.contains(k));
    alone.map(|k| evidence[k] * WEIGHTS[k]).fold(sum(evidence), f64::max)
}

fn sum(evidence: &[f64; KINDS.len()]) -> f64 {
    evidence[..SUMMED].iter().zip(WEIGHTS).map(|(e, w)| e * w).sum()
}

/// The most that robust deviations say.
pub(super) fn robust(evidence: &[f64; KINDS.len()]) -> f64 {
    evidence[ROBUST].iter().copied().fold(0.0, f64::max)
}

/// The kind that counts for most in the evidence of a row.
pub fn main_kind(evidence: &[f64; KINDS.len()]) -> Kind {
    let share = |k: usize| evidence[k] * WEIGHTS[k];
    let most = (1..KINDS.len()).fold(0, |most, k| if share(k) > share(most) { k } else { most });
    KINDS[most]
}

/// Whether the evidence lasts for as long as its cause does: no news while it goes on.
pub(super) fn lasts(evidence: &[f64; KINDS.len()]) -> bool {
    evidence[SUMMED..ROBUST.start].iter().chain(&evidence[ROBUST.end..]).any(|e| *e > 0.0)
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
    /// As it came.
    pub exact: f64,
    /// In the channel's units, from its origin.
    pub value: f32,
    /// The channel's scale in the same units.
    pub scale: Scale,
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
    // Absent from files of detectors that did not watch for these.
    #[serde(default)]
    still: Flatline,
    #[serde(default)]
    shift: Option<ChangePoint>,
}

impl Monitor {
    /// Begins to watch for shifts where a file did not.
    pub fn watch_shifts(&mut self, seasons: &[usize]) {
        self.shift.get_or_insert_with(|| ChangePoint::new(seasons));
    }

    /// `seasons`: rows after which the data come round, shortest first.
    pub fn new(seasons: &[usize]) -> Self {
        let plain = || Tail::new(LEVEL, 0.0);
        let known = || Tail::new(LEVEL, LEAST);
        Self {
            surprise: Mean::new(SURPRISE_ROWS),
            level: Mean::new(LEVEL_ROWS),
            sum: 0.0,
            rows: 0,
            last: None,
            tails: [known(), plain(), plain(), plain(), known()],
            still: Flatline::default(),
            shift: Some(ChangePoint::new(seasons)),
        }
    }

    /// Evidence of each kind but those of robust deviations and shapes that the row is an anomaly, −log₁₀ of a probability. With `learn`, the row joins the past.
    pub fn push(&mut self, seen: Seen, learn: bool) -> [f64; KINDS.len()] {
        let (value, center) = (f64::from(seen.value), f64::from(seen.scale.center));
        let mean = if self.rows > 0 { self.sum / self.rows as f64 } else { seen.squashed };
        let magnitudes = [
            self.surprise.push(seen.surprise.min(MOST_SURPRISE)),
            (value - center).max(0.0),
            (center - value).max(0.0),
            self.last.map_or(0.0, |last| (value - last).abs()),
            (self.level.push(seen.squashed) - mean).abs(),
        ];
        self.last = Some(value);
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
        let marked = |marked: bool| if marked { MOST } else { 0.0 };
        let still = marked(self.still.push(seen.exact, learn));
        let shift = marked(self.shift.as_mut().is_some_and(|shift| shift.push(seen.value, seen.scale, learn)));
        [surprise, above.max(below), jump, level, still, shift, 0.0, 0.0, 0.0, 0.0]
    }

    /// Whether a saved state can be gone on from.
    pub fn is_sound(&self) -> bool {
        let mean = |mean: &Mean, rows: usize| mean.values.len() == rows && mean.at < rows && mean.count <= rows;
        let means = mean(&self.surprise, SURPRISE_ROWS) && mean(&self.level, LEVEL_ROWS);
        means && self.tails.iter().all(Tail::is_sound) && self.still.is_sound() && self.shift.as_ref().is_none_or(ChangePoint::is_sound)
    }

    /// Forgets the last rows, not the distributions: what comes next does not go on from them.
    pub fn restart(&mut self) {
        self.surprise = Mean::new(SURPRISE_ROWS);
        self.level = Mean::new(LEVEL_ROWS);
        self.last = None;
        self.still.restart();
        if let Some(shift) = &mut self.shift {
            shift.restart();
        }
    }
}
