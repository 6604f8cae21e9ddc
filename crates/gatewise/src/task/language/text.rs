//! A text read, checked, turned into numbers, and split.

use std::ops::Range;
use std::path::Path;

use gatewise_data::Corpus;

use super::counted::{Counted, Meter};
use super::error::LanguageError;
use super::ids::{Ids, IdsWriter};
use super::vocabulary::{Builder, Normal, Unit, Unknown, Vocabulary, word};
use crate::error::{Error, Kind};

/// Symbols where they are not limited.
pub(super) const fn usual_limit(unit: Unit) -> usize {
    match unit {
        // All of Hangul and the usual Chinese characters; more is a sign of binary junk or of a task for sub-words.
        Unit::Char | Unit::Jamo => 20_000,
        Unit::Byte => 256,
        Unit::Word | Unit::Token => 10_000,
        Unit::SubWord | Unit::Unigram => 2_000,
    }
}

/// A text as numbers.
#[derive(Debug)]
pub struct EncodedText {
    /// Every symbol, in order.
    pub ids: Ids,
    /// The part that is learned from.
    pub train: Range<u64>,
    /// The part behind it, which is held back.
    pub valid: Range<u64>,
    /// What of the held-back part is predicted, and what its unknown symbols cost.
    pub counted: Counted,
    /// Share of all symbols that the vocabulary lacks.
    pub unknown: f64,
    /// Symbols, the unknown ones too.
    pub all: u64,
    /// Whether it knows any.
    pub known: bool,
}

impl LanguageError {
    /// As an error about the text in `place`, with what to do about it.
    pub fn about(self, place: &str) -> Error {
        let help = match &self {
            Self::Empty | Self::OneSymbol { .. } => Some("give a text to learn from".to_owned()),
            Self::NoWords { .. } => Some("⦃unit⦄ char, byte or sub-word need no white space".to_owned()),
            Self::TooManySymbols { found, .. } => {
                Some(format!("⦃vocabulary⦄ {found} allows them; ⦃unit⦄ byte or ⦃unit⦄ sub-word need fewer symbols"))
            }
            Self::TooShort { .. } => Some("give more text, or a smaller ⦃window⦄ and ⦃batch⦄".to_owned()),
            Self::AllUnknown { .. } => Some("give a prompt in the script that the model was trained on".to_owned()),
            Self::Store { .. } => Some("is the disk full?".to_owned()),
            _ => None,
        };
        let kind = match &self {
            Self::Store { .. } | Self::Interrupted => Kind::Io,
            error if error.is_usage() => Kind::Usage,
            _ => Kind::Data,
        };
        let error = Error::new(kind, if kind == Kind::Usage { self.to_string() } else { format!("{place}: {self}") });
        match help {
            Some(help) => error.help(help),
            None => error,
        }
    }
}

/// The byte of the text, as its files have it, at which the last `share` of its normal spelling begins: texts that look alike are then split
/// alike. Where symbols are tokens, the start of the one that holds it. A text that is one word up to there has nothing to hold back.
pub(super) fn cut(corpus: &Corpus, share: f64, normal: Normal, unit: Unit) -> Result<u64, Error> {
    let cut = byte_of(corpus, share, normal)?;
    match unit {
        Unit::Token => start_of_token(corpus, cut),
        Unit::Word => {
            let first = corpus.parts(Some(cut)).next().transpose()?;
            let one = first.is_some_and(|part| !part.behind && word::pieces(&part.text).nth(1).is_none());
            Ok(if one { corpus.bytes() } else { cut })
        }
        _ => Ok(cut),
    }
}

/// The start of the token that `cut` falls into; the end of a text that is one token up to there.
fn start_of_token(corpus: &Corpus, cut: u64) -> Result<u64, Error> {
    // Bytes of the token that lie before the cut, where another stands before it.
    let mut begun = None;
    for part in corpus.parts(Some(cut)) {
        let part = part?;
        if part.behind {
            let between = part.text.starts_with(char::is_whitespace);
            return Ok(if between { cut } else { begun.map_or(corpus.bytes(), |begun| cut - begun) });
        }
        let end = part.text.rfind(char::is_whitespace).map(|at| (part.text.len() - part.text.ceil_char_boundary(at + 1)) as u64);
        begun = end.or(begun.map(|begun: u64| begun + part.text.len() as u64));
    }
    Ok(cut)
}

