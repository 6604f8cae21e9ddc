//! From text to numbers and back.

mod build;
mod cut;
mod decode;
mod jamo;
mod list;
mod normal;
mod pieces;
mod spans;
#[cfg(feature = "subword")]
mod subword;
mod token;
#[cfg(feature = "subword")]
mod unigram;
mod unit;
pub(super) mod word;

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::LanguageError;
pub use build::Builder;
pub use decode::Decoder;
pub use normal::Normal;
use pieces::Pieces;
pub use spans::Spans;
pub(super) use token::LINE_END;
pub use unit::Unit;

/// The symbols of a model.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    unit: Unit,
    normal: Normal,
    pieces: Pieces,
    #[cfg(feature = "subword")]
    subword: Option<subword::SubWords>,
}

/// Number of the symbol that words or tokens outside a vocabulary share.
pub(super) const RARE: u32 = 0;

/// What [`RARE`] is shown as; where symbols are tokens, this text stands for it.
const RARE_TEXT: &str = "<unk>";

/// Symbols of a text that a vocabulary does not have, each with how often it was met.
pub type Unknown = BTreeMap<String, u64>;

/// Different unknown symbols that are told apart; what comes after is not listed.
const MOST_UNKNOWN: usize = 1000;

/// Characters of an unknown symbol that it is told by: a text without white space may be one word.
const MOST_TOLD: usize = 64;

/// Enters an unknown symbol; a word without the space before it.
fn meet(unknown: &mut Unknown, symbol: &str) {
    let symbol = symbol.strip_prefix(' ').filter(|word| !word.is_empty()).unwrap_or(symbol);
    let symbol = symbol.char_indices().nth(MOST_TOLD).map_or(symbol, |(end, _)| &symbol[..end]);
    if let Some(count) = unknown.get_mut(symbol) {
        *count += 1;
    } else if unknown.len() < MOST_UNKNOWN {
        unknown.insert(symbol.to_owned(), 1);
    }
}

impl Vocabulary {
    /// The 256 bytes.
    pub fn bytes() -> Self {
        Self::of(Unit::Byte, Pieces::new((0..=u8::MAX).map(|byte| vec![byte])))
    }

    fn of(unit: Unit, pieces: Pieces) -> Self {
        Self {
            unit,
            normal: Normal::None,
            pieces,
            #[cfg(feature = "subword")]
            subword: None,
        }
    }

    /// These symbols in their places, and those of `more` that are not among them behind. Bytes and sub-words spell every text and stay as they are.
    ///
    /// # Errors
    /// A vocabulary of another unit.
    pub fn joined(self, more: &Self) -> Result<Self, LanguageError> {
        if self.unit != more.unit {
            return Err(LanguageError::setting("unit", "is that of the model; leave ⦃unit⦄ out, or name the model's own"));
        }
        if self.unit.spells_all() {
            return Ok(self);
        }
        let own = (0..self.len() as u32).map(|id| self.bytes_of(id));
        let new = (0..more.len() as u32).map(|id| more.bytes_of(id)).filter(|piece| self.pieces.find(piece).is_none());
        let joined = Self::of(self.unit, Pieces::new(own.chain(new).map(<[u8]>::to_vec)));
        Ok(joined.with_normal(self.normal))
    }

    /// With another spelling of the texts it reads.
    #[must_use]
    pub fn with_normal(self, normal: Normal) -> Self {
        Self { normal, ..self }
    }

    /// How texts are spelled before they are read.
    pub fn normal(&self) -> Normal {
        self.normal
    }

    /// What a symbol stands for.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Number of symbols.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes a symbol stands for; part of a character where symbols are bytes or sub-words.
    ///
    /// # Panics
    /// If there is no such symbol.
    pub fn bytes_of(&self, id: u32) -> &[u8] {
        self.pieces.get(id)
    }

    /// A symbol as it is shown to people.
    pub fn show(&self, id: u32) -> String {
        match self.rare() {
            Some(rare) if rare == id => RARE_TEXT.to_owned(),
            _ => String::from_utf8_lossy(self.bytes_of(id)).into_owned(),
        }
    }

    /// The symbol of words that are left out, which is never generated.
    pub fn rare(&self) -> Option<u32> {
        self.unit.shares_rare().then_some(RARE)
    }

