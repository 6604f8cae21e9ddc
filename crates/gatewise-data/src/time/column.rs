//! Reads a whole column as times: the form is settled over all its cells.

use std::str::FromStr;

use super::Time;
use super::dates::read_dates;
use super::format::{DateOrder, EpochUnit, TimeFormat};
use super::integers::read_integers;
use super::scan::{Scanned, scan};
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

/// Columns whose whole numbers of four digits are years.
const YEAR_NAMES: [&str; 4] = ["year", "years", "yr", "date"];

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
    let called_year = YEAR_NAMES.iter().any(|year| year.eq_ignore_ascii_case(name));
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

pub(super) fn not_a_time(column: &Column<'_>) -> Finding {
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

pub(super) fn missing_time(column: &Column<'_>, row: usize, findings: &mut Findings) {
    let kind = FindingKind::MissingTime;
    findings.add(Severity::Error, kind, Some(column.name), || {
        Finding::error(kind, "time is missing").column(column.name).line(column.line(row)).help("fill in the cell or delete the row")
    });
}
