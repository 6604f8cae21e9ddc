//! What a column of Parquet holds, by its physical and its logical type.

use super::super::typed::Logical;
use super::thrift::Value;

/// How values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Physical {
    Bool,
    Int32,
    Int64,
    /// Nanoseconds of a day and a Julian day.
    Int96,
    Float,
    Double,
    Bytes,
    /// Of so many bytes each.
    Fixed(usize),
}

impl Physical {
    fn of(element: &Value<'_>) -> Option<Self> {
        Some(match element.int(1)? {
            0 => Self::Bool,
            1 => Self::Int32,
            2 => Self::Int64,
            3 => Self::Int96,
            4 => Self::Float,
            5 => Self::Double,
            6 => Self::Bytes,
            7 => Self::Fixed(usize::try_from(element.int(2)?).ok().filter(|length| (1..=1 << 16).contains(length))?),
            _ => return None,
        })
    }
}

/// A column that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub physical: Physical,
    pub logical: Logical,
}

/// A column that is not, with what it holds and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotRead {
    pub what: &'static str,
    pub help: &'static str,
}

pub(super) const NESTED: NotRead = NotRead { what: "lists or structures", help: "write each value as a column or a row of its own" };
const BINARY: NotRead = NotRead { what: "bytes without a meaning", help: "write them as text, or leave the column out" };
const INTERVAL: NotRead = NotRead { what: "spans of time", help: "write them as numbers, such as seconds" };
const UNKNOWN: NotRead = NotRead { what: "a type that is not known", help: "write it as numbers, texts or times" };

/// What an element of the schema holds.
pub(super) fn of(element: &Value<'_>) -> Result<Kind, NotRead> {
    let physical = Physical::of(element).ok_or(UNKNOWN)?;
    let logical = match element.get(10).and_then(Value::member) {
        Some((id, about)) => by_logical(id, about, element)?,
        None => None,
    };
    let logical = match logical {
        Some(logical) => logical,
        None => by_converted(element)?.map_or_else(|| by_physical(physical), Ok)?,
    };
    // A meaning fits only some ways to store it.
    let fits = match &logical {
        Logical::Nothing => true,
        Logical::Boolean => physical == Physical::Bool,
        Logical::Text => matches!(physical, Physical::Bytes | Physical::Fixed(_)),
        Logical::Float => matches!(physical, Physical::Float | Physical::Double | Physical::Fixed(2)),
        Logical::Decimal { .. } => {
            matches!(physical, Physical::Int32 | Physical::Int64 | Physical::Bytes | Physical::Fixed(_))
        }
        Logical::Timestamp { .. } => matches!(physical, Physical::Int64 | Physical::Int96),
        Logical::Integer | Logical::Unsigned(_) | Logical::Date | Logical::Clock { .. } => {
            matches!(physical, Physical::Int32 | Physical::Int64)
        }
    };
    if fits { Ok(Kind { physical, logical }) } else { Err(UNKNOWN) }
}

fn by_logical(id: i16, about: &Value<'_>, element: &Value<'_>) -> Result<Option<Logical>, NotRead> {
    let per_second = || match about.get(2).and_then(Value::member) {
        Some((1, _)) => Ok(1_000),
        Some((2, _)) => Ok(1_000_000),
        Some((3, _)) => Ok(1_000_000_000),
        _ => Err(UNKNOWN),
    };
    Ok(Some(match id {
        1 | 4 | 12 => Logical::Text,
        2 | 3 | 16 | 17 | 18 => return Err(NESTED),
        5 => Logical::Decimal { scale: scale(about.int(1).or(element.int(7)))? },
        6 => Logical::Date,
        7 => Logical::Clock { per_second: per_second()? },
        8 => Logical::Timestamp { per_second: per_second()?, zone: (about.bool(1) == Some(true)).then(String::new) },
        10 => match (about.int(1), about.bool(2)) {
            (Some(bits @ (8 | 16 | 32 | 64)), Some(false)) => Logical::Unsigned(bits as u32),
            _ => Logical::Integer,
        },
        11 => Logical::Nothing,
        13 | 14 => return Err(BINARY),
        15 => Logical::Float,
        _ => return Ok(None),
    }))
}

fn by_converted(element: &Value<'_>) -> Result<Option<Logical>, NotRead> {
    Ok(Some(match element.int(6) {
        Some(0 | 4 | 19) => Logical::Text,
        Some(1..=3) => return Err(NESTED),
        Some(5) => Logical::Decimal { scale: scale(element.int(7))? },
        Some(6) => Logical::Date,
        Some(7) => Logical::Clock { per_second: 1_000 },
        Some(8) => Logical::Clock { per_second: 1_000_000 },
        Some(9) => Logical::Timestamp { per_second: 1_000, zone: Some(String::new()) },
        Some(10) => Logical::Timestamp { per_second: 1_000_000, zone: Some(String::new()) },
        Some(bits @ 11..=14) => Logical::Unsigned(8 << (bits - 11)),
        Some(15..=18) => Logical::Integer,
        Some(20) => return Err(BINARY),
        Some(21) => return Err(INTERVAL),
        _ => return Ok(None),
    }))
}

fn by_physical(physical: Physical) -> Result<Logical, NotRead> {
    Ok(match physical {
        Physical::Bool => Logical::Boolean,
        Physical::Int32 | Physical::Int64 => Logical::Integer,
        Physical::Int96 => Logical::Timestamp { per_second: 1_000_000_000, zone: None },
        Physical::Float | Physical::Double => Logical::Float,
        Physical::Bytes | Physical::Fixed(_) => return Err(BINARY),
    })
}

fn scale(given: Option<i64>) -> Result<i32, NotRead> {
    i32::try_from(given.unwrap_or(0)).ok().filter(|scale| (0..=76).contains(scale)).ok_or(UNKNOWN)
}
