//! Backward through time: per step the gates' gradients in place over the tape and one product with W_h; after the
//! loop one product for each weight gradient. See [`crate::reference::backward`] for the equations.

use std::marker::PhantomData;

use crate::cell::{Cell, Dims, WeightGrads};
use crate::cpu::Cpu;
use crate::recurrent::{BackwardArgs, Work};
use crate::simd::{Kernel, Simd};

use super::cell_grads::BackwardCall;
use super::gemm::Gemm;
use super::product::Product;
use super::weight_grad::{Right, Segment, product};
use super::{Shared, deal_rows, on_threads, threads_for};

/// Rows whose gates' gradients become slots at a time on the way to dx: few enough to stay in the second cache.
const SLOT_ROWS: usize = 48;

/// Runs the layer backward.
pub(crate) fn backward<S: Simd, P: Product>(cpu: &Cpu, args: BackwardArgs<'_, f32>) {
    let BackwardArgs { dims, reverse, layout, packed, x, h0, c0, y, tape, dy, dh, dc, grads, dx, work } = args;
    let width = dims.tape_width();
    let threads = threads_for(cpu, layout.rows() * dims.gate_rows() * dims.hidden);
    let d_reset = if dims.cell == Cell::GruResetBefore { layout.batch() * dims.hidden } else { 0 };
    let row_slots = if P::TERMS > 1 { P::slots(dims.gate_rows()) } else { 0 };
    work.space.resize(d_reset + row_slots * layout.batch().max(SLOT_ROWS * cpu.threads()));
    work.sums.resize(width);
    let space = work.space.as_mut_ptr();
    let layer = BackwardCall {
        dims,
        reverse,
        layout,
        weights: &packed.fast,
        h0,
        c0,
        y,
        c: &tape.c,
        tanh_c: &tape.tanh_c,
        gates: Shared(tape.gates.as_mut_ptr()),
        dy,
        dh: Shared(dh.as_mut_ptr()),
        dc: Shared(dc.as_mut_ptr()),
        d_reset: Shared(space),
        // SAFETY: the space holds the slots behind d_reset.
        slots: Shared(unsafe { space.add(d_reset) }),
        row_slots,
    };
    on_threads(cpu, threads, |i| {
        let (lo, hi) = deal_rows(layout, threads, i);
        if lo < hi {
            // SAFETY: `S` is available and rows are dealt out disjoint.
            unsafe { S::run(Steps(&layer, lo, hi, PhantomData::<P>)) };
        }
    });
    let rows = layout.rows();
    if let Some(dx) = dx {
        let (d, dx) = (Shared(tape.gates.as_mut_ptr()), Shared(dx.as_mut_ptr()));
        let threads = threads_for(cpu, rows * dims.gate_rows() * dims.input);
        on_threads(cpu, threads, |i| {
            let (lo, hi) = (rows * i / threads, rows * (i + 1) / threads);
            if lo < hi {
                // SAFETY: the tape is (N, width), dx is (N, I); rows are dealt out disjoint, and so is the room for slots.
                unsafe {
                    let gemm = Gemm {
                        product: PhantomData,
                        a: d.get().add(lo * width).cast_const(),
                        a_stride: width,
                        rows: hi - lo,
                        k: dims.gate_rows(),
                        panels: packed.fast.back_x.as_ptr(),
                        n: dims.input,
                        c: dx.get().add(lo * dims.input),
                        c_stride: dims.input,
                        accumulate: false,
                    };
                    S::run(InputGradient::<P> { gemm, slots: layer.slots.get().add(i * SLOT_ROWS * row_slots) });
                }
            }
        });
    }
    weight_grads::<S, P>(cpu, dims, layout, reverse, x, h0, y, &tape.gates, grads, work);
}

/// A product of the gates' gradients with W_ih, in blocks where they must become slots first.
struct InputGradient<P> {
    gemm: Gemm<P>,
    /// Room for the slots of a block.
    slots: *mut f32,
}

impl<P: Product> Kernel for InputGradient<P> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self { gemm, slots } = self;
        let block = if P::TERMS > 1 { SLOT_ROWS } else { gemm.rows };
        for first in (0..gemm.rows).step_by(block) {
            // SAFETY: the rows are some of the product's.
            unsafe {
                let (a, c) = (gemm.a.add(first * gemm.a_stride), gemm.c.add(first * gemm.c_stride));
                S::run(Gemm { a, c, rows: block.min(gemm.rows - first), ..gemm }.of_numbers(slots));
            }
        }
    }
}

