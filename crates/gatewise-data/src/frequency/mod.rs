//! Time from row to row, and stepping along it.

mod business;
mod infer;
mod learn;
mod sessions;
mod sessions_text;
mod text;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Span, ToSpan};

use crate::time::{Time, add_nanos, civil_nanos, day_number, nanos_apart};

use business::{at_business_day, is_business_edge};
pub(crate) use infer::infer;
pub use sessions::Sessions;
pub use text::ParseFrequencyError;

pub(crate) const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// The step from a row to the next.
///
/// Its text ([`FromStr`](std::str::FromStr)) is that of pandas, or a word: `h`, `15min`, `D`, `B`,
/// `W`, `M`, `Q`, `Y`, `hourly`, `2 weeks`, `10` (whole numbers). It is serialised as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Frequency {
    /// Whole numbers, this far apart.
    Steps(i64),
    /// Hours, minutes, seconds and below, in nanoseconds.
    Clock(i64),
    /// Days; a week is seven.
    Days(i64),
    /// Monday to Friday.
    BusinessDays,
    /// Calendar months; a quarter is three, a year is twelve.
    Months {
        /// Months from row to row.
        count: i64,
        /// Day of the month where the time itself may not show it (29 to 31; 31 is the month's
        /// end), else the day of the time stepped from.
        day: Option<i8>,
    },
    /// The first or the last weekday of calendar months.
    BusinessMonths {
        /// Months from row to row.
        count: i64,
        /// The last weekday, else the first.
        last: bool,
    },
    /// Sessions with closed hours or days between.
    Sessions(Sessions),
}

impl Frequency {
    /// The time `k` steps after `time`, or before it where `k` is negative. Stops at the ends of
    /// the calendar. A time of the other kind (a date stepped by whole numbers) stays as it is.
    pub fn next(&self, time: &Time, k: i64) -> Time {
        match (*self, *time) {
            (Frequency::Steps(step), Time::Index(at)) => Time::Index(at.saturating_add(step.saturating_mul(k))),
            (Frequency::Clock(nanos), Time::Date(at)) => Time::Date(add_nanos(at, nanos, k)),
            (Frequency::Days(days), Time::Date(at)) => Time::Date(add(at, Span::new().try_days(days.saturating_mul(k)), k)),
            (Frequency::BusinessDays, Time::Date(at)) => Time::Date(add_business_days(at, k)),
            (Frequency::Months { count, day }, Time::Date(at)) => {
                let moved = add(at, Span::new().try_months(count.saturating_mul(k)), k);
                Time::Date(match day {
                    Some(day) => at_day(moved, day),
                    None => moved,
                })
            }
            (Frequency::BusinessMonths { count, last }, Time::Date(at)) => {
                let moved = add(at, Span::new().try_months(count.saturating_mul(k)), k);
                Time::Date(at_business_day(moved, last))
            }
            (Frequency::Sessions(sessions), Time::Date(at)) => Time::Date(sessions.next(at, k)),
            _ => *time,
        }
    }

    /// How many steps lead from `from` to `to`; `None` where `to` lies between two steps.
    pub(crate) fn steps_between(&self, from: &Time, to: &Time) -> Option<i64> {
        let steps = match (*self, *from, *to) {
            (Frequency::Steps(step), Time::Index(a), Time::Index(b)) => b.checked_sub(a)?.checked_div(step)?,
            (Frequency::Clock(nanos), Time::Date(a), Time::Date(b)) => return whole_steps(nanos_apart(a, b), nanos),
            (Frequency::Days(days), Time::Date(a), Time::Date(b)) => {
                return if a.time() == b.time() { whole_steps(i128::from(days_between(a.date(), b.date())), days) } else { None };
            }
            (Frequency::BusinessDays, Time::Date(a), Time::Date(b)) => business_days(a, b)?,
            (Frequency::Months { count, .. }, Time::Date(a), Time::Date(b)) => (month_index(b) - month_index(a)).checked_div(count)?,
            // A holiday may move the day.
            (Frequency::BusinessMonths { count, last }, Time::Date(a), Time::Date(b)) => {
                let months = month_index(b) - month_index(a);
                let near = is_business_edge(a, last) && is_business_edge(b, last);
                return (near && months % count == 0).then(|| months / count);
            }
            (Frequency::Sessions(sessions), Time::Date(a), Time::Date(b)) => return sessions.steps_between(a, b),
            _ => return None,
        };
        (self.next(from, steps) == *to).then_some(steps)
    }

