//! Initial states and weights for the optimiser (Hyndman et al. 2008, section 2.6.1).

use super::filter::{State, Weights};
use super::form::{Form, Season, Trend};
use super::likelihood::Likelihood;
use super::point::Places;
use super::region::is_admissible;
use crate::linear::{line, mean};
use crate::season::{Kind, classical, harmonic};

/// A season of the first rows, and a level and slope of what they are without it.
pub(crate) fn state(y: &[f64], form: Form, m: usize) -> Option<State> {
    let kind = match form.season {
        Season::None => None,
        Season::Additive => Some(Kind::Additive),
        Season::Multiplicative => Some(Kind::Multiplicative),
    };
    let mut season = match kind {
        None => Vec::new(),
        Some(kind) => {
            let found = if y.len() >= 3 * m { classical(y, m, kind) } else { None };
            found.or_else(|| harmonic(y, m, kind))?
        }
    };
    if form.season == Season::Multiplicative {
        season.iter_mut().for_each(|s| *s = s.max(0.01));
        let middle = mean(&season);
        season.iter_mut().for_each(|s| *s /= middle);
    }
    let rows = y.len().min(usize::max(10, 2 * m));
    let adjusted: Vec<f64> = match form.season {
        Season::None => y[..rows].to_vec(),
        Season::Additive => (0..rows).map(|t| y[t] - season[t % m]).collect(),
        Season::Multiplicative => (0..rows).map(|t| y[t] / season[t % m]).collect(),
    };
    let (level, slope) = if form.trend == Trend::None { (mean(&adjusted), 0.0) } else { line(&adjusted) };
    Some(State { level, slope, season, at: 0 })
}

/// The vector to start from: the most likely of a few weights.
pub(crate) fn vector(likelihood: &mut Likelihood<'_>, places: &Places, state: &State) -> Option<Vec<f64>> {
    let betas: &[f64] = if places.beta.is_some() { &[0.02, 0.3] } else { &[0.0] };
    let mut best: Option<(f64, Vec<f64>)> = None;
    for alpha in [0.05, 0.2, 0.5, 0.9] {
        for beta in betas {
            let weights = Weights { alpha, beta: alpha * beta, gamma: (1.0 - alpha) * 0.05, phi: 0.95 };
            if !is_admissible(places.form, &weights, places.m) {
                continue;
            }
            let x = places.vector(&weights, state);
            let value = likelihood.value(&x);
            if value.is_finite() && best.as_ref().is_none_or(|(least, _)| value < *least) {
                best = Some((value, x));
            }
        }
    }
    best.map(|(_, x)| x)
}
