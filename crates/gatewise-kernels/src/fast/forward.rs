//! The fused forward pass: one K loop over inputs and last hidden state, then the cell's equations on the tile.

use std::marker::PhantomData;

use crate::cell::{Cell, Dims};
use crate::cpu::Cpu;
use crate::recurrent::ForwardArgs;
use crate::simd::{Kernel, Simd, Split, math};
use crate::team::Barrier;

use super::gemm::Gemm;
use super::pack::{FastWeights, panel_widths, unit_vectors};
use super::tile::{Acc, WIDTH, accumulate, accumulate_panels, with_rows};
use super::{Shared, deal, deal_rows, threads_for};

/// Below this batch the product of the inputs is taken out of the time loop: its weights are then read once for many steps.
const HOIST_BELOW: usize = 8;

/// Weights that the second cache keeps from step to step. Larger ones stream in anew at every step; without those of the
/// inputs that is half as much.
const CACHED_BYTES: usize = 3 << 19;
/// Bytes of inputs that the hoisted product takes at a time, so that they stay cached while all panels pass over them.
const INPUT_BYTES: usize = 1 << 19;

/// Recurrent weights from which two threads share one sequence: half of them then take longer to read than a barrier takes.
const SPLIT_FROM: usize = 1 << 16;

/// A cell's shape in registers and what it does with a finished tile.
pub(super) trait FastCell: Copy {
    /// Whether gates fill the tile, so that a panel is one vector of units wide.
    const GATED: bool;
    /// Accumulators of the input rows: first and number. `units` is the panel's width in vectors.
    fn input(units: usize) -> (usize, usize);
    /// Accumulators of the recurrent rows.
    fn recurrent(units: usize) -> (usize, usize);
    /// Accumulators in all.
    fn accumulators(units: usize) -> usize;

    /// The cell's equations for one row of a panel. `acc`: the row's accumulators, stored vector after vector.
    ///
    /// # Safety
    /// The tile's pointers are valid for the row.
    unsafe fn finish<S: Simd>(acc: *const f32, tile: &Tile, row: usize);
}

/// Rows and columns of one panel at one step. Pointers are at the first row and, but for `x` and `h`, at the panel's first unit.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    x: *const f32,
    inputs: usize,
    h: *const f32,
    hidden: usize,
    w_x: *const f32,
    w_h: *const f32,
    bias: *const f32,
    /// The input product where it was hoisted, else null.
    pre: *mut f32,
    pre_stride: usize,
    /// Vectors of units in the panel and units that exist.
    vectors: usize,
    units: usize,
    /// First unit of the panel.
    unit: usize,
    /// RNN: a rectifier instead of tanh.
    relu: bool,
    c: *mut f32,
    y: *mut f32,
    /// Null when no tape is kept.
    gates: *mut f32,
    gates_stride: usize,
    tape_c: *mut f32,
    tape_tanh_c: *mut f32,
}

/// Which part of the K loop a tile runs.
const WHOLE: u8 = 0;
/// Inputs only, into `pre`.
const INPUTS: u8 = 1;
/// From `pre`, recurrent rows only.
const RECURRENT: u8 = 2;

struct TileKernel<'t, C, const R: usize, const U: usize, const PART: u8>(&'t Tile, PhantomData<C>);

