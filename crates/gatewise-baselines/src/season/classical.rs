//! Seasonal states from a centred moving average.

use super::Kind;
use crate::linear::{line, mean, solve};

/// A season with the variance of what it and the trend leave, in shares of the trend where it multiplies.
#[derive(Clone, Debug)]
pub(crate) struct Classical {
    pub season: Vec<f64>,
    pub remainder: f64,
}

/// Classical decomposition: by place in the season, the mean of what a centred moving average over a season leaves, less (or over) the
/// mean of all places. Row 0 stands at place 0.
///
/// `None` below two seasons, or where a multiplicative season meets a trend that is not positive.
pub(crate) fn classical(y: &[f64], m: usize, kind: Kind) -> Option<Classical> {
    let n = y.len();
    if n < 2 * m {
        return None;
    }
    let (mut sums, mut counts) = (vec![0.0; m], vec![0.0; m]);
    let half = m / 2;
    let mut rests = Vec::with_capacity(n);
    for t in half..n - half {
        // An even season takes half of the row at each end.
        let window = &y[t - half..=t + half];
        let ends = if m.is_multiple_of(2) { (window[0] + window[m]) / 2.0 } else { 0.0 };
        let inner = if m.is_multiple_of(2) { &window[1..m] } else { window };
        let trend = (inner.iter().sum::<f64>() + ends) / m as f64;
        let rest = match kind {
            Kind::Additive => y[t] - trend,
            Kind::Multiplicative if trend > 0.0 => y[t] / trend,
            Kind::Multiplicative => return None,
        };
        rests.push(rest);
        sums[t % m] += rest;
        counts[t % m] += 1.0;
    }
    let mut season: Vec<f64> = sums.iter().zip(&counts).map(|(sum, count)| sum / f64::max(*count, 1.0)).collect();
    let middle = mean(&season);
    match kind {
        Kind::Additive => season.iter_mut().for_each(|s| *s -= middle),
        Kind::Multiplicative if middle > 0.0 => season.iter_mut().for_each(|s| *s /= middle),
        Kind::Multiplicative => return None,
    }
    let squares: f64 = (half..).zip(&rests).map(|(t, rest)| rest - season[t % m]).map(|e| e * e).sum();
    let remainder = squares / rests.len() as f64;
    (remainder.is_finite() && season.iter().all(|s| s.is_finite())).then_some(Classical { season, remainder })
}

/// A season of one sine wave about a line, where too few rows are there for more.
pub(crate) fn harmonic(y: &[f64], m: usize, kind: Kind) -> Option<Vec<f64>> {
    let (level, slope) = line(y);
    let wave = |t: usize| {
        let angle = std::f64::consts::TAU * (t % m) as f64 / m as f64;
        [angle.sin(), angle.cos()]
    };
    let (mut normal, mut right) = ([0.0; 4], [0.0; 2]);
    for (t, &value) in y.iter().enumerate() {
        let trend = level + slope * (t as f64 + 1.0);
        let rest = match kind {
            Kind::Additive => value - trend,
            Kind::Multiplicative if trend > 0.0 => value / trend - 1.0,
            Kind::Multiplicative => return None,
        };
        let [a, b] = wave(t);
        normal[0] += a * a;
        normal[2] += a * b;
        normal[3] += b * b;
        right[0] += a * rest;
        right[1] += b * rest;
    }
    // A season of two rows has no sine.
    normal[0] += 1e-9;
    if !solve(&mut normal, &mut right) {
        return None;
    }
    let whole = if kind == Kind::Multiplicative { 1.0 } else { 0.0 };
    Some((0..m).map(wave).map(|[a, b]| whole + right[0] * a + right[1] * b).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_on_a_line_comes_back() {
        for m in [3, 4] {
            let pattern = [2.0, -1.0, 0.5, -1.5];
            let middle = mean(&pattern[..m]);
            let y: Vec<f64> = (0..5 * m).map(|t| 10.0 + 0.5 * t as f64 + pattern[t % m]).collect();
            let season = classical(&y, m, Kind::Additive).unwrap().season;
            for (found, right) in season.iter().zip(&pattern) {
                assert!((found - (right - middle)).abs() < 1e-9, "{season:?}");
            }
            assert!(classical(&y[..2 * m - 1], m, Kind::Additive).is_none());
        }
    }

    #[test]
    fn a_factor_comes_back() {
        let y: Vec<f64> = (0..12).map(|t| 100.0 * [0.5, 1.5][t % 2]).collect();
        let season = classical(&y, 2, Kind::Multiplicative).unwrap().season;
        assert!((season[0] - 0.5).abs() < 1e-9 && (season[1] - 1.5).abs() < 1e-9, "{season:?}");
    }

    #[test]
    fn a_wave_comes_back() {
        let wave = |t: usize| (std::f64::consts::TAU * t as f64 / 6.0).cos();
        let y: Vec<f64> = (0..12).map(|t| 5.0 + wave(t)).collect();
        let season = harmonic(&y, 6, Kind::Additive).unwrap();
        for (t, found) in season.iter().enumerate() {
            assert!((found - wave(t)).abs() < 0.2, "{season:?}");
        }
    }
}
