//! A linear autoregressive path beside the network (LSTNet, Lai 2018).
//!
//! out[b, h, k, ·] += Σₗ W[h, l] · window[b, l, k] + bias\[h\], one W for all targets k: a seasonal-naive or last-value forecast is
//! a special case, so a network that starts there only has to learn what is missing.

use gatewise_kernels::{Cpu, Mat, Real, Scratch, matmul};

use super::config::LinearSkipConfig;
use crate::params::{Params, View};

/// The path's weights and buffers.
#[derive(Debug)]
pub struct LinearSkip<F> {
    config: LinearSkipConfig,
    /// (horizon, lookback).
    weight: View,
    /// (horizon).
    bias: View,
    /// Windows with the targets outside: (B·targets, lookback). Unused with one target.
    windows: Vec<F>,
    /// The path's values or their gradient: (B·targets, horizon).
    values: Vec<F>,
    scratch: Scratch<F>,
}

impl<F: Real> LinearSkip<F> {
    /// Adds `skip.weight` and `skip.bias`, both zero.
    pub fn new(params: &mut Params<F>, config: LinearSkipConfig) -> Self {
        Self {
            config,
            weight: params.add("skip.weight", &[config.horizon, config.lookback]),
            bias: params.add("skip.bias", &[config.horizon]),
            windows: Vec::new(),
            values: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// Adds the path to `out`: (B, horizon, targets, width). `window`: (B, lookback, targets).
    pub fn forward(&mut self, cpu: &Cpu, values: &[F], window: &[F], out: &mut [F]) {
        let LinearSkipConfig { lookback, horizon, targets, width, all } = self.config;
        let rows = window.len() / lookback;
        assert_eq!(out.len(), rows * horizon * width, "the output is (B, horizon, targets, width)");
        if targets > 1 {
            swap_inner(window, lookback, targets, &mut self.windows);
        }
        let window = if targets > 1 { &self.windows } else { window };
        self.values.resize(rows * horizon, F::ZERO);
        let weight = Mat::transposed(self.weight.of(values), lookback, horizon);
        matmul(cpu, Mat::new(window, rows, lookback), weight, false, &mut self.values, &mut self.scratch);
        let bias = self.bias.of(values);
        for (row, path) in self.values.chunks_exact(horizon).enumerate() {
            let (b, k) = (row / targets, row % targets);
            for (h, (&path, &bias)) in path.iter().zip(bias).enumerate() {
                let at = ((b * horizon + h) * targets + k) * width;
                for out in &mut out[at..][..if all { width } else { 1 }] {
                    *out += path + bias;
                }
            }
        }
    }

    /// Adds the gradients of weight and bias. `window` as in the last forward, `d_out`: (B, horizon, targets, width).
    pub fn backward(&mut self, cpu: &Cpu, grads: &mut [F], window: &[F], d_out: &[F]) {
        let LinearSkipConfig { lookback, horizon, targets, width, all } = self.config;
        let rows = window.len() / lookback;
        let window = if targets > 1 { &self.windows } else { window };
        let [d_weight, d_bias] = View::split_mut([self.weight, self.bias], grads);
        for (row, d_path) in self.values.chunks_exact_mut(horizon).enumerate() {
            let (b, k) = (row / targets, row % targets);
            for (h, (d_path, d_bias)) in d_path.iter_mut().zip(d_bias.iter_mut()).enumerate() {
                let at = ((b * horizon + h) * targets + k) * width;
                *d_path = d_out[at..][..if all { width } else { 1 }].iter().copied().sum();
                *d_bias += *d_path;
            }
        }
        let d_values = Mat::transposed(&self.values, horizon, rows);
        matmul(cpu, d_values, Mat::new(window, rows, lookback), true, d_weight, &mut self.scratch);
    }
}

/// (B, L, K) becomes (B, K, L).
fn swap_inner<F: Real>(from: &[F], lookback: usize, targets: usize, to: &mut Vec<F>) {
    to.resize(from.len(), F::ZERO);
    for (from, to) in from.chunks_exact(lookback * targets).zip(to.chunks_exact_mut(lookback * targets)) {
        for (l, step) in from.chunks_exact(targets).enumerate() {
            for (k, &value) in step.iter().enumerate() {
                to[k * lookback + l] = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewise_kernels::Isa;

    #[test]
    fn a_row_of_the_weights_picks_a_step_of_the_window() {
        let cpu = Cpu::with_isa(Isa::Scalar, 1);
        let mut params = Params::<f64>::new();
        let config = LinearSkipConfig { lookback: 3, horizon: 2, targets: 2, width: 2, all: false };
        let mut skip = LinearSkip::new(&mut params, config);
        skip.weight.of_mut(&mut params.values).copy_from_slice(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        skip.bias.of_mut(&mut params.values)[1] = 0.5;
        let window = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        let mut out = [0.0; 8];
        skip.forward(&cpu, &params.values, &window, &mut out);
        assert_eq!(out, [1.0, 0.0, 10.0, 0.0, 2.5, 0.0, 20.5, 0.0]);
        skip.backward(&cpu, &mut params.grads, &window, &[1.0, 9.0, 0.0, 9.0, 0.0, 9.0, 1.0, 9.0]);
        assert_eq!(params.grads, [1.0, 2.0, 3.0, 10.0, 20.0, 30.0, 1.0, 1.0]);
    }
}
