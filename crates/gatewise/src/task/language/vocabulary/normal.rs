//! One spelling for texts that look alike (Unicode Standard Annex 15).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, is_nfc, is_nfkc};

/// How characters that can be spelled in several ways are spelled before a model reads them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normal {
    /// As they come; models of earlier versions read them so.
    #[default]
    None,
    /// Composed: 한 is one character, and é.
    Nfc,
    /// Composed, and what looks a little different is alike: ① is 1, ﬁ is fi, full width is half.
    Nfkc,
}

impl Normal {
    /// A text so spelled.
    pub fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Nfc if !is_nfc(text) => text.nfc().collect::<String>().into(),
            Self::Nfkc if !is_nfkc(text) => text.nfkc().collect::<String>().into(),
            _ => text.into(),
        }
    }

    /// Whether it is the way of models of earlier versions.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// The characters of `line` before that which byte `at` of its normal spelling belongs to.
    pub fn characters_before(self, line: &str, at: usize) -> usize {
        // Where a spelling of some characters reaches beyond the byte, it belongs to the last of them.
        let ends: Vec<usize> = line.char_indices().map(|(start, c)| start + c.len_utf8()).collect();
        ends.partition_point(|&end| self.apply(&line[..end]).len() <= at)
    }
}

impl fmt::Display for Normal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Nfc => "nfc",
            Self::Nfkc => "nfkc",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_spelled_alike() {
        let parted = "\u{1112}\u{1161}\u{11ab}글 e\u{301}①";
        assert_eq!(Normal::Nfc.apply(parted), "한글 é①");
        assert_eq!(Normal::Nfkc.apply(parted), "한글 é1");
        assert_eq!(Normal::None.apply(parted), parted);
        assert!(matches!(Normal::Nfc.apply("한글"), Cow::Borrowed(_)));
        // 글 is the fourth character of the file, the second of the normal spelling, where it begins at byte 3.
        assert_eq!(Normal::Nfc.characters_before(parted, 3), 3);
        assert_eq!(Normal::None.characters_before("abc", 1), 1);
    }
}
