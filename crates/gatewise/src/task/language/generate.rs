//! Writing, symbol by symbol.

use std::collections::BTreeMap;
use std::path::Path;

use gatewise_kernels::Cpu;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::error::LanguageError;
use super::sample::{Sampler, Sampling};
use super::vocabulary::Vocabulary;
use crate::batch::Batch;
use crate::error::FormatError;
use crate::format::{Contents, Tensor, encode, read, write_atomic};
use crate::layer::recurrent::State;
use crate::model::Model;
use crate::rng::{Rng, RngState};

/// What the kind of a state's file is called.
const KIND: &str = "state";

/// Symbols of a prompt that are read at once.
const PROMPT_WINDOW: usize = 256;

/// A model at work. A warm [`draw`](Self::draw) allocates nothing.
#[derive(Debug)]
pub struct Generator<'m> {
    model: &'m mut Model<f32>,
    vocabulary: &'m Vocabulary,
    cpu: &'m Cpu,
    state: State<f32>,
    /// Outputs after the last symbol; empty before the first.
    logits: Vec<f32>,
    sampler: Sampler,
    batch: Batch<f32>,
    /// Bytes of a character that the text written so far ends inside of.
    begun: Vec<u8>,
}

/// The metadata's key `state`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    rng: RngState,
    recent: Vec<u32>,
    symbols: usize,
    /// Absent where the text ended with a whole character.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    begun: Vec<u8>,
}

impl<'m> Generator<'m> {
    /// Starts at the zero state. The network is one over this vocabulary, as that of a [`LanguageModel`](super::LanguageModel).
    ///
    /// # Errors
    /// As [`Sampling::check`].
    pub fn new(
        model: &'m mut Model<f32>,
        vocabulary: &'m Vocabulary,
        cpu: &'m Cpu,
        sampling: Sampling,
        seed: u64,
    ) -> Result<Self, LanguageError> {
        let sampler = Sampler::new(sampling, seed, vocabulary.rare())?;
        let state = State::zeros(model.config(), 1);
        Ok(Self { model, vocabulary, cpu, state, logits: Vec::new(), sampler, batch: Batch::default(), begun: Vec::new() })
    }

    /// Reads symbols, as a prompt.
    pub fn read(&mut self, symbols: &[u32]) {
        for part in symbols.chunks(PROMPT_WINDOW) {
            self.batch.set_full(1, part.len(), 0);
            self.batch.symbols.extend_from_slice(part);
            let output = self.model.forward(self.cpu, &self.batch, false, Some(&mut self.state));
            let width = output.len() / part.len();
            self.logits.clear();
            self.logits.extend_from_slice(&output[output.len() - width..]);
            part.iter().for_each(|&symbol| self.sampler.note(symbol));
        }
    }

    /// Whether any symbol was read; before that nothing can be drawn.
    pub fn has_begun(&self) -> bool {
        !self.logits.is_empty()
    }

    /// The symbol that a text without a prompt begins after: a line's end where the model knows one, else a space, else its first symbol.
    pub fn beginning(&self) -> u32 {
        let (mut ids, mut unknown) = (Vec::new(), BTreeMap::new());
        let known = ["\n", " "].into_iter().find_map(|text| {
            ids.clear();
            let encoded = self.vocabulary.encode(text, &mut ids, &mut unknown);
            ids.first().copied().filter(|&id| encoded.is_ok() && Some(id) != self.vocabulary.rare())
        });
        known.unwrap_or_default()
    }

    /// Bytes of a character that the text ended inside of when its state was saved; they are taken, and belong before what is written next.
    pub fn take_begun(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.begun)
    }

    /// Keeps bytes of a character that the text ends inside of for [`save`](Self::save).
    pub fn keep_begun(&mut self, bytes: Vec<u8>) {
        self.begun = bytes;
    }

    /// Draws the next symbol and reads it.
    ///
    /// # Panics
    /// If nothing was read before, see [`has_begun`](Self::has_begun).
    pub fn draw(&mut self) -> u32 {
        let symbol = self.sampler.draw(&self.logits);
        self.read(&[symbol]);
        symbol
    }

    /// Writes where the text stands: state, last outputs, random numbers, and what the repetition penalty remembers.
    ///
    /// # Errors
    /// What the file system says, with the path.
    pub fn save(&mut self, path: &Path) -> Result<(), FormatError> {
        let recent = self.sampler.recent().collect();
        let saved = Saved { rng: self.sampler.rng().state(), recent, symbols: self.vocabulary.len(), begun: self.begun.clone() };
        let saved = serde_json::to_value(saved).expect("numbers are JSON");
        let flat = |values: &[f32]| Tensor { shape: vec![values.len()], values: values.to_vec() };
        let tensors = [("h", flat(&self.state.h)), ("c", flat(&self.state.c)), ("logits", flat(&self.logits))];
        let tensors = tensors.into_iter().map(|(name, tensor)| (name.to_owned(), tensor)).collect();
        let meta = Map::from_iter([("state".to_owned(), saved)]);
        write_atomic(path, &encode(&Contents { kind: KIND.into(), meta, tensors }))
    }

    /// Goes on where [`save`](Self::save) left off. With `keep_rng` the random numbers go on too, so that two parts are the same as one whole.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or belongs to another model.
    pub fn resume(&mut self, path: &Path, keep_rng: bool) -> Result<(), FormatError> {
        let contents = read(path)?;
        contents.expect(path, KIND, "give a file that `gatewise generate ⦃save-state⦄` wrote")?;
        let saved: Saved = contents.field(path, "state")?;
        let symbols = self.vocabulary.len();
        if saved.symbols != symbols || saved.recent.iter().any(|&id| id as usize >= symbols) {
            let reason = format!("it was saved by a model of {} symbols, this one has {symbols}", saved.symbols);
            return Err(FormatError::Metadata { path: path.to_owned(), reason });
        }
        let logits = if contents.values(path, "logits")?.is_empty() { 0 } else { symbols };
        for (name, length) in [("h", self.state.h.len()), ("c", self.state.c.len()), ("logits", logits)] {
            let values = contents.values(path, name)?;
            if values.len() != length || values.iter().any(|v| !v.is_finite()) {
                let reason = format!("it has {} values, this model needs {length} finite ones", values.len());
                return Err(FormatError::Tensor { path: path.to_owned(), name: name.to_owned(), reason });
            }
        }
        self.state.h.copy_from_slice(contents.values(path, "h")?);
        self.state.c.copy_from_slice(contents.values(path, "c")?);
        self.logits = contents.values(path, "logits")?.to_vec();
        self.begun = saved.begun;
        saved.recent.iter().for_each(|&symbol| self.sampler.note(symbol));
        if keep_rng {
            *self.sampler.rng() = Rng::from_state(saved.rng);
        }
        Ok(())
    }
}

