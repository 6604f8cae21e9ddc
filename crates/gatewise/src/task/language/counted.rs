//! What the nats of a text are shared out among, so that models of different units can be compared.

use std::ops::Range;

use super::charge::Charge;
use super::vocabulary::{LINE_END, Spans, Unit, Vocabulary};

/// What was predicted of a text in full, and what was charged for symbols that the model lacks.
///
/// The first symbol of a text has no context and is not predicted: a character or a white-space token that it is a part of is not counted, and
/// of bytes those it does not spell. What unknown symbols stand for is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counted {
    /// Characters of the normal spelling. Where symbols are tokens, those of tokens and line ends with one space between tokens: other white
    /// space is not predicted.
    pub characters: u64,
    /// Bytes of these characters in UTF-8.
    pub bytes: u64,
    /// Words as white space parts them, and line ends: what Penn Treebank and WikiText count.
    pub tokens: u64,
    /// Nats beside those of the network: what it costs to spell what the vocabulary lacks. The rule stands with the score,
    /// [`LanguageModel::score`](super::LanguageModel::score).
    pub unknown_nats: f64,
}

/// Figures that do not hang on the unit of a model. None where nothing of the kind is predicted in full, or beyond what a number holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shared {
    /// Bits for each character.
    pub bits_per_char: Option<f64>,
    /// Bits for each byte of UTF-8.
    pub bits_per_byte: Option<f64>,
    /// e to the nats of a white-space token, a line end counted as one.
    pub perplexity_per_token: Option<f64>,
}

impl Counted {
    /// Shares `symbols` of `nats` each, and what was charged for unknown ones.
    pub fn share(&self, nats: f64, symbols: u64) -> Shared {
        let total = nats * symbols as f64 + self.unknown_nats;
        let share = |total: f64, count: u64| (count > 0).then(|| total / count as f64).filter(|share| share.is_finite());
        let bits = |count: u64| share(total / std::f64::consts::LN_2, count);
        let perplexity_per_token = share(total, self.tokens).map(f64::exp).filter(|perplexity| perplexity.is_finite());
        Shared { bits_per_char: bits(self.characters), bits_per_byte: bits(self.bytes), perplexity_per_token }
    }
}

impl std::iter::Sum for Counted {
    fn sum<I: Iterator<Item = Self>>(each: I) -> Self {
        each.fold(Self::default(), |a, b| Self {
            characters: a.characters + b.characters,
            bytes: a.bytes + b.bytes,
            tokens: a.tokens + b.tokens,
            unknown_nats: a.unknown_nats + b.unknown_nats,
        })
    }
}

/// Counts a text as its parts are read.
#[derive(Debug)]
pub(super) struct Meter {
    unit: Unit,
    counted: Counted,
    charge: Charge,
    /// Whether the first symbol has been read.
    begun: bool,
    word: Word,
}

/// Where the text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// At the start of a line, or behind white space.
    Outside,
    /// In a word that is counted.
    Counted,
    /// In a word of which a part was not predicted.
    Cut,
}

impl Meter {
    pub(super) fn new(vocabulary: &Vocabulary) -> Self {
        let (counted, charge) = (Counted::default(), Charge::new(vocabulary));
        Self { unit: vocabulary.unit(), counted, charge, begun: false, word: Word::Outside }
    }

    /// A part of the text in its normal spelling, and its symbols.
    pub(super) fn add(&mut self, text: &str, spans: &Spans) {
        let first = if self.begun { None } else { spans.places.first().cloned() };
        self.begun |= first.is_some();
        let lacking = spans.lacking.iter().filter(|place| Some(*place) != first.as_ref());
        lacking.for_each(|place| self.charge.lacks(&text[place.clone()]));
        let shared = spans.ids.iter().zip(&spans.places);
        self.charge.has(match self.unit {
            Unit::Token => {
                let literal = |place: &Range<usize>| {
                    Some(place) != first.as_ref() && spans.lacking.binary_search_by_key(&place.start, |p| p.start).is_err()
                };
                shared.filter(|(id, place)| **id == super::vocabulary::RARE && literal(place)).count() as u64
            }
            _ => spans.ids.len() as u64 - u64::from(first.is_some()),
        });
        if self.unit == Unit::Token {
            self.tokens(text, &spans.places, first.is_some());
        } else {
            self.characters(text, first.unwrap_or_default());
        }
    }

    /// Tokens with a space between two of a line; of the first of all, nothing.
    fn tokens(&mut self, text: &str, places: &[Range<usize>], begins: bool) {
        for (k, place) in places.iter().enumerate() {
            let token = &text[place.clone()];
            let ends = token == LINE_END;
            let space = u64::from(!ends && self.word != Word::Outside);
            if !(begins && k == 0) {
                self.counted.characters += token.chars().count() as u64 + space;
                self.counted.bytes += token.len() as u64 + space;
                self.counted.tokens += 1;
            }
            self.word = if ends { Word::Outside } else { Word::Counted };
        }
    }

