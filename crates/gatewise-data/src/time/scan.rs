//! Reads one cell as a date, with no regard to the rest of its column.

use jiff::civil::{Date, DateTime};

use super::clock::scan_clock;
use super::format::{Clock, DateOrder, MonthStyle};
use super::iso::scan_iso;
use super::names;

/// What all cells of a column must share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Form {
    /// `DayMonthYear` also stands for dates in numbers that may be month first.
    pub order: DateOrder,
    pub separator: Option<char>,
    pub month: MonthStyle,
    pub year_digits: u8,
    pub clock: Option<Clock>,
    pub zoned: bool,
}

impl Form {
    /// Two numbers stand before the year: which is the day?
    pub fn needs_order(&self) -> bool {
        self.order == DateOrder::DayMonthYear && self.month == MonthStyle::Number
    }
}

/// One cell, read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scanned<'a> {
    pub form: Form,
    pub year: i16,
    /// Month; the first number where `form.needs_order()`.
    pub first: i8,
    /// Day; the second number where `form.needs_order()`.
    pub second: i8,
    /// Hour, minute, second.
    pub clock: [i8; 3],
    pub nanos: i32,
    /// Leading zeros of month and day, if the cell shows.
    pub padded: Option<bool>,
    /// Leading zero of the hour, if the cell shows.
    pub hour_padded: Option<bool>,
    /// Digits after the second.
    pub fraction: u8,
    /// Offset from UTC as written, and in minutes.
    pub zone: Option<(&'a str, i32)>,
}

impl Scanned<'_> {
    /// Civil time, `order` deciding what the numbers before the year are. `None` where the
    /// calendar has no such day.
    pub fn civil(&self, order: DateOrder) -> Option<DateTime> {
        let (year, month, day) = match (self.form.needs_order(), order) {
            (false, _) | (true, DateOrder::MonthDayYear) => (self.year, self.first, self.second),
            (true, DateOrder::YearMonthDay) => {
                (self.form.year_digits == 2).then_some(())?;
                (year_of_two(i16::from(self.first)), self.second, (self.year % 100) as i8)
            }
            (true, _) => (self.year, self.second, self.first),
        };
        let [hour, minute, second] = self.clock;
        if hour == 24 {
            let midnight = minute == 0 && second == 0 && self.nanos == 0;
            return midnight.then(|| Date::new(year, month, day).ok()?.tomorrow().ok())?.map(|day| day.at(0, 0, 0, 0));
        }
        DateTime::new(year, month, day, hour, minute, second, self.nanos).ok()
    }
}

/// Two-digit years from here on belong to the 1900s, as in POSIX.
pub(super) const PIVOT_YEAR: i16 = 69;

fn year_of_two(year: i16) -> i16 {
    if year < PIVOT_YEAR { 2000 + year } else { 1900 + year }
}

/// A place in a cell.
pub(super) struct Cursor<'a> {
    pub text: &'a str,
    pub at: usize,
}

impl<'a> Cursor<'a> {
    pub fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub fn eat(&mut self, wanted: u8) -> bool {
        let hit = self.peek() == Some(wanted);
        self.at += usize::from(hit);
        hit
    }

    fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&keep) {
            self.at += 1;
        }
        // Only ASCII bytes are ever kept, so both ends are character boundaries.
        self.text.get(start..self.at).unwrap_or_default()
    }

    pub fn digits(&mut self) -> &'a str {
        self.take_while(|b| b.is_ascii_digit())
    }

    pub fn letters(&mut self) -> &'a str {
        self.take_while(|b| b.is_ascii_alphabetic())
    }

    /// A number of one or two digits.
    pub fn small(&mut self) -> Option<(&'a str, i8)> {
        let digits = self.digits();
        (matches!(digits.len(), 1 | 2)).then_some(())?;
        Some((digits, digits.parse().ok()?))
    }

    fn separator(&mut self) -> Option<char> {
        let sep = self.peek().filter(|b| b"-/. ".contains(b))?;
        self.at += 1;
        Some(char::from(sep))
    }

    pub fn done(&self) -> bool {
        self.at == self.text.len()
    }
}

fn month_by_name(name: &str) -> Option<(i8, MonthStyle)> {
    let style = if name.len() > 4 { MonthStyle::Long } else { MonthStyle::Short };
    Some((names::month(name)?, style))
}

fn year_of(digits: &str) -> Option<i16> {
    let year: i16 = digits.parse().ok()?;
    match digits.len() {
        4 => Some(year),
        2 => Some(year_of_two(year)),
        _ => None,
    }
}

/// A leading zero, or its absence before a single digit.
pub(super) fn padding(digits: &str) -> Option<bool> {
    match (digits.len(), digits.starts_with('0')) {
        (1, _) => Some(false),
        (_, true) => Some(true),
        _ => None,
    }
}

