//! Normalisation by the root mean square (Zhang and Sennrich 2019): y = x / √(mean(x²) + ε) · γ over the features of a row.

use gatewise_kernels::{Aligned, Real};

use crate::params::{Params, View};
use crate::sum::sum;

/// ε, as PyTorch has it for layer normalisation.
const EPS: f64 = 1e-5;

/// Partial sums of a row.
const LANES: usize = 8;

/// Weight `{prefix}.weight` γ (width).
#[derive(Clone, Debug)]
pub struct RmsNorm<F> {
    weight: View,
    width: usize,
    /// 1 / √(mean(x²) + ε): (R).
    inverse: Aligned<F>,
    y: Aligned<F>,
}

impl<F: Real> RmsNorm<F> {
    /// Adds the layer's tensor to `params`: γ = 1.
    pub fn new(params: &mut Params<F>, prefix: &str, width: usize) -> Self {
        let weight = params.add(format!("{prefix}.weight"), &[width]);
        weight.of_mut(&mut params.values).fill(F::ONE);
        Self { weight, width, inverse: Aligned::default(), y: Aligned::default() }
    }

    /// `x`: (R, width). The result is in [`output`](Self::output). The squares are summed in f64.
    ///
    /// # Panics
    /// If `x` is no whole number of rows.
    pub fn forward(&mut self, values: &[F], x: &[F]) {
        assert_eq!(x.len() % self.width, 0, "x is (R, width)");
        self.y.resize(x.len());
        self.inverse.resize(x.len() / self.width);
        let gain = self.weight.of(values);
        for ((x, y), inverse) in x.chunks_exact(self.width).zip(self.y.chunks_exact_mut(self.width)).zip(self.inverse.iter_mut()) {
            let mean = sum::<F, LANES>(x, x, |x, _| x * x) / self.width as f64;
            *inverse = F::from_f64(1.0 / (mean + EPS).sqrt());
            for ((y, &x), &gain) in y.iter_mut().zip(x).zip(gain) {
                *y = x * *inverse * gain;
            }
        }
    }

    /// Values of the last forward: (R, width).
    pub fn output(&self) -> &[F] {
        &self.y
    }

    /// `x`, `dy`: (R, width), `x` that of the last forward. Adds dγ to `grads`; `dx` is added to.
    ///
    /// # Panics
    /// If a slice has a wrong length.
    pub fn backward(&mut self, values: &[F], grads: &mut [F], x: &[F], dy: &[F], dx: &mut [F]) {
        assert!(x.len() == self.y.len() && dy.len() == x.len() && dx.len() == x.len(), "x, dy and dx are (R, width) of the last forward");
        let (gain, d_gain) = (self.weight.of(values), self.weight.of_mut(grads));
        let rows = x.chunks_exact(self.width).zip(dy.chunks_exact(self.width)).zip(dx.chunks_exact_mut(self.width));
        for (((x, dy), dx), &inverse) in rows.zip(self.inverse.iter()) {
            // With n = x · inverse and g = dy · γ: dx = inverse · (g − n · mean(g · n)).
            let mut along = F::ZERO;
            for (((&x, &dy), &gain), d_gain) in x.iter().zip(dy).zip(gain).zip(d_gain.iter_mut()) {
                let normalised = x * inverse;
                *d_gain += dy * normalised;
                along += dy * gain * normalised;
            }
            let along = along * F::from_f64(1.0 / self.width as f64);
            for (((dx, &x), &dy), &gain) in dx.iter_mut().zip(x).zip(dy).zip(gain) {
                *dx += inverse * (dy * gain - x * inverse * along);
            }
        }
    }
}
