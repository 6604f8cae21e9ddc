//! Initial states and weights for the optimiser (Hyndman et al. 2008, section 2.6.1).

use super::filter::{State, Weights};
use super::form::{Form, Season, Trend};
use super::likelihood::Likelihood;
use super::point::Places;
use super::region::is_admissible;
use crate::descend::Squares;
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
            let found = if y.len() >= 3 * m { classical(y, m, kind).map(|found| found.season) } else { None };
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

/// Vectors to start from: the most likely of a few weights of level and slope, for each kind of season and damping.
///
/// Likelihoods have valleys apart: a level that follows every row or a season that does, a trend that soon ends or hardly.
pub(crate) fn vectors(likelihood: &mut Likelihood<'_>, places: &Places, state: &State) -> Vec<Vec<f64>> {
    let gammas: &[f64] = if places.gamma.is_some() { &[0.05, 0.5] } else { &[0.0] };
    let betas: &[f64] = if places.beta.is_some() { &[0.02, 0.3] } else { &[0.0] };
    let phis: &[f64] = if places.phi.is_some() { &[0.85, 0.975] } else { &[1.0] };
    let mut starts = Vec::with_capacity(4);
    for (gamma, phi) in gammas.iter().flat_map(|gamma| phis.iter().map(move |phi| (gamma, phi))) {
        let mut best: Option<(f64, Vec<f64>)> = None;
        for (alpha, beta) in [0.005, 0.05, 0.2, 0.5, 0.95].into_iter().flat_map(|alpha| betas.iter().map(move |beta| (alpha, beta))) {
            let weights = Weights { alpha, beta: alpha * beta, gamma: (1.0 - alpha) * gamma, phi: *phi };
            if !is_admissible(places.form, &weights, places.m) {
                continue;
            }
            let x = places.vector(&weights, state);
            let value = likelihood.value(&x);
            if value.is_finite() && best.as_ref().is_none_or(|(least, _)| value < *least) {
                best = Some((value, x));
            }
        }
        starts.extend(best.map(|(_, x)| x));
    }
    starts
}
