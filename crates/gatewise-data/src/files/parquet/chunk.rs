//! The pages of a column, one behind the other.

use super::super::typed::{Logical, Raw};
use super::super::{hold, unpack};
use super::Damage;
use super::bits::hybrid;
use super::footer::{Chunk, Column};
use super::kind::Kind;
use super::plain::{Encoding, Present, read};
use super::thrift::{Reader, Value};
use crate::finding::{Finding, FindingKind};

/// Why a column is not read.
pub(super) enum Failed {
    /// The bytes are none of the format.
    Damage(Damage),
    /// They are, and it cannot be read.
    Refused(Finding),
}

impl From<Damage> for Failed {
    fn from(why: Damage) -> Self {
        Self::Damage(why)
    }
}

impl From<&str> for Failed {
    fn from(why: &str) -> Self {
        Self::Damage(why.to_owned())
    }
}

impl From<Finding> for Failed {
    fn from(finding: Finding) -> Self {
        Self::Refused(finding)
    }
}

/// All values of a column of so many rows. `texts` counts the bytes of the texts of the file.
pub(super) fn column(bytes: &[u8], column: &Column, kind: &Kind, rows: usize, texts: &mut usize) -> Result<Raw, Failed> {
    let mut out = Gathered { raw: None, texts };
    for chunk in &column.chunks {
        let mut pages = Pages { rest: within(bytes, chunk)?, column, kind, chunk, dictionary: None };
        let mut left = chunk.values;
        while left > 0 {
            let Some((levels, present)) = pages.next(left, &mut out)? else { continue };
            left -= levels.len();
            out.spread(&levels, present)?;
        }
    }
    let raw = out.raw.unwrap_or_else(|| match kind.logical {
        Logical::Boolean => Raw::Bools(Vec::new()),
        Logical::Float => Raw::Floats(Vec::new()),
        Logical::Decimal { .. } => Raw::Wide(Vec::new()),
        Logical::Text | Logical::Nothing => Raw::Texts(Vec::new()),
        _ => Raw::Whole(Vec::new()),
    });
    if raw.len() == rows { Ok(raw) } else { Err(format!("a column has {} values for {rows} rows", raw.len()).into()) }
}

fn within<'a>(bytes: &'a [u8], chunk: &Chunk) -> Result<&'a [u8], Damage> {
    let end = chunk.start.checked_add(chunk.length).ok_or("a column lies beyond the file")?;
    Ok(bytes.get(chunk.start..end).ok_or("a column lies beyond the file")?)
}

struct Pages<'a> {
    rest: &'a [u8],
    column: &'a Column,
    kind: &'a Kind,
    chunk: &'a Chunk,
    dictionary: Option<Present>,
}

/// Which values of a page are there, and those.
type Page = (Vec<bool>, Present);

