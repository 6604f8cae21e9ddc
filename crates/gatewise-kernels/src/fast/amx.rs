//! What a tile of [`super::fused`] and of [`super::gemm`] is where products run on tiles of 16 rows: sums lie in memory between the
//! products, and the equations read them from there.

use std::marker::PhantomData;

use crate::simd::{Kernel, Simd, Tiles};

use super::cells::FastCell;
use super::fused::{MAX_ROWS, Stored};
use super::gemm_tile::GemmTile;
use super::panel::{INPUTS, RECURRENT, Tile};
use super::tile::WIDTH;

/// One tile of `.1` rows of a panel, see [`super::fused::TileKernel`].
pub(super) struct PanelOnTiles<'t, C, const PART: u8>(pub(super) &'t Tile, pub(super) usize, pub(super) PhantomData<C>);

impl<C: FastCell, const PART: u8> Kernel for PanelOnTiles<'_, C, PART> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        const { assert!(fits::<S>()) };
        let Self(t, rows, _) = self;
        let ((x_first, x_width), (h_first, h_width)) = (C::input(t.vectors), C::recurrent(t.vectors));
        let mut stored = Stored::new();
        let stored = stored.pointer();
        // SAFETY: the tile's pointers are valid for its rows and units, `stored` for as many rows as a tile has.
        unsafe {
            if PART != INPUTS && !t.gates.is_null() {
                C::fetch::<S>(t, rows);
            }
            let hoisted = PART == RECURRENT && t.inputs > 0;
            for row in 0..rows {
                for v in 0..C::accumulators(t.vectors) {
                    let slot = v.wrapping_sub(x_first);
                    let start = if hoisted && slot < x_width {
                        t.pre.add(row * t.pre_stride + slot * S::LANES).cast_const()
                    } else {
                        t.bias.add(v * S::LANES)
                    };
                    S::store(stored.add((row * WIDTH + v) * S::LANES), S::load(start));
                }
            }
            let add = |first: usize, width: usize, a: *const f32, b: *const f32, k: usize| {
                let (c, c_stride) = (stored.add(first * S::LANES), WIDTH * S::LANES);
                S::tiles(Tiles { a, a_stride: k, b, b_stride: width * S::LANES, c, c_stride, rows, k, accumulate: true }, width);
            };
            if PART != RECURRENT && t.inputs > 0 {
                add(x_first, x_width, t.x, t.w_x, t.inputs);
            }
            if PART == INPUTS {
                for row in 0..rows {
                    for v in 0..x_width {
                        let sum = S::load(stored.add((row * WIDTH + x_first + v) * S::LANES));
                        S::store(t.pre.add(row * t.pre_stride + v * S::LANES), sum);
                    }
                }
                return;
            }
            if h_width > 0 {
                add(h_first, h_width, t.h, t.w_h, t.states);
            }
            C::finish::<S>(stored, t, rows, t.vectors);
        }
    }
}

/// Whether a tile's rows and vectors find room, and panels lie as tiles want them.
const fn fits<S: Simd>() -> bool {
    !S::TILES || S::ROWS[WIDTH - 1] <= MAX_ROWS && S::PANEL <= WIDTH && S::LANES == 16 && S::ABREAST
}

/// One tile of a product, `rows` × `vectors`.
pub(super) struct ProductOnTiles {
    pub(super) tile: GemmTile,
    pub(super) rows: usize,
    pub(super) vectors: usize,
}

impl Kernel for ProductOnTiles {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        const { assert!(fits::<S>()) };
        let Self { tile: t, rows, vectors } = self;
        // SAFETY: the tile's pointers are valid; masks keep to the columns that C has.
        unsafe {
            let product = |c: *mut f32, c_stride: usize| {
                let (b_stride, accumulate) = (vectors * S::LANES, t.accumulate);
                S::tiles(Tiles { a: t.a, a_stride: t.a_stride, b: t.b, b_stride, c, c_stride, rows, k: t.k, accumulate }, vectors);
            };
            if t.columns >= vectors * S::LANES {
                return product(t.c, t.c_stride);
            }
            // The last columns go by way of whole tiles.
            let mut stored = Stored::new();
            let stored = stored.pointer();
            let mask = |v: usize| S::mask((t.columns - v * S::LANES).min(S::LANES));
            for row in 0..rows {
                for v in 0..vectors {
                    let c = S::load_masked(t.c.add(row * t.c_stride + v * S::LANES), mask(v));
                    S::store(stored.add((row * WIDTH + v) * S::LANES), c);
                }
            }
            product(stored, WIDTH * S::LANES);
            for row in 0..rows {
                for v in 0..vectors {
                    let c = S::load(stored.add((row * WIDTH + v) * S::LANES));
                    S::store_masked(t.c.add(row * t.c_stride + v * S::LANES), mask(v), c);
                }
            }
        }
    }
}
