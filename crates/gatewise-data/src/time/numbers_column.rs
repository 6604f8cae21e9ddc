//! A column of numbers as times.

use super::Time;
use super::column::{Times, missing_time};
use super::format::TimeFormat;
use super::numbers::Count;
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::grid::Column;

/// Whole numbers.
pub(super) fn read_integers(column: &Column<'_>, findings: &mut Findings) -> Times {
    let times = read(column, |cell| cell.parse().ok().map(Time::Index), "is not a whole number", findings);
    Times { format: TimeFormat::Integer, times, guess: None }
}

/// Counts since a start.
pub(super) fn read_counts(column: &Column<'_>, count: Count, findings: &mut Findings) -> Times {
    let times = read(column, |cell| count.read(cell), "is not a number", findings);
    let format = if count.digits == 0 { TimeFormat::Epoch(count.unit) } else { TimeFormat::Count(count) };
    Times { format, times, guess: None }
}

fn read(column: &Column<'_>, of: impl Fn(&str) -> Option<Time>, what: &str, findings: &mut Findings) -> Vec<Option<Time>> {
    let mut times = Vec::with_capacity(column.rows());
    for row in 0..column.rows() {
        let cell = column.cell(row);
        let time = of(cell);
        if time.is_none() && column.is_missing(row) {
            missing_time(column, row, findings);
        } else if time.is_none() {
            let kind = FindingKind::NotATime;
            findings.add(Severity::Error, kind, Some(column.name), || {
                Finding::error(kind, format!("\"{cell}\" {what}"))
                    .column(column.name)
                    .line(column.line(row))
                    .help("correct the cell, or count the rows with ⦃time⦄ row")
            });
        }
        times.push(time);
    }
    times
}
