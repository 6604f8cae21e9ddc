//! The network that gives a window back: a recurrent encoder whose last state is the bottleneck, and a dense decoder that draws the whole
//! window from it.
//!
//! Malhotra et al. (2016) decode with a second recurrent network; here one dense layer does, which costs a product of matrices in place of a
//! step a row.

use gatewise_kernels::Cpu;
use serde::{Deserialize, Serialize};

use super::config::DetectConfig;
use super::descent::descend;
use super::error::DetectError;
use crate::batch::Batch;
use crate::format::{Tensor, model_tensors};
use crate::model::{Model, ModelConfig};
use crate::optim::{Optimizer, OptimizerConfig};
use crate::rng::{Rng, RngState};

/// Steps that a window is read in at most: longer ones are read several rows a step, so that the state need not reach further back.
const STEPS: usize = 32;
/// Units of the bottleneck at most, and values of a window for each: with as many units as values the network could copy.
const UNITS: usize = 16;
const VALUES_A_UNIT: usize = 3;
/// Windows of a training step.
const BATCH: usize = 8;
/// Streams of the seed: of the starting weights' own seed, and of the windows that are learned from.
const WEIGHT_STREAM: u64 = 8;
const WINDOW_STREAM: u64 = 9;

/// Where the network stands, beside its blocks of numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AutoencoderState {
    steps: u64,
    windows: RngState,
}

/// Reads windows of N rows of C channels, (N, C), and gives them back.
pub(super) struct Autoencoder {
    model: Model<f32>,
    optimizer: Optimizer<f32>,
    rng: Rng,
    lr: f64,
    batch: Batch<f32>,
    /// Windows one after the other: (B, N, C).
    windows: Vec<f32>,
    d_output: Vec<f32>,
    /// Values of a window, and those of a step.
    width: usize,
    input: usize,
}

impl Autoencoder {
    pub fn new(config: &DetectConfig, rows: usize) -> Result<Self, DetectError> {
        let (width, input) = (rows * config.channels, rows.div_ceil(STEPS) * config.channels);
        let units = (width / VALUES_A_UNIT).clamp(1, UNITS);
        let sizes = ModelConfig::new(config.cell, input, units, width);
        let seed = Rng::new(config.seed, WEIGHT_STREAM).below(u32::MAX as usize) as u64;
        let model = Model::new(&sizes, seed)?;
        Ok(Self {
            optimizer: Optimizer::new(OptimizerConfig::adam(), model.params().values.len()),
            rng: Rng::new(config.seed, WINDOW_STREAM),
            lr: config.lr,
            batch: Batch::default(),
            windows: Vec::new(),
            d_output: Vec::new(),
            width,
            input,
            model,
        })
    }

    /// Training steps taken.
    pub fn steps(&self) -> u64 {
        self.optimizer.steps()
    }

    /// Mean squared error of each channel between a window and what is given back, into `errors`: (C). `fill` writes the window: (N, C).
    pub fn errors(&mut self, cpu: &Cpu, fill: impl FnOnce(&mut [f32]), errors: &mut [f64]) {
        self.windows.resize(self.width, 0.0);
        fill(&mut self.windows);
        self.read(1);
        let output = self.model.forward(cpu, &self.batch, false, None);
        errors.fill(0.0);
        let channels = errors.len();
        let share = channels as f64 / self.width as f64;
        for (i, (a, b)) in output.iter().zip(&self.windows).enumerate() {
            errors[i % channels] += share * f64::from(a - b).powi(2);
        }
    }

