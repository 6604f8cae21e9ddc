//! The fused forward pass: how rows, panels and steps follow each other.

use std::marker::PhantomData;

use crate::cell::Cell;
use crate::cpu::Cpu;
use crate::recurrent::ForwardArgs;
use crate::simd::{Kernel, Simd, Split};
use crate::team::Barrier;

use super::by_cell::with_cell;
use super::cells::FastCell;
use super::forward_call::ForwardCall;
use super::operands::FirstSlots;
use super::pack::{panel_widths, unit_vectors};
use super::panel::{INPUTS, RECURRENT, WHOLE};
use super::product::Product;
use super::slots::Slots;
use super::{Shared, deal_rows, on_threads, threads_for};

/// Below this batch the product of the inputs is taken out of the time loop: its weights are then read once for many steps.
const HOIST_BELOW: usize = 8;

/// Weights that the second cache keeps from step to step. Larger ones stream in anew at every step; without those of the
/// inputs that is half as much.
const CACHED_BYTES: usize = 3 << 19;
/// Bytes of inputs that the hoisted product takes at a time, so that they stay cached while all panels pass over them.
const INPUT_BYTES: usize = 1 << 19;

/// Recurrent weights from which two threads share one sequence: half of them then take longer to read than a barrier takes.
pub const SPLIT_FROM: usize = 1 << 16;

/// Runs the layer; see [`crate::reference::forward`] for the equations.
pub(crate) fn forward<S: Simd, P: Product>(cpu: &Cpu, args: ForwardArgs<'_, f32>) {
    with_cell!(args.dims.cell, C => run::<S, C, P>(cpu, args));
}

fn run<S: Simd, C: FastCell, P: Product>(cpu: &Cpu, args: ForwardArgs<'_, f32>) {
    let ForwardArgs { dims, reverse, layout, packed, x, h, c, y, tape, work } = args;
    let (x_width, _, bias_width) = panel_widths::<S>(dims);
    let vectors = unit_vectors::<S>(dims);
    let panels = dims.hidden.div_ceil(vectors * S::LANES);
    let work = &mut work.space;
    let weight_bytes = size_of::<f32>() * (packed.fast.x.len() + packed.fast.h.len());
    let hoist = layout.time() > 1 && (layout.batch() < HOIST_BELOW || weight_bytes > CACHED_BYTES);
    let pre_stride = if hoist { panels * x_width * S::LANES } else { 0 };
    // The reset-before cell needs its gates between its two products, tape or not.
    let step_gates = if dims.cell == Cell::GruResetBefore && tape.is_none() { layout.batch() * dims.tape_width() } else { 0 };
    let pre_len = pre_stride * layout.rows();
    let slots = Slots::new::<P>(dims, layout);
    work.resize(pre_len + step_gates + slots.len());
    let space = work.as_mut_ptr();
    let (gates, tape_c, tape_tanh_c) = match tape {
        Some(tape) => (tape.gates.as_mut_ptr(), tape.c.as_mut_ptr(), tape.tanh_c.as_mut_ptr()),
        None => (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut()),
    };
    let layer = ForwardCall::<C, P> {
        dims,
        states: P::slots(dims.seen_states()),
        tape_width: dims.tape_width(),
        memory: dims.memory() > 0,
        reverse,
        layout,
        weights: &packed.fast,
        vectors,
        panels,
        widths: (x_width * S::LANES, panel_widths::<S>(dims).1 * S::LANES, bias_width * S::LANES),
        x,
        slots,
        // SAFETY: `work` holds the slots behind the rest.
        space: Shared(unsafe { space.add(pre_len + step_gates) }),
        h: Shared(h.as_mut_ptr()),
        c: Shared(c.as_mut_ptr()),
        y: Shared(y.as_mut_ptr()),
        gates: Shared(gates),
        tape_c: Shared(tape_c),
        tape_tanh_c: Shared(tape_tanh_c),
        pre: Shared(if hoist { space } else { std::ptr::null_mut() }),
        pre_stride,
        // SAFETY: `work` holds the gates behind the hoisted product.
        step_gates: Shared(if step_gates > 0 { unsafe { space.add(pre_len) } } else { std::ptr::null_mut() }),
        cell: PhantomData,
    };
    let recurrent = dims.cell.spec().recurrent;
    let threads = threads_for(cpu, layout.rows() * dims.gate_rows() * (dims.input + dims.seen_states()));
    if P::TERMS > 1 {
        // SAFETY: `S` is available and parts are dealt out disjoint.
        on_threads(cpu, threads, |i| unsafe { S::run(FirstSlots(&layer, i, threads)) });
    }
    if hoist {
        let rows = layout.rows();
        // SAFETY: `S` is available and rows are dealt out disjoint.
        on_threads(cpu, threads, |i| unsafe { S::run(Inputs(&layer, rows * i / threads, rows * (i + 1) / threads)) });
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
            });
        };
        if cpu.team().run_abreast(split) {
            return;
        }
    }
    if !recurrent && layout.batch() < threads {
        // Units that see no other unit need no barrier.
        return on_threads(cpu, threads, |i| {
            let share = (panels * i / threads, panels * (i + 1) / threads);
            // SAFETY: `S` is available and panels are dealt out disjoint.
            unsafe { S::run(Steps { layer: &layer, rows: (0, layout.batch()), panels: share, barrier: None }) };
        });
    }
    on_threads(cpu, threads, |i| {
        let rows = deal_rows(layout, threads, i);
        if rows.0 < rows.1 {
            // SAFETY: as above.
            unsafe { S::run(Steps { layer: &layer, rows, panels: (0, panels), barrier: None }) };
        }
    });
}

