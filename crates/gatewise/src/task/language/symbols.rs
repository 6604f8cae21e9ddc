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
    /// Take
    /// char      usually: any script, nothing to settle; a Hangul syllable or a Chinese character is a symbol
    /// byte      for texts of many scripts, or with characters that training may lack: 256 symbols, nothing is unknown
    /// jamo      for Hangul: its letters instead of its syllables, some seventy symbols, more of them a text
    /// sub-word  for long texts: fewer, longer symbols by merging frequent pairs (BPE); nothing is unknown
    /// unigram   as sub-word; pieces are chosen by likelihood (Kudo 2018)
    /// word      to look at words: rare ones share a symbol, spaces and marks are kept
    /// token     to compare with published figures: words between white space, and line ends, as Penn Treebank and WikiText are counted; <unk> in
    ///           the text is the symbol of rare words; other white space is not kept
    ///
    /// Models of different units are compared by bits_per_char, bits_per_byte and perplexity_per_token, never by nats or perplexity of a symbol.
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