fn byte_of(corpus: &Corpus, share: f64, normal: Normal) -> Result<u64, Error> {
    let end = |bytes: u64| bytes - (bytes as f64 * share).ceil() as u64;
    let mut spelled = 0;
    let mut alike = true;
    if !normal.is_none() {
        for part in corpus.parts(None) {
            let text = part?.text;
            let normal = normal.apply(&text);
            alike &= normal == text;
            spelled += normal.len() as u64;
        }
    }
    if alike {
        return Ok(end(corpus.bytes()));
    }
    let (mut passed, mut left) = (0, end(spelled));
    for part in corpus.parts(None) {
        let text = part?.text;
        let length = normal.apply(&text).len() as u64;
        if length > left {
            // Lines are spelled each for itself, so that the end of one is found by its own length.
            for line in text.split_inclusive('\n') {
                let length = normal.apply(line).len() as u64;
                if length > left {
                    let before = normal.characters_before(line, left as usize);
                    return Ok(passed + line.chars().take(before).map(char::len_utf8).sum::<usize>() as u64);
                }
                left -= length;
                passed += line.len() as u64;
            }
        }
        left -= length.min(left);
        passed += text.len() as u64;
    }
    Ok(corpus.bytes())
}

/// Finds the symbols: characters and bytes of the whole text, words, tokens and what is learned of the part before `cut` alone.
pub(super) fn vocabulary(corpus: &Corpus, unit: Unit, limit: usize, normal: Normal, cut: u64) -> Result<Vocabulary, Error> {
    let whole = matches!(unit, Unit::Char | Unit::Jamo | Unit::Byte);
    let mut bad = None;
    let built = {
        let parts = corpus.parts(Some(cut)).take_while(|part| whole || !part.as_ref().is_ok_and(|part| part.behind));
        let texts = parts.map_while(|part| match part {
            Ok(part) => Some(part.text),
            Err(error) => {
                bad = Some(error);
                None
            }
        });
        Builder::new(unit, limit).with_normal(normal).build(texts)
    };
    match bad {
        Some(error) => Err(error.into()),
        None => built.map_err(|e| e.about(corpus.path())),
    }
}

impl EncodedText {
    /// Reads the text with a vocabulary, and what that lacks; the part from byte `cut` on is held back. Numbers that do not fit in memory go to
    /// a file without a name in `folder`.
    ///
    /// # Errors
    /// A text that cannot be read, and numbers that cannot be kept.
    pub fn read(corpus: &Corpus, vocabulary: &Vocabulary, cut: u64, folder: &Path) -> Result<(Self, Unknown), Error> {
        let mut writer = IdsWriter::new(vocabulary.len(), folder).interrupted_by(corpus.interrupt().clone());
        let (mut train_end, mut meter) = (None, Meter::new(vocabulary));
        let normal = vocabulary.normal();
        let (mut unknown, mut lacking, mut left_out, mut known) = (Unknown::new(), 0, 0, 0);
        for part in corpus.parts(Some(cut)) {
            let part = part?;
            let spelled = normal.apply(&part.text);
            let spans = vocabulary.spans(&spelled, &mut unknown).map_err(|e| e.about(corpus.path()))?;
            let without = spans.lacking.len() as u64;
            if part.behind {
                train_end.get_or_insert(writer.len());
                meter.add(&spelled, &spans);
            }
            lacking += without;
            known += spans.known;
            left_out += if vocabulary.rare().is_some() { 0 } else { without };
            writer.push(&spans.ids).map_err(|e| e.about(corpus.path()))?;
        }
        let ids = writer.finish().map_err(|e| e.about(corpus.path()))?;
        let train_end = train_end.unwrap_or(ids.len());
        let all = ids.len() + left_out;
        let share = lacking as f64 / all.max(1) as f64;
        let (train, valid) = (0..train_end, train_end..ids.len());
        Ok((Self { train, valid, counted: meter.finish(), unknown: share, all, known: known > 0, ids }, unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_held_back_whole() {
        let text = "나는 학교에 간다\nthe cat sat";
        let corpus = || Corpus::from_texts([text]);
        let words: Vec<u64> = [0, 7, 17, 23, 24, 28, 32].into();
        for percent in 0..=50 {
            let share = f64::from(percent) / 100.0;
            let plain = cut(&corpus(), share, Normal::Nfc, Unit::Char).unwrap();
            let token = cut(&corpus(), share, Normal::Nfc, Unit::Token).unwrap();
            // A byte inside a character stands for the character.
            let token = text.floor_char_boundary(token as usize) as u64;
            let plain = text.floor_char_boundary(plain as usize) as u64;
            let start = words.iter().rev().find(|start| **start <= plain).copied().unwrap();
            let between = text.as_bytes().get(plain as usize).is_some_and(u8::is_ascii_whitespace);
            assert_eq!(token, if between || plain == text.len() as u64 { plain } else { start }, "{percent} %: byte {plain}");
        }
        for (text, unit, expected) in [
            ("hello", Unit::Token, 5),
            ("hello", Unit::Word, 5),
            ("a,b,c,d,e", Unit::Token, 9),
            ("a,b,c,d,e", Unit::Word, 7),
            ("日本。中国。", Unit::Word, 14),
        ] {
            assert_eq!(cut(&Corpus::from_texts([text]), 0.2, Normal::Nfc, unit).unwrap(), expected, "{text} by {unit:?}");
        }
    }
}
