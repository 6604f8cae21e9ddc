//! Times of a stream as seconds and nanoseconds since 1970, read without a detour where they are in ISO form.

use std::sync::Arc;

use crate::time::{DateOrder, EPOCH, Pattern, choose_order, choose_pattern, civil_nanos, digits_pattern, scan};

/// A time: whole seconds since 1970 and nanoseconds beyond, or a count and billionths beyond. Rises with time.
pub(super) type Moment = (i64, u32);

/// Nanoseconds of a second.
const NANOS: i128 = 1_000_000_000;

/// Nanoseconds from one time to another.
pub(super) fn nanos_between(from: Moment, to: Moment) -> i128 {
    let total = |(seconds, nanos): Moment| i128::from(seconds) * NANOS + i128::from(nanos);
    total(to) - total(from)
}

/// How the time of a row is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A date with its parts in this order.
    Date(DateOrder),
    /// A date in a form of its own.
    Pattern(Arc<Pattern>),
    /// A number that counts seconds, or thousandths, millionths or billionths of them, since 1970.
    Epoch { per_second: i64 },
    /// A whole number without a unit.
    Count,
    /// A number without a unit.
    Decimal,
}

impl Form {
    /// Whether times have an hour and a weekday.
    pub fn dated(&self) -> bool {
        matches!(self, Self::Date(_) | Self::Pattern(_) | Self::Epoch { .. })
    }

    /// Whether times are written as dates, and not as numbers.
    pub fn is_date(&self) -> bool {
        matches!(self, Self::Date(_) | Self::Pattern(_))
    }
}

/// A time of year, month, day, hour, minute and second; none where they are out of range.
pub(super) fn seconds_of_parts([year, month, day, hour, minute, second]: [i64; 6]) -> Option<i64> {
    let day = jiff::civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let clock = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    let midnight = day.to_datetime(jiff::civil::Time::midnight()).duration_since(EPOCH).as_secs();
    clock.then_some(midnight + 3600 * hour + 60 * minute + second)
}

/// Numbers from here on (2001-09-09) to [`EPOCH_END`] (2096) are taken for seconds since 1970, thousand, million and billion times that for finer units.
const EPOCH_START: i64 = 1_000_000_000;
const EPOCH_END: i64 = 4_000_000_000;
/// Units of an epoch, by how many make a second.
const PER_SECOND: [i64; 4] = [1, 1_000, 1_000_000, 1_000_000_000];

/// The form of a sample of cells; `None` where they are no times.
pub(super) fn form_of<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Option<Form> {
    let cells = cells.filter(|cell| !cell.is_empty());
    if number(cells.clone().next()?).is_some() {
        let numbers: Vec<Moment> = cells.clone().map(number).collect::<Option<_>>()?;
        let within = |unit: &i64| numbers.iter().all(|(n, _)| (EPOCH_START..EPOCH_END).contains(&(n / unit)));
        let compact = |cell: &str| cell.len() == 8 && scan(cell).is_some_and(|s| s.civil(DateOrder::YearMonthDay).is_some());
        let whole = numbers.iter().all(|(_, fraction)| *fraction == 0);
        // Digits of a date and an hour would be an epoch of the years from 2033 on.
        if whole && let Some(pattern) = digits_pattern(&cells.clone().collect::<Vec<_>>()) {
            return Some(Form::Pattern(Arc::new(pattern)));
        }
        return Some(match PER_SECOND.into_iter().find(within) {
            Some(per_second) => Form::Epoch { per_second },
            None if whole && cells.clone().all(compact) => Form::Date(DateOrder::YearMonthDay),
            None if whole => Form::Count,
            None => Form::Decimal,
        });
    }
    let orders = [
        DateOrder::YearMonthDay,
        DateOrder::MonthDayYear,
        DateOrder::DayMonthYear,
        DateOrder::YearMonth,
        DateOrder::MonthYear,
        DateOrder::YearQuarter,
    ];
    let fits = |order: &DateOrder| cells.clone().all(|cell| cell.parse::<f64>().is_err() && moment_of(cell, &Form::Date(*order)).is_some());
    if let Some(order) = choose_order(cells.clone()) {
        return match order {
            // Two digits of the year stand first, which only a form of its own tells from the other orders.
            DateOrder::YearMonthDay => choose_pattern(&cells.collect::<Vec<_>>()).map(|pattern| Form::Pattern(Arc::new(pattern))),
            order => fits(&order).then_some(Form::Date(order)),
        };
    }
    // 01/02/2020 fits two orders: where the sample does not settle it, the day comes first only if a later row says so, and that row is an error.
    let usual = orders.into_iter().find(fits).map(Form::Date);
    usual.or_else(|| choose_pattern(&cells.collect::<Vec<_>>()).map(|pattern| Form::Pattern(Arc::new(pattern))))
}

