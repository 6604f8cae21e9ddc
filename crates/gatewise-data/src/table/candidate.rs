//! The column that may name the series, in a long table read as a wide one.

use std::collections::HashSet;

use super::column::{Content, content};
use super::roles::Table;
use crate::time::Time;

/// The column with the fewest words or whole numbers under which no time occurs twice.
pub(super) fn find(table: &Table<'_>, time_columns: &[usize], times: &[Option<Time>]) -> Option<String> {
    let distinct_ids = |c: usize| {
        let column = table.column(c);
        let words = content(column) == Content::Text;
        let mut ids = HashSet::new();
        let mut pairs = HashSet::new();
        let tells_apart = times.iter().enumerate().all(|(row, time)| {
            let cell = column.cell(row);
            ids.insert(cell);
            (words || cell.parse::<i64>().is_ok()) && pairs.insert((cell, time))
        });
        (tells_apart && ids.len() * 2 <= times.len()).then_some((ids.len(), c))
    };
    let (_, column) = (0..table.names.len()).filter(|c| !time_columns.contains(c)).filter_map(distinct_ids).min()?;
    Some(table.names[column].clone())
}
