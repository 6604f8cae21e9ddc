//! The fused forward with weights of eight bits, row by row: at a batch of one the time goes into reading the weights, and these are
//! a quarter of the size. See [`crate::int8`].

use std::marker::PhantomData;

use crate::buffer::Aligned;
use crate::cell::{Cell, Dims, Weights};
use crate::cpu::Cpu;
use crate::int8::{Int8Weights, Rows, state_limit};
use crate::recurrent::ForwardArgs;
use crate::simd::{Kernel, Simd};
use crate::team::Barrier;

use super::by_cell::with_cell;
use super::cells::FastCell;
use super::fused::Stored;
use super::pack::{gate_order, pack_bias};
use super::panel::Tile;
use super::tile::WIDTH;
use super::{Shared, deal_rows, on_threads, threads_for};

/// Multiplications of a step from which two threads share one sequence: half of them then take longer than a barrier.
const SPLIT_FROM: usize = 1 << 18;

/// Weights in panels of a vector of units: pair of inputs after pair of inputs, gate by gate, the two weights of a unit side by side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Panels {
    x: Part,
    h: Part,
    /// Panel after panel: first values of the accumulators.
    bias: Aligned<f32>,
}

/// Packed weights, and the scales of their rows, panel after panel, gate by gate.
#[derive(Clone, Debug, Default)]
struct Part {
    values: Aligned<i8>,
    scale: Aligned<f32>,
}

impl Panels {
    pub(crate) fn set<S: Simd>(&mut self, dims: Dims, quantized: &Int8Weights, weights: Weights<'_, f32>) {
        let (input_gates, recurrent_gates) = gate_order(dims.cell);
        self.x.set::<S>(&quantized.x, dims.input, dims.hidden, input_gates);
        self.h.set::<S>(&quantized.h, dims.hidden, dims.hidden, recurrent_gates);
        pack_bias::<S>(dims, weights, S::LANES, &mut self.bias);
    }
}

impl Part {
    fn set<S: Simd>(&mut self, rows: &Rows, k: usize, hidden: usize, gates: &[usize]) {
        let (panels, pairs) = (hidden.div_ceil(S::LANES), k.div_ceil(2));
        let row = 2 * gates.len() * S::LANES;
        self.values.resize(panels * pairs * row);
        self.values.fill(0);
        self.scale.resize(panels * gates.len() * S::LANES);
        self.scale.fill(0.0);
        for j in 0..hidden {
            let (panel, unit) = (j / S::LANES, j % S::LANES);
            for (slot, gate) in gates.iter().enumerate() {
                let source = gate * hidden + j;
                self.scale[(panel * gates.len() + slot) * S::LANES + unit] = rows.scale[source];
                for (kk, &value) in rows.values[source * k..][..k].iter().enumerate() {
                    self.values[(panel * pairs + kk / 2) * row + 2 * (slot * S::LANES + unit) + kk % 2] = value;
                }
            }
        }
    }
}

/// Runs the layer; keeps no tape. See [`crate::reference::forward`] for the equations.
pub(crate) fn forward<S: Simd>(cpu: &Cpu, args: ForwardArgs<'_, f32>, panels: &Panels) {
    debug_assert!(args.dims.cell.spec().int8, "`Recurrent::set_precision` keeps other cells out");
    with_cell!(args.dims.cell, C => run::<S, C>(cpu, args, panels));
}

/// All of a call, shared by the threads.
struct Layer<'a, C> {
    dims: Dims,
    reverse: bool,
    layout: &'a crate::Layout,
    weights: &'a Panels,
    x: &'a [f32],
    h: Shared<f32>,
    c: Shared<f32>,
    y: Shared<f32>,
    /// Room of each thread for one row of inputs and one of states as whole numbers.
    room: Shared<f32>,
    cell: PhantomData<C>,
}

// SAFETY: a marker type and shared pointers whose rows, panels and rooms are dealt out disjoint.
unsafe impl<C> Sync for Layer<'_, C> {}

/// Pairs of whole numbers that k values take, in floats of storage.
fn pairs(k: usize) -> usize {
    k.div_ceil(2)
}

