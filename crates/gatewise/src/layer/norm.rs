//! Layer normalisation (Ba, Kiros and Hinton 2016): y = (x − μ) / √(σ² + ε) · γ + β over the features of a row.

use gatewise_kernels::{Aligned, Cpu, Real};

use crate::params::{Params, View};
use crate::sum::sum;

/// PyTorch's ε.
const EPS: f64 = 1e-5;

/// Partial sums of a row.
const LANES: usize = 8;

/// Weights `{prefix}.weight` γ and `{prefix}.bias` β, both (width).
#[derive(Clone, Debug)]
pub struct LayerNorm<F> {
    weight: View,
    bias: View,
    width: usize,
    /// (x − μ) / √(σ² + ε): (R, width).
    normalised: Aligned<F>,
    /// 1 / √(σ² + ε): (R).
    inverse_std: Aligned<F>,
    y: Aligned<F>,
}

impl<F: Real> LayerNorm<F> {
    /// Adds the layer's tensors to `params`: γ = 1, β = 0.
    pub fn new(params: &mut Params<F>, prefix: &str, width: usize) -> Self {
        let weight = params.add(format!("{prefix}.weight"), &[width]);
        let bias = params.add(format!("{prefix}.bias"), &[width]);
        weight.of_mut(&mut params.values).fill(F::ONE);
        Self { weight, bias, width, normalised: Aligned::default(), inverse_std: Aligned::default(), y: Aligned::default() }
    }

    /// γ and β.
    pub fn views(&self) -> [View; 2] {
        [self.weight, self.bias]
    }

    /// `x`: (R, width). The result is in [`output`](Self::output). Mean and variance are summed in f64.
    ///
    /// # Panics
    /// If `x` is no whole number of rows.
    pub fn forward(&mut self, _cpu: &Cpu, values: &[F], x: &[F]) {
        assert_eq!(x.len() % self.width, 0, "x is (R, width)");
        self.normalised.resize(x.len());
        self.y.resize(x.len());
        self.inverse_std.resize(x.len() / self.width);
        let (gain, bias, inverse_width) = (self.weight.of(values), self.bias.of(values), 1.0 / self.width as f64);
        let rows = x.chunks_exact(self.width).zip(self.normalised.chunks_exact_mut(self.width)).zip(self.y.chunks_exact_mut(self.width));
        for (((x, normalised), y), inverse) in rows.zip(self.inverse_std.iter_mut()) {
            let mean = inverse_width * sum::<F, LANES>(x, x, |x, _| x);
            let variance = inverse_width * sum::<F, LANES>(x, x, |x, _| (x - mean) * (x - mean));
            let inverse_std = 1.0 / (variance + EPS).sqrt();
            *inverse = F::from_f64(inverse_std);
            for ((((&x, normalised), y), &gain), &bias) in x.iter().zip(normalised).zip(y).zip(gain).zip(bias) {
                *normalised = F::from_f64((x.to_f64() - mean) * inverse_std);
                *y = *normalised * gain + bias;
            }
        }
    }

    /// Values of the last forward: (R, width).
    pub fn output(&self) -> &[F] {
        &self.y
    }

    /// `dy`: (R, width). Adds to `grads`; `dx`: (R, width) is written. `x` is that of the last forward.
    ///
    /// # Panics
    /// If a slice has a wrong length.
    pub fn backward(&mut self, _cpu: &Cpu, values: &[F], grads: &mut [F], x: &[F], dy: &[F], dx: Option<&mut [F]>) {
        assert!(x.len() == self.y.len() && dy.len() == x.len(), "x and dy are (R, width) of the last forward");
        let [d_gain, d_bias] = View::split_mut([self.weight, self.bias], grads);
        for (dy, normalised) in dy.chunks_exact(self.width).zip(self.normalised.chunks_exact(self.width)) {
            for (((&dy, &n), d_gain), d_bias) in dy.iter().zip(normalised).zip(d_gain.iter_mut()).zip(d_bias.iter_mut()) {
                *d_gain += dy * n;
                *d_bias += dy;
            }
        }
        let Some(dx) = dx else { return };
        assert_eq!(dx.len(), dy.len(), "dx is (R, width)");
        let (gain, inverse_width) = (self.weight.of(values), 1.0 / self.width as f64);
        let rows = dy.chunks_exact(self.width).zip(self.normalised.chunks_exact(self.width)).zip(dx.chunks_exact_mut(self.width));
        for (((dy, normalised), dx), &inverse_std) in rows.zip(self.inverse_std.iter()) {
            // With g = dy · γ: dx = (g − mean(g) − n · mean(g · n)) / √(σ² + ε).
            for ((dx, &dy), &gain) in dx.iter_mut().zip(dy).zip(gain) {
                *dx = dy * gain;
            }
            let mean = F::from_f64(inverse_width * sum::<F, LANES>(dx, dx, |g, _| g));
            let along = F::from_f64(inverse_width * sum::<F, LANES>(dx, normalised, |g, n| g * n));
            for (dx, &n) in dx.iter_mut().zip(normalised) {
                *dx = (*dx - mean - n * along) * inverse_std;
            }
        }
    }
}
