//! Scored rows with their labels, kept until it is known which labels mean an anomaly.

use super::metrics::{Metrics, Scores};

/// Stands for a row without a label.
const NONE: u8 = u8::MAX;

/// Rows of several series with the labels they have, each a small number.
#[derive(Clone, Debug, Default)]
pub struct Labelled {
    series: Vec<Series>,
}

#[derive(Clone, Debug, Default)]
struct Series {
    /// Score, whether marked, label.
    rows: Vec<(f32, bool, u8)>,
    events: Vec<(u64, u64)>,
}

impl Labelled {
    /// A row of a series: its score, whether it was marked, and its label, below 255. One without a label is neither right nor wrong.
    pub fn push(&mut self, series: usize, score: f64, marked: bool, label: Option<u8>) {
        self.of(series).rows.push((score as f32, marked, label.unwrap_or(NONE)));
    }

    /// An event of a series, by its first and last row, counted from the first that was pushed.
    pub fn event(&mut self, series: usize, start: u64, end: u64) {
        self.of(series).events.push((start, end));
    }

    /// Rows with each label, and those without one.
    pub fn counts(&self, labels: usize) -> (Vec<u64>, u64) {
        let mut counts = vec![0; usize::from(NONE) + 1];
        self.series.iter().flat_map(|series| &series.rows).for_each(|(.., label)| counts[usize::from(*label)] += 1);
        let without = counts[usize::from(NONE)];
        counts.truncate(labels);
        (counts, without)
    }

    /// The measures, where `anomalous` says which labels mean an anomaly.
    pub fn finish(self, anomalous: &[bool]) -> Metrics {
        let mut scores = Scores::default();
        for series in self.series {
            scores.part();
            let mut labelled = vec![scores.rows()];
            for (score, marked, label) in &series.rows {
                if *label != NONE {
                    scores.push(f64::from(*score), *marked, anomalous.get(usize::from(*label)).copied().unwrap_or(false));
                }
                labelled.push(scores.rows());
            }
            for (start, end) in series.events {
                let at = |row: u64| labelled[(row as usize).min(labelled.len() - 1)];
                let (first, behind) = (at(start), at(end + 1));
                // An event of rows without a label is not judged.
                if first < behind {
                    scores.event(first, behind - 1);
                }
            }
        }
        scores.finish()
    }

    fn of(&mut self, series: usize) -> &mut Series {
        if self.series.len() <= series {
            self.series.resize_with(series + 1, Series::default);
        }
        &mut self.series[series]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_judged_apart_and_rows_without_a_label_not_at_all() {
        let mut labelled = Labelled::default();
        // Two series, row by row in turn; the label 1 means an ordinary row.
        let rows = [
            [(0.9, true, Some(0)), (0.1, false, Some(1))],
            [(0.1, false, Some(1)), (0.8, true, None)],
            [(0.7, true, Some(1)), (0.2, false, Some(0))],
        ];
        for pair in rows {
            for (series, (score, marked, label)) in pair.into_iter().enumerate() {
                labelled.push(series, score, marked, label);
            }
        }
        labelled.event(0, 0, 0);
        labelled.event(0, 2, 2);
        labelled.event(1, 1, 1);
        assert_eq!(labelled.counts(2), (vec![2, 3], 1));
        let m = labelled.finish(&[true, false]);
        assert_eq!((m.rows, m.labelled, m.stretches, m.events), (5, 2, 2, 2));
        assert_eq!((m.precision, m.recall, m.event_precision, m.event_recall), (0.5, 0.5, 0.5, 0.5));
    }

    #[test]
    fn a_stretch_does_not_go_on_in_the_next_series() {
        let mut labelled = Labelled::default();
        for series in 0..2 {
            labelled.push(series, 0.5, false, Some(0));
        }
        assert_eq!(labelled.finish(&[true]).stretches, 2);
    }
}
