//! The nights in which clocks change, as far as a table without time zone shows them.

use jiff::civil::{DateTime, Weekday};

/// Whether clocks go back at about this time somewhere: early on the last Sunday of October or September, or the first of November or April.
pub(super) fn goes_back(at: DateTime) -> bool {
    let (first, last) = sunday(at);
    at.hour() <= 3 && matches!((at.month(), first, last), (9 | 10, _, true) | (4 | 11, true, _))
}

/// Whether clocks go forward right behind this time somewhere: early on the second or the last Sunday of March, the last of September, or the
/// first of October.
pub(super) fn goes_forward(at: DateTime) -> bool {
    // Midnight of the day before counts: where clocks jump at midnight the last row is that of 23:00.
    let at = at.saturating_add(jiff::SignedDuration::from_hours(1));
    let (first, last) = sunday(at);
    let second = at.weekday() == Weekday::Sunday && (8..=14).contains(&at.day());
    at.hour() <= 3 && matches!((at.month(), first, second, last), (3, _, true, _) | (3 | 9, _, _, true) | (10, true, _, _))
}

/// Whether a day is the first or the last Sunday of its month.
fn sunday(at: DateTime) -> (bool, bool) {
    let sunday = at.weekday() == Weekday::Sunday;
    (sunday && at.day() <= 7, sunday && at.day() > at.days_in_month() - 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nights_of_europe_america_and_the_south() {
        let at = |text: &str| text.parse::<DateTime>().unwrap();
        for text in ["2024-10-27 02:30", "2020-11-01 01:00", "2024-04-07 02:00"] {
            assert!(goes_back(at(text)), "{text}");
        }
        for text in ["2024-03-31 01:45", "2024-03-10 01:00", "2024-10-06 01:30", "2024-09-29 01:00"] {
            assert!(goes_forward(at(text)), "{text}");
        }
        for text in ["2024-10-26 02:30", "2024-10-20 02:30", "2024-10-27 12:00", "2024-03-31 12:00", "2024-03-30 01:00"] {
            assert!(!goes_back(at(text)) && !goes_forward(at(text)), "{text}");
        }
    }
}
