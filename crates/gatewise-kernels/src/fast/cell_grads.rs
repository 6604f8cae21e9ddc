//! What the threads of a backward share, and the gradients of a cell's gates. See [`crate::reference::backward`] for the equations.

use std::ops::Range;

use crate::cell::{Cell, Dims};
use crate::simd::Simd;

use super::Shared;
use super::input_gated::gradients;
use super::pack::FastWeights;

/// Smaller gradients become zero: products of smaller ones would be subnormal, which costs a hundred cycles each.
const TINY: f32 = 1e-25;

/// All of a backward call, shared by the threads.
pub(super) struct BackwardCall<'a> {
    pub(super) dims: Dims,
    pub(super) reverse: bool,
    pub(super) layout: &'a crate::Layout,
    pub(super) weights: &'a FastWeights,
    pub(super) h0: &'a [f32],
    pub(super) c0: &'a [f32],
    pub(super) y: &'a [f32],
    pub(super) c: &'a [f32],
    pub(super) tanh_c: &'a [f32],
    pub(super) gates: Shared<f32>,
    pub(super) dy: &'a [f32],
    pub(super) dh: Shared<f32>,
    pub(super) dc: Shared<f32>,
    /// Reset-before GRU: gradient of r·h, (B, H).
    pub(super) d_reset: Shared<f32>,
    /// Where the product takes pairs: the gates' gradients of one step as slots, (B, `row_slots`).
    pub(super) slots: Shared<f32>,
    pub(super) row_slots: usize,
}

impl BackwardCall<'_> {
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
    ///
    /// # Safety
    /// The processor has the instruction set; `t` and `b` are a step and a row of the layout, whose gates, dh and dc nobody else touches.
    #[inline(always)]
    pub(super) unsafe fn row<S: Simd>(&self, t: usize, b: usize) {
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
    ///
    /// # Safety
    /// As [`row`](Self::row), and `units` are units of the layer, each vector of them but for lanes outside the mask.
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
                _ => {
                    let h_previous = self.previous(t, b, self.h0, self.y);
                    for j in units.step_by(S::LANES) {
                        let d = S::flush_below(S::add(S::load_masked(dh.add(j), m), S::load_masked(dy.add(j), m)), tiny);
                        let previous = S::load_masked(h_previous.add(j), m);
                        let stays = gradients::<S>(cell, |k| gates.add(k * hidden + j), previous, d, m);
                        S::store_masked(dh.add(j), m, stays);
                    }
                }
            }
        }
    }

    /// Reset-before GRU, once d(r·h) is known: dr in place of r, and d(r·h)·r into dh.
    ///
    /// # Safety
    /// As [`row`](Self::row), and `d_reset` holds the gradient of r·h.
    #[inline(always)]
    pub(super) unsafe fn reset<S: Simd>(&self, t: usize, b: usize) {
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
