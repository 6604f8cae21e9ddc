//! Which simple forecast fits the remembered rows best, and how large its errors are.

use serde::{Deserialize, Serialize};

use super::filter::{Filter, Model};
use super::season::{find, profile};
use super::spread::{Spread, quantile};
use super::window::{WINDOWS, Window};

/// Rows that have to be there.
pub(super) const FIRST: usize = 24;
/// Most seasons that are tried, beside none.
const SEASONS: usize = 4;
/// Error above which all count alike while forecasts are compared, in units of the first guess of σ.
const MOST_ERROR: f64 = 4.0;
/// Share by which a season has to lower the error, and any forecast that of the level of all.
const SEASON_GAIN: f64 = 0.97;
const MODEL_GAIN: f64 = 0.985;
/// Least scale of errors, as a share of the first guess: what is smaller is rounding.
const LEAST: f64 = 2e-3;
/// Models that seasons are compared by.
const COARSE: [usize; 4] = [0, 4, 7, 11];
/// Rows at the start of which errors say nothing yet.
const START: usize = 4;
/// The model of the last value, the only one within a season while a longer one that is known has not come round: what is smooth may be its course.
const BRISK: [usize; 1] = [7];
/// Seasons after which it has.
const ROUND: f64 = 1.15;
/// Independent rows from which the scale of a mean is read from the past.
const ENOUGH: f64 = 12.0;
/// Least independent rows that a value is held against, and those where the forecast is nearly the last value.
const FEWEST: [f64; 2] = [30.0, 100.0];
const NEARLY_LAST: f64 = 0.9;

/// A forecast and what its errors are like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fitted {
    /// Rows of a season and the usual course within it, NaN kept as `None`.
    pub season: Option<Course>,
    pub model: Model,
    /// The middle of the errors.
    pub bias: f64,
    pub error: Spread,
    /// Where values lie by themselves, where they lie around one level.
    pub value: Option<Around>,
    /// Sums of the last errors, by [`WINDOWS`].
    pub means: [Option<Spread>; WINDOWS.len()],
}

/// A level and the distances of values from it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Around {
    pub level: f64,
    pub spread: Spread,
}

/// The usual course within a season.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Course {
    pub rows: usize,
    values: Vec<Option<f32>>,
}

impl Course {
    fn new(values: &[f32]) -> Self {
        Self { rows: values.len(), values: values.iter().map(|v| (!v.is_nan()).then_some(*v)).collect() }
    }

    pub fn at(&self, step: u64) -> Option<f64> {
        self.values[(step % self.rows as u64) as usize].map(f64::from)
    }
}

/// The best forecast, and the best without a season, for rows whose place in the season is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fit {
    pub main: Fitted,
    pub plain: Option<Fitted>,
    /// Rows behind it.
    pub rows: usize,
    /// Seasons that were found in the values.
    pub found: Vec<usize>,
}

/// Where the forecasts stand after the rows of a fit.
pub(super) struct Standing {
    pub main: (Filter, Window),
    pub plain: (Filter, Window),
}

/// Rows as a fit reads them.
pub(super) struct Rows<'a> {
    /// Oldest first, NaN where missing.
    pub values: &'a [f64],
    /// Steps of the grid from the row before.
    pub gaps: &'a [u32],
    /// The place on the grid of the last one.
    pub end: u64,
}

impl Rows<'_> {
    fn phases(&self, season: usize) -> Vec<u32> {
        let mut step = self.end;
        let mut phases: Vec<u32> = self
            .gaps
            .iter()
            .rev()
            .map(|gap| {
                let phase = (step % season as u64) as u32;
                step = step.wrapping_sub(u64::from(*gap));
                phase
            })
            .collect();
        phases.reverse();
        phases
    }
}

