//! Reads a whole column as times: the form is settled over all its cells.

use std::str::FromStr;

use super::Time;
use super::dates::read_dates;
use super::detect::Reading;
use super::format::{DateOrder, EpochUnit, TimeFormat};
use super::numbers::{Count, digits_of};
use super::numbers_column::{read_counts, read_integers};
use super::pattern::Pattern;
use super::patterned::read_patterns;
use crate::choice::Choice;
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::grid::{Column, Joined};

/// What `--time "name:hint"` says about the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    Order(DateOrder),
    Integer,
    Epoch(EpochUnit),
    Pattern(Pattern),
}

impl FromStr for Hint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "ymd" => Ok(Hint::Order(DateOrder::YearMonthDay)),
            "dmy" => Ok(Hint::Order(DateOrder::DayMonthYear)),
            "mdy" => Ok(Hint::Order(DateOrder::MonthDayYear)),
            "int" => Ok(Hint::Integer),
            "epoch" | "epoch-s" => Ok(Hint::Epoch(EpochUnit::Seconds)),
            "epoch-ms" => Ok(Hint::Epoch(EpochUnit::Milliseconds)),
            "epoch-us" => Ok(Hint::Epoch(EpochUnit::Microseconds)),
            "epoch-ns" => Ok(Hint::Epoch(EpochUnit::Nanoseconds)),
            "excel" => Ok(Hint::Epoch(EpochUnit::SerialDays)),
            _ if text.contains('%') => text.parse().map(Hint::Pattern).map_err(|error: super::ParsePatternError| error.to_string()),
            _ => Err(format!("\"{text}\" is no form of times")),
        }
    }
}

/// A time column, read: `times` has an entry a row, `None` where the cell is no time.
pub(crate) struct Times {
    pub format: TimeFormat,
    pub times: Vec<Option<Time>>,
    pub guess: Option<Choice>,
}

/// Reads the column; an `Err` leaves no way to go on. With `plain`, whole numbers without a hint are counted.
pub(crate) fn read_times(column: &Column<'_>, hint: Option<&Hint>, plain: bool, findings: &mut Findings) -> Result<Times, Finding> {
    let first_digits = || column.present().take(1_000).map(|(_, cell)| digits_of(cell)).max().unwrap_or(0);
    match hint {
        Some(Hint::Integer) => Ok(read_integers(column, findings)),
        Some(Hint::Epoch(unit)) => Ok(read_counts(column, Count { unit: *unit, digits: first_digits() }, findings)),
        Some(Hint::Order(order)) => read_dates(column, Some(*order), findings),
        Some(Hint::Pattern(pattern)) => read_patterns(column, std::slice::from_ref(pattern), true, findings),
        None => match Reading::of(column.name, column.sample(SAMPLE).map(|(_, cell)| cell), plain, true) {
            Reading::Dates => read_dates(column, None, findings),
            Reading::Patterns(patterns) => read_patterns(column, &patterns, false, findings),
            Reading::Counts(count) => {
                let (word, what) = count.unit.words();
                let count = Count { digits: first_digits().max(count.digits), ..count };
                let mut times = read_counts(column, count, findings);
                let value = format!("{what} ({word})");
                times.guess = Some(Choice { what: "time format".to_owned(), value, flag: format!("⦃time⦄ \"{}:int\"", column.name) });
                Ok(times)
            }
            Reading::Spans(joint) => read_spans(column, joint, plain, findings),
            Reading::Integers => Ok(read_integers(column, findings)),
            Reading::Nothing => Err(not_a_time(column)),
        },
    }
}

/// Cells that the form is found from.
const SAMPLE: usize = 1_000;

/// The starts of spans as times.
fn read_spans(column: &Column<'_>, joint: &str, plain: bool, findings: &mut Findings) -> Result<Times, Finding> {
    let up_to_half = |start: bool| {
        let cell = |row: usize| {
            let cell = column.cell(row);
            super::span::split(cell, joint).map_or(cell, |(a, b)| if start { a } else { b }).to_owned()
        };
        Joined::of_texts((0..column.rows()).map(cell))
    };
    let (starts, ends) = (up_to_half(true), up_to_half(false));
    let (starts, ends) = (column.joined(&starts, column.name), column.joined(&ends, column.name));
    let ends = read_times(&ends, None, plain, &mut Findings::default());
    let starts = match (read_times(&starts, None, plain, findings), &ends) {
        // Ends of months tell the order where first days do not.
        (Err(finding), Ok(Times { format: TimeFormat::Date(format), .. })) if finding.kind == FindingKind::AmbiguousDate => {
            read_times(&starts, Some(&Hint::Order(format.order)), plain, findings)?
        }
        (starts, _) => starts?,
    };
    let ends = ends?;
    let mut lengths = starts.times.iter().zip(&ends.times).filter_map(|pair| match pair {
        (Some(Time::Date(a)), Some(Time::Date(b))) => i64::try_from(super::civil_nanos(*b) - super::civil_nanos(*a)).ok(),
        _ => None,
    });
    let first = lengths.next();
    let nanos = first.filter(|first| starts.format == ends.format && lengths.all(|length| length == *first));
    let what =
        if nanos.is_some() { "the start of each span is its time" } else { "the start of each span is its time, and alone is written" };
    findings.push(Finding::note(FindingKind::TimeForm, what).column(column.name));
    let format = TimeFormat::Span { format: Box::new(starts.format), joint: joint.to_owned(), nanos };
    Ok(Times { format, ..starts })
}

pub(super) fn not_a_time(column: &Column<'_>) -> Finding {
    let kind = FindingKind::NotATime;
    match column.present().next() {
        None => Finding::error(kind, "holds no time").column(column.name).help("name the time column with ⦃time⦄, or count the rows with ⦃time⦄ row"),
        Some((row, cell)) => Finding::error(kind, format!("\"{cell}\" is neither a date nor a whole number"))
            .column(column.name)
            .line(column.line(row))
            .help(format!(
                "name the time column with ⦃time⦄, say how it is written, such as ⦃time⦄ \"{}:%d.%m.%Y\", or count the rows with ⦃time⦄ row",
                column.name
            )),
    }
}

pub(super) fn missing_time(column: &Column<'_>, row: usize, findings: &mut Findings) {
    let kind = FindingKind::MissingTime;
    findings.add(Severity::Error, kind, Some(column.name), || {
        Finding::error(kind, "time is missing").column(column.name).line(column.line(row)).help("fill in the cell or delete the row")
    });
}
