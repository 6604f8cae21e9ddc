//! How far windows look back, in what segments, and whether on a logarithmic scale.

use gatewise::task::forecast::{Series, Table, find_season};
use gatewise_data::Dataset;

/// Seasons a window looks back on where there are rows enough: two weeks of hours.
const SEASONS: usize = 14;

/// Horizons a window looks back on where there is no season.
const HORIZONS: usize = 3;

/// Longest season that is read as one segment; longer ones would make the first layer wider than the data can fill.
const LONGEST_SEGMENT: usize = 48;

/// The season: the frequency's, where the rows show it twice, else what the autocorrelation shows.
pub fn season(dataset: &Dataset, table: &Table<'_>, longest: usize) -> (usize, String) {
    let usual = dataset.frequency.default_season();
    if usual > 1 && 2 * usual < longest {
        return (usual, format!("{} data", dataset.frequency));
    }
    let found = find_season(table);
    let reason = if found > 1 { "the autocorrelation peaks there" } else { "none found" };
    (found, reason.to_string())
}

/// Rows to look back on, given the rows of the longest training part.
pub fn lookback(season: usize, horizon: usize, rows: usize) -> (usize, String) {
    let most = rows.saturating_sub(horizon).max(1);
    if season > 1 && 2 * season <= most {
        let seasons = ((rows / 2).saturating_sub(horizon) / season).clamp(2, SEASONS);
        return (seasons * season, format!("{seasons} seasons"));
    }
    let wanted = horizon.saturating_mul(HORIZONS).max(season);
    let lookback = wanted.min(most.div_ceil(2));
    (lookback, if lookback == wanted { format!("{HORIZONS} horizons") } else { "half of the rows".to_string() })
}

/// Rows of a segment: the season where it divides the lookback into steps enough for a network to be recurrent.
pub fn segment(season: usize, lookback: usize) -> (usize, String) {
    if season > 1 && season <= LONGEST_SEGMENT && lookback.is_multiple_of(season) && lookback / season >= 2 {
        (season, "the season".to_string())
    } else {
        (1, String::new())
    }
}

/// Whether swings grow with the level, so that a logarithm evens them out: Guerrero's criterion (1993), between λ = 0 and λ = 1.
/// Values that reach zero have no logarithm.
pub fn grows_with_level(table: &Table<'_>, season: usize, known: impl Fn(usize) -> usize) -> bool {
    /// Blocks of a season a series needs before their swings can be compared.
    const LEAST_BLOCKS: usize = 4;
    let block = if season > 1 { season } else { 8 };
    let (mut for_log, mut judged) = (0usize, 0usize);
    for (s, series) in table.series().iter().enumerate() {
        for channel in 0..table.targets() {
            let rows: Vec<f64> = series.column(channel, 0, series.len()).collect();
            if rows.iter().any(|v| *v <= 0.0) {
                return false;
            }
            let rows = &rows[..known(s).min(rows.len())];
            let blocks: Vec<(f64, f64)> = rows.rchunks_exact(block).map(mean_and_spread).collect();
            if blocks.len() < LEAST_BLOCKS {
                continue;
            }
            let plain = variation(blocks.iter().map(|(_, spread)| *spread));
            let log = variation(blocks.iter().map(|(mean, spread)| spread / mean));
            judged += 1;
            for_log += usize::from(log < plain);
        }
    }
    judged > 0 && 2 * for_log > judged
}

/// Whether no target is below zero in the rows known.
pub fn never_negative(table: &Table<'_>, known: impl Fn(usize) -> usize) -> bool {
    let never = |(s, series): (usize, &Series<'_>)| {
        let end = known(s).min(series.len());
        (0..table.targets()).all(|channel| series.column(channel, 0, end).all(|v| v >= 0.0))
    };
    table.series().iter().enumerate().all(never)
}

fn mean_and_spread(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

/// Standard deviation over mean; infinite where there is no spread to compare.
fn variation(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    let (mean, spread) = mean_and_spread(&values);
    if mean > 0.0 { spread / mean } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookbacks() {
        // season, horizon, rows → lookback
        for ((season, horizon, rows), expected) in [
            ((12, 12, 111), 36),
            ((24, 48, 600), 240),
            ((24, 96, 8640), 336),
            ((1, 10, 1000), 30),
            ((1, 10, 20), 5),
            ((12, 12, 30), 9),
            ((1, 1, 2), 1),
        ] {
            let (lookback, reason) = lookback(season, horizon, rows);
            assert_eq!(lookback, expected, "season {season} horizon {horizon} rows {rows}: {reason}");
            assert!(lookback + horizon <= rows.max(2));
        }
    }

    #[test]
    fn growing_swings_want_a_logarithm() {
        let wave = |t: usize| (std::f64::consts::TAU * t as f64 / 12.0).sin();
        let growing: Vec<f64> = (0..96).map(|t| 100.0 * (0.02 * t as f64 + 0.3 * wave(t)).exp()).collect();
        let level: Vec<f64> = (0..96).map(|t| 100.0 + t as f64 + 10.0 * wave(t)).collect();
        let with_zero: Vec<f64> = growing.iter().map(|v| v - growing[0]).collect();
        for (values, expected) in [(growing, true), (level, false), (with_zero, false)] {
            let table = Table::new([("", values.as_slice())], 1, 1);
            assert_eq!(grows_with_level(&table, 12, |_| 96), expected);
        }
    }
}
