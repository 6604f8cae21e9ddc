//! From symbols to the text that they write.

use super::jamo::Joiner;
use super::token::LINE_END;
use super::{Unit, Vocabulary};

/// What parts two tokens of a line.
const BETWEEN: &[u8] = b" ";

/// Turns symbols into the bytes of a text as they come: letters of Hangul into whole syllables, tokens into lines of words. What may still
/// change, as a syllable that may get a final letter, is held back. Bytes of other units come as they are, parts of a character too: a
/// [`Stop`](crate::task::language::Stop) makes characters of them.
#[derive(Clone, Debug)]
pub struct Decoder<'v> {
    vocabulary: &'v Vocabulary,
    joiner: Joiner,
    /// Whether a word was written that the next one must be parted from.
    in_line: bool,
    text: String,
}

impl<'v> Decoder<'v> {
    /// Behind the text `before`, which is written already.
    pub fn new(vocabulary: &'v Vocabulary, before: &str) -> Self {
        let in_line = before.chars().next_back().is_some_and(|c| !c.is_whitespace());
        Self { vocabulary, joiner: Joiner::default(), in_line, text: String::new() }
    }

    /// Adds a symbol; what is settled goes to `out`.
    ///
    /// # Panics
    /// If there is no such symbol.
    pub fn push(&mut self, symbol: u32, out: &mut Vec<u8>) {
        let piece = self.vocabulary.bytes_of(symbol);
        match self.vocabulary.unit() {
            Unit::Jamo => {
                self.text.clear();
                for letter in String::from_utf8_lossy(piece).chars() {
                    self.joiner.push(letter, &mut self.text);
                }
                out.extend_from_slice(self.text.as_bytes());
            }
            Unit::Token => {
                let ends = piece == LINE_END.as_bytes();
                if self.in_line && !ends {
                    out.extend_from_slice(BETWEEN);
                }
                out.extend_from_slice(piece);
                self.in_line = !ends;
            }
            Unit::Char | Unit::Byte | Unit::Word | Unit::SubWord | Unit::Unigram => out.extend_from_slice(piece),
        }
    }

    /// The end of the text: what was held back goes to `out`.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let held = self.joiner.take().map(String::from).unwrap_or_default();
        out.extend_from_slice(held.as_bytes());
    }

    /// What a text that goes on must begin with, as bytes for [`go_on`](Self::go_on): a syllable that may still grow, or the space that is due.
    pub fn take_begun(&mut self) -> Vec<u8> {
        match self.vocabulary.unit() {
            Unit::Token if std::mem::take(&mut self.in_line) => BETWEEN.to_vec(),
            _ => self.joiner.take().map(String::from).unwrap_or_default().into_bytes(),
        }
    }

    /// Goes on where [`take_begun`](Self::take_begun) left off. Gives back what is not this decoder's but bytes of a character.
    pub fn go_on(&mut self, begun: Vec<u8>) -> Vec<u8> {
        match self.vocabulary.unit() {
            Unit::Token => self.in_line = begun == BETWEEN,
            Unit::Jamo => {
                self.text.clear();
                let joiner = &mut self.joiner;
                String::from_utf8_lossy(&begun).chars().for_each(|letter| joiner.push(letter, &mut self.text));
                return std::mem::take(&mut self.text).into_bytes();
            }
            _ => return begun,
        }
        Vec::new()
    }
}

impl Vocabulary {
    /// The text that symbols write, with U+FFFD for bytes that are none.
    pub fn decode(&self, symbols: &[u32]) -> String {
        let (mut decoder, mut bytes) = (Decoder::new(self, ""), Vec::new());
        symbols.iter().for_each(|&symbol| decoder.push(symbol, &mut bytes));
        decoder.finish(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Builder, Unknown};
    use super::*;

    /// A vocabulary of a text, and the text's symbols.
    fn read(unit: Unit, text: &str) -> (Vocabulary, Vec<u32>) {
        let vocabulary = Builder::new(unit, 400).build(std::iter::once(text.to_owned())).unwrap();
        let mut symbols = Vec::new();
        vocabulary.encode(text, &mut symbols, &mut Unknown::new()).unwrap();
        (vocabulary, symbols)
    }

    #[test]
    fn a_text_goes_on_where_it_was_left() {
        let text = "나는 학교에 간다\n너도 같이 가자";
        for unit in [Unit::Jamo, Unit::Token, Unit::Char] {
            let (vocabulary, symbols) = read(unit, text);
            assert_eq!(vocabulary.decode(&symbols), text, "{unit:?}");
            for cut in 0..symbols.len() {
                let (mut first, mut out) = (Decoder::new(&vocabulary, ""), Vec::new());
                symbols[..cut].iter().for_each(|&symbol| first.push(symbol, &mut out));
                let mut second = Decoder::new(&vocabulary, "");
                out.extend(second.go_on(first.take_begun()));
                symbols[cut..].iter().for_each(|&symbol| second.push(symbol, &mut out));
                second.finish(&mut out);
                assert_eq!(String::from_utf8(out).unwrap(), text, "{unit:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn tokens_are_parted_from_what_stands_before_them() {
        let (vocabulary, symbols) = read(Unit::Token, "the cat");
        for (before, expected) in [("see", " the cat"), ("see ", "the cat"), ("see\n", "the cat"), ("", "the cat")] {
            let (mut decoder, mut out) = (Decoder::new(&vocabulary, before), Vec::new());
            symbols.iter().for_each(|&symbol| decoder.push(symbol, &mut out));
            assert_eq!(String::from_utf8(out).unwrap(), expected, "behind {before:?}");
        }
    }
}
