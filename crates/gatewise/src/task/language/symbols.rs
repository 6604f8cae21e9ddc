//! Options of the symbols that a text is taken for, in language models and of labelled texts.

use serde::{Deserialize, Serialize};

use super::vocabulary::{Normal, Unit};
#[cfg(feature = "clap")]
use crate::options::parse::{at_least_one, word};

/// The symbols of a text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[cfg_attr(feature = "clap", command(next_help_heading = "Text"))]
pub struct SymbolArgs {
    /// What a symbol of a text is
    #[cfg_attr(feature = "clap", arg(long, value_name = "UNIT", value_parser = word::<Unit>(&["char", "byte", "word", "sub-word"])))]
    pub unit: Option<Unit>,
    /// Most symbols: more characters are refused, rarer words share one symbol, sub-words are as many
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one()))]
    pub vocabulary: Option<usize>,
    /// Spelling of characters that have several, in texts, labels and prompts: nfc, nfkc or none [default: nfc]
    #[cfg_attr(feature = "clap", arg(long, value_name = "FORM", value_parser = word::<Normal>(&["nfc", "nfkc", "none"])))]
    pub normalize_unicode: Option<Normal>,
}
