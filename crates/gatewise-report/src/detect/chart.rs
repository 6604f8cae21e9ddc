//! Rows thinned for the report: at most a few thousand stretches, whatever the length of the table.

use gatewise::task::detect::Judged;

use super::page::{DetectPanel, DetectPoint};
use crate::MAX_PANELS;

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

/// Series that charts are kept of: those that come first.
const MOST_SERIES: usize = 64;

/// What the report draws of a run, by series.
#[derive(Debug, Clone)]
pub struct Charts {
    channels: usize,
    series: Vec<ChartData>,
}

impl Charts {
    /// Of tables of so many channels; without one the score is drawn alone.
    pub fn new(channels: usize) -> Self {
        Self { channels, series: Vec::new() }
    }

    /// Takes a row of a series in; true where it starts a stretch, whose bands are then wanted.
    pub fn push(&mut self, series: usize, row: &Judged<'_>, ignored: bool, time: impl FnOnce() -> String) -> bool {
        if series >= MOST_SERIES {
            return false;
        }
        while self.series.len() <= series {
            self.series.push(ChartData::new(self.channels));
        }
        self.series[series].push(row, ignored, time)
    }

    /// The expected bands of the row of a series that started its last stretch, by channel.
    pub fn set_bands(&mut self, series: usize, bands: impl Iterator<Item = (f64, f64)>) {
        if let Some(chart) = self.series.get_mut(series) {
            chart.set_bands(bands);
        }
    }

    /// Rows of an event of a series, counted from its first.
    pub fn event(&mut self, series: usize, start: u64, end: u64) {
        if let Some(chart) = self.series.get_mut(series) {
            chart.event(start, end);
        }
    }

    /// The panels of the report, those of series with most events first; `series` names them where there are several.
    pub fn panels(&self, series: Option<&[String]>, names: &[&str]) -> Vec<DetectPanel> {
        let mut order: Vec<usize> = (0..self.series.len()).collect();
        order.sort_by_key(|&s| std::cmp::Reverse(self.series[s].spans.len()));
        let of = |s: usize| self.series[s].panels(series.and_then(|names| names.get(s)).map(String::as_str), names);
        order.into_iter().flat_map(of).take(MAX_PANELS).collect()
    }
}

/// What the report draws of a series.
#[derive(Debug, Clone)]
struct ChartData {
    channels: usize,
    /// Rows of a stretch.
    size: u64,
    rows: u64,
    stretches: Vec<Stretch>,
    spans: Vec<(u64, u64)>,
    ignored: Vec<(u64, u64)>,
}

impl ChartData {
    fn new(channels: usize) -> Self {
        Self { channels: channels.min(MAX_PANELS), size: 1, rows: 0, stretches: Vec::new(), spans: Vec::new(), ignored: Vec::new() }
    }

    fn push(&mut self, row: &Judged<'_>, ignored: bool, time: impl FnOnce() -> String) -> bool {
        if ignored {
            let (row, count) = (self.rows, self.ignored.len());
            match self.ignored.last_mut().filter(|last| last.1 + 1 == row) {
                Some(last) => last.1 = row,
                None if count < MOST_SPANS => self.ignored.push((row, row)),
                None => {}
            }
        }
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

    fn set_bands(&mut self, bands: impl Iterator<Item = (f64, f64)>) {
        if let Some(stretch) = self.stretches.last_mut() {
            stretch.channels.iter_mut().zip(bands).for_each(|(channel, band)| channel.band = band);
        }
    }

    fn event(&mut self, start: u64, end: u64) {
        if self.spans.len() < MOST_SPANS {
            self.spans.push((start, end));
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

    fn panels(&self, series: Option<&str>, names: &[&str]) -> Vec<DetectPanel> {
        let at = |i: usize| (i as u64 * self.size) as f64;
        let spans = |spans: &[(u64, u64)]| spans.iter().map(|&(start, end)| (start as f64, end as f64)).collect();
        let panel = |name: &str, of: &dyn Fn(&Stretch) -> Option<ChannelStretch>| DetectPanel {
            name: series.map_or_else(|| name.to_owned(), |series| format!("{series}: {name}")),
            points: self
                .stretches
                .iter()
                .enumerate()
                .map(|(i, s)| {
                    let none = ChannelStretch { low: f64::NAN, high: f64::NAN, expected: f64::NAN, band: (f64::NAN, f64::NAN) };
                    let ChannelStretch { low, high, expected, band } = of(s).unwrap_or(none);
                    let (time, score, threshold) = (s.time.clone(), s.score, s.threshold);
                    DetectPoint { position: at(i), time, low, high, expected, band, score, threshold }
                })
                .collect(),
            spans: spans(&self.spans),
            ignored: spans(&self.ignored),
            width: self.size as f64,
        };
        if self.channels == 0 {
            return vec![panel("score", &|_| None)];
        }
        (0..self.channels).map(|c| panel(names[c], &|s| Some(s.channels[c]))).collect()
    }
}
