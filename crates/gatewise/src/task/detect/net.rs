//! The network that foretells the next row and learns while rows come.

mod history;
mod saved;

use gatewise_kernels::Cpu;

use super::clock::{CLOCK_FEATURES, clock_features};
use super::config::{DetectConfig, HISTORY};
use super::descent::descend;
use super::error::DetectError;
use super::mixture::{COMPONENTS, Mixture, WIDTH};
use super::scale::Scale;
use crate::batch::Batch;
use crate::layer::recurrent::State;
use crate::model::{Model, ModelConfig, Readout};
use crate::optim::{Optimizer, OptimizerConfig};
use crate::rng::Rng;
pub(super) use saved::NetState;

/// Windows of a training step, and rows of each.
const BATCH: usize = 6;
const WINDOW: usize = 48;
/// Rows at the start of a window that only warm the state up.
const WARM_UP: usize = 4;
/// Starting scale of the mixtures before softplus, and share of the head's drawn weights that is kept: a start at persistence.
const START_RAW_SCALE: f32 = -1.0;
const START_HEAD: f32 = 0.1;
/// Starting logit of the first component over the others.
const START_LOGIT: f32 = 1.0;
/// Stream of the seed that windows are drawn from; the model's own streams are 0 and those above 2³².
const WINDOW_STREAM: u64 = 7;
/// Rows between two looks at the scales once there are as many; before, at every doubling.
const SCALE_ROWS: u64 = 4096;
/// Most values a scale is fitted to.
const SCALE_SAMPLE: usize = 2048;

/// Features of a channel beside its seasons: the last value and the last change.
const CHANNEL_FEATURES: usize = 2;

/// The network, its recent rows, and its optimiser.
pub(super) struct Net {
    config: DetectConfig,
    cpu: Cpu,
    model: Model<f32>,
    optimizer: Optimizer<f32>,
    rng: Rng,
    state: State<f32>,
    /// First value of each channel: rows are kept as differences from it, so that f32 keeps small changes of large values.
    origin: Vec<f64>,
    scale: Vec<Scale>,
    /// Rows seen.
    rows: u64,
    /// The last [`HISTORY`] rows, row n at n mod HISTORY: (HISTORY, C) from the origin, NaN where a value is missing …
    raw: Vec<f32>,
    /// … and squashed, the last one known where a value is missing.
    squashed: Vec<f32>,
    /// (HISTORY, [`CLOCK_FEATURES`]) where there is a clock.
    clock: Vec<f32>,
    /// What the network said of the row at hand, a mixture a channel.
    mixtures: Vec<Mixture<f32>>,
    x: Vec<f32>,
    batch: Batch<f32>,
    d_output: Vec<f32>,
    starts: Vec<u64>,
    sample: Vec<f32>,
}

impl Net {
    /// The sizes of the network.
    pub fn sizes(config: &DetectConfig) -> ModelConfig {
        let channels = config.channels;
        let input = channels * (CHANNEL_FEATURES + config.seasons.len()) + if config.clock { CLOCK_FEATURES } else { 0 };
        ModelConfig {
            layers: config.layers,
            readout: Readout::EachStep,
            ..ModelConfig::new(config.cell, input, config.hidden, channels * WIDTH)
        }
    }

    pub fn new(config: &DetectConfig) -> Result<Self, DetectError> {
        config.check()?;
        let (channels, sizes) = (config.channels, Self::sizes(config));
        let mut model = Model::new(&sizes, config.seed)?;
        let weight: Vec<f32> = model.get("head.weight").unwrap_or(&[]).iter().map(|w| w * START_HEAD).collect();
        model.set("head.weight", &weight)?;
        let mut bias = [0.0; WIDTH];
        bias[0] = START_LOGIT;
        bias[2 * COMPONENTS..].fill(START_RAW_SCALE);
        model.set("head.bias", &bias.repeat(channels))?;
        let parameters = model.params().values.len();
        Ok(Self {
            cpu: Cpu::new(1).map_err(|problem| DetectError::Setting {
                name: "GATEWISE_ISA",
                value: problem,
                expected: "one the processor has",
            })?,
            optimizer: Optimizer::new(OptimizerConfig::adam(), parameters),
            rng: Rng::new(config.seed, WINDOW_STREAM),
            state: State::zeros(&sizes, 1),
            origin: vec![f64::NAN; channels],
            scale: vec![Scale::default(); channels],
            rows: 0,
            raw: vec![f32::NAN; HISTORY * channels],
            squashed: vec![0.0; HISTORY * channels],
            clock: vec![0.0; if config.clock { HISTORY * CLOCK_FEATURES } else { 0 }],
            mixtures: vec![Mixture { weight: [0.0; COMPONENTS], location: [0.0; COMPONENTS], scale: [1.0; COMPONENTS] }; channels],
            x: vec![0.0; sizes.input],
            batch: Batch::default(),
            d_output: Vec::new(),
            starts: Vec::new(),
            sample: Vec::new(),
            config: config.clone(),
            model,
        })
    }

