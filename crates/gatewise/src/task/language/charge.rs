//! What a text costs beyond the symbols of a model: what its vocabulary lacks is spelled.
//!
//! A network gives probabilities to the symbols of its vocabulary alone. So that models of different vocabularies can be compared, each is made a
//! distribution over all texts, and pays for what it has no symbol for:
//!
//! - A *word* that the vocabulary lacks costs −ln p(`<unk>`), which is the network's, and its spelling: characters and an end mark, each 1 of
//!   C + 2, where C is the number of characters in the vocabulary's words; the one more is an escape, behind which comes any character of
//!   Unicode, 1 of 1 112 064.
//! - A *token* costs the same, and what tells it from the text `<unk>`, which pays p(`<unk>`) alone.
//! - A *character*, or a letter of Hangul, costs an escape and 1 of 1 112 064.
//!
//! The escapes of characters, and what tells a spelled token from `<unk>`, are learned as the text goes: after u of t, the next has the probability
//! (u + a) / (t + 1), with a = 1 / 1 112 064, so that nothing is taken as seriously before it is met as one character of Unicode (a Beta prior;
//! the order does not matter). Where nothing is unknown that takes hundred-thousandths of a nat from a whole text.
//!
//! Bytes, sub-words and unigram pieces spell every text, and pay nothing.

use std::collections::HashSet;

use statrs::function::gamma::ln_gamma;

use super::vocabulary::{Unit, Vocabulary};

/// Characters of Unicode: code points but the surrogates.
const UNICODE: f64 = 1_112_064.0;

/// What is met behind the escape of a spelling, and its end.
const BESIDE_CHARACTERS: usize = 2;

/// Spells words with the characters of a vocabulary.
#[derive(Clone, Debug)]
struct Spelling {
    characters: HashSet<char>,
    /// Nats of a character, of the end and of the escape.
    each: f64,
}

impl Spelling {
    fn of(vocabulary: &Vocabulary) -> Self {
        let words = (0..vocabulary.len() as u32).map(|id| String::from_utf8_lossy(vocabulary.bytes_of(id)));
        let characters: HashSet<char> = words.flat_map(|word| word.chars().collect::<Vec<_>>()).collect();
        let each = ((characters.len() + BESIDE_CHARACTERS) as f64).ln();
        Self { characters, each }
    }

    fn nats(&self, word: &str) -> f64 {
        let of = |c: char| self.each + if self.characters.contains(&c) { 0.0 } else { UNICODE.ln() };
        word.chars().map(of).sum::<f64>() + self.each
    }
}

/// Adds up what is lacking as a text is read.
#[derive(Clone, Debug)]
pub(super) struct Charge {
    unit: Unit,
    spelling: Option<Spelling>,
    /// Nats of the words spelled.
    spelled: f64,
    /// What was lacking, and what there was instead: known characters, or `<unk>` as text.
    lacking: u64,
    others: u64,
}

impl Charge {
    pub(super) fn new(vocabulary: &Vocabulary) -> Self {
        let spelling = vocabulary.rare().map(|_| Spelling::of(vocabulary));
        Self { unit: vocabulary.unit(), spelling, spelled: 0.0, lacking: 0, others: 0 }
    }

    /// A symbol that the vocabulary lacks.
    pub(super) fn lacks(&mut self, symbol: &str) {
        self.lacking += 1;
        self.spelled += self.spelling.as_ref().map_or(UNICODE.ln(), |spelling| spelling.nats(symbol));
    }

    /// Symbols that it could have lacked, and has.
    pub(super) fn has(&mut self, symbols: u64) {
        self.others += symbols;
    }

    /// Nats beside those of the network.
    pub(super) fn nats(&self) -> f64 {
        let escapes = match self.unit {
            Unit::Char | Unit::Jamo | Unit::Token => escapes(self.lacking, self.others),
            // No text holds the shared symbol of words, and nothing is lacking of the others.
            Unit::Word | Unit::Byte | Unit::SubWord | Unit::Unigram => 0.0,
        };
        self.spelled + escapes
    }
}

