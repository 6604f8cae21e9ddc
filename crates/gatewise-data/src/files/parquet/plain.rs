//! Values as pages store them, and what they mean.

use super::bits::{Bits, hybrid};
use super::chunk::Failed;
use super::kind::{Kind, Physical};
use super::{Damage, delta};
use crate::files::hold;
use crate::files::number::{half, shortest};
use crate::files::typed::Logical;

/// Values that are there, one behind the other.
pub(super) enum Present {
    Bools(Vec<bool>),
    Whole(Vec<i64>),
    Wide(Vec<i128>),
    Floats(Vec<f64>),
    Texts(Vec<String>),
}

/// How a page writes its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    Runs,
    Steps,
    LengthsFirst,
    Shared,
    /// First bytes of all numbers, then second ones.
    Split,
}

/// Reads `count` values; a page may hold fewer bytes than that takes.
pub(super) fn read(bytes: &[u8], encoding: Encoding, kind: &Kind, count: usize) -> Result<Present, Failed> {
    let cut = || "a page breaks off".to_owned();
    let fits =
        |values: usize| if values == count { Ok(()) } else { Err("a page has another number of values than its header says".to_owned()) };
    if encoding == Encoding::Split {
        let width = width(kind.physical).ok_or_else(|| "bytes of values are apart that have no size".to_owned())?;
        fits(bytes.len() / width)?;
        let joined: Vec<u8> = (0..count * width).map(|at| bytes[at % width * count + at / width]).collect();
        return read(&joined, Encoding::Plain, kind, count);
    }
    let texts = matches!(kind.physical, Physical::Bytes | Physical::Fixed(_));
    match (encoding, kind.physical) {
        (Encoding::Plain, Physical::Bool) => {
            if bytes.len() < count.div_ceil(8) {
                return Err(cut().into());
            }
            let mut bits = Bits::new(bytes);
            Ok(Present::Bools((0..count).map(|_| bits.take(1) == 1).collect()))
        }
        (Encoding::Runs, Physical::Bool) => {
            let runs = bytes.get(4..).ok_or_else(cut)?;
            Ok(Present::Bools(hybrid(runs, 1, count)?.into_iter().map(|bit| bit == 1).collect()))
        }
        (Encoding::Steps, Physical::Int32 | Physical::Int64) => {
            let (mut values, _) = delta::integers(bytes, count)?;
            fits(values.len())?;
            if kind.physical == Physical::Int32 {
                values.iter_mut().for_each(|value| *value = i64::from(*value as i32));
            }
            Ok(whole(values, kind))
        }
        (Encoding::LengthsFirst, _) if texts => {
            let values = delta::texts(bytes, count)?;
            fits(values.len())?;
            meant(values.into_iter(), kind)
        }
        (Encoding::Shared, _) if texts => {
            let held = |bytes: usize| hold("its texts", bytes as u128).map_err(Failed::from);
            let values = delta::prefixed(bytes, count, held)?;
            fits(values.len())?;
            meant(values.iter().map(Vec::as_slice), kind)
        }
        (Encoding::Plain, Physical::Bytes) => {
            let (mut values, mut rest) = (Vec::new(), bytes);
            for _ in 0..count {
                let (length, behind) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
                let (value, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(cut)?;
                values.push(value);
                rest = behind;
            }
            meant(values.into_iter(), kind)
        }
        (Encoding::Plain, physical) => {
            let width = width(physical).ok_or_else(cut)?;
            let bytes = count.checked_mul(width).and_then(|size| bytes.get(..size)).ok_or_else(cut)?;
            numbers(bytes, kind, width)
        }
        (encoding, physical) => Err(format!("values of {physical:?} are encoded as {encoding:?}").into()),
    }
}

/// Bytes of a value.
fn width(physical: Physical) -> Option<usize> {
    Some(match physical {
        Physical::Int32 | Physical::Float => 4,
        Physical::Int64 | Physical::Double => 8,
        Physical::Int96 => 12,
        Physical::Fixed(width) => width,
        Physical::Bool | Physical::Bytes => return None,
    })
}

fn numbers(bytes: &[u8], kind: &Kind, width: usize) -> Result<Present, Failed> {
    let (fours, eights) = (bytes.as_chunks::<4>().0, bytes.as_chunks::<8>().0);
    Ok(match kind.physical {
        Physical::Int32 => whole(fours.iter().map(|b| i64::from(i32::from_le_bytes(*b))).collect(), kind),
        Physical::Int64 => whole(eights.iter().map(|b| i64::from_le_bytes(*b)).collect(), kind),
        Physical::Float => Present::Floats(fours.iter().map(|b| shortest(f32::from_le_bytes(*b))).collect()),
        Physical::Double => Present::Floats(eights.iter().map(|b| f64::from_le_bytes(*b)).collect()),
        Physical::Int96 => Present::Whole(bytes.as_chunks::<12>().0.iter().map(legacy_time).collect()),
        Physical::Fixed(_) | Physical::Bool | Physical::Bytes => return meant(bytes.chunks(width), kind),
    })
}

/// Nanoseconds since 1970, the first or the last that there are where a day lies beyond.
fn legacy_time(bytes: &[u8; 12]) -> i64 {
    /// The Julian day of 1 January 1970.
    const FIRST: i64 = 2_440_588;
    const DAY: i64 = 86_400_000_000_000;
    let (nanos, day) = bytes.split_at(8);
    let nanos = nanos.try_into().map_or(0, i64::from_le_bytes);
    let day = day.try_into().map_or(0, u32::from_le_bytes);
    (i64::from(day) - FIRST).saturating_mul(DAY).saturating_add(nanos)
}

fn whole(values: Vec<i64>, kind: &Kind) -> Present {
    match kind.logical {
        Logical::Decimal { .. } => Present::Wide(values.into_iter().map(i128::from).collect()),
        _ => Present::Whole(values),
    }
}

/// What bytes mean.
fn meant<'a>(values: impl Iterator<Item = &'a [u8]>, kind: &Kind) -> Result<Present, Failed> {
    match kind.logical {
        Logical::Float => Ok(Present::Floats(values.map(|b| half([b[0], b[1]])).collect())),
        Logical::Decimal { .. } => Ok(Present::Wide(values.map(decimal).collect::<Result<_, Damage>>()?)),
        _ => {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|e| format!("a text is no UTF-8: {e}"));
            Ok(Present::Texts(values.map(text).collect::<Result<_, Damage>>()?))
        }
    }
}

