//! Forecasts held against the truth, with simple methods on the same rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::combine::{Candidate, Expectation, Learned, Standing, Trial, compare, errors_by_series, errors_by_window};
use super::metrics::{Coverage, Errors, Metrics};
use super::outputs::ChannelForecast;
use super::table::Table;
use super::{naive_error, seasonal_naive};

/// Name of the baseline in tables and JSON.
pub const BASELINE: &str = "seasonal_naive";

/// Share of all windows a method has to have forecast to be held against the forecast.
const COMPARABLE: f64 = 0.9;

/// Independent windows below which many series are compared one by one, how many are many, and how many of them count as one, for what moves one may
/// move others.
const FEW_WINDOWS: f64 = 4.0;
const MANY_SERIES: usize = 20;
const ALIKE: f64 = 4.0;

/// Collects errors window by window.
#[derive(Debug)]
pub struct Scorer {
    season: usize,
    levels: Vec<f64>,
    /// By (series, target channel).
    sums: BTreeMap<(usize, usize), Sums>,
    steps: Vec<Step>,
    inside: Vec<usize>,
    values: usize,
    windows: usize,
}

#[derive(Debug, Default)]
struct Sums {
    model: Errors,
    baseline: Errors,
    methods: BTreeMap<Candidate, (Errors, usize)>,
}

#[derive(Clone, Debug, Default)]
struct Step {
    absolute: f64,
    count: usize,
    inside: Vec<usize>,
}

/// A method that stands beside the forecast.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodScore {
    /// Which.
    pub candidate: Candidate,
    /// Windows it forecast: fewer than the score's where it does not apply to some.
    pub windows: usize,
    /// Its errors, the mean over series and channels.
    pub metrics: Metrics,
    /// What it counts for in the forecast, the mean over series and channels; none where nothing is combined.
    pub weight: Option<f64>,
}

/// Errors at one step of the horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepScore {
    /// Mean absolute error over windows, series and channels, in units of the data.
    pub mae: f64,
    /// Share of true values inside each symmetric pair of quantiles, the widest first.
    pub inside: Vec<f64>,
}

/// One series or channel with its errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesScore {
    /// Number of the series in the table.
    pub series: usize,
    /// Target channel.
    pub channel: usize,
    /// The forecast's errors.
    pub model: Metrics,
    /// The seasonal-naive forecast's.
    pub baseline: Metrics,
}

/// The result over all series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Windows forecast.
    pub windows: usize,
    /// The forecast's errors, the mean over series and channels.
    pub model: Metrics,
    /// The seasonal-naive forecast's.
    pub baseline: Metrics,
    /// Every candidate on the same windows: the network and the simple methods.
    pub methods: Vec<MethodScore>,
    /// The MASE to expect of the next horizon.
    pub expected: Option<Expectation>,
    /// The best simple method, and how the forecast stands against it.
    pub against: Option<(Candidate, Standing)>,
    /// Each symmetric pair of quantiles, the widest first.
    pub coverage: Vec<Coverage>,
    /// By step of the horizon.
    pub steps: Vec<StepScore>,
    /// Every series and channel.
    pub series: Vec<SeriesScore>,
}

impl Scorer {
    /// A scorer; `levels` are those of the forecasts it will be given.
    pub fn new(season: usize, levels: &[f64]) -> Self {
        let (sums, inside) = (BTreeMap::new(), vec![0; pairs(levels).len()]);
        Self { season, levels: levels.to_vec(), sums, steps: Vec::new(), inside, values: 0, windows: 0 }
    }

    /// Adds a forecast that looked back on `table`, held against what came, `truth`: as many steps of it as there are. `others` are the single
    /// values that further methods gave.
    pub fn add(&mut self, table: &Table<'_>, truth: &[f64], forecast: &ChannelForecast, others: &[(Candidate, &[f64])]) {
        let ChannelForecast { series: s, channel, origin, point, quantiles } = forecast;
        let (series, levels, pairs) = (&table.series()[*s], self.levels.len(), pairs(&self.levels));
        let ahead = point.len().min(truth.len());
        let is_known = truth[..ahead].iter().any(|truth| !truth.is_nan());
        self.windows += usize::from(is_known);
        let mut naive = Vec::new();
        seasonal_naive(series, *channel, self.season, *origin, ahead, &mut naive);
        let sums = self.sums.entry((*s, *channel)).or_default();
        self.steps.resize(self.steps.len().max(ahead), Step { inside: vec![0; pairs.len()], ..Step::default() });
        for (h, &truth) in truth[..ahead].iter().enumerate().filter(|(_, truth)| !truth.is_nan()) {
            sums.model.add(truth, point[h]);
            sums.baseline.add(truth, naive[h]);
            for (candidate, point) in others {
                sums.methods.entry(*candidate).or_default().0.add(truth, point[h]);
            }
            self.values += 1;
            let step = &mut self.steps[h];
            step.absolute += (truth - point[h]).abs();
            step.count += 1;
            for (k, &(low, high, _)) in pairs.iter().enumerate() {
                let quantiles = &quantiles[h * levels..][..levels];
                let inside = usize::from((quantiles[low]..=quantiles[high]).contains(&truth));
                self.inside[k] += inside;
                step.inside[k] += inside;
            }
        }
        for (candidate, _) in others.iter().filter(|_| is_known) {
            sums.methods.entry(*candidate).or_default().1 += 1;
        }
    }

