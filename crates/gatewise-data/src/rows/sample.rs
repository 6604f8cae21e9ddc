//! The first rows of a table, from which roles are found.

use std::collections::HashSet;

use crate::error::DataError;
use crate::grid::{Cell, NumberStyle};

/// The names of the columns and the cells of the first rows.
#[derive(Clone, Copy)]
pub(super) struct Sample<'a> {
    pub path: &'a str,
    pub names: &'a [String],
    pub rows: &'a [Vec<String>],
    pub style: &'a NumberStyle,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Every cell is missing.
    Nothing,
    Numbers,
    Text,
}

/// Share of cells that make a column one of numbers: a few that are none are errors to be named, many are words.
const MOSTLY: f64 = 0.8;

impl<'a> Sample<'a> {
    /// The cells of a column.
    pub fn cells(&self, column: usize) -> impl Iterator<Item = &'a str> + Clone {
        self.rows.iter().filter_map(move |row| row.get(column)).map(String::as_str)
    }

    /// The cells of a column that are not missing.
    pub fn present(&self, column: usize) -> impl Iterator<Item = &'a str> + Clone {
        let style = self.style;
        self.cells(column).filter(move |cell| !style.is_missing(cell))
    }

    /// The column of a name that was given.
    pub fn named(&self, name: &str) -> Result<usize, DataError> {
        self.find(name).ok_or_else(|| DataError::UnknownColumn {
            path: self.path.to_owned(),
            column: name.to_owned(),
            suggestion: self.nearest(name),
            columns: self.names.to_vec(),
        })
    }

    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// The columns of names that are known, in the order of the known ones, whatever the case.
    pub fn known<'b>(&'b self, names: &'b [&str]) -> impl Iterator<Item = usize> + 'b {
        names.iter().filter_map(|known| self.names.iter().position(|name| name.eq_ignore_ascii_case(known)))
    }

    pub fn content(&self, column: usize) -> Content {
        let (mut all, mut numbers) = (0_usize, 0_usize);
        for cell in self.cells(column) {
            match self.style.read(cell) {
                Cell::Number(_) | Cell::Infinite => (all, numbers) = (all + 1, numbers + 1),
                Cell::Text => all += 1,
                Cell::Missing => {}
            }
        }
        match all {
            0 => Content::Nothing,
            _ if numbers as f64 >= MOSTLY * all as f64 => Content::Numbers,
            _ => Content::Text,
        }
    }

    /// The words of a column in the order in which they first come; none where there are more than `most`.
    pub fn words(&self, column: usize, most: usize) -> Option<Vec<&'a str>> {
        let (mut seen, mut words) = (HashSet::new(), Vec::new());
        for cell in self.present(column) {
            if seen.insert(cell) {
                words.push(cell);
                if words.len() > most {
                    return None;
                }
            }
        }
        Some(words)
    }

    /// The names of columns, joined by commas.
    pub fn list(&self, columns: &[usize]) -> String {
        columns.iter().map(|&c| self.names[c].as_str()).collect::<Vec<_>>().join(",")
    }

    /// The name most like `wanted`, if one is near.
    fn nearest(&self, wanted: &str) -> Option<String> {
        /// Jaro-Winkler similarity from which a suggestion helps more than it puzzles.
        const NEAR: f64 = 0.75;
        let scored = self.names.iter().map(|name| (strsim::jaro_winkler(wanted, name), name));
        scored.filter(|(score, _)| *score >= NEAR).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name.clone())
    }
}