/// The form of a sample of cells most of which are times; those that are none are errors of their rows. `None` where too few are.
pub(super) fn form_of_most<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Option<Form> {
    /// Share of cells that are times at least.
    const MOST: f64 = 0.8;
    if let Some(form) = form_of(cells.clone()) {
        return Some(form);
    }
    let cells = cells.filter(|cell| !cell.is_empty());
    let all = cells.clone().count() as f64;
    let is_date = |cell: &&str| form_of(std::iter::once(*cell)).is_some_and(|form| form.is_date()) && number(cell).is_none();
    let (dates, numbers) = (cells.clone().filter(is_date), cells.filter(|cell| number(cell).is_some()));
    if dates.clone().count() as f64 >= MOST * all {
        form_of(dates)
    } else if numbers.clone().count() as f64 >= MOST * all {
        form_of(numbers)
    } else {
        None
    }
}

/// The time of a cell; of a count, the count. `None` where it is no time of this form.
pub(super) fn moment_of(cell: &str, form: &Form) -> Option<Moment> {
    match *form {
        Form::Date(order) => iso(cell.as_bytes()).map(|seconds| (seconds, 0)).or_else(|| slow(cell, order)),
        Form::Pattern(ref pattern) => pattern.read(cell).map(|(at, _)| moment(at)),
        Form::Epoch { per_second } => {
            let (count, fraction) = number(cell)?;
            let unit = NANOS as i64 / per_second;
            let nanos = count.rem_euclid(per_second) * unit + i64::from(fraction) * unit / NANOS as i64;
            Some((count.div_euclid(per_second), nanos as u32))
        }
        Form::Count => Some((cell.parse().ok()?, 0)),
        Form::Decimal => number(cell),
    }
}

