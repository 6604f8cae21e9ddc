//! Training on series that nobody has seen: each batch is drawn anew.
//!
//! Item i of all that are ever drawn comes from stream i of the seed, whatever the threads, so that a training that goes on draws what it would have
//! drawn. The rate rises, stays, and falls to zero over the last part (Hu et al. 2024, warm-up, stable, decay); the weights that are kept are a running
//! average.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use gatewise_kernels::{Cpu, deal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::context::{CONTEXT, Context, History, Reading};
use super::network::{Batch, PriorConfig, PriorNetwork, TOKEN_OUTPUTS};
use super::quantiles::{OUTPUTS, Step, loss};
use super::tokens::{PATCH, past_tokens, write};
use super::weights::{insert_weights, load_flat};
use crate::error::{FormatError, TrainError};
use crate::format::{Contents, Tensor, encode, read, write_atomic};
use crate::optim::{Optimizer, OptimizerConfig, clip_global_norm};
use crate::synthetic::{self, Draws, Seasons};

/// The kind of file that a training which is not over writes.
const KIND: &str = "prior-training";

/// Stream of the items that judge: no training draws it.
const JUDGED: u64 = 1 << 62;

/// Items that judge.
const JUDGED_ITEMS: usize = 4096;

/// Weights of the running average, in steps.
const AVERAGED: f64 = 400.0;

/// Most steps that are forecast at once.
pub(crate) const HORIZON: usize = 48;

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
}

impl Default for PretrainConfig {
    fn default() -> Self {
        Self { seed: 1, batch: 256, steps: 31_250, lr: 3e-3, decay: 0.35, warmup: 300, weight_decay: 0.01, clip: 1.0 }
    }
}

impl PretrainConfig {
    /// The rate of a step.
    fn rate(&self, step: u64) -> f64 {
        let rise = ((step + 1) as f64 / self.warmup.max(1) as f64).min(1.0);
        let left = self.steps.saturating_sub(step) as f64 / (self.decay * self.steps as f64).max(1.0);
        self.lr * rise * left.min(1.0)
    }
}

/// A series with its truth.
#[derive(Debug, Default)]
struct Item {
    context: Context,
    tokens: Vec<f32>,
    length: usize,
    future: usize,
    steps: Vec<Step>,
    /// Distances of the truth from the centre of each step, in its units.
    truth: Vec<f64>,
}

impl Item {
    /// Draws item `index` of a seed.
    fn draw(&mut self, seed: u64, index: u64) {
        let mut rng = Draws::new(seed, index);
        while !self.try_draw(&mut rng) {}
    }

    /// Draws a series; none where its past is one value.
    fn try_draw(&mut self, rng: &mut Draws) -> bool {
        let seasons = Seasons::draw(rng);
        let (rows, horizon) = (past_rows(rng, seasons), horizon(rng));
        let synthetic = synthetic::draw(rng, rows + horizon, seasons);
        let mut values = synthetic.values;
        shift(rng, &mut values);
        let (past, truth) = values.split_at_mut(rows);
        lose(rng, past);
        let told = told(rng, seasons);
        let history = History { values: past, season: told.season, longer: told.longer };
        if self.context.read(&history) != Reading::Varied {
            return false;
        }
        self.future = horizon.div_ceil(PATCH);
        self.length = past_tokens(self.context.rows) + self.future;
        write(&self.context, self.future, 1.0, &mut self.tokens);
        self.steps.clear();
        self.steps.extend((0..horizon).map(|k| self.context.step(k)));
        self.truth.clear();
        self.truth.extend(truth.iter().zip(&self.steps).map(|(&v, step)| (self.context.units(v) - step.center) / step.unit));
        true
    }
}

/// Rows of the past: few more often than many, two seasons more often than not.
fn past_rows(rng: &mut Draws, seasons: Seasons) -> usize {
    let (least, most) = (3.0_f64, CONTEXT as f64);
    let drawn = libm::exp(rng.uniform(libm::log(least), libm::log(most))) as usize;
    let two = 2 * seasons.season + 2;
    let rows = if rng.chance(0.7) { drawn.max(two) } else { drawn };
    if seasons.longer > 1 && rng.chance(0.7) { rows.max(seasons.longer + 2 + rng.below(2 * seasons.longer)) } else { rows }
}

/// Steps of the future.
fn horizon(rng: &mut Draws) -> usize {
    const USUAL: [usize; 8] = [6, 8, 12, 13, 18, 18, 24, HORIZON];
    if rng.chance(0.7) { USUAL[rng.below(USUAL.len())] } else { 1 + rng.below(HORIZON) }
}

/// Moves most series whose zero means nothing: that of a generator is where it began.
fn shift(rng: &mut Draws, values: &mut [f64]) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    if low >= 0.0 && !rng.chance(0.3) {
        return;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let deviation = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt();
    let far = libm::exp(rng.uniform(libm::log(0.5), libm::log(100.0)));
    let by = deviation * far * if rng.chance(0.5) { 1.0 } else { -1.0 };
    values.iter_mut().for_each(|v| *v += by);
}

