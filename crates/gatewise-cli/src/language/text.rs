//! The text of a run: read, checked, turned into numbers, and split.

use std::ops::Range;
use std::path::Path;

use gatewise::task::language::{Builder, Ids, IdsWriter, LanguageError, Unit, Unknown, Vocabulary};
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
    /// Characters of the held-back part.
    pub valid_chars: u64,
    /// Share of the symbols that the vocabulary lacks.
    pub unknown: f64,
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

/// Finds the symbols: characters and bytes of the whole text, words and sub-words of the part before `cut` alone.
pub fn vocabulary(corpus: &Corpus, unit: Unit, limit: usize, cut: u64) -> Result<Vocabulary, Failure> {
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
        Builder::new(unit, limit).build(texts)
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
        let (mut unknown, mut ids) = (Unknown::new(), Vec::new());
        for part in corpus.parts(Some(cut)) {
            let part = part?;
            if part.behind {
                train_end.get_or_insert(writer.len());
                valid_chars += part.text.chars().count() as u64;
            }
            ids.clear();
            vocabulary.encode(&part.text, &mut ids, &mut unknown).map_err(|e| failure(e, corpus.path()))?;
            writer.push(&ids).map_err(|e| failure(e, corpus.path()))?;
        }
        let ids = writer.finish().map_err(|e| failure(e, corpus.path()))?;
        let train_end = train_end.unwrap_or(ids.len());
        let lacking = unknown.values().sum::<u64>() as f64 / ids.len().max(1) as f64;
        Ok((Self { train: 0..train_end, valid: train_end..ids.len(), valid_chars, unknown: lacking, ids }, unknown))
    }
}
