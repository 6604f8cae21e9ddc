//! FlatBuffers, read as far as Arrow's messages need it.

use super::Damage;

/// A table in a buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Elements of a vector, at most as many as the buffer has bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vector<'a> {
    bytes: &'a [u8],
    at: usize,
    pub len: usize,
}

fn cut() -> Damage {
    "a message breaks off".to_owned()
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Damage> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().ok_or_else(cut)
}

fn place(bytes: &[u8], at: usize) -> Result<usize, Damage> {
    at.checked_add(u32::from_le_bytes(array(bytes, at)?) as usize).filter(|at| *at < bytes.len()).ok_or_else(cut)
}

impl<'a> Table<'a> {
    /// The table that a buffer begins with.
    pub fn root(bytes: &'a [u8]) -> Result<Self, Damage> {
        Ok(Self { bytes, at: place(bytes, 0)? })
    }

    /// Where a field lies; none where it has its usual value.
    fn field(&self, field: usize) -> Result<Option<usize>, Damage> {
        let back = i64::from(i32::from_le_bytes(array(self.bytes, self.at)?));
        let vtable = usize::try_from(self.at as i64 - back).map_err(|_| cut())?;
        let size = usize::from(u16::from_le_bytes(array(self.bytes, vtable)?));
        let slot = 4 + 2 * field;
        if slot + 2 > size {
            return Ok(None);
        }
        let offset = u16::from_le_bytes(array(self.bytes, vtable.checked_add(slot).ok_or_else(cut)?)?);
        Ok((offset != 0).then_some(self.at + usize::from(offset)))
    }

    pub fn u8(&self, field: usize, usual: u8) -> Result<u8, Damage> {
        self.field(field)?.map_or(Ok(usual), |at| array::<1>(self.bytes, at).map(|b| b[0]))
    }

    pub fn i16(&self, field: usize, usual: i16) -> Result<i16, Damage> {
        self.field(field)?.map_or(Ok(usual), |at| array(self.bytes, at).map(i16::from_le_bytes))
    }

    pub fn i32(&self, field: usize, usual: i32) -> Result<i32, Damage> {
        self.field(field)?.map_or(Ok(usual), |at| array(self.bytes, at).map(i32::from_le_bytes))
    }

    pub fn i64(&self, field: usize, usual: i64) -> Result<i64, Damage> {
        self.field(field)?.map_or(Ok(usual), |at| array(self.bytes, at).map(i64::from_le_bytes))
    }

    pub fn table(&self, field: usize) -> Result<Option<Table<'a>>, Damage> {
        let at = self.field(field)?.map(|at| place(self.bytes, at)).transpose()?;
        Ok(at.map(|at| Table { bytes: self.bytes, at }))
    }

    /// A vector of elements of `size` bytes.
    pub fn vector(&self, field: usize, size: usize) -> Result<Vector<'a>, Damage> {
        let Some(at) = self.field(field)? else { return Ok(Vector { bytes: &[], at: 0, len: 0 }) };
        let at = place(self.bytes, at)?;
        let len = u32::from_le_bytes(array(self.bytes, at)?) as usize;
        let at = at + 4;
        let fits = len.checked_mul(size).and_then(|bytes| at.checked_add(bytes)).is_some_and(|end| end <= self.bytes.len());
        if fits { Ok(Vector { bytes: self.bytes, at, len }) } else { Err(cut()) }
    }

    pub fn text(&self, field: usize) -> Result<String, Damage> {
        let Vector { bytes, at, len } = self.vector(field, 1)?;
        Ok(String::from_utf8_lossy(&bytes[at..at + len]).into_owned())
    }
}

impl<'a> Vector<'a> {
    /// A table of a vector of tables.
    pub fn table(&self, index: usize) -> Result<Table<'a>, Damage> {
        Ok(Table { bytes: self.bytes, at: place(self.bytes, self.at + 4 * index)? })
    }

    /// The whole number `part` of an element of `size` bytes, which is made of numbers of eight.
    pub fn i64(&self, index: usize, size: usize, part: usize) -> Result<i64, Damage> {
        array(self.bytes, self.at + size * index + 8 * part).map(i64::from_le_bytes)
    }
}
