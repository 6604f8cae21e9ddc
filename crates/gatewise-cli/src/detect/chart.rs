//! Rows thinned for the report: at most a few thousand stretches, whatever the length of the table.

use gatewise::task::detect::Scored;

use crate::report::{DetectPanel, DetectPoint, MAX_PANELS};

/// Stretches that are kept; when there are more, neighbours become one.
const MOST: usize = 4096;
/// Event spans that are drawn.
const MOST_SPANS: usize = 200;

/// A stretch of rows.
#[derive(Debug, Clone)]
struct Stretch {
    time: String,
    score: f64,
    threshold: f64,
    /// By channel: lowest and highest value, what was expected at the first row, the band there.
    channels: Vec<ChannelStretch>,
}

#[derive(Debug, Clone, Copy)]
struct ChannelStretch {
    low: f64,
    high: f64,
    expected: f64,
    band: (f64, f64),
}

/// What the report draws of a run.
#[derive(Debug, Clone)]
pub struct ChartData {
    channels: usize,
    /// Rows of a stretch.
    size: u64,
    rows: u64,
    stretches: Vec<Stretch>,
    spans: Vec<(u64, u64)>,
}

impl ChartData {
    pub fn new(channels: usize) -> Self {
        Self { channels: channels.min(MAX_PANELS), size: 1, rows: 0, stretches: Vec::new(), spans: Vec::new() }
    }

    /// Takes a row in; true where it starts a stretch, whose bands are then wanted.
    pub fn push(&mut self, row: &Scored<'_>, time: impl FnOnce() -> String) -> bool {
        let starts = self.rows.is_multiple_of(self.size);
        if starts && self.stretches.len() == MOST {
            self.halve();
        }
        let starts = self.rows.is_multiple_of(self.size);
        self.rows += 1;
        if starts {
            let channel = |c: usize| {
                let (value, expected) = (row.values[c], row.expected[c]);
                ChannelStretch { low: value, high: value, expected, band: (expected, expected) }
            };
            let channels = (0..self.channels).map(channel).collect();
            self.stretches.push(Stretch { time: time(), score: row.verdict.score, threshold: row.verdict.threshold, channels });
        } else if let Some(stretch) = self.stretches.last_mut() {
            stretch.score = stretch.score.max(row.verdict.score);
            for (channel, &value) in stretch.channels.iter_mut().zip(row.values) {
                // `min` and `max` pass over a missing value.
                (channel.low, channel.high) = (channel.low.min(value), channel.high.max(value));
            }
        }
        starts
    }

    /// The expected bands of the row that started the last stretch, by channel.
    pub fn set_bands(&mut self, bands: impl Iterator<Item = (f64, f64)>) {
        if let Some(stretch) = self.stretches.last_mut() {
            stretch.channels.iter_mut().zip(bands).for_each(|(channel, band)| channel.band = band);
        }
    }

    /// Rows of an event, counted as the detector does; `first` is the number of the run's first row.
    pub fn event(&mut self, start: u64, end: u64, first: u64) {
        if self.spans.len() < MOST_SPANS {
            self.spans.push((start.saturating_sub(first), end.saturating_sub(first)));
        }
    }

    fn halve(&mut self) {
        let mut kept = Vec::with_capacity(MOST);
        for pair in self.stretches.chunks(2) {
            let mut joined = pair[0].clone();
            for other in &pair[1..] {
                joined.score = joined.score.max(other.score);
                for (a, b) in joined.channels.iter_mut().zip(&other.channels) {
                    (a.low, a.high) = (a.low.min(b.low), a.high.max(b.high));
                }
            }
            kept.push(joined);
        }
        self.stretches = kept;
        self.size *= 2;
    }

    /// The panels of the report.
    pub fn panels(&self, names: &[&str]) -> Vec<DetectPanel> {
        let at = |i: usize| (i as u64 * self.size) as f64;
        let panel = |c: usize| DetectPanel {
            name: names[c].to_owned(),
            points: self
                .stretches
                .iter()
                .enumerate()
                .map(|(i, s)| {
                    let ChannelStretch { low, high, expected, band } = s.channels[c];
                    let (time, score, threshold) = (s.time.clone(), s.score, s.threshold);
                    DetectPoint { position: at(i), time, low, high, expected, band, score, threshold }
                })
                .collect(),
            spans: self.spans.iter().map(|&(start, end)| (start as f64, end as f64)).collect(),
            width: self.size as f64,
        };
        (0..self.channels).map(panel).collect()
    }
}
