//! Options of the symbols that a text is taken for, in language models and of labelled texts.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::vocabulary::{Normal, Unit, Vocabulary};
use crate::error::Error;
#[cfg(feature = "clap")]
use crate::options::parse::{at_least_one, word};

/// The symbols of a text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[cfg_attr(feature = "clap", command(next_help_heading = "Text"))]
pub struct SymbolArgs {
    /// What a symbol of a text is; --help tells when to take which
    ///
    /// char      usually: any script; a Hangul syllable or Chinese character is one
    /// byte      for many scripts, or characters that training may lack: none is unknown
    /// jamo      for Hangul: its letters, some seventy, instead of its syllables
    /// sub-word  for long texts: frequent pieces of words (BPE); none is unknown
    /// unigram   as sub-word, with pieces chosen by likelihood (Kudo 2018); a language
    ///           model of a megabyte of Korean or more takes it by itself
    /// word      to look at words: rare ones share a symbol, spaces and marks stay
    /// token     to compare with published figures, as of Penn Treebank or WikiText:
    ///           what stands between white space, and line ends; `<unk>` in the text
    ///           is the symbol of rare ones; other white space is not kept
    ///
    /// Models of different units are compared by bits a character or byte and by
    /// the perplexity of a token, never by nats or perplexity of a symbol.
    #[cfg_attr(feature = "clap", arg(long, value_name = "UNIT", verbatim_doc_comment, value_parser = word::<Unit>(UNITS)))]
    pub unit: Option<Unit>,
    /// Most symbols: more characters are refused, rarer words share one symbol, sub-words are as many
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one()))]
    pub vocabulary: Option<usize>,
    /// A file of a character, word or token a line, which are then the symbols of that unit
    #[cfg_attr(feature = "clap", arg(long, value_name = "FILE"))]
    pub vocabulary_file: Option<PathBuf>,
    /// Spelling of characters that have several, in texts, labels and prompts: nfc, nfkc or none [default: nfc]
    #[cfg_attr(feature = "clap", arg(long, value_name = "FORM", value_parser = word::<Normal>(&["nfc", "nfkc", "none"])))]
    pub normalize_unicode: Option<Normal>,
}

/// Every unit by its name.
#[cfg(feature = "clap")]
const UNITS: &[&str] = &["char", "byte", "word", "token", "sub-word", "unigram", "jamo"];

impl SymbolArgs {
    /// The symbols of the file that is named, whose number then is that of the vocabulary.
    ///
    /// # Errors
    /// As [`Vocabulary::listed`]; more symbols than are asked for.
    pub fn listed(&mut self, unit: Unit, normal: Normal) -> Result<Option<Vocabulary>, Error> {
        let Some(path) = &self.vocabulary_file else { return Ok(None) };
        let vocabulary = Vocabulary::listed(path, unit, normal)?;
        let found = vocabulary.len();
        if let Some(limit) = self.vocabulary.filter(|limit| *limit < found) {
            let problem = format!("⦃vocabulary⦄ {limit} is less than the {found} symbols of {}", path.display());
            return Err(Error::usage(problem).help("leave ⦃vocabulary⦄ out, or shorten the list"));
        }
        self.vocabulary = Some(found);
        Ok(Some(vocabulary))
    }
}
