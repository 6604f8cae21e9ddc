//! A text read by a model that learns from it as it goes: dynamic evaluation (Krause 2018) and a continuous cache (Grave 2017).
//!
//! Every symbol is predicted before it is learned from. The model as it was, the model that learns, and the cache predict beside each other, and each
//! counts by how well it has predicted so far ([`Mixture`]), so that a text that has nothing to teach costs next to nothing.

use std::ops::Range;

use gatewise_kernels::{Cpu, GRAIN, deal, vectorize};
use serde::{Deserialize, Serialize};

use super::cache::{Cache, SHARPNESS};
use super::config::LanguageConfig;
use super::error::LanguageError;
use super::file::LanguageModel;
use super::ids::Ids;
use super::mixture::Mixture;
use super::score::{Reader, Score, Surprise, nats};
use crate::layer::recurrent::State;
use crate::loss::Loss;
use crate::model::Model;
#[cfg(feature = "clap")]
use crate::options::parse::{any_count, at_least_one, not_negative, share};

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
            vectorize!({
                for (((value, &g), &square), &start) in values.iter_mut().zip(grads).zip(squares).zip(start) {
                    *value += decay * (start - *value) - rate * g / ((square * share).sqrt() + eps);
                }
            });
        });
    }
}

/// What predicts beside each other but the cache: the model as it was, and as it has become.
const MODELS: usize = 2;

/// What remains of a text that was read: the weights, what the cache keeps, and what each counts for.
pub(super) struct Learned {
    adapting: Adapting,
    cache: Option<Cache>,
    mixture: Mixture,
}

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
        self.sum_up(cpu, ids, text, unlikely, Some(settings))
    }

    /// Learns from a text that is to be gone on with: the weights change, and what the cache remembers is given to the
    /// [`Generator`](super::Generator::recall).
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn adapt(&mut self, cpu: &Cpu, ids: &Ids, settings: Adaptation) -> Result<Recollection, LanguageError> {
        let Learned { adapting, cache, mixture } = self.learn(cpu, ids, 0..ids.len(), settings, &mut |_| ())?;
        self.model.params_mut().values.copy_from_slice(&adapting.model().params().values);
        let weights = mixture.weights();
        let mut shares = [0.0; SHARPNESS.len()];
        shares.iter_mut().zip(&weights[MODELS..]).for_each(|(share, weight)| *share = *weight);
        Ok(Recollection { cache, model: weights[..MODELS].iter().sum(), shares, probabilities: Vec::new() })
    }

    /// Reads a text, predicts each of its symbols but the first, and learns from it.
    pub(super) fn learn(
        &mut self,
        cpu: &Cpu,
        ids: &Ids,
        text: Range<u64>,
        settings: Adaptation,
        each: &mut dyn FnMut(Surprise),
    ) -> Result<Learned, LanguageError> {
        let mut reader = Reader::new(ids, &text)?;
        let (symbols, width, outputs) = (reader.symbols, self.model.config().width(), self.model.config().outputs);
        let mut adapting = Adapting::new(&self.model, settings);
        let mut cache = (settings.cache > 0).then(|| Cache::new(settings.cache, width));
        let learners = MODELS - 1 + if cache.is_some() { SHARPNESS.len() } else { 0 };
        let mut weights = vec![(1.0 - FIRST_WEIGHT) / learners as f64; learners + 1];
        weights[0] = FIRST_WEIGHT;
        let mut mixture = Mixture::new(weights);
        let mut state = State::zeros(self.model.config(), 1);
        let (mut probabilities, mut at) = (Vec::new(), 0);
        while at < symbols {
            let time = (symbols - at).min(settings.window.max(1) as u64);
            reader.fill(0, 1, |_| at, time)?;
            self.model.forward(cpu, &reader.batch, false, Some(&mut state));
            adapting.forward(cpu, &reader);
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
                let whole = mixture.learn(&probabilities).max(f64::MIN_POSITIVE);
                each(Surprise { position: at + row as u64 + 1, symbol, nats: -whole.ln() });
            }
            adapting.learn(cpu, &reader);
            at += time;
        }
        Ok(Learned { adapting, cache, mixture })
    }
}

/// What the cache remembers of a text that was read, beside the model that has learned from it.
#[derive(Debug)]
pub struct Recollection {
    cache: Option<Cache>,
    /// What the model counts for, and the cache at each sharpness.
    model: f64,
    shares: [f64; SHARPNESS.len()],
    probabilities: Vec<f64>,
}

impl Recollection {
    /// Mixes what is remembered into the outputs for a place with these features: logits, (V), which become ln p.
    pub(super) fn mix(&mut self, features: &[f32], logits: &mut [f32]) {
        let Some(cache) = self.cache.as_mut().filter(|cache| !cache.is_empty()) else { return };
        let p = &mut self.probabilities;
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        p.clear();
        p.extend(logits.iter().map(|&x| f64::from((x - top).exp())));
        let scale = self.model / p.iter().sum::<f64>();
        p.iter_mut().for_each(|p| *p *= scale);
        cache.look(features);
        cache.add(self.shares, p);
        logits.iter_mut().zip(p).for_each(|(x, p)| *x = p.ln() as f32);
    }
}

/// Options of learning from what is read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[cfg_attr(feature = "clap", command(next_help_heading = "Adaptation"))]
pub struct AdaptArgs {
    /// Learn from the text as it is read: steps of the weights (dynamic evaluation) and what followed in similar places (a cache), each counted by how
    /// well it has predicted
    #[cfg_attr(feature = "clap", arg(long))]
    pub adapt: bool,
    /// Length of a step, in units of a weight's usual gradient; 0 for none
    #[cfg_attr(feature = "clap", arg(long, value_name = "RATE", value_parser = not_negative, requires = "adapt"))]
    pub adapt_rate: Option<f64>,
    /// Share of the way back to the weights as they were that each step goes
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share, requires = "adapt"))]
    pub adapt_decay: Option<f64>,
    /// Symbols that a step learns from
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one(), requires = "adapt"))]
    pub adapt_window: Option<usize>,
    /// Symbols that the cache keeps; 0 for none [default: 2000 of a vocabulary of 512 symbols or more]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = any_count(), requires = "adapt"))]
    pub cache: Option<usize>,
}

impl AdaptArgs {
    /// What was asked for, over a vocabulary of so many symbols; none where nothing is to be learned.
    pub fn settle(&self, symbols: usize) -> Option<Adaptation> {
        let usual = Adaptation::usual(symbols);
        self.adapt.then(|| Adaptation {
            rate: self.adapt_rate.unwrap_or(usual.rate),
            decay: self.adapt_decay.unwrap_or(usual.decay),
            window: self.adapt_window.unwrap_or(usual.window),
            cache: self.cache.unwrap_or(usual.cache),
        })
    }
}