impl Fit {
    /// `seasons`: those known, shortest first; `search`: whether others are looked for; `found`: those found before.
    pub fn new(rows: &Rows<'_>, seasons: &[usize], found: &[usize], search: bool) -> Option<(Self, Standing)> {
        let known = rows.values.iter().filter(|v| !v.is_nan()).count();
        if known < FIRST {
            return None;
        }
        let guess = first_guess(rows.values)?;
        let found = if search { find(rows.values) } else { found.to_vec() };
        let mut tried: Vec<usize> = seasons.to_vec();
        tried.extend(found.iter().filter(|f| !seasons.contains(f)));
        tried.truncate(SEASONS);
        let mut errors = Vec::new();
        let longest = seasons.last().copied().unwrap_or(1);
        let brisk = (rows.values.len() as f64) < ROUND * longest as f64;
        let (_, plain_score) = best(&COARSE, rows.values, rows.gaps, guess, &mut errors);
        let mut chosen: Option<(Course, Vec<f64>, f64)> = None;
        for season in tried {
            let Some((course, rest)) = profile(rows.values, &rows.phases(season), season) else { continue };
            let (_, score) = best(&COARSE, &rest, rows.gaps, guess, &mut errors);
            if score < SEASON_GAIN * chosen.as_ref().map_or(plain_score, |c| c.2) {
                chosen = Some((Course::new(&course), rest, score));
            }
        }
        let plain = fitted(rows.values, rows.gaps, guess, false);
        let seasonal = chosen.and_then(|(course, rest, _)| {
            let (mut main, standing) = fitted(&rest, rows.gaps, guess, brisk && course.rows < longest)?;
            main.season = Some(course);
            Some((main, standing))
        });
        let count = rows.values.len();
        Some(match (seasonal, plain) {
            (Some((main, at)), Some((plain, plain_at))) => {
                (Self { main, plain: Some(plain), rows: count, found }, Standing { main: at, plain: plain_at })
            }
            (Some((main, at)), None) => (Self { main, plain: None, rows: count, found }, Standing { main: at, plain: Default::default() }),
            (None, Some((main, at))) => (Self { main, plain: None, rows: count, found }, Standing { main: at, plain: Default::default() }),
            (None, None) => return None,
        })
    }

    /// Reads course, scale and tail of the best forecast anew.
    pub fn renew(&mut self, rows: &Rows<'_>) -> Option<(Filter, Window)> {
        let season = self.main.season.as_ref().map(|season| season.rows);
        let (course, rest) = match season {
            None => (None, None),
            Some(season) => {
                let (course, rest) = profile(rows.values, &rows.phases(season), season)?;
                (Some(Course::new(&course)), Some(rest))
            }
        };
        let (mut main, standing) =
            measured(self.main.model, rest.as_deref().unwrap_or(rows.values), rows.gaps, self.main.error.scale, false)?;
        main.season = course;
        (self.main, self.rows) = (main, rows.values.len());
        Some(standing)
    }

    /// Whether a saved one can be used.
    pub fn is_sound(&self) -> bool {
        let fitted = |f: &Fitted| {
            let season = f.season.as_ref().is_none_or(|s| s.rows > 0 && s.values.len() == s.rows);
            let model = (0.0..1.0).contains(&f.model.ar) && f.model.gain > 0.0 && f.model.gain <= 1.0;
            let spreads = f.value.iter().map(|v| &v.spread).chain(f.means.iter().flatten()).all(Spread::is_sound);
            season && model && f.bias.is_finite() && f.error.is_sound() && spreads
        };
        fitted(&self.main) && self.plain.as_ref().is_none_or(fitted)
    }
}

/// The smaller of the robust deviations of values and of their changes; `None` where neither varies.
fn first_guess(values: &[f64]) -> Option<f64> {
    let deviation = |mut all: Vec<f64>, width: f64| {
        all.sort_unstable_by(f64::total_cmp);
        [(0.5, 0.6745), (0.9, 1.645), (0.98, 2.326)].into_iter().map(|(level, z)| quantile(&all, level) / z / width).find(|d| *d > 0.0)
    };
    let known: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    let mut sorted = known.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = quantile(&sorted, 0.5);
    let level = deviation(known.iter().map(|v| (v - middle).abs()).collect(), 1.0);
    let change = deviation(known.windows(2).map(|w| (w[1] - w[0]).abs()).collect(), std::f64::consts::SQRT_2);
    match (level, change) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
    .filter(|d| d.is_normal())
}

/// Runs a forecast over values; the errors by row, NaN where there is none.
fn run(model: Model, usual: (f64, f64), values: &[f64], gaps: &[u32], errors: &mut Vec<f64>) -> Filter {
    let (mut filter, mut gap) = (Filter::default(), 0_u32);
    errors.clear();
    for (value, step) in values.iter().zip(gaps) {
        gap = gap.saturating_add(*step);
        if value.is_nan() {
            errors.push(f64::NAN);
        } else {
            errors.push(filter.push(model, usual, *value, f64::from(gap)).unwrap_or(f64::NAN));
            gap = 0;
        }
    }
    filter
}