/// Reads a date with or without a time of day; a bare whole number only if it has four digits (a
/// year) or eight (20200131).
pub(crate) fn scan(text: &str) -> Option<Scanned<'_>> {
    scan_iso(text).or_else(|| scan_any(text))
}

/// The same, by one part after the other.
pub(super) fn scan_any(text: &str) -> Option<Scanned<'_>> {
    let mut c = Cursor { text, at: 0 };
    let mut out = Scanned {
        form: Form {
            order: DateOrder::YearMonthDay,
            separator: None,
            month: MonthStyle::Number,
            year_digits: 4,
            clock: None,
            zoned: false,
        },
        year: 0,
        first: 1,
        second: 1,
        clock: [0; 3],
        nanos: 0,
        padded: None,
        hour_padded: None,
        fraction: 0,
        zone: None,
    };
    if c.peek()?.is_ascii_alphabetic() {
        scan_month_first(&mut c, &mut out)?;
    } else {
        let digits = c.digits();
        match digits.len() {
            4 => scan_year_first(&mut c, &mut out, digits)?,
            8 => {
                out.year = year_of(&digits[..4])?;
                out.first = digits[4..6].parse().ok()?;
                out.second = digits[6..].parse().ok()?;
                out.padded = Some(true);
            }
            1 | 2 => scan_year_last(&mut c, &mut out, digits)?,
            _ => return None,
        }
    }
    if !c.done() {
        scan_clock(&mut c, &mut out)?;
    }
    c.done().then_some(out)
}

/// 2020-01-31, 2020-01, 2020Q1, 2020 Jan 31, 2020
fn scan_year_first<'a>(c: &mut Cursor<'a>, out: &mut Scanned<'a>, year: &str) -> Option<()> {
    out.year = year_of(year)?;
    out.form.separator = c.separator();
    if c.peek().is_some_and(|b| b == b'Q' || b == b'q') {
        c.at += 1;
        let (_, quarter) = c.small().filter(|(_, q)| (1..=4).contains(q))?;
        out.form.order = DateOrder::YearQuarter;
        out.first = quarter * 3 - 2;
        return Some(());
    }
    if out.form.separator.is_none() {
        out.form.order = DateOrder::Year;
        return c.done().then_some(());
    }
    if c.peek()?.is_ascii_alphabetic() {
        (out.first, out.form.month) = month_by_name(c.letters())?;
    } else {
        let (digits, month) = c.small()?;
        out.first = month;
        out.padded = padding(digits);
    }
    let separator = out.form.separator.map(|sep| sep as u8)?;
    if c.peek() == Some(separator) {
        c.at += 1;
        let (digits, day) = c.small()?;
        out.second = day;
        out.padded = out.padded.or(padding(digits));
    } else {
        out.form.order = DateOrder::YearMonth;
        // 2020-01 12:00 says nothing about the day, and 2020.01 is a number.
        (c.done() && separator != b'.').then_some(())?;
    }
    Some(())
}

/// 31/01/2020, 01/2020, 31-Jan-2020
fn scan_year_last<'a>(c: &mut Cursor<'a>, out: &mut Scanned<'a>, first: &str) -> Option<()> {
    out.padded = padding(first);
    let number = first.parse().ok()?;
    let separator = c.separator()?;
    out.form.separator = Some(separator);
    if c.peek()?.is_ascii_alphabetic() {
        out.form.order = DateOrder::DayMonthYear;
        out.second = number;
        (out.first, out.form.month) = month_by_name(c.letters())?;
    } else {
        let digits = c.digits();
        out.first = number;
        if digits.len() == 4 {
            out.form.order = DateOrder::MonthYear;
            out.year = year_of(digits)?;
            return (c.done() && separator != '.').then_some(());
        }
        (digits.len() <= 2).then_some(())?;
        out.form.order = DateOrder::DayMonthYear;
        out.second = digits.parse().ok()?;
        out.padded = out.padded.or(padding(digits));
    }
    c.eat(separator as u8).then_some(())?;
    let digits = c.digits();
    out.form.year_digits = digits.len() as u8;
    out.year = year_of(digits)?;
    Some(())
}

/// Jan-2020, January 31, 2020
fn scan_month_first<'a>(c: &mut Cursor<'a>, out: &mut Scanned<'a>) -> Option<()> {
    (out.first, out.form.month) = month_by_name(c.letters())?;
    out.form.separator = Some(c.separator()?);
    let digits = c.digits();
    if c.eat(b',') {
        c.eat(b' ').then_some(())?;
        out.form.order = DateOrder::MonthDayYear;
        out.padded = padding(digits);
        out.second = digits.parse().ok()?;
        out.year = year_of(c.digits())?;
    } else {
        out.form.order = DateOrder::MonthYear;
        out.form.year_digits = digits.len() as u8;
        out.year = year_of(digits)?;
    }
    Some(())
}
