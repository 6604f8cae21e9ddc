//! A text read by a model that learns from it as it goes: dynamic evaluation (Krause 2018) and a continuous cache (Grave 2017).
//!
//! Every symbol is predicted before it is learned from. The model as it was, the model that learns, and the cache predict beside each other, and each
//! counts by how well it has predicted so far ([`Mixture`]), so that a text that has nothing to teach costs next to nothing.

use std::ops::Range;

use gatewise_kernels::{Cpu, deal, vectorize};

use super::cache::{Cache, SHARPNESS};
use super::config::LanguageConfig;
use super::error::LanguageError;
use super::file::LanguageModel;
use super::ids::Ids;
use super::mixture::Mixture;
use super::score::{Reader, Score, Unlikely, nats};
use crate::layer::recurrent::State;
use crate::loss::Loss;
use crate::model::Model;
use crate::optim::GRAIN;

/// How a model learns from what it reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adaptation {
    /// Length of a step, in units of a weight's usual gradient.
    pub rate: f64,
    /// Share of the way back to the weights as they were that each step goes.
    pub decay: f64,
    /// Symbols that a step learns from.
    pub window: usize,
    /// Symbols that the cache keeps; 0 for none.
    pub cache: usize,
}

/// Symbols of a vocabulary from which a cache is worth its work: below, what was frequent of late is what is always frequent.
const CACHED_SYMBOLS: usize = 512;

impl Adaptation {
    /// The usual for a vocabulary of so many symbols.
    pub fn usual(symbols: usize) -> Self {
        let words = symbols >= CACHED_SYMBOLS;
        Self { rate: 3e-4, decay: 2e-3, window: if words { 20 } else { 40 }, cache: if words { 2000 } else { 0 } }
    }
}

/// Windows over which gradients are gathered before the first step, whose length they settle.
const FIRST_WINDOWS: u64 = 10;

/// Added to the root of a weight's mean squared gradient, as a share of the mean root over all weights: what hardly ever has a gradient moves little.
const EPS: f64 = 1e-2;

/// Weight of the model as it was at the start, against all that learns.
const FIRST_WEIGHT: f64 = 0.5;

/// A model that learns from what it reads.
pub(super) struct Adapting {
    settings: Adaptation,
    model: Model<f32>,
    /// Weights as they were.
    start: Vec<f32>,
    /// Σ g² over the windows so far.
    squares: Vec<f32>,
    windows: u64,
    state: State<f32>,
    loss: Loss,
    d_output: Vec<f32>,
}

impl Adapting {
    pub(super) fn new(model: &Model<f32>, settings: Adaptation) -> Self {
        let start = model.params().values.clone();
        let (squares, state) = (vec![0.0; start.len()], State::zeros(model.config(), 1));
        let loss = LanguageConfig::loss(model.config().outputs);
        Self { settings, model: model.cast(), start, squares, windows: 0, state, loss, d_output: Vec::new() }
    }

    /// The weights as they are now.
    pub(super) fn model(&self) -> &Model<f32> {
        &self.model
    }

    /// Reads the batch of `reader` from the state that the last one left.
    pub(super) fn forward(&mut self, cpu: &Cpu, reader: &Reader<'_>) {
        self.model.trace_from(cpu, &reader.batch, &mut self.state);
    }

    /// Learns from the batch that was read last.
    pub(super) fn learn(&mut self, cpu: &Cpu, reader: &Reader<'_>) {
        let batch = &reader.batch;
        self.d_output.resize(self.model.output().len(), 0.0);
        self.loss.loss(cpu, self.model.output(), &batch.target, None, &mut self.d_output);
        self.model.params_mut().zero_grads();
        self.model.backward(cpu, batch, &self.d_output, None, None);
        self.step(cpu);
    }

