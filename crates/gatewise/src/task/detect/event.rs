//! Neighbouring anomalous rows as one event.

use super::detector::Scored;
use super::monitor::{Kind, main_kind, total};

/// A stretch of rows that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// First and last row, counted from 0.
    pub start: u64,
    /// Last row.
    pub end: u64,
    /// The row with the highest score …
    pub peak: u64,
    /// … and that score.
    pub score: f64,
    /// Channels by their evidence at the peak, highest first.
    pub blame: Vec<Blame>,
}

/// A channel's part in an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blame {
    /// The channel.
    pub channel: usize,
    /// Its evidence, −log₁₀ of a probability.
    pub evidence: f64,
    /// What speaks most against it.
    pub kind: Kind,
    /// Its value at the peak; NaN where missing.
    pub value: f64,
    /// What was expected there.
    pub expected: f64,
}

/// Channels named in an event.
const NAMED: usize = 8;
/// Share of the highest evidence from which a channel is to blame too.
const SHARED: f64 = 0.5;

/// Joins anomalies: an event starts with an alarm and ends when `join` rows were no anomalies.
#[derive(Clone, Debug, Default)]
pub struct Events {
    join: u64,
    open: Option<Event>,
}

impl Events {
    /// `join`: rows without an anomaly that end an event, [`DetectConfig::join`](super::DetectConfig::join).
    pub fn new(join: usize) -> Self {
        Self { join: join as u64, open: None }
    }

    /// Takes a row in; gives the event that it ended.
    pub fn push(&mut self, row: &Scored<'_>) -> Option<Event> {
        let mut ended = None;
        if self.open.as_ref().is_some_and(|event| row.row > event.end.saturating_add(self.join)) {
            ended = self.open.take();
        }
        match &mut self.open {
            Some(event) if row.verdict.anomaly => {
                event.end = row.row;
                if row.verdict.score > event.score {
                    (event.peak, event.score, event.blame) = (row.row, row.verdict.score, blame(row));
                }
            }
            None if row.verdict.alarm => {
                let (row, score, blame) = (row.row, row.verdict.score, blame(row));
                self.open = Some(Event { start: row, end: row, peak: row, score, blame });
            }
            _ => {}
        }
        ended
    }

    /// The event under way, at the end of the rows.
    pub fn finish(&mut self) -> Option<Event> {
        self.open.take()
    }
}

pub(super) fn blame(row: &Scored<'_>) -> Vec<Blame> {
    let mut all: Vec<Blame> = (0..row.values.len())
        .map(|channel| Blame {
            channel,
            evidence: total(&row.evidence[channel]),
            kind: main_kind(&row.evidence[channel]),
            value: row.values[channel],
            expected: row.expected[channel],
        })
        .collect();
    all.sort_by(|a, b| b.evidence.total_cmp(&a.evidence));
    let least = all.first().map_or(0.0, |b| SHARED * b.evidence);
    all.retain(|b| b.evidence >= least);
    all.truncate(NAMED);
    all
}
