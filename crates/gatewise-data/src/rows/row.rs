//! A row, and how rows are read.

use std::ops::Range;

/// Settings of a row-by-row read; what is left empty is found out from the first rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowOptions {
    /// Columns to watch; empty: every column of numbers.
    pub values: Vec<String>,
    /// Time column, as [`ReadOptions::time`](crate::ReadOptions::time).
    pub time: Option<String>,
    /// Column of zeros and ones that says which rows are anomalies.
    pub label: Option<String>,
    /// Cells that mean "missing", beside the usual ones.
    pub na: Vec<String>,
    /// Field delimiter.
    pub delimiter: Option<u8>,
}

/// A row.
#[derive(Debug)]
pub struct Row<'a> {
    /// Line of the file, from 1.
    pub line: u64,
    /// Seconds since 1970, or a count; none without a time column.
    pub seconds: Option<i64>,
    /// The values: (C), NaN where missing.
    pub values: &'a [f64],
    /// What the label column says.
    pub label: Option<bool>,
    /// The line as it is.
    pub text: &'a str,
    pub(super) fields: &'a [Range<usize>],
    pub(super) echoed: &'a [usize],
}

impl<'a> Row<'a> {
    /// The cells of the time and value columns as the file has them.
    pub fn cells(&self) -> impl Iterator<Item = &'a str> {
        let (text, fields) = (self.text, self.fields);
        self.echoed.iter().map(move |&c| &text[fields[c].clone()])
    }
}