    /// The start of the step that a time falls into: of its hour, its day, its Monday's week, its month. `None` where there is none.
    pub(crate) fn start_of_step(&self, time: &Time) -> Option<Time> {
        let day = |date: Date| Time::Date(date.at(0, 0, 0, 0));
        match (*self, *time) {
            (Frequency::Steps(step), Time::Index(at)) => Some(Time::Index(at.div_euclid(step).checked_mul(step)?)),
            (Frequency::Clock(nanos), Time::Date(at)) => {
                let back = civil_nanos(at).rem_euclid(i128::from(nanos));
                Some(Time::Date(add_nanos(at, -i64::try_from(back).ok()?, 1)))
            }
            (Frequency::Days(days), Time::Date(at)) => {
                // Weeks start on Mondays; other numbers of days are counted from one, 1969-12-29.
                let since = days_between(jiff::civil::date(1969, 12, 29), at.date());
                let back = Span::new().try_days(since.rem_euclid(days)).ok()?;
                Some(day(at.date().checked_sub(back).ok()?))
            }
            (Frequency::Months { count, day: anchor }, Time::Date(at)) => {
                let index = (month_index(at) - 1).div_euclid(count) * count;
                let (year, month) = (index.div_euclid(12), index.rem_euclid(12) + 1);
                let first = Date::new(year.try_into().ok()?, month.try_into().ok()?, 1).ok()?;
                let Some(_) = anchor else { return Some(day(first)) };
                let last = first.checked_add(Span::new().try_months(count - 1).ok()?).ok()?.last_of_month();
                Some(day(last))
            }
            (Frequency::BusinessDays, Time::Date(at)) if !is_weekend(at) => Some(day(at.date())),
            _ => None,
        }
    }

    /// Whether closed days or hours lie between two times: there is no row that is missing.
    pub(crate) fn may_be_closed(&self, from: &Time, to: &Time) -> bool {
        match (*self, *from, *to) {
            (Frequency::BusinessDays, ..) => true,
            (Frequency::Sessions(sessions), Time::Date(a), Time::Date(b)) => !sessions.same_session(a, b),
            _ => false,
        }
    }

    /// Rows in the season people look for first at this frequency: a day of hours, a week of days,
    /// a year of months; 1 where there is none, as for years and whole numbers.
    pub fn default_season(&self) -> usize {
        let whole = |cycle: i64, step: i64| {
            if step > 0 && cycle % step == 0 { (cycle / step) as usize } else { 1 }
        };
        match *self {
            Frequency::Steps(_) => 1,
            // An hour of seconds, as GluonTS has it; a day of them is seldom in the data.
            Frequency::Clock(nanos) if nanos < 60 * NANOS_PER_SECOND => whole(3600 * NANOS_PER_SECOND, nanos),
            Frequency::Clock(nanos) => whole(86_400 * NANOS_PER_SECOND, nanos),
            Frequency::Days(days) if days % 7 == 0 => whole(52, days / 7),
            Frequency::Days(days) => whole(7, days),
            Frequency::BusinessDays => 5,
            Frequency::Months { count, .. } | Frequency::BusinessMonths { count, .. } => whole(12, count),
            Frequency::Sessions(sessions) => sessions.season(),
        }
    }
}

/// The sum, or the end of the calendar in the direction of `k`.
fn add(at: DateTime, span: Result<Span, jiff::Error>, k: i64) -> DateTime {
    match span.and_then(|span| at.checked_add(span)) {
        Ok(sum) => sum,
        Err(_) if k < 0 => DateTime::MIN,
        Err(_) => DateTime::MAX,
    }
}

fn at_day(at: DateTime, day: i8) -> DateTime {
    let day = day.clamp(1, at.days_in_month());
    at.with().day(day).build().unwrap_or(at)
}

pub(crate) fn month_index(at: DateTime) -> i64 {
    i64::from(at.year()) * 12 + i64::from(at.month())
}

pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    day_number(to) - day_number(from)
}

/// How often `step` goes into `apart`, without a rest.
fn whole_steps(apart: i128, step: i64) -> Option<i64> {
    // Division of 128 bits is slow, and hardly any two times are that far apart.
    if let Ok(apart) = i64::try_from(apart) {
        return (apart.checked_rem(step)? == 0).then(|| apart / step);
    }
    let step = i128::from(step);
    if apart.checked_rem(step)? == 0 { i64::try_from(apart / step).ok() } else { None }
}

