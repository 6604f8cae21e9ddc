//! A column of dates in a form of its own.

use jiff::civil::DateTime;

use super::column::{Times, missing_time, not_a_time};
use super::format::TimeFormat;
use super::order::choose;
use super::pattern::Pattern;
use super::templates::dress;
use super::{Time, add_nanos};
use crate::choice::Choice;
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::grid::Column;

/// Cells that leading zeros, capitals and offsets are found from.
const SAMPLE: usize = 1_000;

/// Reads the dates in the one of the forms that the column speaks for; `given` is the user's own form.
pub(super) fn read_patterns(column: &Column<'_>, patterns: &[Pattern], given: bool, findings: &mut Findings) -> Result<Times, Finding> {
    let read = |pattern: &Pattern| -> Vec<Option<(DateTime, Option<i32>)>> {
        (0..column.rows()).map(|row| pattern.read(column.cell(row))).collect()
    };
    let readings: Vec<_> = patterns.iter().map(read).collect();
    let civil = |reading: &Vec<Option<(DateTime, Option<i32>)>>| reading.iter().map(|time| time.map(|(at, _)| at)).collect::<Vec<_>>();
    let chosen = match &readings[..] {
        [] => return Err(not_a_time(column)),
        [_] => 0,
        several => choose(&several.iter().map(civil).collect::<Vec<_>>()).map_err(|left| ambiguous(column, patterns, &left))?,
    };
    let reading = &readings[chosen];
    if reading.iter().all(Option::is_none) {
        return Err(unread(column, &patterns[chosen]));
    }
    let sample: Vec<&str> = column.present().take(SAMPLE).map(|(_, cell)| cell).collect();
    let offset = reading.iter().flatten().find_map(|(_, offset)| *offset);
    let differ = offset.is_some() && reading.iter().flatten().any(|(_, other)| *other != offset);
    let mut pattern = if given { patterns[chosen].clone() } else { dress(&patterns[chosen], &sample) };
    if differ {
        findings.push(
            Finding::note(FindingKind::MixedOffsets, "offsets from UTC differ from row to row: times are taken to UTC").column(column.name),
        );
        pattern = pattern.with_offset("Z");
    } else if given {
        pattern = dress_offset(&pattern, &sample);
    }
    let times = reading.iter().enumerate().map(|(row, time)| {
        if time.is_none() && column.is_missing(row) {
            missing_time(column, row, findings);
        } else if time.is_none() {
            report(column, row, &patterns[chosen], findings);
        }
        time.map(|(at, offset)| Time::Date(if differ { add_nanos(at, -60_000_000_000, i64::from(offset.unwrap_or(0))) } else { at }))
    });
    let times = times.collect();
    let digits = sample.first().is_some_and(|cell| cell.parse::<f64>().is_ok());
    let other = patterns.iter().enumerate().find(|(p, _)| *p != chosen);
    let other = other.map_or(if digits { "int" } else { "FORM" }.to_owned(), |(_, pattern)| pattern.to_string());
    let guess = (!given).then(|| Choice {
        what: "date format".to_owned(),
        value: pattern.to_string(),
        flag: format!("⦃time⦄ \"{}:{other}\"", column.name),
    });
    Ok(Times { format: TimeFormat::Pattern(pattern), times, guess })
}

/// The pattern the user gave, with the offset that all cells have.
fn dress_offset(pattern: &Pattern, cells: &[&str]) -> Pattern {
    if pattern.has_offset() { dress(pattern, cells) } else { pattern.clone() }
}

fn ambiguous(column: &Column<'_>, patterns: &[Pattern], left: &[usize]) -> Finding {
    let (row, cell) = column.present().next().unwrap_or((0, ""));
    let forms: Vec<String> = left.iter().map(|p| format!("⦃time⦄ \"{}:{}\"", column.name, patterns[*p])).collect();
    Finding::error(FindingKind::AmbiguousDate, format!("\"{cell}\" may be read in {} ways, and no row of the file tells", left.len()))
        .column(column.name)
        .line(column.line(row))
        .help(forms.join(", or "))
}

fn unread(column: &Column<'_>, pattern: &Pattern) -> Finding {
    let (row, cell) = column.present().next().unwrap_or((0, ""));
    Finding::error(FindingKind::NotATime, format!("\"{cell}\" is not written as {pattern}, nor is any other cell"))
        .column(column.name)
        .line(column.line(row))
        .help("give the form of the cells, or leave it out to have it found out")
}

fn report(column: &Column<'_>, row: usize, pattern: &Pattern, findings: &mut Findings) {
    let kind = FindingKind::NotATime;
    findings.add(Severity::Error, kind, Some(column.name), || {
        Finding::error(kind, format!("\"{}\" is no time of the form {pattern}", column.cell(row)))
            .column(column.name)
            .line(column.line(row))
            .help("correct the cell or delete the row, or count the rows with ⦃time⦄ row")
    });
}
