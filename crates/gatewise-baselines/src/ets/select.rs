//! Fits every form and keeps the one of least AICc.

use super::Ets;
use super::descend::{Patience, descend};
use super::filter::{State, Weights};
use super::form::{Form, Noise, Season, Trend};
use super::likelihood::Likelihood;
use super::point::Places;
use super::start;
use crate::linear::mean;
use crate::season::{Adjusted, Seasonal, decompose};

/// Rows a fit learns from, the last ones: older ones say little of today's states and cost as much.
const ROWS: usize = 2000;
/// Longest season with a state for each of its rows.
const LONGEST_SEASON: usize = 24;

/// First all forms in a few steps, then those whose AICc may still become the least until they move no more.
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
struct Rows {
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

    fn new(y: &[f64], shift: f64, scale: f64) -> Self {
        Self { y: y.iter().map(|value| (value - shift) / scale).collect(), shift, scale }
    }

    fn candidate(&self, form: Form, m: usize) -> Option<Candidate> {
        let places = Places::of(form, m);
        if self.y.len() <= places.len + 2 {
            return None;
        }
        let state = start::state(&self.y, form, m)?;
        let mut likelihood = Likelihood::new(&self.y, places);
        let mut x = start::vector(&mut likelihood, &places, &state)?;
        let value = descend(&mut likelihood, &places, &mut x, QUICK);
        value.is_finite().then_some(Candidate { form, x, value })
    }

    fn polish(&self, candidate: &mut Candidate, m: usize) {
        let places = Places::of(candidate.form, m);
        let mut likelihood = Likelihood::new(&self.y, places);
        candidate.value = descend(&mut likelihood, &places, &mut candidate.x, THOROUGH);
    }

    /// AICc in units of the data; the variance of the errors counts as a parameter.
    fn aicc(&self, candidate: &Candidate) -> f64 {
        let n = self.y.len() as f64;
        let k = candidate.x.len() as f64 + 1.0;
        candidate.value + 2.0 * n * self.scale.ln() + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0)
    }

    fn finish(&self, candidate: &Candidate, m: usize) -> Ets {
        let (form, places) = (candidate.form, Places::of(candidate.form, m));
        let weights = places.weights(&candidate.x);
        let mut state = places.state(&candidate.x);
        let mut squares = 0.0;
        for &y in &self.y {
            let forecast = state.step(form, &weights, y);
            let error = if form.noise == Noise::Additive { y - forecast } else { y / forecast - 1.0 };
            squares += error * error;
        }
        let sigma2 = squares / (self.y.len() - candidate.x.len() - 2) as f64;
        Ets { form, shift: self.shift, scale: self.scale, weights, state, sigma2 }
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
        _ => {
            let Seasonal { rest, pattern, .. } = decompose(y, &fitting)?;
            Some(Adjusted { inner: smooth(&rest, None)?, pattern: Some(pattern) })
        }
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
    let forms = Form::candidates(y.iter().all(|&value| value > 0.0), m.is_some());
    choose(y, m.unwrap_or(1), &forms)
}

fn choose(y: &[f64], m: usize, forms: &[Form]) -> Option<Ets> {
    let (additive, multiplicative) = (Rows::additive(y), Rows::multiplicative(y));
    let rows = |form: Form| if form.noise == Noise::Additive { &additive } else { &multiplicative };
    let mut candidates: Vec<Candidate> = forms.iter().filter_map(|&form| rows(form).candidate(form, m)).collect();
    let aicc = |candidate: &Candidate| rows(candidate.form).aicc(candidate);
    let least = candidates.iter().map(aicc).fold(f64::INFINITY, f64::min);
    candidates.retain(|candidate| aicc(candidate) <= least + CONTENDS);
    candidates.iter_mut().for_each(|candidate| rows(candidate.form).polish(candidate, m));
    let best = candidates.iter().min_by(|a, b| aicc(a).total_cmp(&aicc(b)))?;
    Some(rows(best.form).finish(best, m))
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
