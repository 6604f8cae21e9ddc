//! Scores against labels: by row, by event, and over all thresholds. Never point-adjusted: a row that was missed stays missed.

use crate::evaluation::{Better, Evaluation, Measure};
use std::ops::RangeInclusive;

/// Measures of a detector against labels; one that has no denominator is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Share of rows marked that are labelled.
    pub precision: f64,
    /// Share of labelled rows that are marked.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// Share of marked events that touch a labelled stretch.
    pub event_precision: f64,
    /// Share of labelled stretches that a marked event touches.
    pub event_recall: f64,
    /// Their harmonic mean.
    pub event_f1: f64,
    /// Area under the precision-recall curve over all thresholds, as average precision.
    pub auprc: f64,
    /// Rows, labelled rows, labelled stretches, marked events.
    pub rows: u64,
    /// Labelled rows.
    pub labelled: u64,
    /// Stretches of labelled rows.
    pub stretches: usize,
    /// Marked events.
    pub events: usize,
}

impl Metrics {
    /// As every task tells it: precision, recall and F1 of rows and of events, and the area under precision and recall.
    pub fn evaluation(&self, part: &str) -> Evaluation {
        let measure = |key: &str, name: &str, value: f64| Measure {
            key: key.to_owned(),
            name: name.to_owned(),
            model: Some(value),
            baselines: Vec::new(),
            better: Better::Higher,
        };
        Evaluation {
            part: part.to_owned(),
            count: self.rows,
            unit: "rows".to_owned(),
            measures: vec![
                measure("precision", "precision", self.precision),
                measure("recall", "recall", self.recall),
                measure("f1", "F1", self.f1),
                measure("event_precision", "event precision", self.event_precision),
                measure("event_recall", "event recall", self.event_recall),
                measure("event_f1", "event F1", self.event_f1),
                measure("auprc", "area under precision-recall", self.auprc),
            ],
        }
    }
}

/// Collects rows and events.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    rows: Vec<(f32, bool)>,
    both: u64,
    marked: u64,
    stretches: Vec<RangeInclusive<u64>>,
    events: Vec<RangeInclusive<u64>>,
    /// The first row of the series at hand.
    first: u64,
}

impl Scores {
    /// Rows that come do not follow those before: they are of another series.
    pub fn part(&mut self) {
        self.first = self.rows();
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows.len() as u64
    }

    /// A row's score, whether it was marked, and its label.
    pub fn push(&mut self, score: f64, marked: bool, label: bool) {
        let row = self.rows.len() as u64;
        self.rows.push((score as f32, label));
        self.both += u64::from(marked && label);
        self.marked += u64::from(marked);
        if label {
            match self.stretches.last_mut() {
                Some(last) if *last.end() + 1 == row && row > self.first => *last = *last.start()..=row,
                _ => self.stretches.push(row..=row),
            }
        }
    }

    /// An event by its first and last row.
    pub fn event(&mut self, start: u64, end: u64) {
        self.events.push(start..=end);
    }

    /// The measures.
    pub fn finish(mut self) -> Metrics {
        let labelled = self.rows.iter().filter(|(_, label)| *label).count() as u64;
        let touches =
            |a: &RangeInclusive<u64>, all: &[RangeInclusive<u64>]| all.iter().any(|b| a.start() <= b.end() && b.start() <= a.end());
        let right = self.events.iter().filter(|e| touches(e, &self.stretches)).count() as u64;
        let found = self.stretches.iter().filter(|s| touches(s, &self.events)).count() as u64;
        let (precision, recall) = (share(self.both, self.marked), share(self.both, labelled));
        let event_precision = share(right, self.events.len() as u64);
        let event_recall = share(found, self.stretches.len() as u64);
        self.rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        Metrics {
            precision,
            recall,
            f1: harmonic(precision, recall),
            event_precision,
            event_recall,
            event_f1: harmonic(event_precision, event_recall),
            auprc: average_precision(&self.rows, labelled),
            rows: self.rows.len() as u64,
            labelled,
            stretches: self.stretches.len(),
            events: self.events.len(),
        }
    }
}

/// Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, highest first; rows of one score come together.
fn average_precision(sorted: &[(f32, bool)], labelled: u64) -> f64 {
    let (mut area, mut hits, mut seen) = (0.0, 0_u64, 0_u64);
    for group in sorted.chunk_by(|a, b| a.0 == b.0) {
        let new = group.iter().filter(|(_, label)| *label).count() as u64;
        hits += new;
        seen += group.len() as u64;
        area += share(new, labelled) * share(hits, seen);
    }
    area
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a + b == 0.0 { 0.0 } else { 2.0 * a * b / (a + b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_events_and_area() {
        let mut scores = Scores::default();
        let labels = [false, true, true, false, false, true, false, false];
        let values = [0.1, 0.9, 0.2, 0.1, 0.8, 0.3, 0.1, 0.1];
        for (&label, &score) in labels.iter().zip(&values) {
            scores.push(score, score > 0.5, label);
        }
        scores.event(1, 1);
        scores.event(4, 4);
        let m = scores.finish();
        assert_eq!((m.precision, m.recall), (0.5, 1.0 / 3.0));
        assert!((m.f1 - 0.4).abs() < 1e-12);
        assert_eq!((m.event_precision, m.event_recall, m.event_f1), (0.5, 0.5, 0.5));
        // Ranked: hit, miss, hit, hit.
        let expected = (1.0 + 2.0 / 3.0 + 3.0 / 4.0) / 3.0;
        assert!((m.auprc - expected).abs() < 1e-6, "{}", m.auprc);
        assert_eq!((m.rows, m.labelled, m.stretches, m.events), (8, 3, 2, 2));
    }

    #[test]
    fn nothing_labelled_or_marked_is_no_division_by_zero() {
        let mut scores = Scores::default();
        scores.push(0.5, false, false);
        let m = scores.finish();
        assert_eq!((m.precision, m.recall, m.f1, m.event_f1, m.auprc), (0.0, 0.0, 0.0, 0.0, 0.0));
    }
}
