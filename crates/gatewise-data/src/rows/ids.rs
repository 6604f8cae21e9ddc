//! Which columns name the series of a long table: one row a time and series.

use std::collections::{HashMap, HashSet};

use super::row::NO_COLUMN;
use super::sample::{Content, Sample};
use super::time::{Moment, nanos_between};
use super::times::TimeColumns;
use crate::error::DataError;
use crate::names::is_series_id;

/// Names under which a column of few words or whole numbers tells series apart, where the times of each rise.
const NAMES: [&str; 32] = [
    "device",
    "device_id",
    "deviceid",
    "device_name",
    "sensor",
    "sensor_id",
    "sensorid",
    "sensor_name",
    "machine",
    "machine_id",
    "host",
    "hostname",
    "host_id",
    "instance",
    "node",
    "node_id",
    "station",
    "station_id",
    "meter",
    "meter_id",
    "asset",
    "asset_id",
    "unit_id",
    "engine_id",
    "turbine_id",
    "vehicle_id",
    "series",
    "series_name",
    "metric",
    "metric_name",
    "tag",
    "tag_name",
];
/// Between the parts of an id of several columns.
pub(super) const JOINT: char = '/';
/// Columns that pairs are made of, at most.
const MOST_CANDIDATES: usize = 8;
/// Share of rows that are no later than the row before, from which series are taken to be interleaved.
const INTERLEAVED: f64 = 0.3;

/// The id columns that were given, or those that look like it; empty where all rows are one series.
pub(super) fn find(sample: &Sample<'_>, given: Option<&str>, time: &TimeColumns) -> Result<Vec<usize>, DataError> {
    match given {
        Some(name) if sample.find(name).is_some() => Ok(vec![sample.named(name)?]),
        Some(NO_COLUMN) => Ok(Vec::new()),
        Some(list) => list.split(',').map(|name| sample.named(name.trim())).collect(),
        None => Ok(guess(sample, time)),
    }
}

fn guess(sample: &Sample<'_>, time: &TimeColumns) -> Vec<usize> {
    let columns = 0..sample.names.len();
    let free = |c: &usize| !time.columns().contains(c);
    if let Some(id) = columns.clone().find(|c| free(c) && is_series_id(&sample.names[*c])) {
        return vec![id];
    }
    let times = time.of_sample(sample);
    let candidates: Vec<usize> = columns.filter(free).filter(|&c| may_name(sample, c)).collect();
    let named = |c: &usize| NAMES.iter().any(|name| name.eq_ignore_ascii_case(&sample.names[*c]));
    if let Some(&id) = candidates.iter().find(|c| named(c) && distinct(sample, &[**c]) <= sample.rows.len() / 2) {
        if tells_apart(sample, &[id], &times) {
            return vec![id];
        }
    } else if let Some(id) = (0..sample.names.len()).filter(free).find(|c| named(c) && is_one_word(sample, *c)) {
        return vec![id];
    }
    if !mixed(&times) {
        return Vec::new();
    }
    let fits = |columns: &[usize]| {
        let count = distinct(sample, columns);
        let few = (2..=sample.rows.len() / 2).contains(&count);
        (few && tells_apart(sample, columns, &times) && (interleaved(&times) || stand_together(sample, columns, count))).then_some(count)
    };
    let text = |c: usize| sample.content(c) == Content::Text;
    let single = candidates.iter().filter_map(|&c| Some((!named(&c), !text(c), fits(&[c])?, vec![c])));
    if let Some((.., columns)) = single.min() {
        return columns;
    }
    let some = &candidates[..candidates.len().min(MOST_CANDIDATES)];
    let pairs = some.iter().enumerate().flat_map(|(i, &a)| some[i + 1..].iter().map(move |&b| vec![a, b]));
    // A pair of numbers may tell any rows apart.
    let pairs = pairs.filter(|pair| pair.iter().any(|&c| text(c) || named(&c)));
    pairs.filter_map(|pair| Some((fits(&pair)?, pair))).min().map_or(Vec::new(), |(_, pair)| pair)
}

/// Rows of which one may lack an id.
const MOST_PRESENT: usize = 100;

/// Words or whole numbers in nearly every row, fewer than rows by half.
fn may_name(sample: &Sample<'_>, column: usize) -> bool {
    let whole = |cell: &str| cell.parse::<i64>().is_ok();
    let kind = match sample.content(column) {
        Content::Text => true,
        Content::Numbers => sample.cells(column).all(|cell| cell.is_empty() || whole(cell)),
        Content::Nothing => false,
    };
    // A missing id is an error of its row.
    let empty = sample.cells(column).filter(|cell| cell.is_empty()).count();
    kind && empty * MOST_PRESENT < sample.rows.len() && (2..=sample.rows.len() / 2).contains(&distinct(sample, &[column]))
}

/// One word and no number, in every row.
fn is_one_word(sample: &Sample<'_>, column: usize) -> bool {
    sample.content(column) == Content::Text && distinct(sample, &[column]) == 1
}

fn key<'a>(row: &'a [String], columns: &[usize]) -> Vec<&'a str> {
    columns.iter().map(|&c| row.get(c).map_or("", String::as_str)).collect()
}

fn distinct(sample: &Sample<'_>, columns: &[usize]) -> usize {
    sample.rows.iter().map(|row| key(row, columns)).collect::<HashSet<_>>().len()
}

/// Whether the times of each series rise.
fn tells_apart(sample: &Sample<'_>, columns: &[usize], times: &[Option<Moment>]) -> bool {
    let mut last: HashMap<Vec<&str>, Moment> = HashMap::new();
    sample.rows.iter().zip(times).all(|(row, time)| {
        let Some(time) = time else { return true };
        last.insert(key(row, columns), *time).is_none_or(|last| nanos_between(last, *time) > 0)
    })
}

fn steps_back(times: &[Option<Moment>]) -> usize {
    times.windows(2).filter(|w| matches!(w, [Some(a), Some(b)] if nanos_between(*a, *b) <= 0)).count()
}

/// Whether some row is no later than the one before.
fn mixed(times: &[Option<Moment>]) -> bool {
    steps_back(times) > 0
}

fn interleaved(times: &[Option<Moment>]) -> bool {
    steps_back(times) as f64 >= INTERLEAVED * times.len() as f64
}

/// Whether the rows of each series follow each other.
fn stand_together(sample: &Sample<'_>, columns: &[usize], count: usize) -> bool {
    let changes = sample.rows.windows(2).filter(|pair| key(&pair[0], columns) != key(&pair[1], columns)).count();
    changes + 1 == count
}
