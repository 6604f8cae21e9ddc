//! Finds out whether the first row names the columns, and names them.

use std::collections::HashSet;

use super::grid::Grid;
use super::number::{Cell, NumberStyle};
use crate::finding::{Finding, FindingKind, Findings};
use crate::time::{Kind, kind_of};

/// Rows compared with the first.
const SAMPLE_ROWS: usize = 20;

fn is_value(cell: &str, style: &NumberStyle) -> bool {
    matches!(style.read(cell), Cell::Number(_) | Cell::Infinite) || kind_of("", std::iter::once(cell)) == Kind::Date
}

/// True where the first row is a header: text over columns of numbers or dates.
fn has_header(grid: &Grid, style: &NumberStyle) -> bool {
    let rows = grid.rows().min(SAMPLE_ROWS + 1);
    let mut votes = 0_i32;
    let mut values_in_first = 0;
    for column in 0..grid.width() {
        let first = grid.cell(0, column);
        if style.is_missing(first) {
            continue;
        }
        let first_is_value = is_value(first, style);
        values_in_first += i32::from(first_is_value);
        let rest = || (1..rows).map(|row| grid.cell(row, column)).filter(|c| !style.is_missing(c));
        let values = rest().filter(|cell| is_value(cell, style)).count();
        if values * 2 > rest().count() {
            votes += if first_is_value { -1 } else { 1 };
        }
    }
    votes > 0 || (votes == 0 && values_in_first == 0)
}

/// Takes the header off the grid, or numbers the columns from 1 where there is none.
pub(super) fn take(grid: &mut Grid, style: &NumberStyle, findings: &mut Findings) -> Vec<String> {
    if !has_header(grid, style) {
        findings
            .push(Finding::note(FindingKind::NoHeader, format!("no header: columns are called 1 to {}", grid.width())).line(grid.line(0)));
        return (1..=grid.width()).map(|column| column.to_string()).collect();
    }
    let line = grid.line(0);
    let mut taken = HashSet::new();
    let mut names = Vec::with_capacity(grid.width());
    for (column, cell) in grid.take_first_row().into_iter().enumerate() {
        let wanted = if cell.is_empty() { (column + 1).to_string() } else { cell };
        let mut name = wanted.clone();
        let mut copy = 1;
        while !taken.insert(name.clone()) {
            name = format!("{wanted}.{copy}");
            copy += 1;
        }
        if copy > 1 {
            findings.push(
                Finding::warning(FindingKind::DuplicateColumn, format!("a second column of this name is called \"{name}\""))
                    .column(&wanted)
                    .line(line),
            );
        }
        names.push(name);
    }
    names
}
