//! Times and the ways tables write them.

mod clock;
mod column;
mod dates;
mod detect;
mod format;
mod iso;
mod names;
mod numbers;
mod numbers_column;
mod order;
mod parts;
mod pattern;
mod patterned;
mod scan;
mod span;
mod templates;
mod words;

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, date};
use serde::{Deserialize, Serialize};

pub(crate) use column::{Hint, read_times};
pub(crate) use detect::{Kind, Reading, choose_order, choose_pattern, digits_pattern, kind_of};
pub use format::{Clock, DateFormat, DateOrder, EpochUnit, MonthStyle, TimeFormat};
pub(crate) use names::month as month_by_name;
pub use numbers::Count;
pub(crate) use parts::{Parts, read_parts};
pub use pattern::{ParsePatternError, Pattern};
pub(crate) use scan::scan;
pub(crate) use words::{FIRST, called_clock_field, called_date, called_time, has_clock, is_clock};

/// A place in time: a civil date and time of day, or a whole number.
///
/// Civil time has no zone: a day has 24 hours, on the days the clocks change too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Time {
    /// A whole number, such as a step or a row.
    Index(i64),
    /// A date with a time of day.
    Date(DateTime),
}

impl fmt::Display for Time {
    /// ISO 8601; `Dataset::format_time` writes the form of the file instead.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Time::Index(index) => write!(f, "{index}"),
            Time::Date(at) if at.time() == jiff::civil::Time::midnight() => {
                write!(f, "{}", at.date())
            }
            Time::Date(at) => write!(f, "{} {}", at.date(), at.time()),
        }
    }
}

/// Where Unix time starts.
pub(crate) const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

/// Nanoseconds of civil time since [`EPOCH`].
pub(crate) fn civil_nanos(at: DateTime) -> i128 {
    i128::from(day_number(at.date())) * 86_400_000_000_000 + i128::from(nanos_of_day(at))
}

/// Nanoseconds of civil time from one to another.
pub(crate) fn nanos_apart(from: DateTime, to: DateTime) -> i128 {
    match from.date() == to.date() {
        true => i128::from(nanos_of_day(to) - nanos_of_day(from)),
        false => civil_nanos(to) - civil_nanos(from),
    }
}

fn nanos_of_day(at: DateTime) -> i64 {
    let seconds = (i64::from(at.hour()) * 60 + i64::from(at.minute())) * 60 + i64::from(at.second());
    seconds * 1_000_000_000 + i64::from(at.subsec_nanosecond())
}

/// Days since 1970-01-01 in the Gregorian calendar, counted in years that start in March, behind the day that leap years add.
pub(crate) fn day_number(at: Date) -> i64 {
    /// Days of 400 years, and from the 1st of March of year 0 to 1970-01-01.
    const ERA: i64 = 146_097;
    const TO_1970: i64 = 719_468;
    let since_march = (i64::from(at.month()) + 9) % 12;
    let year = i64::from(at.year()) - i64::from(at.month() <= 2);
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let days = (153 * since_march + 2) / 5 + i64::from(at.day()) - 1;
    era * ERA + year * 365 + year / 4 - year / 100 + days - TO_1970
}

/// `count` times `nanos` later, held inside the calendar.
pub(crate) fn add_nanos(at: DateTime, nanos: i64, count: i64) -> DateTime {
    let total = i128::from(nanos) * i128::from(count);
    let duration = SignedDuration::try_from_nanos_i128(total).unwrap_or(if total < 0 { SignedDuration::MIN } else { SignedDuration::MAX });
    at.saturating_add(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_plain_in_json() {
        let day = Time::Date(date(2020, 2, 29).at(13, 0, 0, 0));
        for (time, json) in [(day, "\"2020-02-29T13:00:00\""), (Time::Index(-3), "-3")] {
            assert_eq!(serde_json::to_string(&time).unwrap(), json);
            assert_eq!(serde_json::from_str::<Time>(json).unwrap(), time);
        }
    }

    #[test]
    fn days_are_counted_over_the_whole_calendar() {
        let first = day_number(Date::MIN);
        let mut at = Date::MIN;
        for count in 0..10_000 {
            assert_eq!(day_number(at), first + count, "{at}");
            at = at.tomorrow().unwrap();
        }
        for (year, month, day, seconds) in
            [(-9999, 1, 1, 86_399), (-1, 2, 28, 0), (0, 2, 29, 1), (1969, 12, 31, 5), (2000, 3, 1, 7), (9999, 12, 31, 86_399)]
        {
            let at = add_nanos(date(year, month, day).at(0, 0, 0, 1), 1_000_000_000, seconds);
            assert_eq!(civil_nanos(at), at.duration_since(EPOCH).as_nanos(), "{at}");
            let noon = at.date().at(12, 0, 0, 0);
            assert_eq!(nanos_apart(at, noon), noon.duration_since(at).as_nanos(), "{at}");
            assert_eq!(nanos_apart(at, EPOCH), EPOCH.duration_since(at).as_nanos(), "{at}");
        }
    }

    #[test]
    fn adding_stops_at_the_end_of_the_calendar() {
        assert_eq!(add_nanos(EPOCH, i64::MAX, i64::MAX), DateTime::MAX);
        assert_eq!(add_nanos(EPOCH, i64::MAX, i64::MIN), DateTime::MIN);
    }
}
