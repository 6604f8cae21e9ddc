//! One tile of a product, in registers or on tiles of AMX.

use std::marker::PhantomData;

use crate::simd::{Kernel, Simd};

use super::amx::ProductOnTiles;
use super::gemm_tile::GemmTile;
use super::product::Product;
use super::tile::{Acc, Columns, FEW, WIDTH, accumulate, with_rows};

/// Runs a tile of `rows` × `vectors`; `PACKED` as in [`accumulate`], but for [`Simd::TILES`], which take rows of A as they are.
///
/// # Safety
/// The tile's pointers are valid for its rows and columns.
#[inline(always)]
pub(super) unsafe fn run_tile<S: Simd, P: Product, const PACKED: bool>(tile: GemmTile, rows: usize, vectors: usize) {
    const { assert!(!S::TILES || P::TERMS == 2, "tiles multiply pairs") };
    // SAFETY: the caller's.
    unsafe {
        if S::TILES {
            return S::run(ProductOnTiles { tile, rows, vectors });
        }
        with_rows!(rows, up to 8, R => match vectors {
            1 => S::run(Sized::<P, R, 1, PACKED>(tile, PhantomData)),
            2 => S::run(Sized::<P, R, 2, PACKED>(tile, PhantomData)),
            _ => S::run(Sized::<P, R, 3, PACKED>(tile, PhantomData)),
        })
    }
}

struct Sized<P, const R: usize, const V: usize, const PACKED: bool>(GemmTile, PhantomData<P>);

impl<P: Product, const R: usize, const V: usize, const PACKED: bool> Kernel for Sized<P, R, V, PACKED> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
    unsafe fn run<S: Simd>(self) {
        let t = self.0;
        // SAFETY: the tile's pointers are valid; masks keep to the columns that C has.
        unsafe {
            let mut acc: Acc<S::V, R> = [[S::splat(0.0); WIDTH]; R];
            let last = S::mask((t.columns - (V - 1) * S::LANES).min(S::LANES));
            if t.accumulate {
                for r in 0..R {
                    for v in 0..V {
                        let p = t.c.add(r * t.c_stride + v * S::LANES);
                        acc[r][v] = if v + 1 < V { S::load(p) } else { S::load_masked(p, last) };
                    }
                }
            }
            let b = Columns::side_by_side::<S>(t.b, V, t.k).before(t.ahead);
            // A tile of few rows has no time to spare.
            if PACKED || R < FEW {
                accumulate::<S, P, R, PACKED, false>(&mut acc, 0, V, t.a, t.a_stride, b);
            } else {
                accumulate::<S, P, R, PACKED, true>(&mut acc, 0, V, t.a, t.a_stride, b);
            }
            for r in 0..R {
                for v in 0..V {
                    let p = t.c.add(r * t.c_stride + v * S::LANES);
                    if v + 1 < V { S::store(p, acc[r][v]) } else { S::store_masked(p, last, acc[r][v]) }
                }
            }
        }
    }
}
