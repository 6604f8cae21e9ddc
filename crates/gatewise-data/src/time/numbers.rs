//! Numbers as times: digits in a row, counts since 1970, serial days of spreadsheets.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::pattern::Pattern;
use super::{Time, add_nanos, civil_nanos};
use crate::time::format::EpochUnit;

/// A count as the file writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What is counted.
    pub unit: EpochUnit,
    /// Digits behind the point.
    pub digits: u8,
}

/// Day 0 of spreadsheets.
const SERIAL_START: DateTime = jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0);
const NANOS_PER_DAY: i128 = 86_400_000_000_000;
const BILLION: i128 = 1_000_000_000;

/// A plain number as billionths. The comma may be the decimal mark.
fn billionths(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let negative = whole.starts_with('-');
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    if whole.is_empty() || whole.len() > 20 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let kept = &fraction[..fraction.len().min(9)];
    let rest = if kept.is_empty() { 0 } else { kept.parse::<i128>().ok()? * 10_i128.pow(9 - kept.len() as u32) };
    let value = whole.parse::<i128>().ok()? * BILLION + rest;
    Some(if negative { -value } else { value })
}

/// Billionths as a number with so many digits behind the point, rounded to the nearest.
fn write(billionths: i128, digits: u8) -> String {
    let digits = usize::from(digits.min(9));
    let cut = 10_i128.pow(9 - digits as u32);
    let scaled = (billionths + cut / 2).div_euclid(cut);
    if digits == 0 {
        return scaled.to_string();
    }
    let scale = 10_i128.pow(digits as u32);
    let sign = if scaled < 0 { "-" } else { "" };
    format!("{sign}{}.{:0digits$}", scaled.abs() / scale, scaled.abs() % scale)
}

/// Digits behind the point of a number.
pub(super) fn digits_of(text: &str) -> u8 {
    text.split_once(['.', ',']).map_or(0, |(_, fraction)| fraction.len().min(9) as u8)
}

impl Count {
    /// Whole counts of a unit.
    pub(crate) fn whole(unit: EpochUnit) -> Self {
        Count { unit, digits: 0 }
    }

    /// The time of a cell; of serial days, to the minute or second that is meant.
    pub(crate) fn read(&self, text: &str) -> Option<Time> {
        let count = billionths(text)?;
        Some(Time::Date(match self.unit {
            EpochUnit::SerialDays => {
                let nanos = count.checked_mul(NANOS_PER_DAY)? / BILLION;
                // With few digits a day's parts are known to the minute, with more to the second.
                let known = if self.digits <= 4 { 60 * BILLION } else { BILLION };
                let nanos = (nanos + known / 2).div_euclid(known) * known;
                let days = i64::try_from(nanos.div_euclid(NANOS_PER_DAY)).ok()?;
                let rest = i64::try_from(nanos.rem_euclid(NANOS_PER_DAY)).ok()?;
                add_nanos(add_nanos(SERIAL_START, NANOS_PER_DAY as i64, days), rest, 1)
            }
            unit => {
                let nanos = count * i128::from(unit.nanos()) / BILLION;
                add_nanos(
                    add_nanos(super::EPOCH, BILLION as i64, i64::try_from(nanos.div_euclid(BILLION)).ok()?),
                    nanos.rem_euclid(BILLION) as i64,
                    1,
                )
            }
        }))
    }

    pub(crate) fn format(&self, at: DateTime) -> String {
        let nanos = civil_nanos(at);
        let count = match self.unit {
            EpochUnit::SerialDays => ((nanos - civil_nanos(SERIAL_START)) * BILLION + NANOS_PER_DAY / 2).div_euclid(NANOS_PER_DAY),
            unit => nanos * BILLION / i128::from(unit.nanos()),
        };
        if self.digits == 0 { count.div_euclid(BILLION).to_string() } else { write(count, self.digits) }
    }
}

/// What a column of numbers may count.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Counted {
    /// Digits in a row, such as 202401.
    Digits(Pattern),
    Epoch(Count),
}

/// Share of the cells that must be times for the column to be one: totals below a table are none.
const MOST: f64 = 0.9;
/// Forms of digits in a row, by their number.
const DIGITS: [(usize, &str); 12] = [
    (6, "%Y%m"),
    (6, "%G%V"),
    (6, "%y%m%d"),
    (7, "%Y.%m"),
    (7, "%Y%j"),
    (8, "%Y%m%d"),
    (8, "%d%m%Y"),
    (8, "%m%d%Y"),
    (10, "%Y%m%d%H"),
    (12, "%Y%m%d%H%M"),
    (14, "%Y%m%d%H%M%S"),
    (17, "%Y%m%d%H%M%S%3f"),
];
/// What programs write behind whole numbers that they hold as decimals.
const POINT_ZERO: &str = ".0";
/// Years that digits in a row may mean.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2100;
/// Seconds since 1970 in the years 2001 to 2099, and serial days in 1954 to 2119.
const EPOCH_SECONDS: std::ops::Range<i128> = 1_000_000_000..4_100_000_000;
const SERIAL_DAYS: std::ops::Range<i128> = 20_000..80_000;

