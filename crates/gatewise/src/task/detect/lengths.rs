//! How long stretches of something lasted, and how rare a longer one is.

use serde::{Deserialize, Serialize};

/// Longest stretches that are remembered one by one.
const KEPT: usize = 8;
/// Least width of the tail, as a share of the mean length, and in rows: stretches that were all alike may still differ a little.
const LEAST_SHARE: f64 = 0.3;
const LEAST_WIDTH: f64 = 1.0;

/// Lengths of stretches, in rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lengths {
    count: u64,
    sum: f64,
    squares: f64,
    /// At most [`KEPT`], the longest first.
    longest: Vec<f64>,
}

impl Lengths {
    /// Takes a stretch in.
    pub fn push(&mut self, rows: u64) {
        let rows = rows as f64;
        self.count += 1;
        self.sum += rows;
        self.squares += rows * rows;
        let place = self.longest.partition_point(|longer| *longer >= rows);
        self.longest.insert(place, rows);
        self.longest.truncate(KEPT);
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// The longest one but for the `dropped` longest; 0 where there is none.
    pub fn longest(&self, dropped: usize) -> f64 {
        self.longest.get(dropped).copied().unwrap_or(0.0)
    }

    /// How many stretches of at least `rows` rows are to be expected among as many as there were, the `dropped` longest left out: those that there
    /// were, else what an exponential tail as wide as the lengths differ has beyond the longest; never less than `least`.
    pub fn expected(&self, rows: u64, dropped: usize, least: f64) -> f64 {
        let rows = rows as f64;
        let (left_out, kept) = self.longest.split_at(dropped.min(self.longest.len()));
        let Some(longest) = kept.first() else { return least };
        let as_long = kept.iter().filter(|length| **length >= rows).count();
        if as_long > 0 {
            return as_long as f64;
        }
        let count = self.count as f64 - left_out.len() as f64;
        let mean = (self.sum - left_out.iter().sum::<f64>()) / count;
        let square = (self.squares - left_out.iter().map(|length| length * length).sum::<f64>()) / count;
        let width = (square - mean * mean).max(0.0).sqrt().max(LEAST_SHARE * mean).max(LEAST_WIDTH);
        (-(rows - longest) / width).exp().max(least)
    }

    /// Whether saved lengths can be used.
    pub fn is_sound(&self) -> bool {
        self.longest.len() as u64 <= self.count && self.longest.len() <= KEPT && self.sum >= 0.0 && self.squares >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lengths: &[u64]) -> Lengths {
        lengths.iter().fold(Lengths::default(), |mut all, rows| {
            all.push(*rows);
            all
        })
    }

    #[test]
    fn as_many_as_there_were_and_beyond_them_a_tail() {
        let lengths = of(&[20, 20, 20, 80, 20, 20, 20, 20, 20, 20, 20]);
        assert_eq!(lengths.expected(20, 0, 0.01), 8.0, "of those remembered");
        assert_eq!(lengths.expected(81, 0, 0.01), (-1.0 / lengths_width(&lengths)).exp());
        assert_eq!((lengths.expected(81, 1, 0.01), lengths.longest(1)), (0.01, 20.0), "without the one that is odd");
        assert!((lengths.expected(26, 1, 0.01) - (-1.0_f64).exp()).abs() < 1e-9, "alike ones may differ by a third");
        assert_eq!(of(&[]).expected(1, 0, 0.02), 0.02);
        assert_eq!(of(&[5]).expected(5, 1, 0.02), 0.02);
    }

    fn lengths_width(lengths: &Lengths) -> f64 {
        let mean = lengths.sum / lengths.count as f64;
        (lengths.squares / lengths.count as f64 - mean * mean).sqrt()
    }
}
