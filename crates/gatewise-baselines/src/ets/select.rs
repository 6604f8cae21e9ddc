//! Fits every form and keeps the one of least AICc.

use super::Ets;
use super::filter::{State, Weights};
use super::form::{Form, Noise, Season, Trend};
use super::likelihood::Likelihood;
use super::point::Places;
use super::start;
use crate::descend::{Patience, descend};
use crate::linear::mean;
use crate::season::{Adjusted, Seasonal, decompose};

/// Rows a fit learns from, the last ones: older ones say little of today's states and cost as much.
const ROWS: usize = 2000;
/// Rows that starts are compared on, the first of these: from the same first states, the better start shows early.
const ROWS_OF_STARTS: usize = 500;
/// Longest season with a state for each of its rows.
const LONGEST_SEASON: usize = 24;

/// Spread of the rows, as a share of their mean, from which on multiplicative parts are tried.
const LEAST_SHARE: f64 = 1e-5;

/// First a few steps from each start, then all forms in some more, then those whose AICc may still become the least until they move no more.
const FIRST: Patience = Patience { steps: 3, gain: 0.05 };
const QUICK: Patience = Patience { steps: 8, gain: 0.05 };
const THOROUGH: Patience = Patience { steps: 60, gain: 1e-6 };
const CONTENDS: f64 = 4.0;

/// A form with the vector it was fitted to, in rows of its own units.
#[derive(Clone, Debug)]
struct Candidate {
    form: Form,
    x: Vec<f64>,
    value: f64,
}

/// Rows as a form takes them: about the mean in standard deviations, or where parts multiply as shares of the mean.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    y: Vec<f64>,
    shift: f64,
    scale: f64,
}

impl Rows {
    fn additive(y: &[f64]) -> Self {
        let shift = mean(y);
        let scale = (y.iter().map(|value| (value - shift) * (value - shift)).sum::<f64>() / y.len() as f64).sqrt();
        Self::new(y, shift, scale)
    }

    fn multiplicative(y: &[f64]) -> Self {
        Self::new(y, 0.0, mean(y))
    }

    pub fn new(y: &[f64], shift: f64, scale: f64) -> Self {
        Self { y: y.iter().map(|value| (value - shift) / scale).collect(), shift, scale }
    }

    /// The form fitted in a few steps, from states found at the first rows or from a vector given.
    fn candidate(&self, form: Form, m: usize, given: Option<Vec<f64>>) -> Option<Candidate> {
        let places = Places::of(form, m);
        if self.y.len() <= places.len + 2 {
            return None;
        }
        let state = start::state(&self.y, form, m)?;
        let mut early = Likelihood::new(&self.y[..self.y.len().min(ROWS_OF_STARTS)], places);
        let mut starts: Vec<(f64, Vec<f64>)> = start::vectors(&mut early, &places, &state)
            .into_iter()
            .chain(given)
            .map(|mut x| (descend(&mut early, &mut x, FIRST), x))
            .filter(|(reached, _)| reached.is_finite())
            .collect();
        starts.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        // The best that all rows allow too: a multiplicative part may leave the positive numbers late.
        let mut likelihood = Likelihood::new(&self.y, places);
        let fitted = starts.into_iter().map(|(_, mut x)| (descend(&mut likelihood, &mut x, QUICK), x));
        let (value, x) = fitted.into_iter().find(|(value, _)| value.is_finite())?;
        Some(Candidate { form, x, value })
    }

    /// A vector of additive parts as these rows have them.
    fn adopt(&self, other: &Rows, candidate: &Candidate, m: usize) -> Vec<f64> {
        let places = Places::of(candidate.form, m);
        let mut x = candidate.x.clone();
        x[places.level..].iter_mut().for_each(|state| *state *= other.scale / self.scale);
        x[places.level] += (other.shift - self.shift) / self.scale;
        x
    }

    fn polish(&self, candidate: &mut Candidate, m: usize) {
        let places = Places::of(candidate.form, m);
        let mut likelihood = Likelihood::new(&self.y, places);
        candidate.value = descend(&mut likelihood, &mut candidate.x, THOROUGH);
    }

    /// AICc in units of the data; the variance of the errors counts as a parameter.
    fn aicc(&self, candidate: &Candidate) -> f64 {
        let n = self.y.len() as f64;
        let k = candidate.x.len() as f64 + 1.0;
        self.likelihood(candidate) + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0)
    }

    /// −2 log L but for constants, in units of the data.
    fn likelihood(&self, candidate: &Candidate) -> f64 {
        candidate.value + 2.0 * self.y.len() as f64 * self.scale.ln()
    }

    fn finish(&self, candidate: &Candidate, m: usize) -> Ets {
        let places = Places::of(candidate.form, m);
        self.finish_at(candidate.form, &places.weights(&candidate.x), places.state(&candidate.x), places.len)
    }

    /// Goes over the rows from an initial state on; `parameters` were fitted.
    pub fn finish_at(&self, form: Form, weights: &Weights, mut state: State, parameters: usize) -> Ets {
        let mut squares = 0.0;
        for &y in &self.y {
            let forecast = state.step(form, weights, y);
            let error = if form.noise == Noise::Additive { y - forecast } else { y / forecast - 1.0 };
            squares += error * error;
        }
        // As many degrees of freedom as AICc counts parameters, and one.
        let sigma2 = squares / (self.y.len() - parameters - 2) as f64;
        Ets { form, shift: self.shift, scale: self.scale, weights: *weights, state, sigma2 }
    }
}

