//! The columns that may name the series, in a long table read as a wide one.

use std::collections::HashSet;

use super::numbering::{Numbering, all_differ, numbers};
use super::roles::Table;
use crate::grid::{Content, content};
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
    let timed: Vec<usize> = (0..times.len()).filter(|row| times[*row].is_some()).collect();
    let times = numbers(times.iter().flatten());
    let taken: HashSet<&usize> = taken.iter().collect();
    let mut columns: Vec<Words> = Vec::new();
    for c in (0..table.names.len()).filter(|c| !taken.contains(c)) {
        columns.extend(distinct_words(table, c).filter(|words| words.distinct > 1));
        if columns.len() > 2 * MOST_COLUMNS {
            keep_fewest(&mut columns);
        }
    }
    keep_fewest(&mut columns);
    for size in 1..=3 {
        let names = |set: &[usize]| set.iter().map(|at| columns[*at].column).collect::<Vec<_>>();
        let fill = |set: &Vec<usize>| Some((fill(&columns, set, &timed, &times)?, names(set)));
        let best = sets(columns.len(), size).iter().filter_map(fill).max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)));
        let Some((fill, mut columns)) = best else { continue };
        columns.sort_unstable();
        let sure = fill >= 0.5 && times.1 * 4 <= table.grid.rows() * 3;
        let words = |c: &usize| content(table.column(*c)) == Content::Text;
        // Numbers that hardly ever come together are measured ones.
        if sure || fill >= 0.5 || (columns.iter().all(words) && size == 1) {
            return Some(Candidate { columns, sure });
        }
    }
    None
}

/// A column of words or whole numbers that come again often enough to name series.
struct Words {
    column: usize,
    /// The number of each row's word.
    of_row: Vec<u32>,
    distinct: usize,
}

/// Leaves the columns of the fewest words.
fn keep_fewest(columns: &mut Vec<Words>) {
    columns.sort_by_key(|words| (words.distinct, words.column));
    columns.truncate(MOST_COLUMNS);
}

fn distinct_words(table: &Table<'_>, index: usize) -> Option<Words> {
    let column = table.column(index);
    if is_time_of_day(column.name, column.present().next().map_or("", |(_, cell)| cell)) {
        return None;
    }
    let words = content(column) == Content::Text;
    let (mut seen, mut of_row) = (Numbering::new(), Vec::new());
    for row in 0..column.rows() {
        let cell = column.cell(row);
        if !words && cell.parse::<i64>().is_err() {
            return None;
        }
        of_row.push(seen.number(cell));
        if seen.len() * MOST_WORDS > column.rows() {
            return None;
        }
    }
    Some(Words { column: index, of_row, distinct: seen.len() })
}

/// Hours and minutes are a part of the time, and no name.
fn is_time_of_day(name: &str, cell: &str) -> bool {
    const NAMES: [&str; 12] = ["time", "hour", "hours", "minute", "hr", "year", "month", "day", "week", "quarter", "시간", "시각"];
    let parts: Vec<&str> = cell.split([':', '.']).collect();
    let clock = parts.len() > 1 && parts.iter().all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()));
    clock || NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// All choices of `size` out of `count`, as far as `count` goes.
fn sets(count: usize, size: usize) -> Vec<Vec<usize>> {
    match size {
        0 => vec![Vec::new()],
        _ => (0..count)
            .rev()
            .flat_map(|last| {
                sets(last, size - 1).into_iter().map(move |mut rest| {
                    rest.push(last);
                    rest
                })
            })
            .collect(),
    }
}

/// Share of series and times that have a row; `None` where one has two. `timed` are the rows that have a time, `times` the numbers of those times.
fn fill(columns: &[Words], set: &[usize], timed: &[usize], (times, distinct_times): &(Vec<u32>, usize)) -> Option<f64> {
    // At most three columns make a set.
    let key = |row: usize| [0, 1, 2].map(|k| set.get(k).map_or(0, |at| columns[*at].of_row[row]));
    let (ids, distinct) = numbers(timed.iter().map(|row| key(*row)));
    let pairs = ids.iter().copied().zip(times.iter().copied());
    (all_differ(pairs, (distinct, *distinct_times)) && distinct * 2 <= timed.len())
        .then(|| timed.len() as f64 / (distinct * distinct_times) as f64)
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
