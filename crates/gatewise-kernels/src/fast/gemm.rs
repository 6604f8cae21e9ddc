//! C = A·B over packed panels of B. In [`Gemm`] and its tiles k, and the distance of A's rows, count slots of a [`Product`].

use std::marker::PhantomData;

use crate::buffer::Aligned;
use crate::cpu::Cpu;
use crate::matmul::{Mat, Scratch};
use crate::simd::{Kernel, Simd, Split};

use super::gemm_tile::GemmTile;
use super::pack::{pack_panels, pack_panels_transposed};
use super::product::{F32, Product, rows_to_slots};
use super::run_tile::run_tile;
use super::tile::{Acc, LINE, WIDTH, accumulate_panels};
use super::weight_grad::{Right, Segment, product};
use super::{Shared, on_threads, threads_for};

/// Panels that one row is multiplied with at once.
const MAX_ABREAST: usize = 4;

/// Terms of a sum that are added at a time: a panel's rows then stay in the second cache while all rows of A pass over them,
/// and so do the rows of A. A sum goes on from the result so far, so its bits do not depend on it.
const DEEP: usize = 512;

/// Rows `rows` of C = A·B or C += A·B on one thread.
#[derive(Clone, Copy)]
pub(super) struct Gemm<P> {
    pub(super) product: PhantomData<P>,
    /// First row of A and the distance of its rows.
    pub(super) a: *const f32,
    pub(super) a_stride: usize,
    /// Rows of A and C.
    pub(super) rows: usize,
    /// Columns of A, rows of B.
    pub(super) k: usize,
    /// B in product panels.
    pub(super) panels: *const f32,
    /// Columns of B and C.
    pub(super) n: usize,
    /// First row of C and the distance of its rows.
    pub(super) c: *mut f32,
    pub(super) c_stride: usize,
    /// Start from what C holds instead of zero.
    pub(super) accumulate: bool,
}

impl<P: Product> Kernel for Gemm<P> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        for first in (0..self.k.max(1)).step_by(DEEP) {
            // SAFETY: the caller's.
            unsafe { self.block::<S>(first, DEEP.min(self.k - first)) };
        }
    }
}

impl<P: Product> Gemm<P> {
    /// The product of rows of numbers, k of them at a distance of `a_stride` floats: as slots in `room`, where they are not slots as
    /// they stand.
    ///
    /// # Safety
    /// `room` has the slots of all rows.
    #[inline(always)]
    pub(super) unsafe fn of_numbers(self, room: *mut f32) -> Self {
        if P::TERMS == 1 {
            return self;
        }
        // SAFETY: the caller's.
        unsafe { rows_to_slots::<P>(self.a, self.a_stride, self.rows, self.k, room) };
        let slots = P::slots(self.k);
        Self { a: room, a_stride: slots, k: slots, ..self }
    }

    /// The terms `k0..k0 + len` of every sum.
    ///
    /// # Safety
    /// The processor has the instruction set; the pointers are valid for all rows and columns, and `k0 + len` ≤ k.
    #[inline(always)]
    unsafe fn block<S: Simd>(&self, k0: usize, len: usize) {
        let columns = Split::new(self.n.div_ceil(S::LANES), S::PANEL);
        let accumulate = self.accumulate || k0 > 0;
        let mut p = 0;
        while p < columns.parts {
            let (first, vectors) = columns.part(p);
            let abreast = if self.rows == 1 && !S::TILES {
                (p..columns.parts.min(p + MAX_ABREAST)).take_while(|&q| columns.part(q).1 == vectors).count()
            } else {
                1
            };
            if abreast > 1 {
                // SAFETY: the panels p.. are of one width and lie one after the other.
                unsafe { self.one_row::<S>(first, vectors, abreast, k0, len, accumulate) };
                p += abreast;
                continue;
            }
            let rows = Split::new(self.rows, S::ROWS[vectors - 1]);
            // SAFETY: panel p begins `first` vectors of k rows into B; rows and columns stay inside A and C.
            unsafe {
                let piece = |first: usize, vectors: usize| self.panels.wrapping_add(first * S::LANES * self.k + k0 * vectors * S::LANES);
                let b = piece(first, vectors);
                // Each tile asks for a line a term of the piece that follows, until all of it is on its way.
                let (following, wide) = columns.part(if p + 1 < columns.parts { p + 1 } else { 0 });
                let mut ahead = (0..(wide * S::LANES).div_ceil(LINE)).map(|part| piece(following, wide).wrapping_add(part * len * LINE));
                for i in 0..rows.parts {
                    let (row, count) = rows.part(i);
                    let tile = GemmTile {
                        a: self.a.add(row * self.a_stride + k0),
                        a_stride: self.a_stride,
                        k: len,
                        b,
                        ahead: ahead.next().unwrap_or(b),
                        c: self.c.add(row * self.c_stride + first * S::LANES),
                        c_stride: self.c_stride,
                        columns: self.n - first * S::LANES,
                        accumulate,
                    };
                    run_tile::<S, P, false>(tile, count, vectors);
                }
            }
            p += 1;
        }
    }

