//! One forecast out of several: the network's and those of simple methods, weighted by how well each forecast held-back windows.
//!
//! Every candidate forecasts the same windows, [`held_back_origins`] of each series, from the rows before them alone. Weights fall with a
//! candidate's errors there ([`weights`]), and intervals are widened or narrowed until the truths lie in them as often as they should
//! ([`widths`]). What is said of the combination's own error comes from windows that its weights and widths had no part in: they are cut into
//! blocks, each judged by what was learned from the others.

mod candidate;
mod expectation;
mod methods;
mod origins;
mod trial;
mod weights;
mod widths;

use std::collections::BTreeMap;

use gatewise_baselines::Method;
use serde::{Deserialize, Serialize};

pub use candidate::{Candidate, Combine};
pub use expectation::{Expectation, RANGE, Standing, compare};
pub use methods::MethodRun;
pub use origins::{held_back_origins, windows_of_each};
pub use trial::{Output, Trial};
pub use weights::{intermittent_columns, is_intermittent};
pub use widths::Widths;

use expectation::ByWindow;
use trial::ByStep;
use weights::{Evidence, Weigher, by_channel, independent_windows};
use widths::Held;

/// Blocks of windows, each judged by what was learned from the others.
const BLOCKS: usize = 5;
/// Series with weights of their own at most; in larger tables all share those of their column.
const MOST_OWN: usize = 1_000;

/// Weights and widths, as they are kept in a model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combination {
    /// How candidates were combined.
    combine: Combine,
    /// The candidates, in the order of weights.
    candidates: Vec<Candidate>,
    /// By target column.
    columns: Vec<Column>,
    /// Weights of series that have their own: by id, target column and candidate.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    own: BTreeMap<String, Vec<Vec<f64>>>,
}

/// What all series of a target column share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    weights: Vec<f64>,
    widths: Widths,
    /// Whether the point is the mean and not the median: for intermittent demand, whose median is zero.
    mean: bool,
}

/// What held-back windows said.
#[derive(Clone, Debug)]
pub struct Learned {
    /// Weights and widths from all windows.
    pub combination: Combination,
    /// The combination's forecast of each trial, by weights and widths from the other blocks of windows.
    pub combined: Vec<Output>,
}

/// The table whose windows were tried.
#[derive(Clone, Copy, Debug)]
pub struct Tried<'a> {
    /// The candidates, in the order of [`Trial::outputs`].
    pub candidates: &'a [Candidate],
    /// Levels of the quantiles.
    pub levels: &'a [f64],
    /// Rows forecast.
    pub horizon: usize,
    /// Target columns.
    pub targets: usize,
    /// Whether a target column is intermittent demand, by column.
    pub intermittent: &'a [bool],
}

impl Combination {
    /// Learns weights and widths from `trials`; `ids` are the names of the series.
    ///
    /// # Panics
    /// If trials have other candidates or columns than `tried`.
    pub fn learn(trials: &[Trial], tried: Tried<'_>, combine: Combine, ids: &[&str]) -> Learned {
        let blocks = block_of_trials(trials);
        let count = blocks.iter().max().map_or(0, |block| block + 1);
        let mut combined: Vec<Option<Output>> = vec![None; trials.len()];
        let all = Fitting { trials, tried, combine, ids };
        // A single block is judged by itself: there is nothing else.
        let without = |block: usize| move |k: usize, blocks: &[usize]| count < 2 || blocks[k] != block;
        for block in 0..count {
            let keep: Vec<bool> = (0..trials.len()).map(|k| without(block)(k, &blocks)).collect();
            let combination = all.weights(&keep);
            for (k, trial) in trials.iter().enumerate().filter(|(k, _)| blocks[*k] == block) {
                combined[k] = Some(combination.combine(ids[trial.series], trial.channel, &trial.outputs));
            }
        }
        let mut combined: Vec<Output> = combined.into_iter().flatten().collect();
        let mut combination = all.weights(&vec![true; trials.len()]);
        let plain = combined.clone();
        for block in 0..count {
            let keep: Vec<bool> = (0..trials.len()).map(|k| without(block)(k, &blocks)).collect();
            let widths = all.widths(&plain, &keep);
            for (k, trial) in trials.iter().enumerate().filter(|(k, _)| blocks[*k] == block) {
                widths[trial.channel].apply(&mut combined[k]);
            }
        }
        for (column, widths) in combination.columns.iter_mut().zip(all.widths(&plain, &vec![true; trials.len()])) {
            column.widths = widths;
        }
        Learned { combination, combined }
    }

