//! The text of a run: read, checked, turned into numbers, and split.

use std::ops::Range;
use std::path::Path;

use gatewise::task::language::{Builder, Ids, IdsWriter, LanguageError, Normal, Unit, Unknown, Vocabulary};
use gatewise_data::{Corpus, TextError};

use crate::failure::{Failure, Status};

/// Symbols where the user does not limit them.
pub const fn usual_limit(unit: Unit) -> usize {
    match unit {
        // All of Hangul and the usual Chinese characters; more is a sign of binary junk or of a task for sub-words.
        Unit::Char => 20_000,
        Unit::Byte => 256,
        Unit::Word => 10_000,
        Unit::SubWord => 2_000,
    }
}

/// A text as numbers.
pub struct Text {
    pub ids: Ids,
    pub train: Range<u64>,
    pub valid: Range<u64>,
    /// Characters of the held-back part that the vocabulary knows.
    pub valid_chars: u64,
    /// Share of all symbols that the vocabulary lacks.
    pub unknown: f64,
    /// Symbols, the unknown ones too.
    pub all: u64,
    /// Whether it knows any.
    pub known: bool,
}

impl From<TextError> for Failure {
    fn from(error: TextError) -> Self {
        let failure = if error.is_io() { Failure::io(error.to_string()) } else { Failure::data(error.to_string()) };
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}

/// An error of the library about the text of `path`, as the user sees it.
pub fn failure(error: LanguageError, path: &str) -> Failure {
    let help = match &error {
        LanguageError::Empty | LanguageError::OneSymbol { .. } => Some("give a text to learn from".to_owned()),
        LanguageError::TooManySymbols { found, .. } => {
            Some(format!("--vocabulary {found} allows them; --unit byte or --unit sub-word need fewer symbols"))
        }
        LanguageError::TooShort { .. } => Some("give more text, or a smaller --window and --batch".to_owned()),
        LanguageError::AllUnknown { .. } => Some("give a prompt in the script that the model was trained on".to_owned()),
        LanguageError::Store { .. } => Some("is the disk full?".to_owned()),
        _ => None,
    };
    let failure = if error.is_usage() { Failure::usage(error.to_string()) } else { Failure::data(format!("{path}: {error}")) };
    let failure = if matches!(error, LanguageError::Store { .. }) { failure.status(Status::Io) } else { failure };
    match help {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// The byte of the text, as its files have it, at which the last `share` of its normal spelling begins: texts that look alike are then split
/// alike.
pub fn cut(corpus: &Corpus, share: f64, normal: Normal) -> Result<u64, Failure> {
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

/// Finds the symbols: characters and bytes of the whole text, words and sub-words of the part before `cut` alone.
pub fn vocabulary(corpus: &Corpus, unit: Unit, limit: usize, normal: Normal, cut: u64) -> Result<Vocabulary, Failure> {
    let whole = matches!(unit, Unit::Char | Unit::Byte);
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
        None => built.map_err(|e| failure(e, corpus.path())),
    }
}

impl Text {
    /// Reads the text with a vocabulary; numbers that do not fit in memory go to `folder`.
    pub fn read(corpus: &Corpus, vocabulary: &Vocabulary, cut: u64, folder: &Path) -> Result<(Self, Unknown), Failure> {
        let mut writer = IdsWriter::new(vocabulary.len(), folder);
        let (mut train_end, mut valid_chars) = (None, 0);
        let (mut unknown, mut lacking, mut left_out, mut known) = (Unknown::new(), 0, 0, 0);
        for part in corpus.parts(Some(cut)) {
            let part = part?;
            let spans = vocabulary.spans(&part.text, &mut unknown).map_err(|e| failure(e, corpus.path()))?;
            if part.behind {
                train_end.get_or_insert(writer.len());
                valid_chars += spans.characters;
            }
            lacking += spans.unknown;
            known += spans.characters;
            left_out += if vocabulary.rare().is_some() { 0 } else { spans.unknown };
            writer.push(&spans.ids).map_err(|e| failure(e, corpus.path()))?;
        }
        let ids = writer.finish().map_err(|e| failure(e, corpus.path()))?;
        let train_end = train_end.unwrap_or(ids.len());
        let all = ids.len() + left_out;
        let share = lacking as f64 / all.max(1) as f64;
        let (train, valid) = (0..train_end, train_end..ids.len());
        Ok((Self { train, valid, valid_chars, unknown: share, all, known: known > 0, ids }, unknown))
    }
}
