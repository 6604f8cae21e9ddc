//! The fused step of a panel: one K loop over inputs and last hidden state, then the cell's equations on the tile.

use std::marker::PhantomData;
use std::mem::MaybeUninit;

use crate::simd::{Kernel, Simd};

use super::cells::FastCell;
use super::panel::{INPUTS, RECURRENT, Tile, WHOLE};
use super::product::Product;
use super::tile::{Acc, Columns, FEW, WIDTH, accumulate, accumulate_panels};

/// Most rows of a tile.
pub(super) const MAX_ROWS: usize = 16;
/// Most lanes of a vector.
const MAX_LANES: usize = 16;

/// Finished accumulators, row after row of [`WIDTH`] vectors. The equations read them from here: were the accumulators
/// indexed in a loop, they would be kept in memory during the K loop too.
#[repr(align(64))]
pub(super) struct Stored(MaybeUninit<[f32; MAX_ROWS * WIDTH * MAX_LANES]>);

impl Stored {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self(MaybeUninit::uninit())
    }

    #[inline(always)]
    pub(super) fn pointer(&mut self) -> *mut f32 {
        self.0.as_mut_ptr().cast()
    }
}

/// One tile of `R` rows of a panel that is `U` vectors of units wide.
pub(super) struct TileKernel<'t, C, P, const R: usize, const U: usize, const PART: u8>(pub(super) &'t Tile, pub(super) PhantomData<(C, P)>);

impl<C: FastCell, P: Product, const R: usize, const U: usize, const PART: u8> Kernel for TileKernel<'_, C, P, R, U, PART> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let t = self.0;
        let ((x_first, x_width), (h_first, h_width)) = (C::input(U), C::recurrent(U));
        let mut stored = Stored::new();
        let stored = stored.pointer();
        // SAFETY: the tile's pointers are valid for its rows and units, `stored` for MAX_ROWS rows.
        unsafe {
            if PART != INPUTS && !t.gates.is_null() {
                C::fetch::<S>(t, R);
            }
            let x = Columns::new::<S>(t.w_x, x_width, t.inputs);
            let h = Columns::new::<S>(t.w_h, h_width, t.states);
            // A single row has registers for all gates, and needs their chains to hide the latency of an addition.
            if S::ABREAST || R == 1 {
                columns::<S, P, R, PART>(t, stored, (0, C::accumulators(U)), (x_first, x_width, x), (h_first, h_width, h), 0);
            } else {
                for v in 0..C::accumulators(U) {
                    let (x_slot, h_slot) = (v.wrapping_sub(x_first), v.wrapping_sub(h_first));
                    let x = if x_slot < x_width { x.from(x_slot) } else { x.none() };
                    let h = if h_slot < h_width { h.from(h_slot) } else { h.none() };
                    columns::<S, P, R, PART>(t, stored, (v, 1), (0, 1, x), (0, 1, h), x_slot);
                }
            }
            if PART != INPUTS {
                C::finish::<S>(stored, t, R, U);
            }
        }
    }
}

/// Some columns of a tile's accumulators, first and number, over the part of the K loop asked for. `x` and `h`: first column
/// among them, number and weights of the input and of the recurrent rows; `slot`: the first of the hoisted input product.
///
/// # Safety
/// The processor has the instruction set; the tile is valid for `R` rows, `stored` for as many rows of [`WIDTH`] vectors, and the columns exist in both.
#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
unsafe fn columns<S: Simd, P: Product, const R: usize, const PART: u8>(
    t: &Tile,
    stored: *mut f32,
    (first, width): (usize, usize),
    (x_first, x_width, x): (usize, usize, Columns),
    (h_first, h_width, h): (usize, usize, Columns),
    slot: usize,
) {
    // SAFETY: the caller's.
    unsafe {
        let mut acc: Acc<S::V, R> = [[S::splat(0.0); WIDTH]; R];
        for v in 0..width {
            let bias = S::load(t.bias.add((first + v) * S::LANES));
            for r in 0..R {
                acc[r][v] = bias;
            }
        }
        if PART == WHOLE {
            accumulate::<S, P, R, false, false>(&mut acc, x_first, x_width, t.x, t.inputs, x);
        } else if x.k > 0 {
            let pre = t.pre.add(slot * S::LANES);
            if PART == RECURRENT {
                for r in 0..R {
                    for v in 0..x_width {
                        acc[r][x_first + v] = S::load(pre.add(r * t.pre_stride + v * S::LANES));
                    }
                }
            } else {
                accumulate::<S, P, R, false, false>(&mut acc, x_first, x_width, t.x, t.inputs, x);
                for r in 0..R {
                    for v in 0..x_width {
                        S::store(pre.add(r * t.pre_stride + v * S::LANES), acc[r][x_first + v]);
                    }
                }
            }
        }
        if PART == INPUTS {
            return;
        }
        if PART == RECURRENT && R >= FEW {
            accumulate::<S, P, R, false, true>(&mut acc, h_first, h_width, t.h, t.states, h.before(t.ahead));
        } else {
            accumulate::<S, P, R, false, false>(&mut acc, h_first, h_width, t.h, t.states, h);
        }
        for r in 0..R {
            for v in 0..width {
                S::store(stored.add((r * WIDTH + first + v) * S::LANES), acc[r][v]);
            }
        }
    }
}

/// One row of two panels at once, for batch 1.
pub(super) struct PairKernel<'t, C, P, const U: usize, const PART: u8>(pub(super) &'t Tile, pub(super) PhantomData<(C, P)>);

impl<C: FastCell, P: Product, const U: usize, const PART: u8> Kernel for PairKernel<'_, C, P, U, PART> {
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
                if PART == RECURRENT && t.inputs > 0 {
                    for v in 0..x_width {
                        acc[p][x_first + v] = S::load(t.pre.add(v * S::LANES));
                    }
                }
            }
            if PART == WHOLE {
                accumulate_panels::<S, P, 2>(
                    &mut acc,
                    x_first,
                    x_width,
                    first.x,
                    first.inputs,
                    first.w_x,
                    first.inputs * x_width * S::LANES,
                );
            }
            accumulate_panels::<S, P, 2>(&mut acc, h_first, h_width, first.h, first.states, first.w_h, first.states * h_width * S::LANES);
            let mut stored = Stored::new();
            let stored = stored.pointer();
            for p in 0..2 {
                for v in 0..C::accumulators(U) {
                    S::store(stored.add((p * WIDTH + v) * S::LANES), acc[p][v]);
                }
            }
            C::finish::<S>(stored, first, 1, U);
            C::finish::<S>(stored.add(WIDTH * S::LANES), &second, 1, U);
        }
    }
}

impl Tile {
    /// The tile of the panel behind this one. Widths are in vectors.
    ///
    /// # Safety
    /// A panel of the same row follows this one.
    #[inline(always)]
    unsafe fn next_panel<S: Simd>(&self, x_width: usize, h_width: usize, bias_width: usize) -> Tile {
        let units = self.vectors * S::LANES;
        // SAFETY: the panel exists; null pointers stay null.
        unsafe {
            // A cell without memory has empty tapes of it, whose pointers lead nowhere.
            let offset = |p: *mut f32, by: usize| if p.is_null() { p } else { p.wrapping_add(by) };
            Tile {
                w_x: self.w_x.add(self.inputs * x_width * S::LANES),
                w_h: self.w_h.add(self.states * h_width * S::LANES),
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