/// The form of least AICc. A single season of at most [`LONGEST_SEASON`] rows is a part of it; longer ones, or several, are taken out
/// before.
///
/// `None` below five rows.
pub(crate) fn fit(y: &[f64], seasons: &[usize]) -> Option<Adjusted<Ets>> {
    // A state for each row of a season wants a season to learn it from and a few rows to judge it by.
    let fitting: Vec<usize> = seasons.iter().copied().filter(|&m| m >= 2 && 2 * m <= y.len()).collect();
    match fitting[..] {
        [] => Some(Adjusted { inner: smooth(y, None)?, pattern: None }),
        [m] if m <= LONGEST_SEASON => Some(Adjusted { inner: smooth(y, Some(m))?, pattern: None }),
        _ => match decompose(y, &fitting) {
            Some(Seasonal { rest, pattern, .. }) => Some(Adjusted { inner: smooth(&rest, None)?, pattern: Some(pattern) }),
            None => Some(Adjusted { inner: smooth(y, None)?, pattern: None }),
        },
    }
}

fn smooth(y: &[f64], m: Option<usize>) -> Option<Ets> {
    let y = &y[y.len().saturating_sub(ROWS)..];
    if y.len() < 5 {
        return None;
    }
    if y.iter().all(|&value| value == y[0]) {
        return Some(constant(y[0]));
    }
    // Next to a high level, small changes are the same in shares as in units, but for rounding.
    let positive = y.iter().all(|&value| value > 0.0) && Rows::additive(y).scale > LEAST_SHARE * mean(y);
    Fits::of(y, m.unwrap_or(1), &Form::candidates(positive, m.is_some())).best()
}

/// Forms fitted to a series in a few steps.
pub(super) struct Fits {
    additive: Rows,
    multiplicative: Rows,
    m: usize,
    candidates: Vec<Candidate>,
}

impl Fits {
    pub fn of(y: &[f64], m: usize, forms: &[Form]) -> Self {
        let candidates = Vec::with_capacity(forms.len());
        let mut fits = Self { additive: Rows::additive(y), multiplicative: Rows::multiplicative(y), m, candidates };
        for &form in forms {
            // The same form with additive errors comes first, and ends near by.
            let twin = fits.candidates.iter().find(|other| (other.form.trend, other.form.season) == (form.trend, form.season));
            let given = twin.map(|twin| fits.rows(form).adopt(fits.rows(twin.form), twin, m));
            let candidate = fits.rows(form).candidate(form, m, given);
            fits.candidates.extend(candidate);
        }
        fits
    }

    fn rows(&self, form: Form) -> &Rows {
        if form.noise == Noise::Additive { &self.additive } else { &self.multiplicative }
    }

    fn aicc(&self, candidate: &Candidate) -> f64 {
        self.rows(candidate.form).aicc(candidate)
    }

    /// The form of least AICc.
    fn best(mut self) -> Option<Ets> {
        let least = self.candidates.iter().map(|candidate| self.aicc(candidate)).fold(f64::INFINITY, f64::min);
        let mut contenders = std::mem::take(&mut self.candidates);
        contenders.retain(|candidate| self.aicc(candidate) <= least + CONTENDS);
        contenders.iter_mut().for_each(|candidate| self.rows(candidate.form).polish(candidate, self.m));
        let best = contenders.iter().min_by(|a, b| self.aicc(a).total_cmp(&self.aicc(b)))?;
        Some(self.rows(best.form).finish(best, self.m))
    }

    /// One of the forms, with its −2 log L and AICc.
    #[cfg(test)]
    pub fn form(&self, form: Form) -> Option<(Ets, f64, f64)> {
        let mut candidate = self.candidates.iter().find(|candidate| candidate.form == form)?.clone();
        let rows = self.rows(form);
        rows.polish(&mut candidate, self.m);
        Some((rows.finish(&candidate, self.m), rows.likelihood(&candidate), rows.aicc(&candidate)))
    }
}

fn constant(level: f64) -> Ets {
    Ets {
        form: Form { noise: Noise::Additive, trend: Trend::None, season: Season::None },
        shift: level,
        scale: 1.0,
        weights: Weights { alpha: 0.5, beta: 0.0, gamma: 0.0, phi: 1.0 },
        state: State { level: 0.0, slope: 0.0, season: Vec::new(), at: 0 },
        sigma2: 0.0,
    }
}
