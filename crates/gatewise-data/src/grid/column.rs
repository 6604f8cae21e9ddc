//! One column of a grid, and what its cells look like.

use std::collections::HashMap;

use super::Grid;
use super::number::NumberStyle;

/// A column with its name.
#[derive(Clone, Copy)]
pub(crate) struct Column<'a> {
    grid: &'a Grid,
    style: &'a NumberStyle,
    index: usize,
    joined: Option<&'a Joined>,
    pub name: &'a str,
}

/// A column put together from several: distinct texts, and which each row has.
pub(crate) struct Joined {
    texts: Vec<String>,
    of_row: Vec<u32>,
}

/// Between the texts of columns that are put together.
pub(crate) const JOINT: &str = "/";

impl Joined {
    pub fn of(columns: &[Column<'_>]) -> Self {
        let text = |row: usize| {
            let cells: Vec<&str> = columns.iter().map(|column| column.cell(row)).collect();
            // A row without any of them has no id.
            if cells.iter().all(|cell| cell.is_empty()) { String::new() } else { cells.join(JOINT) }
        };
        Self::of_texts((0..columns.first().map_or(0, Column::rows)).map(text))
    }

    /// A text for each row.
    pub fn of_texts(texts: impl Iterator<Item = String>) -> Self {
        let mut joined = Joined { texts: Vec::new(), of_row: Vec::new() };
        let mut known: HashMap<String, u32> = HashMap::new();
        for text in texts {
            let next = known.len() as u32;
            let index = *known.entry(text).or_insert_with_key(|text| {
                joined.texts.push(text.clone());
                next
            });
            joined.of_row.push(index);
        }
        joined
    }
}

impl<'a> Column<'a> {
    pub fn new(grid: &'a Grid, style: &'a NumberStyle, index: usize, name: &'a str) -> Self {
        Column { grid, style, index, joined: None, name }
    }

    /// The column put together from others, under its name.
    pub fn joined(self, joined: &'a Joined, name: &'a str) -> Self {
        Column { joined: Some(joined), name, ..self }
    }

    pub fn rows(&self) -> usize {
        self.grid.rows()
    }

    pub fn cell(&self, row: usize) -> &'a str {
        match self.joined {
            None => self.grid.cell(row, self.index),
            Some(joined) => &joined.texts[joined.of_row[row] as usize],
        }
    }

    pub fn line(&self, row: usize) -> u64 {
        self.grid.line(row)
    }

    pub fn is_missing(&self, row: usize) -> bool {
        self.style.is_missing(self.cell(row))
    }

    pub fn style(&self) -> &'a NumberStyle {
        self.style
    }

    /// Whether the cell is a number, in any form that people write.
    pub fn is_number(&self, row: usize) -> bool {
        self.style.is_number(self.cell(row))
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
        if column.is_number(row) { numbers += 1 } else { text += 1 }
    }
    // A column that is nearly all missing may hold its few values between the rows looked at.
    if numbers + text == 0
        && let Some((row, _)) = column.present().next()
    {
        if column.is_number(row) { numbers += 1 } else { text += 1 }
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
