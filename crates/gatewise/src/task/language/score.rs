//! How probable a text is.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use gatewise_kernels::Cpu;

use super::adapt::Adaptation;
use super::error::LanguageError;
use super::file::LanguageModel;
use super::ids::Ids;
use crate::batch::Batch;
use crate::layer::recurrent::State;

/// Parts of a long text that are read side by side.
const PARTS: u64 = 16;
/// Symbols before each part, read to bring the state up to date.
const CONTEXT: u64 = 1024;
/// Texts up to here are read in one piece.
const SHORT: u64 = PARTS * CONTEXT;
/// Symbols of a part read at once.
const WINDOW: u64 = 128;
/// Outputs of a window at most, 64 MiB of them: of a large vocabulary fewer symbols are read at once.
const MOST_OUTPUTS: usize = 1 << 24;

/// A symbol and how unexpected it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surprise {
    /// Number of the symbol in the text, from 0.
    pub position: u64,
    /// Its number in the vocabulary.
    pub symbol: u32,
    /// −ln of its probability after what stands before it.
    pub nats: f64,
}

/// What a model thinks of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Symbols predicted: all but the first.
    pub symbols: u64,
    /// Mean of −ln p over them.
    pub nats: f64,
    /// The least likely symbols, the unlikeliest first.
    pub unlikely: Vec<Surprise>,
}

impl Score {
    /// e to the nats of a symbol: as if that many were equally likely.
    pub fn perplexity(&self) -> f64 {
        self.nats.exp()
    }
}

/// Surprises in the order of their nats.
#[derive(PartialEq)]
struct ByNats(Surprise);

impl Eq for ByNats {}

impl PartialOrd for ByNats {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByNats {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.nats.total_cmp(&other.0.nats).then(other.0.position.cmp(&self.0.position))
    }
}

/// The least likely symbols of a text so far.
struct Unlikely {
    most: usize,
    worst: BinaryHeap<Reverse<ByNats>>,
}

impl Unlikely {
    /// At most so many.
    fn new(most: usize) -> Self {
        Self { most, worst: BinaryHeap::new() }
    }

    /// Sees a symbol, and keeps it if it is among the least likely.
    fn see(&mut self, surprise: Surprise) {
        let surprise = ByNats(surprise);
        if self.worst.len() < self.most {
            self.worst.push(Reverse(surprise));
        } else if self.worst.peek().is_some_and(|Reverse(least)| surprise > *least) {
            self.worst.pop();
            self.worst.push(Reverse(surprise));
        }
    }

    /// The unlikeliest first.
    fn sorted(self) -> Vec<Surprise> {
        self.worst.into_sorted_vec().into_iter().map(|Reverse(ByNats(surprise))| surprise).collect()
    }
}

impl LanguageModel {
    /// Reads a text and sums up how well each symbol was foreseen; the `unlikely` worst are listed.
    ///
    /// These are the nats of the model's own symbols. What else a text costs, so that models of different vocabularies can be compared, stands in
    /// [`EncodedText::counted`](super::EncodedText), with what the sum is shared out among:
    ///
    /// - a word or token that the vocabulary lacks is spelled behind its `<unk>`: characters and an end mark, each 1 of C + 2 for the C characters
    ///   in the vocabulary, the one more an escape to 1 of the 1 112 064 characters of Unicode;
    /// - the text `<unk>`, where symbols are tokens, pays for the symbol alone;
    /// - a character or letter that the vocabulary lacks costs an escape and 1 of 1 112 064; how often there is an escape is learned as the text
    ///   goes, (u + a) / (t + 1) after u of t, with a = 1 / 1 112 064.
    ///
    /// With it every model is a distribution over all texts. Nothing of it is part of [`Score::nats`] or of the loss in training.
    ///
    /// A text of more than 16384 symbols is read in sixteen parts side by side; the state of each is first brought up to date with the
    /// 1024 symbols before it, so that only what the network remembers from further back is missing.
    ///
    /// # Errors
    /// A text of fewer than two symbols, or numbers that cannot be read any more.
    ///
    /// # Panics
    /// If `text` lies outside the numbers.
    pub fn score(&mut self, cpu: &Cpu, ids: &Ids, text: Range<u64>, unlikely: usize) -> Result<Score, LanguageError> {
        self.sum_up(cpu, ids, text, unlikely, None)
    }

    /// As [`score`](Self::score), by the model as it is or by one that learns from the text as it reads it.
    pub(super) fn sum_up(
        &mut self,
        cpu: &Cpu,
        ids: &Ids,
        text: Range<u64>,
        unlikely: usize,
        adaptation: Option<Adaptation>,
    ) -> Result<Score, LanguageError> {
        let symbols = (text.end - text.start).saturating_sub(1);
        let (mut sum, mut worst) = (0.0, Unlikely::new(unlikely));
        self.surprises(cpu, ids, text, adaptation, &mut |surprise| {
            sum += surprise.nats;
            worst.see(surprise);
        })?;
        Ok(Score { symbols, nats: sum / symbols as f64, unlikely: worst.sorted() })
    }