/// The gradients of weights and biases from the gates' gradients.
#[allow(clippy::too_many_arguments, reason = "the pieces of one call")]
fn weight_grads<S: Simd, P: Product>(
    cpu: &Cpu,
    dims: Dims,
    layout: &crate::Layout,
    reverse: bool,
    x: &[f32],
    h0: &[f32],
    y: &[f32],
    gates: &[f32],
    grads: WeightGrads<'_, f32>,
    work: &mut Work<f32>,
) {
    let Dims { cell, input, hidden } = dims;
    let (width, rows) = (dims.tape_width(), layout.rows());
    let x_row = |row: usize| &x[row * input..][..input];
    let h_row = |row: usize| {
        let t = layout.step_of(row);
        let b = row - layout.offset(t);
        layout.previous(t, b, reverse).map_or_else(|| &h0[b * hidden..][..hidden], |p| &y[p * hidden..][..hidden])
    };
    let slots = |first: usize, count: usize| move |row: usize| &gates[row * width + first * hidden..][..count * hidden];
    let (left, reset_row) = (slots(0, if cell == Cell::Gru { 4 } else { cell.gates() }), slots(3, 1));
    let rights = [Right { row: &x_row, n: input }, Right { row: &h_row, n: hidden }, Right { row: &reset_row, n: hidden }];
    let Work { space: work, sums } = work;
    sums.fill(0.0);
    match cell {
        Cell::Lstm | Cell::RnnTanh | Cell::RnnRelu => {
            let all = Segment { columns: width, results: [Some(grads.w_ih), Some(grads.w_hh), None] };
            product::<S, P>(cpu, &left, rows, &rights[..2], &mut [all], Some(sums), work);
        }
        Cell::Gru | Cell::GruResetBefore => {
            let (x_rz, x_n) = grads.w_ih.split_at_mut(2 * hidden * input);
            let (h_rz, h_n) = grads.w_hh.split_at_mut(2 * hidden * hidden);
            let rz = Segment { columns: 2 * hidden, results: [Some(x_rz), Some(h_rz), None] };
            if cell == Cell::Gru {
                let n = Segment { columns: hidden, results: [Some(x_n), None, None] };
                let u = Segment { columns: hidden, results: [None, Some(h_n), None] };
                product::<S, P>(cpu, &left, rows, &rights[..2], &mut [n, rz, u], Some(sums), work);
            } else {
                let n = Segment { columns: hidden, results: [Some(x_n), None, Some(h_n)] };
                product::<S, P>(cpu, &left, rows, &rights, &mut [n, rz], Some(sums), work);
                let (sum_n, rest) = sums.split_at_mut(hidden);
                rest[2 * hidden..].copy_from_slice(sum_n);
            }
        }
        _ => {
            let all = Segment { columns: dims.gate_rows(), results: [Some(grads.w_ih), None, None] };
            product::<S, P>(cpu, &left, rows, &rights[..1], &mut [all], Some(sums), work);
        }
    }
    for (slot, &gate) in cell.spec().tape_order.iter().enumerate() {
        // The recurrent part of a GRU's n has a gradient of its own, in the last slot.
        let recurrent = if matches!(cell, Cell::Gru | Cell::GruResetBefore) && slot == 0 { 3 } else { slot };
        let add = |bias: &mut [f32], slot: usize| {
            // Where the gates see the input alone there is no bias of the state.
            for (sum, d) in bias.iter_mut().skip(gate * hidden).zip(&sums[slot * hidden..][..hidden]) {
                *sum += d;
            }
        };
        add(grads.b_ih, slot);
        add(grads.b_hh, recurrent);
    }
}

/// All steps, last to first, for batch rows lo..hi.
struct Steps<'l, 'a, P>(&'l BackwardCall<'a>, usize, usize, PhantomData<P>);

impl<P: Product> Kernel for Steps<'_, '_, P> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self(layer, lo, hi, _) = self;
        let (dims, layout) = (layer.dims, layer.layout);
        let (hidden, width, time) = (dims.hidden, dims.tape_width(), layout.time());
        for step in (0..time).rev() {
            let t = if layer.reverse { time - 1 - step } else { step };
            let end = hi.min(layout.active(t));
            if end <= lo {
                continue;
            }
            // SAFETY: rows lo..end of this step and of the batch are this thread's alone.
            unsafe {
                for b in lo..end {
                    layer.row::<S>(t, b);
                }
                let first = layer.gates.get().add((layout.offset(t) + lo) * width);
                let gemm = |gate: usize, gates: usize| Gemm::<P> {
                    product: PhantomData,
                    a: first.add(gate * hidden).cast_const(),
                    a_stride: width,
                    rows: end - lo,
                    k: gates * hidden,
                    panels: layer.weights.back_h.as_ptr(),
                    n: hidden,
                    c: layer.dh.get().add(lo * hidden),
                    c_stride: hidden,
                    accumulate: false,
                };
                let slots = layer.slots.get().add(lo * layer.row_slots);
                match dims.cell {
                    Cell::Lstm | Cell::RnnTanh | Cell::RnnRelu => S::run(gemm(0, width / hidden).of_numbers(slots)),
                    Cell::Gru => S::run(Gemm { accumulate: true, ..gemm(1, 3).of_numbers(slots) }),
                    Cell::GruResetBefore => {
                        let d_reset = layer.d_reset.get().add(lo * hidden);
                        S::run(Gemm { panels: layer.weights.n_back.as_ptr(), c: d_reset, ..gemm(0, 1).of_numbers(slots) });
                        for b in lo..end {
                            layer.reset::<S>(t, b);
                        }
                        S::run(Gemm { accumulate: true, ..gemm(1, 2).of_numbers(slots) });
                    }
                    // Gates that see the input alone hand nothing to the last state.
                    _ => {}
                }
            }
        }
    }
}