/// Ends a text at the first of some words, which are not part of it any more, and hands out whole characters only.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    words: Vec<Vec<u8>>,
    /// What may still become one of the words, or a character.
    held: Vec<u8>,
}

impl Stop {
    /// Words to stop at; empty ones do not count.
    pub fn new(words: &[String]) -> Self {
        let words = words.iter().filter(|w| !w.is_empty()).map(|w| w.clone().into_bytes()).collect();
        Self { words, held: Vec::new() }
    }

    /// With bytes of a character that was begun before.
    #[must_use]
    pub fn with_begun(mut self, bytes: Vec<u8>) -> Self {
        self.held = bytes;
        self
    }

    /// Takes the bytes at the end that begin a character and do not end it.
    pub fn take_unfinished(&mut self) -> Vec<u8> {
        let whole = self.held.len() - unfinished(&self.held);
        self.held.split_off(whole)
    }

    /// Adds bytes. What can be said of them goes to `out`; true where a word was met.
    pub fn push(&mut self, bytes: &[u8], out: &mut String) -> bool {
        self.held.extend_from_slice(bytes);
        let met = self.words.iter().filter_map(|word| find(&self.held, word)).min();
        if let Some(at) = met {
            self.held.truncate(at);
            self.flush(out);
            return true;
        }
        let pending = self.words.iter().map(|word| overlap(&self.held, word)).max().unwrap_or(0);
        let free = self.held.len() - pending;
        let whole = free - unfinished(&self.held[..free]);
        out.push_str(&String::from_utf8_lossy(&self.held[..whole]));
        self.held.drain(..whole);
        false
    }

    /// The rest, where the text ends without one of the words.
    pub fn flush(&mut self, out: &mut String) {
        out.push_str(&String::from_utf8_lossy(&self.held));
        self.held.clear();
    }
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|part| part == word)
}

/// Bytes at the text's end that a word begins with.
fn overlap(text: &[u8], word: &[u8]) -> usize {
    (1..word.len().min(text.len() + 1)).rev().find(|&n| text.ends_with(&word[..n])).unwrap_or(0)
}

/// Bytes at the end that begin a character of UTF-8 and do not end it.
fn unfinished(bytes: &[u8]) -> usize {
    let Some(back) = (1..=bytes.len().min(3)).find(|&n| bytes[bytes.len() - n] >= 0xC0) else { return 0 };
    let needed = match bytes[bytes.len() - back] {
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    };
    if back < needed { back } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stops_at_a_word_and_in_whole_characters() {
        let text = "나는 a\n\n끝".as_bytes();
        for (words, expected, stopped) in [
            (vec![], "나는 a\n\n끝", false),
            (vec!["\n\n"], "나는 a", true),
            (vec!["끝", "a\n"], "나는 ", true),
            (vec!["없다"], "나는 a\n\n끝", false),
        ] {
            let words: Vec<String> = words.into_iter().map(String::from).collect();
            let (mut stop, mut out) = (Stop::new(&words), String::new());
            let met = text.iter().any(|&byte| stop.push(&[byte], &mut out));
            if !met {
                stop.flush(&mut out);
            }
            assert_eq!((out.as_str(), met), (expected, stopped), "{words:?}");
        }
    }

    #[test]
    fn a_character_goes_on_where_it_was_cut() {
        let text = "나는".as_bytes();
        for cut in 1..text.len() {
            let (mut stop, mut out) = (Stop::default(), String::new());
            stop.push(&text[..cut], &mut out);
            let begun = stop.take_unfinished();
            stop.flush(&mut out);
            let mut stop = Stop::default().with_begun(begun);
            stop.push(&text[cut..], &mut out);
            stop.flush(&mut out);
            assert_eq!(out, "나는", "cut at {cut}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_show_as_such() {
        let (mut stop, mut out) = (Stop::default(), String::new());
        stop.push(&[b'a', 0xFF, 0xEB], &mut out);
        stop.push(b"b", &mut out);
        stop.flush(&mut out);
        assert_eq!(out, "a\u{FFFD}\u{FFFD}b");
    }
}
