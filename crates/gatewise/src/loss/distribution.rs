//! Negative log-likelihoods of a normal and of Student's t distribution, and their quantiles. Computed in f64.
//!
//! σ = softplus(raw scale) + [`SCALE_FLOOR`], ν = softplus(raw degrees of freedom) + [`DF_FLOOR`] (Salinas et al. 2020).

use std::f64::consts::{PI, TAU};

use gatewise_kernels::Real;
use statrs::function::gamma::{digamma, ln_gamma};

use super::Part;
use super::inverse::{normal_quantile, student_t_quantile};

/// Lowest scale, in units of the scaled target: a likelihood has no bound where the scale goes to 0.
pub const SCALE_FLOOR: f64 = 1e-4;

/// Lowest degrees of freedom: from 2 on the variance is finite.
pub const DF_FLOOR: f64 = 2.0;

/// ln σ + z² / 2 + ln(2π) / 2 with z = (y − μ) / σ.
pub(super) fn gaussian<F: Real>(part: Part<'_, F>) -> f64 {
    let scale = part.scale.to_f64();
    let mut sum = 0.0;
    for ((raw, &y), d) in part.output.as_chunks::<2>().0.iter().zip(part.target).zip(part.d_output.as_chunks_mut::<2>().0) {
        let [mean, raw_scale] = raw.map(F::to_f64);
        let sigma = raw_scale.softplus() + SCALE_FLOOR;
        let z = (y.to_f64() - mean) / sigma;
        sum += sigma.ln() + 0.5 * (z * z + TAU.ln());
        *d = [-z / sigma, Real::sigmoid(raw_scale) * (1.0 - z * z) / sigma].map(|d| F::from_f64(scale * d));
    }
    sum
}

/// ln Γ(ν/2) − ln Γ((ν+1)/2) + ln(νπ) / 2 + ln σ + (ν+1)/2 · ln(1 + z²/ν).
pub(super) fn student_t<F: Real>(part: Part<'_, F>) -> f64 {
    let scale = part.scale.to_f64();
    let mut sum = 0.0;
    for ((raw, &y), d) in part.output.as_chunks::<3>().0.iter().zip(part.target).zip(part.d_output.as_chunks_mut::<3>().0) {
        let [mean, raw_scale, raw_df] = raw.map(F::to_f64);
        let (sigma, df) = (raw_scale.softplus() + SCALE_FLOOR, raw_df.softplus() + DF_FLOOR);
        let z = (y.to_f64() - mean) / sigma;
        let tail = (z * z / df).ln_1p();
        sum += ln_gamma(0.5 * df) - ln_gamma(0.5 * (df + 1.0)) + 0.5 * (df * PI).ln() + sigma.ln() + 0.5 * (df + 1.0) * tail;
        // (ν + 1) z / (ν + z²): what is left of z where it is large.
        let pull = (df + 1.0) * z / (df + z * z);
        let d_df = 0.5 * (digamma(0.5 * df) - digamma(0.5 * (df + 1.0)) + 1.0 / df + tail - pull * z / df);
        *d = [-pull / sigma, Real::sigmoid(raw_scale) * (1.0 - pull * z) / sigma, Real::sigmoid(raw_df) * d_df]
            .map(|d| F::from_f64(scale * d));
    }
    sum
}

/// `raw`: (V, 2), `out`: (V, levels).
pub(super) fn gaussian_quantiles<F: Real>(raw: &[F], levels: &[f64], out: &mut [F]) {
    let scores: Vec<f64> = levels.iter().map(|&level| normal_quantile(level)).collect();
    for (raw, out) in raw.as_chunks::<2>().0.iter().zip(out.chunks_exact_mut(levels.len())) {
        let [mean, raw_scale] = raw.map(F::to_f64);
        let sigma = raw_scale.softplus() + SCALE_FLOOR;
        out.iter_mut().zip(&scores).for_each(|(out, score)| *out = F::from_f64(mean + sigma * score));
    }
}

/// `raw`: (V, 3), `out`: (V, levels).
pub(super) fn student_t_quantiles<F: Real>(raw: &[F], levels: &[f64], out: &mut [F]) {
    for (raw, out) in raw.as_chunks::<3>().0.iter().zip(out.chunks_exact_mut(levels.len())) {
        let [mean, raw_scale, raw_df] = raw.map(F::to_f64);
        let (sigma, df) = (raw_scale.softplus() + SCALE_FLOOR, raw_df.softplus() + DF_FLOOR);
        out.iter_mut().zip(levels).for_each(|(out, &level)| *out = F::from_f64(mean + sigma * student_t_quantile(level, df)));
    }
}