impl Pages<'_> {
    /// The next page of at most `left` values; none where it was one of a dictionary.
    fn next(&mut self, left: usize, out: &mut Gathered<'_>) -> Result<Option<Page>, Failed> {
        let mut reader = Reader { rest: self.rest };
        let head = reader.structure()?;
        let (size, packed) = (head.size(2, "the size of a page")?, head.size(3, "the size of a page")?);
        let (body, behind) = reader.rest.split_at_checked(packed).ok_or("a page breaks off")?;
        self.rest = behind;
        hold("a page", size as u128)?;
        match head.int(1) {
            Some(0) => {
                let about = head.get(5).ok_or("a page has no header")?;
                let count = count(about, left)?;
                let body = self.unpack(body, size)?;
                let (levels, values) = match self.column.optional {
                    false => (vec![true; count], &body[..]),
                    true => {
                        if about.int(3) != Some(3) {
                            return Err("levels are encoded in a way that is given up".into());
                        }
                        let (length, rest) = body.split_first_chunk::<4>().ok_or("a page breaks off")?;
                        let (levels, values) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or("a page breaks off")?;
                        (there(levels, count)?, values)
                    }
                };
                self.values(about.int(2), levels, values, out).map(Some)
            }
            Some(3) => {
                let about = head.get(8).ok_or("a page has no header")?;
                let count = count(about, left)?;
                let (defined, repeated) = (about.size(5, "the length of levels")?, about.size(6, "the length of levels")?);
                let (_, rest) = body.split_at_checked(repeated).ok_or("a page breaks off")?;
                let (levels, values) = rest.split_at_checked(defined).ok_or("a page breaks off")?;
                let levels = if self.column.optional { there(levels, count)? } else { vec![true; count] };
                let size = size.checked_sub(defined + repeated).ok_or("a page is smaller than its levels")?;
                let unpacked;
                let values = match about.bool(7) {
                    Some(false) => values,
                    _ => {
                        unpacked = if values.is_empty() && size == 0 { Vec::new() } else { self.unpack(values, size)? };
                        &unpacked[..]
                    }
                };
                self.values(about.int(4), levels, values, out).map(Some)
            }
            Some(2) => {
                let about = head.get(7).ok_or("a page has no header")?;
                let body = self.unpack(body, size)?;
                let count = about.size(1, "the size of a dictionary")?;
                self.dictionary = Some(read(&body, Encoding::Plain, self.kind, count)?);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn unpack(&self, bytes: &[u8], size: usize) -> Result<Vec<u8>, Failed> {
        let Some(codec) = self.chunk.codec else {
            let finding = Finding::error(FindingKind::ColumnType, "is packed in a way that is not read (LZO, Brotli or the older LZ4)");
            return Err(finding.help("write the file with zstd, snappy, gzip or lz4_raw").into());
        };
        Ok(unpack::block(codec, bytes, size)?)
    }

    fn values(&self, encoding: Option<i64>, levels: Vec<bool>, bytes: &[u8], out: &mut Gathered<'_>) -> Result<Page, Failed> {
        let count = levels.iter().filter(|there| **there).count();
        let encoding = match encoding {
            Some(0) => Encoding::Plain,
            Some(2 | 8) => {
                let dictionary = self.dictionary.as_ref().ok_or("a page needs a dictionary that is missing")?;
                let Some((width, runs)) = bytes.split_first().filter(|_| count > 0) else {
                    return Ok((levels, dictionary.gather(&[], out)?));
                };
                let places = hybrid(runs, u32::from(*width), count)?;
                return Ok((levels, dictionary.gather(&places, out)?));
            }
            Some(3) => Encoding::Runs,
            Some(5) => Encoding::Steps,
            Some(6) => Encoding::LengthsFirst,
            Some(7) => Encoding::Shared,
            Some(9) => Encoding::Split,
            other => return Err(format!("values are encoded in a way that is not known ({})", other.unwrap_or(-1)).into()),
        };
        // A page of nothing but missing values may have no bytes.
        let encoding = if count == 0 && bytes.is_empty() { Encoding::Plain } else { encoding };
        let present = read(bytes, encoding, self.kind, count)?;
        if let Present::Texts(texts) = &present {
            out.hold(texts.iter().map(String::len).sum())?;
        }
        Ok((levels, present))
    }
}

fn count(about: &Value<'_>, left: usize) -> Result<usize, Damage> {
    let count = about.size(1, "the number of values of a page")?;
    if (1..=left).contains(&count) { Ok(count) } else { Err(format!("a page is said to have {count} values")) }
}

/// Which values are there.
fn there(levels: &[u8], count: usize) -> Result<Vec<bool>, Damage> {
    Ok(hybrid(levels, 1, count)?.into_iter().map(|level| level == 1).collect())
}

impl Present {
    /// The values at these places of a dictionary.
    fn gather(&self, places: &[u32], out: &mut Gathered<'_>) -> Result<Self, Failed> {
        fn at<T: Clone>(values: &[T], places: &[u32]) -> Result<Vec<T>, Failed> {
            let one = |place: &u32| values.get(*place as usize).cloned().ok_or_else(|| "a value lies beyond its dictionary".into());
            places.iter().map(one).collect()
        }
        Ok(match self {
            Self::Bools(values) => Self::Bools(at(values, places)?),
            Self::Whole(values) => Self::Whole(at(values, places)?),
            Self::Wide(values) => Self::Wide(at(values, places)?),
            Self::Floats(values) => Self::Floats(at(values, places)?),
            Self::Texts(values) => {
                out.hold(places.iter().map(|place| values.get(*place as usize).map_or(0, String::len)).sum())?;
                Self::Texts(at(values, places)?)
            }
        })
    }
}

/// The values of a column so far.
struct Gathered<'a> {
    raw: Option<Raw>,
    texts: &'a mut usize,
}

impl Gathered<'_> {
    /// Counts texts before they are held.
    fn hold(&mut self, bytes: usize) -> Result<(), Finding> {
        *self.texts = self.texts.saturating_add(bytes);
        hold("its texts", *self.texts as u128)
    }

    /// Puts values where they are there, and missing ones between.
    fn spread(&mut self, levels: &[bool], present: Present) -> Result<(), Failed> {
        fn put<T, U>(out: &mut Vec<U>, levels: &[bool], values: Vec<T>, some: impl Fn(T) -> U, none: impl Fn() -> U) -> Result<(), Failed> {
            let mut values = values.into_iter();
            for there in levels {
                out.push(if *there { some(values.next().ok_or("a page has too few values")?) } else { none() });
            }
            Ok(())
        }
        let raw = self.raw.get_or_insert_with(|| match &present {
            Present::Bools(_) => Raw::Bools(Vec::new()),
            Present::Whole(_) => Raw::Whole(Vec::new()),
            Present::Wide(_) => Raw::Wide(Vec::new()),
            Present::Floats(_) => Raw::Floats(Vec::new()),
            Present::Texts(_) => Raw::Texts(Vec::new()),
        });
        match (raw, present) {
            (Raw::Bools(out), Present::Bools(values)) => put(out, levels, values, Some, || None),
            (Raw::Whole(out), Present::Whole(values)) => put(out, levels, values, Some, || None),
            (Raw::Wide(out), Present::Wide(values)) => put(out, levels, values, Some, || None),
            (Raw::Floats(out), Present::Floats(values)) => put(out, levels, values, |value| value, || f64::NAN),
            (Raw::Texts(out), Present::Texts(values)) => put(out, levels, values, |value| value, String::new),
            _ => Err("the groups of a column differ".into()),
        }
    }
}
