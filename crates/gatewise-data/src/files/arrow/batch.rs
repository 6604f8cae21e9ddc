//! The columns of one message.

use std::borrow::Cow;

use super::super::typed::Raw;
use super::super::unpack::{Codec, block};
use super::super::{damaged, hold, number};
use super::Damage;
use super::flat::Vector;
use super::messages::Message;
use super::schema::{Kind, Layout, Shape};
use crate::finding::Finding;

/// Nodes and buffers of a message, which its columns take in turn.
pub(super) struct Batch<'a> {
    pub rows: usize,
    body: &'a [u8],
    nodes: Vector<'a>,
    buffers: Vector<'a>,
    further: Vector<'a>,
    codec: Option<Codec>,
    node: usize,
    buffer: usize,
    variadic: usize,
}

impl<'a> Batch<'a> {
    pub fn new(message: &Message<'a>) -> Result<Self, Damage> {
        let about = &message.about;
        let codec = match about.table(3)? {
            None => None,
            Some(packed) => match packed.u8(0, 0)? {
                0 => Some(Codec::Lz4Frame),
                1 => Some(Codec::Zstd),
                codec => return Err(format!("buffers are packed in a way that is not known ({codec})")),
            },
        };
        Ok(Self {
            rows: usize::try_from(about.i64(0, 0)?).map_err(|e| e.to_string())?,
            body: message.body,
            nodes: about.vector(1, 16)?,
            buffers: about.vector(2, 16)?,
            further: about.vector(4, 8)?,
            codec,
            node: 0,
            buffer: 0,
            variadic: 0,
        })
    }

    /// Values and missing ones of the next column.
    pub fn values(&mut self, kind: &Kind, texts: &mut usize) -> Result<Raw, Finding> {
        let not = |why: Damage| damaged("Arrow", why);
        let missing = self.begin().map_err(not)?;
        if kind.layout == Layout::Null {
            hold("missing values", self.rows as u128 * size_of::<String>() as u128)?;
            return Ok(Raw::Texts(vec![String::new(); self.rows]));
        }
        let there = self.there(missing).map_err(not)?;
        let cell = |row: usize| there.as_ref().is_none_or(|bits| bit(bits, row));
        match kind.layout {
            Layout::Texts(bytes) => {
                let (offsets, data) = (self.take().map_err(not)?, self.take().map_err(not)?);
                self.texts(texts, &cell, |row| between(&offsets, &data, bytes, row))
            }
            Layout::Views => {
                let views = self.take().map_err(not)?;
                let data = self.further().map_err(not)?;
                self.texts(texts, &cell, |row| viewed(&views, &data, row))
            }
            _ => {
                let data = self.take().map_err(not)?;
                self.numbers(kind.layout, &data, cell).map_err(not)
            }
        }
    }

    fn numbers(&self, layout: Layout, data: &[u8], cell: impl Fn(usize) -> bool) -> Result<Raw, Damage> {
        let rows = self.rows;
        let wide = |bytes: usize| match rows.checked_mul(bytes) {
            Some(size) if size <= data.len() => Ok(()),
            _ => Err("a buffer is shorter than its column".to_owned()),
        };
        Ok(match layout {
            Layout::Bits => {
                if data.len() < rows.div_ceil(8) {
                    return Err("a buffer is shorter than its column".to_owned());
                }
                Raw::Bools((0..rows).map(|row| cell(row).then(|| bit(data, row))).collect())
            }
            Layout::Whole { bytes, signed } => {
                wide(bytes)?;
                Raw::Whole((0..rows).map(|row| cell(row).then(|| whole(&data[row * bytes..][..bytes], signed))).collect())
            }
            Layout::Wide(bytes) => {
                wide(bytes)?;
                let one = |row: usize| {
                    let value = &data[row * bytes..][..bytes];
                    let (low, high) = value.split_at(16);
                    let low = low.try_into().map_or(0, i128::from_le_bytes);
                    let sign = if low < 0 { 0xff } else { 0 };
                    if high.iter().all(|b| *b == sign) { Ok(Some(low)) } else { Err("a decimal has more digits than are read".to_owned()) }
                };
                Raw::Wide((0..rows).map(|row| if cell(row) { one(row) } else { Ok(None) }).collect::<Result<_, Damage>>()?)
            }
            Layout::Float(bytes) => {
                wide(bytes)?;
                let one = |row: usize| number::float(&data[row * bytes..][..bytes]);
                Raw::Floats((0..rows).map(|row| if cell(row) { one(row) } else { f64::NAN }).collect())
            }
            Layout::Null | Layout::Texts(_) | Layout::Views => return Err("a column of numbers holds texts".to_owned()),
        })
    }

    /// Places in a dictionary of the next column.
    pub fn places(&mut self, bytes: usize, signed: bool) -> Result<Vec<Option<usize>>, Damage> {
        let missing = self.begin()?;
        let there = self.there(missing)?;
        let data = self.take()?;
        if self.rows.checked_mul(bytes).is_none_or(|size| size > data.len()) {
            return Err("a buffer is shorter than its column".to_owned());
        }
        let one = |row: usize| match there.as_ref().is_none_or(|bits| bit(bits, row)) {
            false => Ok(None),
            true => usize::try_from(whole(&data[row * bytes..][..bytes], signed)).map(Some).map_err(|_| "a place is negative".to_owned()),
        };
        (0..self.rows).map(one).collect()
    }

