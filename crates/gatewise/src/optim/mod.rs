//! Optimisers, clipping and learning-rate schedules, each one pass over the flat buffers.

mod adam;
mod clip;
mod parts;
mod plateau;
mod schedule;
mod sgd;

use std::ops::Range;

use gatewise_kernels::{Cpu, Real};
use serde::{Deserialize, Serialize};

use adam::Buffers;
pub use clip::{clip_global_norm, clip_parts, clip_value, global_norm};
pub(crate) use parts::{each_part, sum_parts};
pub use plateau::Plateau;
pub use schedule::{Clock, Schedule, Scheduler};

/// What is wrong with the settings or the saved state of an optimiser or a schedule.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OptimError {
    /// A setting outside its range.
    #[error("`{name}` is {value}; it must be {expected}")]
    Setting {
        /// The key in the configuration.
        name: &'static str,
        /// What was given.
        value: f64,
        /// Its range in words.
        expected: &'static str,
    },
    /// A saved state that lacks a tensor.
    #[error("the optimiser state lacks `{name}`; continue with the optimiser that wrote it, or start without its state")]
    Missing {
        /// The tensor.
        name: &'static str,
    },
    /// A saved tensor of another length.
    #[error("`{name}` of the optimiser state has {found} elements, the model has {expected} parameters; it belongs to another model")]
    Length {
        /// The tensor.
        name: &'static str,
        /// Elements in the state.
        found: usize,
        /// Parameters of the model.
        expected: usize,
    },
}

/// Checks a setting; `range` is what the condition `ok` says in words.
fn setting(name: &'static str, value: f64, ok: bool, range: &'static str) -> Result<(), OptimError> {
    if ok { Ok(()) } else { Err(OptimError::Setting { name, value, expected: range }) }
}

/// Which optimiser, with PyTorch's names and defaults. The learning rate is given to each step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
pub enum OptimizerConfig {
    /// Adam (Kingma and Ba 2015); `weight_decay` is an L2 penalty inside the gradient.
    Adam {
        /// Decay of the mean of gradients.
        #[serde(default = "beta1")]
        beta1: f64,
        /// Decay of the mean of squared gradients.
        #[serde(default = "beta2")]
        beta2: f64,
        /// Added to the root of the second moment.
        #[serde(default = "eps")]
        eps: f64,
        /// L2 penalty.
        #[serde(default)]
        weight_decay: f64,
    },
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    AdamW {
        /// Decay of the mean of gradients.
        #[serde(default = "beta1")]
        beta1: f64,
        /// Decay of the mean of squared gradients.
        #[serde(default = "beta2")]
        beta2: f64,
        /// Added to the root of the second moment.
        #[serde(default = "eps")]
        eps: f64,
        /// Share of a weight, times the rate, that each step takes away.
        #[serde(default = "decoupled_decay")]
        weight_decay: f64,
    },
    /// Stochastic gradient descent with momentum (Sutskever et al. 2013).
    Sgd {
        /// Decay of the velocity; 0 keeps none.
        #[serde(default)]
        momentum: f64,
        /// Share of the gradient kept out of the velocity.
        #[serde(default)]
        dampening: f64,
        /// Look ahead along the velocity (Nesterov 1983).
        #[serde(default)]
        nesterov: bool,
        /// L2 penalty.
        #[serde(default)]
        weight_decay: f64,
    },
}

fn beta1() -> f64 {
    0.9
}
fn beta2() -> f64 {
    0.999
}
fn eps() -> f64 {
    1e-8
}
fn decoupled_decay() -> f64 {
    0.01
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self::adam()
    }
}

impl OptimizerConfig {
    /// Adam with PyTorch's defaults.
    pub fn adam() -> Self {
        Self::Adam { beta1: beta1(), beta2: beta2(), eps: eps(), weight_decay: 0.0 }
    }

    /// AdamW with the given decay.
    pub fn adamw(weight_decay: f64) -> Self {
        Self::AdamW { beta1: beta1(), beta2: beta2(), eps: eps(), weight_decay }
    }

