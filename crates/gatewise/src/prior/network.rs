//! The network: patches of a series in, for each future patch what its quantiles are made of.
//!
//! x₀ = tanh(W t + b) for every token t; layer by layer x ← x + cell(x), normalised by its root mean square before every layer but the first; for every
//! token of the future o = W₂ silu(W₁ \[norm(x), t\] + b₁) + b₂.

use gatewise_kernels::{Cell, Cpu, Isa, Layout, Lines, Real, deal, exp_below};
use serde::{Deserialize, Serialize};

use super::quantiles::OUTPUTS;
use super::tokens::{PATCH, TOKEN};
use crate::error::TrainError;
use crate::init;
use crate::layer::StackConfig;
use crate::layer::dense::Dense;
use crate::layer::recurrent::{Stack, State};
use crate::layer::rms_norm::RmsNorm;
use crate::model::ModelConfig;
use crate::params::{Params, View};
use crate::rng::Rng;

/// Raw outputs of a future token: those of its steps, one after the other.
pub(super) const TOKEN_OUTPUTS: usize = PATCH * OUTPUTS;

/// Factor on the weights of the last layer at the start: forecasts begin close to the drafts.
const SMALL_START: f64 = 0.05;

/// Steps over which the memory of the gates is spread at the start: the tokens of a long context.
const MEMORY: usize = 32;

/// Rows that a thread takes at least in passes over activations.
const GRAIN: usize = 64;

/// Sizes of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorConfig {
    /// Recurrent cell.
    pub cell: Cell,
    /// Hidden units H.
    pub hidden: usize,
    /// Recurrent layers.
    pub layers: usize,
}

impl Default for PriorConfig {
    fn default() -> Self {
        Self { cell: Cell::Gru, hidden: 160, layers: 2 }
    }
}

/// Largest sizes of a prior.
const MOST_HIDDEN: usize = 4096;
const MOST_LAYERS: usize = 16;

impl PriorConfig {
    /// Checks the sizes.
    ///
    /// # Errors
    /// The one that is 0 or too large.
    pub fn check(&self) -> Result<(), TrainError> {
        let wrong = |name: &'static str, value: usize, expected| Err(TrainError::Setting { name, value: value as f64, expected });
        match (self.hidden, self.layers) {
            (1..=MOST_HIDDEN, 1..=MOST_LAYERS) => Ok(()),
            (hidden, 1..=MOST_LAYERS) => wrong("hidden", hidden, "from 1 to 4096"),
            (_, layers) => wrong("layers", layers, "from 1 to 16"),
        }
    }

    fn stack(&self) -> StackConfig {
        StackConfig::from(&ModelConfig::new(self.cell, self.hidden, self.hidden, 1))
    }
}

/// Where the tokens of a batch lie.
#[derive(Clone, Debug, Default)]
pub struct Batch<F> {
    /// Steps of every sequence, longest first: tokens of the past, then of the future.
    pub layout: Layout,
    /// Every token: (N, 75).
    pub tokens: Vec<F>,
    /// Rows of the tokens of the future.
    pub future: Vec<usize>,
}

/// A recurrent layer around which the input goes on.
#[derive(Clone, Debug)]
struct Level<F> {
    norm: Option<RmsNorm<F>>,
    stack: Stack<F>,
    /// The sum behind the layer: (N, H).
    x: Vec<F>,
}

/// The network with its parameters.
#[derive(Debug)]
pub struct PriorNetwork<F> {
    config: PriorConfig,
    params: Params<F>,
    input: Dense<F>,
    /// tanh of the input layer: (N, H).
    x: Vec<F>,
    levels: Vec<Level<F>>,
    state: State<F>,
    norm: RmsNorm<F>,
    /// Last sums of the tokens of the future: (R, H).
    gathered: Vec<F>,
    hidden: Dense<F>,
    /// What the hidden layer reads: (R, H + TOKEN), and its activations: (R, H).
    read: Vec<F>,
    active: Vec<F>,
    output: Dense<F>,
    grads: Gradients<F>,
}

/// Buffers of backward.
#[derive(Debug, Default)]
struct Gradients<F> {
    active: Vec<F>,
    read: Vec<F>,
    normed: Vec<F>,
    gathered: Vec<F>,
    x: Vec<F>,
    inner: Vec<F>,
}

