//! The cells of columns, one by one, for those who write them.
#![allow(dead_code)] // Each form needs some of it.

use std::ops::Range;

use crate::columns::Values;
use crate::time::{Time, civil_nanos};

/// A value that is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Bool(bool),
    Whole(i64),
    Number(f64),
    Text(&'a str),
    Time(Time),
}

/// Some rows of a column; none where a value is missing.
pub(super) fn cells(values: &Values, rows: Range<usize>) -> impl Iterator<Item = Option<Cell<'_>>> {
    rows.map(move |row| match values {
        Values::Booleans(values) => values[row].map(Cell::Bool),
        Values::Integers(values) => values[row].map(Cell::Whole),
        Values::Numbers(values) => Some(values[row]).filter(|value| !value.is_nan()).map(Cell::Number),
        Values::Texts(values) => Some(values[row].as_str()).filter(|text| !text.is_empty()).map(Cell::Text),
        Values::Times(values) => values[row].map(Cell::Time),
    })
}

/// How the times of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeKind {
    Micros,
    /// Nanoseconds, where microseconds would lose some and the years allow it.
    Nanos,
    /// Whole numbers.
    Counts,
    /// Dates and whole numbers, as texts.
    Mixed,
}

pub(super) fn time_kind(times: &[Option<Time>]) -> TimeKind {
    let mut dates = times.iter().flatten().filter_map(|time| if let Time::Date(at) = time { Some(*at) } else { None });
    let counts = times.iter().flatten().any(|time| matches!(time, Time::Index(_)));
    match (dates.clone().next().is_some(), counts) {
        (true, true) => TimeKind::Mixed,
        (false, true) => TimeKind::Counts,
        _ if dates.clone().any(|at| at.subsec_nanosecond() % 1000 != 0) && dates.all(|at| i64::try_from(civil_nanos(at)).is_ok()) => {
            TimeKind::Nanos
        }
        _ => TimeKind::Micros,
    }
}

/// How the values of a column are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Whole,
    Double,
    Text,
    /// Microseconds, or nanoseconds where times need them.
    Micros,
    Nanos,
}

impl Kind {
    pub fn of(values: &Values) -> Self {
        match values {
            Values::Booleans(_) => Self::Bool,
            Values::Integers(_) => Self::Whole,
            Values::Numbers(_) => Self::Double,
            Values::Texts(_) => Self::Text,
            Values::Times(times) => match time_kind(times) {
                TimeKind::Micros => Self::Micros,
                TimeKind::Nanos => Self::Nanos,
                TimeKind::Counts => Self::Whole,
                TimeKind::Mixed => Self::Text,
            },
        }
    }
}

/// Columns of every kind, each with a missing value.
#[cfg(test)]
pub(super) fn sample() -> crate::columns::Columns {
    let at = |second: i8, nano| Some(Time::Date(jiff::civil::date(2026, 5, 1).at(10, 30, second, nano)));
    crate::columns::Columns::new()
        .with("at", Values::Times(vec![at(0, 0), at(1, 250_000_000), None, at(3, 0), at(4, 0), at(5, 0), at(6, 0), at(7, 0), at(8, 0)]))
        .with("exact", Values::Times((0..9).map(|k| at(k, i32::from(k) + 1)).collect()))
        .with("step", Values::Times((0..9).map(|k| (k > 0).then_some(Time::Index(k))).collect()))
        .with("name", Values::Texts(["a", "", "서울", "d,e", "f\"g", "h", "i", "j", "k"].map(str::to_owned).to_vec()))
        .with("count", Values::Integers((0..9).map(|k| (k != 4).then_some(i64::MAX - k)).collect()))
        .with("price", Values::Numbers((0..9).map(|k| if k == 5 { f64::NAN } else { 0.1 * f64::from(k) }).collect()))
        .with("open", Values::Booleans((0..9).map(|k| (k != 6).then_some(k % 3 == 0)).collect()))
}
