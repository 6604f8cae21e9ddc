//! Reads a whole column as times: the form is settled over all its cells.

use std::collections::HashMap;
use std::str::FromStr;

use jiff::civil::DateTime;

use super::format::{DateFormat, DateOrder, EpochUnit, TimeFormat};
use super::scan::{Form, Scanned, scan};
use super::{Time, add_nanos};
use crate::dataset::Guess;
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::table::Column;

/// What `--time "name:hint"` says about the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    DayFirst,
    MonthFirst,
    Integer,
    Epoch(EpochUnit),
}

impl FromStr for Hint {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.to_ascii_lowercase().as_str() {
            "dmy" => Ok(Hint::DayFirst),
            "mdy" => Ok(Hint::MonthFirst),
            "int" => Ok(Hint::Integer),
            "epoch" | "epoch-s" => Ok(Hint::Epoch(EpochUnit::Seconds)),
            "epoch-ms" => Ok(Hint::Epoch(EpochUnit::Milliseconds)),
            _ => Err(()),
        }
    }
}

/// What the cells of a column look like, as times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Date,
    Integer,
    Neither,
}

/// A time column, read: `times` has an entry a row, `None` where the cell is no time.
pub(crate) struct Times {
    pub format: TimeFormat,
    pub times: Vec<Option<Time>>,
    pub guess: Option<Guess>,
}

/// Years that a column of whole numbers may mean.
const PLAUSIBLE_YEARS: std::ops::RangeInclusive<i16> = 1500..=2500;

/// Looks at the cells given; `name` tells a column of years from a column of numbers.
pub(crate) fn kind_of<'a>(name: &str, cells: impl Iterator<Item = &'a str>) -> Kind {
    let (mut all, mut integers, mut dates, mut years, mut compact) = (0, 0, 0, 0, 0);
    for cell in cells.filter(|cell| !cell.is_empty()) {
        all += 1;
        let plausible = |s: &Scanned| PLAUSIBLE_YEARS.contains(&s.year) && s.civil(DateOrder::YearMonthDay).is_some();
        if cell.parse::<i64>().is_ok() {
            integers += 1;
            let date = scan(cell).filter(plausible);
            years += usize::from(date.is_some() && cell.len() == 4);
            compact += usize::from(date.is_some() && cell.len() == 8);
        } else if cell.parse::<f64>().is_err() && scan(cell).is_some() {
            dates += 1;
        }
    }
    if all == 0 {
        return Kind::Neither;
    }
    let called_year = name.to_ascii_lowercase().contains("year");
    if compact == all || (years == all && called_year) || dates * 2 >= all {
        Kind::Date
    } else if integers * 2 >= all {
        Kind::Integer
    } else {
        Kind::Neither
    }
}

/// Reads the column; an `Err` leaves no way to go on.
pub(crate) fn read_times(column: &Column<'_>, hint: Option<Hint>, findings: &mut Findings) -> Result<Times, Finding> {
    match hint {
        Some(Hint::Integer) => Ok(read_integers(column, None, findings)),
        Some(Hint::Epoch(unit)) => Ok(read_integers(column, Some(unit), findings)),
        Some(Hint::DayFirst) => read_dates(column, Some(DateOrder::DayMonthYear), findings),
        Some(Hint::MonthFirst) => read_dates(column, Some(DateOrder::MonthDayYear), findings),
        None => match kind_of(column.name, column.present().map(|(_, cell)| cell)) {
            Kind::Date => read_dates(column, None, findings),
            Kind::Integer => Ok(read_integers(column, None, findings)),
            Kind::Neither => Err(not_a_time(column)),
        },
    }
}

fn not_a_time(column: &Column<'_>) -> Finding {
    let kind = FindingKind::NotATime;
    let help = "name the time column with --time, or count the rows with --time row";
    match column.present().next() {
        None => Finding::error(kind, "holds no time").column(column.name),
        Some((row, cell)) => {
            Finding::error(kind, format!("\"{cell}\" is neither a date nor a whole number")).column(column.name).line(column.line(row))
        }
    }
    .help(help)
}

fn missing_time(column: &Column<'_>, row: usize, findings: &mut Findings) {
    let kind = FindingKind::MissingTime;
    findings.add(Severity::Error, kind, Some(column.name), || {
        Finding::error(kind, "time is missing").column(column.name).line(column.line(row)).help("fill in the cell or delete the row")
    });
}

/// Whole numbers, or an epoch where `unit` is given.
pub(crate) fn read_integers(column: &Column<'_>, unit: Option<EpochUnit>, findings: &mut Findings) -> Times {
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

fn read_dates(column: &Column<'_>, given: Option<DateOrder>, findings: &mut Findings) -> Result<Times, Finding> {
    let form = common_form(column).ok_or_else(|| not_a_time(column))?;
    let seen = Evidence::gather(column, form);
    let (order, guess) = settle_order(column, form, &seen, given)?;
    let format = DateFormat {
        order,
        separator: form.separator,
        month: form.month,
        year_digits: form.year_digits,
        padded: seen.padded.unwrap_or(true),
        clock: form.clock,
        hour_padded: seen.hour_padded.unwrap_or(true),
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

/// Columns that hold the parts of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts<T> {
    pub year: T,
    pub month: T,
    pub day: Option<T>,
    pub hour: Option<T>,
    pub minute: Option<T>,
    pub second: Option<T>,
}

impl<T: Copy> Parts<T> {
    pub fn map<U>(self, to: impl Fn(T) -> U) -> Parts<U> {
        Parts {
            year: to(self.year),
            month: to(self.month),
            day: self.day.map(&to),
            hour: self.hour.map(&to),
            minute: self.minute.map(&to),
            second: self.second.map(&to),
        }
    }
}

/// Joins the parts; the form written is ISO's.
pub(crate) fn read_parts(parts: &Parts<Column<'_>>, findings: &mut Findings) -> Times {
    let clock = [&parts.hour, &parts.minute, &parts.second];
    let clock_fields = clock.iter().take_while(|part| part.is_some()).count() as u8;
    let order = match parts.day {
        Some(_) => DateOrder::YearMonthDay,
        None => DateOrder::YearMonth,
    };
    let mut format = DateFormat::iso(order, clock_fields);
    if let Some(clock) = &mut format.clock {
        // 2010-01-01 13 is hard to recognise as a time.
        clock.fields = clock.fields.max(2);
    }
    let times = (0..parts.year.rows())
        .map(|row| {
            let part = |column: &Option<Column<'_>>, absent: i8| match column {
                Some(column) => column.cell(row).parse::<i8>().ok(),
                None => Some(absent),
            };
            let read = || {
                let year = parts.year.cell(row).parse::<i16>().ok()?;
                let month = parts.month.cell(row).parse::<i8>().ok()?;
                let (day, hour) = (part(&parts.day, 1)?, part(&parts.hour, 0)?);
                let (minute, second) = (part(&parts.minute, 0)?, part(&parts.second, 0)?);
                DateTime::new(year, month, day, hour, minute, second, 0).ok()
            };
            let time = read();
            if time.is_none() {
                let kind = FindingKind::NotATime;
                findings.add(Severity::Error, kind, Some(parts.year.name), || {
                    Finding::error(kind, "the date columns of this row give no date")
                        .column(parts.year.name)
                        .line(parts.year.line(row))
                        .help("correct the row, or name another time column with --time")
                });
            }
            time.map(Time::Date)
        })
        .collect();
    Times { format: TimeFormat::Date(format), times, guess: None }
}