impl<C: FastCell, const R: usize, const U: usize, const PART: u8> Kernel for TileKernel<'_, C, R, U, PART> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
    unsafe fn run<S: Simd>(self) {
        let t = self.0;
        let (x_first, x_width) = C::input(U);
        let (h_first, h_width) = C::recurrent(U);
        // SAFETY: the tile's pointers are valid for its rows and units.
        unsafe {
            let mut acc: Acc<S::V, R> = [[S::splat(0.0); WIDTH]; R];
            for v in 0..C::accumulators(U) {
                let bias = S::load(t.bias.add(v * S::LANES));
                for r in 0..R {
                    acc[r][v] = bias;
                }
            }
            if PART == RECURRENT {
                for r in 0..R {
                    for v in 0..x_width {
                        acc[r][x_first + v] = S::load(t.pre.add(r * t.pre_stride + v * S::LANES));
                    }
                }
            } else {
                accumulate::<S, R, false>(&mut acc, x_first, x_width, t.x, t.inputs, t.inputs, t.w_x);
            }
            if PART == INPUTS {
                for r in 0..R {
                    for v in 0..x_width {
                        S::store(t.pre.add(r * t.pre_stride + v * S::LANES), acc[r][x_first + v]);
                    }
                }
                return;
            }
            accumulate::<S, R, false>(&mut acc, h_first, h_width, t.h, t.hidden, t.hidden, t.w_h);
            // Stored first: equations that index the accumulators in a loop would keep them in memory during the K loop.
            let mut stored = Stored([0.0; 8 * WIDTH * 16]);
            let stored = stored.0.as_mut_ptr();
            for r in 0..R {
                for v in 0..C::accumulators(U) {
                    S::store(stored.add((r * WIDTH + v) * S::LANES), acc[r][v]);
                }
            }
            for r in 0..R {
                C::finish::<S>(stored.add(r * WIDTH * S::LANES), t, r);
            }
        }
    }
}

/// One row of two panels at once, for batch 1.
struct PairKernel<'t, C, const U: usize, const PART: u8>(&'t Tile, PhantomData<C>);

impl<C: FastCell, const U: usize, const PART: u8> Kernel for PairKernel<'_, C, U, PART> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
    unsafe fn run<S: Simd>(self) {
        let first = self.0;
        let (x_first, x_width) = C::input(U);
        let (h_first, h_width) = C::recurrent(U);
        // SAFETY: both panels exist; the tile's pointers are valid for the row and all units.
        unsafe {
            let second = first.next_panel::<S>(x_width, h_width, C::accumulators(U));
            let mut acc: Acc<S::V, 2> = [[S::splat(0.0); WIDTH]; 2];
            for (p, t) in [first, &second].into_iter().enumerate() {
                for v in 0..C::accumulators(U) {
                    acc[p][v] = S::load(t.bias.add(v * S::LANES));
                }
                if PART == RECURRENT {
                    for v in 0..x_width {
                        acc[p][x_first + v] = S::load(t.pre.add(v * S::LANES));
                    }
                }
            }
            if PART == WHOLE {
                accumulate_panels::<S, 2>(&mut acc, x_first, x_width, first.x, first.inputs, first.w_x, first.inputs * x_width * S::LANES);
            }
            accumulate_panels::<S, 2>(&mut acc, h_first, h_width, first.h, first.hidden, first.w_h, first.hidden * h_width * S::LANES);
            let mut stored = Stored([0.0; 8 * WIDTH * 16]);
            let stored = stored.0.as_mut_ptr();
            for p in 0..2 {
                for v in 0..C::accumulators(U) {
                    S::store(stored.add((p * WIDTH + v) * S::LANES), acc[p][v]);
                }
            }
            C::finish::<S>(stored, first, 0);
            C::finish::<S>(stored.add(WIDTH * S::LANES), &second, 0);
        }
    }
}

impl Tile {
    /// The tile of the panel behind this one. Widths are in vectors.
    #[inline(always)]
    unsafe fn next_panel<S: Simd>(&self, x_width: usize, h_width: usize, bias_width: usize) -> Tile {
        let units = self.vectors * S::LANES;
        // SAFETY: the panel exists; null pointers stay null.
        unsafe {
            let offset = |p: *mut f32, by: usize| if p.is_null() { p } else { p.add(by) };
            Tile {
                w_x: self.w_x.add(self.inputs * x_width * S::LANES),
                w_h: self.w_h.add(self.hidden * h_width * S::LANES),
                bias: self.bias.add(bias_width * S::LANES),
                pre: offset(self.pre, x_width * S::LANES),
                units: (self.hidden - self.unit - units).min(units),
                unit: self.unit + units,
                c: offset(self.c, units),
                y: self.y.add(units),
                gates: offset(self.gates, units),
                tape_c: offset(self.tape_c, units),
                tape_tanh_c: offset(self.tape_tanh_c, units),
                ..*self
            }
        }
    }
}