impl<F: Real> PriorNetwork<F> {
    /// A network with the weights that `seed` gives.
    pub fn new(config: PriorConfig, seed: u64) -> Self {
        let mut network = Self::empty(config);
        network.start(seed);
        network
    }

    /// A network whose weights are yet to come.
    pub(super) fn empty(config: PriorConfig) -> Self {
        let mut params = Params::new();
        let width = config.hidden;
        let input = Dense::new(&mut params, "input", TOKEN, width);
        let levels = (0..config.layers)
            .map(|layer| Level {
                norm: (layer > 0).then(|| RmsNorm::new(&mut params, &format!("norms.{layer}"), width)),
                stack: Stack::new(&mut params, &format!("layers.{layer}"), config.stack()),
                x: Vec::new(),
            })
            .collect();
        let norm = RmsNorm::new(&mut params, "head.norm", width);
        let hidden = Dense::new(&mut params, "head.hidden", width + TOKEN, width);
        let output = Dense::new(&mut params, "head.output", width, TOKEN_OUTPUTS);
        Self {
            config,
            params,
            input,
            x: Vec::new(),
            levels,
            state: State::default(),
            norm,
            gathered: Vec::new(),
            hidden,
            read: Vec::new(),
            active: Vec::new(),
            output,
            grads: Gradients::default(),
        }
    }

    fn start(&mut self, seed: u64) {
        let mut rng = Rng::new(seed, 0);
        let values = &mut self.params.values;
        for (dense, factor) in [(&self.input, 1.0), (&self.hidden, 1.0), (&self.output, SMALL_START)] {
            let [weight, _] = dense.views();
            init::normal(&mut rng, weight.of_mut(values), factor / (dense.inputs() as f64).sqrt());
        }
        for (dims, [w_ih, w_hh, b_ih, b_hh]) in self.levels.iter().flat_map(|level| level.stack.cells()) {
            init::input_xavier(&mut rng, w_ih.of_mut(values), dims);
            init::recurrent_orthogonal(&mut rng, w_hh.of_mut(values), dims);
            let [b_ih, b_hh] = View::split_mut([b_ih, b_hh], values);
            init::chrono(&mut rng, dims.cell, dims.hidden, b_ih, b_hh, MEMORY);
        }
    }

    /// Sizes.
    pub fn config(&self) -> PriorConfig {
        self.config
    }

    /// The parameters under their names.
    pub fn params(&self) -> &Params<F> {
        &self.params
    }

    /// The parameters, to change; [`pack`](Self::pack) follows.
    pub fn params_mut(&mut self) -> &mut Params<F> {
        &mut self.params
    }

    /// Takes over the weights; before the first forward and after every change of the parameters.
    pub fn pack(&mut self, cpu: &Cpu) {
        let values = &self.params.values;
        for dense in [&mut self.input, &mut self.hidden, &mut self.output] {
            dense.pack(cpu, values);
        }
        self.levels.iter_mut().for_each(|level| level.stack.pack(cpu, values));
    }

    /// Runs over a batch; `keep` records what backward needs. The result is in [`output`](Self::output).
    pub fn forward(&mut self, cpu: &Cpu, batch: &Batch<F>, keep: bool) {
        let (values, width) = (&self.params.values, self.config.hidden);
        let rows = batch.layout.rows();
        self.input.forward(cpu, values, &batch.tokens);
        self.x.resize(rows * width, F::ZERO);
        let pairs = (Lines { data: &mut self.x[..], width }, Lines { data: self.input.output(), width });
        deal(cpu, pairs, GRAIN, |_, (x, y)| tanh(cpu.isa(), y.data, x.data));
        for at in 0..self.levels.len() {
            let (below, level) = self.levels.split_at_mut(at);
            let level = &mut level[0];
            let x = below.last().map_or(&self.x[..], |below| &below.x);
            let read = match &mut level.norm {
                Some(norm) => {
                    norm.forward(values, x);
                    norm.output()
                }
                None => x,
            };
            self.state.reset(self.config.stack(), batch.layout.batch());
            level.stack.forward(cpu, values, &batch.layout, read, &mut self.state, keep, None);
            level.x.resize(rows * width, F::ZERO);
            for ((sum, &x), &y) in level.x.iter_mut().zip(x).zip(level.stack.output()) {
                *sum = x + y;
            }
        }
        let last = self.levels.last().map_or(&self.x[..], |level| &level.x);
        self.gathered.clear();
        for &row in &batch.future {
            self.gathered.extend_from_slice(&last[row * width..][..width]);
        }
        self.norm.forward(values, &self.gathered);
        self.read.clear();
        for (normed, &row) in self.norm.output().chunks_exact(width).zip(&batch.future) {
            self.read.extend_from_slice(normed);
            self.read.extend_from_slice(&batch.tokens[row * TOKEN..][..TOKEN]);
        }
        self.hidden.forward(cpu, values, &self.read);
        self.active.resize(batch.future.len() * width, F::ZERO);
        for (active, &x) in self.active.iter_mut().zip(self.hidden.output()) {
            *active = x * x.sigmoid();
        }
        self.output.forward(cpu, values, &self.active);
    }

