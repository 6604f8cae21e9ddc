//! Negative log-likelihoods of a normal and of Student's t distribution, and their quantiles. Computed in f64.
//!
//! σ = softplus(raw scale) + [`SCALE_FLOOR`], ν = softplus(raw degrees of freedom) + [`DF_FLOOR`] (Salinas et al. 2020).

use std::f64::consts::{PI, SQRT_2, TAU};

use gatewise_kernels::Real;
use statrs::function::beta::{beta_reg, inv_beta_reg};
use statrs::function::erf::erfc_inv;
use statrs::function::gamma::{digamma, ln_gamma};

use super::Part;

/// Lowest scale, in units of the scaled target: a likelihood has no bound where the scale goes to 0.
pub const SCALE_FLOOR: f64 = 1e-4;

/// Lowest degrees of freedom: from 2 on the variance is finite.
pub const DF_FLOOR: f64 = 2.0;

/// From here on Student's t is drawn from the normal quantiles; they differ by less than 1e-7 of themselves at any common level.
const NORMAL_DF: f64 = 1e8;

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

/// Φ⁻¹(p).
fn normal_quantile(p: f64) -> f64 {
    -SQRT_2 * erfc_inv(2.0 * p)
}

/// The value below which Student's t with `df` degrees of freedom lies with probability p.
fn student_t_quantile(p: f64, df: f64) -> f64 {
    if df.is_nan() {
        return f64::NAN;
    }
    if df > NORMAL_DF {
        return normal_quantile(p);
    }
    if p > 0.5 {
        return -student_t_quantile(1.0 - p, df);
    }
    // P(T < −t) = I_{ν/(ν+t²)}(ν/2, 1/2) / 2.
    let x = inv_beta_reg(0.5 * df, 0.5, 2.0 * p);
    let mut t = (df * (1.0 - x) / x).sqrt();
    let normaliser = ln_gamma(0.5 * (df + 1.0)) - ln_gamma(0.5 * df) - 0.5 * (df * PI).ln();
    // 1 − x loses digits where the degrees of freedom are many; two of Newton's steps on P(T < −t) bring them back.
    for _ in 0..2 {
        let tail = 0.5 * beta_reg(0.5 * df, 0.5, df / (df + t * t));
        let density = (normaliser - 0.5 * (df + 1.0) * (t * t / df).ln_1p()).exp();
        t += (tail - p) / density;
    }
    -t
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closed forms for 2 and 4 degrees of freedom (Shaw 2006).
    fn closed(p: f64, df: u32) -> f64 {
        let a = 4.0 * p * (1.0 - p);
        match df {
            2 => (2.0 * p - 1.0) * (2.0 / a).sqrt(),
            _ => {
                let q = (a.sqrt().acos() / 3.0).cos() / a.sqrt();
                (p - 0.5).signum() * 2.0 * (q - 1.0).sqrt()
            }
        }
    }

    #[test]
    fn student_t_quantiles_equal_their_closed_forms() {
        for df in [2, 4] {
            for p in [0.001, 0.025, 0.1, 0.3, 0.7, 0.9, 0.975, 0.999] {
                let (got, expected) = (student_t_quantile(p, f64::from(df)), closed(p, df));
                assert!((got - expected).abs() <= 1e-9 * expected.abs(), "p {p}, df {df}: got {got}, expected {expected}");
            }
            assert!(student_t_quantile(0.5, f64::from(df)).abs() < 1e-9);
        }
    }

    #[test]
    fn student_t_nears_the_normal_as_its_degrees_grow() {
        // Tables: 97.5 % of the normal, of t with 30 and with 10 degrees of freedom.
        for (df, expected) in [(f64::INFINITY, 1.959963984540054), (30.0, 2.042272456301238), (10.0, 2.2281388519649385)] {
            let got = student_t_quantile(0.975, df);
            assert!((got - expected).abs() < 1e-9, "df {df}: got {got}, expected {expected}");
        }
        for df in [1e4, 1e6, 9e7] {
            // Cornish and Fisher's first term is what is left of the difference.
            let z = normal_quantile(0.9);
            let expected = z + (z.powi(3) + z) / (4.0 * df);
            let got = student_t_quantile(0.9, df);
            assert!((got - expected).abs() < 1e-7, "df {df}: got {got}, expected {expected}");
        }
    }
}
