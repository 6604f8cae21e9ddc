//! Rows below a table: totals, notes, empty ones.

use super::frame::{Body, Look, MOST_BELOW, filled, first_cell, look};
use crate::grid::Grid;
use crate::grid::NumberStyle;

/// First words of rows that sum a table up.
const TOTALS: [&str; 25] = [
    "total",
    "totals",
    "sum",
    "subtotal",
    "grand",
    "average",
    "avg",
    "mean",
    "median",
    "count",
    "min",
    "max",
    "summe",
    "gesamt",
    "total:",
    "somme",
    "итого",
    "합계",
    "총계",
    "소계",
    "총합",
    "총합계",
    "평균",
    "合計",
    "总计",
];

/// The first of the rows below the table.
pub(super) fn first(grid: &Grid, body: &Body, style: &NumberStyle, from: usize) -> usize {
    let mut end = grid.rows();
    let mut foot = end;
    while end > from + 1 && grid.rows() - end < MOST_BELOW {
        if filled(grid, end - 1) == 0 {
            // Empty rows at the end go without a word, and with what stands below them.
            if foot == end {
                foot = end - 1;
            }
        } else if is_below(grid, body, style, end - 1) {
            foot = end - 1;
        } else {
            break;
        }
        end -= 1;
    }
    foot
}

/// Whether a row is no row of the table: words where dates or numbers stand.
fn is_below(grid: &Grid, body: &Body, style: &NumberStyle, row: usize) -> bool {
    let first = first_cell(grid, row);
    let word = first.trim_start_matches(['*', '#', '(', '[']).split([' ', '\u{a0}', ':', '(']).next().unwrap_or("").to_lowercase();
    let is_total = TOTALS.contains(&word.as_str());
    let is_note = filled(grid, row) == 1 && look(first, style) == Look::Text && !first.starts_with(|c: char| c.is_ascii_digit());
    let wordy = |cell: &str| {
        let starts = cell.starts_with(|c: char| c.is_alphabetic() || "*#([†‡".contains(c));
        look(cell, style) == Look::Text && starts && !cell.bytes().any(|b| b.is_ascii_digit())
    };
    match body.dates() {
        Some(dates) => {
            let at_date = grid.cell_if(row, dates);
            match look(at_date, style) {
                Look::Date => false,
                Look::Nothing => is_total || (is_note && body.looks[0] != Look::Text),
                _ => wordy(at_date) || is_total || is_note,
            }
        }
        None => {
            let misplaced = body.typed().any(|(column, _)| look(grid.cell_if(row, column), style) == Look::Text);
            let narrow = grid.width_of(row) < body.looks.len();
            let at_start = body.looks.first().is_some_and(|look| matches!(look, Look::Number)) && wordy(grid.cell_if(row, 0));
            (is_total && (at_start || body.looks[0] == Look::Text && filled(grid, row) < body.looks.len()))
                || (is_note && body.looks.len() > 1 && (misplaced || narrow))
        }
    }
}
