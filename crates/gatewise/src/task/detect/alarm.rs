//! From evidence to score, threshold and alarm.

use serde::{Deserialize, Serialize};

use super::tail::Tail;

/// Evidence with a score of one half.
const HALF: f64 = 5.0;
/// Evidence from which a row keeps later ones from being news.
const NEWS: f64 = 2.0;
/// What a row that is no news scores at most, as evidence.
const NO_NEWS: f64 = 1.0;
/// Least evidence of an alarm, whatever the table: with less, in benches/record/nab.md, false alarms cost more than they find.
const LEAST_ALARM: f64 = 4.5;
/// Share of rows that are no peaks of evidence.
const LEVEL: f64 = 0.98;

/// Evidence as a score in [0, 1): a fixed increasing curve, so that scores of different files compare.
pub fn score_of(evidence: f64) -> f64 {
    evidence / (evidence + HALF)
}

/// What becomes of a row's evidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// In [0, 1).
    pub score: f64,
    /// The score from which a row is an anomaly, as it stood before this row.
    pub threshold: f64,
    /// Whether the row is news: its score is above the threshold.
    pub alarm: bool,
    /// Whether the row is an anomaly: an alarm, or a row of the event that an alarm began, whose evidence is above the threshold though it is no news.
    pub anomaly: bool,
    /// The score that the evidence would have were every row news.
    pub unheld: f64,
}

/// Turns evidence into alarms at an expected rate.
///
/// An event is news once: a row scores its evidence only where it exceeds all evidence since the last news, for `hold` rows. The threshold is
/// the evidence that a share `rate` of rows exceeds without cause, from the tail of the evidence of rows that were no anomalies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alarm {
    rate: f64,
    hold: u64,
    /// Rows below the threshold that end an event.
    join: u64,
    highest: f64,
    quiet: u64,
    // Absent from files of detectors that knew one channel's lasting cause from no other's.
    #[serde(default)]
    beside: Beside,
    /// Rows since one of the event under way; none where none is.
    since: Option<u64>,
    tail: Tail,
}

/// What was news while some channel's cause lasts: the rows of that channel say nothing new, those of others may.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beside {
    highest: f64,
    quiet: u64,
}

impl Alarm {
    pub fn new(rate: f64, hold: u64, join: u64) -> Self {
        Self { rate, hold, join, highest: 0.0, quiet: 0, beside: Beside::default(), since: None, tail: Tail::new(LEVEL, 0.0) }
    }

    /// `lasting`: the evidence is of something that goes on, which keeps it from being news again. `others`: the evidence of the channels
    /// without such a cause that was told of, where some channel has one.
    pub fn push(&mut self, evidence: f64, others: Option<f64>, lasting: bool, learn: bool) -> Verdict {
        self.quiet = self.quiet.saturating_add(1);
        self.beside.quiet = self.beside.quiet.saturating_add(1);
        if self.quiet > self.hold {
            self.highest = 0.0;
        }
        if self.beside.quiet > self.hold {
            self.beside.highest = 0.0;
        }
        let others = others.filter(|others| *others > self.beside.highest);
        let told = if evidence > self.highest { evidence } else { others.unwrap_or_else(|| evidence.min(NO_NEWS)) };
        if told > NEWS {
            self.highest = self.highest.max(told);
            self.quiet = 0;
            self.beside = Beside { highest: told, quiet: 0 };
        }
        if lasting {
            self.quiet = 0;
        }
        let threshold = self.tail.quantile(self.rate).max(LEAST_ALARM);
        let alarm = told > threshold;
        // What was no news says nothing of how rare news is.
        if learn && !alarm {
            self.tail.push(told);
        }
        self.since = self.since.map(|rows| rows + 1).filter(|&rows| rows <= self.join);
        let anomaly = alarm || (self.since.is_some() && evidence > threshold);
        if anomaly {
            self.since = Some(0);
        }
        Verdict { score: score_of(told), threshold: score_of(threshold), alarm, anomaly, unheld: score_of(evidence) }
    }

    /// Whether a saved state can be gone on from.
    pub fn is_sound(&self) -> bool {
        self.tail.is_sound() && self.rate > 0.0
    }

    pub fn set_rate(&mut self, rate: f64) {
        self.rate = rate;
    }

    /// The threshold as a score.
    pub fn threshold(&self) -> f64 {
        score_of(self.tail.quantile(self.rate).max(LEAST_ALARM))
    }

    pub fn restart(&mut self) {
        (self.highest, self.quiet, self.since) = (0.0, 0, None);
        self.beside = Beside::default();
    }
}
