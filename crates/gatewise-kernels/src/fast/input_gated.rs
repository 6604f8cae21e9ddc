//! Cells whose gates see the input alone; see [`crate::reference::input_gated`] for the equations.
//!
//! A tile has no recurrent rows, so the units and the sequences of a batch know nothing of each other, and the step from h_{t−1} to h_t is
//! one multiply-add while the gates are in registers.

use crate::cell::Cell;
use crate::simd::{Simd, math};

use super::cells::{FastCell, fetch_gates};
use super::panel::Tile;
use super::tile::WIDTH;

/// Candidates from here on lie on the straight part: as much below ½ as the rounding of σ(0).
const STRAIGHT: f32 = 0.499_999_9;

/// Accumulators z, h.
#[derive(Clone, Copy)]
pub(super) struct MinGru;

impl FastCell for MinGru {
    const GATED: bool = true;
    #[inline(always)]
    fn input(_: usize) -> (usize, usize) {
        (0, 2)
    }
    #[inline(always)]
    fn recurrent(_: usize) -> (usize, usize) {
        (0, 0)
    }
    #[inline(always)]
    fn accumulators(_: usize) -> usize {
        2
    }
    #[inline(always)]
    fn fetch<S: Simd>(t: &Tile, rows: usize) {
        fetch_gates::<S>(t, 2, rows);
    }
    #[inline(always)]
    unsafe fn equations<S: Simd>(acc: *mut f32, t: &Tile, rows: usize, units: usize) {
        // SAFETY: the caller's; the mask keeps to the units that exist.
        unsafe {
            let (mask, zero) = (S::mask(units), S::splat(0.0));
            for row in 0..rows {
                let acc = acc.add(row * WIDTH * S::LANES);
                let (z, h) = (S::load(acc), S::load(acc.add(S::LANES)));
                let (kept, curved) = math::sigmoids::<S>(S::sub(zero, z), S::min(zero, h));
                let candidate = straighten::<S>(h, curved);
                store_state::<S>(t, row, mask, kept, candidate);
                if !t.gates.is_null() {
                    let gates = t.gates.add(row * t.gates_stride);
                    S::store_masked(gates, mask, kept);
                    S::store_masked(gates.add(t.hidden), mask, candidate);
                }
            }
        }
    }
}

/// Accumulators f, i, h.
#[derive(Clone, Copy)]
pub(super) struct MinLstm;

impl FastCell for MinLstm {
    const GATED: bool = true;
    #[inline(always)]
    fn input(_: usize) -> (usize, usize) {
        (0, 3)
    }
    #[inline(always)]
    fn recurrent(_: usize) -> (usize, usize) {
        (0, 0)
    }
    #[inline(always)]
    fn accumulators(_: usize) -> usize {
        3
    }
    #[inline(always)]
    fn fetch<S: Simd>(t: &Tile, rows: usize) {
        fetch_gates::<S>(t, 4, rows);
    }
    #[inline(always)]
    unsafe fn equations<S: Simd>(acc: *mut f32, t: &Tile, rows: usize, units: usize) {
        // SAFETY: the caller's; the mask keeps to the units that exist.
        unsafe {
            let (mask, zero, one) = (S::mask(units), S::splat(0.0), S::splat(1.0));
            for row in 0..rows {
                let acc = acc.add(row * WIDTH * S::LANES);
                let h = S::load(acc.add(2 * S::LANES));
                let (f, i) = math::sigmoids::<S>(S::load(acc), S::load(acc.add(S::LANES)));
                let (curved, share) = math::sigmoid_and_inverse::<S>(S::min(zero, h), S::add(f, i));
                let (kept, candidate) = (S::min(one, S::mul(f, share)), straighten::<S>(h, curved));
                store_state::<S>(t, row, mask, kept, candidate);
                if !t.gates.is_null() {
                    let gates = t.gates.add(row * t.gates_stride);
                    S::store_masked(gates, mask, f);
                    S::store_masked(gates.add(t.hidden), mask, i);
                    S::store_masked(gates.add(2 * t.hidden), mask, candidate);
                    S::store_masked(gates.add(3 * t.hidden), mask, kept);
                }
            }
        }
    }
}

/// g(x), given σ(min(x, 0)).
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
unsafe fn straighten<S: Simd>(x: S::V, curved: S::V) -> S::V {
    // SAFETY: arithmetic on registers.
    unsafe { S::add(S::max(S::splat(0.0), x), curved) }
}

/// h = h̃ + k·(h_{t−1} − h̃) of a row.
///
/// # Safety
/// The tile's pointers are valid for the row and the units of the mask.
#[inline(always)]
unsafe fn store_state<S: Simd>(t: &Tile, row: usize, mask: S::Mask, kept: S::V, candidate: S::V) {
    // SAFETY: the caller's.
    unsafe {
        let previous = S::load_masked(t.last.add(row * t.hidden + t.unit), mask);
        S::store_masked(t.y.add(row * t.hidden), mask, S::fma(kept, S::sub(previous, candidate), candidate));
    }
}

/// Turns one vector of units of the tape into the gradients of its gates; `at(k)` is where gate k lies, `d` the gradient of h. Gives the
/// part of it that goes to h_{t−1}.
///
/// # Safety
/// The processor has the instruction set; the places are valid for the lanes of the mask.
#[inline(always)]
pub(super) unsafe fn gradients<S: Simd>(cell: Cell, at: impl Fn(usize) -> *mut f32, previous: S::V, d: S::V, m: S::Mask) -> S::V {
    // SAFETY: the caller's.
    unsafe {
        match cell {
            Cell::MinGru => {
                let (kept, candidate) = (S::load_masked(at(0), m), S::load_masked(at(1), m));
                let through = S::mul(d, S::sub(candidate, previous));
                S::store_masked(at(0), m, S::mul(through, S::fnma(kept, kept, kept)));
                S::store_masked(at(1), m, S::mul(S::mul(d, S::sub(S::splat(1.0), kept)), slope::<S>(candidate)));
                S::mul(d, kept)
            }
            Cell::MinLstm => {
                let (f, i) = (S::load_masked(at(0), m), S::load_masked(at(1), m));
                let (candidate, kept) = (S::load_masked(at(2), m), S::load_masked(at(3), m));
                let (one, through) = (S::splat(1.0), S::mul(S::mul(d, S::sub(previous, candidate)), S::fnma(kept, kept, kept)));
                S::store_masked(at(0), m, S::mul(through, S::sub(one, f)));
                S::store_masked(at(1), m, S::mul(through, S::sub(i, one)));
                S::store_masked(at(2), m, S::mul(S::mul(d, S::sub(one, kept)), slope::<S>(candidate)));
                S::mul(d, kept)
            }
            _ => unreachable!("the gates of {cell:?} see the state"),
        }
    }
}

/// The slope of g where it is `value`.
///
/// # Safety
/// The processor has the instruction set.
#[inline(always)]
unsafe fn slope<S: Simd>(value: S::V) -> S::V {
    // SAFETY: arithmetic on registers.
    unsafe {
        let curved = S::fnma(value, value, value);
        S::add(curved, S::where_positive(S::sub(S::splat(1.0), curved), S::sub(value, S::splat(STRAIGHT))))
    }
}