    /// Plain or accelerated gradient descent.
    pub fn sgd(momentum: f64, nesterov: bool) -> Self {
        Self::Sgd { momentum, dampening: 0.0, nesterov, weight_decay: 0.0 }
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// The first setting outside its range.
    pub fn validate(&self) -> Result<(), OptimError> {
        match *self {
            Self::Adam { beta1, beta2, eps, weight_decay } | Self::AdamW { beta1, beta2, eps, weight_decay } => {
                setting("beta1", beta1, (0.0..1.0).contains(&beta1), "at least 0 and below 1")?;
                setting("beta2", beta2, (0.0..1.0).contains(&beta2), "at least 0 and below 1")?;
                setting("eps", eps, eps.is_finite() && eps >= 0.0, "0 or above")?;
                setting("weight_decay", weight_decay, weight_decay.is_finite() && weight_decay >= 0.0, "0 or above")
            }
            Self::Sgd { momentum, dampening, nesterov, weight_decay } => {
                setting("momentum", momentum, (0.0..1.0).contains(&momentum), "at least 0 and below 1")?;
                setting("dampening", dampening, (0.0..=1.0).contains(&dampening), "between 0 and 1")?;
                setting("momentum", momentum, !nesterov || momentum > 0.0, "above 0 for `nesterov`")?;
                setting("dampening", dampening, !nesterov || dampening == 0.0, "0 for `nesterov`")?;
                setting("weight_decay", weight_decay, weight_decay.is_finite() && weight_decay >= 0.0, "0 or above")
            }
        }
    }
}

/// An optimiser with its moments, flat as the parameters are.
#[derive(Clone, Debug)]
pub struct Optimizer<F> {
    config: OptimizerConfig,
    steps: u64,
    /// Adam's first moment or SGD's velocity.
    first: Vec<F>,
    /// Adam's second moment.
    second: Vec<F>,
}

impl<F: Real> Optimizer<F> {
    /// An optimiser of `parameters` values, its moments zero.
    pub fn new(config: OptimizerConfig, parameters: usize) -> Self {
        let (first, second) = match config {
            OptimizerConfig::Adam { .. } | OptimizerConfig::AdamW { .. } => (parameters, parameters),
            OptimizerConfig::Sgd { momentum, .. } => (if momentum == 0.0 { 0 } else { parameters }, 0),
        };
        Self { config, steps: 0, first: vec![F::ZERO; first], second: vec![F::ZERO; second] }
    }

    /// The settings.
    pub fn config(&self) -> &OptimizerConfig {
        &self.config
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// One step against the gradients at the rate `lr`.
    ///
    /// # Panics
    /// If `values` or `grads` do not have the length that the optimiser was made for.
    pub fn step(&mut self, cpu: &Cpu, lr: f64, values: &mut [F], grads: &[F]) {
        let whole = 0..values.len();
        self.step_parts(cpu, lr, values, grads, std::slice::from_ref(&whole));
    }

    /// As [`step`](Self::step) of some `parts` alone: the others, as rows of a table that a batch has not met, keep values and moments, as in PyTorch's
    /// `SparseAdam`.
    ///
    /// # Panics
    /// As [`step`](Self::step), or if a part lies outside.
    pub fn step_parts(&mut self, cpu: &Cpu, lr: f64, values: &mut [F], grads: &[F], parts: &[Range<usize>]) {
        assert_eq!(values.len(), grads.len(), "a gradient for every value");
        self.steps += 1;
        let (first, second) = (&mut self.first[..], &mut self.second[..]);
        match self.config {
            OptimizerConfig::Adam { beta1, beta2, eps, weight_decay } => {
                let rates = adam::Rates::new(lr, self.steps, beta1, beta2, eps);
                adam::adam(cpu, rates, weight_decay, Buffers { values, grads, first, second }, parts);
            }
            OptimizerConfig::AdamW { beta1, beta2, eps, weight_decay } => {
                let rates = adam::Rates::new(lr, self.steps, beta1, beta2, eps);
                adam::adamw(cpu, rates, lr * weight_decay, Buffers { values, grads, first, second }, parts);
            }
            OptimizerConfig::Sgd { momentum: 0.0, weight_decay, .. } => {
                parts.iter().for_each(|part| sgd::plain(lr, weight_decay, &mut values[part.clone()], &grads[part.clone()]));
            }
            OptimizerConfig::Sgd { momentum, dampening, nesterov, weight_decay } => {
                // The first gradient starts the velocity whole, undampened.
                let fresh = if self.steps == 1 { 1.0 } else { 1.0 - dampening };
                for part in parts.iter().cloned() {
                    let rates = sgd::Rates { lr, momentum, fresh, nesterov, weight_decay };
                    sgd::momentum(rates, &mut values[part.clone()], &grads[part.clone()], &mut first[part]);
                }
            }
        }
    }

    /// The moments under PyTorch's names, each as long as the parameters: what a checkpoint keeps beside [`Self::steps`].
    pub fn state(&self) -> Vec<(&'static str, &[F])> {
        self.names().iter().copied().zip([&self.first[..], &self.second[..]]).collect()
    }

    /// Takes over a saved state; `find` gives the tensor of a name.
    ///
    /// # Errors
    /// A tensor that is missing or has another length; the optimiser is then unchanged.
    pub fn restore<'a>(&mut self, steps: u64, find: impl Fn(&str) -> Option<&'a [F]>) -> Result<(), OptimError> {
        let names = self.names();
        let mut found = [&[][..]; 2];
        for ((&name, own), found) in names.iter().zip([&self.first, &self.second]).zip(&mut found) {
            *found = find(name).ok_or(OptimError::Missing { name })?;
            if found.len() != own.len() {
                return Err(OptimError::Length { name, found: found.len(), expected: own.len() });
            }
        }
        for (own, found) in [&mut self.first, &mut self.second].into_iter().zip(found) {
            own.copy_from_slice(found);
        }
        self.steps = steps;
        Ok(())
    }

    fn names(&self) -> &'static [&'static str] {
        match self.config {
            OptimizerConfig::Adam { .. } | OptimizerConfig::AdamW { .. } => &["exp_avg", "exp_avg_sq"],
            OptimizerConfig::Sgd { momentum: 0.0, .. } => &[],
            OptimizerConfig::Sgd { .. } => &["momentum_buffer"],
        }
    }
}
