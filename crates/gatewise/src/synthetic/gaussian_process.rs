//! Sums and products of one to four Gaussian processes (KernelSynth, Ansari 2024), each drawn in time proportional to the rows.
//!
//! | kernel | drawn by |
//! |---|---|
//! | squared exponential, length log-uniform (.02, 1) of the rows | 16 random Fourier features (Rahimi and Recht 2007) |
//! | rational quadratic, α log-uniform (.1, 10) | the same, frequencies mixed by a gamma |
//! | Matérn 1/2 and 3/2 | their state-space recursions (Hartikainen and Särkkä 2010) |
//! | periodic, length U(.3, 2), period the season or log-uniform (3, rows) | its Fourier series, whose variances are Bessel functions |
//! | linear, with breaks of its slope | a line |
//! | white, deviation .1 or 1 | noise |
//!
//! A product of draws stands for a draw of the product. Noise of .01 to .3 deviations (log-uniform) is added in half the cases.

use std::f64::consts::TAU;

use super::breaks::Breaks;
use super::scale::standardise;
use super::season::wave;
use super::{Draft, Draws, Seasons};

const FEATURES: usize = 16;
/// Harmonics of a periodic kernel, and the order from which on the recursion of its Bessel functions comes down.
const HARMONICS: usize = 12;
const ORDER: usize = 40;
/// Lengths in parts of the rows.
const LENGTH: (f64, f64) = (0.02, 1.0);
const KERNELS: [(Kernel, f64); 7] = [
    (Kernel::SquaredExponential, 2.0),
    (Kernel::RationalQuadratic, 1.0),
    (Kernel::Matern12, 1.5),
    (Kernel::Matern32, 2.0),
    (Kernel::Periodic, 3.0),
    (Kernel::Linear, 2.0),
    (Kernel::White, 1.0),
];

#[derive(Clone, Copy)]
enum Kernel {
    SquaredExponential,
    RationalQuadratic,
    Matern12,
    Matern32,
    Periodic,
    Linear,
    White,
}

pub(super) fn draw(rng: &mut Draws, rows: usize, seasons: Seasons) -> Draft {
    let mut values = kernel(rng, rows, seasons);
    for _ in 0..rng.below(4) {
        let other = kernel(rng, rows, seasons);
        let product = rng.chance(0.5);
        for (value, other) in values.iter_mut().zip(other) {
            *value = if product { *value * other } else { *value + other };
        }
    }
    standardise(&mut values);
    if rng.chance(0.5) {
        let sd = rng.log_uniform(0.01, 0.3);
        values.iter_mut().for_each(|value| *value += sd * rng.normal());
    }
    Draft::other(values)
}

fn kernel(rng: &mut Draws, rows: usize, seasons: Seasons) -> Vec<f64> {
    let kernel = rng.pick(&KERNELS);
    let length = (rows as f64 * rng.log_uniform(LENGTH.0, LENGTH.1)).max(0.5);
    match kernel {
        Kernel::SquaredExponential => features(rng, rows, |_| length),
        Kernel::RationalQuadratic => {
            let alpha = rng.log_uniform(0.1, 10.0);
            features(rng, rows, |rng| length * (alpha / rng.gamma(alpha).max(f64::MIN_POSITIVE)).sqrt())
        }
        Kernel::Matern12 => matern12(rng, rows, length),
        Kernel::Matern32 => matern32(rng, rows, length),
        Kernel::Periodic => periodic(rng, rows, seasons),
        Kernel::Linear => linear(rng, rows),
        Kernel::White => {
            let sd = rng.pick(&[(0.1, 1.0), (1.0, 1.0)]);
            (0..rows).map(|_| sd * rng.normal()).collect()
        }
    }
}

/// Waves of random frequency and phase, each with its own length.
fn features(rng: &mut Draws, rows: usize, mut length: impl FnMut(&mut Draws) -> f64) -> Vec<f64> {
    let mut values = vec![0.0; rows];
    let sd = 1.0 / (FEATURES as f64).sqrt();
    for _ in 0..FEATURES {
        let frequency = rng.normal() / length(rng) / TAU;
        // A frequency beyond a thousand turns a row is none.
        let frequency = frequency.clamp(-1e3, 1e3);
        wave(&mut values, frequency, sd * rng.normal(), sd * rng.normal());
    }
    values
}

fn matern12(rng: &mut Draws, rows: usize, length: f64) -> Vec<f64> {
    let memory = libm::exp(-1.0 / length);
    let sd = (1.0 - memory * memory).sqrt();
    let mut state = rng.normal();
    let next = |_| {
        let value = state;
        state = memory * state + sd * rng.normal();
        value
    };
    (0..rows).map(next).collect()
}

