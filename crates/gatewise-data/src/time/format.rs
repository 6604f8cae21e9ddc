//! How a table writes its times, and writing them the same way.

use std::fmt::Write;

use jiff::ToSpan;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::Time;
use super::names::MONTHS;
use super::numbers::Count;
use super::pattern::Pattern;
use super::scan::{Form, scan};

/// How the time column of a table is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// No time column: rows counted from 1.
    Row,
    /// Whole numbers.
    Integer,
    /// Whole numbers that count from 1970-01-01 00:00 UTC.
    Epoch(EpochUnit),
    /// Numbers with digits behind the point that count from 1970, or days of a spreadsheet.
    Count(Count),
    /// Dates.
    Date(DateFormat),
    /// Dates in a form of their own, such as weeks and quarters.
    Pattern(Pattern),
    /// Spans: the time of a row is the start of its span.
    Span {
        /// How start and end are written.
        format: Box<TimeFormat>,
        /// Between start and end.
        joint: String,
        /// Nanoseconds from start to end, where they are the same in every row; else the start alone is written.
        nanos: Option<i64>,
    },
}

/// What an epoch counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EpochUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
    /// Days since 1899-12-30, as spreadsheets count them.
    SerialDays,
}

impl EpochUnit {
    pub(super) fn nanos(self) -> i64 {
        match self {
            EpochUnit::Seconds => 1_000_000_000,
            EpochUnit::Milliseconds => 1_000_000,
            EpochUnit::Microseconds => 1_000,
            EpochUnit::Nanoseconds => 1,
            EpochUnit::SerialDays => 86_400_000_000_000,
        }
    }

    /// The hint of `--time` that names the unit, and what it is in words.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            EpochUnit::Seconds => ("epoch", "seconds since 1970"),
            EpochUnit::Milliseconds => ("epoch-ms", "milliseconds since 1970"),
            EpochUnit::Microseconds => ("epoch-us", "microseconds since 1970"),
            EpochUnit::Nanoseconds => ("epoch-ns", "nanoseconds since 1970"),
            EpochUnit::SerialDays => ("excel", "days of a spreadsheet, 1 being 1899-12-31"),
        }
    }
}

/// Which parts of a date are written, in what order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 2020-01-31, 2020/1/31, 20200131
    YearMonthDay,
    /// 2020-01, 2020 Jan
    YearMonth,
    /// 2020
    Year,
    /// 2020Q1, 2020-Q1
    YearQuarter,
    /// 31/01/2020, 31-Jan-2020
    DayMonthYear,
    /// 01/31/2020, Jan 31, 2020
    MonthDayYear,
    /// 01/2020, Jan-2020
    MonthYear,
}

/// How the month is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthStyle {
    /// 01
    Number,
    /// Jan
    Short,
    /// January
    Long,
}

/// How the time of day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Clock {
    /// Between date and time: `T`, a space, or a comma that a space follows.
    pub lead: char,
    /// 1 hours, 2 minutes, 3 seconds.
    pub fields: u8,
    /// 1 to 12 with AM or PM.
    pub twelve_hours: bool,
}

/// The written form of a date; a time goes to text and back unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateFormat {
    /// Parts and their order.
    pub order: DateOrder,
    /// Between the parts; none in 20200131.
    pub separator: Option<char>,
    /// Number or name.
    pub month: MonthStyle,
    /// 2 or 4.
    pub year_digits: u8,
    /// Month and day with a leading zero.
    pub padded: bool,
    /// Time of day, where there is one.
    pub clock: Option<Clock>,
    /// Hour with a leading zero.
    pub hour_padded: bool,
    /// Digits after the second.
    pub fraction: u8,
    /// Offset from UTC as the file has it, such as `Z` or `+09:00`.
    pub zone: Option<String>,
    /// Midnight as the 24th hour of the day before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_24: bool,
}

impl DateFormat {
    /// As a scanned form has it; `padded`: whether day and month, and hours, were seen with leading zeros.
    pub(crate) fn of_form(form: Form, order: DateOrder, padded: (Option<bool>, Option<bool>)) -> Self {
        let (date, hour) = padded;
        DateFormat {
            order,
            separator: form.separator,
            month: form.month,
            year_digits: form.year_digits,
            padded: date.or(hour).unwrap_or(true),
            clock: form.clock,
            hour_padded: hour.or(date).unwrap_or(true),
            fraction: 0,
            zone: None,
            to_24: false,
        }
    }

    /// 2020-01-31, with `clock_fields` hours, minutes, seconds behind it.
    pub(crate) fn iso(order: DateOrder, clock_fields: u8) -> Self {
        DateFormat {
            order,
            separator: Some('-'),
            month: MonthStyle::Number,
            year_digits: 4,
            padded: true,
            clock: (clock_fields > 0).then_some(Clock { lead: ' ', fields: clock_fields, twelve_hours: false }),
            hour_padded: true,
            fraction: 0,
            zone: None,
            to_24: false,
        }
    }

