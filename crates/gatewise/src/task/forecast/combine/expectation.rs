//! What error to expect of the next horizon, and whether a difference between two forecasts is more than chance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::loss::student_t_quantile;

/// Share of future horizons whose error should lie in the range.
pub const RANGE: f64 = 0.8;
/// Spread of the logarithm of one series' error over a horizon where nothing was measured, and the windows that counts as. Over several series it is
/// smaller, though not without end: what moves one may move all.
const PRIOR_SPREAD: f64 = 0.4;
const PRIOR_WINDOWS: f64 = 3.0;
const MOST_SERIES: usize = 9;

/// The error of held-back windows, and the range in which that of the next horizon lies four times of five.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// Mean over windows.
    pub mean: f64,
    /// Lower end of the range.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Windows measured.
    pub windows: usize,
    /// Windows that fit side by side into the rows they cover.
    pub independent: f64,
}

impl Expectation {
    /// From the errors of windows, `independent` of which do not overlap, each the mean over `series`. `None` without an error above zero.
    ///
    /// The range is that of a lognormal distribution: errors are positive and skewed.
    pub fn of(errors: &[f64], independent: f64, series: usize) -> Option<Self> {
        let logs: Vec<f64> = errors.iter().filter(|e| **e > 0.0).map(|e| e.ln()).collect();
        if logs.is_empty() {
            return None;
        }
        let n = logs.len() as f64;
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        let center = logs.iter().sum::<f64>() / n;
        let around = logs.iter().map(|l| (l - center) * (l - center)).sum::<f64>() / n;
        let independent = independent.clamp(0.5, n);
        // The variance within few independent windows that overlap is too small by about one of them.
        let own = independent.max(1.0);
        let prior = PRIOR_SPREAD * PRIOR_SPREAD / series.clamp(1, MOST_SERIES) as f64;
        let variance = (own * around + PRIOR_WINDOWS * prior) / ((own - 1.0).max(0.0) + PRIOR_WINDOWS);
        let reach = student_t_quantile(0.5 + RANGE / 2.0, own + PRIOR_WINDOWS) * (variance * (1.0 + 1.0 / own)).sqrt();
        Some(Self {
            mean,
            low: (center - reach).exp().min(mean),
            high: (center + reach).exp().max(mean),
            windows: errors.len(),
            independent,
        })
    }
}

/// How two forecasts stand on the same windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The first is better by more than the spread of the differences explains.
    Better,
    /// The second is.
    Worse,
    /// The windows do not decide.
    Even,
}

/// Confidence with which one of two is called better.
const CONFIDENCE: f64 = 0.9;

/// Whether `first` has smaller errors than `second`, window by window, `independent` of which do not overlap.
pub fn compare(first: &[f64], second: &[f64], independent: f64) -> Standing {
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).filter(|d| d.is_finite()).collect();
    let n = differences.len() as f64;
    let independent = independent.min(n);
    if independent < 1.9 {
        return Standing::Even;
    }
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (n - 1.0).max(1.0);
    let error = (variance / independent).sqrt();
    let bound = student_t_quantile(CONFIDENCE, (independent - 1.0).max(1.0).max(2.0)) * error;
    match mean {
        m if m < -bound => Standing::Better,
        m if m > bound => Standing::Worse,
        _ => Standing::Even,
    }
}

/// Errors of one candidate by window: the mean over series and channels of their windows that are equally far from the end.
#[derive(Clone, Debug, Default)]
pub(super) struct ByWindow(BTreeMap<usize, (f64, f64)>);

impl ByWindow {
    pub fn add(&mut self, window: usize, error: f64) {
        let (sum, count) = self.0.entry(window).or_default();
        *sum += error;
        *count += 1.0;
    }

    pub fn means(&self) -> Vec<f64> {
        self.0.values().map(|(sum, count)| sum / count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_windows_narrow_the_range_to_that_of_a_window() {
        let few = Expectation::of(&[0.8, 1.2], 2.0, 1).unwrap();
        let errors: Vec<f64> = (0..200).map(|k| 0.8 + 0.4 * f64::from(k % 11) / 10.0).collect();
        let many = Expectation::of(&errors, 200.0, 1).unwrap();
        assert!(few.low < 0.65 && few.high > 1.5, "{few:?}");
        assert!((many.mean - 1.0).abs() < 0.01 && (0.75..0.88).contains(&many.low) && (1.12..1.25).contains(&many.high), "{many:?}");
        assert_eq!(Expectation::of(&[0.0], 1.0, 1), None);
    }

    #[test]
    fn a_win_needs_more_than_the_spread() {
        let base: Vec<f64> = (0..10).map(|k| 1.0 + 0.1 * f64::from(k % 3)).collect();
        let plus = |by: f64| base.iter().map(|b| b + by).collect::<Vec<f64>>();
        assert_eq!(compare(&base, &plus(0.2), 10.0), Standing::Better);
        assert_eq!(compare(&plus(0.2), &base, 10.0), Standing::Worse);
        let noisy: Vec<f64> = base.iter().enumerate().map(|(k, b)| b + if k % 2 == 0 { 0.3 } else { -0.29 }).collect();
        assert_eq!(compare(&noisy, &base, 10.0), Standing::Even);
        assert_eq!(compare(&base, &plus(0.2), 1.0), Standing::Even, "one window decides nothing");
    }
}
