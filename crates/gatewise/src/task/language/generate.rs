//! Writing, symbol by symbol.

mod graphemes;
mod saved;
mod search;
mod stop;
mod telling;
mod texts;
mod transcript;

use std::borrow::Cow;
use std::collections::BTreeMap;

use gatewise_data::Interrupt;
use gatewise_kernels::Cpu;

pub use graphemes::Graphemes;
pub use search::Beams;
pub use stop::Stop;
pub use telling::Telling;
use texts::Texts;
pub use transcript::Transcript;

use super::adapt::Recollection;
use super::error::LanguageError;
use super::sample::{Sampler, Sampling};
use super::vocabulary::{Unit, Vocabulary};
use crate::model::Model;

/// A model at work. A warm [`draw`](Self::draw) allocates nothing.
#[derive(Debug)]
pub struct Generator<'m> {
    vocabulary: &'m Vocabulary,
    texts: Texts<'m>,
    sampler: Sampler,
    /// Bytes of a character that the text written so far ends inside of.
    begun: Vec<u8>,
    /// The text before what is written.
    before: String,
    interrupt: Interrupt,
}

/// Where texts end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ends {
    /// Symbols after which a text ends at the latest.
    pub length: usize,
    /// A text ends before the first of these.
    pub stop: Vec<String>,
}

impl Completion {
    /// Bytes behind the text as they are shown. The space that the next token is due is none of the text's.
    pub fn rest(&self, unit: Unit) -> Cow<'_, str> {
        if unit == Unit::Token { Cow::Borrowed("") } else { String::from_utf8_lossy(&self.unfinished) }
    }
}

/// Why a text ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has as many symbols as were asked for.
    Length,
    /// It would go on with this string.
    Stop(String),
}

/// A text that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// What was written, without the prompt and without the string that it ended before.
    pub text: String,
    /// Bytes behind it that begin a character and do not end it, where symbols are parts of characters.
    pub unfinished: Vec<u8>,
    /// Symbols that were written, those of the string that it ended before too.
    pub symbols: usize,
    /// Why it ended.
    pub reason: Reason,
    /// How probable the symbols are, of a text that was [searched for](Generator::search).
    pub found: Option<Found>,
}

