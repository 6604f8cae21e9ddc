//! How far windows look back, in what segments, and whether on a logarithmic scale.

use gatewise_data::{Dataset, Frequency};

use crate::task::forecast::{Table, find_season};

/// Seasons a window looks back on where there are rows enough: two weeks of hours.
const SEASONS: usize = 14;

/// Horizons a window looks back on where there is no season.
const HORIZONS: usize = 3;

/// Rows that a window looks back on at most, unless its longest season or two of the shortest need more.
const MOST_LOOKBACK: usize = 2_048;

/// Longest season that is read as one segment; longer ones would make the first layer wider than the data can fill.
const LONGEST_SEGMENT: usize = 48;

/// Windows of one series that are learned from, up to twice as many.
const MOST_WINDOWS: usize = 8_192;

/// Steps of the network that a window is read in at most: more cost time, and what they tell apart no horizon needs.
const MOST_STEPS: usize = 128;

/// Share by which rows a season apart have to be closer than rows somewhat less and more than a season apart for the season of the calendar to
/// show, and the multiple of 1/√rows, which is what chance makes of it.
const LEAST_CLOSER: f64 = 0.05;
const CHANCE: f64 = 1.3;

/// Distances from the season that it is held against, evenly up to half of it.
const DISTANCES: usize = 6;

/// Share of the shorter season's naive error that a longer season has to fall below to be one.
const LONGER_PAYS: f64 = 0.9;

/// How often a longer season is looked for: a week of days, and of 24-hour cycles.
const DAYS_OF_WEEK: usize = 7;

/// The seasons: the frequency's, where the rows show it twice, with its week where that shows too; else what the autocorrelation shows.
pub fn seasons(dataset: &Dataset, table: &Table<'_>, longest: usize) -> (Vec<usize>, String) {
    let usual = dataset.frequency.default_season();
    if usual > 1 && 2 * usual <= longest {
        let usual_name = format!("{} data", dataset.frequency);
        if !shows(table, usual) {
            let found = find_season(table);
            let season = if found > 1 && shows(table, found) { found } else { 1 };
            let reason = if season > 1 { "the autocorrelation peaks there" } else { "none shows" };
            return (vec![season], reason.to_string());
        }
        let week = usual * DAYS_OF_WEEK;
        let is_day = matches!(dataset.frequency, Frequency::Clock(_)) && usual > 1;
        if is_day && 2 * week < longest && naive_mean(table, week) < LONGER_PAYS * naive_mean(table, usual) {
            return (vec![usual, week], format!("{usual_name}, day and week"));
        }
        return (vec![usual], usual_name);
    }
    let found = find_season(table);
    let reason = if found > 1 { "the autocorrelation peaks there" } else { "none found" };
    (vec![found], reason.to_string())
}

/// The season of the calendar, or that of the autocorrelation, before it is known what covariates add.
pub fn likely_season(dataset: &Dataset, table: &Table<'_>) -> usize {
    match dataset.frequency.default_season() {
        1 => find_season(table),
        usual => usual,
    }
}

/// Rows of a series that are looked at for a season, the latest ones, and series of a table.
const LOOKED_AT: (usize, usize) = (8_192, 100);

/// Whether rows a season apart are closer than rows somewhat less and more than a season apart: those of a trend or of a random walk are not.
fn shows(table: &Table<'_>, season: usize) -> bool {
    let (mut sum, mut count, mut rows) = (0.0, 0usize, 0usize);
    for_each_column(table, |values| {
        let mut distances: Vec<usize> = (1..=DISTANCES).map(|k| (season * k).div_ceil(2 * DISTANCES).max(1)).collect();
        distances.dedup();
        let around = distances.into_iter().filter(|d| *d < season && season + d < values.len());
        let around: Vec<f64> = around.map(|d| (mean_change(values, season - d) + mean_change(values, season + d)) / 2.0).collect();
        let mean = around.iter().sum::<f64>() / around.len() as f64;
        if mean > 0.0 {
            sum += mean_change(values, season) / mean;
            count += 1;
            rows += values.len();
        }
    });
    let closer = 1.0 - sum / count.max(1) as f64;
    count > 0 && closer > LEAST_CLOSER.max(CHANCE / (rows as f64).sqrt())
}

/// Mean absolute change over `lag` rows.
fn mean_change(values: &[f64], lag: usize) -> f64 {
    let pairs = values.iter().zip(&values[lag.min(values.len())..]);
    pairs.map(|(a, b)| (a - b).abs()).sum::<f64>() / values.len().saturating_sub(lag).max(1) as f64
}

