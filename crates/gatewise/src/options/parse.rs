//! Parsers of a setting's text. Words are those of `config.toml`, so both are read by the same `Deserialize`.

use std::time::Duration;

#[cfg(feature = "clap")]
pub use command_line::{any_count, at_least_one, at_most, filters, seed, word};

/// Parsers that know what they would take, for help and completions.
#[cfg(feature = "clap")]
mod command_line {
    use clap::builder::{PossibleValuesParser, RangedU64ValueParser, TypedValueParser};
    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};

    /// One of `names`, each of which `T` reads.
    pub fn word<T>(names: &'static [&'static str]) -> impl TypedValueParser<Value = T>
    where
        T: for<'de> Deserialize<'de> + Clone + Send + Sync + 'static,
    {
        PossibleValuesParser::new(names).try_map(|name| {
            let text: StrDeserializer<'_, Error> = name.as_str().into_deserializer();
            T::deserialize(text)
        })
    }

    /// Settings are kept as TOML, whose whole numbers end there.
    const MOST: u64 = i64::MAX as u64;

    /// A whole number from 1 on.
    pub fn at_least_one() -> RangedU64ValueParser<usize> {
        RangedU64ValueParser::new().range(1..=MOST)
    }

    /// A whole number.
    pub fn any_count() -> RangedU64ValueParser<usize> {
        RangedU64ValueParser::new().range(..=MOST)
    }

    /// A whole number from 1 to `most`.
    pub fn at_most(most: u64) -> RangedU64ValueParser<usize> {
        RangedU64ValueParser::new().range(1..=most)
    }

    /// Filters of a convolution, or none; the second one has twice as many.
    pub fn filters() -> RangedU64ValueParser<usize> {
        RangedU64ValueParser::new().range(..=1 << 23)
    }

    /// A seed.
    pub fn seed() -> RangedU64ValueParser<u64> {
        RangedU64ValueParser::new().range(..=MOST)
    }
}

/// One value or a list of them; one stands alone in `config.toml`.
pub mod one_or_many {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany<T> {
        One(T),
        Many(Vec<T>),
    }

    /// Writes one value as it is.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: Serialize, S: Serializer>(value: &Option<Vec<T>>, serializer: S) -> Result<S::Ok, S::Error> {
        match value.as_deref() {
            Some([one]) => one.serialize(serializer),
            Some(many) => many.serialize(serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a value or a list.
    ///
    /// # Errors
    /// What is neither.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<T>>, D::Error> {
        let found = Option::<OneOrMany<T>>::deserialize(deserializer)?;
        Ok(found.map(|found| match found {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }))
    }
}

/// A number that `holds` is true of, which `words` says.
fn number(text: &str, holds: impl Fn(f64) -> bool, words: &str) -> Result<f64, String> {
    let value: f64 = text.trim().parse().map_err(|_| "it is a number".to_string())?;
    if value.is_finite() && holds(value) { Ok(value) } else { Err(format!("it is {words}")) }
}

/// A number above 0.
///
/// # Errors
/// Other text, with what would be right.
pub fn above_zero(text: &str) -> Result<f64, String> {
    number(text, |v| v > 0.0, "above 0")
}

/// A number that is not negative.
///
/// # Errors
/// Other text, with what would be right.
pub fn not_negative(text: &str) -> Result<f64, String> {
    number(text, |v| v >= 0.0, "0 or above")
}

/// A share that leaves something.
///
/// # Errors
/// Other text, with what would be right.
pub fn share(text: &str) -> Result<f64, String> {
    number(text, |v| (0.0..1.0).contains(&v), "at least 0 and below 1")
}

/// A share that leaves as much.
///
/// # Errors
/// Other text, with what would be right.
pub fn up_to_half(text: &str) -> Result<f64, String> {
    number(text, |v| (0.0..=0.5).contains(&v), "from 0 to 0.5")
}

/// A share that leaves a tenth.
///
/// # Errors
/// Other text, with what would be right.
pub fn up_to_nine_tenths(text: &str) -> Result<f64, String> {
    number(text, |v| (0.0..=0.9).contains(&v), "from 0 to 0.9")
}

/// A length of time: `90` or `90s`, `10m`, `2h`.
///
/// # Errors
/// Other text, with what would be right.
pub fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let scale = match unit {
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("\"{unit}\" is no unit: use s, m or h, as in 10m")),
    };
    let seconds: f64 = number.parse().map_err(|_| format!("\"{number}\" is not a number: use 90s, 10m or 2h"))?;
    Duration::try_from_secs_f64(seconds * scale).map_err(|_| format!("{text} is too long"))
}

/// Checks a length of time and keeps its text, which is what `config.toml` shows.
///
/// # Errors
/// Other text, with what would be right.
pub fn duration_text(text: &str) -> Result<String, String> {
    duration(text).map(|_| text.trim().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_within_bounds() {
        type Parser = fn(&str) -> Result<f64, String>;
        let cases: [(Parser, &[&str], &[&str]); 5] = [
            (above_zero, &["0.1", "1e30"], &["0", "-1", "inf", "nan", "many"]),
            (not_negative, &["0", "2"], &["-0.1", "inf", ""]),
            (share, &["0", "0.99"], &["1", "-0.1"]),
            (up_to_half, &["0", "0.5"], &["0.51"]),
            (up_to_nine_tenths, &["0.9"], &["0.91"]),
        ];
        for (parser, good, bad) in cases {
            for text in good {
                assert_eq!(parser(text), Ok(text.parse::<f64>().unwrap()), "{text}");
            }
            for text in bad {
                assert!(parser(text).is_err(), "{text}");
            }
        }
    }

    #[test]
    fn lengths_of_time() {
        for (text, seconds) in [("90", 90.0), ("90s", 90.0), ("1.5m", 90.0), ("2h", 7200.0)] {
            assert_eq!(duration(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["", "ten", "5 days", "-3s", "1e400s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
