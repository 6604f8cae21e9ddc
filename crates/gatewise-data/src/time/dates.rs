//! A column of dates: one written form, settled over all cells.

use std::collections::HashMap;

use jiff::civil::DateTime;

use super::column::{Times, missing_time, not_a_time};
use super::format::{DateFormat, DateOrder, TimeFormat};
use super::scan::{Form, scan};
use super::{Time, add_nanos};
use crate::dataset::Guess;
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::table::Column;

/// Cells looked at to find the form most of the column has.
const FORM_SAMPLE: usize = 1000;

/// What the cells of the common form say together.
#[derive(Default)]
struct Evidence<'a> {
    first_above_12: usize,
    second_above_12: usize,
    padded: Option<bool>,
    hour_padded: Option<bool>,
    fraction: u8,
    zone: Option<(&'a str, i32)>,
    offsets_differ: bool,
}

impl<'a> Evidence<'a> {
    fn gather(column: &'a Column<'_>, form: Form) -> Self {
        let mut seen = Evidence::default();
        for (_, cell) in column.present() {
            let Some(s) = scan(cell).filter(|s| s.form == form) else {
                continue;
            };
            seen.first_above_12 += usize::from(s.first > 12);
            seen.second_above_12 += usize::from(s.second > 12);
            seen.padded = merge(seen.padded, s.padded);
            seen.hour_padded = merge(seen.hour_padded, s.hour_padded);
            seen.fraction = seen.fraction.max(s.fraction);
            if let (Some(old), Some(new)) = (seen.zone, s.zone) {
                seen.offsets_differ |= old.1 != new.1;
            }
            seen.zone = seen.zone.or(s.zone);
        }
        seen
    }
}

/// One cell without a leading zero shows the column has none.
fn merge(so_far: Option<bool>, cell: Option<bool>) -> Option<bool> {
    match (so_far, cell) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (some, None) => some,
        (_, some) => some,
    }
}

/// Reads the dates in the form most of them have; an `Err` leaves no way to go on.
pub(super) fn read_dates(column: &Column<'_>, given: Option<DateOrder>, findings: &mut Findings) -> Result<Times, Finding> {
    let form = common_form(column).ok_or_else(|| not_a_time(column))?;
    let seen = Evidence::gather(column, form);
    let (order, guess) = settle_order(column, form, &seen, given)?;
    let format = DateFormat {
        order,
        separator: form.separator,
        month: form.month,
        year_digits: form.year_digits,
        padded: seen.padded.or(seen.hour_padded).unwrap_or(true),
        clock: form.clock,
        hour_padded: seen.hour_padded.or(seen.padded).unwrap_or(true),
        fraction: seen.fraction,
        zone: match seen.zone {
            Some(_) if seen.offsets_differ => Some("Z".to_owned()),
            zone => zone.map(|(text, _)| text.to_owned()),
        },
    };
    if seen.offsets_differ {
        findings.push(
            Finding::note(FindingKind::MixedOffsets, "offsets from UTC differ from row to row: times are taken to UTC").column(column.name),
        );
    }
    let mut times = Vec::with_capacity(column.rows());
    for row in 0..column.rows() {
        let scanned = scan(column.cell(row));
        let time = scanned.filter(|s| s.form == form).and_then(|s| Some((s.civil(order)?, s.zone))).map(|(at, zone)| match zone {
            Some((_, minutes)) if seen.offsets_differ => to_utc(at, minutes),
            _ => at,
        });
        if time.is_none() && column.is_missing(row) {
            missing_time(column, row, findings);
        } else if time.is_none() {
            let other = scanned.is_some_and(|s| s.form != form);
            report_odd_cell(column, row, other, &format, findings);
        }
        times.push(time.map(Time::Date));
    }
    Ok(Times { format: TimeFormat::Date(format), times, guess })
}

fn common_form(column: &Column<'_>) -> Option<Form> {
    let mut counts: HashMap<Form, (usize, usize)> = HashMap::new();
    let forms = column.present().filter_map(|(row, cell)| Some((row, scan(cell)?.form)));
    for (row, form) in forms.take(FORM_SAMPLE) {
        counts.entry(form).or_insert((0, row)).0 += 1;
    }
    // The earlier one where two are as common: the choice may not hang on the hash order.
    counts.into_iter().max_by_key(|(_, (count, row))| (*count, usize::MAX - row)).map(|(form, _)| form)
}

/// Which number is the day, from what is given, from numbers above 12, or by custom.
fn settle_order(
    column: &Column<'_>,
    form: Form,
    seen: &Evidence<'_>,
    given: Option<DateOrder>,
) -> Result<(DateOrder, Option<Guess>), Finding> {
    if !form.needs_order() {
        let compact = form.separator.is_none() && form.order == DateOrder::YearMonthDay;
        let guess = compact.then(|| Guess {
            what: "date format".to_owned(),
            value: "YYYYMMDD".to_owned(),
            flag: format!("--time \"{}:int\"", column.name),
        });
        return Ok((form.order, guess));
    }
    if let Some(order) = given {
        return Ok((order, None));
    }
    // With dots the day comes first wherever dots are the custom.
    let day_first = seen.first_above_12 > seen.second_above_12 || (form.separator == Some('.') && seen.second_above_12 == 0);
    if !day_first && seen.second_above_12 == 0 {
        let first = column.present().find(|(_, cell)| scan(cell).is_some());
        let (row, cell) = first.unwrap_or((0, ""));
        return Err(Finding::error(
            FindingKind::AmbiguousDate,
            format!("\"{cell}\" may be day first or month first, and no row of the file tells"),
        )
        .column(column.name)
        .line(column.line(row))
        .help(format!("--time \"{0}:dmy\" (day first), or --time \"{0}:mdy\" (month first)", column.name)));
    }
    let (order, value, other) =
        if day_first { (DateOrder::DayMonthYear, "day first", "mdy") } else { (DateOrder::MonthDayYear, "month first", "dmy") };
    let guess = Guess { what: "date format".to_owned(), value: value.to_owned(), flag: format!("--time \"{}:{other}\"", column.name) };
    Ok((order, Some(guess)))
}

fn to_utc(at: DateTime, offset_minutes: i32) -> DateTime {
    add_nanos(at, -60_000_000_000, i64::from(offset_minutes))
}

fn report_odd_cell(column: &Column<'_>, row: usize, other_form: bool, format: &DateFormat, findings: &mut Findings) {
    let cell = column.cell(row);
    let (kind, message, help) = if other_form {
        (
            FindingKind::MixedTimeFormat,
            format!("\"{cell}\" is not written as the other dates are ({})", format.pattern()),
            "write every date of the column the same way",
        )
    } else {
        (
            FindingKind::NotATime,
            format!("\"{cell}\" is not a date ({})", format.pattern()),
            "correct the cell, or count the rows with --time row",
        )
    };
    findings.add(Severity::Error, kind, Some(column.name), || {
        Finding::error(kind, message).column(column.name).line(column.line(row)).help(help)
    });
}
