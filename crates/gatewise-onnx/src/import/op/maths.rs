//! exp, σ and tanh without branches, so that a loop over them becomes vectors.

/// ln 2 in two parts, of which the first has few digits: its multiples are exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
/// Added to a number below 2²², leaves it rounded in the last bits.
const ROUNDS: f32 = 12_582_912.0;
/// Between these, e^x is neither infinite nor below the normal numbers.
const BOUNDS: [f32; 2] = [-87.336_54, 88.722_83];

/// eˣ, to some 2 units in the last place; 0 where it is below the normal numbers.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let low = if x < BOUNDS[0] { BOUNDS[0] } else { x };
    let within = if low > BOUNDS[1] { BOUNDS[1] } else { low };
    let shifted = within * std::f32::consts::LOG2_E + ROUNDS;
    let whole = shifted - ROUNDS;
    let rest = (within - whole * LN_2[0]) - whole * LN_2[1];
    // Cephes' polynomial for e^r, |r| ≤ ln 2 / 2.
    let mut sum = 1.987_569_1e-4;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        sum = sum * rest + coefficient;
    }
    let power = (sum * rest) * rest + rest + 1.0;
    // Half of the exponent twice: 2¹²⁸ by itself would be infinite.
    let exponent = (shifted.to_bits() as i32).wrapping_sub(ROUNDS.to_bits() as i32);
    let half = exponent >> 1;
    let two_to = |e: i32| f32::from_bits((e.wrapping_add(127) as u32) << 23);
    let scaled = power * two_to(half) * two_to(exponent.wrapping_sub(half));
    let high = if x > BOUNDS[1] { f32::INFINITY } else { scaled };
    if x < BOUNDS[0] { 0.0 } else { high }
}

/// The logistic function.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let size = x.abs();
    let far = 1.0 - 2.0 / (exp(2.0 * size) + 1.0);
    let square = x * x;
    let mut sum = -5.704_988e-3;
    for coefficient in [2.063_909e-2, -5.373_971_4e-2, 1.333_144_2e-1, -3.333_328e-1] {
        sum = sum * square + coefficient;
    }
    let near = (sum * square) * x + x;
    (if size < 0.625 { near } else { far }).copysign(x)
}

/// The error function, to some 1e-12.
pub(crate) fn erf(x: f64) -> f64 {
    let size = x.abs();
    let value = if size < 3.0 {
        // e^(−x²) Σ 2ⁿ x²ⁿ⁺¹ / (2n + 1)!!, whose terms have one sign (Digital Library of Mathematical Functions, 7.6.2).
        let (mut term, mut sum) = (size, size);
        for n in 1..80 {
            term *= 2.0 * size * size / f64::from(2 * n + 1);
            sum += term;
        }
        std::f64::consts::FRAC_2_SQRT_PI * sum * (-size * size).exp()
    } else {
        // erfc by its continued fraction (7.9.1), from the far end.
        let mut fraction = 0.0;
        for n in (1..60).rev() {
            fraction = f64::from(n) / 2.0 / (size + fraction);
        }
        1.0 - (-size * size).exp() / (size + fraction) / std::f64::consts::PI.sqrt()
    };
    value.copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_a_few_units_in_the_last_place() {
        let close = |found: f32, exact: f64, what: &str| {
            assert!((f64::from(found) - exact).abs() <= 5e-7 * exact.abs() + 1e-37, "{what}: {found} for {exact}");
        };
        for k in -200_000..=200_000 {
            let x = k as f32 * 4.3e-4;
            let exact = f64::from(x);
            close(exp(x), exact.exp(), &format!("exp({x})"));
            close(sigmoid(x), 1.0 / (1.0 + (-exact).exp()), &format!("sigmoid({x})"));
            close(tanh(x), exact.tanh(), &format!("tanh({x})"));
        }
    }

    #[test]
    fn at_the_ends() {
        assert_eq!((exp(-88.0), exp(89.0), exp(f32::INFINITY), exp(f32::NEG_INFINITY)), (0.0, f32::INFINITY, f32::INFINITY, 0.0));
        assert!((f64::from(exp(88.7)) / 88.7_f64.exp() - 1.0).abs() < 1e-5);
        assert_eq!((sigmoid(-200.0), sigmoid(200.0), tanh(-50.0), tanh(f32::INFINITY)), (0.0, 1.0, -1.0, 1.0));
        assert!([exp(f32::NAN), sigmoid(f32::NAN), tanh(f32::NAN), erf(f64::NAN) as f32].iter().all(|x| x.is_nan()));
        assert!(tanh(-0.0).is_sign_negative());
    }

    #[test]
    fn the_error_function() {
        // erf(x) = 2/√π ∫ e^(−t²), by the rule of Simpson.
        let exact = |x: f64| {
            let steps = 10_000;
            let f = |k: i32| (-(x * f64::from(k) / f64::from(steps)).powi(2)).exp();
            let sum: f64 = (0..steps / 2).map(|k| f(2 * k) + 4.0 * f(2 * k + 1) + f(2 * k + 2)).sum();
            std::f64::consts::FRAC_2_SQRT_PI * sum * x / f64::from(steps) / 3.0
        };
        for x in [0.0, 0.1, 0.5, 1.0, 2.0, 2.9, 3.1, 4.0, 6.0] {
            assert!((erf(x) - exact(x)).abs() < 1e-12 && erf(-x) == -erf(x), "{x}");
        }
        assert!((erf(1.0) - 0.842_700_792_949_715).abs() < 1e-14 && erf(40.0) == 1.0);
    }
}