    /// One row times `abreast` panels from vector `first` on.
    ///
    /// # Safety
    /// As [`block`](Self::block); panels `first..` are `abreast` ones of `vectors` vectors each, and there is one row.
    #[inline(always)]
    unsafe fn one_row<S: Simd>(&self, first: usize, vectors: usize, abreast: usize, k0: usize, len: usize, accumulate: bool) {
        // SAFETY: the caller's.
        unsafe {
            let row = OneRow {
                a: self.a.add(k0),
                k: len,
                b: self.panels.add(first * S::LANES * self.k + k0 * vectors * S::LANES),
                panel: vectors * S::LANES * self.k,
                c: self.c.add(first * S::LANES),
                columns: self.n - first * S::LANES,
                accumulate,
            };
            match (abreast, vectors) {
                (2, 1) => S::run(Abreast::<P, 2, 1>(row, PhantomData)),
                (2, 2) => S::run(Abreast::<P, 2, 2>(row, PhantomData)),
                (2, _) => S::run(Abreast::<P, 2, 3>(row, PhantomData)),
                (3, 1) => S::run(Abreast::<P, 3, 1>(row, PhantomData)),
                (3, 2) => S::run(Abreast::<P, 3, 2>(row, PhantomData)),
                (3, _) => S::run(Abreast::<P, 3, 3>(row, PhantomData)),
                (_, 1) => S::run(Abreast::<P, 4, 1>(row, PhantomData)),
                (_, 2) => S::run(Abreast::<P, 4, 2>(row, PhantomData)),
                _ => S::run(Abreast::<P, 4, 3>(row, PhantomData)),
            }
        }
    }
}

/// One row times several panels.
#[derive(Clone, Copy)]
struct OneRow {
    a: *const f32,
    k: usize,
    b: *const f32,
    /// Floats from one panel to the next.
    panel: usize,
    c: *mut f32,
    /// Columns of C from here to its right edge.
    columns: usize,
    accumulate: bool,
}

/// `N` panels of `V` vectors.
struct Abreast<P, const N: usize, const V: usize>(OneRow, PhantomData<P>);

impl<P: Product, const N: usize, const V: usize> Kernel for Abreast<P, N, V> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "constant bounds: the loops unroll into registers")]
    unsafe fn run<S: Simd>(self) {
        let t = self.0;
        // SAFETY: the row's pointers are valid; masks keep to the columns that C has.
        unsafe {
            let mut acc: Acc<S::V, N> = [[S::splat(0.0); WIDTH]; N];
            let mask = |at: usize| S::mask(t.columns.saturating_sub(at).min(S::LANES));
            if t.accumulate {
                for p in 0..N {
                    for v in 0..V {
                        let at = (p * V + v) * S::LANES;
                        acc[p][v] = S::load_masked(t.c.add(at), mask(at));
                    }
                }
            }
            accumulate_panels::<S, P, N>(&mut acc, 0, V, t.a, t.k, t.b, t.panel);
            for p in 0..N {
                for v in 0..V {
                    let at = (p * V + v) * S::LANES;
                    S::store_masked(t.c.add(at), mask(at), acc[p][v]);
                }
            }
        }
    }
}

/// See [`crate::matmul()`]. Rows of C are dealt to the threads.
pub(crate) fn matmul<S: Simd>(cpu: &Cpu, a: Mat<'_, f32>, b: Mat<'_, f32>, accumulate: bool, c: &mut [f32], scratch: &mut Scratch<f32>) {
    let (m, k, n) = (a.rows, a.cols, b.cols);
    if m == 0 || n == 0 || k == 0 {
        if !accumulate {
            c.fill(0.0);
        }
        return;
    }
    if a.transposed {
        if !accumulate {
            c.fill(0.0);
        }
        if b.transposed {
            // Nothing in the models multiplies two transposes.
            return crate::reference::matmul(a, b, true, c, n);
        }
        let right = |r: usize| &b.data[r * b.stride..][..n];
        let left = |r: usize| &a.data[r * a.stride..][..m];
        let segment = Segment { columns: m, results: [Some(c), None, None] };
        return product::<S, F32>(cpu, &left, k, &[Right { row: &right, n }], &mut [segment], None, &mut scratch.panels);
    }
    pack_right::<S>(b, &mut scratch.panels);
    matmul_packed::<S>(cpu, a, &scratch.panels, n, accumulate, c);
}

/// B in product panels.
pub(crate) fn pack_right<S: Simd>(b: Mat<'_, f32>, panels: &mut Aligned<f32>) {
    let (k, n) = (b.rows, b.cols);
    if b.transposed {
        pack_panels_transposed::<S, F32>(b.data, b.stride, k, n, panels);
    } else {
        pack_panels::<S, F32>((0..k).map(|r| &b.data[r * b.stride..][..n]), k, n, panels);
    }
}

/// See [`crate::matmul_packed`]. Rows of C are dealt to the threads.
pub(crate) fn matmul_packed<S: Simd>(cpu: &Cpu, a: Mat<'_, f32>, panels: &[f32], n: usize, accumulate: bool, c: &mut [f32]) {
    let (m, k) = (a.rows, a.cols);
    let (threads, c) = (threads_for(cpu, m * k * n), Shared(c.as_mut_ptr()));
    let a_data = Shared(a.data.as_ptr().cast_mut());
    on_threads(cpu, threads, |i| {
        let (lo, hi) = (m * i / threads, m * (i + 1) / threads);
        if lo == hi {
            return;
        }
        // SAFETY: `Mat` checked A's length, the caller C's; rows lo..hi are this thread's alone.
        unsafe {
            S::run(Gemm::<F32> {
                product: PhantomData,
                a: a_data.get().add(lo * a.stride),
                a_stride: a.stride,
                rows: hi - lo,
                k,
                panels: panels.as_ptr(),
                n,
                c: c.get().add(lo * n),
                c_stride: n,
                accumulate,
            });
        }
    });
}