    /// The result. MASE is scaled by the first `known(s)` rows of each series, those before anything was forecast. `None` without a value.
    pub fn finish(self, table: &Table<'_>, known: impl Fn(usize) -> usize) -> Option<Score> {
        let scale = |s: usize, channel: usize| {
            let series = &table.series()[s];
            naive_error(series, channel, self.season, known(s).min(series.len()))
        };
        let score = |(&(s, channel), sums): (&(usize, usize), &Sums)| {
            let scale = scale(s, channel);
            Some(SeriesScore { series: s, channel, model: sums.model.metrics(scale)?, baseline: sums.baseline.metrics(scale)? })
        };
        let series: Vec<SeriesScore> = self.sums.iter().filter_map(score).collect();
        let mut by_method: BTreeMap<Candidate, (Vec<Metrics>, usize)> = BTreeMap::new();
        for (&(s, channel), sums) in &self.sums {
            for (candidate, (errors, windows)) in &sums.methods {
                let (metrics, count) = by_method.entry(*candidate).or_default();
                metrics.extend(errors.metrics(scale(s, channel)));
                *count += windows;
            }
        }
        let method = |(candidate, (metrics, windows)): (Candidate, (Vec<Metrics>, usize))| {
            Some(MethodScore { candidate, windows, metrics: Metrics::mean(&metrics)?, weight: None })
        };
        let share = |inside: usize, of: usize| inside as f64 / of.max(1) as f64;
        let coverage = pairs(&self.levels)
            .into_iter()
            .zip(&self.inside)
            .map(|((_, _, nominal), &inside)| Coverage { nominal, actual: share(inside, self.values) })
            .collect();
        let step = |step: &Step| StepScore {
            mae: step.absolute / step.count.max(1) as f64,
            inside: step.inside.iter().map(|&inside| share(inside, step.count)).collect(),
        };
        Some(Score {
            windows: self.windows,
            model: Metrics::mean(series.iter().map(|s| &s.model))?,
            baseline: Metrics::mean(series.iter().map(|s| &s.baseline))?,
            methods: by_method.into_iter().filter_map(method).collect(),
            expected: None,
            against: None,
            coverage,
            steps: self.steps.iter().map(step).collect(),
            series,
        })
    }
}

impl Score {
    /// Whether the seasonal-naive forecast is none of the methods: without a season the last value is the same forecast.
    pub fn baseline_stands_alone(&self) -> bool {
        !self.methods.iter().any(|m| m.candidate.key() == BASELINE || m.metrics == self.baseline)
    }

    /// The score of held-back windows: the combination's forecasts, each by weights it had no part in, beside every candidate's.
    /// `None` without a window.
    pub fn of_trials(
        table: &Table<'_>,
        season: usize,
        (levels, horizon): (&[f64], usize),
        candidates: &[Candidate],
        (trials, learned): (&[Trial], &Learned),
    ) -> Option<Self> {
        let mut scorer = Scorer::new(season, levels);
        let mut first: BTreeMap<usize, usize> = BTreeMap::new();
        for (trial, combined) in trials.iter().zip(&learned.combined) {
            first.entry(trial.series).or_insert(trial.origin);
            let forecast = ChannelForecast {
                series: trial.series,
                channel: trial.channel,
                origin: trial.origin,
                point: combined.point.clone(),
                quantiles: combined.quantiles.clone(),
            };
            let outputs = candidates.iter().zip(&trial.outputs);
            let others: Vec<(Candidate, &[f64])> = outputs.filter_map(|(c, output)| Some((*c, &output.as_ref()?.point[..]))).collect();
            scorer.add(table, &trial.truth, &forecast, &others);
        }
        let mut score = scorer.finish(table, |s| first.get(&s).copied().unwrap_or(0))?;
        let weights = learned.combination.mean_weights();
        for method in &mut score.methods {
            method.weight = candidates.iter().position(|c| *c == method.candidate).map(|at| weights[at]);
        }
        let (model, independent) = errors_by_window(trials, horizon, |k| Some(&learned.combined[k].point));
        score.expected = Expectation::of(&model, independent, score.series.len());
        score.against = score.best_method().map(|best| {
            let at = candidates.iter().position(|c| *c == best).unwrap_or(0);
            let (other, _) = errors_by_window(trials, horizon, |k| trials[k].outputs[at].as_ref().map(|o| &o.point[..]));
            let combined = |k: usize| Some(&learned.combined[k].point[..]);
            let simple = |k: usize| trials[k].outputs[at].as_ref().map(|o| &o.point[..]);
            let standing = if score.series.len() >= MANY_SERIES && independent < FEW_WINDOWS {
                // Windows are few, but series are many: they are compared one by one.
                let (model, other) = (errors_by_series(trials, combined), errors_by_series(trials, simple));
                compare(&model, &other, model.len() as f64 / ALIKE)
            } else if other.len() == model.len() {
                compare(&model, &other, independent)
            } else {
                Standing::Even
            };
            (best, standing)
        });
        Some(score)
    }

    /// The simple method with the smallest error among those that forecast nearly every window.
    pub fn best_method(&self) -> Option<Candidate> {
        let error = |m: &MethodScore| m.metrics.mase.unwrap_or(m.metrics.mae);
        let comparable = |m: &&MethodScore| m.candidate.is_simple() && m.windows as f64 >= COMPARABLE * self.windows as f64;
        self.methods.iter().filter(comparable).min_by(|a, b| error(a).total_cmp(&error(b))).map(|m| m.candidate)
    }

    /// The score of a candidate.
    pub fn method(&self, candidate: Candidate) -> Option<&MethodScore> {
        self.methods.iter().find(|m| m.candidate == candidate)
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