/// How a text that was searched for stands beside others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Sum of the logarithms of the probabilities of its symbols, in nats.
    pub log_probability: f64,
    /// That sum by its [length](Beams::length_penalty), which the texts are held against each other by.
    pub score: f64,
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
        let sampler = Sampler::new(sampling, seed, vocabulary.rare(), cpu.isa())?;
        Ok(Self {
            vocabulary,
            texts: Texts::new(model, cpu),
            sampler,
            begun: Vec::new(),
            before: String::new(),
            interrupt: Interrupt::default(),
        })
    }

    /// Ends what writes several texts, or looks for one, with an error where `interrupt` says so.
    pub fn interrupt_by(&mut self, interrupt: Interrupt) {
        self.interrupt = interrupt;
    }

    /// Reads symbols, as a prompt.
    pub fn read(&mut self, symbols: &[u32]) {
        // A prompt of its own leaves no way to end a character that was begun.
        if !symbols.is_empty() {
            self.begun.clear();
        }
        self.texts.read(symbols);
        symbols.iter().for_each(|&symbol| self.hear(0, symbol));
    }

    /// Remembers a text that the model has [learned from](super::LanguageModel::adapt), in all that is read and written from here on.
    pub fn recall(&mut self, recollection: Recollection) {
        self.texts.recall(recollection);
    }

    /// Notes the text that stands before what is written, which settles whether a token is due a space.
    pub fn behind(&mut self, text: &str) {
        self.before = text.to_owned();
    }

    /// Whether any symbol was read; before that nothing can be drawn.
    pub fn has_begun(&self) -> bool {
        self.texts.has_begun()
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

    /// Reads the [`beginning`](Self::beginning) where nothing was read yet.
    fn begin(&mut self) {
        if !self.has_begun() {
            self.read(&[self.beginning()]);
        }
    }

    /// Draws the next symbol and reads it.
    ///
    /// # Panics
    /// If nothing was read before, see [`has_begun`](Self::has_begun).
    pub fn draw(&mut self) -> u32 {
        let symbol = self.choose(0, 0);
        self.texts.step(&[symbol]);
        self.hear(0, symbol);
        symbol
    }

    /// The next symbol of a text, by the outputs in its row: the one place where outputs become a symbol that is drawn.
    fn choose(&mut self, row: usize, text: usize) -> u32 {
        self.sampler.draw_for(text, self.texts.logits(row))
    }

    /// Enters a symbol of a text, read or drawn: the one place that every symbol passes.
    fn hear(&mut self, text: usize, symbol: u32) {
        self.sampler.note_for(text, symbol);
    }

    /// Writes a text, which `on_piece` is told in whole [graphemes](Graphemes), as they are made: first what it begins with, `before`, whose last
    /// grapheme may go on in what is written. What `on_piece` returns as an error ends the writing. Afterwards the generator stands behind the
    /// last symbol, and can go on or be [saved](Self::save).
    ///
    /// # Errors
    /// Those of `on_piece`.
    pub fn write<E>(&mut self, ends: &Ends, before: &str, on_piece: &mut dyn FnMut(&str) -> Result<(), E>) -> Result<Completion, E> {
        let mut telling = Telling::new(self, ends, before);
        while let Some(piece) = telling.advance(self) {
            on_piece(piece)?;
        }
        let (completion, rest) = telling.finish(self);
        on_piece(&rest)?;
        Ok(completion)
    }

    /// Writes `count` texts at once, which the network reads side by side: one product over its weights is a step of all. Text k has the k-th
    /// stream of the seed's random numbers, so that it is the same whatever the count, and the first is that of [`write`](Self::write). A text
    /// that ends leaves the others, which go on. Afterwards the generator stands where it stood.
    ///
    /// # Errors
    /// More texts than memory allows, and an interrupt.
    pub fn write_several(&mut self, count: usize, ends: &Ends) -> Result<Vec<Completion>, LanguageError> {
        self.begin();
        self.texts.hold("count", count)?;
        let stood = (self.texts.stand().clone(), self.sampler.recent().collect::<Vec<_>>());
        self.sampler.fork(count);
        self.texts.fork(count);
        let transcript = Transcript::new(self.vocabulary, &self.before, &ends.stop).with_begun(self.begun.clone());
        let mut written = vec![(transcript, 0); count];
        // The number of the text in each row of the batch.
        let mut rows: Vec<usize> = (0..count).collect();
        let (mut stay, mut symbols) = (Vec::new(), Vec::new());
        for _ in 0..ends.length {
            self.interrupt.check().map_err(|_| LanguageError::Interrupted)?;
            stay.clear();
            symbols.clear();
            for (row, &text) in rows.iter().enumerate() {
                let symbol = self.choose(row, text);
                let (transcript, drawn) = &mut written[text];
                *drawn += 1;
                if !transcript.push(symbol) && *drawn < ends.length {
                    stay.push(row);
                    symbols.push(symbol);
                    self.hear(text, symbol);
                }
            }
            if stay.is_empty() {
                break;
            }
            if stay.len() < rows.len() {
                self.texts.gather(&stay);
                rows = stay.iter().map(|&row| rows[row]).collect();
            }
            self.texts.step(&symbols);
        }
        *self.texts.stand() = stood.0;
        self.sampler.remember(stood.1);
        Ok(written.into_iter().map(|(transcript, symbols)| ended(transcript, symbols, ends)).collect())
    }
}

/// A text at its end.
fn ended(mut transcript: Transcript<'_>, symbols: usize, ends: &Ends) -> Completion {
    let reason = transcript.met().map_or(Reason::Length, |number| Reason::Stop(ends.stop[number].clone()));
    let unfinished = transcript.end();
    Completion { text: transcript.into_text(), unfinished, symbols, reason, found: None }
}
