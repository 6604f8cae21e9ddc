//! The recurrent nodes: read once, packed once, computed by the kernels where they can, else in plain loops.

mod form;
mod plain;
mod sequences;
mod weights;

use gatewise_kernels::{Aligned, Cell, Cpu, Record, Recurrent};
use gatewise_memory::{Budget, product};

pub(crate) use form::{Form, Operator};
use plain::{Plain, Space};
use sequences::{Extent, Sequences};
pub(crate) use weights::Direction;

use super::error::{Fault, fault};
use super::op::{Action, Built, Call, Work};
use super::reader::Reader;
use super::shape::Shape;
use super::tensor::{Dtype, Operand};

/// Places of the inputs.
const X: usize = 0;
const W: usize = 1;
const R: usize = 2;
const B: usize = 3;
const LENGTHS: usize = 4;
const FIRST_H: usize = 5;
const FIRST_C: usize = 6;
const PEEPHOLES: usize = 7;

/// A recurrent node.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) form: Form,
    /// For each direction the cell that the kernels compute, or why they do not.
    pub(crate) kernels: Vec<Result<Cell, &'static str>>,
    /// Of each direction, where they are constant.
    pub(crate) weights: Option<Vec<Direction>>,
    /// Of each direction that the kernels compute, where the weights are constant: packed.
    packed: Vec<Option<Recurrent<f32>>>,
}

/// What a node keeps from one call to the next.
#[derive(Debug)]
pub(crate) struct Working {
    sequences: Sequences,
    directions: Vec<Option<Recurrent<f32>>>,
    record: Record<f32>,
    plain: Space,
    h: Vec<f32>,
    c: Vec<f32>,
}

/// Reads a node, and packs its weights.
pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    let form = Form::read(reader)?;
    let lstm = form.operator == Operator::Lstm;
    reader.arity(3..=if lstm { 8 } else { 6 }, if lstm { 3 } else { 2 })?;
    for at in [X, W, R] {
        reader.expect(at, Dtype::Float)?;
    }
    for at in [B, FIRST_H, FIRST_C, PEEPHOLES] {
        reader.expect_any(at, Dtype::Float)?;
    }
    reader.expect_any(LENGTHS, Dtype::Int)?;
    let operand = |at| reader.constant(at).map(super::tensor::Constant::operand);
    // Weights that are zero look at nothing.
    let peeps = reader.has(PEEPHOLES) && !operand(PEEPHOLES).is_some_and(|p| p.float().is_ok_and(|p| p.iter().all(|&p| p == 0.0)));
    let directions = form.directions.len();
    let kernel = |d| if peeps { Err("its gates see the cell state (input P)") } else { form.kernel(d) };
    let kernels: Vec<_> = (0..directions).map(kernel).collect();
    let is_constant = !reader.has(B) || reader.constant(B).is_some();
    let (mut weights, mut packed, mut absorbed) = (None, vec![None; directions], Vec::new());
    if let (Some(w), Some(r), true) = (operand(W), operand(R), is_constant) {
        let read = weights::read(&form, w, r, operand(B))?;
        // A copy in another order, and one in panels of whole vectors.
        let bytes: u128 = read.iter().map(|d| product(&[8, d.input + d.hidden + 64, d.b_ih.len() + 64])).sum();
        Budget::current().hold("its packed weights", bytes)?;
        for ((packed, kernel), (direction, (reverse, _))) in packed.iter_mut().zip(&kernels).zip(read.iter().zip(&form.directions)) {
            if let Ok(cell) = kernel {
                let mut recurrent = Recurrent::new(direction.dims(*cell), *reverse);
                recurrent.pack(reader.cpu, direction.weights());
                *packed = Some(recurrent);
            }
        }
        weights = Some(read);
        absorbed = vec![W, R, B];
    }
    if !peeps {
        absorbed.push(PEEPHOLES);
    }
    let outputs = vec![Dtype::Float; if lstm { 3 } else { 2 }];
    let layer = Layer { form, kernels, weights, packed };
    Ok(Built { action: Action::Recurrent(Box::new(layer)), outputs, settles: Vec::new(), absorbed })
}

/// The sizes of a call.
#[derive(Clone, Copy)]
struct Sizes {
    extent: Extent,
    input: usize,
    hidden: usize,
    directions: usize,
}

impl Sizes {
    /// Where the state of a sequence is, in rows.
    fn state(self, direction: usize, b: usize) -> usize {
        if self.extent.batch_major { b * self.directions + direction } else { direction * self.extent.batch + b }
    }

