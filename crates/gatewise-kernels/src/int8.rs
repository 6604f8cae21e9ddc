//! Weights of eight bits for inference: each row of a weight matrix as whole numbers in ±127 times a scale of its own, inputs and
//! states as whole numbers of about thirteen bits times a scale for each step, sums in whole numbers.
//!
//! The sums are exact, so they do not depend on the order, the instruction set or the number of threads. Symmetric quantization
//! by row, dynamic for what is multiplied with it: Jacob et al. 2018, Zafrir et al. 2019.

use crate::cell::{Dims, Weights};
use crate::real::Real;

/// Largest whole number of a weight.
const WEIGHT_LIMIT: f32 = 127.0;

/// Largest whole number of an input or a state: finer steps than these would not show beside those of the weights.
const STATE_LIMIT: usize = 4095;

/// A matrix of whole numbers, (rows, k), and a scale for each row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) values: Vec<i8>,
    pub(crate) scale: Vec<f32>,
}

/// The weights of a layer in PyTorch's order of gates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Int8Weights {
    pub(crate) x: Rows,
    pub(crate) h: Rows,
}

impl Rows {
    /// Takes over `w`: (rows, k). A row that is not finite gives results that are not.
    fn set<F: Real>(&mut self, w: &[F], rows: usize, k: usize) {
        self.values.clear();
        self.scale.clear();
        if k == 0 {
            return self.scale.resize(rows, 0.0);
        }
        self.values.resize(rows * k, 0);
        for (row, values) in w.chunks_exact(k).zip(self.values.chunks_exact_mut(k)) {
            self.scale.push(quantize(row, values));
        }
    }
}

/// A row of weights as whole numbers, and what one of them stands for: a NaN where a weight is not finite.
pub(crate) fn quantize<F: Real>(row: &[F], values: &mut [i8]) -> f32 {
    let (largest, finite) = row.iter().map(|w| w.to_f64() as f32).fold((0.0f32, true), |(m, ok), w| (m.max(w.abs()), ok && w.is_finite()));
    let inverse = WEIGHT_LIMIT / largest;
    let inverse = if finite && inverse.is_finite() { inverse } else { 0.0 };
    for (value, w) in values.iter_mut().zip(row) {
        *value = (w.to_f64() as f32 * inverse).round_ties_even() as i8;
    }
    if finite { largest / WEIGHT_LIMIT } else { f32::NAN }
}

impl Int8Weights {
    pub(crate) fn set<F: Real>(&mut self, dims: Dims, weights: Weights<'_, F>) {
        self.x.set(weights.w_ih, dims.gate_rows(), dims.input);
        self.h.set(weights.w_hh, dims.gate_rows(), dims.hidden);
    }
}

/// Largest whole number of an input or a state in sums of k terms: none leaves 32 bits.
pub(crate) fn state_limit(k: usize) -> f32 {
    (STATE_LIMIT.min(i32::MAX as usize / (WEIGHT_LIMIT as usize * k.max(1)))) as f32
}