pub(crate) fn is_weekend(at: DateTime) -> bool {
    matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// `k` business days on; from a weekend, a step leads to the Monday after or the Friday before.
fn add_business_days(at: DateTime, k: i64) -> DateTime {
    let weekday = i64::from(at.weekday().to_monday_zero_offset());
    let from = weekday.min(if k < 0 { 5 } else { 4 });
    let total = from.saturating_add(k);
    let weeks = total.div_euclid(5).saturating_mul(7);
    let days = weeks.saturating_add(total.rem_euclid(5) - weekday);
    add(at, Span::new().try_days(days), k)
}

fn business_days(from: DateTime, to: DateTime) -> Option<i64> {
    if is_weekend(from) || is_weekend(to) {
        return None;
    }
    let monday = |at: DateTime| i64::from(at.weekday().to_monday_zero_offset());
    let weeks = (days_between(from.date(), to.date()) + monday(from) - monday(to)) / 7;
    Some(weeks * 5 + monday(to) - monday(from))
}

/// The last day of its month.
pub(crate) fn is_month_end(at: DateTime) -> bool {
    at.saturating_add(1.day()).month() != at.month()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Time {
        Time::Date(text.parse().unwrap())
    }

    #[test]
    fn steps_along_the_calendar_and_back() {
        let monthly = |day| Frequency::Months { count: 1, day };
        let hours = |n: i64| Frequency::Clock(n * 3600 * NANOS_PER_SECOND);
        for (frequency, from, k, to) in [
            (monthly(None), "2020-01-15", 2, "2020-03-15"),
            (monthly(Some(31)), "2020-01-31", 1, "2020-02-29"),
            (monthly(Some(31)), "2020-02-29", 1, "2020-03-31"),
            (monthly(Some(30)), "2021-02-28", -1, "2021-01-30"),
            (Frequency::Months { count: 3, day: None }, "2019-10-01", 1, "2020-01-01"),
            (Frequency::Months { count: 12, day: None }, "2019-01-01", 5, "2024-01-01"),
            (Frequency::Days(7), "2020-02-24", 1, "2020-03-02"),
            (Frequency::BusinessDays, "2024-05-03", 1, "2024-05-06"),
            (Frequency::BusinessDays, "2024-05-06", -1, "2024-05-03"),
            (Frequency::BusinessDays, "2024-05-01", 12, "2024-05-17"),
            (Frequency::BusinessDays, "2024-05-17", -12, "2024-05-01"),
            // The night the clocks change has 24 hours like any other.
            (hours(1), "2024-03-31 01:00", 2, "2024-03-31 03:00"),
            (hours(6), "2024-02-28 18:00", 1, "2024-02-29 00:00"),
        ] {
            assert_eq!(frequency.next(&day(from), k), day(to), "{from} + {k} of {frequency}");
            assert_eq!(frequency.steps_between(&day(from), &day(to)), Some(k), "{from} to {to} by {frequency}");
        }
    }

    #[test]
    fn refuses_times_between_steps() {
        for (frequency, from, to) in [
            (Frequency::Days(7), "2020-01-01", "2020-01-05"),
            (Frequency::Clock(300 * NANOS_PER_SECOND), "2020-01-01 00:00", "2020-01-01 00:04"),
            (Frequency::Months { count: 1, day: None }, "2020-01-01", "2020-02-02"),
            (Frequency::BusinessDays, "2024-05-03", "2024-05-04"),
        ] {
            assert_eq!(frequency.steps_between(&day(from), &day(to)), None, "{from} to {to}");
        }
    }

    #[test]
    fn ends_of_the_calendar_hold() {
        for k in [i64::MAX, i64::MIN] {
            for frequency in
                [Frequency::Clock(i64::MAX), Frequency::Days(365), Frequency::BusinessDays, Frequency::Months { count: 1, day: Some(31) }]
            {
                let Time::Date(at) = frequency.next(&day("2020-01-01"), k) else {
                    panic!("{frequency} turned a date into a number");
                };
                assert!(at.year().abs() >= 9999, "{frequency} {at}");
            }
        }
        assert_eq!(Frequency::Steps(2).next(&Time::Index(1), i64::MAX), Time::Index(i64::MAX));
    }

    #[test]
    fn seasons() {
        for (text, season) in [
            ("M", 12),
            ("h", 24),
            ("D", 7),
            ("Q", 4),
            ("W", 52),
            ("Y", 1),
            ("B", 5),
            ("15min", 96),
            ("min", 1440),
            ("s", 3600),
            ("10s", 360),
            ("2h", 12),
            ("5h", 1),
            ("1", 1),
        ] {
            let frequency: Frequency = text.parse().unwrap();
            assert_eq!(frequency.default_season(), season, "{text}");
        }
    }
}
