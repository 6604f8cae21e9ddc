//! Finding the symbols of a text.

use std::collections::HashMap;

use super::pieces::Pieces;
use super::{LINE_END, Normal, RARE_TEXT, Unit, Vocabulary, cut, rare_piece};
use crate::task::language::error::LanguageError;

/// Makes a vocabulary from a text that comes in parts.
#[derive(Clone, Copy, Debug)]
pub struct Builder {
    unit: Unit,
    limit: usize,
    normal: Normal,
}

impl Builder {
    /// For at most `limit` symbols. A text of more characters is refused; of words the most frequent are kept; sub-words are as many.
    pub fn new(unit: Unit, limit: usize) -> Self {
        Self { unit, limit, normal: Normal::None }
    }

    /// With a spelling that the parts are brought to first, and later texts too.
    #[must_use]
    pub fn with_normal(self, normal: Normal) -> Self {
        Self { normal, ..self }
    }

    /// Reads the parts.
    ///
    /// # Errors
    /// A text that is empty, has one symbol or too many, or a limit that leaves no symbol.
    pub fn build(self, parts: impl Iterator<Item = String> + Send) -> Result<Vocabulary, LanguageError> {
        let normal = self.normal;
        let parts = parts.map(move |part| match normal.apply(&part) {
            std::borrow::Cow::Borrowed(_) => part,
            std::borrow::Cow::Owned(spelled) => spelled,
        });
        self.symbols(parts).map(|vocabulary| vocabulary.with_normal(normal))
    }

    fn symbols(self, parts: impl Iterator<Item = String> + Send) -> Result<Vocabulary, LanguageError> {
        match self.unit {
            Unit::Char | Unit::Jamo => self.chars(parts),
            Unit::Byte => Self::bytes(parts),
            Unit::Word | Unit::Token => self.words(parts),
            #[cfg(feature = "subword")]
            Unit::SubWord | Unit::Unigram => {
                let mut seen = Seen::default();
                let train = if self.unit == Unit::Unigram { super::unigram::train } else { super::subword::SubWords::train };
                let subword = train(self.limit, &mut parts.inspect(|part| seen.look(part)))?;
                seen.check()?;
                Ok(Vocabulary { unit: self.unit, normal: self.normal, pieces: Pieces::new(subword.pieces()), subword: Some(subword) })
            }
            #[cfg(not(feature = "subword"))]
            Unit::SubWord | Unit::Unigram => {
                Err(LanguageError::setting("unit", "sub-word and unigram are not built into this program (feature `subword`)"))
            }
        }
    }

    fn chars(self, parts: impl Iterator<Item = String>) -> Result<Vocabulary, LanguageError> {
        let mut known = std::collections::BTreeSet::new();
        for part in parts {
            // A text has few different characters next to its length, so most are the same as one nearby.
            let mut last = None;
            cut::pieces(self.unit, &part, |_, piece| {
                let c = piece.chars().next();
                if last != c {
                    known.extend(c);
                    last = c;
                }
            });
        }
        match (known.len(), known.first()) {
            (0, _) | (_, None) => Err(LanguageError::Empty),
            (1, Some(only)) => Err(LanguageError::OneSymbol { symbol: only.to_string() }),
            (found, _) if found > self.limit => Err(LanguageError::TooManySymbols { found, limit: self.limit }),
            _ => Ok(Vocabulary::of(self.unit, Pieces::new(known.into_iter().map(|c| c.to_string().into_bytes())))),
        }
    }

    fn bytes(parts: impl Iterator<Item = String>) -> Result<Vocabulary, LanguageError> {
        let mut seen = Seen::default();
        parts.for_each(|part| seen.look(&part));
        seen.check()?;
        Ok(Vocabulary::bytes())
    }

    fn words(self, parts: impl Iterator<Item = String>) -> Result<Vocabulary, LanguageError> {
        if self.limit < 2 {
            return Err(LanguageError::setting(
                "vocabulary",
                format!("of {} words leaves none beside {RARE_TEXT}; give 2 or more", self.limit),
            ));
        }
        let mut counts = Counts::default();
        let mut rare = 0;
        for part in parts {
            cut::pieces(self.unit, &part, |_, piece| {
                if self.unit == Unit::Token && piece == RARE_TEXT {
                    rare += 1;
                } else {
                    counts.meet(piece);
                }
            });
        }
        let too_long = counts.too_long;
        let mut words = counts.most();
        match &words[..] {
            [] if too_long => return Err(LanguageError::NoWords { longest: LONGEST }),
            [] if rare == 0 => return Err(LanguageError::Empty),
            [] => return Err(LanguageError::OneSymbol { symbol: RARE_TEXT.to_owned() }),
            [(only, _)] if rare == 0 => return Err(LanguageError::OneSymbol { symbol: only.clone() }),
            _ => {}
        }
        // Lines end, however few there are.
        if let Some(place) = words.iter().position(|(word, _)| self.unit == Unit::Token && word == LINE_END) {
            words[..=place].rotate_right(1);
        }
        words.truncate(self.limit - 1);
        let first = rare_piece(self.unit).as_bytes().to_vec();
        Ok(Vocabulary::of(self.unit, Pieces::new(std::iter::once(first).chain(words.into_iter().map(|(word, _)| word.into_bytes())))))
    }
}

/// Bytes of different words that are counted at once; beyond it the rarest are forgotten, so that memory stays bounded.
const MOST_BYTES: usize = 256 << 20;

/// Bytes that a counted word takes beside its own.
const ENTRY_BYTES: usize = 48;

/// Bytes of the longest word that can have a symbol of its own: what has no white space is no word.
const LONGEST: usize = 1024;

/// How often words were met.
#[derive(Default)]
pub(super) struct Counts {
    words: HashMap<String, u64>,
    bytes: usize,
    /// Whether there was a word too long to be counted.
    too_long: bool,
    /// Words met so often or less have been forgotten at some time.
    floor: u64,
}

impl Counts {
    pub(super) fn meet(&mut self, word: &str) {
        if let Some(count) = self.words.get_mut(word) {
            *count += 1;
            return;
        }
        if word.len() > LONGEST {
            self.too_long = true;
            return;
        }
        self.bytes += word.len() + ENTRY_BYTES;
        self.words.insert(word.to_owned(), 1);
        while self.bytes > MOST_BYTES {
            self.floor += 1;
            self.words.retain(|_, count| *count > self.floor);
            self.bytes = self.words.keys().map(|word| word.len() + ENTRY_BYTES).sum();
        }
    }

    /// All words, the most frequent first, by the alphabet among equals.
    pub(super) fn most(self) -> Vec<(String, u64)> {
        let mut words: Vec<_> = self.words.into_iter().collect();
        words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        words
    }
}

/// Whether a text has two different characters.
#[derive(Default)]
struct Seen {
    first: Option<char>,
    second: bool,
}

impl Seen {
    fn look(&mut self, part: &str) {
        if !self.second {
            self.first = self.first.or_else(|| part.chars().next());
            self.second = part.chars().any(|c| Some(c) != self.first);
        }
    }

    fn check(&self) -> Result<(), LanguageError> {
        match (self.first, self.second) {
            (None, _) => Err(LanguageError::Empty),
            (Some(only), false) => Err(LanguageError::OneSymbol { symbol: only.to_string() }),
            _ => Ok(()),
        }
    }
}
