//! Frequencies as text: pandas' codes and words in, words and codes out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Frequency, NANOS_PER_SECOND, Sessions};

const MINUTE: i64 = 60 * NANOS_PER_SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Clock units: code, word, nanoseconds; longest first.
const CLOCK: [(&str, &str, i64); 6] = [
    ("h", "hour", HOUR),
    ("min", "minute", MINUTE),
    ("s", "second", NANOS_PER_SECOND),
    ("ms", "millisecond", 1_000_000),
    ("us", "microsecond", 1_000),
    ("ns", "nanosecond", 1),
];

/// A text that names no frequency.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no frequency: use s, min, h, D, B, W, M, Q or Y, with a number before it if need \
     be (15min), or a whole number"
)]
pub struct ParseFrequencyError(String);

impl FromStr for Frequency {
    type Err = ParseFrequencyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.trim()).ok_or_else(|| ParseFrequencyError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Frequency> {
    let text = text.strip_prefix("every ").unwrap_or(text);
    if text.contains('/') || (text.contains('@') && text.contains(':')) {
        return Sessions::parse(text).map(Frequency::Sessions);
    }
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim();
    let count: i64 = if number.is_empty() { 1 } else { number.parse().ok()? };
    if count < 1 || text.is_empty() {
        return None;
    }
    if unit.is_empty() || unit == "step" || unit == "steps" {
        return Some(Frequency::Steps(count));
    }
    let months = |each: i64, day| {
        let count = count.checked_mul(each)?;
        Some(Frequency::Months { count, day })
    };
    let business = |each: i64, last| Some(Frequency::BusinessMonths { count: count.checked_mul(each)?, last });
    let end = Some(31);
    // Upper and lower case differ only here: M is a month, m is not a unit of pandas.
    match unit {
        "M" | "MS" => return months(1, None),
        "ME" => return months(1, end),
        "Q" | "QS" => return months(3, None),
        "QE" => return months(3, end),
        "Y" | "YS" | "A" | "AS" => return months(12, None),
        "YE" => return months(12, end),
        "BME" | "BM" | "CBME" => return business(1, true),
        "BMS" | "CBMS" => return business(1, false),
        "BQE" | "BQ" => return business(3, true),
        "BQS" => return business(3, false),
        "BYE" | "BY" | "BA" => return business(12, true),
        "BYS" | "BAS" => return business(12, false),
        "B" if count == 1 => return Some(Frequency::BusinessDays),
        "T" => return count.checked_mul(MINUTE).map(Frequency::Clock),
        _ => {}
    }
    if let Some(day) = unit.strip_prefix("M@").and_then(|day| day.parse().ok()) {
        return (1..=31).contains(&day).then(|| months(1, Some(day)))?;
    }
    // W-SUN and Q-DEC: the anchor is read from the data.
    let unit = unit.split('-').next()?;
    let lower = unit.to_ascii_lowercase();
    let clock = |nanos: i64| count.checked_mul(nanos).map(Frequency::Clock);
    match lower.as_str() {
        "ns" | "nanosecond" | "nanoseconds" => clock(1),
        "us" | "microsecond" | "microseconds" => clock(1_000),
        "ms" | "millisecond" | "milliseconds" => clock(1_000_000),
        "s" | "sec" | "second" | "seconds" | "secondly" => clock(NANOS_PER_SECOND),
        "min" | "minute" | "minutes" | "minutely" => clock(MINUTE),
        "h" | "hour" | "hours" | "hourly" => clock(HOUR),
        "d" | "day" | "days" | "daily" => Some(Frequency::Days(count)),
        "business-daily" | "business" | "weekday" | "weekdays" if count == 1 => Some(Frequency::BusinessDays),
        "w" | "week" | "weeks" | "weekly" => count.checked_mul(7).map(Frequency::Days),
        "mo" | "month" | "months" | "monthly" => months(1, None),
        "q" | "quarter" | "quarters" | "quarterly" => months(3, None),
        "y" | "a" | "year" | "years" | "yearly" | "annual" | "annually" => months(12, None),
        _ => None,
    }
}

impl fmt::Display for Frequency {
    /// A word where there is one (`hourly`, `monthly`), else `every 15 minutes`, `10 steps`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut every = |count: i64, unit: &str, single: &str| {
            if count == 1 { f.write_str(single) } else { write!(f, "every {count} {unit}s") }
        };
        match *self {
            Frequency::Steps(1) => f.write_str("1 step"),
            Frequency::Steps(count) => write!(f, "{count} steps"),
            Frequency::Clock(nanos) => {
                if let Some(hertz) = hertz(nanos) {
                    return write!(f, "{hertz} a second");
                }
                let (_, unit, each) = clock_unit(nanos);
                let single = match unit {
                    "hour" => "hourly".to_owned(),
                    _ => format!("every {unit}"),
                };
                every(nanos / each, unit, &single)
            }
            Frequency::Days(days) if days % 7 == 0 => every(days / 7, "week", "weekly"),
            Frequency::Days(days) => every(days, "day", "daily"),
            Frequency::BusinessDays => f.write_str("business-daily"),
            Frequency::Months { count, .. } if count % 12 == 0 => every(count / 12, "year", "yearly"),
            Frequency::Months { count, .. } if count % 3 == 0 => every(count / 3, "quarter", "quarterly"),
            Frequency::Months { count, .. } => every(count, "month", "monthly"),
            Frequency::BusinessMonths { count, last } => {
                let months = Frequency::Months { count, day: None };
                write!(f, "{months} ({} weekday)", if last { "last" } else { "first" })
            }
            Frequency::Sessions(sessions) => f.write_str(&sessions.words(&Frequency::Clock(sessions.step).to_string())),
        }
    }
}