    /// Raw outputs of the tokens of the future: (R, 6 · 23): of each step ten scores of drafts and thirteen levels.
    pub fn output(&self) -> &[F] {
        self.output.output()
    }

    /// Backward of the last forward; `d_output`: (R, TOKEN_OUTPUTS). Gradients are added to those of the parameters.
    pub fn backward(&mut self, cpu: &Cpu, batch: &Batch<F>, d_output: &[F]) {
        let Self { params, grads: g, .. } = self;
        let Params { values, grads, .. } = params;
        let width = self.config.hidden;
        let (rows, future) = (batch.layout.rows(), batch.future.len());
        g.active.resize(future * width, F::ZERO);
        self.output.backward(cpu, values, grads, &self.active, d_output, Some(&mut g.active));
        for (d, &x) in g.active.iter_mut().zip(self.hidden.output()) {
            let gate = x.sigmoid();
            *d *= gate * (F::ONE + x * (F::ONE - gate));
        }
        g.read.resize(future * (width + TOKEN), F::ZERO);
        self.hidden.backward(cpu, values, grads, &self.read, &g.active, Some(&mut g.read));
        g.normed.clear();
        for d in g.read.chunks_exact(width + TOKEN) {
            g.normed.extend_from_slice(&d[..width]);
        }
        g.gathered.clear();
        g.gathered.resize(future * width, F::ZERO);
        self.norm.backward(values, grads, &self.gathered, &g.normed, &mut g.gathered);
        g.x.clear();
        g.x.resize(rows * width, F::ZERO);
        for (d, &row) in g.gathered.chunks_exact(width).zip(&batch.future) {
            g.x[row * width..][..width].copy_from_slice(d);
        }
        for at in (0..self.levels.len()).rev() {
            let (below, level) = self.levels.split_at_mut(at);
            let level = &mut level[0];
            let x = below.last().map_or(&self.x[..], |below| &below.x);
            let read = level.norm.as_ref().map_or(x, |norm| norm.output());
            g.inner.resize(rows * width, F::ZERO);
            self.state.reset(self.config.stack(), batch.layout.batch());
            level.stack.backward(cpu, values, grads, &batch.layout, read, &g.x, &mut self.state, Some(&mut g.inner));
            match &mut level.norm {
                Some(norm) => norm.backward(values, grads, x, &g.inner, &mut g.x),
                None => g.x.iter_mut().zip(&g.inner).for_each(|(sum, &d)| *sum += d),
            }
        }
        for (d, &x) in g.x.iter_mut().zip(&self.x) {
            *d *= F::ONE - x * x;
        }
        self.input.backward(cpu, values, grads, &batch.tokens, &g.x, None);
    }
}

/// Values that exponentials are taken of together.
const TOGETHER: usize = 64;

/// tanh over a slice: ±(1 − e) / (1 + e) with e = exp(−2 |x|).
fn tanh<F: Real>(isa: Isa, x: &[F], out: &mut [F]) {
    let (mut below, mut e) = ([F::ZERO; TOGETHER], [F::ZERO; TOGETHER]);
    let double = F::from_f64(-2.0);
    for (x, out) in x.chunks(TOGETHER).zip(out.chunks_mut(TOGETHER)) {
        let (below, e) = (&mut below[..x.len()], &mut e[..x.len()]);
        below.iter_mut().zip(x).for_each(|(below, x)| *below = double * x.abs());
        exp_below(isa, below, F::ZERO, e);
        for ((out, &x), &e) in out.iter_mut().zip(x).zip(&*e) {
            let size = (F::ONE - e) / (F::ONE + e);
            *out = if x < F::ZERO { -size } else { size };
        }
    }
}