#[repr(align(64))]
struct Stored([f32; 8 * WIDTH * 16]);

#[derive(Clone, Copy)]
struct Lstm;

impl FastCell for Lstm {
    const GATED: bool = true;
    #[inline(always)]
    fn input(_: usize) -> (usize, usize) {
        (0, 4)
    }
    #[inline(always)]
    fn recurrent(_: usize) -> (usize, usize) {
        (0, 4)
    }
    #[inline(always)]
    fn accumulators(_: usize) -> usize {
        4
    }
    #[inline(always)]
    unsafe fn finish<S: Simd>(acc: *const f32, t: &Tile, row: usize) {
        // SAFETY: the caller's; the mask keeps to the units that exist.
        unsafe {
            let mask = S::mask(t.units);
            let i = math::sigmoid::<S>(S::load(acc));
            let f = math::sigmoid::<S>(S::load(acc.add(S::LANES)));
            let g = math::tanh::<S>(S::load(acc.add(2 * S::LANES)));
            let o = math::sigmoid::<S>(S::load(acc.add(3 * S::LANES)));
            let c_at = t.c.add(row * t.hidden);
            let c = S::fma(f, S::load_masked(c_at, mask), S::mul(i, g));
            let tanh_c = math::tanh::<S>(c);
            S::store_masked(c_at, mask, c);
            S::store_masked(t.y.add(row * t.hidden), mask, S::mul(o, tanh_c));
            if !t.gates.is_null() {
                let gates = t.gates.add(row * t.gates_stride);
                S::store_masked(gates, mask, i);
                S::store_masked(gates.add(t.hidden), mask, f);
                S::store_masked(gates.add(2 * t.hidden), mask, g);
                S::store_masked(gates.add(3 * t.hidden), mask, o);
                S::store_masked(t.tape_c.add(row * t.hidden), mask, c);
                S::store_masked(t.tape_tanh_c.add(row * t.hidden), mask, tanh_c);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Gru;

impl FastCell for Gru {
    const GATED: bool = true;
    #[inline(always)]
    fn input(_: usize) -> (usize, usize) {
        (0, 3)
    }
    #[inline(always)]
    fn recurrent(_: usize) -> (usize, usize) {
        (1, 3)
    }
    #[inline(always)]
    fn accumulators(_: usize) -> usize {
        4
    }
    #[inline(always)]
    unsafe fn finish<S: Simd>(acc: *const f32, t: &Tile, row: usize) {
        // SAFETY: the caller's; the mask keeps to the units that exist.
        unsafe {
            let mask = S::mask(t.units);
            let u_n = S::load(acc.add(3 * S::LANES));
            let r = math::sigmoid::<S>(S::load(acc.add(S::LANES)));
            let z = math::sigmoid::<S>(S::load(acc.add(2 * S::LANES)));
            let n = math::tanh::<S>(S::fma(r, u_n, S::load(acc)));
            let previous = S::load_masked(t.h.add(row * t.hidden + t.unit), mask);
            S::store_masked(t.y.add(row * t.hidden), mask, S::fma(z, S::sub(previous, n), n));
            if !t.gates.is_null() {
                let gates = t.gates.add(row * t.gates_stride);
                S::store_masked(gates, mask, n);
                S::store_masked(gates.add(t.hidden), mask, r);
                S::store_masked(gates.add(2 * t.hidden), mask, z);
                S::store_masked(gates.add(3 * t.hidden), mask, u_n);
            }
        }
    }
}

/// The first half of a step: r, z and the input part of n; `gates` is never null.
#[derive(Clone, Copy)]
struct GruResetBefore;

impl FastCell for GruResetBefore {
    const GATED: bool = true;
    #[inline(always)]
    fn input(_: usize) -> (usize, usize) {
        (0, 3)
    }
    #[inline(always)]
    fn recurrent(_: usize) -> (usize, usize) {
        (1, 2)
    }
    #[inline(always)]
    fn accumulators(_: usize) -> usize {
        3
    }
    #[inline(always)]
    unsafe fn finish<S: Simd>(acc: *const f32, t: &Tile, row: usize) {
        // SAFETY: the caller's; the mask keeps to the units that exist.
        unsafe {
            let mask = S::mask(t.units);
            let r = math::sigmoid::<S>(S::load(acc.add(S::LANES)));
            let z = math::sigmoid::<S>(S::load(acc.add(2 * S::LANES)));
            let previous = S::load_masked(t.h.add(row * t.hidden + t.unit), mask);
            let gates = t.gates.add(row * t.gates_stride);
            S::store_masked(gates, mask, S::load(acc));
            S::store_masked(gates.add(t.hidden), mask, r);
            S::store_masked(gates.add(2 * t.hidden), mask, z);
            S::store_masked(gates.add(3 * t.hidden), mask, S::mul(r, previous));
        }
    }
}

/// Elman cell.
#[derive(Clone, Copy)]
struct Rnn;

impl FastCell for Rnn {
    const GATED: bool = false;
    #[inline(always)]
    fn input(units: usize) -> (usize, usize) {
        (0, units)
    }
    #[inline(always)]
    fn recurrent(units: usize) -> (usize, usize) {
        (0, units)
    }
    #[inline(always)]
    fn accumulators(units: usize) -> usize {
        units
    }
    #[inline(always)]
    unsafe fn finish<S: Simd>(acc: *const f32, t: &Tile, row: usize) {
        // SAFETY: the caller's; the masks keep to the units that exist.
        unsafe {
            for v in 0..t.vectors {
                let at = v * S::LANES;
                if at >= t.units {
                    return;
                }
                let mask = S::mask((t.units - at).min(S::LANES));
                let a = S::load(acc.add(at));
                let h = if t.relu { S::max(S::splat(0.0), a) } else { math::tanh::<S>(a) };
                S::store_masked(t.y.add(row * t.hidden + at), mask, h);
                if !t.gates.is_null() {
                    S::store_masked(t.gates.add(row * t.gates_stride + at), mask, h);
                }
            }
        }
    }
}

/// Runs the layer; see [`crate::reference::forward`] for the equations.
pub(crate) fn forward<S: Simd>(cpu: &Cpu, args: ForwardArgs<'_, f32>) {
    match args.dims.cell {
        Cell::Lstm => run::<S, Lstm>(cpu, args),
        Cell::Gru => run::<S, Gru>(cpu, args),
        Cell::GruResetBefore => run::<S, GruResetBefore>(cpu, args),
        Cell::RnnTanh | Cell::RnnRelu => run::<S, Rnn>(cpu, args),
    }
}

fn run<S: Simd, C: FastCell>(cpu: &Cpu, args: ForwardArgs<'_, f32>) {
    let ForwardArgs { dims, reverse, layout, packed, x, h, c, y, tape, work } = args;
    let (x_width, _, bias_width) = panel_widths(dims, S::LANES);
    let vectors = unit_vectors(dims, S::LANES);
    let panels = dims.hidden.div_ceil(vectors * S::LANES);
    let work = &mut work.space;
    let weight_bytes = size_of::<f32>() * (packed.fast.x.len() + packed.fast.h.len());
    let hoist = layout.time() > 1 && (layout.batch() < HOIST_BELOW || weight_bytes > CACHED_BYTES);
    let pre_stride = if hoist { panels * x_width * S::LANES } else { 0 };
    // The reset-before cell needs its gates between its two products, tape or not.
    let step_gates = if dims.cell == Cell::GruResetBefore && tape.is_none() { layout.batch() * dims.tape_width() } else { 0 };
    let pre_len = pre_stride * layout.rows();
    work.resize(pre_len + step_gates);
    let (gates, tape_c, tape_tanh_c) = match tape {
        Some(tape) => (tape.gates.as_mut_ptr(), tape.c.as_mut_ptr(), tape.tanh_c.as_mut_ptr()),
        None => (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut()),
    };
    let layer = Layer::<C> {
        dims,
        reverse,
        layout,
        weights: &packed.fast,
        vectors,
        panels,
        widths: (x_width * S::LANES, panel_widths(dims, S::LANES).1 * S::LANES, bias_width * S::LANES),
        x,
        h: Shared(h.as_mut_ptr()),
        c: Shared(c.as_mut_ptr()),
        y: Shared(y.as_mut_ptr()),
        gates: Shared(gates),
        tape_c: Shared(tape_c),
        tape_tanh_c: Shared(tape_tanh_c),
        pre: Shared(if hoist { work.as_mut_ptr() } else { std::ptr::null_mut() }),
        pre_stride,
        // SAFETY: `work` holds `pre_len + step_gates` elements.
        step_gates: Shared(if step_gates > 0 { unsafe { work.as_mut_ptr().add(pre_len) } } else { std::ptr::null_mut() }),
        cell: PhantomData,
    };
    let threads = threads_for(cpu, layout.rows() * dims.gate_rows() * (dims.input + dims.hidden));
    if hoist {
        let rows = layout.rows();
        // SAFETY: `S` is available and rows are dealt out disjoint.
        deal(cpu, threads, |i| unsafe { S::run(Inputs(&layer, rows * i / threads, rows * (i + 1) / threads)) });
    }
    if layout.batch() == 1 && dims.cell != Cell::GruResetBefore && packed.fast.h.len() >= SPLIT_FROM {
        let threads = cpu.threads();
        // SAFETY: `S` is available, panels are dealt out disjoint, and a barrier ends each step.
        let split = |i, barrier: &Barrier| unsafe {
            S::run(Steps {
                layer: &layer,
                rows: (0, 1),
                panels: (panels * i / threads, panels * (i + 1) / threads),
                barrier: Some(barrier),
                first: i == 0,
            });
        };
        if cpu.team().run_abreast(split) {
            return;
        }
    }
    deal(cpu, threads, |i| {
        let rows = deal_rows(layout, threads, i);
        if rows.0 < rows.1 {
            // SAFETY: as above.
            unsafe { S::run(Steps { layer: &layer, rows, panels: (0, panels), barrier: None, first: true }) };
        }
    });
}

/// All of a forward call, shared by the threads.
struct Layer<'a, C> {
    dims: Dims,
    reverse: bool,
    layout: &'a crate::Layout,
    weights: &'a FastWeights,
    vectors: usize,
    panels: usize,
    /// Floats in a panel's input row, recurrent row and bias.
    widths: (usize, usize, usize),
    x: &'a [f32],
    h: Shared<f32>,
    c: Shared<f32>,
    y: Shared<f32>,
    gates: Shared<f32>,
    tape_c: Shared<f32>,
    tape_tanh_c: Shared<f32>,
    pre: Shared<f32>,
    pre_stride: usize,
    step_gates: Shared<f32>,
    cell: PhantomData<C>,
}

// SAFETY: a marker type and shared pointers whose rows are dealt out disjoint.
unsafe impl<C> Sync for Layer<'_, C> {}

impl<C: FastCell> Layer<'_, C> {
    /// The tile of a panel, its rows starting at stored row `row`, batch row `b`; `h` is the first row of the last states.
    #[inline(always)]
    unsafe fn tile<S: Simd>(&self, panel: usize, row: usize, b: usize, h: *const f32) -> Tile {
        let Dims { input, hidden, .. } = self.dims;
        let unit = panel * self.vectors * S::LANES;
        let width = self.dims.tape_width();
        // SAFETY: row and panel exist; null pointers stay null.
        unsafe {
            let offset = |p: *mut f32, by: usize| if p.is_null() { p } else { p.add(by) };
            let gates = if self.step_gates.0.is_null() {
                offset(self.gates.0, row * width + unit)
            } else {
                self.step_gates.0.add(b * width + unit)
            };
            let memory = self.dims.memory() > 0;
            Tile {
                x: self.x.as_ptr().add(row * input),
                inputs: input,
                h,
                hidden,
                w_x: self.weights.x.as_ptr().add(panel * input * self.widths.0),
                w_h: self.weights.h.as_ptr().add(panel * hidden * self.widths.1),
                bias: self.weights.bias.as_ptr().add(panel * self.widths.2),
                pre: offset(self.pre.0, row * self.pre_stride + panel * self.widths.0),
                pre_stride: self.pre_stride,
                vectors: self.vectors,
                units: (hidden - unit).min(self.vectors * S::LANES),
                unit,
                relu: self.dims.cell == Cell::RnnRelu,
                c: if memory { self.c.0.add(b * hidden + unit) } else { std::ptr::null_mut() },
                y: self.y.0.add(row * hidden + unit),
                gates,
                gates_stride: width,
                tape_c: offset(self.tape_c.0, if memory { row * hidden + unit } else { 0 }),
                tape_tanh_c: offset(self.tape_tanh_c.0, if memory { row * hidden + unit } else { 0 }),
            }
        }
    }

    /// Runs one tile of `rows` rows.
    #[inline(always)]
    unsafe fn run_tile<S: Simd, const PART: u8>(&self, tile: &Tile, rows: usize) {
        // SAFETY: the tile is valid for `rows` rows.
        unsafe {
            if C::GATED {
                with_rows!(rows, up to 6, R => S::run(TileKernel::<C, R, 1, PART>(tile, PhantomData)))
            } else {
                with_rows!(rows, up to 8, R => match self.vectors {
                    1 => S::run(TileKernel::<C, R, 1, PART>(tile, PhantomData)),
                    2 => S::run(TileKernel::<C, R, 2, PART>(tile, PhantomData)),
                    _ => S::run(TileKernel::<C, R, 3, PART>(tile, PhantomData)),
                })
            }
        }
    }

    /// Runs one row of two panels, `tile` the first.
    #[inline(always)]
    unsafe fn run_pair<S: Simd, const PART: u8>(&self, tile: &Tile) {
        // SAFETY: the tile is valid for a row, and a panel follows.
        unsafe {
            if C::GATED {
                S::run(PairKernel::<C, 1, PART>(tile, PhantomData));
            } else {
                match self.vectors {
                    1 => S::run(PairKernel::<C, 1, PART>(tile, PhantomData)),
                    2 => S::run(PairKernel::<C, 2, PART>(tile, PhantomData)),
                    _ => S::run(PairKernel::<C, 3, PART>(tile, PhantomData)),
                }
            }
        }
    }

    /// Rows of a tile.
    #[inline(always)]
    fn tile_rows<S: Simd>(&self) -> usize {
        S::ROWS[if C::GATED { WIDTH } else { self.vectors } - 1]
    }
}

/// The hoisted product of the inputs for stored rows lo..hi.
struct Inputs<'l, 'a, C>(&'l Layer<'a, C>, usize, usize);

impl<C: FastCell> Kernel for Inputs<'_, '_, C> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self(layer, lo, hi) = self;
        let tile_rows = layer.tile_rows::<S>();
        let cached = INPUT_BYTES / (size_of::<f32>() * layer.dims.input.max(1));
        let block = (cached / tile_rows).max(1) * tile_rows;
        for first in (lo..hi).step_by(block) {
            let split = Split::new(block.min(hi - first), tile_rows);
            for panel in 0..layer.panels {
                for i in 0..split.parts {
                    let (start, count) = split.part(i);
                    // SAFETY: rows lo..hi are this thread's; the inputs' part touches neither state nor output.
                    unsafe { layer.run_tile::<S, INPUTS>(&layer.tile::<S>(panel, first + start, 0, std::ptr::null()), count) };
                }
            }
        }
    }
}

