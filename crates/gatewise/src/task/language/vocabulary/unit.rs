//! What a symbol of a text stands for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a symbol stands for.
///
/// | unit | take it |
/// |---|---|
/// | `char` | usually: any script, small vocabulary, nothing to settle; Hangul syllables and Chinese characters are one symbol each |
/// | `byte` | for texts of many scripts, or with characters that training may lack: 256 symbols, nothing is unknown |
/// | `jamo` | for Hangul: its letters instead of its syllables, some seventy symbols; sequences are two and a half times as long |
/// | `sub-word` | for long texts: fewer, longer symbols by merging frequent pairs; nothing is unknown |
/// | `unigram` | as `sub-word`; pieces are chosen by likelihood, which cuts words of rich morphology more evenly |
/// | `word` | to look at words; what is rare shares one symbol, spaces and marks are kept |
/// | `token` | to compare with published figures: words as white space parts them and line ends, as Penn Treebank and WikiText are counted |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A Unicode character, as a Korean syllable or a Latin letter.
    #[default]
    Char,
    /// A byte of UTF-8: 256 symbols for every script.
    Byte,
    /// A word with the space before it; the words left out share one symbol.
    Word,
    /// What stands between white space, and each line end. The text `<unk>` is the symbol that rare ones share. Written tokens are parted by
    /// single spaces: other white space is not told apart.
    Token,
    /// A piece of a word, found by byte-pair encoding (Sennrich 2016): no text is unknown.
    SubWord,
    /// A piece of a word, found by the unigram language model (Kudo 2018): no text is unknown.
    Unigram,
    /// A letter of Hangul, by its place in the syllable (Unicode Standard 3.12), or any other character.
    Jamo,
}

impl fmt::Display for Unit {
    /// The name in settings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Unit {
    /// Whether symbols are learned pieces of words.
    pub const fn is_learned(self) -> bool {
        matches!(self, Self::SubWord | Self::Unigram)
    }

    /// Whether every text can be spelled, so that nothing is unknown.
    pub const fn spells_all(self) -> bool {
        matches!(self, Self::Byte | Self::SubWord | Self::Unigram)
    }

    /// Whether what a vocabulary lacks shares one of its symbols, instead of being left out.
    pub const fn shares_rare(self) -> bool {
        matches!(self, Self::Word | Self::Token)
    }
}
