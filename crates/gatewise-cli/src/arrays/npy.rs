//! The format that numpy saves an array in (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>).

use gatewise_onnx::import::{Data, Tensor};

use super::{Wrong, type_of};

/// What such a file begins with.
pub const MAGIC: &[u8] = b"\x93NUMPY";
/// Axes that an array may have.
const MOST_AXES: usize = 8;
/// Bytes that the numbers begin at a multiple of.
const ALIGNED: usize = 64;

/// What stands in front of the numbers.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    /// As `<f4`.
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
}

/// The array of a file.
pub fn parse(bytes: &[u8]) -> Result<Tensor, Wrong> {
    let cut = || ("the file is cut off".to_owned(), "save it again");
    let rest = bytes.get(MAGIC.len()..).ok_or_else(cut)?;
    let (&[major, _], rest) = rest.split_first_chunk().ok_or_else(cut)?;
    let (length, rest) = match major {
        1 => rest.split_first_chunk().map(|(length, rest)| (usize::from(u16::from_le_bytes(*length)), rest)).ok_or_else(cut)?,
        2 | 3 => rest.split_first_chunk().map(|(length, rest)| (u32::from_le_bytes(*length) as usize, rest)).ok_or_else(cut)?,
        other => return Err((format!("version {other} of the format is not supported"), "save it with numpy.save")),
    };
    let (header, numbers) = rest.split_at_checked(length).ok_or_else(cut)?;
    let header = std::str::from_utf8(header).ok().and_then(header_of);
    let Some(Header { descr, fortran, shape }) = header else {
        return Err(("its header cannot be read".to_owned(), "save it with numpy.save, as an array of plain numbers"));
    };
    if shape.len() > MOST_AXES {
        return Err((format!("it has {} axes", shape.len()), "give an array of at most eight"));
    }
    if fortran && shape.len() > 1 {
        return Err(("its numbers lie column after column".to_owned(), "save numpy.ascontiguousarray(array)"));
    }
    let count = if shape.contains(&0) { Some(0) } else { shape.iter().try_fold(1_usize, |n, &axis| n.checked_mul(axis)) };
    let (big, kind) = match descr.split_at_checked(1) {
        Some(("<" | "|" | "=", kind)) => (false, kind),
        Some((">", kind)) => (true, kind),
        _ => (false, ""),
    };
    let width = kind.get(1..).and_then(|width| width.parse::<usize>().ok()).unwrap_or(0);
    if count.and_then(|count| count.checked_mul(width)) != Some(numbers.len()) {
        let problem = format!("it has {} bytes of numbers, and its header says shape {shape:?} of {descr}", numbers.len());
        return Err((problem, "it may be cut off: save it again"));
    }
    let data =
        data(numbers, kind, big).ok_or_else(|| (format!("its numbers are of type {descr}"), "give float32, float64, int64 or bool"))?;
    Ok(Tensor { shape, data })
}

fn data(bytes: &[u8], kind: &str, big: bool) -> Option<Data> {
    /// Numbers of a type, whichever end comes first.
    macro_rules! of {
        ($type:ty) => {
            bytes.as_chunks().0.iter().map(move |bytes| if big { <$type>::from_be_bytes(*bytes) } else { <$type>::from_le_bytes(*bytes) })
        };
    }
    Some(match kind {
        "f2" => Data::Float(of!(u16).map(half).collect()),
        "f4" => Data::Float(of!(f32).collect()),
        "f8" => Data::Double(of!(f64).collect()),
        "i1" => Data::Int(of!(i8).map(i64::from).collect()),
        "u1" => Data::Int(of!(u8).map(i64::from).collect()),
        "i2" => Data::Int(of!(i16).map(i64::from).collect()),
        "u2" => Data::Int(of!(u16).map(i64::from).collect()),
        "i4" => Data::Int(of!(i32).map(i64::from).collect()),
        "u4" => Data::Int(of!(u32).map(i64::from).collect()),
        "i8" => Data::Int(of!(i64).collect()),
        "b1" => Data::Bool(bytes.iter().map(|&byte| byte != 0).collect()),
        _ => return None,
    })
}

/// A number of sixteen bits (IEEE 754).
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2.0_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2.0_f32.powi(exponent - 15),
    }
}

