//! Calendars with closed hours and days: rows follow each other inside a session, and the next session follows the last row.

use jiff::civil::{DateTime, Weekday};

use super::NANOS_PER_SECOND;
use crate::time::{EPOCH, civil_nanos};

pub(crate) const NANOS_PER_DAY: i64 = 86_400 * NANOS_PER_SECOND;
const NANOS_PER_WEEK: i64 = 7 * NANOS_PER_DAY;
/// Days from a Monday to 1970-01-01.
const THURSDAY: i64 = 3;

/// Rows in sessions: a session each open day, or one each week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sessions {
    /// Nanoseconds from row to row in a session.
    pub(super) step: i64,
    /// The first row, in nanoseconds from the start of the day, or of the Monday of the week.
    pub(super) open: i64,
    /// Rows of a session.
    pub(super) rows: i64,
    /// After how many rows of a session a pause stands, and for how many steps; none where either is 0.
    pub(super) pause: (i64, i64),
    /// Days on which sessions start, Monday in the lowest bit; none where a session is a week long.
    pub(super) days: u8,
}

impl Sessions {
    fn weekly(&self) -> bool {
        self.days == 0
    }

    /// Rows from the start of the calendar to the last row at or before `at`, and whether that one is at `at`.
    pub(super) fn position(&self, at: DateTime) -> (i64, bool) {
        let nanos = civil_nanos(at) + i128::from(THURSDAY * NANOS_PER_DAY) - i128::from(self.open);
        let period = if self.weekly() { NANOS_PER_WEEK } else { NANOS_PER_DAY };
        let number = nanos.div_euclid(i128::from(period)) as i64;
        let offset = nanos.rem_euclid(i128::from(period)) as i64;
        let (session, open) = self.session(number);
        if !open {
            return (session * self.rows - 1, false);
        }
        let (slot, on_step) = (offset / self.step, offset % self.step == 0);
        let (before, length) = self.pause;
        let row = if length == 0 || slot < before { slot } else { (slot - length).max(before - 1) };
        let paused = length > 0 && (before..before + length).contains(&slot);
        let last = self.rows - 1;
        (session * self.rows + row.min(last), on_step && !paused && row <= last)
    }

    /// The number of the session of a day or week, and whether there is one that day; else that of the next.
    fn session(&self, number: i64) -> (i64, bool) {
        if self.weekly() {
            return (number, true);
        }
        let (week, day) = (number.div_euclid(7), number.rem_euclid(7));
        let before = (self.days & ((1 << day) - 1)).count_ones();
        (week * i64::from(self.days.count_ones()) + i64::from(before), self.days >> day & 1 == 1)
    }

    /// The time of a row counted from the start of the calendar; the calendar's end beyond it.
    pub(super) fn time(&self, position: i64) -> DateTime {
        let (session, row) = (position.div_euclid(self.rows), position.rem_euclid(self.rows));
        let start = if self.weekly() {
            i128::from(session) * i128::from(NANOS_PER_WEEK)
        } else {
            let open = i64::from(self.days.count_ones());
            let (week, nth) = (session.div_euclid(open), session.rem_euclid(open));
            let day = (0..7).filter(|day| self.days >> day & 1 == 1).nth(nth as usize).unwrap_or(0);
            (i128::from(week) * 7 + day) * i128::from(NANOS_PER_DAY)
        };
        let (before, length) = self.pause;
        let slot = if length > 0 && row >= before { row + length } else { row };
        let nanos = start - i128::from(THURSDAY * NANOS_PER_DAY) + i128::from(self.open) + i128::from(slot) * i128::from(self.step);
        let duration = jiff::SignedDuration::try_from_nanos_i128(nanos);
        EPOCH.saturating_add(duration.unwrap_or(if nanos < 0 { jiff::SignedDuration::MIN } else { jiff::SignedDuration::MAX }))
    }

    pub(super) fn next(&self, at: DateTime, k: i64) -> DateTime {
        let (position, on_row) = self.position(at);
        // Going back from between two rows, the row before is the first step.
        let from = position.saturating_add(i64::from(k < 0 && !on_row));
        self.time(from.saturating_add(k).clamp(-MOST, MOST))
    }

