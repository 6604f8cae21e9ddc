//! Where the symbols of a text stand in it.

use std::ops::Range;

use super::{RARE, Unit, Unknown, Vocabulary, word};
use crate::task::language::error::LanguageError;

/// The symbols of a text with their places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spans {
    /// Symbols, as [`Vocabulary::encode`] gives them.
    pub ids: Vec<u32>,
    /// Bytes of the normal spelling that each stands for.
    pub places: Vec<Range<usize>>,
    /// Symbols that are unknown: left out of `ids`, or of those that words share.
    pub unknown: u64,
    /// Characters that known symbols stand for.
    pub characters: u64,
}

impl Vocabulary {
    /// The symbols of `text` with their places in its normal spelling, and how much of it is known.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn spans(&self, text: &str, unknown: &mut Unknown) -> Result<Spans, LanguageError> {
        let text = &*self.normal.apply(text);
        let mut ids = Vec::new();
        self.encode(text, &mut ids, unknown)?;
        let mut lacking = 0;
        let places: Vec<Range<usize>> = match self.unit {
            Unit::Char => {
                let mut known = ids.iter().map(|&id| self.bytes_of(id)).peekable();
                let mut places = Vec::with_capacity(ids.len());
                for (at, c) in text.char_indices() {
                    let place = at..at + c.len_utf8();
                    if known.next_if(|bytes| *bytes == &text.as_bytes()[place.clone()]).is_some() {
                        places.push(place);
                    } else {
                        lacking += 1;
                    }
                }
                places
            }
            Unit::Word => {
                lacking = ids.iter().filter(|id| **id == RARE).count() as u64;
                in_a_row(word::pieces(text).map(str::len), text.len())
            }
            // Bytes and sub-words spell the text.
            Unit::Byte | Unit::SubWord => in_a_row(ids.iter().map(|&id| self.bytes_of(id).len()), text.len()),
        };
        let known = ids.iter().zip(&places).filter(|(id, _)| self.rare() != Some(**id));
        let begins =
            |place: &Range<usize>| text.as_bytes()[place.clone()].iter().filter(|byte| !(0x80..0xC0).contains(*byte)).count() as u64;
        let characters = known.map(|(_, place)| begins(place)).sum();
        Ok(Spans { ids, places, unknown: lacking, characters })
    }
}

/// Pieces one behind the other, none beyond the end.
fn in_a_row(lengths: impl Iterator<Item = usize>, end: usize) -> Vec<Range<usize>> {
    let mut at = 0;
    let place = |length: usize| {
        let start = at;
        at = (at + length).min(end);
        start..at
    };
    lengths.map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Builder, Normal};
    use super::*;

    #[test]
    fn places_are_those_of_the_text_whatever_is_unknown() {
        let build = |unit| Builder::new(unit, 300).with_normal(Normal::Nfc).build(std::iter::once("나는 ab 나는".to_owned())).unwrap();
        let spans = build(Unit::Char).spans("xx나\u{1102}\u{1173}\u{11ab}zb", &mut Unknown::new()).unwrap();
        assert_eq!((spans.places.len(), spans.unknown, spans.characters), (3, 3, 3));
        assert_eq!(spans.places, [2..5, 5..8, 9..10]);
        let words = build(Unit::Word).spans("나는 zz ab", &mut Unknown::new()).unwrap();
        assert_eq!((words.places, words.unknown, words.characters), (vec![0..6, 6..9, 9..12], 1, 5));
        let bytes = build(Unit::Byte).spans("나a", &mut Unknown::new()).unwrap();
        assert_eq!((bytes.places.len(), bytes.characters, bytes.unknown), (4, 2, 0));
    }
}
