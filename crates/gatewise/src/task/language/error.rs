//! What can go wrong between a text and a language model.

use crate::error::ModelError;

/// Why a language model could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum LanguageError {
    /// A setting that does not fit.
    #[error("{setting} {problem}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The network cannot be built.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A text without a symbol.
    #[error("the text is empty: there is nothing to learn")]
    Empty,
    /// A text without white space, whose words are longer than any that is kept.
    #[error("the text has no word of at most {longest} bytes: nothing in it parts words")]
    NoWords {
        /// Bytes of the longest word that is kept.
        longest: usize,
    },
    /// A text of one symbol, over and over.
    #[error("the text has a single symbol, {symbol:?}: there is nothing to predict")]
    OneSymbol {
        /// The symbol.
        symbol: String,
    },
    /// More different symbols than allowed.
    #[error("the text has {found} different characters, more than the limit of {limit}")]
    TooManySymbols {
        /// In the text.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A text too short to learn from.
    #[error("the text is too short: {found} symbols for training, and one window needs {needed}")]
    TooShort {
        /// Symbols of the training part.
        found: u64,
        /// Symbols needed.
        needed: u64,
    },
    /// A text none of whose symbols the model knows.
    #[error("the model knows no symbol of the text: {symbols}")]
    AllUnknown {
        /// The symbols, quoted.
        symbols: String,
    },
    /// A vocabulary that cannot be used.
    #[error("the vocabulary cannot be used: {0}")]
    Vocabulary(String),
    /// Numbers of symbols that could not be kept or read.
    #[error("cannot keep the numbers of the symbols in {place}: {source}")]
    Store {
        /// The folder or file.
        place: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// An end that was asked for.
    #[error("interrupted")]
    Interrupted,
    /// Symbols of sub-words could not be trained or applied.
    #[error("sub-words: {0}")]
    SubWord(String),
}

impl LanguageError {
    pub(crate) fn setting(setting: &'static str, problem: impl Into<String>) -> Self {
        Self::Setting { setting, problem: problem.into() }
    }

    /// Whether settings are at fault and not the text.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Setting { .. } | Self::Model(_))
    }
}
