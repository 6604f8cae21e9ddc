//! A column of dates: one written form, settled over all cells.

use std::collections::HashMap;

use jiff::civil::DateTime;

use super::column::{Times, missing_time, not_a_time};
use super::detect::ORDERS;
use super::format::{DateFormat, DateOrder, TimeFormat};
use super::order::choose;
use super::scan::{Form, Scanned, scan};
use super::{Time, add_nanos};
use crate::choice::Choice;
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::grid::Column;

/// Cells looked at to find the form most of the column has.
const FORM_SAMPLE: usize = 1000;

/// What the cells of the common form say together.
#[derive(Default)]
struct Evidence<'a> {
    to_24: bool,
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
            if let Some(scanned) = scan(cell).filter(|s| s.form == form) {
                seen.add(&scanned);
            }
        }
        seen
    }

    fn add(&mut self, s: &Scanned<'a>) {
        self.to_24 |= s.clock[0] == 24;
        self.padded = merge(self.padded, s.padded);
        self.hour_padded = merge(self.hour_padded, s.hour_padded);
        self.fraction = self.fraction.max(s.fraction);
        if let (Some(old), Some(new)) = (self.zone, s.zone) {
            self.offsets_differ |= old.1 != new.1;
        }
        self.zone = self.zone.or(s.zone);
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
    let (seen, read) = match read_even(column, form) {
        Some((seen, times)) => (seen, Some(times)),
        None => (Evidence::gather(column, form), None),
    };
    let (order, guess) = settle_order(column, form, given, findings)?;
    let format = DateFormat {
        fraction: seen.fraction,
        zone: match seen.zone {
            Some(_) if seen.offsets_differ => Some("Z".to_owned()),
            zone => zone.map(|(text, _)| text.to_owned()),
        },
        to_24: seen.to_24,
        ..DateFormat::of_form(form, order, (seen.padded, seen.hour_padded))
    };
    if seen.offsets_differ {
        findings.push(
            Finding::note(FindingKind::MixedOffsets, "offsets from UTC differ from row to row: times are taken to UTC").column(column.name),
        );
    }
    if let Some(times) = read {
        return Ok(Times { format: TimeFormat::Date(format), times, guess });
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

/// All cells and what they say in one pass, where each is a date of the form and no other cell has a say in what it means.
fn read_even<'a>(column: &'a Column<'_>, form: Form) -> Option<(Evidence<'a>, Vec<Option<Time>>)> {
    (!form.needs_order() && !form.zoned).then_some(())?;
    let mut seen = Evidence::default();
    let mut times = Vec::with_capacity(column.rows());
    for row in 0..column.rows() {
        let cell = column.cell(row);
        let scanned = scan(cell).filter(|s| s.form == form && !column.is_missing(row))?;
        seen.add(&scanned);
        times.push(Some(Time::Date(scanned.civil(form.order)?)));
    }
    Some((seen, times))
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

/// Which number is the day, from what is given, or from the dates that each reading gives.
fn settle_order(
    column: &Column<'_>,
    form: Form,
    given: Option<DateOrder>,
    findings: &mut Findings,
) -> Result<(DateOrder, Option<Choice>), Finding> {
    if !form.needs_order() {
        let compact = form.separator.is_none() && form.order == DateOrder::YearMonthDay;
        let guess = compact.then(|| Choice {
            what: "date format".to_owned(),
            value: "YYYYMMDD".to_owned(),
            flag: format!("⦃time⦄ \"{}:int\"", column.name),
        });
        return Ok((form.order, guess));
    }
    if let Some(order) = given {
        return Ok((order, None));
    }
    let scanned: Vec<Option<Scanned<'_>>> = (0..column.rows()).map(|row| scan(column.cell(row)).filter(|s| s.form == form)).collect();
    let readings = ORDERS.map(|order| scanned.iter().map(|s| s.as_ref()?.civil(order)).collect::<Vec<_>>());
    let valid = readings.each_ref().map(|times| times.iter().flatten().count());
    let order = match choose(&readings) {
        Ok(reading) => ORDERS[reading],
        // With dots the day comes first wherever dots are the custom.
        Err(left) if form.separator == Some('.') && form.year_digits == 4 && left.contains(&1) => DateOrder::DayMonthYear,
        Err(left) => return Err(ambiguous(column, &left)),
    };
    let others: Vec<&str> =
        ORDERS.iter().zip(valid).filter(|(other, count)| **other != order && *count > 0).map(|(other, _)| words(*other).1).collect();
    let other = others.first().copied().unwrap_or(if order == DateOrder::DayMonthYear { "mdy" } else { "dmy" });
    let (value, hint) = words(order);
    let most = valid.iter().copied().max().unwrap_or(0);
    if ORDERS.iter().zip(valid).filter(|(_, count)| *count == most).count() > 1 {
        let steps = format!("dates are read {value} ({hint}), which makes them follow each other in equal steps");
        let help = format!("⦃time⦄ \"{}:{other}\" reads them otherwise", column.name);
        findings.push(Finding::note(FindingKind::AmbiguousDate, steps).column(column.name).help(help));
    }
    let guess = Choice { what: "date format".to_owned(), value: value.to_owned(), flag: format!("⦃time⦄ \"{}:{other}\"", column.name) };
    Ok((order, Some(guess)))
}

/// An order in words, and its hint.
fn words(order: DateOrder) -> (&'static str, &'static str) {
    match order {
        DateOrder::DayMonthYear => ("day first", "dmy"),
        DateOrder::MonthDayYear => ("month first", "mdy"),
        _ => ("year first", "ymd"),
    }
}

fn ambiguous(column: &Column<'_>, left: &[usize]) -> Finding {
    let first = column.present().find(|(_, cell)| scan(cell).is_some());
    let (row, cell) = first.unwrap_or((0, ""));
    let list = |of: &dyn Fn(DateOrder) -> String, joint: &str| left.iter().map(|r| of(ORDERS[*r])).collect::<Vec<_>>().join(joint);
    let readings = list(&|order| words(order).0.to_owned(), " or ");
    let flags = list(
        &|order| {
            let (value, hint) = words(order);
            format!("⦃time⦄ \"{}:{hint}\" ({value})", column.name)
        },
        ", or ",
    );
    Finding::error(FindingKind::AmbiguousDate, format!("\"{cell}\" may be {readings}, and no row of the file tells"))
        .column(column.name)
        .line(column.line(row))
        .help(flags)
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
            "correct the cell, or count the rows with ⦃time⦄ row",
        )
    };
    findings.add(Severity::Error, kind, Some(column.name), || {
        Finding::error(kind, message).column(column.name).line(column.line(row)).help(help)
    });
}
