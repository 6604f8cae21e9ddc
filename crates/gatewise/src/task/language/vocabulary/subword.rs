//! Sub-words: byte-pair encoding over bytes (Sennrich 2016; Radford 2019), by the `tokenizers` library, and what a learned model of either kind does.

use std::collections::HashMap;
use std::str::FromStr;

use gatewise_memory::{Budget, product};
use serde_json::Value;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{
    DecoderWrapper, ModelWrapper, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, PreTokenizerWrapper, Tokenizer, Trainer,
};

use crate::model::MAX_SIZE;
use crate::task::language::error::LanguageError;

/// Symbols that every vocabulary of sub-words has: the bytes.
pub(super) const BYTES: usize = 256;

/// Bytes that are made room for with each symbol before the first is learned.
const PIECE_BYTES: usize = 128;

/// Bytes of a word that pieces are learned of together: the time of a cut, or of a merge, is that of the whole word, and a text without white space is
/// one.
const LONGEST_WORD: usize = 96;

/// A trained encoding.
#[derive(Clone, Debug)]
pub(super) struct SubWords {
    tokenizer: Tokenizer,
}

pub(super) fn failed(error: impl std::fmt::Display) -> LanguageError {
    LanguageError::SubWord(error.to_string())
}

pub(super) fn byte_level() -> ByteLevel {
    ByteLevel::new(false, true, true)
}

/// The words of a text in the library's letters for bytes, long ones in parts.
pub(super) fn cut_words(splitter: &ByteLevel, text: String, mut enter: impl FnMut(&str)) -> tokenizers::Result<()> {
    let mut text = PreTokenizedString::from(text);
    splitter.pre_tokenize(&mut text)?;
    for (mut rest, ..) in text.get_splits(OffsetReferential::Normalized, OffsetType::None) {
        while let Some((end, _)) = rest.char_indices().nth(LONGEST_WORD) {
            enter(&rest[..end]);
            rest = &rest[end..];
        }
        enter(rest);
    }
    Ok(())
}

/// Whether a vocabulary of so many pieces can be learned.
pub(super) fn check(symbols: usize) -> Result<(), LanguageError> {
    if symbols <= BYTES {
        return Err(LanguageError::setting(
            "vocabulary",
            format!("of {symbols} sub-words leaves none beside the {BYTES} bytes; give more"),
        ));
    }
    if symbols > MAX_SIZE {
        return Err(LanguageError::setting(
            "vocabulary",
            format!("of {symbols} sub-words is more than the {MAX_SIZE} that a network reads"),
        ));
    }
    let held = Budget::current().hold(format_args!("a vocabulary of {symbols} sub-words"), product(&[symbols, PIECE_BYTES]));
    held.map_err(|e| LanguageError::Model(e.into()))?;
    Ok(())
}

impl SubWords {
    /// Learns `symbols` pieces from a text.
    pub(super) fn train(symbols: usize, parts: &mut (dyn Iterator<Item = String> + Send)) -> Result<Self, LanguageError> {
        check(symbols)?;
        let alphabet = ByteLevel::alphabet().into_iter().collect();
        let mut trainer = BpeTrainer::builder().show_progress(false).vocab_size(symbols).initial_alphabet(alphabet).build();
        let splitter = byte_level();
        let words = |text: &str| {
            let mut words = Vec::new();
            cut_words(&splitter, text.to_owned(), |word| words.push(word.to_owned()))?;
            Ok(words)
        };
        trainer.feed(parts, words).map_err(failed)?;
        let mut model = BPE::default();
        trainer.train(&mut model).map_err(failed)?;
        Ok(Self::of(ModelWrapper::BPE(model)))
    }

    /// With a model over the bytes as the library writes them.
    pub(super) fn of(model: ModelWrapper) -> Self {
        let mut tokenizer = Tokenizer::new(model);
        tokenizer.with_pre_tokenizer(Some(PreTokenizerWrapper::ByteLevel(byte_level())));
        tokenizer.with_decoder(Some(DecoderWrapper::ByteLevel(byte_level())));
        Self { tokenizer }
    }

    pub(super) fn encode(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), LanguageError> {
        ids.extend_from_slice(self.tokenizer.encode_fast(text, false).map_err(failed)?.get_ids());
        Ok(())
    }

    /// The bytes of each symbol.
    pub(super) fn pieces(&self) -> Vec<Vec<u8>> {
        let bytes = alphabet();
        let piece = |id: u32| {
            let text = self.tokenizer.id_to_token(id).unwrap_or_default();
            text.chars().filter_map(|c| bytes.get(&c).copied()).collect()
        };
        (0..self.tokenizer.get_vocab_size(true) as u32).map(piece).collect()
    }

    pub(super) fn to_json(&self) -> Value {
        self.tokenizer.to_string(false).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    pub(super) fn from_json(value: &Value) -> Result<Self, LanguageError> {
        let tokenizer = Tokenizer::from_str(&value.to_string()).map_err(|e| LanguageError::Vocabulary(e.to_string()))?;
        // Numbers must run from 0 on without a gap, as the network's rows do.
        let symbols = tokenizer.get_vocab_size(true) as u32;
        if symbols == 0 || (0..symbols).any(|id| tokenizer.id_to_token(id).is_none()) {
            return Err(LanguageError::Vocabulary("its numbers have a gap".into()));
        }
        Ok(Self { tokenizer })
    }
}

/// Byte by character of the alphabet that the library writes bytes in: printable ones stand for themselves, the others follow from U+0100 on.
fn alphabet() -> HashMap<char, u8> {
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let mut next = 0x100;
    (0..=u8::MAX)
        .map(|byte| {
            let c = if printable(byte) {
                char::from(byte)
            } else {
                let c = char::from_u32(next).unwrap_or_default();
                next += 1;
                c
            };
            (c, byte)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_learned_in_parts() {
        let cut = |text: &str| {
            let mut words = Vec::new();
            cut_words(&byte_level(), text.to_owned(), |word| words.push(word.to_owned())).unwrap();
            words
        };
        assert_eq!(cut("the cat"), ["the", "Ġcat"]);
        let long = "나는한국사람이야".repeat(50);
        let words = cut(&long);
        assert!(words.iter().all(|word| word.chars().count() <= LONGEST_WORD) && words.len() > 1);
        assert_eq!(words.concat().chars().count(), long.len(), "a letter for every byte");
    }

    #[test]
    fn the_alphabet_is_the_librarys() {
        let mut ours: Vec<char> = alphabet().into_keys().collect();
        let mut theirs: Vec<char> = ByteLevel::alphabet().into_iter().collect();
        ours.sort_unstable();
        theirs.sort_unstable();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn the_same_text_gives_the_same_pieces() {
        let text = "나는 학교에 간다. 나는 집에 간다. the cat and the hat and the bat\n".repeat(3);
        let train = || SubWords::train(300, &mut std::iter::once(text.clone())).unwrap();
        assert_eq!(train().to_json(), train().to_json());
        assert!(train().pieces().contains(&b" the".to_vec()));
        for symbols in [256, MAX_SIZE + 1, usize::MAX] {
            assert!(SubWords::train(symbols, &mut std::iter::once(text.clone())).is_err(), "{symbols}");
        }
    }
}