    pub(super) fn steps_between(&self, from: DateTime, to: DateTime) -> Option<i64> {
        let ((a, on_a), (b, on_b)) = (self.position(from), self.position(to));
        (on_a && on_b).then(|| b - a)
    }

    /// Whether two times lie in one session.
    pub(super) fn same_session(&self, a: DateTime, b: DateTime) -> bool {
        self.position(a).0.div_euclid(self.rows) == self.position(b).0.div_euclid(self.rows)
    }

    /// Rows of a day, or of a week where a day has one row.
    pub(super) fn season(&self) -> usize {
        match (self.weekly(), self.rows) {
            (true, _) if NANOS_PER_DAY % self.step == 0 => (NANOS_PER_DAY / self.step) as usize,
            (true, rows) => rows as usize,
            (false, 1) => self.days.count_ones() as usize,
            (false, rows) => rows as usize,
        }
    }

    pub(super) fn weekday(day: i64) -> Weekday {
        Weekday::from_monday_zero_offset(day.rem_euclid(7) as i8).unwrap_or(Weekday::Monday)
    }
}

/// Rows beyond which no calendar goes: it has 20,000 years.
const MOST: i64 = i64::MAX / 4;

#[cfg(test)]
mod tests {
    use crate::frequency::Frequency;
    use crate::time::Time;

    #[test]
    fn the_next_row_is_the_next_session() {
        for (code, from, k, to) in [
            ("30min@09:30-16:00/Mon-Fri", "2024-05-23 15:30", 1, "2024-05-23 16:00"),
            ("30min@09:30-16:00/Mon-Fri", "2024-05-23 16:00", 1, "2024-05-24 09:30"),
            ("30min@09:30-16:00/Mon-Fri", "2024-05-24 16:00", 1, "2024-05-27 09:30"),
            ("30min@09:30-16:00/Mon-Fri", "2024-05-27 09:30", -14, "2024-05-24 09:30"),
            ("30min@09:00-11:30+12:30-15:00/Mon-Fri", "2024-05-24 11:30", 1, "2024-05-24 12:30"),
            ("30min@09:00-11:30+12:30-15:00/Mon-Fri", "2024-05-24 15:00", 1, "2024-05-27 09:00"),
            ("D/MonTueWedThuFriSun", "2024-02-02", 1, "2024-02-04"),
            ("D/Mon-Sat", "2024-02-03", 1, "2024-02-05"),
            ("D@17:00/Mon-Thu", "2024-02-01 17:00", 1, "2024-02-05 17:00"),
            ("h@Sun17:00-Fri16:00", "2024-05-24 16:00", 1, "2024-05-26 17:00"),
            ("h@Sun17:00-Fri16:00", "2024-05-26 23:00", 1, "2024-05-27 00:00"),
            ("h@18:00-05:00/Sun-Thu", "2024-05-23 05:00", 1, "2024-05-23 18:00"),
            ("h@18:00-05:00/Sun-Thu", "2024-05-24 05:00", 1, "2024-05-26 18:00"),
            ("h@08:00-20:00/Mon-Sun", "1969-12-31 20:00", 1, "1970-01-01 08:00"),
        ] {
            let frequency: Frequency = code.parse().unwrap();
            assert_eq!(frequency.code(), code);
            let at = |text: &str| Time::Date(text.parse().unwrap());
            assert_eq!(frequency.next(&at(from), k), at(to), "{from} + {k} by {code}");
            assert_eq!(frequency.steps_between(&at(from), &at(to)), Some(k), "{from} to {to} by {code}");
        }
        let trading: Frequency = "30min@09:30-16:00/Mon-Fri".parse().unwrap();
        assert_eq!((trading.default_season(), trading.to_string().as_str()), (14, "every 30 minutes, 09:30-16:00, Mon-Fri"));
        let closed = Time::Date("2024-05-25 12:00".parse().unwrap());
        assert_eq!(trading.steps_between(&closed, &closed), None);
        assert_eq!(trading.next(&closed, 1).to_string(), "2024-05-27 09:30:00");
        assert_eq!(trading.next(&closed, -1).to_string(), "2024-05-24 16:00:00");
        assert_eq!(trading.next(&closed, i64::MAX), Time::Date(jiff::civil::DateTime::MAX));
    }
}