    /// How unexpected every symbol of a text is but the first, by the model as it is or by one that learns from the text as it reads it. What `each` is
    /// told of a text of more than 16384 symbols comes from sixteen parts in turn.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    ///
    /// # Panics
    /// If `text` lies outside the numbers.
    pub fn surprises(
        &mut self,
        cpu: &Cpu,
        ids: &Ids,
        text: Range<u64>,
        adaptation: Option<Adaptation>,
        each: &mut dyn FnMut(Surprise),
    ) -> Result<(), LanguageError> {
        if let Some(settings) = adaptation {
            return self.learn(cpu, ids, text, settings, each).map(drop);
        }
        let mut reader = Reader::new(ids, &text)?;
        let symbols = reader.symbols;
        let parts = if symbols <= SHORT { 1 } else { PARTS };
        let length = symbols.div_ceil(parts);
        reader.length = length;
        let mut state = self.warm(cpu, &mut reader, parts)?;
        let window = (MOST_OUTPUTS / (parts as usize * self.model.config().outputs)).clamp(1, WINDOW as usize) as u64;
        let mut at = 0;
        while at < length {
            let time = (length - at).min(window);
            reader.fill(0, parts, |part| part * length + at, time)?;
            let output = self.model.forward(cpu, &reader.batch, false, Some(&mut state));
            for (row, logits) in output.chunks_exact(output.len() / reader.batch.layout.rows()).enumerate() {
                let position = (row as u64 % parts) * length + at + row as u64 / parts;
                if position >= symbols {
                    continue;
                }
                let symbol = reader.batch.target[row] as u32;
                each(Surprise { position: position + 1, symbol, nats: nats(logits, symbol) });
            }
            at += time;
        }
        Ok(())
    }

    /// The state at the start of each part.
    fn warm(&mut self, cpu: &Cpu, reader: &mut Reader<'_>, parts: u64) -> Result<State<f32>, LanguageError> {
        let config = self.model.config().clone();
        let mut all = State::zeros(&config, parts as usize);
        if parts == 1 {
            return Ok(all);
        }
        let later = parts - 1;
        let mut state = State::zeros(&config, later as usize);
        let length = reader.length;
        let mut at = 0;
        while at < CONTEXT {
            let time = (CONTEXT - at).min(WINDOW);
            reader.fill(1, later, |part| part * length - CONTEXT + at, time)?;
            self.model.forward(cpu, &reader.batch, false, Some(&mut state));
            at += time;
        }
        for (to, from) in [(&mut all.h, &state.h), (&mut all.c, &state.c)] {
            let blocks = to.chunks_exact_mut(parts as usize * config.hidden).zip(from.chunks_exact(later as usize * config.hidden));
            blocks.for_each(|(to, from)| to[config.hidden..].copy_from_slice(from));
        }
        Ok(all)
    }
}

/// −ln of the softmax's share of `symbol`.
pub(super) fn nats(logits: &[f32], symbol: u32) -> f64 {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f64 = logits.iter().map(|&x| f64::from((x - top).exp())).sum();
    total.ln() - f64::from(logits[symbol as usize] - top)
}

/// Fills batches from a text.
pub(super) struct Reader<'a> {
    ids: &'a Ids,
    /// First symbol of the text.
    first: u64,
    /// Symbols predicted: all but the first.
    pub(super) symbols: u64,
    /// Symbols of a part.
    length: u64,
    pub(super) batch: Batch<f32>,
    read: Vec<u32>,
}

impl<'a> Reader<'a> {
    /// Of a text in one part.
    ///
    /// # Errors
    /// A text of fewer than two symbols.
    pub(super) fn new(ids: &'a Ids, text: &Range<u64>) -> Result<Self, LanguageError> {
        assert!(text.end <= ids.len(), "symbols {text:?} of {}", ids.len());
        let found = text.end.saturating_sub(text.start);
        match found.saturating_sub(1) {
            0 => Err(LanguageError::TooShort { found, needed: 2 }),
            symbols => Ok(Self { ids, first: text.start, symbols, length: symbols, batch: Batch::default(), read: Vec::new() }),
        }
    }

    /// `time` symbols of `count` parts from part `first` on, with those that follow as targets; behind the text's end stands symbol 0.
    pub(super) fn fill(&mut self, first: u64, count: u64, start: impl Fn(u64) -> u64, time: u64) -> Result<(), LanguageError> {
        self.batch.set_full(count as usize, time as usize, 0);
        let rows = self.batch.layout.rows();
        self.batch.symbols.resize(rows, 0);
        self.batch.target.resize(rows, 0.0);
        for place in 0..count {
            let start = start(first + place);
            let held = (self.symbols + 1).saturating_sub(start).min(time + 1) as usize;
            self.read.clear();
            self.read.resize(time as usize + 1, 0);
            self.ids.read(self.first + start.min(self.symbols), &mut self.read[..held])?;
            for t in 0..time as usize {
                let row = self.batch.layout.row(t, place as usize);
                self.batch.symbols[row] = self.read[t];
                self.batch.target[row] = self.read[t + 1] as f32;
            }
        }
        Ok(())
    }
}
