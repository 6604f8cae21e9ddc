//! FlatBuffers, written as far as Arrow's messages need it: a table, then what it points to.

/// A field of a table.
#[derive(Clone, Copy)]
pub(super) enum Slot {
    /// Its usual value.
    None,
    U8(u8),
    I16(i16),
    I32(i32),
    I64(i64),
    /// Something behind the table, see [`Flat::point`].
    Offset,
}

impl Slot {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::None => Vec::new(),
            Self::U8(value) => vec![value],
            Self::I16(value) => value.to_le_bytes().to_vec(),
            Self::I32(value) => value.to_le_bytes().to_vec(),
            Self::I64(value) => value.to_le_bytes().to_vec(),
            Self::Offset => vec![0; 4],
        }
    }
}

/// A buffer whose first table is its root.
pub(super) struct Flat {
    pub bytes: Vec<u8>,
}

impl Flat {
    /// With its root, and where the root's fields lie.
    pub fn new(fields: &[Slot]) -> (Self, Vec<usize>) {
        let mut flat = Self { bytes: vec![0; 4] };
        let slots = flat.table(0, fields);
        (flat, slots)
    }

    /// Makes a field point to what comes next.
    fn point(&mut self, slot: usize) {
        let distance = (self.bytes.len() - slot) as u32;
        self.bytes[slot..slot + 4].copy_from_slice(&distance.to_le_bytes());
    }

    /// Zeros until so many bytes from here end at a multiple of eight.
    fn pad(&mut self, before: usize) {
        while !(self.bytes.len() + before).is_multiple_of(8) {
            self.bytes.push(0);
        }
    }

    /// A table that the field at `slot` points to; where its own fields lie.
    pub fn table(&mut self, slot: usize, fields: &[Slot]) -> Vec<usize> {
        let (mut inline, mut places) = (vec![0; 4], Vec::new());
        for field in fields {
            let bytes = field.bytes();
            while !bytes.is_empty() && !inline.len().is_multiple_of(bytes.len()) {
                inline.push(0);
            }
            places.push(if bytes.is_empty() { 0 } else { inline.len() });
            inline.extend(bytes);
        }
        let vtable = 4 + 2 * fields.len();
        self.pad(vtable);
        self.bytes.extend((vtable as u16).to_le_bytes());
        self.bytes.extend((inline.len() as u16).to_le_bytes());
        places.iter().for_each(|place| self.bytes.extend((*place as u16).to_le_bytes()));
        self.point(slot);
        let start = self.bytes.len();
        inline[..4].copy_from_slice(&(vtable as i32).to_le_bytes());
        self.bytes.extend(inline);
        places.into_iter().map(|place| start + place).collect()
    }

    pub fn text(&mut self, slot: usize, text: &str) {
        self.pad(0);
        self.point(slot);
        self.bytes.extend((text.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(0);
    }

    /// A vector of tables; where the pointers to them lie.
    pub fn tables(&mut self, slot: usize, count: usize) -> Vec<usize> {
        self.pad(0);
        self.point(slot);
        self.bytes.extend((count as u32).to_le_bytes());
        let start = self.bytes.len();
        self.bytes.resize(start + 4 * count, 0);
        (0..count).map(|k| start + 4 * k).collect()
    }

    /// A vector of `count` elements that are made of numbers of eight bytes.
    pub fn numbers(&mut self, slot: usize, count: usize, numbers: &[i64]) {
        self.pad(4);
        self.point(slot);
        self.bytes.extend((count as u32).to_le_bytes());
        numbers.iter().for_each(|number| self.bytes.extend(number.to_le_bytes()));
    }
}
