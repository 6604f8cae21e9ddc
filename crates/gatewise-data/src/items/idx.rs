//! IDX, the format of MNIST: two zero bytes, a type, the number of axes, their lengths, then the values, big-endian. Also gzipped.

use std::io::Read;

use gatewise_memory::{Budget, product};

use super::error::ItemError;
use super::options::ItemOptions;
use super::{Content, Form, ItemSet, Known, Label, RawItem};

/// First bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Bytes of a value while it is read: as a number, in the array of all, and in its item.
const BYTES: usize = 24;

/// Most axes.
const MOST_AXES: usize = 8;

/// The bytes of an IDX file, unpacked where they were packed; `None` of other files, packed or not.
pub(super) fn unpacked(path: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, ItemError> {
    let unpacked = if bytes.starts_with(&GZIP) {
        inflated(path, bytes)
            .map_err(|e| ItemError::invalid(path, None, format!("the gzip file is damaged: {e}")).remedy("copy or load it again"))??
    } else {
        bytes.to_vec()
    };
    Ok(is_idx(&unpacked).then_some(unpacked))
}

fn is_idx(bytes: &[u8]) -> bool {
    matches!(bytes[..], [0, 0, 0x08..=0x0e, 1..=8, ..])
}

/// Unpacks as much as the header of an IDX file says there is: a small file may hold gigabytes of nothing.
fn inflated(path: &str, bytes: &[u8]) -> std::io::Result<Result<Vec<u8>, ItemError>> {
    let mut packed = flate2::read::GzDecoder::new(bytes);
    let mut out = Vec::new();
    packed.by_ref().take(4).read_to_end(&mut out)?;
    if !is_idx(&out) {
        return Ok(Ok(out));
    }
    let axes = usize::from(out[3]).min(MOST_AXES);
    packed.by_ref().take(4 * axes as u64).read_to_end(&mut out)?;
    let Some(lengths) = out.get(4..4 + 4 * axes) else { return Ok(Ok(out)) };
    let shape: Vec<usize> = lengths.as_chunks::<4>().0.iter().map(|b| u32::from_be_bytes(*b) as usize).collect();
    let data = match hold(path, &shape) {
        Ok(count) => count as u64 * bytes_of(out[2]) as u64,
        Err(error) => return Ok(Err(error)),
    };
    // The byte behind the last one is asked for, too: at the end the checksum is looked at.
    packed.take(data + 1).read_to_end(&mut out)?;
    if out.len() as u64 > (4 + 4 * axes) as u64 + data {
        let error = ItemError::invalid(path, None, format!("the packed file holds more than the {data} bytes that its header says"));
        return Ok(Err(error.remedy("copy or load it again")));
    }
    Ok(Ok(out))
}

/// Bytes of a value of a type.
fn bytes_of(kind: u8) -> usize {
    match kind {
        0x0b => 2,
        0x0c | 0x0d => 4,
        0x0e => 8,
        _ => 1,
    }
}

/// How many values axes of these lengths have, if memory holds them.
fn hold(path: &str, shape: &[usize]) -> Result<usize, ItemError> {
    let needed = product(shape).saturating_mul(BYTES as u128);
    let over =
        |e: gatewise_memory::OverBudget| ItemError::invalid(path, None, e.to_string()).remedy("read a part of it, or raise ⦃memory-limit⦄");
    Budget::current().hold(format_args!("axes of {shape:?}"), needed).map_err(over)?;
    // An axis of no length makes nothing of any others.
    Ok(usize::try_from(product(shape)).unwrap_or(usize::MAX))
}

/// Values with the lengths of their axes.
struct Array {
    shape: Vec<usize>,
    values: Vec<f64>,
}

fn array(path: &str, bytes: &[u8]) -> Result<Array, ItemError> {
    let cut = || ItemError::invalid(path, None, "the IDX file is cut off").remedy("copy or load it again");
    let (kind, axes) = (bytes[2], usize::from(bytes[3]));
    let lengths = bytes.get(4..4 + 4 * axes).ok_or_else(cut)?;
    let shape: Vec<usize> = lengths.as_chunks::<4>().0.iter().map(|b| u32::from_be_bytes(*b) as usize).collect();
    let count = hold(path, &shape)?;
    let data = &bytes[4 + 4 * axes..];
    if data.len() / bytes_of(kind) < count {
        return Err(cut());
    }
    let data = &data[..count * bytes_of(kind)];
    let values: Vec<f64> = match kind {
        0x08 => data.iter().map(|b| f64::from(*b)).collect(),
        0x09 => data.iter().map(|b| f64::from(*b as i8)).collect(),
        0x0b => data.as_chunks::<2>().0.iter().map(|b| f64::from(i16::from_be_bytes(*b))).collect(),
        0x0c => data.as_chunks::<4>().0.iter().map(|b| f64::from(i32::from_be_bytes(*b))).collect(),
        0x0d => data.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_be_bytes(*b))).collect(),
        0x0e => data.as_chunks::<8>().0.iter().map(|b| f64::from_be_bytes(*b)).collect(),
        _ => return Err(ItemError::invalid(path, None, format!("type 0x{kind:02x} is none of IDX"))),
    };
    Ok(Array { shape, values })
}

