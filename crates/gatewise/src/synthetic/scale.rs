//! Mean, spread and the ratio scale.

use super::{Draws, Seasons};

/// Largest range of logarithms: values within a factor of twenty thousand.
const RANGE: f64 = 10.0;
/// Series that grow by ratios: of years, quarters and months, and of others.
const RATIO: (f64, f64) = (0.3, 0.1);
/// Error of one row by ratio.
const ERROR: (f64, f64) = (0.01, 0.2);

/// Mean and standard deviation; of no rows both are 0.
pub(super) fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n).sqrt())
}

/// Mean 0 and standard deviation 1; a constant becomes zeros.
pub(super) fn standardise(values: &mut [f64]) {
    let (mean, sd) = moments(values);
    let inverse = if sd > 1e-12 { 1.0 / sd } else { 0.0 };
    for value in values {
        *value = (*value - mean) * inverse;
    }
}

/// Whether a process with unit errors is the logarithm of a series, and the size of its errors if so.
pub(super) fn ratio(rng: &mut Draws, seasons: Seasons) -> Option<f64> {
    let share = if seasons.is_economic() { RATIO.0 } else { RATIO.1 };
    rng.chance(share).then(|| rng.log_uniform(ERROR.0, ERROR.1))
}

/// exp(scale·x) around the middle of the range, with a smaller scale where the range would pass its bound.
pub(super) fn exponential(values: &mut [f64], scale: f64) {
    let (least, most) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)));
    let middle = 0.5 * (least + most);
    let scale = if (most - least) * scale > RANGE { RANGE / (most - least) } else { scale };
    for value in values {
        *value = libm::exp(scale * (*value - middle));
    }
}