impl<F: Real> Batch<F> {
    /// Lays out sequences, longest first: each has its `lengths` of tokens, (length, TOKEN), of which the last `futures` lie in the future.
    ///
    /// # Panics
    /// If lengths are not sorted, longest first.
    pub fn set(&mut self, lengths: &[usize], futures: &[usize], tokens: &[&[f32]]) {
        self.layout.set_ragged(lengths);
        self.tokens.clear();
        self.tokens.resize(self.layout.rows() * TOKEN, F::ZERO);
        self.future.clear();
        for (b, (&length, &future)) in lengths.iter().zip(futures).enumerate() {
            for t in 0..length {
                let row = self.layout.row(t, b);
                for (to, &from) in self.tokens[row * TOKEN..][..TOKEN].iter_mut().zip(&tokens[b][t * TOKEN..][..TOKEN]) {
                    *to = F::from_f64(from.into());
                }
                if t + future >= length {
                    self.future.push(row);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A batch of three sequences with tokens of noise.
    fn batch() -> Batch<f64> {
        let (lengths, futures) = ([5, 4, 2], [2, 1, 1]);
        let mut rng = Rng::new(5, 0);
        let tokens: Vec<Vec<f32>> = lengths.iter().map(|n| (0..n * TOKEN).map(|_| rng.normal() as f32).collect()).collect();
        let tokens: Vec<&[f32]> = tokens.iter().map(|t| &t[..]).collect();
        let mut batch = Batch::default();
        batch.set(&lengths, &futures, &tokens);
        batch
    }

    #[test]
    fn tokens_of_the_future_are_the_last_of_each_sequence() {
        let batch = batch();
        let steps: Vec<usize> = batch.future.iter().map(|&row| batch.layout.step_of(row)).collect();
        assert_eq!(steps, [3, 4, 3, 1]);
    }

    #[test]
    fn tanh_is_that_of_the_platform() {
        let x: Vec<f32> = (-400..400).map(|k| k as f32 * 0.05).chain([0.0, 1e-20, -88.0, 1e30]).collect();
        let mut y = vec![0.0; x.len()];
        tanh(Isa::best(), &x, &mut y);
        for (x, y) in x.iter().zip(&y) {
            assert!((x.tanh() - y).abs() < 3e-7, "{x}: {y}");
        }
        let mut nan = [0.0];
        tanh(Isa::best(), &[f32::NAN], &mut nan);
        assert!(nan[0].is_nan(), "what is not a number stays so");
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        let cpu = Cpu::with_isa(Isa::Scalar, 1);
        for cell in [Cell::Gru, Cell::Lstm, Cell::MinLstm] {
            let mut network = PriorNetwork::<f64>::new(PriorConfig { cell, hidden: 7, layers: 2 }, 3);
            let batch = batch();
            let mut rng = Rng::new(9, 0);
            let weights: Vec<f64> = (0..batch.future.len() * TOKEN_OUTPUTS).map(|_| rng.normal()).collect();
            let value = |network: &mut PriorNetwork<f64>, keep: bool| -> f64 {
                network.pack(&cpu);
                network.forward(&cpu, &batch, keep);
                network.output().iter().zip(&weights).map(|(a, b)| a * b).sum()
            };
            value(&mut network, true);
            network.params_mut().zero_grads();
            network.backward(&cpu, &batch, &weights);
            let grads = network.params().grads.clone();
            // Some values of every tensor: all of them would take minutes.
            for spec in network.params().specs().to_vec() {
                for at in spec.range.clone().step_by(spec.range.len().div_ceil(5)) {
                    let kept = network.params().values[at];
                    let mut moved = |by: f64| {
                        network.params_mut().values[at] = kept + by;
                        value(&mut network, false)
                    };
                    let expected = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                    network.params_mut().values[at] = kept;
                    let off = (grads[at] - expected).abs() / (1.0 + expected.abs());
                    assert!(off < 1e-6, "{cell:?} {} [{at}]: {} and {expected}", spec.name, grads[at]);
                }
            }
        }
    }
}
