//! A column of whole numbers as times.

use super::Time;
use super::column::{Times, missing_time};
use super::format::{EpochUnit, TimeFormat};
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::table::Column;

/// Whole numbers, or an epoch where `unit` is given.
pub(super) fn read_integers(column: &Column<'_>, unit: Option<EpochUnit>, findings: &mut Findings) -> Times {
    let mut times = Vec::with_capacity(column.rows());
    for row in 0..column.rows() {
        let cell = column.cell(row);
        let time = cell.parse::<i64>().ok().map(|count| match unit {
            Some(unit) => unit.to_time(count),
            None => Time::Index(count),
        });
        if time.is_none() && column.is_missing(row) {
            missing_time(column, row, findings);
        } else if time.is_none() {
            let kind = FindingKind::NotATime;
            findings.add(Severity::Error, kind, Some(column.name), || {
                Finding::error(kind, format!("\"{cell}\" is not a whole number"))
                    .column(column.name)
                    .line(column.line(row))
                    .help("correct the cell, or count the rows with --time row")
            });
        }
        times.push(time);
    }
    if unit.is_none() {
        note_epoch(column, &times, findings);
    }
    Times { format: unit.map_or(TimeFormat::Integer, TimeFormat::Epoch), times, guess: None }
}

/// Seconds since 1970 in the years 2001 to 2100, roughly.
const EPOCH_SECONDS: std::ops::Range<i64> = 1_000_000_000..4_100_000_000;

fn note_epoch(column: &Column<'_>, times: &[Option<Time>], findings: &mut Findings) {
    let looks = |range: std::ops::Range<i64>| times.iter().flatten().all(|time| matches!(time, Time::Index(at) if range.contains(at)));
    let suffix = if times.iter().flatten().next().is_none() {
        return;
    } else if looks(EPOCH_SECONDS) {
        "epoch"
    } else if looks(EPOCH_SECONDS.start * 1000..EPOCH_SECONDS.end * 1000) {
        "epoch-ms"
    } else {
        return;
    };
    let unit = if suffix == "epoch" { "seconds" } else { "milliseconds" };
    findings.push(
        Finding::note(FindingKind::EpochLike, format!("whole numbers that look like {unit} since 1970"))
            .column(column.name)
            .help(format!("--time \"{}:{suffix}\" reads them as dates", column.name)),
    );
}