    /// Writes a civil time.
    pub fn format(&self, at: DateTime) -> String {
        let ends_day = self.to_24 && at.time() == jiff::civil::Time::midnight();
        let at = if ends_day { at.saturating_sub(1.day()) } else { at };
        let year = match self.year_digits {
            2 => format!("{:02}", at.year().rem_euclid(100)),
            _ => format!("{:04}", at.year()),
        };
        let month = match self.month {
            MonthStyle::Number => self.number(at.month()),
            style => {
                let name = MONTHS[(at.month() as usize + 11) % 12];
                let letters = if style == MonthStyle::Short { 3 } else { name.len() };
                name[..letters].to_owned()
            }
        };
        let day = self.number(at.day());
        let sep = self.separator.map(String::from).unwrap_or_default();
        let mut text = match self.order {
            DateOrder::YearMonthDay => [year, month, day].join(&sep),
            DateOrder::YearMonth => [year, month].join(&sep),
            DateOrder::Year => year,
            DateOrder::YearQuarter => format!("{year}{sep}Q{}", (at.month() + 2) / 3),
            DateOrder::DayMonthYear => [day, month, year].join(&sep),
            DateOrder::MonthDayYear if self.month == MonthStyle::Number => [month, day, year].join(&sep),
            DateOrder::MonthDayYear => format!("{month}{sep}{day}, {year}"),
            DateOrder::MonthYear => [month, year].join(&sep),
        };
        if let Some(clock) = self.clock {
            self.format_clock(clock, if ends_day { 24 } else { at.hour() }, at, &mut text);
        }
        if let Some(zone) = &self.zone {
            text.push_str(zone);
        }
        text
    }

    fn number(&self, value: i8) -> String {
        if self.padded { format!("{value:02}") } else { value.to_string() }
    }

    fn format_clock(&self, clock: Clock, hour: i8, at: DateTime, text: &mut String) {
        text.push(clock.lead);
        if clock.lead == ',' {
            text.push(' ');
        }
        let hour = match (clock.twelve_hours, hour) {
            (false, hour) => hour,
            (true, hour) => (hour + 11) % 12 + 1,
        };
        // Writing to a String cannot fail.
        let _ = if self.hour_padded { write!(text, "{hour:02}") } else { write!(text, "{hour}") };
        if clock.fields > 1 {
            let _ = write!(text, ":{:02}", at.minute());
        }
        if clock.fields > 2 {
            let _ = write!(text, ":{:02}", at.second());
            let nanos = format!("{:09}", at.subsec_nanosecond());
            if self.fraction > 0 {
                let _ = write!(text, ".{}", &nanos[..usize::from(self.fraction.min(9))]);
            }
        }
        if clock.twelve_hours {
            text.push_str(if at.hour() < 12 { " AM" } else { " PM" });
        }
    }

    /// The form in letters, such as `YYYY-MM-DD hh:mm`.
    pub fn pattern(&self) -> String {
        let year = if self.year_digits == 2 { "YY" } else { "YYYY" };
        let month = match (self.month, self.padded) {
            (MonthStyle::Number, true) => "MM",
            (MonthStyle::Number, false) => "M",
            (MonthStyle::Short, _) => "Mon",
            (MonthStyle::Long, _) => "Month",
        };
        let day = if self.padded { "DD" } else { "D" };
        let sep = self.separator.map(String::from).unwrap_or_default();
        let mut text = match self.order {
            DateOrder::YearMonthDay => [year, month, day].join(&sep),
            DateOrder::YearMonth => [year, month].join(&sep),
            DateOrder::Year => year.to_owned(),
            DateOrder::YearQuarter => format!("{year}{sep}Qn"),
            DateOrder::DayMonthYear => [day, month, year].join(&sep),
            DateOrder::MonthDayYear => [month, day, year].join(&sep),
            DateOrder::MonthYear => [month, year].join(&sep),
        };
        if let Some(clock) = self.clock {
            text.push(clock.lead);
            let fields = ["hh", "mm", "ss"];
            text += &fields[..usize::from(clock.fields.clamp(1, 3))].join(":");
            if clock.twelve_hours {
                text += " AM/PM";
            }
        }
        text + self.zone.as_deref().unwrap_or_default()
    }
}

impl TimeFormat {
    /// Writes a time; a time of the other kind (a date where the file counts) is written in ISO
    /// form.
    pub fn format(&self, time: &Time) -> String {
        match (self, time) {
            (TimeFormat::Date(format), Time::Date(at)) => format.format(*at),
            (TimeFormat::Pattern(pattern), Time::Date(at)) => pattern.format(*at),
            (TimeFormat::Epoch(unit), Time::Date(at)) => Count::whole(*unit).format(*at),
            (TimeFormat::Count(count), Time::Date(at)) => count.format(*at),
            (TimeFormat::Span { format, joint, nanos: Some(nanos) }, Time::Date(at)) => {
                format!("{}{joint}{}", format.format(time), format.format(&Time::Date(super::add_nanos(*at, *nanos, 1))))
            }
            (TimeFormat::Span { format, .. }, _) => format.format(time),
            _ => time.to_string(),
        }
    }

    /// Reads a time in this form, or, where the form is a date, any unambiguous date.
    pub fn parse_loosely(&self, text: &str) -> Option<Time> {
        let text = text.trim();
        let iso = || scan(text)?.civil(DateOrder::YearMonthDay).map(Time::Date);
        match self {
            TimeFormat::Row | TimeFormat::Integer => text.parse().ok().map(Time::Index),
            TimeFormat::Epoch(unit) => Count::whole(*unit).read(text).or_else(iso),
            TimeFormat::Count(count) => count.read(text).or_else(iso),
            TimeFormat::Date(format) => scan(text)?.civil(format.order).map(Time::Date),
            TimeFormat::Pattern(pattern) => pattern.read(text).map(|(at, _)| Time::Date(at)).or_else(iso),
            TimeFormat::Span { format, joint, .. } => {
                format.parse_loosely(text.split_once(joint.as_str()).map_or(text, |(start, _)| start))
            }
        }
    }
}
