//! Backward through time: per step the gates' gradients in place over the tape and one product with W_h; after the
//! loop one product for each weight gradient. See [`crate::reference::backward`] for the equations.

use std::ops::Range;

use crate::cell::{Cell, Dims, WeightGrads};
use crate::cpu::Cpu;
use crate::recurrent::{BackwardArgs, Work};
use crate::simd::{Kernel, Simd};

use super::gemm::Gemm;
use super::pack::{FastWeights, tape_order};
use super::weight_grad::{Right, Segment, product};
use super::{Shared, deal_rows, on_threads, threads_for};

/// Smaller gradients become zero: products of smaller ones would be subnormal, which costs a hundred cycles each.
const TINY: f32 = 1e-25;

/// Runs the layer backward.
pub(crate) fn backward<S: Simd>(cpu: &Cpu, args: BackwardArgs<'_, f32>) {
    let BackwardArgs { dims, reverse, layout, packed, x, h0, c0, y, tape, dy, dh, dc, grads, dx, work } = args;
    let width = dims.tape_width();
    let threads = threads_for(cpu, layout.rows() * dims.gate_rows() * dims.hidden);
    let d_reset = if dims.cell == Cell::GruResetBefore { layout.batch() * dims.hidden } else { 0 };
    work.space.resize(d_reset);
    work.sums.resize(width);
    let layer = Layer {
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
        d_reset: Shared(work.space.as_mut_ptr()),
    };
    on_threads(cpu, threads, |i| {
        let (lo, hi) = deal_rows(layout, threads, i);
        if lo < hi {
            // SAFETY: `S` is available and rows are dealt out disjoint.
            unsafe { S::run(Steps(&layer, lo, hi)) };
        }
    });
    let rows = layout.rows();
    if let Some(dx) = dx {
        let (d, dx) = (Shared(tape.gates.as_mut_ptr()), Shared(dx.as_mut_ptr()));
        let threads = threads_for(cpu, rows * dims.gate_rows() * dims.input);
        on_threads(cpu, threads, |i| {
            let (lo, hi) = (rows * i / threads, rows * (i + 1) / threads);
            if lo < hi {
                // SAFETY: the tape is (N, width), dx is (N, I); rows are dealt out disjoint.
                unsafe {
                    S::run(Gemm {
                        a: d.get().add(lo * width).cast_const(),
                        a_stride: width,
                        rows: hi - lo,
                        k: dims.gate_rows(),
                        panels: packed.fast.back_x.as_ptr(),
                        n: dims.input,
                        c: dx.get().add(lo * dims.input),
                        c_stride: dims.input,
                        accumulate: false,
                    });
                }
            }
        });
    }
    weight_grads::<S>(cpu, dims, layout, reverse, x, h0, y, &tape.gates, grads, work);
}

/// The gradients of weights and biases from the gates' gradients.
#[allow(clippy::too_many_arguments, reason = "the pieces of one call")]
fn weight_grads<S: Simd>(
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
    let (left, reset_row) = (slots(0, if cell == Cell::GruResetBefore { 3 } else { width / hidden }), slots(3, 1));
    let rights = [Right { row: &x_row, n: input }, Right { row: &h_row, n: hidden }, Right { row: &reset_row, n: hidden }];
    let Work { space: work, sums } = work;
    sums.fill(0.0);
    match cell {
        Cell::Lstm | Cell::RnnTanh | Cell::RnnRelu => {
            let all = Segment { columns: width, results: [Some(grads.w_ih), Some(grads.w_hh), None] };
            product::<S>(cpu, &left, rows, &rights[..2], &mut [all], Some(sums), work);
        }
        Cell::Gru | Cell::GruResetBefore => {
            let (x_rz, x_n) = grads.w_ih.split_at_mut(2 * hidden * input);
            let (h_rz, h_n) = grads.w_hh.split_at_mut(2 * hidden * hidden);
            let rz = Segment { columns: 2 * hidden, results: [Some(x_rz), Some(h_rz), None] };
            if cell == Cell::Gru {
                let n = Segment { columns: hidden, results: [Some(x_n), None, None] };
                let u = Segment { columns: hidden, results: [None, Some(h_n), None] };
                product::<S>(cpu, &left, rows, &rights[..2], &mut [n, rz, u], Some(sums), work);
            } else {
                let n = Segment { columns: hidden, results: [Some(x_n), None, Some(h_n)] };
                product::<S>(cpu, &left, rows, &rights, &mut [n, rz], Some(sums), work);
                let (sum_n, rest) = sums.split_at_mut(hidden);
                rest[2 * hidden..].copy_from_slice(sum_n);
            }
        }
    }
    for (slot, &gate) in tape_order(cell).iter().enumerate() {
        // The recurrent part of a GRU's n has a gradient of its own, in the last slot.
        let recurrent = if cell.gates() == 3 && slot == 0 { 3 } else { slot };
        for j in 0..hidden {
            grads.b_ih[gate * hidden + j] += sums[slot * hidden + j];
            grads.b_hh[gate * hidden + j] += sums[recurrent * hidden + j];
        }
    }
}

