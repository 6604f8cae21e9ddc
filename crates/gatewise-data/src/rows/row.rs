//! A row, and how rows are read.

use std::ops::Range;

use crate::grid::NumberStyle;

/// Word that stands for no column at all where a column could be named: nothing is guessed then.
pub const NO_COLUMN: &str = "none";

/// Settings of a row-by-row read; what is left empty is found out from the first rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowOptions {
    /// Columns of numbers to watch; empty: every one, and every column of states.
    pub values: Vec<String>,
    /// Time column, as [`ReadOptions::time`](crate::ReadOptions::time); `ts:epoch-us` and `ts:epoch-ns` too.
    pub time: Option<String>,
    /// Columns that name the series of a long table, joined by commas where only several together do; [`NO_COLUMN`] where all rows are one.
    pub id: Option<String>,
    /// Columns whose cells are states, such as words or codes; [`NO_COLUMN`] alone for none.
    pub states: Option<Vec<String>>,
    /// Columns of numbers that count up and are reset now and then; [`NO_COLUMN`] alone for none.
    pub counters: Option<Vec<String>>,
    /// Column that says which rows are anomalies; [`NO_COLUMN`] for none.
    pub label: Option<String>,
    /// Cells that mean "missing", beside the usual ones.
    pub na: Vec<String>,
    /// Field delimiter.
    pub delimiter: Option<u8>,
    /// Whether rows are still being written: roles are then found from those at hand, without waiting for more.
    pub live: bool,
}

impl RowOptions {
    /// The columns that are asked for by name.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        let lists = [Some(&self.values), self.states.as_ref(), self.counters.as_ref()].into_iter().flatten().flatten();
        let settings = [&self.time, &self.id, &self.label].into_iter();
        lists.map(String::as_str).chain(settings.flat_map(|setting| crate::names::listed(setting.as_deref())))
    }
}

/// A row.
#[derive(Debug)]
pub struct Row<'a> {
    /// Line of the file, from 1.
    pub line: u64,
    /// Whole seconds since 1970, or a whole count; none without a time column.
    pub seconds: Option<i64>,
    /// Nanoseconds beyond the whole second; of a count, billionths beyond the whole number.
    pub nanos: u32,
    /// The series, counted from 0 in the order of [`RowReader::series`](super::RowReader::series); 0 in a table of one.
    pub series: usize,
    /// Its name; empty in a table of one.
    pub id: &'a str,
    /// The values: (C), NaN where missing.
    pub values: &'a [f64],
    /// What the label column says, as the place of its word among [`RowReader::labels`](super::RowReader::labels); none where it is missing.
    pub label: Option<u8>,
    /// The line as it is.
    pub text: &'a str,
    pub(super) fields: &'a [Range<usize>],
    pub(super) echoed: &'a [usize],
    pub(super) states: &'a [usize],
    pub(super) style: &'a NumberStyle,
}

impl<'a> Row<'a> {
    /// The cells of the time, id, value and state columns as the file has them.
    pub fn cells(&self) -> impl Iterator<Item = &'a str> {
        let (text, fields) = (self.text, self.fields);
        self.echoed.iter().map(move |&c| &text[fields[c].clone()])
    }

    /// The cells of the state columns: (S), none where missing.
    pub fn states(&self) -> impl Iterator<Item = Option<&'a str>> {
        let (text, fields, style) = (self.text, self.fields, self.style);
        self.states.iter().map(move |&c| Some(&text[fields[c].clone()]).filter(|cell| !style.is_missing(cell)))
    }
}
