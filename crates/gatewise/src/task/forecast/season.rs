//! Finding the season of a table where neither the user nor the frequency names it.

use super::table::Table;

/// Series looked at; more of the same table rarely change the answer.
const MAX_SERIES: usize = 50;

/// Rows of each series looked at, the latest ones.
const MAX_ROWS: usize = 4096;

/// Longest season looked for: a week of hours, doubled.
const MAX_SEASON: usize = 400;

/// A season has to repeat at least this often to be seen.
const REPEATS: usize = 3;

/// Autocorrelation below this is no season worth its parameters.
const LEAST_CORRELATION: f64 = 0.3;

/// A shorter lag wins over the strongest one when its autocorrelation reaches this share of it: multiples of a season repeat it.
const SHARE_OF_BEST: f64 = 0.9;

/// The season: the first lag at which the autocorrelation, after removing a straight line, peaks near its highest; 1 where there is none.
pub fn find_season(table: &Table<'_>) -> usize {
    let mut mean: Vec<(f64, usize)> = Vec::new();
    for series in table.series().iter().filter(|s| s.len() >= 2 * REPEATS).take(MAX_SERIES) {
        let first = series.len().saturating_sub(MAX_ROWS);
        for channel in 0..table.targets() {
            let values: Vec<f64> = series.column(channel, first, series.len()).collect();
            let correlation = autocorrelation(&values, (values.len() / REPEATS).min(MAX_SEASON));
            mean.resize(mean.len().max(correlation.len()), (0.0, 0));
            for ((sum, count), r) in mean.iter_mut().zip(correlation) {
                *sum += r;
                *count += 1;
            }
        }
    }
    let mean: Vec<f64> = mean.into_iter().map(|(sum, count)| sum / count.max(1) as f64).collect();
    first_strong_peak(&mean).unwrap_or(1)
}

/// Autocorrelation at lags 0 to `lags` of the values with their straight line taken out; zero for a constant.
fn autocorrelation(values: &[f64], lags: usize) -> Vec<f64> {
    let n = values.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / n;
    let moment: f64 = values.iter().enumerate().map(|(t, v)| (t as f64 - middle) * (v - mean)).sum();
    let square: f64 = (0..values.len()).map(|t| (t as f64 - middle).powi(2)).sum();
    let slope = if square > 0.0 { moment / square } else { 0.0 };
    let rest: Vec<f64> = values.iter().enumerate().map(|(t, v)| v - mean - slope * (t as f64 - middle)).collect();
    let power: f64 = rest.iter().map(|v| v * v).sum();
    if power <= f64::MIN_POSITIVE {
        return vec![0.0; lags + 1];
    }
    (0..=lags).map(|lag| rest.iter().zip(&rest[lag..]).map(|(a, b)| a * b).sum::<f64>() / power).collect()
}

fn first_strong_peak(correlation: &[f64]) -> Option<usize> {
    let is_peak = |&lag: &usize| correlation[lag] > correlation[lag - 1] && correlation[lag] >= correlation[lag + 1];
    let peaks: Vec<usize> = (2..correlation.len().saturating_sub(1)).filter(is_peak).collect();
    let best = peaks.iter().map(|&lag| correlation[lag]).fold(LEAST_CORRELATION, f64::max);
    peaks.into_iter().find(|&lag| correlation[lag] >= LEAST_CORRELATION && correlation[lag] >= SHARE_OF_BEST * best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn season_of(values: &[f64]) -> usize {
        find_season(&Table::new([("", values)], 1, 1))
    }

    #[test]
    fn a_wave_on_a_trend_is_found() {
        for season in [4, 7, 12, 24, 52] {
            let values: Vec<f64> = (0..season * 8)
                .map(|t| 0.3 * t as f64 + 5.0 * (std::f64::consts::TAU * t as f64 / season as f64).sin() + ((t * 7919) % 13) as f64 * 0.05)
                .collect();
            assert_eq!(season_of(&values), season);
        }
    }

    #[test]
    fn lines_constants_and_scraps_have_no_season() {
        let line: Vec<f64> = (0..100).map(f64::from).collect();
        for values in [line, vec![3.0; 50], vec![1.0, 2.0], vec![1.0]] {
            assert_eq!(season_of(&values), 1, "{values:?}");
        }
    }
}
