//! The first and the last weekday of a month.

use jiff::ToSpan;
use jiff::civil::DateTime;

use super::{at_day, is_weekend};

/// Days from the edge of a month in which its first or last weekday lies, with holidays.
const EDGE: i8 = 6;

/// The last, or the first, weekday of the month of a time.
pub(super) fn at_business_day(at: DateTime, last: bool) -> DateTime {
    let mut day = at_day(at, if last { 31 } else { 1 });
    while is_weekend(day) {
        day = if last { day.saturating_sub(1.day()) } else { day.saturating_add(1.day()) };
    }
    day
}

/// Whether a time may be the last, or the first, day on which its month was at work.
pub(super) fn is_business_edge(at: DateTime, last: bool) -> bool {
    !is_weekend(at) && if last { at.day() > at.days_in_month() - EDGE } else { at.day() <= EDGE }
}
