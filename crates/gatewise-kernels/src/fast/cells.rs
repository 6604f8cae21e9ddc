//! The cells: which accumulators a tile has, and the equations that end a step.

use crate::simd::{Simd, math};

use super::panel::Tile;
use super::tile::WIDTH;

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

    /// Asks for the lines that the equations of the first `rows` rows will write to the tape, so that they come while the products run.
    #[inline(always)]
    fn fetch<S: Simd>(_: &Tile, _rows: usize) {}

    /// The cell's equations for the first `rows` rows and `units` units of a panel. `acc`: their accumulators, [`WIDTH`] vectors
    /// a row, to be overwritten. What waits for a result is a pass of its own over the rows, so that no row waits for another.
    ///
    /// # Safety
    /// The tile's pointers are valid for the rows and units.
    unsafe fn equations<S: Simd>(acc: *mut f32, tile: &Tile, rows: usize, units: usize);

    /// As [`equations`](Self::equations) for the units that the tile has, its panel `vectors` wide.
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    unsafe fn finish<S: Simd>(acc: *mut f32, tile: &Tile, rows: usize, vectors: usize) {
        // SAFETY: the caller's.
        unsafe {
            // Where the number of units is known when this is compiled, no store asks for a mask.
            if tile.units == vectors * S::LANES {
                Self::equations::<S>(acc, tile, rows, vectors * S::LANES);
            } else {
                Self::equations::<S>(acc, tile, rows, tile.units);
            }
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Lstm;

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
    fn fetch<S: Simd>(t: &Tile, rows: usize) {
        fetch_gates::<S>(t, 4, rows);
        fetch_rows::<S>(t.tape_c, t.hidden, rows);
        fetch_rows::<S>(t.tape_tanh_c, t.hidden, rows);
    }
    #[inline(always)]
    unsafe fn equations<S: Simd>(acc: *mut f32, t: &Tile, rows: usize, units: usize) {
        // SAFETY: the caller's; the mask keeps to the units that exist.
        unsafe {
            let mask = S::mask(units);
            let slot = |row: usize, v: usize| acc.add((row * WIDTH + v) * S::LANES);
            for row in 0..rows {
                let (i, f) = math::sigmoids::<S>(S::load(slot(row, 0)), S::load(slot(row, 1)));
                let (o, g) = math::sigmoid_and_tanh::<S>(S::load(slot(row, 3)), S::load(slot(row, 2)));
                let c_at = t.c.add(row * t.hidden);
                let c = S::fma(f, S::load_masked(c_at, mask), S::mul(i, g));
                S::store_masked(c_at, mask, c);
                S::store(slot(row, 0), c);
                S::store(slot(row, 1), o);
                if !t.gates.is_null() {
                    let gates = t.gates.add(row * t.gates_stride);
                    S::store_masked(gates, mask, i);
                    S::store_masked(gates.add(t.hidden), mask, f);
                    S::store_masked(gates.add(2 * t.hidden), mask, g);
                    S::store_masked(gates.add(3 * t.hidden), mask, o);
                    S::store_masked(t.tape_c.add(row * t.hidden), mask, c);
                }
            }
            for row in 0..rows {
                let tanh_c = math::tanh::<S>(S::load(slot(row, 0)));
                S::store_masked(t.y.add(row * t.hidden), mask, S::mul(S::load(slot(row, 1)), tanh_c));
                if !t.gates.is_null() {
                    S::store_masked(t.tape_tanh_c.add(row * t.hidden), mask, tanh_c);
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Gru;

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
    fn fetch<S: Simd>(t: &Tile, rows: usize) {
        fetch_gates::<S>(t, 4, rows);
    }
    #[inline(always)]
    unsafe fn equations<S: Simd>(acc: *mut f32, t: &Tile, rows: usize, units: usize) {
        // SAFETY: the caller's; the mask keeps to the units that exist.
        unsafe {
            let mask = S::mask(units);
            let slot = |row: usize, v: usize| acc.add((row * WIDTH + v) * S::LANES);
            for row in 0..rows {
                let u_n = S::load(slot(row, 3));
                let (r, z) = math::sigmoids::<S>(S::load(slot(row, 1)), S::load(slot(row, 2)));
                S::store(slot(row, 0), S::fma(r, u_n, S::load(slot(row, 0))));
                S::store(slot(row, 2), z);
                if !t.gates.is_null() {
                    let gates = t.gates.add(row * t.gates_stride);
                    S::store_masked(gates.add(t.hidden), mask, r);
                    S::store_masked(gates.add(2 * t.hidden), mask, z);
                    S::store_masked(gates.add(3 * t.hidden), mask, u_n);
                }
            }
            for row in 0..rows {
                let n = math::tanh::<S>(S::load(slot(row, 0)));
                let previous = S::load_masked(t.last.add(row * t.hidden + t.unit), mask);
                S::store_masked(t.y.add(row * t.hidden), mask, S::fma(S::load(slot(row, 2)), S::sub(previous, n), n));
                if !t.gates.is_null() {
                    S::store_masked(t.gates.add(row * t.gates_stride), mask, n);
                }
            }
        }
    }
}

/// Asks for the line at `p` in each of `rows` rows.
#[inline(always)]
fn fetch_rows<S: Simd>(p: *const f32, stride: usize, rows: usize) {
    for row in 0..rows {
        // SAFETY: asking touches no memory.
        unsafe { S::prefetch::<false>(p.wrapping_add(row * stride)) };
    }
}

/// Asks for the line of each of `gates` vectors of the tape in each of `rows` rows.
#[inline(always)]
pub(super) fn fetch_gates<S: Simd>(t: &Tile, gates: usize, rows: usize) {
    for gate in 0..gates {
        fetch_rows::<S>(t.gates.wrapping_add(gate * t.hidden), t.gates_stride, rows);
    }
}

/// The first half of a step: r, z and the input part of n; `gates` is never null.
#[derive(Clone, Copy)]
pub(super) struct GruResetBefore;

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
    unsafe fn equations<S: Simd>(acc: *mut f32, t: &Tile, rows: usize, units: usize) {
        // SAFETY: the caller's; the mask keeps to the units that exist.
        unsafe {
            let mask = S::mask(units);
            for row in 0..rows {
                let acc = acc.add(row * WIDTH * S::LANES);
                let (r, z) = math::sigmoids::<S>(S::load(acc.add(S::LANES)), S::load(acc.add(2 * S::LANES)));
                let previous = S::load_masked(t.last.add(row * t.hidden + t.unit), mask);
                let gates = t.gates.add(row * t.gates_stride);
                S::store_masked(gates, mask, S::load(acc));
                S::store_masked(gates.add(t.hidden), mask, r);
                S::store_masked(gates.add(2 * t.hidden), mask, z);
                S::store_masked(gates.add(3 * t.hidden), mask, S::mul(r, previous));
            }
        }
    }
}

/// Elman cell.
#[derive(Clone, Copy)]
pub(super) struct Rnn;

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
    unsafe fn equations<S: Simd>(acc: *mut f32, t: &Tile, rows: usize, units: usize) {
        // SAFETY: the caller's; the masks keep to the units that exist.
        unsafe {
            for row in 0..rows {
                for at in (0..units).step_by(S::LANES) {
                    let mask = S::mask((units - at).min(S::LANES));
                    let a = S::load(acc.add(row * WIDTH * S::LANES + at));
                    let h = if t.relu { S::max(S::splat(0.0), a) } else { math::tanh::<S>(a) };
                    S::store_masked(t.y.add(row * t.hidden + at), mask, h);
                    if !t.gates.is_null() {
                        S::store_masked(t.gates.add(row * t.gates_stride + at), mask, h);
                    }
                }
            }
        }
    }
}
