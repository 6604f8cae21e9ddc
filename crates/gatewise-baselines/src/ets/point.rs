//! Weights and initial states as one vector: what the optimiser moves.

use super::filter::{State, Weights};
use super::form::{Form, Season, Trend};
use super::region::{DAMPED, HIGH, LOW};

/// Where each parameter of a form stands in the vector: weights, level, slope, seasonal states but the last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub form: Form,
    pub m: usize,
    /// β as a share of α, and γ as a share of 1 − α: so every bound is one number.
    pub beta: Option<usize>,
    pub gamma: Option<usize>,
    pub phi: Option<usize>,
    pub level: usize,
    pub slope: Option<usize>,
    pub season: Option<usize>,
    pub len: usize,
}

impl Places {
    pub fn of(form: Form, m: usize) -> Self {
        let (has_trend, has_season) = (form.trend != Trend::None, form.season != Season::None);
        let gamma = 1 + usize::from(has_trend);
        let phi = gamma + usize::from(has_season);
        let level = form.weights();
        Self {
            form,
            m,
            beta: has_trend.then_some(1),
            gamma: has_season.then_some(gamma),
            phi: (form.trend == Trend::Damped).then_some(phi),
            level,
            slope: has_trend.then_some(level + 1),
            season: has_season.then_some(level + 1 + usize::from(has_trend)),
            len: form.parameters(m),
        }
    }

    /// The weights a vector stands for.
    pub fn weights(&self, x: &[f64]) -> Weights {
        let alpha = x[0];
        Weights {
            alpha,
            beta: self.beta.map_or(0.0, |i| alpha * x[i]),
            gamma: self.gamma.map_or(0.0, |i| (1.0 - alpha) * x[i]),
            phi: self.phi.map_or(1.0, |i| x[i]),
        }
    }

    /// The initial state a vector stands for, into one that is there already.
    pub fn state_into(&self, x: &[f64], state: &mut State) {
        state.level = x[self.level];
        state.slope = self.slope.map_or(0.0, |i| x[i]);
        state.at = 0;
        state.season.clear();
        if let Some(first) = self.season {
            state.season.extend_from_slice(&x[first..]);
            // Seasonal states sum to nothing, or to one each: else they and the level would not be told apart.
            let whole = if self.form.season == Season::Multiplicative { self.m as f64 } else { 0.0 };
            state.season.push(whole - x[first..].iter().sum::<f64>());
        }
    }

    /// The initial state a vector stands for.
    pub fn state(&self, x: &[f64]) -> State {
        let mut state = State { level: 0.0, slope: 0.0, season: Vec::with_capacity(self.m), at: 0 };
        self.state_into(x, &mut state);
        state
    }

    /// The vector of weights and an initial state.
    pub fn vector(&self, weights: &Weights, state: &State) -> Vec<f64> {
        let mut x = vec![0.0; self.len];
        x[0] = weights.alpha;
        if let Some(i) = self.beta {
            x[i] = weights.beta / weights.alpha;
        }
        if let Some(i) = self.gamma {
            x[i] = weights.gamma / (1.0 - weights.alpha);
        }
        if let Some(i) = self.phi {
            x[i] = weights.phi;
        }
        x[self.level] = state.level;
        if let Some(i) = self.slope {
            x[i] = state.slope;
        }
        if let Some(first) = self.season {
            x[first..].copy_from_slice(&state.season[..self.m - 1]);
        }
        x
    }

    /// Bounds of a parameter.
    pub fn bounds(&self, i: usize) -> (f64, f64) {
        if self.phi == Some(i) {
            DAMPED
        } else if i < self.level {
            (LOW, HIGH)
        } else {
            (f64::NEG_INFINITY, f64::INFINITY)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::form::Noise;
    use super::*;

    #[test]
    fn vectors_come_back() {
        let form = Form { noise: Noise::Multiplicative, trend: Trend::Damped, season: Season::Multiplicative };
        let places = Places::of(form, 3);
        let weights = Weights { alpha: 0.5, beta: 0.25, gamma: 0.125, phi: 0.9 };
        let state = State { level: 10.0, slope: -1.0, season: vec![0.5, 1.5, 1.0], at: 0 };
        let x = places.vector(&weights, &state);
        assert_eq!(x, [0.5, 0.5, 0.25, 0.9, 10.0, -1.0, 0.5, 1.5]);
        assert_eq!(places.weights(&x), weights);
        assert_eq!(places.state(&x), state);
        assert_eq!(places.bounds(3), DAMPED);
    }
}
