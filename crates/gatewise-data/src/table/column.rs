//! One column of a grid, and what its cells look like.

use super::grid::Grid;
use super::number::{Cell, NumberStyle};

/// A column with its name.
#[derive(Clone, Copy)]
pub(crate) struct Column<'a> {
    grid: &'a Grid,
    style: &'a NumberStyle,
    index: usize,
    pub name: &'a str,
}

impl<'a> Column<'a> {
    pub fn new(grid: &'a Grid, style: &'a NumberStyle, index: usize, name: &'a str) -> Self {
        Column { grid, style, index, name }
    }

    /// A column over the one column of another grid.
    pub fn over<'b>(&self, grid: &'b Grid, name: &'b str) -> Column<'b>
    where
        'a: 'b,
    {
        Column { grid, style: self.style, index: 0, name }
    }

    pub fn rows(&self) -> usize {
        self.grid.rows()
    }

    pub fn cell(&self, row: usize) -> &'a str {
        self.grid.cell(row, self.index)
    }

    pub fn line(&self, row: usize) -> u64 {
        self.grid.line(row)
    }

    pub fn is_missing(&self, row: usize) -> bool {
        self.style.is_missing(self.cell(row))
    }

    pub fn read(&self, row: usize) -> Cell {
        self.style.read(self.cell(row))
    }

    /// Rows and cells that are not missing.
    pub fn present(self) -> impl Iterator<Item = (usize, &'a str)> {
        (0..self.rows()).filter(move |row| !self.is_missing(*row)).map(move |row| (row, self.cell(row)))
    }

    /// Rows spread evenly over the column, at most about `count`, with their cells.
    pub fn sample(self, count: usize) -> impl Iterator<Item = (usize, &'a str)> {
        let stride = self.rows().div_ceil(count.max(1)).max(1);
        (0..self.rows()).step_by(stride).filter(move |row| !self.is_missing(*row)).map(move |row| (row, self.cell(row)))
    }
}

/// What most cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Numbers,
    Text,
    Nothing,
}

/// Rows looked at to tell numbers from text.
const SAMPLE_ROWS: usize = 10_000;

pub(crate) fn content(column: Column<'_>) -> Content {
    let (mut numbers, mut text) = (0_usize, 0_usize);
    for (row, _) in column.sample(SAMPLE_ROWS) {
        match column.read(row) {
            Cell::Number(_) | Cell::Infinite => numbers += 1,
            Cell::Text => text += 1,
            Cell::Missing => {}
        }
    }
    // A column that is nearly all missing may hold its few values between the rows looked at.
    if numbers + text == 0 {
        for (row, _) in column.present().take(1) {
            match column.read(row) {
                Cell::Number(_) | Cell::Infinite => numbers += 1,
                Cell::Text => text += 1,
                Cell::Missing => {}
            }
        }
    }
    match (numbers, text) {
        (0, 0) => Content::Nothing,
        (numbers, text) if numbers >= text => Content::Numbers,
        _ => Content::Text,
    }
}

/// True for 0, 1, 2, … or 1, 2, 3, … in every row.
pub(crate) fn counts_rows(column: Column<'_>) -> bool {
    let first = match column.rows() {
        0 | 1 => return false,
        _ => column.cell(0),
    };
    let Some(start) = first.parse::<usize>().ok().filter(|n| *n <= 1) else {
        return false;
    };
    (0..column.rows()).all(|row| column.cell(row).parse() == Ok(start + row))
}