/// What the numbers of a column are, as times. `named`: the column is called as times are. Without such a name they have to be digits of dates
/// that go one way.
///
/// Serial days are read only where `dated`: a count of steps may be as high.
pub(super) fn infer(cells: &[&str], named: bool, dated: bool) -> Option<Counted> {
    /// Fewer rows may be dates by chance.
    const LEAST_UNNAMED: usize = 4;
    let least = (MOST * cells.len() as f64).ceil() as usize;
    if cells.is_empty() || (!named && cells.len() < LEAST_UNNAMED) {
        return None;
    }
    let decimal = cells.iter().filter(|cell| cell.ends_with(POINT_ZERO)).count() >= least;
    let tail = if decimal { POINT_ZERO } else { "" };
    let digits = |(length, form): &(usize, &str)| {
        let pattern: Pattern = format!("{form}{tail}").parse().ok()?;
        let read = |cell: &&str| (cell.len() == *length + tail.len()).then(|| pattern.read(cell)).flatten().map(|(at, _)| at);
        let times: Vec<DateTime> = cells.iter().filter_map(read).filter(|at| YEARS.contains(&at.year())).collect();
        let one_way = times.is_sorted() || times.is_sorted_by(|a, b| a >= b);
        (times.len() >= least && (named || one_way)).then_some(Counted::Digits(pattern))
    };
    if let Some(found) = DIGITS.iter().find_map(digits) {
        return Some(found);
    }
    if !named {
        return None;
    }
    let numbers: Vec<i128> = cells.iter().filter_map(|cell| billionths(cell)).collect();
    let within =
        |unit: i128, range: std::ops::Range<i128>| numbers.iter().filter(|n| range.contains(&(**n / (BILLION * unit)))).count() >= least;
    let fraction = cells.iter().map(|cell| digits_of(cell)).max().unwrap_or(0);
    let units = [
        (1, EpochUnit::Seconds),
        (1_000, EpochUnit::Milliseconds),
        (1_000_000, EpochUnit::Microseconds),
        (1_000_000_000, EpochUnit::Nanoseconds),
    ];
    let unit = units.into_iter().find(|(per_second, _)| within(*per_second, EPOCH_SECONDS)).map(|(_, unit)| unit);
    let unit = unit.or_else(|| (dated && within(1, SERIAL_DAYS)).then_some(EpochUnit::SerialDays))?;
    Some(Counted::Epoch(Count { unit, digits: fraction }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_back_as_they_were() {
        use EpochUnit::{Microseconds, Milliseconds, Nanoseconds, Seconds, SerialDays};
        for (unit, text, civil) in [
            (Seconds, "1704067200.0", "2024-01-01T00:00:00"),
            (Seconds, "1704067200", "2024-01-01T00:00:00"),
            (Milliseconds, "1704067200250", "2024-01-01T00:00:00.25"),
            (Microseconds, "1704067200000250", "2024-01-01T00:00:00.00025"),
            (Nanoseconds, "1704067200000000250", "2024-01-01T00:00:00.00000025"),
            (Seconds, "-0.5", "1969-12-31T23:59:59.5"),
            (SerialDays, "45292", "2024-01-01T00:00:00"),
            (SerialDays, "45292.5", "2024-01-01T12:00:00"),
            (SerialDays, "45292.0416667", "2024-01-01T01:00:00"),
            (SerialDays, "45292.0417", "2024-01-01T01:00:00"),
            (SerialDays, "45292.041666667", "2024-01-01T01:00:00"),
        ] {
            let count = Count { unit, digits: digits_of(text) };
            let Some(Time::Date(at)) = count.read(text) else { panic!("{text}") };
            assert_eq!(at.to_string(), civil, "{text}");
            assert_eq!(count.format(at), text);
        }
    }

    #[test]
    fn counts_beyond_all_days_are_no_time_or_the_last() {
        use EpochUnit::{Microseconds, Milliseconds, Nanoseconds, Seconds, SerialDays};
        for unit in [Seconds, Milliseconds, Microseconds, Nanoseconds, SerialDays] {
            for text in ["99999999999999999999", "-99999999999999999999.999999999"] {
                let count = Count { unit, digits: digits_of(text) };
                let year = |time| if let Time::Date(at) = time { at.year() } else { 0 };
                let year = count.read(text).map(year);
                assert!(year.is_none_or(|year| !(1..3000).contains(&year) || unit == Nanoseconds), "{unit:?} {text}: {year:?}");
            }
        }
    }

    #[test]
    fn numbers_are_told_apart() {
        for (cells, named, expected) in [
            (&["201811", "201812", "201901", "201902"][..], false, Some("%Y%m")),
            (&["201811"], true, Some("%Y%m")),
            (&["202151", "202152", "202201", "202202"], false, Some("%G%V")),
            (&["240131", "240201"], true, Some("%y%m%d")),
            (&["2018.09", "2018.10", "2018.11", "2018.12"], false, Some("%Y.%m")),
            (&["2024030123", "2024030200"], true, Some("%Y%m%d%H")),
            (&["202403012345"], true, Some("%Y%m%d%H%M")),
            (&["31012024", "01022024"], true, Some("%d%m%Y")),
            (&["201811", "201812", "201712", "201902"], false, None),
            (&["20240131.0", "20240201.0"], true, Some("%Y%m%d.0")),
            (&["12", "13", "14", "15"], true, None),
            (&["45292", "45293", "45294", "45295"], false, None),
        ] {
            let pattern = expected.map(|form| Counted::Digits(form.parse().unwrap()));
            assert_eq!(infer(cells, named, true), pattern, "{cells:?}");
        }
        assert_eq!(infer(&["45292"], true, false), None);
        for (cell, unit, digits) in [
            ("1704067200.0", EpochUnit::Seconds, 1),
            ("1704067200000", EpochUnit::Milliseconds, 0),
            ("1704067200000000", EpochUnit::Microseconds, 0),
            ("1704067200000000000", EpochUnit::Nanoseconds, 0),
            ("45292", EpochUnit::SerialDays, 0),
        ] {
            assert_eq!(infer(&[cell], true, true), Some(Counted::Epoch(Count { unit, digits })), "{cell}");
        }
    }
}
