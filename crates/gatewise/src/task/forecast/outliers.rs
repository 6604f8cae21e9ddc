//! Values far from all others that do not come again: what forecasts learn from in their place.

use std::ops::Range;

use gatewise_data::Dataset;
use serde::{Deserialize, Serialize};

use super::table::Table;

/// What becomes of outliers among the targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outliers {
    /// They count as the value before them.
    Replace,
    /// They count as they are.
    #[default]
    Keep,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlier {
    /// The series.
    pub series: usize,
    /// Its row.
    pub row: usize,
    /// The target.
    pub channel: usize,
    /// The value.
    pub value: f64,
    /// What it counts as.
    pub counts_as: f64,
}

/// Outliers that are named.
const NAMED: usize = 3;

impl Outlier {
    /// What is said of outliers of a table: how many they are, the first ones with their time, their value and what it counts as. `None` of none.
    pub fn tell(found: &[Self], dataset: &Dataset) -> Option<String> {
        let one = |o: &Self| {
            let series = &dataset.series[o.series];
            let name = if dataset.series.len() > 1 { format!("{} ", series.id) } else { String::new() };
            let channel = if dataset.targets > 1 { format!("{} ", dataset.channels[o.channel]) } else { String::new() };
            let by = if o.row == 0 { "behind" } else { "before" };
            let (value, counts_as) = (shown(o.value), shown(o.counts_as));
            format!("{name}{channel}{}: {value} counts as {counts_as}, the value {by}", dataset.format_time(&series.times[o.row]))
        };
        let what = match found.len() {
            0 => return None,
            1 => "1 value lies".to_owned(),
            several => format!("{several} values lie"),
        };
        let more = found.len().checked_sub(NAMED + 1).map_or_else(String::new, |more| format!("; and {} more", more + 1));
        let named: Vec<String> = found.iter().take(NAMED).map(one).collect();
        Some(format!("{what} far from all others: {}{more}", named.join("; ")))
    }
}

/// A value as a table has it; one of a great many digits by its power of ten.
fn shown(value: f64) -> String {
    if value.abs() < LONG { value.to_string() } else { format!("{value:e}") }
}

/// Magnitude from which on digits before the decimal mark are more than a reader counts.
const LONG: f64 = 1e12;

/// Rows below which a series does not tell what is far.
const LEAST_ROWS: usize = 20;

/// Rows on either side whose medians a value is held against: two odd ones in succession do not move these.
const REACH: usize = 3;

/// Times the usual distance from these medians (the median one, as the standard deviation of a normal distribution) that is far.
const FAR: f64 = 10.0;

/// Times the largest distance of all other rows that lies far from these: heavy tails reach the half of their next, not a quarter.
const GAP: f64 = 4.0;

/// Rows of which one may be an outlier: what is more frequent belongs to the series.
const ROWS_EACH: usize = 50;

/// Rows in succession that may be outliers: a third one makes a new level.
const LONGEST_RUN: usize = 2;

/// How much the distances between three outliers or more differ, at least, as a share of their mean: what comes again at a pace is an event.
const PACE: f64 = 0.1;

/// Standard deviations in a median absolute deviation of a normal distribution.
const NORMAL: f64 = 1.4826;

