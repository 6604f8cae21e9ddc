//! Which seasons a series has, and the series without them.

use super::Kind;
use super::classical::{Classical, classical};
use super::pattern::{Doubt, Pattern};
use super::stl::stl;
use crate::linear::mean;

/// A series without its seasons, and the pattern that brings them back.
#[derive(Clone, Debug)]
pub(crate) struct Seasonal {
    pub rest: Vec<f64>,
    pub pattern: Pattern,
    /// 1 − Var(remainder) / Var(series without its trend), of the strongest season; 0 to 1 (Wang, Smith & Hyndman 2006). Of the remainder's
    /// variance what the season took by being fitted is put back, so noise over two seasons has none.
    pub strength: f64,
}

/// Strength up to which a season is weak.
const WEAK: f64 = 0.2;
/// Strength from which on a season is strong (the threshold of Hyndman's `nsdiffs`).
const STRONG: f64 = 0.64;
/// Passes over all seasons, where there are several.
const ROUNDS: usize = 2;
/// Rows a smoothed season rests on at most: its window of eleven weighs those near by, on both sides behind and on one at the end.
const BEHIND: f64 = 5.0;
const AHEAD: f64 = 7.0;
/// Smallest seasonal factor: a division by less says nothing.
const LEAST_FACTOR: f64 = 0.01;

/// Several seasons by STL, one after the other (Bandara, Hyndman & Bergmeir 2021); multiplicative where that leaves less.
///
/// A weak season is left where it is: a pattern of noise would come again. `None` where no season is left or fits twice.
pub(crate) fn decompose(y: &[f64], seasons: &[usize]) -> Option<Seasonal> {
    let seasons: Vec<usize> = seasons.iter().copied().filter(|&m| m >= 2 && 2 * m <= y.len()).collect();
    if seasons.is_empty() {
        return None;
    }
    let all = Decomposition::of(y, &seasons);
    let told: Vec<usize> = seasons.iter().zip(&all.strengths).filter(|&(_, &strength)| strength > WEAK).map(|(&m, _)| m).collect();
    let additive = match told.len() {
        0 => return None,
        some if some == seasons.len() => all,
        _ => Decomposition::of(y, &told),
    };
    let mut best = additive.seasonal(y, Kind::Additive);
    if y.iter().all(|&value| value > 0.0) {
        let logs: Vec<f64> = y.iter().map(|value| value.ln()).collect();
        let factors = Decomposition::of(&logs, &told);
        let apart = |d: &Decomposition, back: fn(f64) -> f64| -> f64 {
            y.iter().enumerate().map(|(t, y)| y - back(d.trend[t] + d.season(t))).map(|e| e * e).sum()
        };
        if apart(&factors, f64::exp) < apart(&additive, |value| value) {
            best = factors.seasonal(y, Kind::Multiplicative);
        }
    }
    Some(best)
}

/// The same, where a season is strong.
pub(crate) fn decompose_strong(y: &[f64], seasons: &[usize]) -> Option<Seasonal> {
    decompose(y, seasons).filter(|seasonal| seasonal.strength > STRONG)
}

struct Decomposition {
    lengths: Vec<usize>,
    seasons: Vec<Vec<f64>>,
    trend: Vec<f64>,
    strengths: Vec<f64>,
    /// Variance of the remainder.
    remainder: f64,
}

impl Decomposition {
    fn of(y: &[f64], lengths: &[usize]) -> Self {
        let mut seasons: Vec<Vec<f64>> = vec![vec![0.0; y.len()]; lengths.len()];
        let mut rest = y.to_vec();
        let mut trend = Vec::new();
        let rounds = if lengths.len() > 1 { ROUNDS } else { 1 };
        for _ in 0..rounds {
            for (i, (season, &m)) in seasons.iter_mut().zip(lengths).enumerate() {
                rest.iter_mut().zip(&*season).for_each(|(rest, s)| *rest += s);
                // Windows of 11, 15, 19 … seasons.
                let parts = stl(&rest, m, 11 + 4 * i);
                rest.iter_mut().zip(&parts.season).for_each(|(rest, s)| *rest -= s);
                *season = parts.season;
                trend = parts.trend;
            }
        }
        let remainder: Vec<f64> = rest.iter().zip(&trend).map(|(rest, trend)| rest - trend).collect();
        let strengths = seasons
            .iter()
            .zip(lengths)
            .map(|(season, &m)| {
                let with: Vec<f64> = remainder.iter().zip(season).map(|(r, s)| r + s).collect();
                let (left, all) = (variance(&remainder), variance(&with));
                let left = left * Doubt::understated(rows(y.len(), m, BEHIND));
                if all > 0.0 { (1.0 - left / all).max(0.0) } else { 0.0 }
            })
            .collect();
        Self { lengths: lengths.to_vec(), seasons, trend, strengths, remainder: variance(&remainder) }
    }

    fn season(&self, t: usize) -> f64 {
        self.seasons.iter().map(|season| season[t]).sum()
    }

    fn seasonal(&self, y: &[f64], kind: Kind) -> Seasonal {
        let n = y.len();
        let cycles = self.seasons.iter().zip(&self.lengths).map(|(season, &m)| season[n - m..].to_vec());
        let (rest, cycles) = match kind {
            Kind::Additive => (y.iter().enumerate().map(|(t, y)| y - self.season(t)).collect(), cycles.collect()),
            Kind::Multiplicative => (
                y.iter().enumerate().map(|(t, y)| y / self.season(t).exp()).collect(),
                cycles.map(|cycle| cycle.into_iter().map(f64::exp).collect()).collect(),
            ),
        };
        // The longest season has the fewest rows for each of its places.
        let longest = self.lengths.iter().copied().max().unwrap_or(1);
        let doubt = Doubt::of(self.remainder, rows(n, longest, BEHIND), rows(n, longest, AHEAD));
        Seasonal { rest, pattern: Pattern { kind, cycles, rows: 0, doubt }, strength: self.strengths.iter().copied().fold(0.0, f64::max) }
    }
}