/// Mean absolute change over `season` rows, each series and column in units of its own from row to row.
fn naive_mean(table: &Table<'_>, season: usize) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for_each_column(table, |values| {
        let unit = mean_change(values, 1);
        if values.len() > season && unit > 0.0 {
            sum += mean_change(values, season) / unit;
            count += 1.0;
        }
    });
    if count > 0.0 { sum / count } else { f64::INFINITY }
}

fn for_each_column(table: &Table<'_>, mut each: impl FnMut(&[f64])) {
    let stride = table.series().len().div_ceil(LOOKED_AT.1).max(1);
    for series in table.series().iter().step_by(stride) {
        for channel in 0..table.targets() {
            let values: Vec<f64> = series.column(channel, series.len().saturating_sub(LOOKED_AT.0), series.len()).collect();
            each(&values);
        }
    }
}

/// Rows to look back on, given the rows of the longest training part: whole seasons, where the rows allow, the longest of them at least.
pub fn lookback(seasons: &[usize], horizon: usize, rows: usize) -> (usize, String) {
    let (season, longest) = (seasons[0], seasons[seasons.len() - 1]);
    let most = rows.saturating_sub(horizon).max(1);
    if season > 1 && 2 * season <= most {
        let fit = ((rows / 2).saturating_sub(horizon) / season).clamp(2, SEASONS);
        let bounded = fit.min((MOST_LOOKBACK / season).max(2));
        let whole = if longest <= most { bounded.max(longest / season) } else { bounded };
        return (whole * season, format!("{whole} seasons"));
    }
    if season > 1 && season <= most {
        return (season, "a season".to_string());
    }
    let wanted = horizon.saturating_mul(HORIZONS).max(season);
    let lookback = wanted.min(most.div_ceil(2));
    // Long windows are read in segments, which have to divide them.
    let segment = lookback.div_ceil(MOST_STEPS);
    let whole = (lookback / segment).max(1) * segment;
    (whole, if lookback == wanted { format!("{HORIZONS} horizons") } else { "half of the rows".to_string() })
}

/// Rows of a segment: the season where it divides the lookback into steps enough for a network to be recurrent, of a long season a part.
pub fn segment(season: usize, lookback: usize) -> (usize, String) {
    let divides = |d: &usize| lookback.is_multiple_of(*d) && lookback / d >= 2;
    if season > 1 && season <= LONGEST_SEGMENT && divides(&season) {
        return (season, "the season".to_string());
    }
    if season > LONGEST_SEGMENT {
        let part = (1..=LONGEST_SEGMENT).rev().find(|d| season.is_multiple_of(*d) && divides(d)).unwrap_or(1);
        if lookback / part <= MOST_STEPS && part > 1 {
            return (part, format!("1/{} of the season", season / part));
        }
    }
    // The shortest that keeps the steps few; of a lookback that nothing divides, whatever comes nearest.
    let segment = (1..=lookback / 2).find(|d| divides(d) && lookback / d <= MOST_STEPS).unwrap_or(1);
    (segment, if segment > 1 { format!("{} steps", lookback / segment) } else { String::new() })
}

/// Rows between the windows that are learned from, given the rows of the longest training part: neighbours of a long series are nearly alike.
pub fn stride(rows: usize) -> usize {
    (rows / MOST_WINDOWS).max(1)
}

/// Whether swings grow with the level, so that a logarithm evens them out: Guerrero's criterion (1993), between λ = 0 and λ = 1.
/// Values that reach zero have no logarithm.
pub fn grows_with_level(table: &Table<'_>, season: usize, known: impl Fn(usize) -> usize) -> bool {
    /// Blocks of a season a series needs before their swings can be compared.
    const LEAST_BLOCKS: usize = 4;
    /// Variation of the levels below which nothing can be said of what grows with them.
    const LEAST_VARIATION: f64 = 0.02;
    /// Swings, as a share of the level, below which a logarithm is a straight line.
    const LEAST_SWING: f64 = 1e-4;
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
            let (level, swing) = (blocks.iter().map(|(mean, _)| *mean), blocks.iter().map(|(mean, spread)| spread / mean));
            judged += 1;
            if variation(level) < LEAST_VARIATION || mean_and_spread(&swing.collect::<Vec<f64>>()).0 < LEAST_SWING {
                continue;
            }
            let plain = variation(blocks.iter().map(|(_, spread)| *spread));
            let log = variation(blocks.iter().map(|(mean, spread)| spread / mean));
            for_log += usize::from(log < plain);
        }
    }
    judged > 0 && 2 * for_log > judged
}

