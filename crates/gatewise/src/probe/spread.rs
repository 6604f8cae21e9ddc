//! Many values in three: median and the band from the 10th to the 90th percentile.

use serde::Serialize;

/// Lower end of the band.
const LOW: f64 = 0.1;
/// Upper end of the band.
const HIGH: f64 = 0.9;

/// Median and band of a set of values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The 10th percentile.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The 90th percentile.
    pub high: f64,
}

impl Spread {
    /// Of the values, between neighbours by linear interpolation; NaN of none.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self { low: quantile(&values, LOW), median: quantile(&values, 0.5), high: quantile(&values, HIGH) }
    }
}

/// Quantile of sorted values.
fn quantile(sorted: &[f64], level: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = level * last as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    if below == above { below } else { below + (above - below) * place.fract() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_neighbours() {
        let spread = Spread::of((0..=10).rev().map(f64::from).collect());
        assert_eq!(spread, Spread { low: 1.0, median: 5.0, high: 9.0 });
        assert_eq!(Spread::of(vec![2.0]), Spread { low: 2.0, median: 2.0, high: 2.0 });
        assert!(Spread::of(Vec::new()).median.is_nan());
    }
}