/// Rows that each place of a season of `m` rests on, among `n` and at most so many.
fn rows(n: usize, m: usize, most: f64) -> f64 {
    (n as f64 / m as f64).min(most)
}

/// A season that stays as it is, by classical decomposition; multiplicative where rows are positive and factors not next to zero.
pub(crate) fn fixed(y: &[f64], m: usize) -> Option<Seasonal> {
    let positive = y.iter().all(|&value| value > 0.0);
    let factors = || classical(y, m, Kind::Multiplicative).filter(|found| found.season.iter().all(|&s| s >= LEAST_FACTOR));
    let (kind, Classical { season, remainder }) = match positive.then(factors).flatten() {
        Some(found) => (Kind::Multiplicative, found),
        None => (Kind::Additive, classical(y, m, Kind::Additive)?),
    };
    let rest = match kind {
        Kind::Additive => y.iter().enumerate().map(|(t, y)| y - season[t % m]).collect(),
        Kind::Multiplicative => y.iter().enumerate().map(|(t, y)| y / season[t % m]).collect(),
    };
    let cycle = (0..m).map(|h| season[(y.len() + h) % m]).collect();
    let rows = rows(y.len(), m, f64::INFINITY);
    let doubt = Doubt::of(remainder, rows, rows);
    Some(Seasonal { rest, pattern: Pattern { kind, cycles: vec![cycle], rows: 0, doubt }, strength: 1.0 })
}

/// Whether rows a season apart correlate more than noise would, at 90 % two-sided (Fiorucci et al. 2016).
pub(crate) fn is_seasonal(y: &[f64], m: usize) -> bool {
    let n = y.len();
    if m < 2 || n < 2 * m {
        return false;
    }
    let middle = mean(y);
    let covariance = |lag: usize| -> f64 { (lag..n).map(|t| (y[t] - middle) * (y[t - lag] - middle)).sum() };
    let all = covariance(0);
    if all <= 0.0 {
        return false;
    }
    // Of a long season's lags some stand for all: their squares change slowly.
    let stride = m.div_ceil(256);
    let squares: f64 = (1..m).step_by(stride).map(|lag| (covariance(lag) / all).powi(2)).sum::<f64>() * stride as f64;
    let limit = 1.6448536269514722 * ((1.0 + 2.0 * squares) / n as f64).sqrt();
    (covariance(m) / all).abs() > limit
}

fn variance(y: &[f64]) -> f64 {
    let middle = mean(y);
    y.iter().map(|value| (value - middle) * (value - middle)).sum::<f64>() / y.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Noise;

    #[test]
    fn two_seasons_come_apart_and_repeat() {
        let wave = |t: usize, m: usize| (std::f64::consts::TAU * t as f64 / m as f64).sin();
        let value = |t: usize| 50.0 + 5.0 * wave(t, 24) + 3.0 * wave(t, 168);
        let y: Vec<f64> = (0..1000).map(value).collect();
        let seasonal = decompose(&y, &[24, 168]).unwrap();
        assert!(seasonal.strength > 0.95);
        assert!(seasonal.rest[100..900].iter().all(|rest| (rest - 50.0).abs() < 0.6));
        assert_eq!(seasonal.pattern.cycles.iter().map(Vec::len).collect::<Vec<_>>(), [24, 168]);
        assert!(decompose(&y[..40], &[24, 168]).is_none());
        // A season that is not there is left out.
        let noise = Noise::new(4).normals(1000);
        let noisy: Vec<f64> = y.iter().zip(noise).map(|(y, noise)| y + noise).collect();
        assert_eq!(decompose(&noisy, &[24, 50, 168]).unwrap().pattern.cycles.iter().map(Vec::len).collect::<Vec<_>>(), [24, 168]);
    }

    #[test]
    fn noise_has_no_strong_season() {
        let strong = |m: usize, n: usize| (0..40).filter(|&seed| decompose_strong(&Noise::new(seed).walk(n), &[m]).is_some()).count();
        assert!(strong(12, 24) <= 4 && strong(12, 60) == 0 && strong(4, 12) <= 4);
    }

    #[test]
    fn growing_swings_are_factors() {
        let y: Vec<f64> = (0..96).map(|t| (100.0 + 4.0 * t as f64) * [0.7, 1.1, 1.3, 0.9][t % 4]).collect();
        let seasonal = decompose(&y, &[4]).unwrap();
        assert_eq!(seasonal.pattern.kind, Kind::Multiplicative);
        assert!((seasonal.pattern.cycles[0][0] - 0.7).abs() < 0.02, "{:?}", seasonal.pattern);
        let fixed = fixed(&y, 4).unwrap();
        assert!((fixed.pattern.cycles[0][1] - 1.1).abs() < 0.02, "{:?}", fixed.pattern);
    }

    #[test]
    fn the_test_tells_a_season_from_noise() {
        let flat = Noise::new(1).normals(120);
        let seasonal: Vec<f64> = flat.iter().enumerate().map(|(t, noise)| noise + [2.0, 0.0, -2.0, 0.0, 1.0, -1.0][t % 6]).collect();
        assert!(!is_seasonal(&flat, 6) && is_seasonal(&seasonal, 6));
        assert!(!is_seasonal(&[1.0; 50], 6));
    }
}
