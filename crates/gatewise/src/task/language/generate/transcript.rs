//! From drawn symbols to the text that people read.

use super::stop::Stop;
use crate::task::language::vocabulary::{Decoder, Vocabulary};

/// The text of one completion as its symbols come: the one place where symbols become text.
#[derive(Clone, Debug)]
pub struct Transcript<'v> {
    decoder: Decoder<'v>,
    stop: Stop,
    bytes: Vec<u8>,
    text: String,
}

impl<'v> Transcript<'v> {
    /// Of symbols of a vocabulary, which spells the words to stop at as it spells every text, behind the text `before`.
    pub fn new(vocabulary: &'v Vocabulary, before: &str, words: &[String]) -> Self {
        let words: Vec<String> = words.iter().map(|word| vocabulary.normal().apply(word).into_owned()).collect();
        Self { decoder: Decoder::new(vocabulary, before), stop: Stop::new(&words), bytes: Vec::new(), text: String::new() }
    }

    /// With bytes that [`end`](Self::end) gave back: of a character that was begun, or of what parts it from the next.
    #[must_use]
    pub fn with_begun(mut self, bytes: Vec<u8>) -> Self {
        let begun = if bytes.is_empty() { bytes } else { self.decoder.go_on(bytes) };
        Self { stop: self.stop.with_begun(begun), ..self }
    }

    /// Adds what a symbol stands for; true where a word was met, which ends the text.
    ///
    /// # Panics
    /// If the vocabulary has no such symbol.
    pub fn push(&mut self, symbol: u32) -> bool {
        self.bytes.clear();
        self.decoder.push(symbol, &mut self.bytes);
        self.stop.push(&self.bytes, &mut self.text)
    }

    /// What can be said so far: whole characters, and nothing of what may become a word to stop at.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All of it.
    pub fn into_text(self) -> String {
        self.text
    }

    /// The number of the word that was met.
    pub fn met(&self) -> Option<usize> {
        self.stop.met()
    }

    /// Adds the rest, where the text ends without a word. What may still grow is given back: bytes that begin a character, a syllable that may get
    /// a final letter, the space that the next token is due.
    pub fn end(&mut self) -> Vec<u8> {
        if self.met().is_some() {
            return Vec::new();
        }
        let unfinished = self.stop.take_unfinished();
        self.stop.flush(&mut self.text);
        [unfinished, self.decoder.take_begun()].concat()
    }
}