/// Leaves out values of one series in eight: here and there, or a stretch; seldom the last ones.
fn lose(rng: &mut Draws, past: &mut [f64]) {
    if !rng.chance(0.125) || past.len() < 6 {
        return;
    }
    let keep = if rng.chance(0.2) { 0 } else { 1 };
    let open = past.len() - keep;
    if rng.chance(0.6) {
        let share = rng.uniform(0.02, 0.3);
        past[..open].iter_mut().for_each(|v| {
            if rng.chance(share) {
                *v = f64::NAN;
            }
        });
    } else {
        let length = 1 + rng.below(past.len().min(CONTEXT) / 3);
        let from = rng.below(open);
        past[from..(from + length).min(open)].fill(f64::NAN);
    }
}

/// Seasons as they are told: sometimes not, seldom wrong, now and then without the longer one.
fn told(rng: &mut Draws, seasons: Seasons) -> Seasons {
    let draw = rng.unit();
    if draw < 0.12 {
        Seasons::NONE
    } else if draw < 0.13 {
        Seasons::draw(rng)
    } else if draw < 0.33 {
        Seasons { longer: 1, ..seasons }
    } else {
        seasons
    }
}

/// A training under way.
#[derive(Debug)]
pub struct Pretraining {
    config: PretrainConfig,
    network: PriorNetwork<f32>,
    optimizer: Optimizer<f32>,
    step: u64,
    average: Vec<f32>,
    items: Vec<Item>,
    batch: Batch<f32>,
    d_output: Vec<f32>,
}

impl Pretraining {
    /// Begins.
    ///
    /// # Errors
    /// A network that memory does not hold.
    pub fn new(network: PriorConfig, config: PretrainConfig) -> Result<Self, TrainError> {
        let network = PriorNetwork::new(network, config.seed);
        let parameters = network.params().values.len();
        let optimizer = Optimizer::new(OptimizerConfig::adamw(config.weight_decay), parameters);
        let average = network.params().values.clone();
        Ok(Self { config, network, optimizer, step: 0, average, items: Vec::new(), batch: Batch::default(), d_output: Vec::new() })
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

    /// The weights that are kept.
    pub fn average(&self) -> &[f32] {
        &self.average
    }

    /// The network as it stands.
    pub fn network(&self) -> &PriorNetwork<f32> {
        &self.network
    }

    /// Takes a step, and gives its loss.
    ///
    /// # Errors
    /// A gradient that is not finite.
    pub fn advance(&mut self, cpu: &Cpu) -> Result<f64, TrainError> {
        let first = self.step * self.config.batch as u64;
        self.draw(cpu, self.config.seed, first, self.config.batch);
        self.network.pack(cpu);
        self.network.forward(cpu, &self.batch, true);
        let loss = self.judge(cpu);
        self.network.params_mut().zero_grads();
        self.network.backward(cpu, &self.batch, &self.d_output);
        let rate = self.config.rate(self.step);
        let params = self.network.params_mut();
        let norm = clip_global_norm(cpu, &mut params.grads, self.config.clip);
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

    /// Loss of the averaged weights on series that no training draws.
    pub fn validate(&mut self, cpu: &Cpu) -> f64 {
        let own = self.network.params().values.clone();
        self.network.params_mut().values.copy_from_slice(&self.average);
        self.network.pack(cpu);
        let batch = self.config.batch;
        let mut sum = 0.0;
        for first in (0..JUDGED_ITEMS).step_by(batch) {
            self.draw(cpu, self.config.seed, JUDGED + first as u64, batch.min(JUDGED_ITEMS - first));
            self.network.forward(cpu, &self.batch, false);
            sum += self.judge(cpu) * self.items.len() as f64;
        }
        self.network.params_mut().values.copy_from_slice(&own);
        sum / JUDGED_ITEMS as f64
    }

    /// Draws `count` items from `first` on, and lays them out.
    fn draw(&mut self, cpu: &Cpu, seed: u64, first: u64, count: usize) {
        self.items.resize_with(count, Item::default);
        deal(cpu, &mut self.items[..], GRAIN, |at, items| {
            for (k, item) in items.iter_mut().enumerate() {
                item.draw(seed, first + (at + k) as u64);
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
                let weight = share / item.truth.len() as f64;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_finite() {
        let mut item = Item::default();
        for index in 0..8000 {
            item.draw(1, index);
            let wrong = item.tokens.iter().position(|v| !v.is_finite());
            assert_eq!(wrong.map(|at| at % super::super::tokens::TOKEN), None, "item {index}: {:?}", item.context);
            assert!(
                item.truth.iter().chain(item.steps.iter().flat_map(|step| &step.drafts)).all(|v| v.is_finite()),
                "item {index}: {:?}",
                item.context
            );
            assert_eq!(item.tokens.len(), item.length * super::super::tokens::TOKEN);
        }
    }
}
