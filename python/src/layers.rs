//! Layers of one precision: calls over rows as the kernels have them, and over whole sequences in blocks.

use gatewise::layer::StackConfig;
use gatewise::layer::recurrent::{Stack, State};
use gatewise::params::{Params, Spec};
use gatewise::rng::Rng;
use gatewise::{Cpu, Layout, Real};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::arrays::wrong;

/// Numbers of a block of rows that inference copies at once, so that a long input needs no copy of itself.
const BLOCK: usize = 1 << 20;

/// A stack of recurrent layers in one precision.
pub struct Layers<F> {
    /// Sizes.
    pub config: StackConfig,
    /// Its outputs are those of the last call.
    pub stack: Stack<F>,
    /// Weights, and the gradients of the last backward.
    pub params: Params<F>,
    packed: bool,
    /// Of the last call.
    pub layout: Layout,
    /// Sequences of the last forward, of which a layout without steps knows nothing.
    batch: usize,
    /// Rows that inference copies: a block of them, (N, I).
    rows: Vec<F>,
    taped: bool,
}

/// How the sequences of a call lie.
#[derive(Clone)]
pub enum Lengths {
    /// All as long: B, T.
    Full(usize, usize),
    /// Sequences at each step, as PyTorch packs them.
    Packed(Vec<usize>),
}

impl Lengths {
    fn batch(&self) -> usize {
        match self {
            Self::Full(batch, _) => *batch,
            Self::Packed(sizes) => sizes.first().copied().unwrap_or(0),
        }
    }

    fn set(&self, layout: &mut Layout) -> PyResult<()> {
        match self {
            Self::Full(batch, time) => layout.set_full(*batch, *time),
            Self::Packed(sizes) => {
                if sizes.windows(2).any(|pair| pair[0] < pair[1]) || sizes.contains(&0) {
                    return Err(wrong("batch_sizes: sequences at each step never grow in number, and every step has one"));
                }
                let batch = sizes.first().copied().unwrap_or(0);
                let lengths: Vec<usize> = (0..batch).map(|b| sizes.partition_point(|&size| size > b)).collect();
                layout.set_ragged(&lengths);
            }
        }
        Ok(())
    }
}

impl<F: Real> Layers<F> {
    /// Layers whose weights are all zero.
    pub fn new(config: StackConfig) -> Self {
        let mut params = Params::new();
        let stack = Stack::new(&mut params, "rnn", config);
        Self { config, stack, params, packed: false, layout: Layout::default(), batch: 0, rows: Vec::new(), taped: false }
    }

    /// Parts L·D of a state.
    pub fn blocks(&self) -> usize {
        self.config.layers * self.config.directions()
    }

    /// Whether a state has c beside h.
    pub fn has_memory(&self) -> bool {
        self.config.dims(0).memory() > 0
    }

    /// Takes over weights that have changed.
    pub fn pack(&mut self, cpu: &Cpu) {
        if !self.packed {
            self.stack.pack(cpu, &self.params.values);
            self.packed = true;
        }
    }

    /// Checks the sizes of a call, and makes its layout.
    pub fn prepare(&mut self, lengths: &Lengths, x: &[F], h: &[F], c: &[F]) -> PyResult<()> {
        // A record of another layout would be read as this one's.
        self.taped = false;
        lengths.set(&mut self.layout)?;
        self.batch = lengths.batch();
        let (rows, batch) = (self.layout.rows(), self.batch);
        let StackConfig { input, hidden, .. } = self.config;
        if rows.checked_mul(input) != Some(x.len()) {
            return Err(wrong(format!("x has {} values; {rows} rows of {input} features are {}", x.len(), rows.saturating_mul(input))));
        }
        let state = self.blocks() * batch * hidden;
        if h.len() != state || c.len() != if self.has_memory() { state } else { 0 } {
            return Err(wrong(format!("the state has {} values; ({}, {batch}, {hidden}) are {state}", h.len(), self.blocks())));
        }
        Ok(())
    }

    /// Checks the sizes of whole sequences (B, T, I), of the state's parts and of outputs.
    pub fn check_batch(&self, [batch, time, input]: [usize; 3], [h, c]: [usize; 2], y: Option<usize>) -> PyResult<()> {
        let state = self.blocks() * batch * self.config.hidden;
        if input != self.config.input {
            return Err(wrong(format!("x has {input} features; the layers read {}", self.config.input)));
        }
        if h != state || c != if self.has_memory() { state } else { 0 } {
            return Err(wrong(format!("the state is ({}, {batch}, {})", self.blocks(), self.config.hidden)));
        }
        if y.is_some_and(|y| y != batch * time * self.config.width()) {
            return Err(wrong("y is (B, T, D·H)"));
        }
        Ok(())
    }

    /// Takes over a tensor; one that is as it was stays packed.
    pub fn take_over(&mut self, spec: &Spec, name: &str, shape: &[usize], tensor: &[F]) -> PyResult<()> {
        if *shape != spec.shape[..] {
            return Err(wrong(format!("{name} has the shape {shape:?}; it must be {:?}", spec.shape)));
        }
        let own = &mut self.params.values[spec.range.clone()];
        if *own != *tensor {
            own.copy_from_slice(tensor);
            self.packed = false;
        }
        Ok(())
    }

    /// A forward over rows as the layout has them; the state goes on from h and c, which become the last one. Outputs are the stack's.
    pub fn forward(&mut self, cpu: &Cpu, x: &[F], h: &mut [F], c: &mut [F], keep: bool, seed: Option<u64>) {
        self.pack(cpu);
        let mut state = State { h: h.to_vec(), c: c.to_vec() };
        let mut noise = seed.map(|seed| Rng::new(seed, 0));
        self.taped = false;
        if self.layout.rows() == 0 {
            self.taped = keep;
            return;
        }
        self.stack.forward(cpu, &self.params.values, &self.layout, x, &mut state, keep, noise.as_mut());
        self.taped = keep;
        h.copy_from_slice(&state.h);
        c.copy_from_slice(&state.c);
    }

