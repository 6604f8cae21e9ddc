//! A forecaster held against the truth, with the seasonal-naive forecast on the same rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::baseline::{naive_error, seasonal_naive};
use super::metrics::{Coverage, Errors, Metrics};
use super::predict::Prediction;
use super::table::Table;
use super::window::Windows;

/// Name of the baseline in tables and JSON.
pub const BASELINE: &str = "seasonal_naive";

/// Collects errors window by window.
#[derive(Debug)]
pub struct Scorer {
    season: usize,
    levels: Vec<f64>,
    /// By (series, target channel).
    sums: BTreeMap<(usize, usize), Sums>,
    inside: Vec<usize>,
    values: usize,
    windows: usize,
    naive: Vec<f64>,
}

#[derive(Debug, Default)]
struct Sums {
    model: Errors,
    baseline: Errors,
}

/// One series or channel with its errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesScore {
    /// Number of the series in the table.
    pub series: usize,
    /// Target channel.
    pub channel: usize,
    /// The model's errors.
    pub model: Metrics,
    /// The seasonal-naive forecast's.
    pub baseline: Metrics,
}

/// The result over all series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Windows forecast.
    pub windows: usize,
    /// The model's errors, the mean over series and channels.
    pub model: Metrics,
    /// The seasonal-naive forecast's.
    pub baseline: Metrics,
    /// Each symmetric pair of quantiles, the widest first.
    pub coverage: Vec<Coverage>,
    /// Every series and channel.
    pub series: Vec<SeriesScore>,
}

impl Scorer {
    /// A scorer; `levels` are those of the predictions it will be given.
    pub fn new(season: usize, levels: &[f64]) -> Self {
        let pairs = pairs(levels).len();
        let (sums, inside, naive) = (BTreeMap::new(), vec![0; pairs], Vec::new());
        Self { season, levels: levels.to_vec(), sums, inside, values: 0, windows: 0, naive }
    }

    /// Adds a forecast; rows past the end of the series are not held against it.
    pub fn add(&mut self, windows: &Windows<'_>, prediction: &Prediction) {
        let window = prediction.window;
        let series = &windows.table().series()[window.series];
        let (levels, targets) = (self.levels.len(), windows.targets());
        let horizon = prediction.point.len() / targets;
        let ahead = horizon.min(series.len() - window.origin);
        self.windows += usize::from(ahead > 0);
        for index in 0..targets {
            let channel = windows.channel(&window, index);
            seasonal_naive(series, channel, self.season, window.origin, ahead, &mut self.naive);
            let sums = self.sums.entry((window.series, channel)).or_default();
            let pairs = pairs(&self.levels);
            for h in 0..ahead {
                let (truth, at) = (series.at(window.origin + h, channel), h * targets + index);
                sums.model.add(truth, prediction.point[at]);
                sums.baseline.add(truth, self.naive[h]);
                self.values += 1;
                let quantiles = &prediction.quantiles[at * levels..][..levels];
                for (inside, &(low, high, _)) in self.inside.iter_mut().zip(&pairs) {
                    *inside += usize::from((quantiles[low]..=quantiles[high]).contains(&truth));
                }
            }
        }
    }

    /// The result. MASE is scaled by the first `known(s)` rows of each series, those before anything was forecast. `None` without a value.
    pub fn finish(self, table: &Table<'_>, known: impl Fn(usize) -> usize) -> Option<Score> {
        let score = |(&(s, channel), sums): (&(usize, usize), &Sums)| {
            let series = &table.series()[s];
            let scale = naive_error(series, channel, self.season, known(s).min(series.len()));
            Some(SeriesScore { series: s, channel, model: sums.model.metrics(scale)?, baseline: sums.baseline.metrics(scale)? })
        };
        let series: Vec<SeriesScore> = self.sums.iter().filter_map(score).collect();
        let coverage = pairs(&self.levels)
            .into_iter()
            .zip(&self.inside)
            .map(|((_, _, nominal), &inside)| Coverage { nominal, actual: inside as f64 / self.values.max(1) as f64 })
            .collect();
        Some(Score {
            windows: self.windows,
            model: Metrics::mean(series.iter().map(|s| &s.model))?,
            baseline: Metrics::mean(series.iter().map(|s| &s.baseline))?,
            coverage,
            series,
        })
    }
}

/// Levels that lie as far from 0 as another from 1: (low, high, share between them), the widest first.
fn pairs(levels: &[f64]) -> Vec<(usize, usize, f64)> {
    /// Levels are typed with a few digits.
    const SAME: f64 = 1e-9;
    let pair = |low: usize| {
        let high = levels.iter().rposition(|l| (l - (1.0 - levels[low])).abs() < SAME)?;
        (low < high).then(|| (low, high, levels[high] - levels[low]))
    };
    (0..levels.len()).filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symmetric_levels_are_pairs() {
        let found: Vec<_> = pairs(&[0.025, 0.1, 0.5, 0.9, 0.975]).into_iter().map(|(low, high, _)| (low, high)).collect();
        assert_eq!(found, [(0, 4), (1, 3)]);
        assert!(pairs(&[0.2, 0.9]).is_empty() && pairs(&[0.5]).is_empty() && pairs(&[]).is_empty());
    }
}