    /// Foretells the row at hand, then takes it in. `seconds` is its time.
    pub fn push(&mut self, seconds: Option<i64>, values: &[f64]) {
        let channels = self.config.channels;
        let slot = slot_of(self.rows);
        if self.config.clock {
            let features = seconds.map_or([0.0; CLOCK_FEATURES], clock_features);
            self.clock[slot * CLOCK_FEATURES..][..CLOCK_FEATURES].copy_from_slice(&features);
        }
        let (row, known) = (self.rows, self.rows.checked_sub(1));
        let mut x = std::mem::take(&mut self.x);
        self.features(row, &mut x);
        let output = self.model.step(&self.cpu, &x, &[], &mut self.state).expect("a one-way network that reads each step can stream");
        for (c, raw) in output.chunks_exact(WIDTH).enumerate() {
            let anchor = anchors(&self.config, &self.squashed, row, c);
            self.mixtures[c] = Mixture::new(raw, &anchor);
        }
        self.x = x;
        for (c, &value) in values.iter().enumerate() {
            if self.origin[c].is_nan() && value.is_finite() {
                self.origin[c] = value;
            }
            let d = (value - self.origin[c]) as f32;
            let d = if d.is_finite() { d } else { f32::NAN };
            self.raw[slot * channels + c] = d;
            self.squashed[slot * channels + c] =
                if d.is_nan() { known.map_or(0.0, |r| self.squashed[slot_of(r) * channels + c]) } else { self.scale[c].squash(d) };
        }
        self.rows += 1;
    }

    /// Looks at the scales and learns, as much as is due.
    pub fn learn(&mut self) {
        if self.rows.is_multiple_of(SCALE_ROWS) || (self.rows < SCALE_ROWS && self.rows.is_power_of_two()) {
            self.rescale();
        }
        let due = self.config.steps_due(self.rows);
        while self.optimizer.steps() < due {
            self.train_step();
        }
    }

    fn rescale(&mut self) {
        let channels = self.config.channels;
        let kept = self.kept() as usize;
        let stride = kept.div_ceil(SCALE_SAMPLE);
        for c in 0..channels {
            self.sample.clear();
            let values = self.raw[..kept * channels].iter().skip(c).step_by(channels * stride);
            self.sample.extend(values.filter(|v| !v.is_nan()));
            let Some(new) = Scale::fit(&mut self.sample, self.origin[c].abs() as f32) else { continue };
            let first = self.rows < SCALE_ROWS;
            if !first && !self.scale[c].worth(&new) {
                continue;
            }
            self.scale[c] = new;
            let mut last = 0.0;
            for row in self.rows - kept as u64..self.rows {
                let at = slot_of(row) * channels + c;
                let d = self.raw[at];
                if !d.is_nan() {
                    last = new.squash(d);
                }
                self.squashed[at] = last;
            }
        }
    }

