//! Spreadsheets: one sheet as text, its dates as dates.

use std::io::Cursor;

use calamine::{Data, ExcelDateTime, Range, Reader, open_workbook_auto_from_rs};

use jiff::SignedDuration;
use jiff::civil::{DateTime, Time};

use super::{ods, sheet_size};
use crate::choice::Choice;
use crate::finding::{Finding, FindingKind, Findings};
use crate::guard::caught;

/// File starts of spreadsheets: zip archives, and the compound files of older ones.
const SIGNATURES: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"];

/// Serial days of the calendar, up to the end of the year 9999.
const DAYS: std::ops::Range<f64> = 0.0..2_958_466.0;

/// Between the cells of the text that a sheet becomes.
pub(super) const DELIMITER: u8 = b'\t';

pub(super) fn is_sheet(bytes: &[u8]) -> bool {
    SIGNATURES.iter().any(|signature| bytes.starts_with(signature))
}

/// Reads a sheet, by its name or its number from 1, else the first that holds a table: its text, and the row it starts on.
pub(super) fn read(
    bytes: Vec<u8>,
    wanted: Option<&str>,
    guesses: &mut Vec<Choice>,
    findings: &mut Findings,
) -> Result<(String, u64), Finding> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Finding::error(FindingKind::NotText, format!("is a zip archive or a spreadsheet that cannot be read: {error}"))
            .help("unpack it, or export the sheet as CSV")
    };
    sheet_size::hold(&bytes).and_then(|()| ods::hold(&bytes)).map_err(|e| unreadable(&e))?;
    let failed = || unreadable(&"it is damaged");
    let mut book = caught(|| open_workbook_auto_from_rs(Cursor::new(bytes))).ok_or_else(failed)?.map_err(|e| unreadable(&e))?;
    let names = book.sheet_names();
    let mut range_of = |name: &str| caught(|| sheet_size::range(&mut book, name)).ok_or_else(failed)?.map_err(|reason| unreadable(&reason));
    let (name, range) = match wanted {
        Some(wanted) => {
            let by_number = || wanted.parse::<usize>().ok().and_then(|n| names.get(n.checked_sub(1)?));
            let Some(name) = names.iter().find(|name| *name == wanted).or_else(by_number) else {
                let message = format!("no sheet \"{wanted}\"; it has {}", names.join(", "));
                return Err(Finding::error(FindingKind::Empty, message).help("⦃sheet⦄ with one of these names, or its number from 1"));
            };
            (name.clone(), range_of(name)?)
        }
        None => {
            let mut tables = Vec::new();
            for name in &names {
                let range = range_of(name)?;
                if range.height() > 1 {
                    tables.push((name.clone(), range));
                }
            }
            let others: Vec<String> = tables.iter().skip(1).map(|(name, _)| name.clone()).collect();
            let Some(first) = tables.into_iter().next() else {
                return Err(Finding::error(FindingKind::Empty, "no sheet holds a table").help("give one with a header and rows"));
            };
            if !others.is_empty() {
                let message = format!("sheet \"{}\" is read; not read: {}", first.0, others.join(", "));
                findings.push(Finding::note(FindingKind::LeftOut, message).help(format!("⦃sheet⦄ \"{}\"", others[0])));
            }
            first
        }
    };
    if names.len() > 1 && wanted.is_none() {
        guesses.push(Choice { what: "sheet".to_owned(), value: name, flag: "⦃sheet⦄".to_owned() });
    }
    Ok((text(&range), range.start().map_or(1, |(row, _)| u64::from(row) + 1)))
}

/// A date of a sheet. Its fraction of a day may fall short of a second by a rounding, which then has a thousand milliseconds.
fn civil(at: &ExcelDateTime) -> Option<DateTime> {
    // Beyond them the conversion wraps.
    if !DAYS.contains(&at.as_f64()) {
        return None;
    }
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let small = |n: u8| i8::try_from(n).ok();
    let whole =
        DateTime::new(i16::try_from(year).ok()?, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0).ok()?;
    whole.checked_add(SignedDuration::from_millis(i64::from(milli))).ok()
}

fn text(range: &Range<Data>) -> String {
    // Days by themselves are written without a time of day, unless others of their column have one.
    let timed: Vec<bool> = (0..range.width())
        .map(|column| {
            range.rows().any(|row| matches!(&row[column], Data::DateTime(at) if civil(at).is_some_and(|at| at.time() != Time::midnight())))
        })
        .collect();
    let mut text = String::new();
    for row in range.rows() {
        if row.iter().all(|cell| *cell == Data::Empty) {
            text.push('\n');
            continue;
        }
        for (column, cell) in row.iter().enumerate() {
            if column > 0 {
                text.push(char::from(DELIMITER));
            }
            let cell = match cell {
                Data::Empty => continue,
                Data::DateTime(at) if at.is_datetime() => match civil(at) {
                    Some(at) if timed[column] => format!("{} {}", at.date(), at.time()),
                    Some(at) => at.date().to_string(),
                    None => at.as_f64().to_string(),
                },
                Data::DateTime(span) => span.as_f64().to_string(),
                other => other.to_string(),
            };
            if cell.contains(['\t', '"', '\n', '\r']) {
                text += &format!("\"{}\"", cell.replace('"', "\"\""));
            } else {
                text += &cell;
            }
        }
        text.push('\n');
    }
    text
}
