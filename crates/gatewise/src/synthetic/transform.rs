//! What observed series have gone through. Each at its own chance, in this order:
//!
//! | transform | chance |
//! |---|---|
//! | mixed with a second series, weights Beta(1.5, 1.5) | 10 % |
//! | level shift N(0, 1.5²) deviations at a random row | 8 % |
//! | outliers: 2 % of rows, N(0, 4²) deviations | 10 % |
//! | exp of the standardised series times a scale log-uniform (.05, .8) | 45 % |
//! | sign | half of the others |
//! | cut at 0, which lies up to 1.5 deviations below the mean | 5 % |
//! | rounded to a half, a fifth or a tenth of a deviation | 6 % |
//! | censored at a quantile | 3 % |
//!
//! Four of five pure walks, and half of white noise, stay as they are. Series that grow by ratios keep scale and sign; counts and constants
//! are left alone.

use super::scale::{moments, standardise};
use super::{Draft, Draws, Nature};

const KEPT_WALKS: f64 = 0.8;
const KEPT_WHITE: f64 = 0.5;
const MIXED: f64 = 0.10;
const SHIFTED: f64 = 0.08;
const WITH_OUTLIERS: f64 = 0.10;
const OUTLIERS: f64 = 0.02;
const EXPONENTIAL: f64 = 0.45;
/// Largest exponent.
const EXPONENT: f64 = 4.0;
const FLIPPED: f64 = 0.5;
const CUT: f64 = 0.05;
const ROUNDED: f64 = 0.06;
const CENSORED: f64 = 0.03;

/// The series as it is observed; `second` draws one to mix it with.
pub(super) fn apply(rng: &mut Draws, draft: Draft, second: impl FnOnce(&mut Draws) -> Vec<f64>) -> Draft {
    let Draft { mut values, nature } = draft;
    let kept = match nature {
        Nature::Walk => KEPT_WALKS,
        Nature::White => KEPT_WHITE,
        Nature::Finished => 1.0,
        Nature::Ratio | Nature::Other => 0.0,
    };
    if rng.chance(kept) || moments(&values).1 <= 1e-12 {
        return Draft { values, nature };
    }
    let is_ratio = nature == Nature::Ratio;
    if !is_ratio && rng.chance(MIXED) {
        let mut other = second(rng);
        standardise(&mut values);
        standardise(&mut other);
        let weight = rng.beta(1.5, 1.5);
        for (value, other) in values.iter_mut().zip(other) {
            *value = weight * *value + (1.0 - weight) * other;
        }
    }
    if rng.chance(SHIFTED) {
        shift(rng, &mut values, is_ratio);
    }
    if rng.chance(WITH_OUTLIERS) {
        outliers(rng, &mut values, is_ratio);
    }
    let mut is_positive = is_ratio;
    if !is_ratio {
        if rng.chance(EXPONENTIAL) {
            let scale = rng.log_uniform(0.05, 0.8);
            standardise(&mut values);
            values.iter_mut().for_each(|value| *value = libm::exp((scale * *value).clamp(-EXPONENT, EXPONENT)));
            is_positive = true;
        } else if rng.chance(FLIPPED) {
            values.iter_mut().for_each(|value| *value = -*value);
        }
    }
    if !is_positive && rng.chance(CUT) {
        let (mean, sd) = moments(&values);
        let zero = mean - rng.uniform(0.0, 1.5) * sd;
        values.iter_mut().for_each(|value| *value = (*value - zero).max(0.0));
    }
    if rng.chance(ROUNDED) {
        let unit = moments(&values).1 / rng.pick(&[(2.0, 1.0), (5.0, 1.0), (10.0, 1.0)]);
        if unit > 0.0 {
            values.iter_mut().for_each(|value| *value = (*value / unit).round() * unit);
        }
    }
    if rng.chance(CENSORED) {
        censor(rng, &mut values);
    }
    Draft { values, nature: Nature::Other }
}

/// Moves the level from a random row on; by a factor where the series is of ratios.
fn shift(rng: &mut Draws, values: &mut [f64], is_ratio: bool) {
    let from = rng.below(values.len());
    let size = 1.5 * rng.normal();
    if is_ratio {
        let factor = libm::exp(0.2 * size);
        values[from..].iter_mut().for_each(|value| *value *= factor);
    } else {
        let by = size * moments(values).1;
        values[from..].iter_mut().for_each(|value| *value += by);
    }
}

fn outliers(rng: &mut Draws, values: &mut [f64], is_ratio: bool) {
    let sd = moments(values).1;
    for value in values {
        if rng.chance(OUTLIERS) {
            let size = 4.0 * rng.normal();
            if is_ratio {
                *value *= libm::exp(0.2 * size);
            } else {
                *value += sd * size;
            }
        }
    }
}

/// Holds one end at a quantile of the values.
fn censor(rng: &mut Draws, values: &mut [f64]) {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let quantile = |q: f64| sorted[((q * sorted.len() as f64) as usize).min(sorted.len() - 1)];
    let share = rng.uniform(0.02, 0.3);
    if rng.chance(0.5) {
        let least = quantile(share);
        values.iter_mut().for_each(|value| *value = value.max(least));
    } else {
        let most = quantile(1.0 - share);
        values.iter_mut().for_each(|value| *value = value.min(most));
    }
}
