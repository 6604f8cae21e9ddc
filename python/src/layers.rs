//! Layers of one precision: calls over rows as the kernels have them, and over whole sequences in blocks.

use std::sync::atomic::{AtomicU64, Ordering};

use gatewise::layer::StackConfig;
use gatewise::layer::recurrent::{Stack, StackRecord, State};
use gatewise::params::Params;
use gatewise::rng::Rng;
use gatewise::{Cpu, Layout, Real};
use gatewise_kernels::vectorize;
use pyo3::prelude::*;

use crate::arrays::wrong;

/// Numbers of a block of rows that inference copies at once, so that a long input needs no copy of itself.
const BLOCK: usize = 1 << 20;

/// Numbers of tensors that are compared between two looks at the result.
const COMPARED: usize = 1 << 12;

/// The number of the next weights: those of no two layers, and of no two moments of one, have the same.
static NEXT_WEIGHTS: AtomicU64 = AtomicU64::new(1);

/// A stack of recurrent layers in one precision.
pub struct Layers<F> {
    /// Sizes.
    pub config: StackConfig,
    /// Its outputs are those of the last call.
    pub stack: Stack<F>,
    /// Weights.
    pub params: Params<F>,
    packed: bool,
    weights: u64,
    /// Of the last call.
    pub layout: Layout,
    /// Sequences of the last forward, of which a layout without steps knows nothing.
    batch: usize,
    /// Rows that inference copies: a block of them, (N, I).
    rows: Vec<F>,
}

/// What one forward left for its backward.
pub struct Kept<F> {
    record: StackRecord<F>,
    layout: Layout,
    batch: usize,
    weights: u64,
}

impl<F> Kept<F> {
    /// The number of the weights that the forward ran with.
    pub fn weights(&self) -> u64 {
        self.weights
    }
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
        // Gradients are written to where they are asked for.
        params.grads = Vec::new();
        let weights = NEXT_WEIGHTS.fetch_add(1, Ordering::Relaxed);
        Self { config, stack, params, packed: false, weights, layout: Layout::default(), batch: 0, rows: Vec::new() }
    }

    /// The number of the weights at hand, another one after every change.
    pub fn weights(&self) -> u64 {
        self.weights
    }

    /// A record to keep a forward in.
    pub fn record(&self) -> Kept<F> {
        Kept { record: self.stack.record(), layout: Layout::default(), batch: 0, weights: 0 }
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

    /// Takes over tensors in the order of the parameters; weights that are all as they were stay packed.
    pub fn take_over(&mut self, tensors: &[Option<&[F]>]) {
        let same = |(own, tensor): (&[F], &[F])| vectorize!(own.iter().zip(tensor).fold(true, |same, (a, b)| same & (a == b)));
        let ranges: Vec<_> = self.params.specs().iter().map(|spec| spec.range.clone()).collect();
        for (range, tensor) in ranges.into_iter().zip(tensors) {
            let (own, Some(tensor)) = (&mut self.params.values[range], tensor) else { continue };
            if !own.chunks(COMPARED).zip(tensor.chunks(COMPARED)).all(same) {
                own.copy_from_slice(tensor);
                self.packed = false;
                self.weights = NEXT_WEIGHTS.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// A forward over rows as the layout has them; the state goes on from h and c, which become the last one. Outputs go to y; what backward
    /// needs to `kept`.
    pub fn forward(
        &mut self,
        cpu: &Cpu,
        x: &[F],
        [h, c]: [&mut [F]; 2],
        y: Option<&mut [F]>,
        mut kept: Option<&mut Kept<F>>,
        seed: Option<u64>,
    ) {
        self.pack(cpu);
        if self.layout.rows() > 0 {
            let mut state = State { h: h.to_vec(), c: c.to_vec() };
            let mut noise = seed.map(|seed| Rng::new(seed, 0));
            self.set_aside(kept.as_deref_mut());
            self.stack.forward(cpu, &self.params.values, &self.layout, x, &mut state, kept.is_some(), noise.as_mut());
            h.copy_from_slice(&state.h);
            c.copy_from_slice(&state.c);
            if let Some(y) = y {
                y.copy_from_slice(self.stack.output());
            }
            self.set_aside(kept.as_deref_mut());
        }
        if let Some(kept) = kept {
            std::mem::swap(&mut self.layout, &mut kept.layout);
            (kept.batch, kept.weights) = (self.batch, self.weights);
        }
    }

    fn set_aside(&mut self, kept: Option<&mut Kept<F>>) {
        if let Some(kept) = kept {
            self.stack.exchange(&mut kept.record);
        }
    }

    /// Back through the forward that was kept, with the weights at hand, which are to be those of the forward. dh and dc go from the last state to the first; gradients of the weights are
    /// written to `grads`.
    pub fn backward(&mut self, cpu: &Cpu, kept: &mut Kept<F>, d: Gradients<'_, F>, grads: &mut [F]) -> PyResult<()> {
        let Gradients { x, dy, dh, dc, dx } = d;
        let rows = kept.layout.rows();
        if x.len() != rows * self.config.input || dy.len() != rows * self.config.width() {
            return Err(wrong("backward: x and dy are those of the forward"));
        }
        let state = self.blocks() * kept.batch * self.config.hidden;
        if dh.len() != state || dc.len() != if self.has_memory() { state } else { 0 } {
            return Err(wrong("backward: dh and dc have the shape of the state"));
        }
        if grads.len() != self.params.values.len() {
            return Err(wrong("grads have a value for each parameter"));
        }
        grads.fill(F::ZERO);
        if rows == 0 {
            return Ok(());
        }
        self.pack(cpu);
        let mut d_state = State { h: dh.to_vec(), c: dc.to_vec() };
        self.stack.exchange(&mut kept.record);
        self.stack.backward(cpu, &self.params.values, grads, &kept.layout, x, dy, &mut d_state, dx);
        self.stack.exchange(&mut kept.record);
        dh.copy_from_slice(&d_state.h);
        dc.copy_from_slice(&d_state.c);
        Ok(())
    }

    /// Sequences (B, T, I), the last states to h and c, outputs (B, T, D·H) to `y`, without a tape. Rows are copied block by block alone.
    /// `order` has the sequences, longest first; `lengths` theirs.
    pub fn infer(&mut self, cpu: &Cpu, batch: Batch<'_, F>, h: &mut [F], c: &mut [F], mut y: Option<&mut [F]>) {
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
                self.forward(cpu, whole, [&mut state_h, &mut state_c], None, None, None);
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

/// What a call to [`Layers::backward`] reads, and gradients of state and input.
pub struct Gradients<'a, F> {
    /// (N, I), that of the forward.
    pub x: &'a [F],
    /// (N, D·H).
    pub dy: &'a [F],
    /// (L·D, B, H): of the last state in, of the first one out.
    pub dh: &'a mut [F],
    /// Likewise, or empty.
    pub dc: &'a mut [F],
    /// (N, I), written.
    pub dx: Option<&'a mut [F]>,
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