    /// One candidate alone, its intervals as they come; `intermittent` says of each target column whether it is intermittent demand.
    pub fn alone(candidate: Candidate, intermittent: &[bool]) -> Self {
        let column = |&mean: &bool| Column { weights: vec![1.0], widths: Widths::default(), mean };
        Self {
            combine: Combine::Auto,
            candidates: vec![candidate],
            columns: intermittent.iter().map(column).collect(),
            own: BTreeMap::new(),
        }
    }

    /// The candidates.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// The weights of a series and target column: those of the series where it is known, else of the column.
    pub fn weights(&self, id: &str, channel: usize) -> &[f64] {
        let column = &self.columns[channel.min(self.columns.len() - 1)].weights;
        self.own.get(id).and_then(|own| own.get(channel)).unwrap_or(column)
    }

    /// Mean weight of each candidate over the target columns, and over the series that have weights of their own.
    pub fn mean_weights(&self) -> Vec<f64> {
        let all: Vec<&Vec<f64>> =
            if self.own.is_empty() { self.columns.iter().map(|c| &c.weights).collect() } else { self.own.values().flatten().collect() };
        (0..self.candidates.len()).map(|k| all.iter().map(|w| w[k]).sum::<f64>() / all.len().max(1) as f64).collect()
    }

    /// Whether a candidate has any weight.
    pub fn uses(&self, candidate: Candidate) -> bool {
        let Some(at) = self.candidates.iter().position(|c| *c == candidate) else { return false };
        self.columns.iter().map(|c| &c.weights).chain(self.own.values().flatten()).any(|w| w[at] > 0.0)
    }

    /// Whether the network has all the weight, in every column and series.
    pub fn is_network_alone(&self) -> bool {
        let Some(at) = self.candidates.iter().position(|c| *c == Candidate::Network) else { return false };
        let mut all = self.columns.iter().map(|c| &c.weights).chain(self.own.values().flatten());
        all.all(|w| w.iter().enumerate().all(|(k, weight)| (*weight > 0.0) == (k == at)))
    }

    /// How the intervals of a target column are made wider or narrower.
    pub fn widths(&self, channel: usize) -> &Widths {
        &self.columns[channel.min(self.columns.len() - 1)].widths
    }

    /// Whether the point of a target column is the mean, for its median is zero.
    pub fn is_mean(&self, channel: usize) -> bool {
        self.columns.get(channel).or(self.columns.first()).is_some_and(|c| c.mean)
    }

    /// The forecast of one window with calibrated intervals, from what the candidates say of it.
    ///
    /// # Panics
    /// If no candidate says anything.
    pub fn apply(&self, id: &str, channel: usize, outputs: &[Option<Output>]) -> Output {
        let mut output = self.combine(id, channel, outputs);
        self.widths(channel).apply(&mut output);
        output
    }

    fn combine(&self, id: &str, channel: usize, outputs: &[Option<Output>]) -> Output {
        let weights = self.weights(id, channel);
        let mut weights: Vec<f64> = weights.iter().zip(outputs).map(|(w, output)| if output.is_some() { *w } else { 0.0 }).collect();
        if weights.iter().sum::<f64>() <= 0.0 {
            // None of those that count can forecast this window: the ones that can, by what is known of them elsewhere.
            weights = self.candidates.iter().zip(outputs).map(|(c, output)| if output.is_some() { c.prior() } else { 0.0 }).collect();
        }
        let sum: f64 = weights.iter().sum();
        assert!(sum > 0.0, "some candidate forecasts every window");
        let mut given = weights.iter().zip(outputs).filter_map(|(w, output)| Some((w / sum, output.as_ref().filter(|_| *w > 0.0)?)));
        let (weight, first) = given.next().expect("a sum above zero has a part");
        let mut mean = first.clone();
        mean.point.iter_mut().chain(&mut mean.quantiles).for_each(|v| *v *= weight);
        for (weight, output) in given {
            mean.point.iter_mut().zip(&output.point).for_each(|(v, o)| *v += weight * o);
            mean.quantiles.iter_mut().zip(&output.quantiles).for_each(|(v, o)| *v += weight * o);
        }
        mean
    }

