//! Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019), as PyTorch computes them.
//!
//! m ← m + (1 − β₁)(g − m), v ← β₂ v + (1 − β₂) g², w ← w − (lr / (1 − β₁ᵗ)) · m / (√v / √(1 − β₂ᵗ) + ε)

use std::ops::Range;

use gatewise_kernels::{Cpu, Real, vectorize};

use super::parts::each_part;

/// What a step reads and changes, each as long as the parameters.
pub(super) struct Buffers<'a, F> {
    pub(super) values: &'a mut [F],
    pub(super) grads: &'a [F],
    pub(super) first: &'a mut [F],
    pub(super) second: &'a mut [F],
}

/// Scalars of one step, computed in f64 and rounded once.
#[derive(Clone, Copy)]
pub(super) struct Rates {
    step_size: f64,
    fresh_mean: f64,
    beta2: f64,
    inverse_root_correction: f64,
    eps: f64,
}

impl Rates {
    /// `step` counts from 1.
    pub(super) fn new(lr: f64, step: u64, beta1: f64, beta2: f64, eps: f64) -> Self {
        // Past any i32 the corrections are 1 to the last bit.
        let t = i32::try_from(step).unwrap_or(i32::MAX);
        Self {
            step_size: lr / (1.0 - beta1.powi(t)),
            fresh_mean: 1.0 - beta1,
            beta2,
            inverse_root_correction: 1.0 / (1.0 - beta2.powi(t)).sqrt(),
            eps,
        }
    }
}

/// One step of some parts; `weight_decay` is an L2 penalty.
pub(super) fn adam<F: Real>(cpu: &Cpu, rates: Rates, weight_decay: f64, buffers: Buffers<'_, F>, parts: &[Range<usize>]) {
    if weight_decay == 0.0 {
        pass(cpu, rates, buffers, parts, |w, g| (w, g));
    } else {
        let decay = F::from_f64(weight_decay);
        pass(cpu, rates, buffers, parts, |w, g| (w, g + decay * w));
    }
}

/// One step of some parts; `decay` = lr · weight decay shrinks the weights themselves.
pub(super) fn adamw<F: Real>(cpu: &Cpu, rates: Rates, decay: f64, buffers: Buffers<'_, F>, parts: &[Range<usize>]) {
    let keep = F::from_f64(1.0 - decay);
    pass(cpu, rates, buffers, parts, |w, g| (w * keep, g));
}

/// The pass itself; `decay` maps a weight and its gradient to those that the step sees.
#[inline(always)]
fn pass<F: Real>(cpu: &Cpu, rates: Rates, buffers: Buffers<'_, F>, parts: &[Range<usize>], decay: impl Fn(F, F) -> (F, F) + Sync) {
    let Buffers { values, grads, first, second } = buffers;
    let (step_size, fresh_mean, eps) = (F::from_f64(rates.step_size), F::from_f64(rates.fresh_mean), F::from_f64(rates.eps));
    let (beta2, fresh_square) = (F::from_f64(rates.beta2), F::from_f64(1.0 - rates.beta2));
    let correction = F::from_f64(rates.inverse_root_correction);
    each_part(cpu, parts, ((values, grads), (first, second)), |((values, grads), (first, second))| {
        vectorize!({
            for (((value, &grad), m), v) in values.iter_mut().zip(grads).zip(first).zip(second) {
                let (w, g) = decay(*value, grad);
                *m += fresh_mean * (g - *m);
                *v = beta2 * *v + fresh_square * (g * g);
                *value = w - step_size * *m / (v.sqrt() * correction + eps);
            }
        });
    });
}
