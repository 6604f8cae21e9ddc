//! Inverse distribution functions of the standard normal and of Student's t.

use std::f64::consts::{FRAC_PI_2, PI, SQRT_2};

use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc_inv;
use statrs::function::gamma::ln_gamma;

/// From these degrees of freedom on four terms of the expansion about the normal are exact to 1e-10 of the value.
const EXPANSION_DF: f64 = 1e3;

/// Newton steps behind Hill's start, whose error of about 1e-6 each step squares.
const NEWTON_STEPS: usize = 3;

/// Φ⁻¹(p).
pub fn normal_quantile(p: f64) -> f64 {
    -SQRT_2 * erfc_inv(2.0 * p)
}

/// The value below which Student's t with `df` degrees of freedom, 2 or more, lies with probability p.
pub fn student_t_quantile(p: f64, df: f64) -> f64 {
    if df.is_nan() || p == 0.5 {
        return if df.is_nan() { df } else { 0.0 };
    }
    if df >= EXPANSION_DF {
        return expansion(normal_quantile(p), df);
    }
    let tail = p.min(1.0 - p);
    let density_at_0 = (ln_gamma(0.5 * (df + 1.0)) - ln_gamma(0.5 * df)).exp() / (df * PI).sqrt();
    let mut t = hill(tail, df);
    for _ in 0..NEWTON_STEPS {
        let density = density_at_0 * (-0.5 * (df + 1.0) * (t * t / df).ln_1p()).exp();
        t += (upper_tail(t, df) - tail) / density;
    }
    if p < 0.5 { -t } else { t }
}

/// P(T > t) for t ≥ 0.
fn upper_tail(t: f64, df: f64) -> f64 {
    let square = t * t;
    // The same probability from both sides; each is exact where its argument is small.
    if square < 1.0 {
        0.5 - 0.5 * beta_reg(0.5, 0.5 * df, square / (df + square))
    } else {
        0.5 * beta_reg(0.5 * df, 0.5, df / (df + square))
    }
}

/// Student's t from the normal quantile `z` (Abramowitz and Stegun 1964, 26.7.5).
fn expansion(z: f64, df: f64) -> f64 {
    let s = z * z;
    let terms = [
        z * (s + 1.0) / 4.0,
        z * ((5.0 * s + 16.0) * s + 3.0) / 96.0,
        z * (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0,
        z * ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) / 92160.0,
    ];
    z + terms.iter().rev().fold(0.0, |sum, term| (sum + term) / df)
}

/// The value above which a share `tail` lies, to about six digits (Hill 1970, Algorithm 396).
fn hill(tail: f64, df: f64) -> f64 {
    let two_tails = 2.0 * tail;
    let a = 1.0 / (df - 0.5);
    let b = 48.0 / (a * a);
    let mut c = ((20700.0 * a / b - 98.0) * a - 16.0) * a + 96.36;
    let d = ((94.5 / (b + c) - 3.0) / b + 1.0) * (a * FRAC_PI_2).sqrt() * df;
    let mut y = (d * two_tails).powf(2.0 / df);
    if y > 0.05 + a {
        let x = normal_quantile(tail);
        y = x * x;
        if df < 5.0 {
            c += 0.3 * (df - 4.5) * (x + 0.6);
        }
        c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b;
        y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x;
        y = (a * y * y).exp_m1();
    } else {
        y = ((1.0 / (((df + 6.0) / (df * y) - 0.089 * d - 0.822) * (df + 2.0) * 3.0) + 0.5 / (df + 4.0)) * y - 1.0) * (df + 1.0)
            / (df + 2.0)
            + 1.0 / y;
    }
    (df * y).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: [f64; 12] = [1e-6, 0.001, 0.025, 0.1, 0.3, 0.499, 0.501, 0.7, 0.9, 0.975, 0.999, 1.0 - 1e-6];

    #[track_caller]
    fn near(what: &str, got: f64, expected: f64) {
        assert!((got - expected).abs() <= 1e-9 * expected.abs(), "{what}: got {got}, expected {expected}");
    }

    /// Closed forms for 2 and 4 degrees of freedom (Shaw 2006).
    #[test]
    fn student_t_equals_its_closed_forms() {
        for p in LEVELS {
            let a: f64 = 4.0 * p * (1.0 - p);
            near("2", student_t_quantile(p, 2.0), (2.0 * p - 1.0) * (2.0 / a).sqrt());
            let q = (a.sqrt().acos() / 3.0).cos() / a.sqrt();
            near("4", student_t_quantile(p, 4.0), (p - 0.5).signum() * 2.0 * (q - 1.0).sqrt());
        }
        assert_eq!(student_t_quantile(0.5, 3.0), 0.0);
    }

    /// Any degrees of freedom: the distribution function leads back, the values rise with the level, and both methods meet.
    #[test]
    fn student_t_inverts_its_distribution() {
        let mut df = 2.0;
        while df < 1e12 {
            let quantiles = LEVELS.map(|p| student_t_quantile(p, df));
            assert!(quantiles.is_sorted(), "df {df}: {quantiles:?}");
            for (p, t) in LEVELS.into_iter().zip(quantiles).filter(|_| df < EXPANSION_DF) {
                near(&format!("df {df}"), upper_tail(t.abs(), df), p.min(1.0 - p));
            }
            df *= 1.37;
        }
        for p in LEVELS {
            near(&format!("both at {p}"), student_t_quantile(p, EXPANSION_DF), student_t_quantile(p, EXPANSION_DF.next_down()));
        }
    }

    /// 97.5 % points of printed tables.
    #[test]
    fn known_points() {
        for (df, expected) in [(f64::INFINITY, 1.959963984540054), (30.0, 2.0422724563012373), (10.0, 2.2281388519649385)] {
            near(&format!("df {df}"), student_t_quantile(0.975, df), expected);
        }
    }
}
