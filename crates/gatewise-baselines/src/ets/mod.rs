//! Exponential smoothing in state space form, chosen by AICc (Hyndman, Koehler, Ord & Snyder 2008).

mod descend;
mod filter;
mod form;
mod likelihood;
mod point;
mod region;
mod select;
mod start;
mod variance;

pub(crate) use select::fit;

use crate::fitted::{Forecast, Model};
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
    }

    fn label(&self) -> String {
        self.form.label()
    }
}
