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
/// Threshold before anything was seen, which is that of noise, the rows that it counts as, fewer as rows come, and those after which it counts no more: the
/// tail of a few rows is mostly luck.
const USUAL_ALARM: f64 = 10.0;
const USUAL_ROWS: f64 = 400.0;
const FORGOTTEN: f64 = 4000.0;
/// Evidence that robust deviations add at most, and −log₁₀ of the probability from which they do, below it by the square of their share.
const MOST_ADDED: f64 = 2.0;
const WHOLE: f64 = 4.0;
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
    /// The score from which the row is an anomaly: as it stood before this row or, where its robust deviations are rarer than the rate asks for, the score
    /// at which they would be as rare.
    pub threshold: f64,
    /// Whether the row is news: its score is above the threshold.
    pub alarm: bool,
    /// Whether the row is an anomaly: an alarm, or a row of the event that an alarm began, whose evidence is above the threshold though it is no news.
    pub anomaly: bool,
    /// The score that the evidence would have were every row news.
    pub raw_score: f64,
}

/// Turns evidence into alarms at an expected rate.
///
/// An event is news once: a row scores its evidence only where it exceeds all evidence since the last news, for `hold` rows. The threshold is
/// the evidence that a share `rate` of rows exceeds without cause, from the tail of the evidence of rows that were no anomalies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Alarm {
    rate: f64,
    hold: u64,
    /// Rows below the threshold that end an event.
    join: u64,
    #[serde(flatten)]
    all: Heard,
    /// While some channel's cause lasts: what was news of the others. Absent from files of detectors that did not tell them apart.
    #[serde(default)]
    others: Heard,
    /// Rows since one of the event under way; none where none is.
    since: Option<u64>,
    /// The most that robust deviations said in it, as a multiple of what the rate asks for.
    #[serde(default)]
    farthest: f64,
    tail: Tail,
}

/// What later rows have to exceed to be news.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Heard {
    highest: f64,
    /// Rows since the last news.
    quiet: u64,
}

impl Heard {
    /// A further row; after `hold` of them without news all is news again.
    fn pass(&mut self, hold: u64) {
        self.quiet = self.quiet.saturating_add(1);
        if self.quiet > hold {
            self.highest = 0.0;
        }
    }

    fn hear(&mut self, evidence: f64) {
        *self = Self { highest: self.highest.max(evidence), quiet: 0 };
    }
}

impl Alarm {
    pub fn new(rate: f64, hold: u64, join: u64) -> Self {
        Self { rate, hold, join, all: Heard::default(), others: Heard::default(), since: None, farthest: 0.0, tail: Tail::new(LEVEL, 0.0) }
    }

    /// `lasting`: the evidence is of something that goes on, which keeps it from being news again. `others`: the evidence of the channels
    /// without such a cause that was told of, where some channel has one. `robust`: −log₁₀ of the probability of the row's robust deviations, which
    /// is held against the rate as it is.
    pub fn push(&mut self, evidence: f64, others: Option<f64>, robust: f64, lasting: bool, learn: bool) -> Verdict {
        self.all.pass(self.hold);
        self.others.pass(self.hold);
        let others = others.filter(|others| *others > self.others.highest);
        let told = if evidence > self.all.highest { evidence } else { others.unwrap_or_else(|| evidence.min(NO_NEWS)) };
        if told > NEWS {
            self.all.hear(told);
            self.others.hear(told);
        }
        if lasting {
            self.all.quiet = 0;
        }
        // What lasts says enough by itself.
        let added = if lasting { 0.0 } else { MOST_ADDED * (robust / WHOLE).min(1.0).powi(2) };
        let (told, evidence) = (told + added, evidence + added);
        let threshold = self.least();
        let alarm = told > threshold;
        // What was no news says nothing of how rare news is.
        if learn && !alarm {
            self.tail.push(told);
        }
        self.since = self.since.map(|rows| rows.saturating_add(1)).filter(|&rows| rows <= self.join);
        if self.since.is_none() {
            self.farthest = 0.0;
        }
        let far = robust / -self.rate.log10();
        let (odd, new) = (far > 1.0, far > self.farthest.max(1.0));
        let anomaly = alarm || odd || (self.since.is_some() && evidence > threshold);
        if odd {
            self.farthest = self.farthest.max(far);
        }
        if anomaly {
            self.since = Some(0);
        }
        // Either of two thresholds is enough; robust deviations cross theirs where the row's own score would be as much lower as they are farther.
        let threshold = if odd { threshold.min(told / far) } else { threshold };
        Verdict { score: score_of(told), threshold: score_of(threshold), alarm: alarm || new, anomaly, raw_score: score_of(evidence) }
    }

    /// The evidence from which a row is an alarm.
    fn least(&self) -> f64 {
        let seen = self.tail.seen() as f64;
        let own = self.tail.quantile(self.rate);
        let prior = USUAL_ROWS * (1.0 - seen / FORGOTTEN).max(0.0);
        let usual = if own < USUAL_ALARM { (seen * own + prior * USUAL_ALARM) / (seen + prior) } else { own };
        usual.max(LEAST_ALARM)
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
        score_of(self.least())
    }

    pub fn restart(&mut self) {
        (self.all, self.others, self.since) = (Heard::default(), Heard::default(), None);
        self.farthest = 0.0;
    }
}