    /// One step of Adam. `fill` draws a window and writes it, (N, C), or says that it found none, which then counts for nothing.
    pub fn train(&mut self, cpu: &Cpu, mut fill: impl FnMut(&mut Rng, &mut [f32]) -> bool) {
        self.windows.resize(BATCH * self.width, 0.0);
        let mut found = [false; BATCH];
        for (window, found) in self.windows.chunks_exact_mut(self.width).zip(&mut found) {
            *found = fill(&mut self.rng, window);
            if !*found {
                window.fill(0.0);
            }
        }
        self.read(BATCH);
        self.model.params_mut().zero_grads();
        let output = self.model.forward(cpu, &self.batch, true, None);
        let share = 2.0 / (BATCH * self.width) as f32;
        self.d_output.clear();
        self.d_output.extend(output.iter().zip(&self.windows).map(|(a, b)| share * (a - b)));
        for (d, _) in self.d_output.chunks_exact_mut(self.width).zip(found).filter(|(_, found)| !found) {
            d.fill(0.0);
        }
        self.model.backward(cpu, &self.batch, &self.d_output, None, None);
        descend(cpu, &mut self.model, &mut self.optimizer, self.lr);
    }

    /// Puts the first `count` windows into the batch, as (T, B, I); zeros before the first row fill its step.
    fn read(&mut self, count: usize) {
        let (width, input) = (self.width, self.input);
        let time = width.div_ceil(input);
        let before = time * input - width;
        self.windows.truncate(count * width);
        self.batch.set_full(count, time, input);
        for (b, window) in self.windows.chunks_exact(width).enumerate() {
            let first = input - before;
            self.batch.x[b * input + before..][..first].copy_from_slice(&window[..first]);
            for (t, step) in window[first..].chunks_exact(input).enumerate() {
                self.batch.x[((t + 1) * count + b) * input..][..input].copy_from_slice(step);
            }
        }
    }

    pub fn state(&self) -> AutoencoderState {
        AutoencoderState { steps: self.optimizer.steps(), windows: self.rng.state() }
    }

    /// Weights and moments by name.
    pub fn tensors(&self) -> impl Iterator<Item = (String, Tensor)> {
        let params = self.model.params();
        let moments = self.optimizer.state().into_iter();
        let moments = moments.map(|(name, v)| (format!("optimizer.{name}"), Tensor { shape: vec![v.len()], values: v.to_vec() }));
        model_tensors(params, &params.values).into_iter().chain(moments)
    }

    /// Goes on from a saved state; `find` gives the block of a name.
    pub fn restore<'a>(&mut self, state: AutoencoderState, find: &dyn Fn(&str) -> Option<&'a [f32]>) -> Result<(), String> {
        let params = self.model.params_mut();
        for spec in params.specs().to_vec() {
            let found = find(&spec.name).filter(|v| v.len() == spec.range.len() && v.iter().all(|v| v.is_finite()));
            let found = found.ok_or_else(|| format!("`{}` of the windows' network is missing or no block of its size", spec.name))?;
            params.values[spec.range].copy_from_slice(found);
        }
        self.optimizer.restore(state.steps, |name| find(&format!("optimizer.{name}"))).map_err(|e| e.to_string())?;
        self.rng = Rng::from_state(state.windows);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_is_given_back_and_what_was_not_is_off() {
        // 45 rows are read two a step, with one row of zeros before the first.
        let (rows, cpu) = (45, Cpu::new(1).unwrap());
        let mut network = Autoencoder::new(&DetectConfig::new(2), rows).unwrap();
        let tooth = |row: usize| (row % 15) as f32 / 7.0 - 1.0;
        let fill = |at: usize, window: &mut [f32], backward: bool| {
            for (row, pair) in window.chunks_exact_mut(2).enumerate() {
                let other = tooth(if backward { at + rows - row } else { at + row + 4 });
                pair.copy_from_slice(&[tooth(at + row), other]);
            }
        };
        let mut errors = [0.0; 2];
        network.errors(&cpu, |window| fill(3, window, false), &mut errors);
        let before = errors;
        for _ in 0..600 {
            network.train(&cpu, |rng, window| {
                fill(rng.below(15), window, false);
                true
            });
        }
        network.errors(&cpu, |window| fill(3, window, false), &mut errors);
        assert!(errors.iter().zip(before).all(|(now, before)| *now < 0.1 * before), "{before:?} became {errors:?}");
        let learned = errors[1];
        network.errors(&cpu, |window| fill(3, window, true), &mut errors);
        assert!(errors[1] > 10.0 * learned, "{learned} and backward {errors:?}");
    }
}
