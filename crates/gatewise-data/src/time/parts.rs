//! A date spread over columns year, month, day, hour, ….

use jiff::civil::{Date, DateTime};

use super::Time;
use super::column::Times;
use super::format::{DateFormat, DateOrder, TimeFormat};
use crate::finding::{Finding, FindingKind, Findings, Severity};
use crate::grid::Column;

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
    let times: Vec<Option<Time>> = (0..parts.year.rows())
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
                if hour == 24 {
                    let midnight = minute == 0 && second == 0;
                    return midnight.then(|| Date::new(year, month, day).ok()?.tomorrow().ok())?.map(|day| day.at(0, 0, 0, 0));
                }
                DateTime::new(year, month, day, hour, minute, second, 0).ok()
            };
            let time = read();
            if time.is_none() {
                let kind = FindingKind::NotATime;
                findings.add(Severity::Error, kind, Some(parts.year.name), || {
                    Finding::error(kind, "the date columns of this row give no date")
                        .column(parts.year.name)
                        .line(parts.year.line(row))
                        .help("correct the row, or name another time column with ⦃time⦄")
                });
            }
            time.map(Time::Date)
        })
        .collect();
    format.to_24 = parts.hour.is_some_and(|hour| hour.present().any(|(_, cell)| cell == "24"));
    Times { format: TimeFormat::Date(format), times, guess: None }
}
