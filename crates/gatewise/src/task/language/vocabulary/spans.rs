//! Where the symbols of a text stand in it.

use std::ops::Range;

use super::{RARE, Unknown, Vocabulary, cut, meet};
use crate::task::language::error::LanguageError;

/// The symbols of a text with their places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spans {
    /// Symbols, as [`Vocabulary::encode`] gives them.
    pub ids: Vec<u32>,
    /// Bytes of the normal spelling that each stands for. Letters of a Hangul syllable share its three bytes; white space between tokens belongs
    /// to none.
    pub places: Vec<Range<usize>>,
    /// Places of the symbols that are unknown: left out of `ids`, or those that share the one of rare words.
    pub lacking: Vec<Range<usize>>,
    /// Symbols in `ids` that are known.
    pub known: u64,
}

impl Vocabulary {
    /// The symbols of `text` with their places in its normal spelling, and how much of it is known.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn spans(&self, text: &str, unknown: &mut Unknown) -> Result<Spans, LanguageError> {
        let text = &*self.normal.apply(text);
        let mut spans = Spans::default();
        if self.unit.spells_all() {
            self.encode(text, &mut spans.ids, unknown)?;
            spans.places = in_a_row(spans.ids.iter().map(|&id| self.bytes_of(id).len()), text.len());
            spans.known = spans.ids.len() as u64;
            return Ok(spans);
        }
        let shares = self.unit.shares_rare();
        cut::pieces(self.unit, text, |place, piece| match self.pieces.find(piece.as_bytes()) {
            Some(id) => {
                spans.ids.push(id);
                spans.places.push(place);
                spans.known += 1;
            }
            None => {
                meet(unknown, piece);
                if shares {
                    spans.ids.push(RARE);
                    spans.places.push(place.clone());
                }
                spans.lacking.push(place);
            }
        });
        Ok(spans)
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
    use std::slice;

    use super::super::{Builder, Normal, Unit};
    use super::*;

    #[test]
    fn places_are_those_of_the_text_whatever_is_unknown() {
        let build = |unit| Builder::new(unit, 300).with_normal(Normal::Nfc).build(std::iter::once("나는 ab 나는".to_owned())).unwrap();
        let spans = build(Unit::Char).spans("xx나\u{1102}\u{1173}\u{11ab}zb", &mut Unknown::new()).unwrap();
        assert_eq!((spans.places.len(), spans.lacking.len(), spans.known), (3, 3, 3));
        assert_eq!(spans.places, [2..5, 5..8, 9..10]);
        let words = build(Unit::Word).spans("나는 zz ab", &mut Unknown::new()).unwrap();
        assert_eq!((words.places, &words.lacking[..], words.known), (vec![0..6, 6..9, 9..12], slice::from_ref(&(6..9)), 2));
        let tokens = build(Unit::Token).spans(" 나는\tzz  <unk> ab", &mut Unknown::new()).unwrap();
        assert_eq!((tokens.places, &tokens.lacking[..]), (vec![1..7, 8..10, 12..17, 18..20], slice::from_ref(&(8..10))));
        assert_eq!((&tokens.ids[1..3], tokens.known), (&[RARE, RARE][..], 3));
        let letters = build(Unit::Jamo).spans("는각x", &mut Unknown::new()).unwrap();
        assert_eq!((letters.places, letters.lacking), (vec![0..1, 1..2, 2..3, 4..5], vec![3..4, 5..6, 6..7]));
        let bytes = build(Unit::Byte).spans("나a", &mut Unknown::new()).unwrap();
        assert_eq!((bytes.places.len(), bytes.known, bytes.lacking.len()), (4, 4, 0));
    }
}
