//! Times of a stream as seconds since 1970, read without a detour where they are in ISO form.

use crate::time::{DateOrder, EPOCH, scan};

/// How the time of a row is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A date with its parts in this order.
    Date(DateOrder),
    /// A whole number that counts seconds, or thousandths of them, since 1970.
    Epoch { per_second: i64 },
    /// A whole number without a unit.
    Count,
}

/// A time of year, month, day, hour, minute and second; none where they are out of range.
pub(super) fn seconds_of_parts([year, month, day, hour, minute, second]: [i64; 6]) -> Option<i64> {
    let day = jiff::civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let clock = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    let midnight = day.to_datetime(jiff::civil::Time::midnight()).duration_since(EPOCH).as_secs();
    clock.then_some(midnight + 3600 * hour + 60 * minute + second)
}

/// Whole numbers from here on (2001-09-09) to [`EPOCH_END`] (2096) are taken for seconds since 1970, a thousand times that for milliseconds.
const EPOCH_START: i64 = 1_000_000_000;
const EPOCH_END: i64 = 4_000_000_000;

/// The form of a sample of cells; `None` where they are no times.
pub(super) fn form_of<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Option<Form> {
    let cells = cells.filter(|cell| !cell.is_empty());
    let mut numbers = cells.clone().map(|cell| cell.parse::<i64>().ok());
    let first = numbers.next()?;
    if let Some(first) = first {
        let numbers: Option<Vec<i64>> = std::iter::once(Some(first)).chain(numbers).collect();
        let within = |unit: i64| numbers.as_ref().is_some_and(|n| n.iter().all(|n| (EPOCH_START..EPOCH_END).contains(&(n / unit))));
        let compact = |cell: &str| cell.len() == 8 && scan(cell).is_some_and(|s| s.civil(DateOrder::YearMonthDay).is_some());
        return match numbers {
            Some(_) if within(1) => Some(Form::Epoch { per_second: 1 }),
            Some(_) if within(1000) => Some(Form::Epoch { per_second: 1000 }),
            Some(_) if cells.clone().all(compact) => Some(Form::Date(DateOrder::YearMonthDay)),
            Some(_) => Some(Form::Count),
            None => None,
        };
    }
    let orders = [
        DateOrder::YearMonthDay,
        DateOrder::MonthDayYear,
        DateOrder::DayMonthYear,
        DateOrder::YearMonth,
        DateOrder::MonthYear,
        DateOrder::YearQuarter,
    ];
    let fits = |order: &DateOrder| cells.clone().all(|cell| cell.parse::<f64>().is_err() && seconds_of(cell, Form::Date(*order)).is_some());
    // 01/02/2020 fits two orders: where the sample does not settle it, the day comes first only if a later row says so, and that row is an error.
    orders.into_iter().find(fits).map(Form::Date)
}

/// Seconds since 1970 of a cell; of a count, the count. `None` where it is no time of this form.
pub(super) fn seconds_of(cell: &str, form: Form) -> Option<i64> {
    match form {
        Form::Date(order) => iso(cell.as_bytes()).or_else(|| slow(cell, order)),
        Form::Epoch { per_second } => cell.parse::<i64>().ok().map(|n| n.div_euclid(per_second)),
        Form::Count => cell.parse().ok(),
    }
}

fn slow(cell: &str, order: DateOrder) -> Option<i64> {
    let scanned = scan(cell)?;
    let two_numbers_first = matches!(order, DateOrder::MonthDayYear | DateOrder::DayMonthYear);
    let order = match scanned.form.needs_order() {
        true if two_numbers_first => order,
        true => return None,
        false => scanned.form.order,
    };
    scanned.civil(order).map(|at| at.duration_since(EPOCH).as_secs())
}

/// `2014-04-01 00:05:00`, with `T` for the space, without the seconds, or without the time.
fn iso(cell: &[u8]) -> Option<i64> {
    let two = |at: usize| -> Option<i64> {
        let (a, b) = (cell[at].wrapping_sub(b'0'), cell[at + 1].wrapping_sub(b'0'));
        (a < 10 && b < 10).then(|| i64::from(a * 10 + b))
    };
    if !matches!(cell.len(), 10 | 16 | 19) || cell[4] != b'-' || cell[7] != b'-' {
        return None;
    }
    let (year, month, day) = (two(0)? * 100 + two(2)?, two(5)?, two(8)?);
    if !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    let (mut hour, mut minute, mut second) = (0, 0, 0);
    if cell.len() > 10 {
        if !matches!(cell[10], b' ' | b'T') || cell[13] != b':' {
            return None;
        }
        (hour, minute) = (two(11)?, two(14)?);
        if cell.len() == 19 {
            if cell[16] != b':' {
                return None;
            }
            second = two(17)?;
        }
    }
    (hour < 24 && minute < 60 && second < 60).then(|| days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the Gregorian calendar, counted in years that begin in March, so that the leap day is the last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leaps + (153 * month + 2) / 5 + day - 1 - DAYS_TO_1970
}

/// Days from 1 March of the year 0 to 1 January 1970.
const DAYS_TO_1970: i64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_gives_what_the_calendar_gives() {
        for cell in ["1970-01-01", "2014-04-01 00:05:00", "2000-02-29T23:59:59", "1969-12-31 23:59", "2024-12-31", "1600-03-01"] {
            let expected = slow(cell, DateOrder::YearMonthDay);
            assert!(expected.is_some());
            assert_eq!(iso(cell.as_bytes()), expected, "{cell}");
        }
        for cell in ["2014-13-01", "2014-02-29", "2014-04-01 24:00", "2014-04-01x00:00", "2014/04/01", "a014-04-01"] {
            assert_eq!(iso(cell.as_bytes()), None, "{cell}");
        }
    }

    #[test]
    fn forms_are_told_apart() {
        for (cells, expected) in [
            (&["2014-04-01 00:05:00", "2014-04-01 00:10:00"][..], Some(Form::Date(DateOrder::YearMonthDay))),
            (&["1400000000", "1400000060"], Some(Form::Epoch { per_second: 1 })),
            (&["1400000000000"], Some(Form::Epoch { per_second: 1000 })),
            (&["1", "2", "3"], Some(Form::Count)),
            (&["20140401", "20140402"], Some(Form::Date(DateOrder::YearMonthDay))),
            (&["13/01/2020", "14/01/2020"], Some(Form::Date(DateOrder::DayMonthYear))),
            (&["1.5", "2"], None),
            (&["red"], None),
            (&[], None),
        ] {
            assert_eq!(form_of(cells.iter().copied()), expected, "{cells:?}");
        }
    }
}
