//! Runs of equal numbers and numbers of few bits, side by side.

use super::Damage;
use super::thrift::Reader;

/// Numbers of `width` bits, `count` of them.
pub(super) fn hybrid(bytes: &[u8], width: u32, count: usize) -> Result<Vec<u32>, Damage> {
    if width > 32 {
        return Err(format!("numbers of {width} bits"));
    }
    let mut reader = Reader { rest: bytes };
    let mut out = Vec::new();
    while out.len() < count {
        let head = reader.varint().map_err(|_| "runs of numbers break off")?;
        let left = count - out.len();
        let length = usize::try_from(head >> 1).unwrap_or(usize::MAX);
        if head & 1 == 0 {
            let size = width.div_ceil(8) as usize;
            let (value, rest) = reader.rest.split_at_checked(size).ok_or("runs of numbers break off")?;
            reader.rest = rest;
            let value = value.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
            if length == 0 {
                return Err("a run of no numbers".to_owned());
            }
            out.resize(out.len() + length.min(left), value);
        } else {
            let size = length.saturating_mul(width as usize).min(reader.rest.len());
            let (packed, rest) = reader.rest.split_at(size);
            reader.rest = rest;
            let taken = left.min(length.saturating_mul(8));
            if size.saturating_mul(8) < taken.saturating_mul(width as usize) || length == 0 {
                return Err("runs of numbers break off".to_owned());
            }
            let mut bits = Bits::new(packed);
            out.extend((0..taken).map(|_| bits.take(width) as u32));
        }
    }
    Ok(out)
}

/// Bits from the lowest of each byte on; zeros behind the last.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next number of up to 64 bits.
    pub fn take(&mut self, width: u32) -> u64 {
        let (mut value, mut have) = (0_u64, 0);
        while have < width {
            let byte = u64::from(self.bytes.get(self.at / 8).copied().unwrap_or(0));
            let offset = (self.at % 8) as u32;
            let count = (8 - offset).min(width - have);
            value |= (byte >> offset & ((1 << count) - 1)) << have;
            have += count;
            self.at += count as usize;
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_packed_numbers_are_one_list() {
        // 0 … 7 in three bits, as the format's own description has them, then four times 5.
        let bytes = [0b0000_0011, 0b1000_1000, 0b1100_0110, 0b1111_1010, 4 << 1, 5];
        assert_eq!(hybrid(&bytes, 3, 12).unwrap(), [0, 1, 2, 3, 4, 5, 6, 7, 5, 5, 5, 5]);
        assert_eq!(hybrid(&bytes, 3, 3).unwrap(), [0, 1, 2]);
        assert_eq!(hybrid(&[6 << 1], 0, 6).unwrap(), [0; 6]);
    }

    #[test]
    fn runs_that_break_off_are_refused() {
        for bytes in [&[][..], &[3], &[3, 1, 2], &[8], &[0, 1], &[1], &[0xff; 12]] {
            assert!(hybrid(bytes, 3, 8).is_err(), "{bytes:?}");
        }
        assert!(hybrid(&[2, 1], 33, 1).is_err());
    }
}
