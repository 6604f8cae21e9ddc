//! The schema: what each column holds, and how many buffers it takes.

use super::super::typed::Logical;
use super::Damage;
use super::flat::Table;

/// A column.
pub(super) struct Field {
    pub name: String,
    pub kind: Result<Kind, NotRead>,
    pub dictionary: Option<Dictionary>,
    /// What it takes of a message.
    pub shape: Shape,
}

/// A column that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub layout: Layout,
    pub logical: Logical,
}

/// How values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// No buffer at all.
    Null,
    Bits,
    /// Whole numbers of so many bytes.
    Whole {
        bytes: usize,
        signed: bool,
    },
    /// Whole numbers of sixteen or thirty-two bytes.
    Wide(usize),
    Float(usize),
    /// Texts one behind the other, with offsets of so many bytes.
    Texts(usize),
    /// Texts in views.
    Views,
}

/// Values by their place in a list.
#[derive(Clone, Debug)]
pub(super) struct Dictionary {
    pub id: i64,
    /// Bytes of a place.
    pub bytes: usize,
    pub signed: bool,
}

/// A column that is not read, with what it holds and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotRead {
    pub what: &'static str,
    pub help: &'static str,
}

const NESTED: NotRead = NotRead { what: "lists or structures", help: "write each value as a column or a row of its own" };
const BINARY: NotRead = NotRead { what: "bytes without a meaning", help: "write them as text, or leave the column out" };
const INTERVAL: NotRead = NotRead { what: "spans of time", help: "write them as numbers, such as seconds" };
const UNKNOWN: NotRead = NotRead { what: "a type that is not known", help: "write it as numbers, texts or times" };

/// What a column takes of a message: its own node and buffers, and those of the columns within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub buffers: usize,
    /// Whether a count of further buffers belongs to it.
    pub variadic: bool,
    pub within: Vec<Shape>,
}

impl Shape {
    /// Values of one size, with a bit for each that is there.
    pub fn fixed() -> Self {
        Self { buffers: 2, variadic: false, within: Vec::new() }
    }
}

/// Columns within one another, at most.
const DEEPEST: usize = 16;

pub(super) fn fields(schema: &Table<'_>) -> Result<Vec<Field>, Damage> {
    if schema.i16(0, 0)? != 0 {
        return Err("its numbers are big-endian".to_owned());
    }
    let fields = schema.vector(1, 4)?;
    (0..fields.len).map(|k| field(&fields.table(k)?)).collect()
}

fn field(about: &Table<'_>) -> Result<Field, Damage> {
    let dictionary = about.table(4)?.map(|dictionary| {
        let index = dictionary.table(1)?;
        let bits = index.as_ref().map_or(Ok(32), |index| index.i32(0, 0))?;
        let signed = index.as_ref().map_or(Ok(1), |index| index.u8(1, 0))? != 0;
        if ![8, 16, 32, 64].contains(&bits) {
            return Err(format!("places of {bits} bits"));
        }
        Ok(Dictionary { id: dictionary.i64(0, 0)?, bytes: bits as usize / 8, signed })
    });
    Ok(Field { name: about.text(0)?, kind: kind(about)?, dictionary: dictionary.transpose()?, shape: shape(about, DEEPEST)? })
}

fn kind(about: &Table<'_>) -> Result<Result<Kind, NotRead>, Damage> {
    let read = |layout, logical| Ok(Ok(Kind { layout, logical }));
    let signed = |bytes| Layout::Whole { bytes, signed: true };
    let code = about.u8(2, 0)?;
    let Some(of) = about.table(3)? else { return Ok(Err(UNKNOWN)) };
    let per_second =
        |unit: i16| [1, 1_000, 1_000_000, 1_000_000_000].get(unit as usize).copied().ok_or_else(|| format!("a unit of time {unit}"));
    match code {
        1 => read(Layout::Null, Logical::Nothing),
        2 => match (of.i32(0, 0)?, of.u8(1, 0)? != 0) {
            (bits @ (8 | 16 | 32 | 64), true) => read(signed(bits as usize / 8), Logical::Integer),
            (bits @ (8 | 16 | 32 | 64), false) => {
                read(Layout::Whole { bytes: bits as usize / 8, signed: false }, Logical::Unsigned(bits as u32))
            }
            (bits, _) => Err(format!("whole numbers of {bits} bits")),
        },
        3 => match of.i16(0, 0)? {
            precision @ 0..=2 => read(Layout::Float(2 << precision), Logical::Float),
            precision => Err(format!("numbers of precision {precision}")),
        },
        5 => read(Layout::Texts(4), Logical::Text),
        20 => read(Layout::Texts(8), Logical::Text),
        24 => read(Layout::Views, Logical::Text),
        6 => read(Layout::Bits, Logical::Boolean),
        7 => {
            let logical = Logical::Decimal { scale: of.i32(1, 0)?.clamp(-400, 400) };
            match of.i32(2, 128)? {
                bits @ (32 | 64) => read(signed(bits as usize / 8), logical),
                bits @ (128 | 256) => read(Layout::Wide(bits as usize / 8), logical),
                bits => Err(format!("decimals of {bits} bits")),
            }
        }
        8 => match of.i16(0, 1)? {
            0 => read(signed(4), Logical::Date),
            _ => read(signed(8), Logical::Timestamp { per_second: 1_000, zone: None }),
        },
        9 => {
            let bits = of.i32(1, 32)?;
            read(signed(if bits == 64 { 8 } else { 4 }), Logical::Clock { per_second: per_second(of.i16(0, 1)?)? })
        }
        10 => {
            let zone = Some(of.text(1)?).filter(|zone| !zone.is_empty());
            read(signed(8), Logical::Timestamp { per_second: per_second(of.i16(0, 0)?)?, zone })
        }
        11 | 18 => Ok(Err(INTERVAL)),
        4 | 15 | 19 | 23 => Ok(Err(BINARY)),
        12 | 13 | 14 | 16 | 17 | 21 | 22 | 25 | 26 => Ok(Err(NESTED)),
        _ => Ok(Err(UNKNOWN)),
    }
}

fn shape(about: &Table<'_>, depth: usize) -> Result<Shape, Damage> {
    let depth = depth.checked_sub(1).ok_or("columns are nested too deeply")?;
    let mut variadic = false;
    let buffers = match about.u8(2, 0)? {
        1 | 22 => 0,
        2 | 3 | 6..=11 | 12 | 15 | 17 | 18 | 21 => 2,
        4 | 5 | 19 | 20 => 3,
        13 | 16 => 1,
        // A union has types, and offsets where it is dense.
        14 => match about.table(3)? {
            Some(of) if of.i16(0, 0)? == 1 => 2,
            _ => 1,
        },
        23 | 24 => {
            variadic = true;
            2
        }
        25 | 26 => 3,
        code => return Err(format!("a column of type {code}")),
    };
    let children = about.vector(5, 4)?;
    // Places in a list take the buffers of their numbers; what they stand for lies elsewhere.
    let of_dictionary = about.table(4)?.is_some();
    let count = if of_dictionary { 0 } else { children.len };
    let within = (0..count).map(|k| shape(&children.table(k)?, depth)).collect::<Result<_, Damage>>()?;
    if of_dictionary {
        return Ok(Shape::fixed());
    }
    Ok(Shape { buffers, variadic, within })
}
