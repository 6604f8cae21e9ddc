//! Texts as a trained model is given them: whole ones, lines, the beginning of one that is to be gone on with.

use std::cmp::Reverse;

use gatewise_data::Corpus;

use super::error::LanguageError;
use super::ids::Ids;
use super::text::EncodedText;
use super::vocabulary::{Unknown, Vocabulary};
use crate::error::Error;

/// Unknown symbols that are named.
const NAMED: usize = 12;

/// The first of some unknown symbols, the most frequent first.
pub fn named(unknown: &Unknown) -> String {
    let mut most: Vec<_> = unknown.iter().collect();
    most.sort_by_key(|(_, count)| Reverse(**count));
    let shown: Vec<String> = most.iter().take(NAMED).map(|(symbol, _)| format!("{symbol:?}")).collect();
    let more = unknown.len().saturating_sub(NAMED);
    if more > 0 { format!("{} and {more} more", shown.join(" ")) } else { shown.join(" ") }
}

/// A text none of whose symbols is known.
fn unread(unknown: &Unknown) -> LanguageError {
    if unknown.is_empty() { LanguageError::Empty } else { LanguageError::AllUnknown { symbols: named(unknown) } }
}

impl EncodedText {
    /// A text as a model reads that is used on it, and what the model does not know of it.
    ///
    /// # Errors
    /// As [`read`](Self::read); a text of which nothing is known.
    pub fn known(corpus: &Corpus, vocabulary: &Vocabulary) -> Result<(Self, Unknown), Error> {
        let (text, unknown) = Self::read(corpus, vocabulary, 0, &std::env::temp_dir())?;
        if text.known { Ok((text, unknown)) } else { Err(unread(&unknown).about(corpus.path())) }
    }
}

/// Texts of which any may have no symbol that is known.
#[derive(Debug, Default)]
pub struct Lines {
    /// The symbols of each.
    pub texts: Vec<Ids>,
    /// What is unknown of all of them.
    pub unknown: Unknown,
    /// Places of those without a symbol that is known.
    pub blank: Vec<String>,
}

impl Lines {
    /// As a model reads them.
    ///
    /// # Errors
    /// As [`EncodedText::read`].
    pub fn read(items: &[Corpus], vocabulary: &Vocabulary) -> Result<Self, Error> {
        let mut lines = Self::default();
        for corpus in items {
            let (text, unknown) = EncodedText::read(corpus, vocabulary, 0, &std::env::temp_dir())?;
            unknown.into_iter().for_each(|(symbol, count)| *lines.unknown.entry(symbol).or_default() += count);
            if text.ids.is_empty() {
                lines.blank.push(corpus.path().to_owned());
            }
            lines.texts.push(text.ids);
        }
        Ok(lines)
    }
}

impl Vocabulary {
    /// Whether line ends are known, which then part the texts of a corpus.
    pub fn knows_lines(&self) -> bool {
        let (mut ids, mut unknown) = (Vec::new(), Unknown::new());
        self.encode("\n", &mut ids, &mut unknown).is_ok() && unknown.is_empty()
    }

    /// The symbols that a text is to begin with, and what is unknown of them: it is left out, or shares the symbol of rare words, on which the network
    /// has learned to read on. With `strict` nothing may be unknown.
    ///
    /// # Errors
    /// A prompt of which nothing is known, or not all where that is asked for.
    pub fn prompt(&self, text: &str, strict: bool) -> Result<(Vec<u32>, Unknown), Error> {
        let place = "the prompt";
        let (mut symbols, mut unknown) = (Vec::new(), Unknown::new());
        self.encode(text, &mut symbols, &mut unknown).map_err(|e| e.about(place))?;
        if unknown.is_empty() {
            return Ok((symbols, unknown));
        }
        if symbols.iter().all(|&symbol| Some(symbol) == self.rare()) {
            return Err(unread(&unknown).about(place));
        }
        if strict {
            let message = format!("the model does not know these symbols of the prompt: {}", named(&unknown));
            return Err(Error::data(message).help("leave out ⦃strict⦄ to write without them"));
        }
        Ok((symbols, unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::{Builder, Unit};
    use super::*;

    fn vocabulary(unit: Unit) -> Vocabulary {
        Builder::new(unit, 20).build(std::iter::once("the cat the cat sat".to_owned())).unwrap()
    }

    #[test]
    fn a_prompt_is_read_without_what_is_unknown() {
        let chars = vocabulary(Unit::Char);
        let (symbols, unknown) = chars.prompt("the 漢at", false).unwrap();
        assert_eq!((symbols.len(), unknown.into_iter().collect::<Vec<_>>()), (6, vec![("漢".to_owned(), 1)]));
        assert!(chars.prompt("", true).unwrap().0.is_empty());
        let strict = chars.prompt("the 漢at", true).unwrap_err();
        assert!(strict.to_string().contains('漢') && strict.remedy().unwrap().contains("⦃strict⦄"), "{strict}");
        for unit in [Unit::Char, Unit::Word] {
            let error = vocabulary(unit).prompt("漢字", false).unwrap_err();
            assert!(error.to_string().starts_with("the prompt: the model knows no symbol"), "{unit:?}: {error}");
        }
        assert_eq!(vocabulary(Unit::Word).prompt("the 漢字", false).unwrap().0.len(), 2);
    }

    #[test]
    fn of_many_unknown_symbols_some_are_named() {
        let unknown: Unknown = (0..20).map(|k| (char::from(b'a' + k).to_string(), u64::from(k))).collect();
        let told = named(&unknown);
        assert!(told.starts_with("\"t\" \"s\" ") && told.ends_with("\"i\" and 8 more"), "{told}");
        assert_eq!(named(&Unknown::new()), "");
    }

    #[test]
    fn texts_of_which_nothing_is_known_are_told() {
        let chars = vocabulary(Unit::Char);
        assert!(!chars.knows_lines() && Vocabulary::bytes().knows_lines());
        let read = |text: &str| EncodedText::known(&Corpus::from_texts([text]), &chars).map(|(text, _)| text.ids.len());
        assert_eq!(read("cat漢").unwrap(), 3);
        assert!(read("").unwrap_err().to_string().contains("empty"));
        assert!(read("漢").unwrap_err().to_string().contains("knows no symbol"));
        let corpora = Corpus::from_texts(["cat", "漢", ""]).split();
        let lines = Lines::read(&corpora, &chars).unwrap();
        assert_eq!((lines.texts.len(), lines.blank.len(), lines.unknown.len()), (3, 2, 1));
    }
}