/// Outliers of a column: rows, rising.
///
/// A row is one whose distance from the median of the three rows before it and from that of the three behind it, the lesser of both, is ten times the
/// usual one and four times the largest of all others; where the usual one is 0 ten times the largest of the others, within the series, or where these
/// are 0 too, a single row ten times as far off as the others lie from 0 (a Hampel filter, R. Pearson, Y. Neuvo, J. Astola and M. Gabbouj, "Generalized Hampel
/// Filters", 2016, that lets steps pass); at most one in fifty, no three in succession, and none that come again at a pace.
pub fn find_outliers(values: &[f64]) -> Vec<usize> {
    let n = values.len();
    if n < LEAST_ROWS {
        return Vec::new();
    }
    let mut room = Vec::with_capacity(REACH);
    let mut side = |value: f64, rows: Range<usize>| {
        room.clear();
        room.extend_from_slice(&values[rows]);
        beyond(value, &mut room)
    };
    let distances: Vec<f64> = (0..n)
        .map(|t| {
            let before = side(values[t], t.saturating_sub(REACH)..t);
            let behind = side(values[t], t + 1..n.min(t + REACH + 1));
            before.into_iter().chain(behind).fold(f64::INFINITY, f64::min)
        })
        .collect();
    let usual = NORMAL * *distances.clone().select_nth_unstable_by(n / 2, f64::total_cmp).1;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| distances[*b].total_cmp(&distances[*a]));
    let most = (n / ROWS_EACH).max(1);
    // Where most rows are alike, as of rare demand and of rates that are set, the largest of the others is the measure, and a new level may begin
    // with the last row; where all others are alike, one row is to differ, by several times what the others are.
    let level = values.iter().map(|v| v.abs()).fold(f64::INFINITY, f64::min);
    let apart = |count: &usize| {
        let (least, next) = (distances[order[count - 1]], distances[order[*count]]);
        if usual > 0.0 {
            return least > FAR * usual && least > GAP * next;
        }
        let inside = order[..*count].iter().all(|row| (1..n - 1).contains(row));
        inside && least > FAR * next && (next > 0.0 || *count == 1 && level > 0.0 && least > FAR * level)
    };
    let Some(count) = (1..=most).rev().find(apart) else { return Vec::new() };
    let mut rows = order[..count].to_vec();
    rows.sort_unstable();
    let runs: Vec<&[usize]> = rows.chunk_by(|a, b| b - a == 1).collect();
    let paces: Vec<f64> = runs.windows(2).map(|pair| (pair[1][0] - pair[0][0]) as f64).collect();
    let mean = paces.iter().sum::<f64>() / paces.len().max(1) as f64;
    let paced = paces.len() >= 2 && paces.iter().all(|pace| (pace - mean).abs() <= PACE * mean);
    if paced || runs.iter().any(|run| run.len() > LONGEST_RUN) { Vec::new() } else { rows }
}

/// How far a value lies from the middle one of some rows, or beyond the middle two; none without rows.
fn beyond(value: f64, rows: &mut [f64]) -> Option<f64> {
    rows.sort_unstable_by(f64::total_cmp);
    let (low, high) = (rows.get(rows.len().checked_sub(1)? / 2)?, rows[rows.len() / 2]);
    Some((low - value).max(value - high).max(0.0))
}