    fn state_shape(self) -> Result<Shape, Fault> {
        let Self { extent, hidden, directions, .. } = self;
        Shape::new(&if extent.batch_major { [extent.batch, directions, hidden] } else { [directions, extent.batch, hidden] })
    }

    fn output_shape(self) -> Result<Shape, Fault> {
        let Self { extent: Extent { time, batch, batch_major }, hidden, directions, .. } = self;
        Shape::new(&if batch_major { [batch, time, directions, hidden] } else { [time, directions, batch, hidden] })
    }

    /// Where the outputs of a direction at a step of a sequence are, in rows.
    fn output(self, t: usize, direction: usize, b: usize) -> usize {
        let Self { extent: Extent { time, batch, batch_major }, directions, .. } = self;
        if batch_major { (b * time + t) * directions + direction } else { (t * directions + direction) * batch + b }
    }
}

impl Layer {
    pub(crate) fn work(&self) -> Work {
        Work::Recurrent(Box::new(Working {
            sequences: Sequences::default(),
            // They share the weights.
            directions: self.packed.clone(),
            record: Record::default(),
            plain: Space::default(),
            h: Vec::new(),
            c: Vec::new(),
        }))
    }

    /// Writes Y (T, D, B, H), Y_h and Y_c (D, B, H); with batches first (B, T, D, H) and (B, D, H).
    pub(crate) fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(X)?;
        let &[first, second, input] = x.shape.axes() else {
            return fault(format!("its input has shape {}; steps, sequences and features are wanted", x.shape));
        };
        let batch_major = self.form.batch_major;
        let (time, batch) = if batch_major { (second, first) } else { (first, second) };
        let read;
        let weights = match &self.weights {
            Some(weights) => weights,
            None => {
                read = weights::read(&self.form, call.input(W)?, call.input(R)?, call.maybe(B))?;
                &read
            }
        };
        let hidden = weights[0].hidden;
        if weights[0].input != input {
            return fault(format!("its input of shape {} has {input} features, and its weights read {}", x.shape, weights[0].input));
        }
        let sizes = Sizes { extent: Extent { time, batch, batch_major }, input, hidden, directions: weights.len() };
        let state = sizes.state_shape()?;
        for (at, name) in [(FIRST_H, "initial_h"), (FIRST_C, "initial_c")] {
            if let Some(first) = call.maybe(at).filter(|first| first.shape != state) {
                return fault(format!("its {name} has shape {}; {state} is wanted", first.shape));
            }
        }
        let peepholes = self.peepholes(call, sizes)?;
        // What the kernels and loops keep of a row: inputs, outputs, and gates before the loop over time.
        let row = input.saturating_add(2 * hidden).saturating_add(self.form.cell().gates() * hidden);
        let rows = product(&[time, batch, row, 4 * sizes.directions]);
        Budget::current().hold("its working space", call.held.saturating_add(rows).saturating_add(product(&[time, 16])))?;
        let mut work = std::mem::replace(call.work, Work::None);
        let ran = match &mut work {
            Work::Recurrent(working) => self.directions(call, working, sizes, x, (weights, peepholes)),
            _ => fault("its working space is another operator's"),
        };
        *call.work = work;
        ran
    }

    /// The weights of the cell state in the gates, where they are looked at.
    fn peepholes<'a>(&self, call: &Call<'a>, sizes: Sizes) -> Result<Option<&'a [f32]>, Fault> {
        let Some(peepholes) = call.maybe(PEEPHOLES).filter(|_| self.kernels.iter().any(Result::is_err)) else { return Ok(None) };
        if *peepholes.shape.axes() != [sizes.directions, 3 * sizes.hidden] {
            return fault(format!("its P has shape {}; ({}, {}) is wanted", peepholes.shape, sizes.directions, 3 * sizes.hidden));
        }
        peepholes.float().map(Some)
    }

    fn directions(
        &self,
        call: &mut Call<'_>,
        working: &mut Working,
        sizes: Sizes,
        x: Operand<'_>,
        (weights, peepholes): (&[Direction], Option<&[f32]>),
    ) -> Result<(), Fault> {
        let Sizes { extent, input, hidden, directions } = sizes;
        let lengths = call.maybe(LENGTHS).map(|lengths| lengths.int()).transpose()?;
        let first = [FIRST_H, FIRST_C].map(|at| call.maybe(at));
        let first = [first[0].map(|h| h.float()).transpose()?, first[1].map(|c| c.float()).transpose()?];
        let values = x.float()?;
        // A sequence without a step ends in zeros, as in other runtimes: the format does not say.
        for at in [1, 2] {
            if call.wants(at) {
                call.float(at, sizes.state_shape()?)?.fill(0.0);
            }
        }
        if extent.batch == 0 || extent.time == 0 {
            if call.wants(0) {
                call.float(0, sizes.output_shape()?)?;
            }
            return Ok(());
        }
        working.sequences.set(extent, lengths)?;
        let in_order = working.sequences.in_order(extent);
        if !in_order {
            working.sequences.gather(extent, values, input);
        }
        let swaps = in_order && directions == 1;
        if call.wants(0) {
            let out = call.float(0, sizes.output_shape()?)?;
            if !working.sequences.is_full() {
                out.fill(0.0);
            }
        }
        for (d, weights) in weights.iter().enumerate() {
            let Working { sequences, directions: kernels, record, plain, h, c } = working;
            let layout = &sequences.layout;
            let memory = weights.dims(self.form.cell()).memory();
            for (state, first, width) in [(&mut *h, first[0], hidden), (&mut *c, first[1], memory)] {
                state.clear();
                for place in 0..layout.batch() {
                    match first {
                        Some(first) => state.extend_from_slice(&first[sizes.state(d, sequences.sequence(place)) * hidden..][..width]),
                        None => state.resize((place + 1) * width, 0.0),
                    }
                }
            }
            let rows = if in_order { values } else { sequences.rows() };
            if layout.rows() > 0 {
                match self.kernels[d] {
                    Ok(cell) => {
                        let kernel = self.kernel(call.cpu, (cell, d), weights, &mut kernels[d]);
                        kernel.forward(call.cpu, layout, rows, h, c, false);
                        kernel.exchange(record);
                    }
                    Err(_) => {
                        let (reverse, activations) = &self.form.directions[d];
                        let peepholes = peepholes.map(|p| &p[d * 3 * hidden..][..3 * hidden]);
                        let loops = Plain { form: &self.form, reverse: *reverse, activations, weights, peepholes };
                        loops.forward(call.cpu, layout, rows, h, c, plain);
                        record.y.resize(plain.y.len());
                        record.y.copy_from_slice(&plain.y);
                    }
                }
            }
            for (at, state, width) in [(1, &h[..], hidden), (2, &c[..], memory)] {
                if call.wants(at) {
                    let out = &mut call.outs[at].aligned()?[..];
                    for place in 0..layout.batch() {
                        let to = sizes.state(d, sequences.sequence(place)) * width;
                        out[to..to + width].copy_from_slice(&state[place * width..][..width]);
                    }
                }
            }
            if call.wants(0) {
                let out = call.outs[0].aligned()?;
                if swaps {
                    std::mem::swap(out, &mut record.y);
                } else {
                    scatter(sequences, &record.y, sizes, d, out);
                }
            }
        }
        Ok(())
    }

    /// The packed layer of a direction; weights that come with the call are packed for it.
    fn kernel<'a>(
        &self,
        cpu: &Cpu,
        (cell, d): (Cell, usize),
        weights: &Direction,
        kept: &'a mut Option<Recurrent<f32>>,
    ) -> &'a mut Recurrent<f32> {
        let dims = weights.dims(cell);
        if self.weights.is_none() {
            let mut layer = kept.take().filter(|layer| layer.dims() == dims);
            layer.get_or_insert_with(|| Recurrent::new(dims, self.form.directions[d].0)).pack(cpu, weights.weights());
            *kept = layer;
        }
        kept.get_or_insert_with(|| Recurrent::new(dims, self.form.directions[d].0))
    }
}

/// Outputs of a direction to their places.
fn scatter(sequences: &Sequences, y: &[f32], sizes: Sizes, direction: usize, out: &mut Aligned<f32>) {
    let (layout, hidden) = (&sequences.layout, sizes.hidden);
    for t in 0..layout.time() {
        let active = layout.active(t);
        let rows = &y[layout.offset(t) * hidden..][..active * hidden];
        // A step of whole batches lies in one piece.
        if sequences.is_full() && !sizes.extent.batch_major {
            out[sizes.output(t, direction, 0) * hidden..][..active * hidden].copy_from_slice(rows);
            continue;
        }
        for (place, row) in rows.chunks_exact(hidden).enumerate() {
            let to = sizes.output(t, direction, sequences.sequence(place)) * hidden;
            out[to..to + hidden].copy_from_slice(row);
        }
    }
}