/// −ln of the probability of `lacking` escapes and `others`, in one order.
fn escapes(lacking: u64, others: u64) -> f64 {
    let (a, b) = (1.0 / UNICODE, 1.0 - 1.0 / UNICODE);
    let ln_beta = |a: f64, b: f64| ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    // Rounding of large counts must not give anything back.
    (ln_beta(a, b) - ln_beta(a + lacking as f64, b + others as f64)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::Builder;
    use super::*;

    fn vocabulary(unit: Unit, text: &str) -> Vocabulary {
        Builder::new(unit, 100).build(std::iter::once(text.to_owned())).unwrap()
    }

    /// Every sequence of `length` out of `of`.
    fn sequences(of: usize, length: u32) -> impl Iterator<Item = Vec<usize>> {
        (0..of.pow(length)).map(move |mut number| {
            (0..length)
                .map(|_| {
                    let place = number % of;
                    number /= of;
                    place
                })
                .collect()
        })
    }

    #[test]
    fn characters_that_may_be_unknown_share_one() {
        // A network that gives a and b a half each; `?` stands for any other character, of which there are nearly all of Unicode.
        let known = vocabulary(Unit::Char, "ab");
        let mut total = 0.0;
        for sequence in sequences(3, 6) {
            let mut charge = Charge::new(&known);
            let lacking = sequence.iter().filter(|place| **place == 2).count() as i32;
            (0..lacking).for_each(|_| charge.lacks("?"));
            charge.has(6 - lacking as u64);
            total += (-charge.nats()).exp() * 0.5_f64.powi(6 - lacking) * (UNICODE - 2.0).powi(lacking);
        }
        assert!(total <= 1.0 && total > 0.999, "{total}");
    }

    #[test]
    fn tokens_that_may_be_spelled_share_one() {
        // Tokens a and line end, and <unk>, a third each. All words of up to two letters out of a, b and any other character are unknown but "a".
        let known = vocabulary(Unit::Token, "a a\nb b <unk>\n");
        let letters = [("a", 1.0), ("b", 1.0), ("\n", 1.0), ("?", UNICODE - 3.0)];
        let unknown: Vec<(String, f64)> = (1..=2)
            .flat_map(|length| sequences(letters.len(), length))
            .map(|word| (word.iter().map(|&k| letters[k].0).collect(), word.iter().map(|&k| letters[k].1).product()))
            .collect();
        let mut total = 0.0;
        // Of each of three tokens: one of the two known, <unk> as text, or an unknown word.
        for kinds in sequences(3, 3) {
            let mut charge = Charge::new(&known);
            charge.has(kinds.iter().filter(|kind| **kind == 1).count() as u64);
            let spelled = kinds.iter().filter(|kind| **kind == 2).count();
            (0..spelled).for_each(|_| charge.lacks(""));
            // The spelling of all unknown words, in place of the empty one's.
            let empty = (-Charge::of_one(&known, "")).exp();
            let all: f64 = unknown.iter().map(|(word, count)| count * (-Charge::of_one(&known, word)).exp()).sum();
            let network: f64 = kinds.iter().map(|kind| if *kind == 0 { 2.0 / 3.0 } else { 1.0 / 3.0 }).product();
            total += network * (-charge.nats()).exp() * (all / empty).powi(spelled as i32);
        }
        assert!(total <= 1.0 && total > 0.9, "{total}");
    }

    impl Charge {
        /// The spelling alone.
        fn of_one(vocabulary: &Vocabulary, word: &str) -> f64 {
            Spelling::of(vocabulary).nats(word)
        }
    }

    #[test]
    fn spellings_are_a_distribution() {
        let words = vocabulary(Unit::Word, "ab ba");
        let letters = [("a", 1.0), ("b", 1.0), (" ", 1.0), ("?", UNICODE - 3.0)];
        let mut last = 0.0;
        for length in 0..6 {
            let all: f64 = (0..=length)
                .flat_map(|length| sequences(letters.len(), length))
                .map(|word| {
                    let text: String = word.iter().map(|&k| letters[k].0).collect();
                    word.iter().map(|&k| letters[k].1).product::<f64>() * (-Charge::of_one(&words, &text)).exp()
                })
                .sum();
            assert!(all > last && all < 1.0, "{length}: {all}");
            last = all;
        }
        // Four of five letters or the escape, again and again: 1 − (4/5)⁶.
        assert!((last - (1.0 - 0.8_f64.powi(6))).abs() < 1e-3, "{last}");
    }

    #[test]
    fn what_is_known_pays_nothing_to_speak_of() {
        for (unit, has, lacks, least, most) in [
            (Unit::Char, 1_000_000, 0, 0.0, 2e-5),
            (Unit::Jamo, 1_000_000_000, 0, 0.0, 3e-5),
            (Unit::Token, 45_000, 0, 0.0, 2e-5),
            (Unit::Word, 0, 0, 0.0, 0.0),
            (Unit::Byte, 1000, 0, 0.0, 0.0),
            // The first: one in so many, twice, and its place among the others.
            (Unit::Char, 99, 1, 2.0 * UNICODE.ln() + 4.6, 2.0 * UNICODE.ln() + 4.7),
        ] {
            let mut charge = Charge::new(&vocabulary(unit, "ab\nba"));
            charge.has(has);
            (0..lacks).for_each(|_| charge.lacks("?"));
            assert!((least..=most).contains(&charge.nats()), "{unit:?}: {}", charge.nats());
        }
    }
}