impl Table<'_> {
    /// The outliers of all targets, series by series, row by row.
    pub fn outliers(&self) -> Vec<Outlier> {
        let mut found = Vec::new();
        let mut column = Vec::new();
        for (series, of) in self.series().iter().enumerate() {
            let before = found.len();
            for channel in 0..self.targets() {
                column.clear();
                column.extend(of.column(channel, 0, of.len()));
                let rows = find_outliers(&column);
                for row in &rows {
                    // The last row before that is none, else the first one behind.
                    let plain = |at: &usize| rows.binary_search(at).is_err();
                    let by = (0..*row).rev().find(plain).or_else(|| (*row..column.len()).find(plain)).unwrap_or(*row);
                    found.push(Outlier { series, row: *row, channel, value: column[*row], counts_as: column[by] });
                }
            }
            found[before..].sort_by_key(|outlier| outlier.row);
        }
        found
    }

    /// The same table with what `outliers` says done.
    #[must_use]
    pub fn calmed(self, outliers: Outliers) -> Self {
        // What is left after the first time is no outlier, whatever it is beside the rest.
        if outliers == Outliers::Keep || self.is_calm() {
            return self;
        }
        let found = self.outliers();
        self.with(&found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// A week with noise.
    fn weeks(rows: usize, seed: u64) -> Vec<f64> {
        let mut rng = Rng::new(seed, 0);
        (0..rows).map(|t| 20.0 + 5.0 * (std::f64::consts::TAU * t as f64 / 7.0).sin() + rng.normal()).collect()
    }

    #[test]
    fn single_wild_values_are_found_wherever_they_stand() {
        for (rows, wild) in [
            (207, vec![(197, 4000.0)]),
            (207, vec![(206, 4000.0)]),
            (207, vec![(0, -900.0)]),
            (207, vec![(30, 900.0), (31, -50_000.0), (150, 4000.0)]),
            (60, vec![(51, 120.0)]),
        ] {
            let mut values = weeks(rows, 3);
            wild.iter().for_each(|(row, value)| values[*row] = *value);
            assert_eq!(find_outliers(&values), wild.iter().map(|(row, _)| *row).collect::<Vec<_>>());
            let plain = weeks(rows, 3);
            let table = Table::new([("", values.as_slice())], 1, 1);
            let found = table.outliers();
            assert_eq!((found[0].row, found[0].value), wild[0]);
            let calm = table.calmed(Outliers::Replace);
            let row = wild[0].0;
            assert_eq!(calm.series()[0].at(row, 0), plain[if row == 0 { 1 } else { row - 1 }]);
            assert_eq!(calm.outliers(), []);
        }
        // One row of sixty may be an outlier: the next one is none when the first has gone.
        let mut values = weeks(60, 3);
        (values[20], values[40]) = (1e6, 1e3);
        let calm = Table::new([("", values.as_slice())], 1, 1).calmed(Outliers::Replace).calmed(Outliers::Replace);
        assert_eq!((calm.series()[0].at(20, 0), calm.series()[0].at(40, 0)), (values[19], 1e3));
        let smooth: Vec<f64> = (0..200).map(|t| 10.0 * (f64::from(t) / 4.0).sin() + if t == 150 { 500.0 } else { 0.0 }).collect();
        let constant: Vec<f64> = (0..50).map(|t| if t == 44 { 5000.0 } else { 5.0 }).collect();
        let rare: Vec<f64> = (0..100).map(|t| if t == 61 { 5000.0 } else { f64::from(t * 7 % 3 * (t % 5 / 4)) }).collect();
        for (values, row) in [(smooth, 150), (constant, 44), (rare, 61)] {
            assert_eq!(find_outliers(&values), [row]);
        }
    }

    #[test]
    fn a_value_of_many_digits_is_told_by_its_power() {
        assert_eq!(["4000", "-0.5", "1e308"].map(|text| shown(text.parse().unwrap())), ["4000", "-0.5", "1e308"]);
    }

    #[test]
    fn what_belongs_to_a_series_is_none() {
        let none = |name: &str, values: &[f64]| assert_eq!(find_outliers(values), Vec::<usize>::new(), "{name}");
        none("a week", &weeks(207, 1));
        none("few", &[1.0, 2.0, 1.5, 4000.0]);
        none("constant", &[3.0; 50]);
        let mut level = weeks(100, 2);
        level[60..].iter_mut().for_each(|v| *v += 4000.0);
        none("a step", &level);
        level[97..].iter_mut().for_each(|v| *v += 1e6);
        none("a new level of three rows", &level);
        let mut event = weeks(400, 2);
        [40, 140, 241, 340].iter().for_each(|row| event[*row] = 900.0);
        none("an event every hundred rows", &event);
        let mut frequent = weeks(100, 2);
        [7, 12, 40, 41, 66, 90].iter().for_each(|row| frequent[*row] = 900.0);
        none("one in sixteen", &frequent);
        let growing: Vec<f64> = (0..100).map(|t| f64::from(t).exp2()).collect();
        none("doubling", &growing);
        let rare: Vec<f64> = (0..100).map(|t| if t % 9 == 4 { 50.0 + f64::from(t) } else { 0.0 }).collect();
        none("demand now and then", &rare);
        none("a new rate in the last row", &[&[0.5; 30][..], &[0.75; 30], &[1.0]].concat());
        none("an old rate in the first row", &[&[0.1][..], &[0.75; 60]].concat());
        none("a rate for a day", &[&[0.5; 30][..], &[0.75], &[0.5; 30]].concat());
        none("a single sale", &[&[0.0; 70][..], &[1.0], &[0.0; 30]].concat());
        let mut twice = [0.0; 100];
        (twice[20], twice[70]) = (5.0, 5.0);
        none("demand twice", &twice);
    }

    #[test]
    fn heavy_tails_are_rarely_taken_for_outliers() {
        let mut rng = Rng::new(5, 0);
        let taken = (0..400).filter(|_| {
            let values: Vec<f64> = (0..200).map(|_| rng.normal().exp()).collect();
            !find_outliers(&values).is_empty()
        });
        assert!(taken.count() <= 8);
    }
}