    /// w ← w − η g / (√(mean g²) + ε) + λ (w₀ − w).
    fn step(&mut self, cpu: &Cpu) {
        self.windows += 1;
        let params = self.model.params_mut();
        let share = 1.0 / self.windows as f32;
        let roots = deal(cpu, (&mut self.squares[..], &params.grads[..]), GRAIN, |_, (squares, grads)| {
            let mut sum = 0.0_f64;
            for (square, &g) in squares.iter_mut().zip(grads) {
                *square += g * g;
                sum += f64::from((*square * share).sqrt());
            }
            sum
        });
        if self.windows <= FIRST_WINDOWS {
            return;
        }
        let eps = (EPS * roots.iter().sum::<f64>() / self.squares.len() as f64) as f32;
        let (rate, decay) = (self.settings.rate as f32, self.settings.decay as f32);
        let work = ((&mut params.values[..], &params.grads[..]), (&self.squares[..], &self.start[..]));
        deal(cpu, work, GRAIN, |_, ((values, grads), (squares, start))| {
            vectorize(|| {
                for (((value, &g), &square), &start) in values.iter_mut().zip(grads).zip(squares).zip(start) {
                    *value += decay * (start - *value) - rate * g / ((square * share).sqrt() + eps);
                }
            });
        });
    }
}

/// What predicts beside each other: the model as it was, as it has become, and the cache at each sharpness.
const MODELS: usize = 2;

impl LanguageModel {
    /// As [`score`](Self::score), by a model that learns from the text as it reads it, in one piece from its start. The model itself stays as it is.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    ///
    /// # Panics
    /// If `text` lies outside the numbers.
    pub fn score_adaptive(
        &mut self,
        cpu: &Cpu,
        ids: &Ids,
        text: Range<u64>,
        unlikely: usize,
        settings: Adaptation,
    ) -> Result<Score, LanguageError> {
        let mut reader = Reader::new(ids, &text)?;
        let symbols = reader.symbols;
        let width = self.model.config().width();
        let mut adapting = Adapting::new(&self.model, settings);
        let mut cache = (settings.cache > 0).then(|| Cache::new(settings.cache, width));
        let learners = MODELS - 1 + if cache.is_some() { SHARPNESS.len() } else { 0 };
        let mut weights = vec![(1.0 - FIRST_WEIGHT) / learners as f64; learners + 1];
        weights[0] = FIRST_WEIGHT;
        let mut mixture = Mixture::new(weights);
        let mut state = State::zeros(self.model.config(), 1);
        let (mut sum, mut worst, mut at) = (0.0, Unlikely::new(unlikely), 0);
        let mut probabilities = Vec::new();
        while at < symbols {
            let time = (symbols - at).min(settings.window.max(1) as u64);
            reader.fill(0, 1, |_| at, time)?;
            self.model.forward(cpu, &reader.batch, false, Some(&mut state));
            adapting.forward(cpu, &reader);
            let outputs = self.model.config().outputs;
            let (before, now) = (self.model.output().chunks_exact(outputs), adapting.model().output().chunks_exact(outputs));
            let features = adapting.model().features().chunks_exact(width);
            for (row, ((before, now), features)) in before.zip(now).zip(features).enumerate() {
                let symbol = reader.batch.target[row] as u32;
                probabilities.clear();
                probabilities.extend([before, now].map(|logits| (-nats(logits, symbol)).exp()));
                if let Some(cache) = &mut cache {
                    if cache.is_empty() {
                        // Nothing is kept yet, so nothing is said: as the model that learns.
                        probabilities.extend([probabilities[1]; SHARPNESS.len()]);
                    } else {
                        cache.look(features);
                        probabilities.extend(cache.probabilities(symbol));
                    }
                    cache.push(features, symbol);
                }
                let nats = -mixture.learn(&probabilities).max(f64::MIN_POSITIVE).ln();
                sum += nats;
                worst.see(at + row as u64 + 1, symbol, nats);
            }
            adapting.learn(cpu, &reader);
            at += time;
        }
        Ok(Score { symbols, nats: sum / symbols as f64, unlikely: worst.sorted() })
    }
}
