//! A text cut into the pieces that are looked up in a vocabulary.

use std::ops::Range;

use super::{Unit, jamo, token, word};

/// Calls back for every piece of a text with its place in bytes. Bytes and learned pieces of words are not looked up: of them it has none.
pub(super) fn pieces(unit: Unit, text: &str, mut see: impl FnMut(Range<usize>, &str)) {
    let mut buffer = [0; 4];
    match unit {
        Unit::Char => text.char_indices().for_each(|(at, c)| see(at..at + c.len_utf8(), c.encode_utf8(&mut buffer))),
        Unit::Jamo => jamo::letters(text, |place, letter| see(place, letter.encode_utf8(&mut buffer))),
        Unit::Word => {
            let mut at = 0;
            for piece in word::pieces(text) {
                see(at..at + piece.len(), piece);
                at += piece.len();
            }
        }
        Unit::Token => token::tokens(text).for_each(|(place, token)| see(place, token)),
        Unit::Byte | Unit::SubWord | Unit::Unigram => {}
    }
}
