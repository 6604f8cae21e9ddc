//! Exponential smoothing in state space form, chosen by AICc (Hyndman, Koehler, Ord & Snyder 2008).

mod filter;
mod form;
#[cfg(test)]
mod golden;
mod likelihood;
mod point;
mod region;
mod select;
mod start;
mod variance;

pub(crate) use select::fit;

use crate::model::{Forecast, Model};
use filter::{State, Weights, dampings};
use form::Form;

/// A fitted form. Rows are taken as (y − shift) / scale.
#[derive(Clone, Debug)]
pub(crate) struct Ets {
    form: Form,
    shift: f64,
    scale: f64,
    weights: Weights,
    state: State,
    /// Variance of the one-step errors, relative to the forecast where errors multiply.
    sigma2: f64,
}

impl Model for Ets {
    fn forecast(&self, horizon: usize) -> Forecast {
        let mean = dampings(self.weights.phi, horizon)
            .enumerate()
            .map(|(i, damping)| self.shift + self.scale * self.state.ahead(self.form, i + 1, damping))
            .collect();
        let mut sd = variance::deviations(self.form, &self.weights, &self.state, self.sigma2, horizon);
        sd.iter_mut().for_each(|sd| *sd *= self.scale);
        Forecast { mean, sd }
    }

    fn push(&mut self, y: f64) {
        self.state.step(self.form, &self.weights, (y - self.shift) / self.scale);
        self.state.bound();
    }

    fn label(&self) -> String {
        self.form.label()
    }
}

#[cfg(test)]
mod tests {
    use super::form::{Noise, Season, Trend};
    use super::select::Rows;
    use super::*;

    #[test]
    fn rows_pushed_are_rows_filtered() {
        let y: Vec<f64> = (0..60).map(|t| (20.0 + t as f64) * [0.8, 1.1, 1.2, 0.9][t % 4] + ((t * t) % 7) as f64).collect();
        let weights = Weights { alpha: 0.4, beta: 0.1, gamma: 0.2, phi: 0.9 };
        for (season, whole) in [(Season::Additive, 0.0), (Season::Multiplicative, 1.0)] {
            let form = Form { noise: Noise::Multiplicative, trend: Trend::Damped, season };
            let state = State { level: 20.0, slope: 1.0, season: [-0.1, 0.1, 0.1, -0.1].map(|s| s + whole).to_vec(), at: 0 };
            let filtered = |y: &[f64]| Rows::new(y, 0.0, 1.0).finish_at(form, &weights, state.clone(), 9);
            let mut pushed = filtered(&y[..33]);
            y[33..].iter().for_each(|&value| pushed.push(value));
            assert_eq!(pushed.state, filtered(&y).state);
        }
    }
}