pub(super) fn read(path: &str, bytes: &[u8], options: &ItemOptions) -> Result<ItemSet, ItemError> {
    let Array { shape, values } = array(path, bytes)?;
    let count = shape.first().copied().unwrap_or(0);
    let size = values.len().checked_div(count).unwrap_or(0);
    let channels = options.channels.unwrap_or(1);
    if size == 0 || !size.is_multiple_of(channels) {
        return Err(ItemError::usage(
            format!("{path}: items of {size} values are no sequences of {channels} channels"),
            "give ⦃channels⦄ N that divides them",
        ));
    }
    let labels = match &options.labels {
        None => vec![Label::None; count],
        Some(file) => labels(&file.display().to_string(), &crate::bytes::read(file)?, path, count)?,
    };
    let items = values.chunks_exact(size).zip(labels).enumerate().map(|(k, (values, label))| RawItem {
        name: k.to_string(),
        label,
        group: None,
        content: Content::Numbers(values.to_vec()),
    });
    let items = items.collect();
    let channels = (1..=channels).map(|k| k.to_string()).collect();
    let known = Known { form: Some(Form::Idx), ..Known::default() };
    Ok(ItemSet { path: path.to_owned(), form: Form::Idx, channels, known, items, guesses: Vec::new(), notes: Vec::new() })
}

fn labels(path: &str, bytes: &[u8], items: &str, count: usize) -> Result<Vec<Label>, ItemError> {
    let bytes = unpacked(path, bytes)?.ok_or_else(|| ItemError::invalid(path, None, "this is no IDX file"))?;
    let Array { shape, values } = array(path, &bytes)?;
    if shape.len() != 1 || values.len() != count {
        return Err(ItemError::invalid(path, None, format!("it holds {} labels, {items} holds {count} items", values.len())));
    }
    Ok(values.into_iter().map(|v| Label::One(v.to_string())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_or_foreign_is_refused() {
        let whole = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];
        let options = ItemOptions { unlabelled: true, ..ItemOptions::default() };
        let set = read("a", &whole, &options).unwrap();
        assert_eq!(set.items[1].content, Content::Numbers(vec![4.0, 5.0, 6.0]));
        for end in 4..whole.len() {
            assert!(read("a", &whole[..end], &options).is_err(), "{end} bytes");
        }
        assert!(read("a", &[0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], &options).is_err());
        // Axes whose product would wrap before the one of no length.
        let empty = [&[0, 0, 8, 4][..], &[255; 12], &[0; 4]].concat();
        assert!(read("a", &empty, &options).is_err());
        assert!(unpacked("a", b"\x1f\x8bnonsense").is_err());
        for (length, wrong) in [(whole.len(), None), (whole.len() - 1, Some("cut off")), (1 << 20, Some("more than the 6 bytes"))] {
            let mut bytes = whole.to_vec();
            bytes.resize(length, 0);
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            std::io::Write::write_all(&mut packed, &bytes).unwrap();
            let read = unpacked("a", &packed.finish().unwrap()).and_then(|bytes| read("a", &bytes.unwrap(), &options));
            match (read, wrong) {
                (Ok(set), None) => assert_eq!(set.items.len(), 2),
                (Err(error), Some(wrong)) => assert!(error.to_string().contains(wrong), "{error}"),
                (read, _) => panic!("{length}: {read:?}"),
            }
        }
        assert_eq!(unpacked("a", b"a,b\n1,2\n").unwrap(), None);
    }
}