/// All of a backward call, shared by the threads.
struct Layer<'a> {
    dims: Dims,
    reverse: bool,
    layout: &'a crate::Layout,
    weights: &'a FastWeights,
    h0: &'a [f32],
    c0: &'a [f32],
    y: &'a [f32],
    c: &'a [f32],
    tanh_c: &'a [f32],
    gates: Shared<f32>,
    dy: &'a [f32],
    dh: Shared<f32>,
    dc: Shared<f32>,
    /// Reset-before GRU: gradient of r·h, (B, H).
    d_reset: Shared<f32>,
}

/// All steps, last to first, for batch rows lo..hi.
struct Steps<'l, 'a>(&'l Layer<'a>, usize, usize);

impl Kernel for Steps<'_, '_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Self(layer, lo, hi) = self;
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
                let gemm = Gemm {
                    a: first.cast_const(),
                    a_stride: width,
                    rows: end - lo,
                    k: dims.gate_rows(),
                    panels: layer.weights.back_h.as_ptr(),
                    n: hidden,
                    c: layer.dh.get().add(lo * hidden),
                    c_stride: hidden,
                    accumulate: false,
                };
                match dims.cell {
                    Cell::Lstm | Cell::RnnTanh | Cell::RnnRelu => S::run(gemm),
                    Cell::Gru => S::run(Gemm { a: first.add(hidden), accumulate: true, ..gemm }),
                    Cell::GruResetBefore => {
                        let d_reset = layer.d_reset.get().add(lo * hidden);
                        S::run(Gemm { k: hidden, panels: layer.weights.n_back.as_ptr(), c: d_reset, ..gemm });
                        for b in lo..end {
                            layer.reset::<S>(t, b);
                        }
                        S::run(Gemm { a: first.add(hidden), k: 2 * hidden, accumulate: true, ..gemm });
                    }
                }
            }
        }
    }
}