    /// All characters but those with a byte in `left_out`.
    fn characters(&mut self, text: &str, left_out: Range<usize>) {
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            let lost = end.min(left_out.end).saturating_sub(at.max(left_out.start));
            self.counted.bytes += (c.len_utf8() - lost) as u64;
            self.counted.characters += u64::from(lost == 0);
            if c.is_whitespace() {
                self.counted.tokens += u64::from(c == '\n' && lost == 0);
                self.word = Word::Outside;
            } else if lost > 0 {
                self.counted.tokens -= u64::from(self.word == Word::Counted);
                self.word = Word::Cut;
            } else if self.word == Word::Outside {
                self.counted.tokens += 1;
                self.word = Word::Counted;
            }
        }
    }

    pub(super) fn finish(self) -> Counted {
        Counted { unknown_nats: self.charge.nats(), ..self.counted }
    }
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::{Builder, Normal, Unknown};
    use super::*;

    /// Characters, bytes and tokens of a text read in parts by a model that knows `known`.
    fn counted(unit: Unit, known: &str, parts: &[&str]) -> Counted {
        let vocabulary = Builder::new(unit, 400).with_normal(Normal::Nfc).build(std::iter::once(known.to_owned())).unwrap();
        let mut meter = Meter::new(&vocabulary);
        for part in parts {
            meter.add(part, &vocabulary.spans(part, &mut Unknown::new()).unwrap());
        }
        meter.finish()
    }

    #[test]
    fn what_is_predicted_in_full_is_counted() {
        /// Unit, parts of a text, its characters, bytes and tokens.
        type Case<'a> = (Unit, &'a [&'a str], (u64, u64, u64));
        let known = "the cat sat 나는 간다\n";
        let cases: [Case; 14] = [
            // Of "the" the first letter is missing.
            (Unit::Char, &["the cat\n나는 간다"], (12, 20, 4)),
            (Unit::Char, &["th", "e c", "at\n나", "는 간다"], (12, 20, 4)),
            (Unit::Char, &["t cat"], (4, 4, 1)),
            // Unknown characters count, those before the first known one too, but not the word that this ends.
            (Unit::Char, &["漢漢t漢 漢"], (5, 13, 1)),
            (Unit::Byte, &["나는 간다"], (4, 12, 1)),
            (Unit::Jamo, &["나는 간다"], (4, 12, 1)),
            (Unit::Word, &["나는  간다"], (4, 8, 1)),
            (Unit::Word, &["나는", " 바다 간다"], (6, 14, 2)),
            (Unit::Word, &["the.", " cat"], (5, 5, 1)),
            // White space is as tokens are written: one space between two, none at the ends of lines.
            (Unit::Token, &["the  cat \n\n sat"], (9, 9, 4)),
            (Unit::Token, &["the", " cat\n", "sat zzz"], (12, 12, 4)),
            (Unit::Token, &["나는 <unk>"], (6, 6, 1)),
            (Unit::Char, &["t"], (0, 0, 0)),
            (Unit::Char, &[], (0, 0, 0)),
        ];
        for (unit, parts, expected) in cases {
            let Counted { characters, bytes, tokens, .. } = counted(unit, known, parts);
            assert_eq!((characters, bytes, tokens), expected, "{unit:?} {parts:?}");
        }
        if cfg!(feature = "subword") {
            for unit in [Unit::SubWord, Unit::Unigram] {
                let Counted { characters, bytes, tokens, unknown_nats } = counted(unit, known, &["the cat 漢\n"]);
                assert!(characters >= 6 && bytes >= 8 && tokens >= 3 && unknown_nats == 0.0, "{unit:?}");
            }
        }
    }

    #[test]
    fn words_that_are_lacking_are_spelled_and_written_ones_are_not() {
        let known = "ab ab <unk>\n";
        let nats = |unit, text: &str| counted(unit, known, &[text]).unknown_nats;
        // Letters a and b, those of <unk>, the line end and two more, for one letter and the end.
        let letter = 10.0_f64.ln();
        assert!(nats(Unit::Token, "ab <unk> <unk>") < 1e-5);
        assert!(nats(Unit::Token, "zz ab ab") < 1e-5, "the first is not predicted");
        assert!((nats(Unit::Token, "ab a") - 2.0 * letter - 1_112_064.0_f64.ln()).abs() < 1e-5);
        // Words know the space too, and no text is their <unk>.
        assert!((nats(Unit::Word, "ab a") - 3.0 * 11.0_f64.ln()).abs() < 1e-9);
        assert!(nats(Unit::Word, "ab ab") == 0.0);
        let one = nats(Unit::Char, "aba漢");
        let two = nats(Unit::Char, "aba漢漢");
        assert!(one > 2.0 * 13.9 && two - one < 13.93 + 1.5, "{one}, {two}");
    }

    #[test]
    fn nats_are_shared_out() {
        let counted = Counted { characters: 10, bytes: 20, tokens: 4, unknown_nats: 3.0 };
        let shared = counted.share(1.5, 8);
        let bits = 15.0 / std::f64::consts::LN_2;
        assert_eq!(
            shared,
            Shared {
                bits_per_char: Some(bits / 10.0),
                bits_per_byte: Some(bits / 20.0),
                perplexity_per_token: Some((15.0_f64 / 4.0).exp())
            }
        );
        assert_eq!(Counted::default().share(1.0, 5), Shared::default());
        assert_eq!(Counted { tokens: 1, ..counted }.share(200.0, 8).perplexity_per_token, None, "beyond any number");
        let sum: Counted = [counted, counted].into_iter().sum();
        assert_eq!(sum, Counted { characters: 20, bytes: 40, tokens: 8, unknown_nats: 6.0 });
    }
}
