//! A counter that is reset: read as its increase from row to row.

use serde::{Deserialize, Serialize};

/// Where counters of so many bits start anew.
const WRAPS: [f64; 7] =
    [256.0, 65_536.0, 2_147_483_648.0, 4_294_967_296.0, 9_007_199_254_740_992.0, 9_223_372_036_854_775_808.0, 18_446_744_073_709_551_616.0];
/// Lowest and highest power of ten at which the digits of a meter start anew.
const DIGITS: std::ops::RangeInclusive<i32> = 3..=15;
/// How many times the largest increase so far one over the end of the range may be.
const PLAUSIBLE: f64 = 4.0;
/// A fall to a value below this share of the one before is a reset; any other is a fall.
const NEAR_ZERO: f64 = 0.1;

/// A counter, and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counter {
    last: Option<f64>,
    /// Rows since the last value.
    rows: u64,
    /// Largest increase of a row.
    largest: f64,
    /// What the row at hand is `offset + increase · factor` of.
    #[serde(skip)]
    offset: f64,
    #[serde(skip)]
    factor: f64,
}

impl Counter {
    /// The increase of a value since the last one, by row; NaN where there is none before it or it is missing. `rows` rows lie between this row and
    /// the one before it. After a reset the value itself is the increase, which says nothing where it is none out of the ordinary; where the counter came to
    /// the end of its range, what is missing to it counts too.
    pub fn push(&mut self, value: f64, rows: u64, learn: bool) -> f64 {
        self.rows += rows;
        (self.offset, self.factor) = (self.last.unwrap_or(value), self.rows as f64);
        if !value.is_finite() {
            return f64::NAN;
        }
        let Some(last) = self.last.replace(value) else {
            self.rows = 0;
            return f64::NAN;
        };
        let rows = std::mem::take(&mut self.rows) as f64;
        let increase = if value >= last || last <= 0.0 || value < 0.0 {
            value - last
        } else if let Some(end) = self.end_of_range(last, value, rows) {
            end - last + value
        } else if value <= NEAR_ZERO * last {
            // What was counted before the reset is not known: only more than ever is certain.
            (self.offset, self.factor) = (0.0, rows);
            return if value / rows > self.largest { value / rows } else { f64::NAN };
        } else {
            value - last
        };
        self.offset = value - increase;
        let increase = increase / rows;
        if learn {
            self.largest = self.largest.max(increase);
        }
        increase
    }

    /// An increase of the row at hand as the counter's own value; 0 before anything is known.
    pub fn level(&self, increase: f64) -> f64 {
        let level = self.offset + increase * self.factor;
        if level.is_finite() { level } else { 0.0 }
    }

    /// Forgets the last value: what comes next does not go on from it.
    pub fn restart(&mut self) {
        (self.last, self.rows) = (None, 0);
    }

    /// Whether a saved counter can be gone on from.
    pub fn is_sound(&self) -> bool {
        self.largest >= 0.0 && self.last.is_none_or(f64::is_finite)
    }

    /// The end of the range that the counter went over, if that makes an increase as they are usual.
    fn end_of_range(&self, last: f64, value: f64, rows: f64) -> Option<f64> {
        let ends = WRAPS.into_iter().chain(DIGITS.map(|digits| 10.0_f64.powi(digits)));
        let plausible = |end: &f64| *end > last && (*end - last + value) / rows <= PLAUSIBLE * self.largest;
        ends.filter(plausible).min_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn increases(values: &[f64]) -> Vec<f64> {
        let mut counter = Counter::default();
        values.iter().map(|value| counter.push(*value, 1, true)).skip(1).collect()
    }

    #[test]
    fn a_reset_and_the_end_of_a_range_are_no_falls() {
        let reset = increases(&[100.0, 110.0, 125.0, 7.0, 17.0]);
        assert!(reset[2].is_nan() && [reset[0], reset[1], reset[3]] == [10.0, 15.0, 10.0], "{reset:?}");
        assert_eq!(increases(&[1000.0, 1010.0, 90.0]), [10.0, 90.0], "more than ever");
        assert_eq!(increases(&[4_294_967_000.0, 4_294_967_200.0, 104.0, 304.0]), [200.0, 200.0, 200.0]);
        assert_eq!(increases(&[99_980.0, 99_990.0, 2.0]), [10.0, 12.0]);
        assert_eq!(increases(&[980.0, 981.0, 2.0]), [1.0, 2.0], "1000 is too far for a counter of ones");
        assert_eq!(increases(&[100.0, 110.0, 90.0]), [10.0, -20.0], "a fall that is no reset");
    }

    #[test]
    fn an_increase_over_missing_rows_is_shared_among_them() {
        let mut counter = Counter::default();
        assert!(counter.push(100.0, 1, true).is_nan());
        assert!(counter.push(f64::NAN, 1, true).is_nan());
        assert_eq!(counter.push(120.0, 1, true), 10.0);
        assert_eq!(counter.push(150.0, 3, true), 10.0);
        assert_eq!(counter.level(11.0), 153.0);
        counter.restart();
        assert!(counter.push(7.0, 1, true).is_nan());
    }

    #[test]
    fn what_is_expected_is_told_in_the_counters_own_values() {
        let mut counter = Counter::default();
        counter.push(1000.0, 1, true);
        assert_eq!(counter.push(1500.0, 1, true), 500.0);
        assert_eq!(counter.level(10.0), 1010.0);
        counter.push(5.0, 1, true);
        assert_eq!(counter.level(10.0), 10.0, "after a reset from zero");
        counter.push(f64::NAN, 1, true);
        assert_eq!(counter.level(10.0), 15.0);
    }
}