/// Value and derivative, whose transition over a row is e^(−λ)·[[1 + λ, 1], [−λ², 1 − λ]].
fn matern32(rng: &mut Draws, rows: usize, length: f64) -> Vec<f64> {
    let rate = 3.0_f64.sqrt() / length;
    let decay = libm::exp(-rate);
    let (a, b, c, d) = (decay * (1.0 + rate), decay, -decay * rate * rate, decay * (1.0 - rate));
    // Covariance of the stationary state less what the transition keeps of it, as a triangle.
    let variance = rate * rate;
    let (q11, q12, q22) =
        ((1.0 - a * a - variance * b * b).max(0.0), -(a * c + variance * b * d), (variance - c * c - variance * d * d).max(0.0));
    let l11 = q11.sqrt();
    let l21 = if l11 > 0.0 { q12 / l11 } else { 0.0 };
    let l22 = (q22 - l21 * l21).max(0.0).sqrt();
    let (mut value, mut slope) = (rng.normal(), rate * rng.normal());
    let next = |_| {
        let now = value;
        let (x, y) = (rng.normal(), rng.normal());
        (value, slope) = (a * value + b * slope + l11 * x, c * value + d * slope + l21 * x + l22 * y);
        now
    };
    (0..rows).map(next).collect()
}

/// exp(−2·sin²(π·τ/p)/ℓ²) as Σ e^(−x)·Iₖ(x)·cos(2π·k·τ/p), twice for k > 0, with x = 1/ℓ².
fn periodic(rng: &mut Draws, rows: usize, seasons: Seasons) -> Vec<f64> {
    let calendar = if seasons.longer > 1 && rng.chance(0.3) { seasons.longer } else { seasons.season };
    let own = rng.log_uniform(3.0, (rows as f64).max(4.0));
    let period = if calendar > 1 && rng.chance(0.7) { calendar as f64 } else { own };
    let length = rng.uniform(0.3, 2.0);
    let x = 1.0 / (length * length);
    // Miller's recursion downwards, scaled afterwards: I₀ + 2·Σ Iₖ = e^x.
    let mut bessel = [0.0; ORDER + 2];
    bessel[ORDER] = 1e-100;
    for k in (1..=ORDER).rev() {
        bessel[k - 1] = bessel[k + 1] + 2.0 * k as f64 / x * bessel[k];
    }
    let total = bessel[0] + 2.0 * bessel[1..].iter().sum::<f64>();
    let mut values = vec![0.0; rows];
    for (k, weight) in bessel.iter().enumerate().take(HARMONICS + 1).skip(1) {
        let frequency = k as f64 / period;
        // A wave of less than two rows would show as a longer one.
        if frequency > 0.5 {
            break;
        }
        let sd = (2.0 * weight / total).sqrt();
        wave(&mut values, frequency, sd * rng.normal(), sd * rng.normal());
    }
    values
}

fn linear(rng: &mut Draws, rows: usize) -> Vec<f64> {
    let breaks = Breaks::draw(rng);
    let scale = 3.0 / rows.max(1) as f64;
    let (mut value, mut slope) = (rng.normal(), scale * rng.normal());
    let next = |_| {
        if breaks.now(rng) {
            slope = scale * rng.normal();
        }
        value += slope;
        value
    };
    (0..rows).map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Correlation of rows `lag` apart over many draws of a process of unit variance, and its variance.
    fn covariance(lag: usize, mut draw: impl FnMut(&mut Draws) -> Vec<f64>) -> (f64, f64) {
        let mut rng = Draws::new(4, 0);
        let (mut product, mut square) = (0.0, 0.0);
        let n = 4000;
        for _ in 0..n {
            let values = draw(&mut rng);
            product += values[10] * values[10 + lag];
            square += values[10] * values[10];
        }
        (product / f64::from(n), square / f64::from(n))
    }

    #[test]
    fn draws_have_the_covariance_of_their_kernel() {
        let near = |(product, square): (f64, f64), kernel: f64, variance: f64| {
            assert!((product - kernel).abs() < 0.09, "{product}, not {kernel}");
            assert!((square - variance).abs() < 0.12, "{square}, not {variance}");
        };
        let x: f64 = 5.0 / 8.0;
        near(covariance(5, |rng| features(rng, 40, |_| 8.0)), (-0.5 * x * x).exp(), 1.0);
        near(covariance(5, |rng| matern12(rng, 40, 8.0)), (-x).exp(), 1.0);
        let s = 3.0_f64.sqrt() * x;
        near(covariance(5, |rng| matern32(rng, 40, 8.0)), (1.0 + s) * (-s).exp(), 1.0);
    }
}