fn clock_unit(nanos: i64) -> (&'static str, &'static str, i64) {
    CLOCK.into_iter().find(|(_, _, each)| nanos % each == 0).unwrap_or(CLOCK[CLOCK.len() - 1])
}

/// Rows a second, where they are a whole number that no decimal step gives.
fn hertz(nanos: i64) -> Option<i64> {
    let hertz = (NANOS_PER_SECOND + nanos / 2) / nanos;
    (nanos % 1_000 != 0 && (1..1_000).contains(&hertz) && (NANOS_PER_SECOND / hertz - nanos).abs() <= 1).then_some(hertz)
}

impl Frequency {
    /// The shortest text that is read back as the same frequency, such as `15min` or `ME`.
    pub fn code(&self) -> String {
        let times = |count: i64, unit: &str| match count {
            1 => unit.to_owned(),
            count => format!("{count}{unit}"),
        };
        match *self {
            Frequency::Steps(count) => count.to_string(),
            Frequency::Clock(nanos) => {
                let (code, _, each) = clock_unit(nanos);
                times(nanos / each, code)
            }
            Frequency::Days(days) if days % 7 == 0 => times(days / 7, "W"),
            Frequency::Days(days) => times(days, "D"),
            Frequency::BusinessDays => "B".to_owned(),
            Frequency::Months { count, day } => match day {
                None if count % 12 == 0 => times(count / 12, "Y"),
                None if count % 3 == 0 => times(count / 3, "Q"),
                None => times(count, "M"),
                Some(31) => times(count, "ME"),
                Some(day) => times(count, &format!("M@{day}")),
            },
            Frequency::BusinessMonths { count, last } => {
                let (count, unit) = match count {
                    count if count % 12 == 0 => (count / 12, "BY"),
                    count if count % 3 == 0 => (count / 3, "BQ"),
                    count => (count, "BM"),
                };
                times(count, &format!("{unit}{}", if last { "E" } else { "S" }))
            }
            Frequency::Sessions(sessions) => sessions.code(&Frequency::Clock(sessions.step).code()),
        }
    }
}

impl Serialize for Frequency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.code())
    }
}

impl<'de> Deserialize<'de> for Frequency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_codes_and_words_and_writes_both() {
        for (texts, word, code) in [
            (&["h", "H", "1h", "hourly", "hour"][..], "hourly", "h"),
            (&["15min", "15T", "15 minutes", "every 15 minutes"], "every 15 minutes", "15min"),
            (&["s", "S", "secondly"], "every second", "s"),
            (&["100ms"], "every 100 milliseconds", "100ms"),
            (&["D", "d", "daily"], "daily", "D"),
            (&["B", "business-daily"], "business-daily", "B"),
            (&["W", "W-SUN", "weekly", "7D"], "weekly", "W"),
            (&["M", "MS", "monthly"], "monthly", "M"),
            (&["ME"], "monthly", "ME"),
            (&["M@30"], "monthly", "M@30"),
            (&["Q", "QS", "Q-DEC", "quarterly", "3M"], "quarterly", "Q"),
            (&["Y", "YS", "A", "yearly", "annual", "12M"], "yearly", "Y"),
            (&["2Y"], "every 2 years", "2Y"),
            (&["BME", "BM"], "monthly (last weekday)", "BME"),
            (&["BQS", "3BMS"], "quarterly (first weekday)", "BQS"),
            (&["24BME"], "every 2 years (last weekday)", "2BYE"),
            (&["1", "1 step"], "1 step", "1"),
            (&["10"], "10 steps", "10"),
            (&["33333334ns"], "30 a second", "33333334ns"),
        ] {
            for text in texts {
                let frequency: Frequency = text.parse().unwrap();
                assert_eq!(frequency.to_string(), word, "{text}");
                assert_eq!(frequency.code(), code, "{text}");
                assert_eq!(code.parse(), Ok(frequency), "{code}");
                let json = serde_json::to_string(&frequency).unwrap();
                assert_eq!(serde_json::from_str::<Frequency>(&json).unwrap(), frequency);
            }
        }
    }

    #[test]
    fn refuses_what_names_no_step() {
        for text in [
            "",
            "0",
            "0h",
            "-1h",
            "fortnight",
            "M@32",
            "99999999999999999999h",
            "9999999999h",
            "2B",
            "é",
            "h/Mon",
            "h@08:00-20:30/Mon",
            "2D/Mon",
            "D/Moon",
            "h@8-9/Mon",
        ] {
            assert!(text.parse::<Frequency>().is_err(), "{text}");
        }
    }
}