    /// Whether a saved combination fits a forecaster.
    pub fn is_sound(&self, levels: usize, targets: usize) -> bool {
        let fits = |w: &Vec<f64>| w.len() == self.candidates.len() && w.iter().all(|w| w.is_finite() && *w >= 0.0);
        let columns = !self.columns.is_empty() && self.columns.len() <= targets.max(1);
        columns && self.columns.iter().all(|c| fits(&c.weights) && c.widths.fits(levels)) && self.own.values().flatten().all(fits)
    }
}

/// Trials with what they are learned by.
struct Fitting<'a> {
    trials: &'a [Trial],
    tried: Tried<'a>,
    combine: Combine,
    ids: &'a [&'a str],
}

impl Fitting<'_> {
    /// Weights from the trials to `keep`; widths are left as they are.
    fn weights(&self, keep: &[bool]) -> Combination {
        let Tried { candidates, horizon, targets, intermittent, .. } = self.tried;
        let reference = candidates.iter().position(|c| *c == Candidate::Method(Method::LastValue)).unwrap_or(0);
        let mut pools: Vec<(Evidence, f64)> = vec![(Evidence::new(candidates.len()), 0.0); targets];
        let mut own: BTreeMap<(usize, usize), (Evidence, f64)> = BTreeMap::new();
        let mut spans: BTreeMap<(usize, usize), Vec<&Trial>> = BTreeMap::new();
        for (trial, _) in self.trials.iter().zip(keep).filter(|(_, keep)| **keep) {
            let squared = intermittent[trial.channel];
            pools[trial.channel].0.add(trial, reference, squared);
            own.entry((trial.series, trial.channel))
                .or_insert_with(|| (Evidence::new(candidates.len()), 0.0))
                .0
                .add(trial, reference, squared);
            spans.entry((trial.series, trial.channel)).or_default().push(trial);
        }
        for (key, trials) in &spans {
            let windows = independent_windows(trials.iter().copied(), horizon);
            pools[key.1].1 += windows;
            if let Some(own) = own.get_mut(key) {
                own.1 = windows;
            }
        }
        let weigher = |channel: usize| Weigher { candidates, combine: self.combine, squared: intermittent[channel] };
        // What a column's own windows say, and those of all columns of its kind.
        let table = |channel: usize| {
            let alike = pools.iter().zip(intermittent).filter(|(_, kind)| **kind == intermittent[channel]);
            alike.fold((Evidence::new(candidates.len()), 0.0), |(mut all, sum), ((evidence, windows), _)| {
                all.add_all(evidence);
                (all, sum + windows)
            })
        };
        let column = |(channel, (evidence, windows)): (usize, &(Evidence, f64))| Column {
            weights: match intermittent.len() {
                1 => weigher(channel).weights(None, (evidence, *windows)),
                _ => {
                    let (all, sum) = table(channel);
                    weigher(channel).weights(Some((evidence, *windows)), (&all, sum))
                }
            },
            widths: Widths::default(),
            mean: intermittent[channel],
        };
        let columns: Vec<Column> = pools.iter().enumerate().map(column).collect();
        let mut by_id: BTreeMap<String, Vec<Vec<f64>>> = BTreeMap::new();
        if self.ids.len() > 1 && self.ids.len() <= MOST_OWN {
            for (s, id) in self.ids.iter().enumerate() {
                let weights = |channel: usize| match own.get(&(s, channel)) {
                    Some((evidence, windows)) => {
                        weigher(channel).weights(Some((evidence, *windows)), (&pools[channel].0, pools[channel].1))
                    }
                    None => columns[channel].weights.clone(),
                };
                by_id.insert((*id).to_string(), (0..targets).map(weights).collect());
            }
        }
        Combination { combine: self.combine, candidates: candidates.to_vec(), columns, own: by_id }
    }

    /// Widths of each column, from the combined forecasts of the trials to `keep`.
    fn widths(&self, combined: &[Output], keep: &[bool]) -> Vec<Widths> {
        let of = |channel: usize| {
            let mine = || (0..self.trials.len()).filter(move |&k| keep[k] && self.trials[k].channel == channel);
            let held: Vec<Held<'_>> = mine().map(|k| Held { truth: &self.trials[k].truth, output: &combined[k] }).collect();
            let mut spans: BTreeMap<usize, Vec<&Trial>> = BTreeMap::new();
            mine().for_each(|k| spans.entry(self.trials[k].series).or_default().push(&self.trials[k]));
            let independent = spans.values().map(|trials| independent_windows(trials.iter().copied(), self.tried.horizon)).sum();
            let widths = Widths::of(&held, self.tried.levels, self.tried.horizon, independent);
            // Narrower quantiles of intermittent demand would leave out its zeros.
            if self.tried.intermittent[channel] { widths.counted() } else { widths }
        };
        (0..self.tried.targets).map(of).collect()
    }
}