/// A whole number with its sign, the highest byte first.
fn decimal(bytes: &[u8]) -> Result<i128, Damage> {
    let sign = if bytes.first().is_some_and(|b| *b >= 0x80) { 0xff } else { 0 };
    let cut = bytes.len().saturating_sub(16);
    let kept = &bytes[cut..];
    if bytes[..cut].iter().any(|b| *b != sign) || cut > 0 && (kept[0] >= 0x80) != (sign == 0xff) {
        return Err("a decimal has more digits than are read".to_owned());
    }
    Ok(kept.iter().fold(if sign == 0 { 0 } else { -1 }, |value: i128, byte| value << 8 | i128::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_any_length_have_their_sign() {
        for (bytes, value) in [(&[0xff, 0x38][..], -200), (&[0x01, 0x00], 256), (&[], 0), (&[0xff; 20], -1)] {
            assert_eq!(decimal(bytes), Ok(value));
        }
        assert!(decimal(&[1; 17]).is_err());
        assert!(decimal(&[&[0][..], &[0xff; 16]].concat()).is_err());
    }

    #[test]
    fn legacy_times_count_from_1970() {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&5_i64.to_le_bytes());
        bytes[8..].copy_from_slice(&2_440_589_u32.to_le_bytes());
        assert_eq!(legacy_time(&bytes), 86_400_000_000_005);
        assert_eq!(legacy_time(&[0xff; 12]), i64::MAX - 1);
    }
}
