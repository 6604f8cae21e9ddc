//! Pieces of words by the unigram language model (Kudo 2018), over bytes, by the `tokenizers` library.

use std::collections::BTreeMap;

use tokenizers::ModelWrapper;
use tokenizers::models::unigram::{Unigram, UnigramTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

use super::build::Counts;
use super::subword::{SubWords, byte_level, check, cut_words, failed};
use crate::task::language::error::LanguageError;

/// Bytes of the different words that pieces are learned of, the most frequent: the rest hardly counts, and each takes its time in every round.
const MOST_BYTES: usize = 2 << 20;

/// Pieces that the rounds begin with, the most frequent and longest; each round drops a quarter of those that are left.
const MOST_SEEDS: usize = 200_000;

/// Bytes of the longest piece: sixteen Hangul syllables.
const LONGEST_PIECE: usize = 48;

/// A character that is no byte's, behind a second copy of each word. The library begins with substrings that go on in different ways; without the
/// mark a word that is no part of another would be none, however frequent. The mark itself is no piece.
const MARK: &str = "\u{10FFFF}";

/// How far apart the library sets the scores of bytes that its rounds have dropped.
const DROPPED_STEP: f64 = 1e-4;

/// The largest sum of words' counts that the library adds up.
const MOST_COUNTED: u64 = u32::MAX as u64 / 2;

/// Learns `symbols` pieces from a text. Whatever the machine, the same text gives the same pieces.
pub(super) fn train(symbols: usize, parts: &mut (dyn Iterator<Item = String> + Send)) -> Result<SubWords, LanguageError> {
    check(symbols)?;
    let words = words(parts)?;
    if words.is_empty() {
        return Err(LanguageError::Empty);
    }
    let trainer = UnigramTrainer::builder()
        .show_progress(false)
        .vocab_size(u32::try_from(symbols + 1).map_err(failed)?)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .max_piece_length(LONGEST_PIECE)
        .seed_size(MOST_SEEDS)
        .build()
        .map_err(failed)?;
    let mut model = Unigram::default();
    // The library adds in the order of its threads: one thread has one order.
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().map_err(failed)?;
    one.install(|| trainer.do_train(words, &mut model)).map_err(failed)?;
    let mut pieces = in_order(model.iter().filter(|(text, _)| text != MARK).cloned().collect());
    pieces.truncate(symbols);
    Ok(SubWords::of(ModelWrapper::Unigram(Unigram::from(pieces, None, false).map_err(failed)?)))
}

/// The words of a text in the library's letters for bytes, with their counts, the most frequent first.
fn words(parts: &mut dyn Iterator<Item = String>) -> Result<Vec<(String, u32)>, LanguageError> {
    let (mut counts, splitter) = (Counts::default(), byte_level());
    for part in parts {
        cut_words(&splitter, part, |word| counts.meet(word)).map_err(failed)?;
    }
    let mut words = counts.most();
    let mut bytes = 0;
    let mut within = |(word, _): &(String, u64)| {
        bytes += word.len();
        bytes <= MOST_BYTES
    };
    words.truncate(words.iter().take_while(|word| within(word)).count());
    let most = words.iter().map(|(_, count)| count).sum::<u64>().div_ceil(MOST_COUNTED).max(1);
    let mut found = Vec::new();
    for (word, count) in words {
        let count = u32::try_from((count / most).max(1)).unwrap_or(u32::MAX);
        if count > 1 {
            found.push((format!("{word}{MARK}"), 1));
        }
        found.push((word, count.saturating_sub(1).max(1)));
    }
    Ok(found)
}

/// Pieces by score, then by text. The library scores bytes that its rounds have dropped one below the other in an order of chance; here theirs is
/// that of the bytes.
fn in_order(mut pieces: Vec<(String, f64)>) -> Vec<(String, f64)> {
    let least = pieces.iter().map(|(_, score)| *score).fold(f64::INFINITY, f64::min);
    let highest = least + DROPPED_STEP * ByteLevel::alphabet().len() as f64;
    let dropped = |(text, score): &&mut (String, f64)| text.chars().nth(1).is_none() && *score <= highest;
    let mut found: BTreeMap<&str, &mut f64> = pieces.iter_mut().filter(dropped).map(|(text, score)| (text.as_str(), score)).collect();
    let mut scores: Vec<f64> = found.values().map(|score| **score).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    found.values_mut().zip(scores).for_each(|(place, score)| **place = score);
    pieces.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_gives_the_same_pieces_and_no_text_is_unknown() {
        let text = "나는 학교에 간다. 나는 집에 간다. the cat and the hat and the bat\n".repeat(3);
        let learn = |symbols| train(symbols, &mut std::iter::once(text.clone()));
        let first = learn(300).unwrap();
        for _ in 0..3 {
            assert_eq!(learn(300).unwrap().to_json(), first.to_json());
        }
        let pieces = first.pieces();
        assert!(
            pieces.len() <= 300 && pieces.iter().all(|piece| !piece.is_empty()) && pieces.iter().any(|piece| piece == b" the"),
            "{}",
            pieces.len()
        );
        for other in ["漢字 \u{1F600}\0\u{FFFD}", " ", "", "<unk> <0x41>", &"한".repeat(500)] {
            let mut ids = Vec::new();
            first.encode(other, &mut ids).unwrap();
            let again: Vec<u8> = ids.iter().flat_map(|&id| pieces[id as usize].clone()).collect();
            assert_eq!(String::from_utf8(again).unwrap(), other);
        }
        for symbols in [1, 256, usize::MAX] {
            assert!(learn(symbols).is_err(), "{symbols}");
        }
        assert!(train(300, &mut std::iter::empty()).is_err());
    }
}