impl Layer<'_> {
    /// The last state of row b before step t.
    #[inline(always)]
    fn previous<'a>(&self, t: usize, b: usize, first: &'a [f32], states: &'a [f32]) -> *const f32 {
        let hidden = self.dims.hidden;
        match self.layout.previous(t, b, self.reverse) {
            Some(row) => states[row * hidden..][..hidden].as_ptr(),
            None => first[b * hidden..][..hidden].as_ptr(),
        }
    }

    /// The gates' gradients of one row, in place over the tape, and what of dh and dc goes past the gates.
    #[inline(always)]
    unsafe fn row<S: Simd>(&self, t: usize, b: usize) {
        let hidden = self.dims.hidden;
        let whole = hidden - hidden % S::LANES;
        // SAFETY: row and b exist, masks keep to the H units; gates, dh and dc rows are this thread's alone.
        unsafe {
            // A mask that is known to be whole costs nothing.
            self.units::<S>(t, b, 0..whole, S::mask(S::LANES));
            if whole < hidden {
                self.units::<S>(t, b, whole..hidden, S::mask(hidden - whole));
            }
        }
    }

    /// As [`row`](Self::row), for some of the units, each vector of them under one mask.
    #[inline(always)]
    unsafe fn units<S: Simd>(&self, t: usize, b: usize, units: Range<usize>, m: S::Mask) {
        let Dims { cell, hidden, .. } = self.dims;
        let row = self.layout.row(t, b);
        // SAFETY: as `row`.
        unsafe {
            let gates = self.gates.get().add(row * self.dims.tape_width());
            let dh = self.dh.get().add(b * hidden);
            let dy = self.dy[row * hidden..][..hidden].as_ptr();
            let (one, tiny) = (S::splat(1.0), S::splat(TINY));
            match cell {
                Cell::Lstm => {
                    let c_previous = self.previous(t, b, self.c0, self.c);
                    let tanh_c = self.tanh_c[row * hidden..][..hidden].as_ptr();
                    let dc = self.dc.get().add(b * hidden);
                    for j in units.step_by(S::LANES) {
                        let at = |k: usize| gates.add(k * hidden + j);
                        let (i, f) = (S::load_masked(at(0), m), S::load_masked(at(1), m));
                        let (g, o) = (S::load_masked(at(2), m), S::load_masked(at(3), m));
                        let tc = S::load_masked(tanh_c.add(j), m);
                        let d = S::flush_below(S::add(S::load_masked(dh.add(j), m), S::load_masked(dy.add(j), m)), tiny);
                        let through = S::mul(S::mul(d, o), S::fnma(tc, tc, one));
                        let dct = S::flush_below(S::add(S::load_masked(dc.add(j), m), through), tiny);
                        S::store_masked(at(0), m, S::mul(S::mul(dct, g), S::fnma(i, i, i)));
                        S::store_masked(at(1), m, S::mul(S::mul(dct, S::load_masked(c_previous.add(j), m)), S::fnma(f, f, f)));
                        S::store_masked(at(2), m, S::mul(S::mul(dct, i), S::fnma(g, g, one)));
                        S::store_masked(at(3), m, S::mul(S::mul(d, tc), S::fnma(o, o, o)));
                        S::store_masked(dc.add(j), m, S::mul(dct, f));
                    }
                }
                Cell::Gru | Cell::GruResetBefore => {
                    let h_previous = self.previous(t, b, self.h0, self.y);
                    for j in units.step_by(S::LANES) {
                        let at = |k: usize| gates.add(k * hidden + j);
                        let (n, r) = (S::load_masked(at(0), m), S::load_masked(at(1), m));
                        let (z, u_n) = (S::load_masked(at(2), m), S::load_masked(at(3), m));
                        let d = S::flush_below(S::add(S::load_masked(dh.add(j), m), S::load_masked(dy.add(j), m)), tiny);
                        let dn = S::mul(S::mul(d, S::sub(one, z)), S::fnma(n, n, one));
                        let dz = S::mul(S::mul(d, S::sub(S::load_masked(h_previous.add(j), m), n)), S::fnma(z, z, z));
                        S::store_masked(at(0), m, dn);
                        S::store_masked(at(2), m, dz);
                        S::store_masked(dh.add(j), m, S::mul(d, z));
                        if matches!(cell, Cell::Gru) {
                            S::store_masked(at(1), m, S::mul(S::mul(dn, u_n), S::fnma(r, r, r)));
                            S::store_masked(at(3), m, S::mul(dn, r));
                        }
                    }
                }
                Cell::RnnTanh | Cell::RnnRelu => {
                    for j in units.step_by(S::LANES) {
                        let h = S::load_masked(gates.add(j), m);
                        let d = S::flush_below(S::add(S::load_masked(dh.add(j), m), S::load_masked(dy.add(j), m)), tiny);
                        let da = if matches!(cell, Cell::RnnTanh) { S::mul(d, S::fnma(h, h, one)) } else { S::where_positive(d, h) };
                        S::store_masked(gates.add(j), m, da);
                    }
                }
            }
        }
    }

    /// Reset-before GRU, once d(r·h) is known: dr in place of r, and d(r·h)·r into dh.
    #[inline(always)]
    unsafe fn reset<S: Simd>(&self, t: usize, b: usize) {
        let hidden = self.dims.hidden;
        let h_previous = self.previous(t, b, self.h0, self.y);
        // SAFETY: as `row`.
        unsafe {
            let r_at = self.gates.get().add(self.layout.row(t, b) * self.dims.tape_width() + hidden);
            let (dh, d_reset) = (self.dh.get().add(b * hidden), self.d_reset.get().add(b * hidden));
            let mut j = 0;
            while j < hidden {
                let m = S::mask((hidden - j).min(S::LANES));
                let (r, d) = (S::load_masked(r_at.add(j), m), S::load_masked(d_reset.add(j), m));
                S::store_masked(dh.add(j), m, S::fma(d, r, S::load_masked(dh.add(j), m)));
                S::store_masked(r_at.add(j), m, S::mul(S::mul(d, S::load_masked(h_previous.add(j), m)), S::fnma(r, r, r)));
                j += S::LANES;
            }
        }
    }
}
