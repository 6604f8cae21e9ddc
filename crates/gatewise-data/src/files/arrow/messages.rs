//! Messages one behind the other, as a stream has them, within a file too.

use super::Damage;
use super::flat::Table;
use super::schema::{self, Field};

/// The marks of a file, at its start and its end.
pub(super) const MAGIC: &[u8; 6] = b"ARROW1";
/// What a message begins with.
pub(super) const CONTINUED: [u8; 4] = [0xff; 4];

/// What a message is.
pub(super) enum Kind {
    Dictionary { id: i64, is_delta: bool },
    Record,
}

/// A message of values.
pub(super) struct Message<'a> {
    pub kind: Kind,
    /// The batch.
    pub about: Table<'a>,
    pub body: &'a [u8],
}

pub(super) struct Messages<'a> {
    /// What is left of a stream; of a file, all of it.
    rest: &'a [u8],
    /// Where the messages of a file lie, the last one first, and the schema beside them.
    file: Option<(Vec<usize>, Table<'a>)>,
}

impl<'a> Messages<'a> {
    /// Those of a file or a stream.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Damage> {
        if !bytes.starts_with(MAGIC) {
            return Ok(Self { rest: bytes, file: None });
        }
        let end = bytes.len().checked_sub(MAGIC.len() + 4).filter(|end| *end >= 8).ok_or("it breaks off")?;
        let (length, magic) = bytes[end..].split_at(4);
        if magic != MAGIC {
            return Err("its end is missing".to_owned());
        }
        let length = length.try_into().map_or(0, u32::from_le_bytes) as usize;
        let start =
            end.checked_sub(length).filter(|start| *start >= 8).ok_or_else(|| format!("its footer is said to have {length} bytes"))?;
        let footer = Table::root(&bytes[start..end])?;
        let schema = footer.table(1)?.ok_or("it has no schema")?;
        let mut places = Vec::new();
        for blocks in [footer.vector(2, 24)?, footer.vector(3, 24)?] {
            for k in 0..blocks.len {
                let place = usize::try_from(blocks.i64(k, 24, 0)?).ok().filter(|place| *place < start);
                places.push(place.ok_or("a message lies beyond the file")?);
            }
        }
        places.reverse();
        Ok(Self { rest: bytes, file: Some((places, schema)) })
    }

    /// The columns.
    pub fn schema(&mut self) -> Result<Vec<Field>, Damage> {
        if let Some((_, schema)) = &self.file {
            return schema::fields(schema);
        }
        let (header, _) = self.message()?.ok_or("it has no schema")?;
        match (header.u8(1, 0)?, header.table(2)?) {
            (1, Some(schema)) => schema::fields(&schema),
            _ => Err("it does not begin with a schema".to_owned()),
        }
    }

    /// The next message of values; none at the end.
    pub fn next(&mut self) -> Result<Option<Message<'a>>, Damage> {
        loop {
            let found = match &mut self.file {
                None => self.message()?,
                Some((places, _)) => match places.pop() {
                    None => None,
                    Some(place) => {
                        let rest = self.rest.get(place..).unwrap_or_default();
                        Some(Self { rest, file: None }.message()?.ok_or("a message is missing")?)
                    }
                },
            };
            let Some((header, body)) = found else { return Ok(None) };
            let about = header.table(2)?.ok_or("a message has no header")?;
            match header.u8(1, 0)? {
                2 => {
                    let batch = about.table(1)?.ok_or("a dictionary has no values")?;
                    let kind = Kind::Dictionary { id: about.i64(0, 0)?, is_delta: about.u8(2, 0)? != 0 };
                    return Ok(Some(Message { kind, about: batch, body }));
                }
                3 => return Ok(Some(Message { kind: Kind::Record, about, body })),
                _ => {}
            }
        }
    }

    /// The next message and what lies behind it.
    fn message(&mut self) -> Result<Option<(Table<'a>, &'a [u8])>, Damage> {
        let cut = || "a message breaks off".to_owned();
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut rest = self.rest;
        // Before version 0.15 a message began with its length.
        rest = rest.strip_prefix(&CONTINUED).unwrap_or(rest);
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = i32::from_le_bytes(*length);
        if length == 0 {
            self.rest = &[];
            return Ok(None);
        }
        let (about, rest) = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length)).ok_or_else(cut)?;
        let header = Table::root(about)?;
        let length = usize::try_from(header.i64(3, 0)?).map_err(|_| cut())?;
        let (body, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        self.rest = rest;
        Ok(Some((header, body)))
    }
}
