//! The order of a long table's rows in time, whatever form the time has.

use super::columns::Cells;
use crate::finding::Findings;
use crate::grid::{Cell, Column, Grid};
use crate::time::{Hint, Time, read_times};

/// A time that can be compared with others of its column.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Key {
    Number(f64),
    Time(Time),
    /// Nothing stands there: behind all others.
    Missing,
}

/// Puts the rows of each item in order of time; where the times cannot be read, the file's order stays. Says what it did.
pub(super) fn sort(cells: &Cells, time: usize, hint: Option<Hint>, groups: &mut [Vec<usize>], notes: &mut Vec<String>) {
    let name = &cells.names[time];
    let Some(keys) = keys(cells, time, hint) else {
        let cell = cells.rows.first().map_or("", |(_, row)| &row[time]);
        notes.push(format!(
            "the times of column \"{name}\" ({cell:?} and the like) could not be read: rows are taken in the order of the file (⦃time⦄)"
        ));
        return;
    };
    let before = |a: &usize, b: &usize| keys[*a].partial_cmp(&keys[*b]).unwrap_or(std::cmp::Ordering::Equal);
    let (mut moved, mut twice) = (0, 0);
    for rows in groups {
        if !rows.is_sorted_by(|a, b| before(a, b).is_le()) {
            rows.sort_by(before);
            moved += 1;
        }
        twice += usize::from(rows.windows(2).any(|pair| keys[pair[0]] == keys[pair[1]] && keys[pair[0]] != Key::Missing));
    }
    if moved > 0 {
        notes.push(format!("the rows of {moved} items were not in order of \"{name}\" and were sorted"));
    }
    if twice > 0 {
        notes.push(format!("{twice} items have a time of \"{name}\" more than once; such rows keep the order of the file"));
    }
    let missing = keys.iter().filter(|key| **key == Key::Missing).count();
    if missing > 0 {
        notes.push(format!("{missing} rows have no time in \"{name}\" and stand behind the others of their item"));
    }
}

fn keys(cells: &Cells, time: usize, hint: Option<Hint>) -> Option<Vec<Key>> {
    let cell = |at: usize| &cells.rows[at].1[time];
    let number = |at: usize| match cells.style.read(cell(at)) {
        Cell::Number(value) => Some(Key::Number(value)),
        Cell::Missing => Some(Key::Missing),
        _ => None,
    };
    let all = || 0..cells.rows.len();
    if hint.is_none()
        && let Some(keys) = all().map(number).collect::<Option<Vec<_>>>()
    {
        return Some(keys);
    }
    let clock = |at: usize| if cells.style.is_missing(cell(at)) { Some(Key::Missing) } else { clock(cell(at)).map(Key::Number) };
    if let Some(keys) = all().map(clock).collect::<Option<Vec<_>>>() {
        return Some(keys);
    }
    dates(cells, time, hint)
}

/// Dates as the tables of series have them.
fn dates(cells: &Cells, time: usize, hint: Option<Hint>) -> Option<Vec<Key>> {
    let mut text = csv::Writer::from_writer(Vec::new());
    for (line, row) in &cells.rows {
        // The line keeps rows without a time from being blank.
        text.write_record([&row[time], line.to_string().as_str()]).ok()?;
    }
    let text = String::from_utf8(text.into_inner().ok()?).ok()?;
    let mut findings = Findings::default();
    let grid = Some(Grid::parse(text, b',', 1)).filter(|grid| grid.rows() == cells.rows.len())?;
    let column = Column::new(&grid, &cells.style, 0, &cells.names[time]);
    let times = read_times(&column, hint.as_ref(), false, &mut findings).ok()?.times;
    let key = |(at, time): (usize, &Option<Time>)| match time {
        Some(time) => Some(Key::Time(*time)),
        None => column.is_missing(at).then_some(Key::Missing),
    };
    times.iter().enumerate().map(key).collect()
}

/// Seconds of a time of day or of a stopwatch: `9:30`, `00:01:02.5`.
fn clock(cell: &str) -> Option<f64> {
    let parts: Vec<&str> = cell.split(':').collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(digits) {
        return None;
    }
    parts
        .iter()
        .try_fold(0.0, |sum, part| Some(60.0 * sum + part.parse::<f64>().ok()?))
        .map(|sum| sum * if parts.len() == 2 { 60.0 } else { 1.0 })
}
