//! What the cells of a column are, as times.

use super::format::{DateOrder, MonthStyle};
use super::numbers::{self, Count, Counted};
use super::pattern::Pattern;
use super::scan::{Scanned, scan};
use super::{called_date, called_time, span, templates};

/// What a column is, as times.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reading {
    /// Dates in the usual forms of numbers.
    Dates,
    /// Dates in one of these forms.
    Patterns(Vec<Pattern>),
    /// Counts since a start.
    Counts(Count),
    /// Spans, with what stands between start and end.
    Spans(&'static str),
    Integers,
    Nothing,
}

/// What the cells of a column look like, as times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Date,
    Integer,
    Neither,
}

/// Years that a column of whole numbers may mean.
const PLAUSIBLE_YEARS: std::ops::RangeInclusive<i16> = 1500..=2500;
/// Columns whose whole numbers of four digits are years.
const YEAR_NAMES: [&str; 8] = ["year", "years", "yr", "date", "연도", "년도", "년", "fiscal_year"];
/// Share of the cells that a column of eight digits must have as dates: a total below the table is none.
const MOST: f64 = 0.9;

impl Reading {
    /// Looks at the cells given; `name` tells a column of years from a column of numbers. With `plain`, whole numbers are nothing but numbers; with
    /// `sure`, the column is the time, whatever it is called.
    pub fn of<'a>(name: &str, cells: impl Iterator<Item = &'a str>, plain: bool, sure: bool) -> Self {
        let cells: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
        let share = |count: usize, share: f64| count as f64 >= share * cells.len() as f64 && count > 0;
        let (mut integers, mut numbers, mut dates, mut valid, mut years, mut compact, mut named) = (0, 0, 0, 0, 0, 0, false);
        for cell in &cells {
            let plausible = |s: &Scanned| PLAUSIBLE_YEARS.contains(&s.year) && s.civil(DateOrder::YearMonthDay).is_some();
            if cell.parse::<i64>().is_ok() {
                integers += 1;
                let date = scan(cell).filter(plausible);
                years += usize::from(date.is_some() && cell.len() == 4);
                compact += usize::from(date.is_some() && cell.len() == 8);
            } else if cell.parse::<f64>().is_ok() {
                numbers += 1;
            } else if let Some(scanned) = scan(cell) {
                dates += 1;
                named |= scanned.form.month != MonthStyle::Number;
                valid += usize::from(ORDERS.iter().any(|order| scanned.civil(*order).is_some()));
            }
        }
        numbers += integers;
        let called_year = YEAR_NAMES.iter().any(|year| year.eq_ignore_ascii_case(name));
        if (share(compact, MOST) && !plain) || (compact == cells.len() && compact > 0) || (years == cells.len() && years > 0 && called_year)
        {
            return Reading::Dates;
        }
        if share(numbers, MOST) {
            // A column that is named for no reading of its own is asked about by a single cell, such as one of a header.
            let decimal = integers < numbers;
            let dated = called_date(name) || (decimal && called_time(name));
            let found = if plain || name.is_empty() { None } else { numbers::infer(&cells, sure || called_time(name), dated) };
            return match found {
                Some(Counted::Digits(pattern)) => Reading::Patterns(vec![pattern]),
                Some(Counted::Epoch(count)) => Reading::Counts(count),
                None if share(integers, 0.5) => Reading::Integers,
                None => Reading::Nothing,
            };
        }
        // Where a column is called so, 2021-12 is a week and no month.
        let of_month = |cell: &&str| scan(cell).is_none_or(|scanned| scanned.form.order == DateOrder::YearMonth);
        let weeks = (name.to_lowercase().contains("week") || name.contains('주')) && cells.iter().all(of_month);
        if share(valid, 1.0) && !named && !weeks {
            return Reading::Dates;
        }
        let patterns = templates::infer(&cells);
        let read = patterns.first().map_or(0, |(_, read)| *read);
        if read > valid || (read == valid && read > 0 && (named || weeks)) {
            return Reading::Patterns(patterns.into_iter().map(|(pattern, _)| pattern).collect());
        }
        if share(dates, 0.5) {
            Reading::Dates
        } else if let Some(joint) = span::joint_of(&cells) {
            Reading::Spans(joint)
        } else if share(integers, 0.5) {
            Reading::Integers
        } else {
            Reading::Nothing
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Reading::Dates | Reading::Patterns(_) | Reading::Counts(_) | Reading::Spans(_) => Kind::Date,
            Reading::Integers => Kind::Integer,
            Reading::Nothing => Kind::Neither,
        }
    }
}

/// Orders that dates in numbers may have.
pub(super) const ORDERS: [DateOrder; 3] = [DateOrder::YearMonthDay, DateOrder::DayMonthYear, DateOrder::MonthDayYear];

/// What the cells look like; see [`Reading::of`].
pub(crate) fn kind_of<'a>(name: &str, cells: impl Iterator<Item = &'a str>) -> Kind {
    Reading::of(name, cells, false, false).kind()
}

/// The order of dates in numbers that may be read in several, as the cells speak for one. `None` where they are no such dates, or do not
/// decide.
pub(crate) fn choose_order<'a>(cells: impl Iterator<Item = &'a str>) -> Option<DateOrder> {
    let scanned: Vec<Scanned<'_>> = cells.map(scan).collect::<Option<_>>()?;
    if scanned.iter().any(|s| !s.form.needs_order()) {
        return None;
    }
    let readings = ORDERS.map(|order| scanned.iter().map(|s| s.civil(order)).collect());
    super::order::choose(&readings).ok().map(|reading| ORDERS[reading])
}

/// The form of its own that all cells have. `None` where there is none, or several are as good.
pub(crate) fn choose_pattern(cells: &[&str]) -> Option<Pattern> {
    let all = templates::infer(cells).into_iter().filter(|(_, read)| *read == cells.len());
    let patterns: Vec<Pattern> = all.map(|(pattern, _)| pattern).collect();
    let read = |pattern: &Pattern| cells.iter().map(|cell| pattern.read(cell).map(|(at, _)| at)).collect();
    let chosen = match &patterns[..] {
        [] => return None,
        [_] => 0,
        several => super::order::choose(&several.iter().map(read).collect::<Vec<_>>()).ok()?,
    };
    patterns.into_iter().nth(chosen)
}

/// The form of cells that are digits of a date and a time of day in a row.
pub(crate) fn digits_pattern(cells: &[&str]) -> Option<Pattern> {
    let long = |cell: &&str| cell.len() >= 10 && cell.bytes().all(|b| b.is_ascii_digit());
    match numbers::infer(cells, true, false) {
        Some(Counted::Digits(pattern)) if cells.iter().all(long) && cells.iter().all(|cell| pattern.read(cell).is_some()) => Some(pattern),
        _ => None,
    }
}
