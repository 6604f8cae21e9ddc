//! The compact protocol of Thrift, in which Parquet describes itself.

use super::Damage;

/// A value of a structure.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Bool(bool),
    Int(i64),
    Double,
    Bytes(&'a [u8]),
    List(Vec<Value<'a>>),
    Struct(Vec<(i16, Value<'a>)>),
}

/// Structures within one another, at most.
const DEEPEST: usize = 16;

impl<'a> Value<'a> {
    /// A field of a structure by its number.
    pub fn get(&self, field: i16) -> Option<&Value<'a>> {
        match self {
            Self::Struct(fields) => fields.iter().find(|(id, _)| *id == field).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn int(&self, field: i16) -> Option<i64> {
        match self.get(field)? {
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// A size, which is not negative.
    pub fn size(&self, field: i16, what: &str) -> Result<usize, Damage> {
        self.int(field).and_then(|value| usize::try_from(value).ok()).ok_or_else(|| format!("{what} is missing or negative"))
    }

    pub fn bool(&self, field: i16) -> Option<bool> {
        match self.get(field)? {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub fn bytes(&self, field: i16) -> Option<&'a [u8]> {
        match self.get(field)? {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub fn list(&self, field: i16) -> &[Value<'a>] {
        match self.get(field) {
            Some(Value::List(values)) => values,
            _ => &[],
        }
    }

    /// The number of the first field of a structure that has one, as unions do.
    pub fn member(&self) -> Option<(i16, &Value<'a>)> {
        match self {
            Self::Struct(fields) => fields.first().map(|(id, value)| (*id, value)),
            _ => None,
        }
    }
}

/// Bytes that are read from their start.
pub(super) struct Reader<'a> {
    pub rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, Damage> {
        let (first, rest) = self.rest.split_first().ok_or("a description breaks off")?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Damage> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or("a description breaks off")?;
        self.rest = rest;
        Ok(taken)
    }

    pub fn varint(&mut self) -> Result<u64, Damage> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("a number of a description never ends".to_owned())
    }

    pub fn zigzag(&mut self) -> Result<i64, Damage> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// A structure with all that is in it.
    pub fn structure(&mut self) -> Result<Value<'a>, Damage> {
        self.fields(DEEPEST)
    }

    fn fields(&mut self, depth: usize) -> Result<Value<'a>, Damage> {
        let depth = depth.checked_sub(1).ok_or("a description is nested too deeply")?;
        let (mut fields, mut id) = (Vec::new(), 0_i16);
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(Value::Struct(fields));
            }
            id = match head >> 4 {
                0 => self.zigzag()? as i16,
                step => id.wrapping_add(i16::from(step)),
            };
            let value = match head & 0x0f {
                1 => Value::Bool(true),
                2 => Value::Bool(false),
                kind => self.value(kind, depth)?,
            };
            fields.push((id, value));
        }
    }

    fn value(&mut self, kind: u8, depth: usize) -> Result<Value<'a>, Damage> {
        Ok(match kind {
            1 | 2 => Value::Bool(self.byte()? == 1),
            3 => Value::Int(i64::from(self.byte()? as i8)),
            4..=6 => Value::Int(self.zigzag()?),
            7 => self.take(8).map(|_| Value::Double)?,
            8 => {
                let length = self.varint()?;
                Value::Bytes(self.take(usize::try_from(length).map_err(|e| e.to_string())?)?)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.varint()?,
                    count => u64::from(count),
                };
                let count =
                    usize::try_from(count).ok().filter(|count| *count <= self.rest.len()).ok_or("a list is longer than the file")?;
                let mut values = Vec::new();
                for _ in 0..count {
                    values.push(self.element(head & 0x0f, depth)?);
                }
                Value::List(values)
            }
            12 => self.fields(depth)?,
            kind => return Err(format!("a description has a field of type {kind}")),
        })
    }

    fn element(&mut self, kind: u8, depth: usize) -> Result<Value<'a>, Damage> {
        let depth = depth.checked_sub(1).ok_or("a description is nested too deeply")?;
        self.value(kind, depth)
    }
}

/// Bytes of a structure that is written.
#[derive(Default)]
pub(super) struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    pub fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn zigzag(&mut self, value: i64) {
        self.varint(((value << 1) ^ (value >> 63)) as u64);
    }

    fn head(&mut self, last: &mut i16, field: i16, kind: u8) {
        self.bytes.push(((field - *last) as u8) << 4 | kind);
        *last = field;
    }

    pub fn i32(&mut self, last: &mut i16, field: i16, value: i64) {
        self.head(last, field, 5);
        self.zigzag(value);
    }

    pub fn i64(&mut self, last: &mut i16, field: i16, value: i64) {
        self.head(last, field, 6);
        self.zigzag(value);
    }

    pub fn bool(&mut self, last: &mut i16, field: i16, value: bool) {
        self.head(last, field, if value { 1 } else { 2 });
    }

    pub fn text(&mut self, last: &mut i16, field: i16, text: &str) {
        self.head(last, field, 8);
        self.element(text);
    }

    /// A text in a list.
    pub fn element(&mut self, text: &str) {
        self.varint(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Begins a list, whose elements follow.
    pub fn list(&mut self, last: &mut i16, field: i16, kind: u8, count: usize) {
        self.head(last, field, 9);
        match count {
            0..15 => self.bytes.push((count as u8) << 4 | kind),
            _ => {
                self.bytes.push(0xf0 | kind);
                self.varint(count as u64);
            }
        }
    }

    /// A whole number in a list.
    pub fn item(&mut self, value: i64) {
        self.zigzag(value);
    }

    /// Begins a structure, which ends with [`end`](Self::end).
    pub fn begin(&mut self, last: &mut i16, field: i16) {
        self.head(last, field, 12);
    }

    pub fn end(&mut self) {
        self.bytes.push(0);
    }
}
