//! The memory problem: name the language of a country that stood at the start of the sentence.

use gatewise_kernels::{Cell, Cpu};
use serde::Serialize;

use super::train::{Problem, Score};
use super::words::{Language, Sentences};
use crate::batch::Batch;
use crate::loss::Loss;
use crate::model::{EmbeddingConfig, Model, ModelConfig};
use crate::rng::Rng;

/// Width of a word's vector.
const EMBEDDING: usize = 16;

/// Sentences over a vocabulary; the network reads them word by word and writes the one that follows.
#[derive(Clone, Debug)]
pub struct Memory {
    sentences: Sentences,
}

/// A sentence that a network went on with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Completion {
    /// What it read.
    pub text: String,
    /// The word it wrote.
    pub written: String,
    /// The probability it gave that word.
    pub probability: f64,
    /// The word that is right.
    pub right: String,
    /// What follows in the sentence.
    pub ending: String,
}

impl Memory {
    /// Sentences of a language.
    pub fn new(language: Language) -> Self {
        Self { sentences: Sentences::new(language) }
    }

    /// The generator.
    pub fn sentences(&self) -> &Sentences {
        &self.sentences
    }

    /// The accuracy of a guess among the languages.
    pub fn chance(&self) -> f64 {
        1.0 / self.sentences.countries() as f64
    }

    /// Sentences of given gaps, the countries in turn from a random one, so that a batch holds each as often as the others.
    fn fill(&self, rng: &mut Rng, gaps: &[usize], batch: &mut Batch<f32>) {
        let lengths: Vec<usize> = gaps.iter().map(|gap| self.sentences.fixed_words() + gap).collect();
        batch.set_ragged(&lengths, 0);
        batch.symbols.resize(batch.layout.rows(), 0);
        batch.target.resize(gaps.len(), 0.0);
        let first = rng.below(self.sentences.countries());
        for (item, &gap) in gaps.iter().enumerate() {
            let country = (first + item) % self.sentences.countries();
            let (text, answer) = self.sentences.sentence(rng, country, gap);
            let place = batch.place(item);
            for (t, word) in text.into_iter().enumerate() {
                batch.symbols[batch.layout.row(t, place)] = word;
            }
            batch.target[place] = answer as f32;
        }
    }

    /// Lets a network end one sentence of the given gap; its country is drawn from the seed.
    pub fn complete(&self, cpu: &Cpu, model: &mut Model<f32>, gap: usize, seed: u64) -> Completion {
        let mut rng = Rng::new(seed, COMPLETION_STREAM);
        let country = rng.below(self.sentences.countries());
        let (text, answer) = self.sentences.sentence(&mut rng, country, gap);
        let mut batch = Batch::default();
        batch.set_full(1, text.len(), 0);
        batch.symbols.extend_from_slice(&text);
        let output = model.forward(cpu, &batch, false, None);
        let mut probabilities = vec![0.0; output.len()];
        self.loss().probabilities(output, &mut probabilities);
        let mut best = [0.0];
        self.loss().point(output, &mut best);
        let word = |number: u32| self.sentences.words()[number as usize].to_string();
        let spoken: Vec<&str> = text.iter().map(|&w| self.sentences.words()[w as usize]).collect();
        Completion {
            text: spoken.join(" "),
            written: word(best[0] as u32),
            probability: f64::from(probabilities[best[0] as usize]),
            right: word(answer),
            ending: self.sentences.ending().join(" "),
        }
    }
}

/// Stream of a seed that the shown sentence is drawn from.
const COMPLETION_STREAM: u64 = 1 << 35;

impl Problem for Memory {
    fn network(&self, hidden: usize) -> ModelConfig {
        let symbols = self.sentences.words().len();
        ModelConfig { embedding: Some(EmbeddingConfig { symbols, width: EMBEDDING }), ..ModelConfig::new(Cell::Lstm, 0, hidden, symbols) }
    }

    fn loss(&self) -> Loss {
        Loss::CrossEntropy { classes: self.sentences.words().len(), weights: Vec::new(), label_smoothing: 0.0 }
    }

    /// Every second gap is drawn evenly from 1 to `reach`, the others evenly on a logarithmic scale: short ones are never forgotten over long ones.
    fn draw(&self, rng: &mut Rng, reach: usize, count: usize, batch: &mut Batch<f32>) {
        let reach = reach.max(1);
        let even = |rng: &mut Rng| 1 + rng.below(reach);
        let short = |rng: &mut Rng| ((reach as f64).powf(rng.unit()) as usize).clamp(1, reach);
        let gaps: Vec<usize> = (0..count).map(|k| if k % 2 == 0 { even(rng) } else { short(rng) }).collect();
        self.fill(rng, &gaps, batch);
    }

    fn draw_exactly(&self, rng: &mut Rng, distance: usize, count: usize, batch: &mut Batch<f32>) {
        self.fill(rng, &vec![distance; count], batch);
    }

    fn score(&self, output: &[f32], batch: &Batch<f32>) -> Score {
        let words = self.sentences.words().len();
        let mut probabilities = vec![0.0; output.len()];
        self.loss().probabilities(output, &mut probabilities);
        let mut best = vec![0.0; batch.len()];
        self.loss().point(output, &mut best);
        let count = batch.len().max(1) as f64;
        let right = best.iter().zip(&batch.target).filter(|(best, target)| best == target).count();
        let given = probabilities.chunks_exact(words).zip(&batch.target).map(|(row, &target)| f64::from(row[target as usize]));
        Score::Choice { accuracy: right as f64 / count, probability: given.sum::<f64>() / count }
    }
}
