//! Language models that count: what a network must foresee better than.
//!
//! [`KneserNey`] is the strongest model of plain n-grams (Chen and Goodman 1998), [`Ppm`] the one that compressors of text are made of. Both take the
//! symbols of any vocabulary as numbers, sum to one behind every context, and depend on nothing but the symbols in their order.

mod discount;
mod kneser_ney;
mod part;
mod ppm;
#[cfg(test)]
mod reference;
mod table;

use gatewise_memory::Budget;

pub use kneser_ney::{GramHistory, KneserNey, MOST_ORDER};
pub use ppm::Ppm;

/// Vocabularies up to here are of few symbols, as bytes, letters and jamo: long n-grams of them come again.
const FEW: usize = 512;

/// Vocabularies up to here are of characters, as Korean syllables. Those of words are larger, and a longer context hardly comes twice.
pub(super) const CHARACTERS: usize = 4096;

/// Symbols of the longest n-gram of a vocabulary of characters, and of words as the literature counts them.
const ORDER_OF_CHARACTERS: usize = 6;
const ORDER_OF_WORDS: usize = 5;

/// N-grams kept at most, of all lengths: with what belongs to them two thirds of a gigabyte.
const MOST_KEPT: u64 = 1 << 24;

/// Share of the memory that may be asked for which counting takes at most: one part in so many.
const MEMORY_PARTS: u64 = 4;

/// Symbols of the longest n-grams that pay, by the size of the vocabulary: beyond them the counts of held-back text gain nothing or next to nothing.
fn order_of(symbols: usize) -> usize {
    match symbols {
        few if few <= FEW => MOST_ORDER,
        characters if characters <= CHARACTERS => ORDER_OF_CHARACTERS,
        _ => ORDER_OF_WORDS,
    }
}

/// How many things of so many bytes may be kept.
fn room(bytes: u64) -> usize {
    MOST_KEPT.min(Budget::current().limit() / MEMORY_PARTS / bytes) as usize
}