/// The hoisted product of the inputs for stored rows lo..hi.
struct Inputs<'l, 'a, C, P>(&'l ForwardCall<'a, C, P>, usize, usize);

impl<C: FastCell, P: Product> Kernel for Inputs<'_, '_, C, P> {
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
                    unsafe { layer.run_tile::<S, INPUTS>(&layer.tile::<S>(panel, 0, first + start, 0, std::ptr::null()), count) };
                }
            }
        }
    }
}

/// All steps for some of the batch's rows and all panels, or for all rows and some of the panels.
struct Steps<'l, 'a, C, P> {
    layer: &'l ForwardCall<'a, C, P>,
    rows: (usize, usize),
    panels: (usize, usize),
    /// Ends a step where other threads compute the other panels.
    barrier: Option<&'l Barrier>,
}

impl<C: FastCell, P: Product> Kernel for Steps<'_, '_, C, P> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self { layer, rows: (lo, hi), panels, barrier } = self;
        let (layout, hidden, time) = (layer.layout, layer.dims.hidden, layer.layout.time());
        let width = layer.vectors * S::LANES;
        let units = (panels.0 * width, hidden.min(panels.1 * width));
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
                    if S::ABREAST && !S::TILES && end - lo == 1 && panel + 1 < panels.1 {
                        let h = if carried > lo { last } else { start };
                        let tile = layer.tile::<S>(panel, step, layout.offset(t) + lo, lo, h);
                        if layer.pre.0.is_null() {
                            layer.run_pair::<S, WHOLE>(&tile);
                        } else {
                            layer.run_pair::<S, RECURRENT>(&tile);
                        }
                        panel += 2;
                        continue;
                    }
                    let mut ahead = layer.ahead(if panel + 1 < panels.1 { panel + 1 } else { panels.0 });
                    for (from, to, h) in parts {
                        if from == to {
                            continue;
                        }
                        let split = Split::new(to - from, layer.tile_rows::<S>());
                        for i in 0..split.parts {
                            let (start, count) = split.part(i);
                            let (row, last) = (layout.offset(t) + from + start, h.add(start * hidden));
                            let mut tile = layer.tile::<S>(panel, step, row, from + start, last);
                            tile.ahead = ahead.next().unwrap_or(tile.w_h);
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
            if P::TERMS > 1 && layer.dims.cell.spec().recurrent {
                // SAFETY: the units of these rows are this thread's, in the slots of the next step too.
                unsafe { layer.keep_states(step + 1, t, (lo, end), units) };
            }
            if let Some(barrier) = barrier {
                barrier.wait();
            }
        }
        for b in lo..hi {
            let row = if layer.reverse { b } else { layout.row(layout.length(b) - 1, b) };
            // SAFETY: both rows exist and do not overlap: y and h are different buffers. The units are this thread's, and after the last
            // barrier nobody reads the others' first states.
            unsafe {
                let (from, to) = (layer.y.get().add(row * hidden + units.0), layer.h.get().add(b * hidden + units.0));
                std::ptr::copy_nonoverlapping(from, to, units.1 - units.0);
            }
        }
    }
}