    /// Goes behind a column that is not read, and those within it.
    pub fn pass_over(&mut self, shape: &Shape) -> Result<(), Damage> {
        self.node += 1;
        self.buffer += shape.buffers;
        if shape.variadic {
            self.buffer += self.count_further()?;
        }
        shape.within.iter().try_for_each(|within| self.pass_over(within))
    }

    /// The next node, of a column at the top: how many of its values are missing.
    fn begin(&mut self) -> Result<usize, Damage> {
        if self.node >= self.nodes.len {
            return Err("a batch has too few columns".to_owned());
        }
        let (rows, missing) = (self.nodes.i64(self.node, 16, 0)?, self.nodes.i64(self.node, 16, 1)?);
        self.node += 1;
        if usize::try_from(rows) != Ok(self.rows) {
            return Err("columns of a batch differ in length".to_owned());
        }
        usize::try_from(missing).map_err(|_| "a column misses a negative number of values".to_owned())
    }

    /// A bit for each value that is there; none where all are.
    fn there(&mut self, missing: usize) -> Result<Option<Cow<'a, [u8]>>, Damage> {
        let bits = self.take()?;
        if missing == 0 {
            return Ok(None);
        }
        if bits.len() < self.rows.div_ceil(8) { Err("a buffer is shorter than its column".to_owned()) } else { Ok(Some(bits)) }
    }

    /// The next buffer, unpacked.
    fn take(&mut self) -> Result<Cow<'a, [u8]>, Damage> {
        if self.buffer >= self.buffers.len {
            return Err("a batch has too few buffers".to_owned());
        }
        let place = |part| usize::try_from(self.buffers.i64(self.buffer, 16, part)?).map_err(|e| e.to_string());
        let (start, length) = (place(0)?, place(1)?);
        self.buffer += 1;
        let bytes = start.checked_add(length).and_then(|end| self.body.get(start..end)).ok_or("a buffer lies beyond its message")?;
        let Some(codec) = self.codec.filter(|_| !bytes.is_empty()) else { return Ok(Cow::Borrowed(bytes)) };
        let (size, packed) = bytes.split_first_chunk::<8>().ok_or("a buffer breaks off")?;
        match i64::from_le_bytes(*size) {
            -1 => Ok(Cow::Borrowed(packed)),
            size => {
                let size = usize::try_from(size).map_err(|e| e.to_string())?;
                hold("a buffer", size as u128).map_err(|finding| finding.message)?;
                block(codec, packed, size).map(Cow::Owned)
            }
        }
    }

    fn count_further(&mut self) -> Result<usize, Damage> {
        if self.variadic >= self.further.len {
            return Err("a column of views has no count of buffers".to_owned());
        }
        let count = self.further.i64(self.variadic, 8, 0)?;
        self.variadic += 1;
        usize::try_from(count).ok().filter(|count| *count <= self.buffers.len).ok_or_else(|| "a batch has too few buffers".to_owned())
    }

    /// The buffers that the views of a column point into.
    fn further(&mut self) -> Result<Vec<Cow<'a, [u8]>>, Damage> {
        (0..self.count_further()?).map(|_| self.take()).collect()
    }

    fn texts<'b>(&self, total: &mut usize, cell: &dyn Fn(usize) -> bool, text: impl Fn(usize) -> Option<&'b [u8]>) -> Result<Raw, Finding> {
        let mut out = Vec::new();
        for row in 0..self.rows {
            let bytes = if cell(row) { text(row).ok_or_else(|| damaged("Arrow", "a text lies beyond its buffer"))? } else { &[] };
            *total = total.saturating_add(bytes.len());
            // Views of one text may be many.
            if row % 1024 == 0 || bytes.len() > 1 << 16 {
                hold("its texts", *total as u128)?;
            }
            let text = std::str::from_utf8(bytes).map_err(|e| damaged("Arrow", format!("a text is no UTF-8: {e}")).line(row as u64 + 2))?;
            out.push(text.to_owned());
        }
        Ok(Raw::Texts(out))
    }
}

fn bit(bytes: &[u8], at: usize) -> bool {
    bytes[at / 8] >> (at % 8) & 1 == 1
}

/// A whole number, the lowest byte first.
fn whole(bytes: &[u8], signed: bool) -> i64 {
    let value = bytes.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let unused = 64 - 8 * bytes.len() as u32;
    if signed { (value << unused) as i64 >> unused } else { value as i64 }
}

/// The text of a row between two offsets.
fn between<'b>(offsets: &[u8], data: &'b [u8], bytes: usize, row: usize) -> Option<&'b [u8]> {
    let offset = |k: usize| usize::try_from(whole(offsets.get(k.checked_mul(bytes)?..)?.get(..bytes)?, true)).ok();
    data.get(offset(row)?..offset(row + 1)?)
}

/// The text of a row by its view: within it where it is short, else in another buffer.
fn viewed<'b>(views: &'b [u8], data: &'b [Cow<'_, [u8]>], row: usize) -> Option<&'b [u8]> {
    let view = views.get(row.checked_mul(16)?..)?.get(..16)?;
    let number = |at: usize| usize::try_from(whole(&view[at..at + 4], true)).ok();
    let length = number(0)?;
    if length <= 12 {
        return view.get(4..4 + length);
    }
    let start = number(12)?;
    data.get(number(8)?)?.get(start..start.checked_add(length)?)
}
