//! Training on series that nobody has seen: each batch is drawn anew, see [`Supply`].
//!
//! The rate rises, stays, and falls to zero over the last part (Hu et al. 2024, warm-up, stable, decay); the weights that are kept are a running
//! average.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use gatewise_kernels::{Cpu, deal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::item::Item;
use super::network::{Batch, PriorConfig, PriorNetwork, TOKEN_OUTPUTS};
use super::quantiles::{OUTPUTS, loss};
use super::supply::Supply;
use super::weights::{insert_weights, load_flat};
use crate::error::{FormatError, TrainError};
use crate::format::{Contents, Tensor, encode, read, write_atomic};
use crate::optim::{Optimizer, OptimizerConfig, clip_global_norm};

/// The kind of file that a training which is not over writes.
const KIND: &str = "prior-training";

/// Stream of the items that judge: no training draws it.
const JUDGED: u64 = 1 << 62;

/// Items that judge.
const JUDGED_ITEMS: usize = 4096;

/// Weights of the running average, in steps.
const AVERAGED: f64 = 400.0;

/// Items that a thread draws at least.
const GRAIN: usize = 2;

/// Settings of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PretrainConfig {
    /// What everything is drawn from.
    pub seed: u64,
    /// Series of a step.
    pub batch: usize,
    /// Steps of all.
    pub steps: u64,
    /// Highest rate.
    pub lr: f64,
    /// Share of the steps over which the rate falls to zero.
    pub decay: f64,
    /// Steps over which it rises.
    pub warmup: u64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Largest norm of a gradient.
    pub clip: f64,
    /// Share of series that are not synthetic, and what those are known by.
    #[serde(default)]
    pub share: f64,
    /// See [`Supply::fingerprint`].
    #[serde(default)]
    pub own: u64,
}

impl Default for PretrainConfig {
    fn default() -> Self {
        Self { seed: 1, batch: 256, steps: 31_250, lr: 3e-3, decay: 0.35, warmup: 300, weight_decay: 0.01, clip: 1.0, share: 0.0, own: 0 }
    }
}

/// Most series of a step.
const MOST_BATCH: usize = 1 << 16;

impl PretrainConfig {
    /// Checks every setting.
    ///
    /// # Errors
    /// The first one outside its range.
    pub fn check(&self) -> Result<(), TrainError> {
        let setting = |name: &'static str, value: f64, ok: bool, expected| match ok {
            true => Ok(()),
            false => Err(TrainError::Setting { name, value, expected }),
        };
        setting("batch", self.batch as f64, (1..=MOST_BATCH).contains(&self.batch), "from 1 to 65536")?;
        setting("steps", self.steps as f64, self.steps < JUDGED / MOST_BATCH as u64, "below 2⁴⁶")?;
        setting("lr", self.lr, self.lr.is_finite() && self.lr > 0.0, "above 0")?;
        setting("decay", self.decay, (0.0..=1.0).contains(&self.decay), "between 0 and 1")?;
        setting("weight_decay", self.weight_decay, self.weight_decay.is_finite() && self.weight_decay >= 0.0, "0 or above")?;
        setting("clip", self.clip, self.clip.is_finite() && self.clip > 0.0, "above 0")
    }

    /// The rate of a step.
    fn rate(&self, step: u64) -> f64 {
        let rise = ((step + 1) as f64 / self.warmup.max(1) as f64).min(1.0);
        let left = self.steps.saturating_sub(step) as f64 / (self.decay * self.steps as f64).max(1.0);
        self.lr * rise * left.min(1.0)
    }
}

/// A training under way.
#[derive(Debug)]
pub struct Pretraining {
    config: PretrainConfig,
    network: PriorNetwork<f32>,
    optimizer: Optimizer<f32>,
    step: u64,
    last_norm: f64,
    average: Vec<f32>,
    items: Vec<Item>,
    batch: Batch<f32>,
    d_output: Vec<f32>,
}

impl Pretraining {
    /// Begins.
    ///
    /// # Errors
    /// Sizes out of bounds, and a batch of no series.
    pub fn new(network: PriorConfig, config: PretrainConfig) -> Result<Self, TrainError> {
        network.check()?;
        config.check()?;
        let network = PriorNetwork::new(network, config.seed);
        let parameters = network.params().values.len();
        let optimizer = Optimizer::new(OptimizerConfig::adamw(config.weight_decay), parameters);
        let average = network.params().values.clone();
        Ok(Self {
            config,
            network,
            optimizer,
            step: 0,
            last_norm: 0.0,
            average,
            items: Vec::new(),
            batch: Batch::default(),
            d_output: Vec::new(),
        })
    }