/// Whether each target is below zero in no row, those held back too: a bound is no forecast.
pub fn never_negative(table: &Table<'_>) -> Vec<bool> {
    let never = |channel: usize| table.series().iter().all(|series| series.column(channel, 0, series.len()).all(|v| v >= 0.0));
    (0..table.targets()).map(never).collect()
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
        // seasons, horizon, rows → lookback, segment
        type Case<'a> = ((&'a [usize], usize, usize), (usize, usize));
        let cases: [Case<'_>; 14] = [
            ((&[12], 12, 111), (36, 12)),
            ((&[24], 48, 600), (240, 24)),
            ((&[24], 96, 8640), (336, 24)),
            ((&[1], 10, 1000), (30, 1)),
            ((&[1], 10, 20), (5, 1)),
            ((&[12], 12, 30), (12, 1)),
            ((&[1], 1, 2), (1, 1)),
            ((&[52], 52, 104), (52, 26)),
            ((&[52], 13, 300), (104, 26)),
            ((&[96, 672], 96, 33_000), (1344, 48)),
            ((&[1440], 60, 43_000), (2880, 48)),
            ((&[50], 12, 1400), (650, 25)),
            ((&[24, 168], 24, 500), (216, 24)),
            ((&[1], 720, 20_000), (2159, 17)),
        ];
        for ((seasons, horizon, rows), (expected, steps)) in cases {
            let (lookback, reason) = lookback(seasons, horizon, rows);
            assert_eq!(lookback, expected, "seasons {seasons:?} horizon {horizon} rows {rows}: {reason}");
            assert!(lookback + horizon <= rows.max(2));
            assert_eq!(segment(seasons[0], lookback).0, steps, "seasons {seasons:?} lookback {lookback}");
        }
    }

    #[test]
    fn a_prime_season_is_read_in_few_steps() {
        for season in [61, 97, 365, 1439] {
            let (lookback, _) = lookback(&[season], 30, 20 * season);
            let (segment, _) = segment(season, lookback);
            assert!(lookback.is_multiple_of(segment) && lookback / segment <= 128, "season {season}: {lookback} in segments of {segment}");
        }
    }

    #[test]
    fn a_season_of_the_calendar_has_to_show() {
        let noise = |t: usize| ((t * 7919 + 13) % 101) as f64 / 50.0 - 1.0;
        let walk: Vec<f64> = (0..400)
            .scan(0.0, |level, t| {
                *level += noise(t * t + 3 * t);
                Some(*level)
            })
            .collect();
        let week: Vec<f64> = (0..400).map(|t| [0.0, 1.0, 2.0, 2.5, 2.0, -3.0, -4.0][t % 7] + noise(t * t)).collect();
        let line: Vec<f64> = (0..400).map(|t| t as f64 + noise(t * t)).collect();
        let noisy: Vec<f64> = (0..400).map(|t| 0.8 * week[t] + 3.0 * noise(t * t + 7)).collect();
        for (values, expected) in [(walk, false), (line, false), (week, true), (noisy, true)] {
            assert_eq!(shows(&Table::new([("", values.as_slice())], 1, 1), 7), expected);
        }
    }

    #[test]
    fn growing_swings_want_a_logarithm() {
        let wave = |t: usize| (std::f64::consts::TAU * t as f64 / 12.0).sin();
        let growing: Vec<f64> = (0..96).map(|t| 100.0 * (0.02 * t as f64 + 0.3 * wave(t)).exp()).collect();
        let level: Vec<f64> = (0..96).map(|t| 100.0 + t as f64 + 10.0 * wave(t)).collect();
        let with_zero: Vec<f64> = growing.iter().map(|v| v - growing[0]).collect();
        // A level so high that a logarithm is a line, whichever of the two comes out a hair more even.
        let offset: Vec<f64> = (0..96).map(|t| 2e7 + (1.0 + 1e-3 * (t * t % 7) as f64) * wave(t)).collect();
        let narrow: Vec<f64> = (0..96).map(|t| 1000.0 + 0.05 * t as f64 + (1.0 + 1e-3 * t as f64) * wave(t)).collect();
        for (values, expected) in [(growing, true), (level, false), (with_zero, false), (offset, false), (narrow, false)] {
            let table = Table::new([("", values.as_slice())], 1, 1);
            assert_eq!(grows_with_level(&table, 12, |_| 96), expected);
        }
    }
}
