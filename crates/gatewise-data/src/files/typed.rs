//! Values as files of typed columns have them, made columns of.
#![cfg(any(feature = "parquet", feature = "arrow"))]

use jiff::SignedDuration;
use jiff::civil::DateTime;

use crate::columns::Values;
use crate::finding::{Finding, FindingKind};
use crate::time::{EPOCH, Time};

/// What the values of a column mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Logical {
    Boolean,
    Integer,
    /// Without a sign, of so many bits.
    Unsigned(u32),
    Float,
    Text,
    /// Days since 1970.
    Date,
    /// Ticks since 1970, so many a second; with a zone they are instants.
    Timestamp {
        per_second: i64,
        zone: Option<String>,
    },
    /// Ticks since midnight.
    Clock {
        per_second: i64,
    },
    /// Whole numbers that are divided by a power of ten.
    Decimal {
        scale: i32,
    },
    /// Nothing but missing values.
    Nothing,
}

/// Values as they are stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Bools(Vec<Option<bool>>),
    Whole(Vec<Option<i64>>),
    Wide(Vec<Option<i128>>),
    Floats(Vec<f64>),
    Texts(Vec<String>),
}

impl Raw {
    pub fn len(&self) -> usize {
        match self {
            Self::Bools(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Wide(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }
}

/// The largest whole number up to which all are numbers of a column.
const EXACT: u128 = 1 << 53;

/// A column of what is stored. What is odd about it goes to `notes`.
pub(super) fn values(name: &str, raw: Raw, logical: &Logical, notes: &mut Vec<Finding>) -> Result<Values, Finding> {
    let rows = raw.len();
    Ok(match (logical, raw) {
        (Logical::Nothing, _) => Values::Texts(vec![String::new(); rows]),
        (_, Raw::Bools(values)) => Values::Booleans(values),
        (_, Raw::Floats(values)) => Values::Numbers(values),
        (_, Raw::Texts(values)) => Values::Texts(values),
        (Logical::Unsigned(bits), Raw::Whole(values)) => unsigned(values, *bits),
        (Logical::Date, Raw::Whole(values)) => {
            let day = |days: i64| days.checked_mul(24).map(SignedDuration::from_hours).and_then(|since| EPOCH.checked_add(since).ok());
            Values::Times(times(name, &values, day)?.into_iter().map(|at| at.map(Time::Date)).collect())
        }
        (Logical::Timestamp { per_second, zone }, Raw::Whole(values)) => {
            let times = times(name, &values, |ticks| since_epoch(ticks, *per_second))?;
            match zone {
                None => Values::Times(times.into_iter().map(|at| at.map(Time::Date)).collect()),
                Some(zone) => {
                    let zone = if zone.is_empty() || zone == "UTC" { String::new() } else { format!(" (the zone is {zone})") };
                    let note = Finding::note(FindingKind::TimeForm, format!("instants are read as times of UTC{zone}")).column(name);
                    notes.push(note.help("write times of day without a zone for those of a place"));
                    let text = |at: Option<DateTime>| at.map_or(String::new(), |at| format!("{} {}Z", at.date(), at.time()));
                    Values::Texts(times.into_iter().map(text).collect())
                }
            }
        }
        (Logical::Clock { per_second }, Raw::Whole(values)) => {
            let times = times(name, &values, |ticks| since_epoch(ticks, *per_second))?;
            Values::Texts(times.into_iter().map(|at| at.map_or(String::new(), |at| at.time().to_string())).collect())
        }
        (Logical::Decimal { scale }, Raw::Whole(values)) => {
            decimals(name, values.into_iter().map(|value| value.map(i128::from)), *scale, notes)
        }
        (Logical::Decimal { scale }, Raw::Wide(values)) => decimals(name, values.into_iter(), *scale, notes),
        (_, Raw::Whole(values)) => Values::Integers(values),
        (_, Raw::Wide(values)) => decimals(name, values.into_iter(), 0, notes),
    })
}

/// Whole numbers without a sign; as texts where a column of whole numbers cannot hold them.
fn unsigned(values: Vec<Option<i64>>, bits: u32) -> Values {
    let mask = if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
    let plain = |value: i64| value as u64 & mask;
    if values.iter().flatten().all(|value| i64::try_from(plain(*value)).is_ok()) {
        return Values::Integers(values.into_iter().map(|value| value.map(|value| plain(value) as i64)).collect());
    }
    Values::Texts(values.into_iter().map(|value| value.map_or(String::new(), |value| plain(value).to_string())).collect())
}

fn since_epoch(ticks: i64, per_second: i64) -> Option<DateTime> {
    let (seconds, rest) = (ticks.div_euclid(per_second), ticks.rem_euclid(per_second));
    let nanos = i32::try_from(rest * (1_000_000_000 / per_second)).ok()?;
    EPOCH.checked_add(SignedDuration::new(seconds, nanos)).ok()
}

fn times(name: &str, values: &[Option<i64>], at: impl Fn(i64) -> Option<DateTime>) -> Result<Vec<Option<DateTime>>, Finding> {
    let one = |(row, value): (usize, &Option<i64>)| {
        let Some(value) = *value else { return Ok(None) };
        at(value).map(Some).ok_or_else(|| {
            let finding = Finding::error(FindingKind::NotATime, format!("{value} is a time beyond the year 9999")).column(name);
            finding.line(row as u64 + 2).help("is its unit right? write it as missing where there is no time")
        })
    };
    values.iter().enumerate().map(one).collect()
}

/// Decimal numbers, to the nearest number of a column.
fn decimals(name: &str, values: impl Iterator<Item = Option<i128>>, scale: i32, notes: &mut Vec<Finding>) -> Values {
    let mut lost = None;
    let mut one = |(row, value): (usize, Option<i128>)| {
        let Some(value) = value else { return f64::NAN };
        let text = written(value, scale);
        let number: f64 = text.parse().unwrap_or(f64::NAN);
        let digits = usize::try_from(scale).unwrap_or(0);
        if value.unsigned_abs() > EXACT && format!("{number:.digits$}") != text {
            lost.get_or_insert(row);
        }
        number
    };
    let numbers = values.enumerate().map(&mut one).collect();
    if let Some(row) = lost {
        let note = Finding::note(FindingKind::NumberFormat, "decimals of more digits than a number holds are rounded").column(name);
        notes.push(note.line(row as u64 + 2));
    }
    Values::Numbers(numbers)
}

/// A decimal in digits.
fn written(value: i128, scale: i32) -> String {
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { "-" } else { "" };
    match usize::try_from(scale) {
        Ok(0) => format!("{sign}{digits}"),
        Ok(scale) => {
            let digits = format!("{digits:0>width$}", width = scale + 1);
            let (whole, part) = digits.split_at(digits.len() - scale);
            format!("{sign}{whole}.{part}")
        }
        Err(_) => format!("{sign}{digits}{}", "0".repeat(scale.unsigned_abs().min(400) as usize)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_the_nearest_numbers_and_lost_digits_are_said() {
        let mut notes = Vec::new();
        let read = |value: i128, scale, notes: &mut Vec<Finding>| match values(
            "p",
            Raw::Wide(vec![Some(value), None]),
            &Logical::Decimal { scale },
            notes,
        ) {
            Ok(Values::Numbers(numbers)) => (numbers[0], numbers[1].is_nan()),
            other => panic!("{other:?}"),
        };
        assert_eq!(read(-5, 2, &mut notes), (-0.05, true));
        assert_eq!(read(123_456, 3, &mut notes), (123.456, true));
        assert_eq!(read(12, -2, &mut notes), (1200.0, true));
        assert!(notes.is_empty());
        assert_eq!(read(12_345_678_901_234_567_891_234, 4, &mut notes).0, 1_234_567_890_123_456_789.123_4);
        assert!(notes[0].message.contains("rounded") && notes[0].line == Some(2));
    }

    #[test]
    fn times_of_every_unit_and_beyond_the_calendar() {
        let stamp = |ticks, per_second, zone: Option<&str>| {
            let logical = Logical::Timestamp { per_second, zone: zone.map(str::to_owned) };
            values("t", Raw::Whole(vec![Some(ticks), None]), &logical, &mut Vec::new())
        };
        let expected = Values::Times(vec![Some(Time::Date(jiff::civil::date(1969, 12, 31).at(23, 59, 59, 500_000_000))), None]);
        for per_second in [1_000, 1_000_000, 1_000_000_000] {
            assert_eq!(stamp(-per_second / 2, per_second, None).unwrap(), expected);
        }
        assert_eq!(stamp(0, 1, Some("UTC")).unwrap(), Values::Texts(vec!["1970-01-01 00:00:00Z".to_owned(), String::new()]));
        let refused = stamp(i64::MAX, 1, None).unwrap_err();
        assert_eq!((refused.column.as_deref(), refused.line), (Some("t"), Some(2)));
        let days = values("d", Raw::Whole(vec![Some(i64::MAX)]), &Logical::Date, &mut Vec::new());
        assert!(days.unwrap_err().message.contains("beyond"));
    }

    #[test]
    fn whole_numbers_without_a_sign_keep_their_digits() {
        assert_eq!(unsigned(vec![Some(-1), None], 32), Values::Integers(vec![Some(i64::from(u32::MAX)), None]));
        assert_eq!(unsigned(vec![Some(-1), None], 64), Values::Texts(vec![u64::MAX.to_string(), String::new()]));
    }
}