/// A header, which is a literal of Python: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
fn header_of(text: &str) -> Option<Header> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let after = |key: &str| inner.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
    let descr = after("descr")?.strip_prefix('\'')?.split_once('\'')?.0.to_owned();
    let fortran = match after("fortran_order")? {
        rest if rest.starts_with("False") => false,
        rest if rest.starts_with("True") => true,
        _ => return None,
    };
    let axes = after("shape")?.strip_prefix('(')?.split_once(')')?.0;
    let shape = axes.split(',').map(str::trim).filter(|axis| !axis.is_empty()).map(|axis| axis.parse().ok()).collect::<Option<_>>()?;
    Some(Header { descr, fortran, shape })
}

/// The file of an array.
pub fn write(tensor: &Tensor) -> Vec<u8> {
    let descr = match type_of(tensor) {
        "float32" => "<f4",
        "float64" => "<f8",
        "int64" => "<i8",
        _ => "|b1",
    };
    let axes: Vec<String> = tensor.shape.iter().map(usize::to_string).collect();
    let shape = if let [one] = &axes[..] { format!("({one},)") } else { format!("({})", axes.join(", ")) };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let before = MAGIC.len() + 4;
    let filled = (before + header.len() + 1).next_multiple_of(ALIGNED);
    header.extend(std::iter::repeat_n(' ', filled - before - header.len() - 1));
    header.push('\n');
    let mut bytes = [MAGIC, &[1, 0], &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
    match &tensor.data {
        Data::Float(values) => values.iter().for_each(|x| bytes.extend(x.to_le_bytes())),
        Data::Double(values) => values.iter().for_each(|x| bytes.extend(x.to_le_bytes())),
        Data::Int(values) => values.iter().for_each(|x| bytes.extend(x.to_le_bytes())),
        Data::Bool(values) => bytes.extend(values.iter().map(|&x| u8::from(x))),
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, numbers: &[u8]) -> Vec<u8> {
        [MAGIC, &[1, 0], &(header.len() as u16).to_le_bytes(), header.as_bytes(), numbers].concat()
    }

    #[test]
    fn what_is_written_is_read_back() {
        for tensor in [
            Tensor { shape: vec![2, 3], data: Data::Float(vec![1.0, -2.5, f32::INFINITY, 0.0, 1e-40, 7.0]) },
            Tensor { shape: vec![1], data: Data::Double(vec![0.1]) },
            Tensor { shape: vec![], data: Data::Int(vec![-3]) },
            Tensor { shape: vec![0, 4], data: Data::Float(vec![]) },
            Tensor { shape: vec![2], data: Data::Bool(vec![true, false]) },
        ] {
            let bytes = write(&tensor);
            let start = bytes.iter().position(|&b| b == b'\n').unwrap() + 1;
            assert_eq!((parse(&bytes).unwrap(), start % ALIGNED), (tensor, 0));
        }
    }

    #[test]
    fn types_of_others() {
        let of = |descr: &str, numbers: &[u8]| {
            parse(&file(&format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}\n"), numbers)).unwrap().data
        };
        assert_eq!(of(">f4", &[0x3f, 0x80, 0, 0]), Data::Float(vec![1.0]));
        assert_eq!(of("<f2", &[0, 0x3e]), Data::Float(vec![1.5]));
        assert_eq!((half(0x0001), half(0xfc00), half(0x8000)), (2.0_f32.powi(-24), f32::NEG_INFINITY, 0.0));
        assert!(half(0x7e00).is_nan());
        assert_eq!((of("|u1", &[200]), of("<i2", &[0xff, 0xff])), (Data::Int(vec![200]), Data::Int(vec![-1])));
    }

    #[test]
    fn files_that_lie_are_refused() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
        assert!(parse(&file(header, &[0; 8])).is_ok());
        for (header, numbers) in [
            (header, 7),
            (header, 9),
            ("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }\n", 8),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }\n", 8),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }\n", 8),
            ("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }\n", 8),
            ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }\n", 8),
            ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }\n", 8),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,2), }\n", 8),
            ("{}", 0),
            ("", 0),
        ] {
            assert!(parse(&file(header, &vec![0; numbers])).is_err(), "{header}");
        }
        let whole = file(header, &[0; 8]);
        for end in 0..whole.len() {
            assert!(parse(&whole[..end]).is_err(), "{end}");
        }
    }
}