/// The best of some models and its mean error, large ones cut.
fn best(models: &[usize], values: &[f64], gaps: &[u32], guess: f64, errors: &mut Vec<f64>) -> (Model, f64) {
    let (mut best, mut sorted) = ((Model::ALL[0], f64::INFINITY), Vec::with_capacity(values.len()));
    for &at in models {
        let model = Model::ALL[at];
        run(model, (0.0, guess), values, gaps, errors);
        let most = MOST_ERROR * guess;
        // A steady drift leaves every moving level behind by as much; it is taken off later, so that it does not speak for a brisk one here.
        sorted.clear();
        sorted.extend(errors.iter().skip(START).filter(|e| !e.is_nan()));
        let middle = if sorted.is_empty() {
            0.0
        } else {
            let up_to_half = sorted.len() / 2;
            *sorted.select_nth_unstable_by(up_to_half, f64::total_cmp).1
        };
        let (mut sum, mut count) = (0.0, 0_u32);
        for error in errors.iter().skip(START).filter(|e| !e.is_nan()) {
            (sum, count) = (sum + (error - middle).abs().min(most), count + 1);
        }
        let score = if count == 0 { f64::INFINITY } else { sum / f64::from(count) };
        if score < best.1 * if best.0.is_level() { MODEL_GAIN } else { 1.0 } {
            best = (model, score);
        }
    }
    best
}

/// The best forecast of values, and where it and its errors stand after them.
fn fitted(values: &[f64], gaps: &[u32], guess: f64, brisk: bool) -> Option<(Fitted, (Filter, Window))> {
    let all: Vec<usize> = (0..Model::ALL.len()).collect();
    let (model, _) = best(if brisk { &BRISK } else { &all }, values, gaps, guess, &mut Vec::with_capacity(values.len()));
    measured(model, values, gaps, guess, brisk)
}

/// A forecast of values with its errors, and where both stand after them. `guess`: of their scale.
fn measured(model: Model, values: &[f64], gaps: &[u32], guess: f64, brisk: bool) -> Option<(Fitted, (Filter, Window))> {
    let mut errors = Vec::with_capacity(values.len());
    run(model, (0.0, guess), values, gaps, &mut errors);
    let known = |all: &[f64]| all.iter().copied().filter(|v| !v.is_nan()).collect::<Vec<_>>();
    let around = |all: &[f64], worth: f64| {
        let mut sorted = all.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let middle = quantile(&sorted, 0.5);
        (middle, Spread::fit(all.iter().map(|v| (v - middle).abs()), worth))
    };
    let independent = known(&errors).len() as f64;
    let least = Spread::normal(LEAST * guess, independent)?;
    let (middle, spread) = around(&known(&errors), independent);
    let sigma = spread.map_or(0.0, |spread| spread.scale).max(least.scale);
    let filter = run(model, (middle, sigma), values, gaps, &mut errors);
    let (bias, error) = around(&known(&errors), independent);
    let error = error.filter(|spread| spread.scale > least.scale).unwrap_or(least);

    let worth = independent * (1.0 - model.ar) / (1.0 + model.ar);
    let fewest = FEWEST[usize::from(model.ar > NEARLY_LAST)];
    let value = if brisk || worth < fewest {
        None
    } else if model.is_level() {
        Some(Around { level: filter.level, spread: error })
    } else if model.ar > 0.0 {
        // Long odd stretches aside, the level's own spread is that of the errors as they add up.
        let usual = error.scale / (1.0 - model.ar * model.ar).sqrt();
        let (level, spread) = around(&known(values), worth);
        spread.map(|spread| Around { level, spread: Spread { scale: spread.scale.max(usual), ..spread } })
    } else {
        None
    };
    let mut window = Window::default();
    let mut sums: [Vec<f64>; WINDOWS.len()] = Default::default();
    for e in errors.iter().filter(|e| !e.is_nan()) {
        let means = window.push((e - bias) / error.scale);
        for (sums, mean) in sums.iter_mut().zip(means) {
            sums.extend(mean.map(f64::abs));
        }
    }
    let mut at = 0;
    let means = sums.map(|sums| {
        let worth = independent / WINDOWS[at] as f64;
        at += 1;
        let certain = independent.min(8.0 * worth);
        let own = if worth >= ENOUGH { Spread::fit(sums.into_iter(), worth) } else { None };
        own.map_or(Spread::normal(1.0, certain), |own| Some(own.at_least_normal(certain))).filter(|_| !brisk)
    });
    Some((Fitted { season: None, model, bias, error, value, means }, (filter, window)))
}