/// All steps for some of the batch's rows and all panels, or for one row and some of the panels.
struct Steps<'l, 'a, C> {
    layer: &'l Layer<'a, C>,
    rows: (usize, usize),
    panels: (usize, usize),
    /// Ends a step where other threads compute the other panels.
    barrier: Option<&'l Barrier>,
    /// Whether this thread hands over the last state.
    first: bool,
}

impl<C: FastCell> Kernel for Steps<'_, '_, C> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self { layer, rows: (lo, hi), panels, barrier, first } = self;
        let (layout, hidden, time) = (layer.layout, layer.dims.hidden, layer.layout.time());
        for step in 0..time {
            let t = if layer.reverse { time - 1 - step } else { step };
            let end = hi.min(layout.active(t));
            if end <= lo {
                continue;
            }
            // Rows below `carried` have a step before this one, the others start from the first state.
            let before = if layer.reverse { Some(t + 1) } else { t.checked_sub(1) };
            let carried = before.map_or(0, |s| layout.active(s)).clamp(lo, end);
            // SAFETY: the rows of the step before lie in `y`, the first states in `h`; all rows are this thread's.
            unsafe {
                let last = before.map_or(std::ptr::null(), |s| {
                    if carried > lo { layer.y.get().add((layout.offset(s) + lo) * hidden).cast_const() } else { std::ptr::null() }
                });
                let start = layer.h.get().add(carried * hidden).cast_const();
                let parts = [(lo, carried, last), (carried, end, start)];
                let mut panel = panels.0;
                while panel < panels.1 {
                    if end - lo == 1 && panel + 1 < panels.1 {
                        let h = if carried > lo { last } else { start };
                        let tile = layer.tile::<S>(panel, layout.offset(t) + lo, lo, h);
                        if layer.pre.0.is_null() {
                            layer.run_pair::<S, WHOLE>(&tile);
                        } else {
                            layer.run_pair::<S, RECURRENT>(&tile);
                        }
                        panel += 2;
                        continue;
                    }
                    for (from, to, h) in parts {
                        if from == to {
                            continue;
                        }
                        let split = Split::new(to - from, layer.tile_rows::<S>());
                        for i in 0..split.parts {
                            let (start, count) = split.part(i);
                            let tile = layer.tile::<S>(panel, layout.offset(t) + from + start, from + start, h.add(start * hidden));
                            if layer.pre.0.is_null() {
                                layer.run_tile::<S, WHOLE>(&tile, count);
                            } else {
                                layer.run_tile::<S, RECURRENT>(&tile, count);
                            }
                        }
                    }
                    panel += 1;
                }
                if layer.dims.cell == Cell::GruResetBefore {
                    for (from, to, h) in parts {
                        if from < to {
                            layer.candidate::<S>(t, from, to, h);
                        }
                    }
                }
            }
            if let Some(barrier) = barrier {
                barrier.wait();
            }
        }
        if !first {
            return;
        }
        for b in lo..hi {
            let row = if layer.reverse { b } else { layout.row(layout.length(b) - 1, b) };
            // SAFETY: both rows exist and do not overlap: y and h are different buffers.
            unsafe { std::ptr::copy_nonoverlapping(layer.y.get().add(row * hidden), layer.h.get().add(b * hidden), hidden) };
        }
    }
}