/// A plain number as its floor and the billionths beyond, to the last digit; the comma may be the decimal mark.
fn number(cell: &str) -> Option<Moment> {
    /// Digits of a billionth.
    const DIGITS: usize = 9;
    let (sign, digits) = match cell.as_bytes().first()? {
        b'-' => (-1, &cell[1..]),
        b'+' => (1, &cell[1..]),
        _ => (1, cell),
    };
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !(all_digits(whole) && all_digits(fraction)) || whole.len() + fraction.len() == 0 {
        // 1.7675712e9, as spreadsheets write it.
        let value: f64 = cell.parse().ok().filter(|v: &f64| v.abs() < EPOCH_END as f64 * NANOS as f64)?;
        let rest = ((value - value.floor()) * NANOS as f64) as u32;
        return Some((value.floor() as i64, rest));
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let kept = &fraction[..fraction.len().min(DIGITS)];
    let billionths = if kept.is_empty() { 0 } else { kept.parse::<u32>().ok()? * 10_u32.pow((DIGITS - kept.len()) as u32) };
    match (sign, billionths) {
        (1, _) => Some((whole, billionths)),
        (_, 0) => Some((-whole, 0)),
        _ => Some((-whole - 1, NANOS as u32 - billionths)),
    }
}

fn slow(cell: &str, order: DateOrder) -> Option<Moment> {
    let scanned = scan(cell)?;
    let two_numbers_first = matches!(order, DateOrder::MonthDayYear | DateOrder::DayMonthYear);
    let order = match scanned.form.needs_order() {
        true if two_numbers_first => order,
        true => return None,
        false => scanned.form.order,
    };
    scanned.civil(order).map(moment)
}

fn moment(at: jiff::civil::DateTime) -> Moment {
    let nanos = civil_nanos(at);
    (nanos.div_euclid(NANOS) as i64, nanos.rem_euclid(NANOS) as u32)
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
            assert_eq!(iso(cell.as_bytes()).map(|seconds| (seconds, 0)), expected, "{cell}");
        }
        for cell in ["2014-13-01", "2014-02-29", "2014-04-01 24:00", "2014-04-01x00:00", "2014/04/01", "a014-04-01"] {
            assert_eq!(iso(cell.as_bytes()), None, "{cell}");
        }
    }

    #[test]
    fn forms_are_told_apart() {
        let pattern = |text: &str| Some(Form::Pattern(Arc::new(text.parse().unwrap())));
        for (cells, expected) in [
            (&["2014-04-01 00:05:00", "2014-04-01 00:10:00"][..], Some(Form::Date(DateOrder::YearMonthDay))),
            (&["1400000000", "1400000060"], Some(Form::Epoch { per_second: 1 })),
            (&["1400000000000"], Some(Form::Epoch { per_second: 1000 })),
            (&["1", "2", "3"], Some(Form::Count)),
            (&["20140401", "20140402"], Some(Form::Date(DateOrder::YearMonthDay))),
            (&["13/01/2020", "14/01/2020"], Some(Form::Date(DateOrder::DayMonthYear))),
            (&["1767571200.25", "1767571260"], Some(Form::Epoch { per_second: 1 })),
            (&["1767571200250.5"], Some(Form::Epoch { per_second: 1_000 })),
            (&["1767571200250000"], Some(Form::Epoch { per_second: 1_000_000 })),
            (&["1767571200250000001"], Some(Form::Epoch { per_second: 1_000_000_000 })),
            (&["1.7675712e9"], Some(Form::Epoch { per_second: 1 })),
            (&["24-01-30", "24-01-31", "24-02-01"], pattern("%y-%m-%d")),
            (&["2024030123", "2024030200"], pattern("%Y%m%d%H")),
            (&["2024-03-01 오전 12:00", "2024-03-01 오전 1:00"], pattern("%Y-%m-%d %Op %-I:%M")),
            (&["1.5", "2"], Some(Form::Decimal)),
            (&["1", "red"], None),
            (&["red"], None),
            (&[], None),
        ] {
            assert_eq!(form_of(cells.iter().copied()), expected, "{cells:?}");
        }
    }

    #[test]
    fn fractions_are_kept_to_the_nanosecond() {
        let of = |per_second| Form::Epoch { per_second };
        for (cell, form, expected) in [
            ("1767571200.25", of(1), (1_767_571_200, 250_000_000)),
            ("1767571200,25", of(1), (1_767_571_200, 250_000_000)),
            ("1767571200", of(1), (1_767_571_200, 0)),
            ("1767571200250", of(1_000), (1_767_571_200, 250_000_000)),
            ("1767571200250.5", of(1_000), (1_767_571_200, 250_500_000)),
            ("1767571200250001", of(1_000_000), (1_767_571_200, 250_001_000)),
            ("1767571200250000001", of(1_000_000_000), (1_767_571_200, 250_000_001)),
            ("0.01", Form::Decimal, (0, 10_000_000)),
            ("-0.25", Form::Decimal, (-1, 750_000_000)),
            ("-2", Form::Decimal, (-2, 0)),
            (".5", Form::Decimal, (0, 500_000_000)),
            ("2026-01-05 00:00:00.250", Form::Date(DateOrder::YearMonthDay), (1_767_571_200, 250_000_000)),
        ] {
            assert_eq!(moment_of(cell, &form), Some(expected), "{cell}");
        }
        for cell in ["", "-", ".", "1.2.3", "1e400", "nan", "12 3"] {
            assert_eq!(moment_of(cell, &Form::Decimal), None, "{cell}");
        }
        assert_eq!(nanos_between((-1, 750_000_000), (1, 0)), 1_250_000_000);
    }
}
