//! IDX, the format of MNIST: two zero bytes, a type, the number of axes, their lengths, then the values, big-endian. Also gzipped.

use std::io::Read;

use super::error::ItemError;
use super::options::ItemOptions;
use super::{Content, Form, ItemSet, Known, Label, RawItem};

/// First bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Most values that are read: 32 GiB of `f64`.
const MOST_VALUES: usize = 1 << 32;

/// The bytes of an IDX file, unpacked where they were packed; `None` of other files.
pub(super) fn unpacked(path: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, ItemError> {
    let unpacked = if bytes.starts_with(&GZIP) {
        let mut out = Vec::new();
        flate2::read::GzDecoder::new(bytes)
            .read_to_end(&mut out)
            .map_err(|e| ItemError::invalid(path, None, format!("the gzip file is damaged: {e}")).cure("copy or load it again"))?;
        out
    } else {
        bytes.to_vec()
    };
    let is_idx = matches!(unpacked[..], [0, 0, 0x08..=0x0e, 1..=8, ..]);
    match (is_idx, bytes.starts_with(&GZIP)) {
        (true, _) => Ok(Some(unpacked)),
        (false, true) => Err(ItemError::invalid(path, None, "the packed file is no IDX file").cure("unpack it first: gunzip FILE")),
        (false, false) => Ok(None),
    }
}

/// Values with the lengths of their axes.
struct Array {
    shape: Vec<usize>,
    values: Vec<f64>,
}

fn array(path: &str, bytes: &[u8]) -> Result<Array, ItemError> {
    let cut = || ItemError::invalid(path, None, "the IDX file is cut off").cure("copy or load it again");
    let (kind, axes) = (bytes[2], usize::from(bytes[3]));
    let lengths = bytes.get(4..4 + 4 * axes).ok_or_else(cut)?;
    let shape: Vec<usize> = lengths.as_chunks::<4>().0.iter().map(|b| u32::from_be_bytes(*b) as usize).collect();
    let count = shape.iter().try_fold(1_usize, |n, &axis| n.checked_mul(axis)).filter(|n| *n <= MOST_VALUES);
    let count = count.ok_or_else(|| ItemError::invalid(path, None, format!("axes of {shape:?} are more than can be read")))?;
    let data = &bytes[4 + 4 * axes..];
    let values: Vec<f64> = match kind {
        0x08 => data.iter().map(|b| f64::from(*b)).collect(),
        0x09 => data.iter().map(|b| f64::from(*b as i8)).collect(),
        0x0b => data.as_chunks::<2>().0.iter().map(|b| f64::from(i16::from_be_bytes(*b))).collect(),
        0x0c => data.as_chunks::<4>().0.iter().map(|b| f64::from(i32::from_be_bytes(*b))).collect(),
        0x0d => data.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_be_bytes(*b))).collect(),
        0x0e => data.as_chunks::<8>().0.iter().map(|b| f64::from_be_bytes(*b)).collect(),
        _ => return Err(ItemError::invalid(path, None, format!("type 0x{kind:02x} is none of IDX"))),
    };
    if values.len() < count {
        return Err(cut());
    }
    Ok(Array { shape, values: values[..count].to_vec() })
}

pub(super) fn read(path: &str, bytes: &[u8], options: &ItemOptions) -> Result<ItemSet, ItemError> {
    let Array { shape, values } = array(path, bytes)?;
    let count = shape.first().copied().unwrap_or(0);
    let size = values.len().checked_div(count).unwrap_or(0);
    let channels = options.channels.unwrap_or(1);
    if size == 0 || !size.is_multiple_of(channels) {
        return Err(ItemError::usage(
            format!("{path}: items of {size} values are no sequences of {channels} channels"),
            "give --channels N that divides them",
        ));
    }
    let labels = match &options.labels {
        None => vec![Label::None; count],
        Some(file) => labels(&file.display().to_string(), &crate::table::read_bytes(file)?, path, count)?,
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
        assert!(unpacked("a", b"\x1f\x8bnonsense").is_err());
        assert_eq!(unpacked("a", b"a,b\n1,2\n").unwrap(), None);
    }
}
