//! Whole numbers as steps from one to the next, and texts by what they share with the one before.

use super::Damage;
use super::bits::Bits;
use super::thrift::Reader;

/// Whole numbers, at most `limit` of them, and the bytes behind.
pub(super) fn integers(bytes: &[u8], limit: usize) -> Result<(Vec<i64>, &[u8]), Damage> {
    let mut reader = Reader { rest: bytes };
    let (block, parts) = (reader.varint()?, reader.varint()?);
    let total =
        usize::try_from(reader.varint()?).ok().filter(|total| *total <= limit).ok_or("a page has more numbers than its header says")?;
    let mut value = reader.zigzag()?;
    let part =
        block.checked_div(parts).filter(|part| part % 8 == 0 && (8..=1 << 20).contains(part)).ok_or("blocks of an odd size")? as usize;
    let parts = usize::try_from(parts).ok().filter(|parts| *parts <= 1 << 10).ok_or("blocks of an odd size")?;
    let mut out = Vec::new();
    if total > 0 {
        out.push(value);
    }
    while out.len() < total {
        let least = reader.zigzag()?;
        let (widths, rest) = reader.rest.split_at_checked(parts).ok_or("a block breaks off")?;
        reader.rest = rest;
        for width in widths.iter().map(|width| u32::from(*width)) {
            let left = total - out.len();
            if left == 0 {
                break;
            }
            if width > 64 {
                return Err(format!("numbers of {width} bits"));
            }
            let (packed, rest) = reader.rest.split_at_checked(part / 8 * width as usize).ok_or("a block breaks off")?;
            reader.rest = rest;
            let mut bits = Bits::new(packed);
            for _ in 0..part.min(left) {
                value = value.wrapping_add(least).wrapping_add(bits.take(width) as i64);
                out.push(value);
            }
        }
    }
    Ok((out, reader.rest))
}

/// Texts whose lengths come first.
pub(super) fn texts(bytes: &[u8], limit: usize) -> Result<Vec<&[u8]>, Damage> {
    let (lengths, mut rest) = integers(bytes, limit)?;
    let mut out = Vec::with_capacity(lengths.len());
    for length in lengths {
        let (text, behind) = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length)).ok_or("texts break off")?;
        rest = behind;
        out.push(text);
    }
    Ok(out)
}

/// Texts of which the start is that of the one before; `hold` is told how many bytes they take together.
pub(super) fn prefixed<E: From<Damage>>(
    bytes: &[u8],
    limit: usize,
    mut hold: impl FnMut(usize) -> Result<(), E>,
) -> Result<Vec<Vec<u8>>, E> {
    let (shared, rest) = integers(bytes, limit)?;
    let ends = texts(rest, limit)?;
    if shared.len() != ends.len() {
        return Err("texts break off".to_owned().into());
    }
    let (mut out, mut total): (Vec<Vec<u8>>, usize) = (Vec::new(), 0);
    for (shared, end) in shared.into_iter().zip(ends) {
        let before = out.last().map_or(&[][..], |last| last);
        let start =
            usize::try_from(shared).ok().and_then(|shared| before.get(..shared)).ok_or_else(|| "a text shares too much".to_owned())?;
        total += start.len() + end.len();
        hold(total)?;
        out.push([start, end].concat());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_their_steps() {
        // 7, 5, 3, 1, 2, 3, 4, 5 in one block of 128, four parts: the first number, the least step −2, then steps of two bits.
        let mut bytes = vec![0x80, 0x01, 4, 8, 14, 3, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111];
        bytes.extend([0; 6]);
        let (numbers, rest) = integers(&bytes, 8).unwrap();
        assert_eq!((&numbers[..], rest), (&[7, 5, 3, 1, 2, 3, 4, 5][..], &[][..]));
        assert!(integers(&bytes, 7).is_err());
        assert!((0..bytes.len()).all(|end| integers(&bytes[..end], 8).is_err()));
    }
}
