//! Finding the symbols of a text.

use std::collections::HashMap;

use super::pieces::Pieces;
use super::{Normal, RARE_TEXT, Unit, Vocabulary, word};
use crate::task::language::error::LanguageError;

/// Different words counted at once; beyond it those met once are forgotten, so that memory stays bounded.
const MOST_WORDS: usize = 4_000_000;

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
            Unit::Char => self.chars(parts),
            Unit::Byte => Self::bytes(parts),
            Unit::Word => self.words(parts),
            #[cfg(feature = "subword")]
            Unit::SubWord => {
                let mut seen = Seen::default();
                let subword = super::subword::SubWords::train(self.limit, parts.inspect(|part| seen.look(part)))?;
                seen.check()?;
                Ok(Vocabulary { unit: self.unit, normal: self.normal, pieces: Pieces::new(subword.pieces()), subword: Some(subword) })
            }
            #[cfg(not(feature = "subword"))]
            Unit::SubWord => Err(LanguageError::setting("unit", "sub-word is not built into this program (feature `subword`)")),
        }
    }

    fn chars(self, parts: impl Iterator<Item = String>) -> Result<Vocabulary, LanguageError> {
        let mut known = std::collections::BTreeSet::new();
        for part in parts {
            // A text has few different characters next to its length, so most are the same as one nearby.
            let mut last = None;
            for c in part.chars() {
                if last.replace(c) != Some(c) {
                    known.insert(c);
                }
            }
        }
        match (known.len(), known.first()) {
            (0, _) | (_, None) => Err(LanguageError::Empty),
            (1, Some(only)) => Err(LanguageError::OneSymbol { symbol: only.to_string() }),
            (found, _) if found > self.limit => Err(LanguageError::TooManySymbols { found, limit: self.limit }),
            _ => Ok(Vocabulary::of(Unit::Char, Pieces::new(known.into_iter().map(|c| c.to_string().into_bytes())))),
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
        let mut counts: HashMap<String, u64> = HashMap::new();
        for part in parts {
            for word in word::pieces(&part) {
                match counts.get_mut(word) {
                    Some(count) => *count += 1,
                    None => {
                        counts.insert(word.to_owned(), 1);
                    }
                }
            }
            if counts.len() > MOST_WORDS {
                counts.retain(|_, count| *count > 1);
            }
        }
        let mut words: Vec<(String, u64)> = counts.into_iter().collect();
        match &words[..] {
            [] => return Err(LanguageError::Empty),
            [(only, _)] => return Err(LanguageError::OneSymbol { symbol: only.clone() }),
            _ => {}
        }
        words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        words.truncate(self.limit - 1);
        let pieces = std::iter::once(Vec::new()).chain(words.into_iter().map(|(word, _)| word.into_bytes()));
        Ok(Vocabulary::of(Unit::Word, Pieces::new(pieces)))
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