fn run<S: Simd, C: FastCell>(cpu: &Cpu, args: ForwardArgs<'_, f32>, weights: &Panels) {
    let ForwardArgs { dims, reverse, layout, x, h, c, y, work, .. } = args;
    let room = pairs(dims.input) + pairs(dims.seen_states());
    work.space.resize(room * cpu.threads());
    let layer = Layer::<C> {
        dims,
        reverse,
        layout,
        weights,
        x,
        h: Shared(h.as_mut_ptr()),
        c: Shared(c.as_mut_ptr()),
        y: Shared(y.as_mut_ptr()),
        room: Shared(work.space.as_mut_ptr()),
        cell: PhantomData,
    };
    let (step, panels) = (dims.gate_rows() * (dims.input + dims.seen_states()), dims.hidden.div_ceil(S::LANES));
    if layout.batch() == 1 && step >= SPLIT_FROM {
        let threads = cpu.threads();
        let part = |i: usize| panels * i / threads;
        let split = |thread, barrier: &Barrier| {
            let steps = Steps { layer: &layer, rows: (0, 1), panels: (part(thread), part(thread + 1)), barrier: Some(barrier), thread };
            // SAFETY: `S` is available, panels are dealt out disjoint, and a barrier ends each step.
            unsafe { S::run(steps) };
        };
        if cpu.team().run_abreast(split) {
            return;
        }
    }
    let threads = threads_for(cpu, layout.rows() * step);
    on_threads(cpu, threads, |i| {
        let rows = deal_rows(layout, threads, i);
        if rows.0 < rows.1 {
            // SAFETY: `S` is available and rows are dealt out disjoint.
            unsafe { S::run(Steps { layer: &layer, rows, panels: (0, panels), barrier: None, thread: i }) };
        }
    });
}

/// All steps for some of the batch's rows and all panels, or for one row and some of the panels.
struct Steps<'l, 'a, C> {
    layer: &'l Layer<'a, C>,
    rows: (usize, usize),
    panels: (usize, usize),
    /// Ends a step where other threads compute the other panels.
    barrier: Option<&'l Barrier>,
    thread: usize,
}

impl<C: FastCell> Kernel for Steps<'_, '_, C> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self { layer, rows: (lo, hi), panels, barrier, thread } = self;
        let (Dims { input, hidden, .. }, seen) = (layer.dims, layer.dims.seen_states());
        let (layout, time) = (layer.layout, layer.layout.time());
        // SAFETY: every thread has its own room; rows, or panels of the one row, are this thread's; the last states were finished
        // before the barrier.
        unsafe {
            let x_room = layer.room.get().add(thread * (pairs(input) + pairs(seen))).cast::<i16>();
            let h_room = x_room.add(2 * pairs(input));
            for step in 0..time {
                let t = if layer.reverse { time - 1 - step } else { step };
                for b in lo..hi.min(layout.active(t)) {
                    let row = layout.row(t, b);
                    let h = match layout.previous(t, b, layer.reverse) {
                        Some(last) => layer.y.get().add(last * hidden).cast_const(),
                        None => layer.h.get().add(b * hidden).cast_const(),
                    };
                    let x_scale = whole_numbers::<S>(layer.x.as_ptr().add(row * input), input, x_room);
                    let h_scale = whole_numbers::<S>(h, seen, h_room);
                    let x = Operand { pairs: x_room.cast(), k: pairs(input), scale: x_scale };
                    let whole = Operand { pairs: h_room.cast(), k: pairs(seen), scale: h_scale };
                    for panel in panels.0..panels.1 {
                        layer.panel::<S>(panel, row, b, h, x, whole);
                    }
                }
                if let Some(barrier) = barrier {
                    barrier.wait();
                }
            }
            // One of the threads that share a sequence hands over its last state.
            if barrier.is_some() && thread > 0 {
                return;
            }
            for b in lo..hi {
                let row = if layer.reverse { b } else { layout.row(layout.length(b) - 1, b) };
                std::ptr::copy_nonoverlapping(layer.y.get().add(row * hidden), layer.h.get().add(b * hidden), hidden);
            }
        }
    }
}

/// One row as pairs of whole numbers of 16 bits, and what one of them stands for.
#[derive(Clone, Copy)]
struct Operand {
    pairs: *const i32,
    k: usize,
    scale: f32,
}