/// The block of each trial: windows in order of time are cut into blocks of neighbours, in each series and channel alike.
fn block_of_trials(trials: &[Trial]) -> Vec<usize> {
    let most = by_channel(trials).values().map(Vec::len).max().unwrap_or(0);
    let blocks = BLOCKS.min(most);
    let mut seen: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let block = |trial: &Trial| {
        let at = seen.entry((trial.series, trial.channel)).or_default();
        *at += 1;
        (*at - 1) * blocks / most
    };
    trials.iter().map(block).collect()
}

/// Errors of a forecast of each trial by window, scaled: the mean over series and channels of windows that are equally far from the end. A window that
/// the end cuts off is brought to a whole horizon by the course of errors over the steps. With it, how many of the windows do not overlap.
pub(super) fn errors_by_window<'a>(trials: &'a [Trial], horizon: usize, point: impl Fn(usize) -> Option<&'a [f64]>) -> (Vec<f64>, f64) {
    let by_channel = by_channel(trials);
    let mut remaining: BTreeMap<(usize, usize), usize> = by_channel.iter().map(|(key, trials)| (*key, trials.len())).collect();
    let independent = by_channel.values().map(|t| independent_windows(t.iter().copied(), horizon)).fold(0.0, f64::max);
    let scaled = |k: usize| {
        let trial: &Trial = &trials[k];
        let point = point(k).filter(|_| trial.scale > 0.0)?;
        Some(trial.truth.iter().zip(point).map(|(t, p)| (t - p).abs() / trial.scale).collect::<Vec<f64>>())
    };
    let mut course = ByStep::default();
    (0..trials.len()).filter_map(scaled).for_each(|errors| course.add(&errors));
    let course: Vec<f64> = course.each().collect();
    let mean = |errors: &mut dyn Iterator<Item = f64>| {
        let (sum, count) = errors.filter(|error| !error.is_nan()).fold((0.0, 0.0), |(sum, count), error| (sum + error, count + 1.0));
        sum / count
    };
    let all = mean(&mut course.iter().copied());
    let whole = |errors: &[f64]| {
        let part = mean(&mut course.iter().zip(errors).filter(|(_, error)| !error.is_nan()).map(|(course, _)| *course));
        if part > 0.0 { all / part } else { 1.0 }
    };
    let mut windows = ByWindow::default();
    for (k, trial) in trials.iter().enumerate() {
        let Some(left) = remaining.get_mut(&(trial.series, trial.channel)) else { continue };
        *left -= 1;
        if let Some(errors) = scaled(k).filter(|errors| errors.iter().any(|error| !error.is_nan())) {
            windows.add(usize::MAX - *left, mean(&mut errors.iter().copied()) * whole(&errors));
        }
    }
    (windows.means(), independent)
}

/// Scaled errors of a forecast of each trial by series and channel, the mean over their windows; not a number where there is no forecast.
pub(super) fn errors_by_series<'a>(trials: &'a [Trial], point: impl Fn(usize) -> Option<&'a [f64]>) -> Vec<f64> {
    let mut sums: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
    for (k, trial) in trials.iter().enumerate() {
        let (sum, count) = sums.entry((trial.series, trial.channel)).or_default();
        match point(k).filter(|_| trial.scale > 0.0) {
            Some(point) => {
                let errors = trial.truth.iter().zip(point).map(|(t, p)| (t - p).abs() / trial.scale);
                *sum += errors.filter(|error| !error.is_nan()).sum::<f64>();
            }
            None => *sum = f64::NAN,
        }
        *count += trial.truth.iter().filter(|truth| !truth.is_nan()).count() as f64;
    }
    sums.values().map(|(sum, count)| sum / count).collect()
}
