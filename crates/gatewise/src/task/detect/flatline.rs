//! A channel that stands still for longer than it ever did: a stuck sensor.
//!
//! The flat-line test of ocean sensors (QARTOD, IOOS 2020) with the length learned from the channel in place of one that is set: it is beyond
//! the tail of the standstills before, and twice the longest of them. Missing rows are passed over: they neither end a standstill nor lengthen it.

use serde::{Deserialize, Serialize};

use super::tail::{Tail, is_left_out};

/// Share of standstills that are no peaks, and their mean excess in rows that is no surprise.
const LEVEL: f64 = 0.98;
const LEAST_EXCESS: f64 = 2.0;
/// Probability of a standstill that is marked, from the tail of those before.
const RARE: f64 = 1e-5;
/// How many times the longest one before it has to last.
const TIMES_LONGEST: f64 = 2.0;
/// Repeated values that are marked at least: gaps are often filled with the value before.
const LEAST_ROWS: f64 = 12.0;
/// Standstills of each further marked one that is not learned from, see [`is_left_out`]: the usual rate of alarms.
const LEFT_OUT: u64 = 10_000;

/// How long a channel repeats a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flatline {
    /// Rows by which each standstill before outlasted its first row.
    past: Tail,
    longest: f64,
    count: u64,
    marked: u64,
    /// The value at hand, and the rows that repeated it.
    value: Option<f64>,
    rows: f64,
    /// Rows from which it is marked; settled when it begins.
    enough: f64,
}

impl Default for Flatline {
    fn default() -> Self {
        Self { past: Tail::new(LEVEL, LEAST_EXCESS), longest: 0.0, count: 0, marked: 0, value: None, rows: 0.0, enough: f64::MAX }
    }
}

impl Flatline {
    /// Whether the channel stands still with this value for longer than it ever did.
    pub fn push(&mut self, value: f64, learn: bool) -> bool {
        if self.value == Some(value) {
            self.rows += 1.0;
        } else {
            if learn && self.value.is_some() {
                self.learn();
            }
            (self.value, self.rows) = (Some(value), 0.0);
            // The tail gives the largest number until it has seen enough.
            self.enough = self.past.quantile(RARE).max(TIMES_LONGEST * self.longest).max(LEAST_ROWS);
        }
        self.rows >= self.enough
    }

    fn learn(&mut self) {
        self.count = self.count.saturating_add(1);
        if self.rows >= self.enough && is_left_out(self.marked + 1, self.count, LEFT_OUT) {
            self.marked += 1;
        } else {
            self.longest = self.longest.max(self.rows);
            self.past.push(self.rows);
        }
    }

    /// Whether a saved state can be gone on from.
    pub fn is_sound(&self) -> bool {
        self.past.is_sound() && self.longest >= 0.0 && self.rows >= 0.0 && self.enough >= LEAST_ROWS
    }

    /// Forgets the value at hand.
    pub fn restart(&mut self) {
        (self.value, self.rows) = (None, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [usize; 0] = [];

    /// Rows that are marked.
    fn marked(values: impl Iterator<Item = f64>) -> Vec<usize> {
        let mut still = Flatline::default();
        values.enumerate().filter(|&(_, value)| still.push(value, true)).map(|(row, _)| row).collect()
    }

    #[test]
    fn longer_than_ever_is_marked_and_what_is_usual_is_not() {
        let moving = |row: usize| (row * 7919 % 101) as f64;
        let stuck = |row: usize, from: usize, rows: usize| if (from..from + rows).contains(&row) { 7.5 } else { moving(row) };
        assert_eq!(marked((0..3000).map(moving)), NONE);
        assert_eq!(marked((0..3000).map(|row| stuck(row, 2000, 12))), NONE, "a gap of twelve rows may have been filled");
        assert_eq!(marked((0..3000).map(|row| stuck(row, 2000, 40))), Vec::from_iter(2012..2040));
        let twice = marked((0..3000).map(|row| if row < 2500 { stuck(row, 1500, 40) } else { stuck(row, 2600, 30) }));
        assert_eq!(twice, Vec::from_iter((1512..1540).chain(2612..2630)), "one that was marked is no excuse for the next");
        assert_eq!(marked((0..3000).map(|row| (row / 24 % 2 * row) as f64)), NONE, "half of every day without motion");
        assert_eq!(marked(std::iter::repeat_n(5.0, 3000)), NONE, "a channel that never moved");
        assert_eq!(marked((0..3000).map(|row| f64::from(row >= 1500))), NONE, "a channel that moved once");
    }

    #[test]
    fn what_comes_often_is_learned() {
        let daily = |row: usize| if row >= 1000 && row % 48 < 24 { 0.0 } else { (row * 7919 % 101) as f64 + 1.0 };
        let found = marked((0..9000).map(daily));
        assert!(!found.is_empty() && found.iter().all(|&row| row < 2000), "{found:?}");
    }
}