    /// Steps taken.
    pub fn steps_taken(&self) -> u64 {
        self.step
    }

    /// Settings.
    pub fn config(&self) -> &PretrainConfig {
        &self.config
    }

    /// Sets how many steps are taken in all, if no step so far would have been another: the rate has not begun to fall, and would not have.
    pub fn set_steps(&mut self, steps: u64) -> bool {
        let falls = |steps: u64| self.step as f64 > (1.0 - self.config.decay) * steps as f64;
        if falls(steps) || falls(self.config.steps) {
            return false;
        }
        self.config.steps = steps;
        true
    }

    /// Whether every step was taken.
    pub fn is_over(&self) -> bool {
        self.step >= self.config.steps
    }

    /// The rate of the next step.
    pub(super) fn rate(&self) -> f64 {
        self.config.rate(self.step)
    }

    /// Norm of the last gradient before it was clipped.
    pub(super) fn last_norm(&self) -> f64 {
        self.last_norm
    }

    /// The weights that are kept.
    pub fn average(&self) -> &[f32] {
        &self.average
    }

    /// The network as it stands.
    pub fn network(&self) -> &PriorNetwork<f32> {
        &self.network
    }

    /// Begins with the weights of `start`.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(start: &PriorNetwork<f32>, config: PretrainConfig) -> Result<Self, TrainError> {
        let mut training = Self::new(start.config(), config)?;
        training.network.params_mut().values.copy_from_slice(&start.params().values);
        training.average.copy_from_slice(&start.params().values);
        Ok(training)
    }

    /// Takes a step over series of `supply`, and gives its loss.
    ///
    /// # Errors
    /// A gradient that is not finite.
    pub fn advance(&mut self, cpu: &Cpu, supply: &Supply) -> Result<f64, TrainError> {
        let (seed, first) = (self.config.seed, self.step * self.config.batch as u64);
        self.lay_out(cpu, self.config.batch, |at, item| item.draw(supply, seed, first + at as u64));
        self.network.pack(cpu);
        self.network.forward(cpu, &self.batch, true);
        let loss = self.judge(cpu);
        self.network.params_mut().zero_grads();
        self.network.backward(cpu, &self.batch, &self.d_output);
        let rate = self.config.rate(self.step);
        let params = self.network.params_mut();
        let norm = clip_global_norm(cpu, &mut params.grads, self.config.clip);
        self.last_norm = norm;
        if !norm.is_finite() {
            return Err(TrainError::NotFinite { step: self.step + 1, tensor: "the gradient of the prior".into(), rows: Vec::new() });
        }
        self.optimizer.step(cpu, rate, &mut params.values, &params.grads);
        self.step += 1;
        let fresh = (1.0 / AVERAGED).max(1.0 / (self.step as f64 + 1.0)) as f32;
        for (average, &value) in self.average.iter_mut().zip(&params.values) {
            *average += fresh * (value - *average);
        }
        Ok(loss)
    }

    /// Loss of the averaged weights on synthetic series that no training draws.
    pub fn validate(&mut self, cpu: &Cpu) -> f64 {
        let supply = Supply::synthetic();
        let own = std::mem::take(&mut self.network.params_mut().values);
        self.network.params_mut().values = self.average.clone();
        let seed = self.config.seed;
        let loss = self.loss_of(cpu, JUDGED_ITEMS, |at, item| item.draw(&supply, seed, JUDGED + at as u64));
        self.network.params_mut().values = own;
        loss
    }

    /// Mean loss of the weights as they stand over `count` items that `fill` makes.
    pub(super) fn loss_of(&mut self, cpu: &Cpu, count: usize, fill: impl Fn(usize, &mut Item) + Sync) -> f64 {
        self.network.pack(cpu);
        let batch = self.config.batch;
        let mut sum = 0.0;
        for first in (0..count).step_by(batch) {
            self.lay_out(cpu, batch.min(count - first), |at, item| fill(first + at, item));
            self.network.forward(cpu, &self.batch, false);
            sum += self.judge(cpu) * self.items.len() as f64;
        }
        sum / count.max(1) as f64
    }

    /// The network, to change its weights between two steps.
    pub(super) fn network_mut(&mut self) -> &mut PriorNetwork<f32> {
        &mut self.network
    }

    /// Fills `count` items, each by its number, and lays them out as a batch.
    fn lay_out(&mut self, cpu: &Cpu, count: usize, fill: impl Fn(usize, &mut Item) + Sync) {
        self.items.resize_with(count, Item::default);
        deal(cpu, &mut self.items[..], GRAIN, |at, items| {
            for (k, item) in items.iter_mut().enumerate() {
                fill(at + k, item);
            }
        });
        self.items.sort_by_key(|item| Reverse(item.length));
        let lengths: Vec<usize> = self.items.iter().map(|item| item.length).collect();
        let futures: Vec<usize> = self.items.iter().map(|item| item.future).collect();
        let tokens: Vec<&[f32]> = self.items.iter().map(|item| &item.tokens[..]).collect();
        self.batch.set(&lengths, &futures, &tokens);
    }

    /// Mean loss of the last forward, with its gradient.
    fn judge(&mut self, cpu: &Cpu) -> f64 {
        let output = self.network.output();
        self.d_output.clear();
        self.d_output.resize(output.len(), 0.0);
        let share = 1.0 / self.items.len() as f64;
        let mut parts = Vec::with_capacity(self.items.len());
        let (mut raw, mut d_raw) = (output, &mut self.d_output[..]);
        for item in &self.items {
            let (own, rest) = raw.split_at(item.future * TOKEN_OUTPUTS);
            let (d_own, d_rest) = std::mem::take(&mut d_raw).split_at_mut(item.future * TOKEN_OUTPUTS);
            parts.push((item, own, d_own, 0.0));
            (raw, d_raw) = (rest, d_rest);
        }
        deal(cpu, &mut parts[..], GRAIN, |_, parts| {
            for (item, raw, d_raw, sum) in parts {
                let weight = share / item.truth.len().max(1) as f64;
                let steps = raw.chunks_exact(OUTPUTS).zip(d_raw.chunks_exact_mut(OUTPUTS)).zip(item.steps.iter().zip(&item.truth));
                for ((raw, d_raw), (step, &truth)) in steps {
                    *sum += loss(raw, step, truth, weight, d_raw);
                }
            }
        });
        parts.iter().map(|(.., sum)| sum).sum()
    }

    /// Writes all that the next step depends on.
    ///
    /// # Errors
    /// What the file system says.
    pub fn save(&self, path: &Path) -> Result<(), FormatError> {
        let mut tensors = BTreeMap::new();
        insert_weights(&mut tensors, self.network.params(), "");
        let flat = |values: &[f32]| Tensor { shape: vec![values.len()], values: values.to_vec() };
        tensors.insert("average".into(), flat(&self.average));
        for (name, values) in self.optimizer.state() {
            tensors.insert(format!("optimizer.{name}"), flat(values));
        }
        let json = |value: serde_json::Result<Value>| value.expect("numbers and names are JSON");
        let meta = Map::from_iter([
            ("network".to_owned(), json(serde_json::to_value(self.network.config()))),
            ("train".to_owned(), json(serde_json::to_value(&self.config))),
            ("step".to_owned(), self.step.into()),
        ]);
        write_atomic(path, &encode(&Contents { kind: KIND.into(), meta, tensors }))
    }

    /// Goes on from a file that [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or is something else.
    pub fn resume(path: &Path) -> Result<Self, TrainError> {
        let contents = read(path)?;
        contents.expect(path, KIND, "give the training.safetensors of a training of a prior")?;
        let mut training = Self::new(contents.field(path, "network")?, contents.field(path, "train")?)?;
        load_flat(path, &contents, training.network.params_mut(), "")?;
        training.step = contents.field(path, "step")?;
        if training.step > training.config.steps {
            let reason = format!("`step` is {} of {}", training.step, training.config.steps);
            return Err(FormatError::Metadata { path: path.to_owned(), reason }.into());
        }
        let average = contents.values(path, "average")?;
        if average.len() != training.average.len() {
            let reason = format!("it has {} values, the network {}", average.len(), training.average.len());
            return Err(FormatError::Tensor { path: path.to_owned(), name: "average".into(), reason }.into());
        }
        training.average.copy_from_slice(average);
        let tensors = &contents.tensors;
        training.optimizer.restore(training.step, |name| tensors.get(&format!("optimizer.{name}")).map(|t| &t.values[..]))?;
        Ok(training)
    }
}
