//! How often a series must be differenced to lose its unit roots.

use crate::linear::mean;

/// The statistic above which a level that stays is refused at 5 % (Kwiatkowski, Phillips, Schmidt & Shin 1992, table 1).
const LIMIT: f64 = 0.463;
/// Differences at most.
const MOST: usize = 2;

/// Differences until the KPSS test finds the level to stay, with Newey–West weights over ⌊3√n/13⌋ lags (Hyndman & Khandakar 2008).
pub(crate) fn differences(y: &[f64]) -> usize {
    let mut rows = y.to_vec();
    for d in 0..MOST {
        if rows.len() < 4 || statistic(&rows) <= LIMIT {
            return d;
        }
        difference(&mut rows);
    }
    MOST
}

/// The steps from row to row.
pub(crate) fn difference(y: &mut Vec<f64>) {
    for t in 1..y.len() {
        y[t - 1] = y[t] - y[t - 1];
    }
    y.pop();
}

/// Σ (partial sums)² over n² and the long-run variance; zero for a constant.
fn statistic(y: &[f64]) -> f64 {
    let n = y.len();
    let middle = mean(y);
    let rest: Vec<f64> = y.iter().map(|value| value - middle).collect();
    let covariance = |lag: usize| rest[lag..].iter().zip(&rest).map(|(a, b)| a * b).sum::<f64>();
    let lags = (3.0 * (n as f64).sqrt() / 13.0) as usize;
    let all = covariance(0);
    let long_run = all + 2.0 * (1..=lags).map(|lag| (1.0 - lag as f64 / (lags as f64 + 1.0)) * covariance(lag)).sum::<f64>();
    let (mut sum, mut squares) = (0.0, 0.0);
    for value in &rest {
        sum += value;
        squares += sum * sum;
    }
    // Rows that differ by rounding alone are constant.
    let largest = y.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    if all <= n as f64 * (1e-14 * largest).powi(2) || long_run <= 0.0 { 0.0 } else { squares / (n as f64 * long_run) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Noise;

    #[test]
    fn counts_unit_roots() {
        assert_eq!(differences(&Noise::new(3).normals(200)), 0);
        // The test lets a few walks pass for noise.
        assert!((0..20).filter(|&seed| differences(&Noise::new(seed).walk(200)) == 1).count() >= 17);
        let walk = Noise::new(4).walk(200);
        let mut level = 0.0;
        let twice: Vec<f64> = walk
            .iter()
            .map(|step| {
                level += step;
                level
            })
            .collect();
        assert_eq!(differences(&twice), 2);
        assert_eq!(differences(&[5.0; 40]), 0);
    }

    #[test]
    fn the_statistic_by_hand() {
        // Means 0, no lags below 19 rows: Σ S² = 1 + 4 + 1 = 6, n Σ e² = 4 · 4.
        assert_eq!(statistic(&[1.0, 1.0, -1.0, -1.0]), 6.0 / 16.0);
    }
}