    /// Back through the last forward. dh and dc go from the last state to the first; gradients of the weights are in `params.grads`.
    pub fn backward(&mut self, cpu: &Cpu, x: &[F], dy: &[F], dh: &mut [F], dc: &mut [F], dx: Option<&mut [F]>) -> PyResult<()> {
        if !std::mem::take(&mut self.taped) {
            return Err(PyRuntimeError::new_err("backward follows a forward that kept its tape, once"));
        }
        let rows = self.layout.rows();
        if x.len() != rows * self.config.input || dy.len() != rows * self.config.width() {
            return Err(wrong("backward: x and dy are those of the last forward"));
        }
        let state = self.blocks() * self.batch * self.config.hidden;
        if dh.len() != state || dc.len() != if self.has_memory() { state } else { 0 } {
            return Err(wrong("backward: dh and dc have the shape of the state"));
        }
        self.params.zero_grads();
        if rows == 0 {
            return Ok(());
        }
        let mut d_state = State { h: dh.to_vec(), c: dc.to_vec() };
        self.stack.backward(cpu, &self.params.values, &mut self.params.grads, &self.layout, x, dy, &mut d_state, dx);
        dh.copy_from_slice(&d_state.h);
        dc.copy_from_slice(&d_state.c);
        Ok(())
    }

    /// Sequences (B, T, I), the last states to h and c, outputs (B, T, D·H) to `y`, without a tape. Rows are copied block by block alone.
    /// `order` has the sequences, longest first; `lengths` theirs.
    pub fn infer(&mut self, cpu: &Cpu, batch: Batch<'_, F>, h: &mut [F], c: &mut [F], mut y: Option<&mut [F]>) {
        self.taped = false;
        let StackConfig { input, hidden, bidirectional, .. } = self.config;
        let (width, all, blocks) = (self.config.width(), batch.order.len(), self.blocks());
        let wide = input.max(width).max(1);
        // Sequences side by side, and steps at once: a direction from the end wants whole sequences.
        let longest = batch.lengths.iter().copied().max().unwrap_or(0);
        let steps = if bidirectional { longest.max(1) } else { (BLOCK / wide / all.clamp(1, 64)).max(1) };
        let abreast = (BLOCK / wide / steps.min(longest.max(1))).clamp(1, all.max(1));
        let mut rows = std::mem::take(&mut self.rows);
        let (mut state_h, mut state_c) = (Vec::new(), Vec::new());
        for first in (0..all).step_by(abreast) {
            let order = &batch.order[first..all.min(first + abreast)];
            for from in (0..longest).step_by(steps) {
                let alive = order.iter().take_while(|&&b| batch.lengths[b] > from).count();
                if alive == 0 {
                    break;
                }
                let order = &order[..alive];
                let lengths: Vec<usize> = order.iter().map(|&b| (batch.lengths[b] - from).min(steps)).collect();
                self.layout.set_ragged(&lengths);
                // A single sequence lies as the kernels read it.
                let whole;
                if let [only] = order {
                    whole = &batch.x[(only * batch.time + from) * input..][..lengths[0] * input];
                } else {
                    rows.resize(self.layout.rows() * input, F::ZERO);
                    for (k, (&b, &length)) in order.iter().zip(&lengths).enumerate() {
                        for t in 0..length {
                            let row = &batch.x[(b * batch.time + from + t) * input..][..input];
                            rows[(self.layout.offset(t) + k) * input..][..input].copy_from_slice(row);
                        }
                    }
                    whole = &rows[..];
                }
                for (state, kept) in [(&mut state_h, &*h), (&mut state_c, &*c)] {
                    let part = if kept.is_empty() { 0 } else { hidden };
                    state.clear();
                    for block in 0..blocks {
                        order.iter().for_each(|b| state.extend_from_slice(&kept[(block * all + b) * part..][..part]));
                    }
                }
                self.forward(cpu, whole, &mut state_h, &mut state_c, false, None);
                for (state, kept) in [(&state_h, &mut *h), (&state_c, &mut *c)] {
                    let part = if kept.is_empty() { 0 } else { hidden };
                    for block in 0..blocks {
                        for (k, b) in order.iter().enumerate() {
                            kept[(block * all + b) * part..][..part].copy_from_slice(&state[(block * alive + k) * part..][..part]);
                        }
                    }
                }
                if let Some(y) = y.as_deref_mut() {
                    scatter(self.stack.output(), &self.layout, order, &lengths, (batch.time, from), width, y);
                }
            }
        }
        self.rows = rows;
    }
}

/// Sequences of a call to [`Layers::infer`].
#[derive(Clone, Copy)]
pub struct Batch<'a, F> {
    /// (B, T, I).
    pub x: &'a [F],
    /// T.
    pub time: usize,
    /// Of each sequence.
    pub lengths: &'a [usize],
    /// Sequences, longest first.
    pub order: &'a [usize],
}

/// Rows of a layout to their sequences' places from step `from` on: (B, T, width).
fn scatter<F: Real>(
    rows: &[F],
    layout: &Layout,
    order: &[usize],
    lengths: &[usize],
    (time, from): (usize, usize),
    width: usize,
    y: &mut [F],
) {
    for (k, (&b, &length)) in order.iter().zip(lengths).enumerate() {
        for t in 0..length {
            let row = &rows[(layout.offset(t) + k) * width..][..width];
            y[(b * time + from + t) * width..][..width].copy_from_slice(row);
        }
    }
}