    /// One step of Adam on windows drawn from the rows that are remembered.
    fn train_step(&mut self) {
        let (channels, input) = (self.config.channels, self.model.config().input);
        let kept = self.kept();
        let longest = self.config.seasons.last().map_or(1, |&s| s as u64).min(kept / 2);
        let first = self.rows - kept + longest;
        let time = WINDOW.min((self.rows - first) as usize);
        self.starts.clear();
        for _ in 0..BATCH {
            let choices = self.rows - first - time as u64 + 1;
            self.starts.push(first + self.rng.below(choices as usize) as u64);
        }
        let mut batch = std::mem::take(&mut self.batch);
        batch.set_full(BATCH, time, input);
        for t in 0..time {
            for b in 0..BATCH {
                let row = self.starts[b] + t as u64;
                self.features(row, &mut batch.x[(t * BATCH + b) * input..][..input]);
            }
        }
        self.model.params_mut().zero_grads();
        let output = self.model.forward(&self.cpu, &batch, true, None);
        self.d_output.clear();
        self.d_output.resize(output.len(), 0.0);
        let share = 1.0 / (BATCH * (time - WARM_UP.min(time - 1)) * channels) as f32;
        for t in WARM_UP.min(time - 1)..time {
            for b in 0..BATCH {
                let row = self.starts[b] + t as u64;
                for c in 0..channels {
                    let at = slot_of(row) * channels + c;
                    if self.raw[at].is_nan() {
                        continue;
                    }
                    let out = ((t * BATCH + b) * channels + c) * WIDTH;
                    let raw = &output[out..out + WIDTH];
                    let mixture = Mixture::new(raw, &anchors(&self.config, &self.squashed, row, c));
                    mixture.nll_and_grad(raw, self.squashed[at], share, &mut self.d_output[out..out + WIDTH]);
                }
            }
        }
        self.model.backward(&self.cpu, &batch, &self.d_output, None, None);
        self.batch = batch;
        descend(&self.cpu, &mut self.model, &mut self.optimizer, self.config.lr);
    }

    /// What the network reads to foretell row `row`: (I).
    fn features(&self, row: u64, x: &mut [f32]) {
        let channels = self.config.channels;
        let at = |back: u64, c: usize| if back <= row { self.squashed[slot_of(row - back) * channels + c] } else { 0.0 };
        let per = CHANNEL_FEATURES + self.config.seasons.len();
        for (c, x) in x.chunks_exact_mut(per).take(channels).enumerate() {
            x[0] = at(1, c);
            x[1] = x[0] - at(2, c);
            for (x, &season) in x[CHANNEL_FEATURES..].iter_mut().zip(&self.config.seasons) {
                *x = at(season as u64, c);
            }
        }
        if self.config.clock {
            let own = &self.clock[slot_of(row) * CLOCK_FEATURES..][..CLOCK_FEATURES];
            x[channels * per..].copy_from_slice(own);
        }
    }

    pub fn mixture(&self, channel: usize) -> &Mixture<f32> {
        &self.mixtures[channel]
    }

    /// The row taken in last, from its origin and squashed; `None` where it is missing.
    pub fn target(&self, channel: usize) -> Option<(f32, f32)> {
        let at = slot_of(self.rows.checked_sub(1)?) * self.config.channels + channel;
        (!self.raw[at].is_nan()).then(|| (self.raw[at], self.squashed[at]))
    }

    /// Starts anew with the rows; weights, optimiser and scales stay.
    pub fn restart(&mut self) {
        self.rows = 0;
        self.state.reset(self.model.config(), 1);
        self.raw.fill(f32::NAN);
        self.squashed.fill(0.0);
    }

    /// What the network runs on.
    pub fn cpu(&self) -> &Cpu {
        &self.cpu
    }

    pub fn model(&self) -> &Model<f32> {
        &self.model
    }

    /// The state behind the last row, and the first value of each channel.
    pub fn standing(&self) -> (&State<f32>, &[f64]) {
        (&self.state, &self.origin)
    }

    pub fn scale(&self, channel: usize) -> Scale {
        self.scale[channel]
    }

    pub fn origin(&self, channel: usize) -> f64 {
        self.origin[channel]
    }
}

fn slot_of(row: u64) -> usize {
    (row % HISTORY as u64) as usize
}

/// Values that the future often repeats: the last one, the one a season ago, the one a longer season ago or the centre.
fn anchors(config: &DetectConfig, squashed: &[f32], row: u64, channel: usize) -> [f32; COMPONENTS] {
    let at = |back: usize| {
        let past = row.checked_sub(back as u64);
        past.map_or(0.0, |past| squashed[slot_of(past) * config.channels + channel])
    };
    [at(1), config.seasons.first().map_or(0.0, |&s| at(s)), config.seasons.get(1).map_or(0.0, |&s| at(s))]
}