    /// Adds the symbols of `text`, in its normal spelling, to `ids`. Characters and letters that the vocabulary lacks are left out, words and
    /// tokens that it lacks share a symbol; both are entered in `unknown`.
    ///
    /// # Errors
    /// What the sub-word model says.
    pub fn encode(&self, text: &str, ids: &mut Vec<u32>, unknown: &mut Unknown) -> Result<(), LanguageError> {
        let text = &*self.normal.apply(text);
        if self.unit == Unit::Byte {
            ids.extend(text.bytes().map(u32::from));
        }
        #[cfg(feature = "subword")]
        if let Some(subword) = &self.subword {
            subword.encode(text, ids)?;
        }
        let instead = self.rare();
        cut::pieces(self.unit, text, |_, piece| {
            let found = self.pieces.find(piece.as_bytes());
            if found.is_none() {
                meet(unknown, piece);
            }
            ids.extend(found.or(instead));
        });
        Ok(())
    }

    /// As it stands in a model file.
    pub fn to_json(&self) -> Value {
        match self.unit {
            Unit::Byte => Value::Null,
            Unit::Char | Unit::Jamo => (0..self.len() as u32).map(|id| self.show(id)).collect::<String>().into(),
            Unit::Word | Unit::Token => (0..self.len() as u32).map(|id| Value::from(self.show(id))).collect::<Vec<_>>().into(),
            #[cfg(feature = "subword")]
            Unit::SubWord | Unit::Unigram => self.subword.as_ref().map_or(Value::Null, subword::SubWords::to_json),
            #[cfg(not(feature = "subword"))]
            Unit::SubWord | Unit::Unigram => Value::Null,
        }
    }

    /// From a model file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_json(unit: Unit, value: &Value) -> Result<Self, LanguageError> {
        let wrong = |what: &str| LanguageError::Vocabulary(what.to_owned());
        match unit {
            Unit::Byte => Ok(Self::bytes()),
            Unit::Char | Unit::Jamo => {
                let symbols = value.as_str().ok_or_else(|| wrong("its characters are no text"))?;
                let pieces = Pieces::new(symbols.chars().map(|c| c.to_string().into_bytes()));
                if pieces.is_empty() || !pieces.distinct() {
                    Err(wrong("a character stands in it twice, or none"))
                } else {
                    Ok(Self::of(unit, pieces))
                }
            }
            Unit::Word | Unit::Token => {
                let words = value.as_array().ok_or_else(|| wrong("its words are no list"))?;
                let texts: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
                match texts.as_deref() {
                    Some([RARE_TEXT, words @ ..]) if !words.is_empty() => {
                        let pieces =
                            Pieces::new(std::iter::once(rare_piece(unit)).chain(words.iter().copied()).map(|w| w.as_bytes().to_vec()));
                        if pieces.distinct() { Ok(Self::of(unit, pieces)) } else { Err(wrong("a word stands in it twice")) }
                    }
                    _ => Err(wrong("its first word is not <unk>, or it is the only one")),
                }
            }
            #[cfg(feature = "subword")]
            Unit::SubWord | Unit::Unigram => {
                let subword = subword::SubWords::from_json(value)?;
                let pieces = Pieces::new(subword.pieces());
                Ok(Self { unit, normal: Normal::None, pieces, subword: Some(subword) })
            }
            #[cfg(not(feature = "subword"))]
            Unit::SubWord | Unit::Unigram => Err(wrong("this program was built without sub-words (feature `subword`)")),
        }
    }
}

