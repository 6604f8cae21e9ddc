//! The columns that may name the series, in a long table read as a wide one.

use std::collections::{HashMap, HashSet};

use super::column::{Content, content};
use super::roles::Table;
use crate::time::Time;

/// Columns that tell the rows of one time apart.
pub(super) struct Candidate {
    pub columns: Vec<usize>,
    /// They hold so well together that nothing else can be meant: most series have a row at most times.
    pub sure: bool,
}

/// Columns with more words than this, as a share of the rows, name no series.
const MOST_WORDS: usize = 2;
/// Columns looked at.
const MOST_COLUMNS: usize = 12;

/// The fewest columns of words or whole numbers under which no time occurs twice; of several, those whose series are fullest.
pub(super) fn find(table: &Table<'_>, taken: &[usize], times: &[Option<Time>]) -> Option<Candidate> {
    let distinct_times = times.iter().flatten().collect::<HashSet<_>>().len();
    let mut columns: Vec<(usize, usize)> = (0..table.names.len())
        .filter(|c| !taken.contains(c))
        .filter_map(|c| Some((distinct_words(table, c)?, c)))
        .filter(|(words, _)| *words > 1)
        .collect();
    columns.sort_unstable();
    columns.truncate(MOST_COLUMNS);
    let columns: Vec<usize> = columns.into_iter().map(|(_, c)| c).collect();
    for size in 1..=3 {
        let fill = |set: &Vec<usize>| Some((fill(table, set, times, distinct_times)?, set.clone()));
        let best = sets(&columns, size).iter().filter_map(fill).max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)));
        let Some((fill, mut columns)) = best else { continue };
        columns.sort_unstable();
        let sure = fill >= 0.5 && distinct_times * 4 <= times.len() * 3;
        let words = |c: &usize| content(table.column(*c)) == Content::Text;
        // Numbers that hardly ever come together are measured ones.
        if sure || fill >= 0.5 || (columns.iter().all(words) && size == 1) {
            return Some(Candidate { columns, sure });
        }
    }
    None
}

/// How many words or whole numbers a column holds, if they come again often enough to name series.
fn distinct_words(table: &Table<'_>, index: usize) -> Option<usize> {
    let column = table.column(index);
    if is_time_of_day(column.name, column.present().next().map_or("", |(_, cell)| cell)) {
        return None;
    }
    let words = content(column) == Content::Text;
    let mut seen = HashSet::new();
    for row in 0..column.rows() {
        let cell = column.cell(row);
        if !words && cell.parse::<i64>().is_err() {
            return None;
        }
        if seen.insert(cell) && seen.len() * MOST_WORDS > column.rows() {
            return None;
        }
    }
    Some(seen.len())
}

/// Hours and minutes are a part of the time, and no name.
fn is_time_of_day(name: &str, cell: &str) -> bool {
    const NAMES: [&str; 12] = ["time", "hour", "hours", "minute", "hr", "year", "month", "day", "week", "quarter", "시간", "시각"];
    let parts: Vec<&str> = cell.split([':', '.']).collect();
    let clock = parts.len() > 1 && parts.iter().all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()));
    clock || NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// All choices of `size` columns.
fn sets(columns: &[usize], size: usize) -> Vec<Vec<usize>> {
    match size {
        0 => vec![Vec::new()],
        _ => (0..columns.len())
            .flat_map(|i| {
                sets(&columns[i + 1..], size - 1).into_iter().map(move |mut rest| {
                    rest.insert(0, columns[i]);
                    rest
                })
            })
            .collect(),
    }
}

/// Share of series and times that have a row; `None` where one has two.
fn fill(table: &Table<'_>, set: &[usize], times: &[Option<Time>], distinct_times: usize) -> Option<f64> {
    let mut ids: HashMap<Vec<&str>, usize> = HashMap::new();
    let mut seen = HashSet::new();
    let mut rows = 0;
    for (row, time) in times.iter().enumerate() {
        let Some(time) = time else { continue };
        let key: Vec<&str> = set.iter().map(|c| table.column(*c).cell(row)).collect();
        let next = ids.len();
        let id = *ids.entry(key).or_insert(next);
        if !seen.insert((id, time)) {
            return None;
        }
        rows += 1;
    }
    (ids.len() * 2 <= rows).then(|| rows as f64 / (ids.len() * distinct_times) as f64)
}

/// Whether a time occurs more than once.
pub(super) fn times_repeat(times: &[Option<Time>]) -> bool {
    let rising = |a: &Option<Time>, b: &Option<Time>| a < b;
    if times.is_sorted_by(rising) || times.is_sorted_by(|a, b| rising(b, a)) {
        return false;
    }
    let mut seen = HashSet::new();
    times.iter().flatten().any(|time| !seen.insert(time))
}