/// Brings `k` values to whole numbers, a last odd one with a zero beside it; gives what one of them stands for, a NaN where a value
/// is not finite.
///
/// # Safety
/// The processor has the instruction set; `values` is valid for `k` floats, `out` for `k` numbers and one more where k is odd.
#[inline(always)]
pub(super) unsafe fn whole_numbers<S: Simd>(values: *const f32, k: usize, out: *mut i16) -> f32 {
    // SAFETY: k values, and room for them in pairs.
    unsafe {
        let (mut largest, mut poison) = (S::splat(0.0), S::splat(0.0));
        for at in (0..k).step_by(S::LANES) {
            let v = S::load_masked(values.add(at), S::mask((k - at).min(S::LANES)));
            largest = S::max(S::abs(v), largest);
            poison = S::fma(v, S::splat(0.0), poison);
        }
        let mut lanes = Stored::new();
        let lanes = lanes.pointer();
        S::store(lanes, largest);
        S::store(lanes.add(S::LANES), poison);
        let (mut largest, mut poison) = (0.0f32, 0.0f32);
        for j in 0..S::LANES {
            largest = largest.max(*lanes.add(j));
            poison += *lanes.add(S::LANES + j);
        }
        let limit = state_limit(k);
        // Values so small that the inverse leaves the range count as zeros, as a row of zeros does.
        let inverse = limit / largest;
        let inverse = if poison == 0.0 && inverse.is_finite() { inverse } else { 0.0 };
        for j in 0..k {
            let value = if inverse > 0.0 { (*values.add(j) * inverse).round_ties_even() } else { 0.0 };
            // Within ±`limit`, as |value| ≤ `largest`.
            *out.add(j) = value.to_int_unchecked::<i32>() as i16;
        }
        if k % 2 == 1 {
            *out.add(k) = 0;
        }
        if poison == 0.0 { largest / limit } else { f32::NAN }
    }
}

impl<C: FastCell> Layer<'_, C> {
    /// The units of one panel in one row. `last`: the whole last state, and `h`: the same as whole numbers.
    ///
    /// # Safety
    /// The processor has the instruction set; panel and rows exist, their states and outputs are this thread's alone, and the operands have the pairs of the layer's sizes.
    #[inline(always)]
    unsafe fn panel<S: Simd>(&self, panel: usize, row: usize, b: usize, last: *const f32, x: Operand, h: Operand) {
        let hidden = self.dims.hidden;
        let unit = panel * S::LANES;
        // SAFETY: row and panel exist.
        unsafe {
            let tile = Tile {
                last,
                hidden,
                vectors: 1,
                units: (hidden - unit).min(S::LANES),
                unit,
                relu: self.dims.cell == Cell::RnnRelu,
                c: if self.dims.memory() > 0 { self.c.get().add(b * hidden + unit) } else { std::ptr::null_mut() },
                y: self.y.get().add(row * hidden + unit),
                ..Tile::default()
            };
            let bias = self.weights.bias.as_ptr().add(panel * C::accumulators(1) * S::LANES);
            S::run(PanelKernel::<C> { tile: &tile, bias, x: (x, &self.weights.x), h: (h, &self.weights.h), panel, cell: PhantomData });
        }
    }
}

/// The two products of a panel, then the cell's equations.
struct PanelKernel<'t, C> {
    tile: &'t Tile,
    bias: *const f32,
    x: (Operand, &'t Part),
    h: (Operand, &'t Part),
    panel: usize,
    cell: PhantomData<C>,
}

impl<C: FastCell> Kernel for PanelKernel<'_, C> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
    unsafe fn run<S: Simd>(self) {
        let mut stored = Stored::new();
        let stored = stored.pointer();
        // SAFETY: the panel exists; `stored` has room for a row of accumulators.
        unsafe {
            let mut acc = [S::splat(0.0); WIDTH];
            for v in 0..C::accumulators(1) {
                acc[v] = S::load(self.bias.add(v * S::LANES));
            }
            add::<S>(&mut acc, C::input(1), self.x, self.panel);
            add::<S>(&mut acc, C::recurrent(1), self.h, self.panel);
            for v in 0..C::accumulators(1) {
                S::store(stored.add(v * S::LANES), acc[v]);
            }
            C::finish::<S>(stored, self.tile, 1, 1);
        }
    }
}

/// Adds a product of whole numbers to `width` accumulators from `first` on.
///
/// # Safety
/// The processor has the instruction set; the panel exists, `operand` has as many pairs as `part` was made for, and `first + width` ≤ [`WIDTH`].
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
unsafe fn add<S: Simd>(acc: &mut [S::V; WIDTH], (first, width): (usize, usize), (operand, part): (Operand, &Part), panel: usize) {
    // SAFETY: the panel exists, and the operand has `k` pairs.
    unsafe {
        let row = 2 * width * S::LANES;
        let values = part.values.as_ptr().add(panel * operand.k * row);
        let mut sum = [S::zero_int(); WIDTH];
        for kk in 0..operand.k {
            let pair = *operand.pairs.add(kk);
            for v in 0..width {
                sum[v] = S::dot_pair(sum[v], pair, values.add(kk * row + 2 * v * S::LANES));
            }
        }
        let scale = part.scale.as_ptr().add(panel * width * S::LANES);
        for v in 0..width {
            let scale = S::mul(S::load(scale.add(v * S::LANES)), S::splat(operand.scale));
            acc[first + v] = S::fma(S::to_float(sum[v]), scale, acc[first + v]);
        }
    }
}