impl<C: FastCell> Layer<'_, C> {
    /// The second half of a reset-before GRU step for batch rows from..to: n = tanh(a_n + W_hn (r·h)), h' = n + z·(h − n).
    #[inline(always)]
    unsafe fn candidate<S: Simd>(&self, t: usize, from: usize, to: usize, h: *const f32) {
        let (hidden, width) = (self.dims.hidden, self.dims.tape_width());
        let row = self.layout.offset(t) + from;
        // SAFETY: the rows' gates were written by the first half; y is (N, H).
        unsafe {
            let gates = if self.step_gates.0.is_null() { self.gates.0.add(row * width) } else { self.step_gates.0.add(from * width) };
            S::run(Gemm {
                a: gates.add(3 * hidden),
                a_stride: width,
                rows: to - from,
                k: hidden,
                panels: self.weights.n_forward.as_ptr(),
                n: hidden,
                c: gates,
                c_stride: width,
                accumulate: true,
            });
            for b in 0..to - from {
                let gates = gates.add(b * width);
                let mut j = 0;
                while j < hidden {
                    let mask = S::mask((hidden - j).min(S::LANES));
                    let n = math::tanh::<S>(S::load_masked(gates.add(j), mask));
                    let z = S::load_masked(gates.add(2 * hidden + j), mask);
                    let previous = S::load_masked(h.add(b * hidden + j), mask);
                    S::store_masked(gates.add(j), mask, n);
                    S::store_masked(self.y.get().add((row + b) * hidden + j), mask, S::fma(z, S::sub(previous, n), n));
                    j += S::LANES;
                }
            }
        }
    }
}
