//! The bytes of every symbol, found by number and by content.

use std::collections::HashMap;

/// Byte strings by number.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    bytes: Vec<u8>,
    /// Where each piece ends.
    ends: Vec<usize>,
    numbers: HashMap<Box<[u8]>, u32>,
}

impl Pieces {
    pub(super) fn new(pieces: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut all = Self { bytes: Vec::new(), ends: Vec::new(), numbers: HashMap::new() };
        for (number, piece) in (0..).zip(pieces) {
            all.bytes.extend_from_slice(&piece);
            all.ends.push(all.bytes.len());
            all.numbers.entry(piece.into_boxed_slice()).or_insert(number);
        }
        all
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether no two are alike.
    pub(super) fn distinct(&self) -> bool {
        self.numbers.len() == self.len()
    }

    pub(super) fn get(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }

    pub(super) fn find(&self, piece: &[u8]) -> Option<u32> {
        self.numbers.get(piece).copied()
    }
}