/// The piece that the symbol of rare words is found by: no text holds the empty word, so that of words never is; a token may be written out.
fn rare_piece(unit: Unit) -> &'static str {
    if unit == Unit::Token { RARE_TEXT } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "나는 학교에 간다.\n나는  집에 간다. It's 5 o'clock!\n";

    fn build(unit: Unit, limit: usize) -> Vocabulary {
        Builder::new(unit, limit).build(std::iter::once(TEXT.to_owned())).unwrap()
    }

    #[test]
    fn every_unit_gives_the_text_back_and_survives_its_file() {
        let units: &[Unit] = if cfg!(feature = "subword") {
            &[Unit::Char, Unit::Byte, Unit::Word, Unit::Jamo, Unit::SubWord, Unit::Unigram]
        } else {
            &[Unit::Char, Unit::Byte, Unit::Word, Unit::Jamo]
        };
        for &unit in units {
            let first = build(unit, 300);
            let again = Vocabulary::from_json(unit, &serde_json::from_str(&first.to_json().to_string()).unwrap()).unwrap();
            assert_eq!(first.len(), again.len());
            for vocabulary in [first, again] {
                let (mut ids, mut unknown) = (Vec::new(), Unknown::new());
                vocabulary.encode(TEXT, &mut ids, &mut unknown).unwrap();
                assert_eq!((vocabulary.decode(&ids).as_str(), unknown.len()), (TEXT, 0), "{unit:?}");
            }
        }
    }

    #[test]
    fn what_is_unknown_is_named() {
        let (mut ids, mut unknown) = (Vec::new(), Unknown::new());
        build(Unit::Char, 300).encode("나 zz는", &mut ids, &mut unknown).unwrap();
        assert_eq!((ids.len(), unknown), (3, Unknown::from([("z".to_owned(), 2)])));
        let (words, mut unknown) = (build(Unit::Word, 300), Unknown::new());
        ids.clear();
        words.encode("나는 바다에 간다", &mut ids, &mut unknown).unwrap();
        assert_eq!((ids[1], unknown), (RARE, Unknown::from([("바다에".to_owned(), 1)])));
        assert_eq!((words.show(RARE), words.rare()), (RARE_TEXT.to_owned(), Some(RARE)));
    }

    #[test]
    fn tokens_are_counted_as_their_authors_do() {
        // Nine words with <unk>, and the line end: as ten thousand are those of Penn Treebank.
        let text = " mr. <unk> is chairman of <unk> n.v. \n the group is of <unk> \n";
        let build = |limit| Builder::new(Unit::Token, limit).build(std::iter::once(text.to_owned())).unwrap();
        for (limit, found, lacking) in [(100, 9, 0), (9, 9, 0), (8, 8, 1), (2, 2, 9)] {
            let vocabulary = build(limit);
            let again = Vocabulary::from_json(Unit::Token, &vocabulary.to_json()).unwrap();
            let (mut ids, mut unknown) = (Vec::new(), Unknown::new());
            again.encode(text, &mut ids, &mut unknown).unwrap();
            assert_eq!((vocabulary.len(), ids.len(), unknown.values().sum::<u64>()), (found, 14, lacking), "{limit}");
            assert!(
                !unknown.contains_key(RARE_TEXT) && (again.show(0), again.show(1)) == (RARE_TEXT.to_owned(), "\n".to_owned()),
                "{limit}"
            );
        }
        let mut ids = Vec::new();
        build(100).encode("<unk> mr. zzz", &mut ids, &mut Unknown::new()).unwrap();
        assert_eq!((ids[0], ids[2]), (RARE, RARE));
        for text in ["", " \t ", "<unk> <unk>", "one"] {
            assert!(Builder::new(Unit::Token, 9).build(std::iter::once(text.to_owned())).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_has_no_white_space_takes_no_room() {
        let words = ["x".repeat(1 << 20), "a b ".to_owned()];
        for unit in [Unit::Word, Unit::Token] {
            let vocabulary = Builder::new(unit, 100).build(words.clone().into_iter()).unwrap();
            assert!((0..vocabulary.len() as u32).all(|id| vocabulary.bytes_of(id).len() < 10), "{unit:?}");
            let mut unknown = Unknown::new();
            vocabulary.encode(&words[0], &mut Vec::new(), &mut unknown).unwrap();
            assert_eq!(unknown.into_iter().collect::<Vec<_>>(), [("x".repeat(MOST_TOLD), 1)]);
            let none = Builder::new(unit, 100).build(words.clone().into_iter().take(1));
            assert!(matches!(none, Err(LanguageError::NoWords { .. })), "{unit:?}: {none:?}");
        }
    }

    #[test]
    fn limits_hold() {
        assert!(matches!(
            Builder::new(Unit::Char, 5).build(std::iter::once(TEXT.to_owned())),
            Err(LanguageError::TooManySymbols { limit: 5, .. })
        ));
        let words = build(Unit::Word, 4);
        assert_eq!(words.len(), 4, "<unk> and the three most frequent words");
        for text in ["", "aaaa"] {
            assert!(Builder::new(Unit::Char, 5).build(std::iter::once(text.to_owned())).is_err(), "{text:?}");
            assert!(Builder::new(Unit::Byte, 256).build(std::iter::once(text.to_owned())).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_damaged_vocabulary_is_refused() {
        for (unit, value) in [
            (Unit::Char, Value::from(3)),
            (Unit::Char, "".into()),
            (Unit::Char, "aba".into()),
            (Unit::Word, Value::from(vec!["a", "b"])),
            (Unit::Word, Value::from(vec![RARE_TEXT])),
            (Unit::Word, Value::from(vec![RARE_TEXT, "a", "a"])),
            (Unit::SubWord, Value::from("x")),
            (Unit::Unigram, Value::from("x")),
            (Unit::Jamo, "".into()),
            (Unit::Token, Value::from(vec![RARE_TEXT, "a", RARE_TEXT])),
            (Unit::Token, Value::from(vec!["a", RARE_TEXT])),
        ] {
            assert!(Vocabulary::from_json(unit, &value).is_err(), "{unit:?} {value}");
        }
    }
}
