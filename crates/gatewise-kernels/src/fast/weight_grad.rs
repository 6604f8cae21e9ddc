//! C += Aᵀ·B for long A and B: the gradient of weights, one product over all rows.
//!
//! The output's rows are dealt to the threads, never k, and blocks of k follow each other in order, so every
//! element is one sum in the order of the rows.

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::buffer::Aligned;
use crate::cpu::Cpu;
use crate::simd::{Kernel, MAX_BLOCK, Simd, Split};

use super::gemm::{GemmTile, run_tile};
use super::pack::{pack_panels_into, panels_len};
use super::tile::with_rows;
use super::{Shared, deal, threads_for};

/// Bytes that the packed block of B may take, so that it stays in the second cache while all slivers pass over it.
const PACKED_BYTES: usize = 1 << 20;
/// Widest sliver of A, in columns.
const MAX_ROWS: usize = 8;
/// Most right-hand matrices of a product: inputs and states.
const MAX_RIGHTS: usize = 2;
/// Slivers packed at a time: neighbours share cache lines of A, and a panel of B serves them all while it is in the first cache.
const GROUP: usize = 4;

/// A right-hand matrix and the result it goes to.
pub(super) struct Right<'a> {
    /// Row k, `n` long.
    pub(super) row: &'a (dyn Fn(usize) -> &'a [f32] + Sync),
    pub(super) n: usize,
    /// (m, n), added to.
    pub(super) c: &'a mut [f32],
}

/// Adds Aᵀ·B to the result of every right-hand matrix, and the column sums of A to `sums`.
///
/// `a(k)` is row k of A, `m` long, k below `rows`.
pub(super) fn product<'a, S: Simd>(
    cpu: &Cpu,
    a: &(impl Fn(usize) -> &'a [f32] + Sync),
    m: usize,
    rows: usize,
    rights: &mut [Right<'_>],
    sums: Option<&mut [f32]>,
    scratch: &mut Aligned<f32>,
) {
    if m == 0 || rows == 0 {
        return;
    }
    let bytes: usize = rights.iter().map(|r| size_of::<f32>() * panels_len::<S>(S::BLOCK, r.n)).sum();
    if bytes > PACKED_BYTES && rights.len() > 1 {
        let mut sums = sums;
        for right in rights.chunks_mut(1) {
            product::<S>(cpu, a, m, rows, right, sums.take(), scratch);
        }
        return;
    }
    let columns: usize = rights.iter().map(|r| r.n).sum();
    let threads = threads_for(cpu, rows * m * columns);
    let per_thread: usize = rights.iter().map(|r| panels_len::<S>(S::BLOCK, r.n)).sum();
    scratch.resize(per_thread * threads);
    let scratch = Shared(scratch.as_mut_ptr());
    let sums = sums.map(|s| Shared(s[..m].as_mut_ptr()));
    let mut results = [Shared(std::ptr::null_mut()); MAX_RIGHTS];
    assert!(rights.len() <= MAX_RIGHTS, "a product has at most two right-hand matrices");
    for (result, right) in results.iter_mut().zip(rights.iter_mut()) {
        assert_eq!(right.c.len(), m * right.n, "a product's result is (m, n)");
        *result = Shared(right.c.as_mut_ptr());
    }
    let rights = &*rights;
    let slivers = Split::new(m, S::ROWS[S::PANEL - 1]);
    deal(cpu, threads, |thread| {
        let bound = |part: usize| if part == threads { m } else { slivers.part((slivers.parts * part / threads).min(slivers.parts - 1)).0 };
        let (lo, hi) = (bound(thread), bound(thread + 1));
        if lo == hi {
            return;
        }
        // SAFETY: every thread has `per_thread` elements of its own.
        let packed = unsafe { std::slice::from_raw_parts_mut(scratch.get().add(thread * per_thread), per_thread) };
        for start in (0..rows).step_by(S::BLOCK) {
            let len = S::BLOCK.min(rows - start);
            let mut at = 0;
            for right in rights {
                let size = panels_len::<S>(len, right.n);
                pack_panels_into::<S>((start..start + len).map(right.row), len, right.n, &mut packed[at..at + size]);
                at += size;
            }
            // SAFETY: rows lo..hi of every result and of the sums are this thread's alone; lengths were checked above.
            unsafe { S::run(Block { a, start, len, lo, hi, rights, results, packed, sums: sums.map(|s| s.get()) }) };
        }
    });
}

/// One block of rows for the columns `lo..hi` of A.
struct Block<'f, 'r, F> {
    a: &'f F,
    start: usize,
    len: usize,
    lo: usize,
    hi: usize,
    rights: &'f [Right<'r>],
    /// Where each product goes.
    results: [Shared<f32>; MAX_RIGHTS],
    packed: &'f [f32],
    sums: Option<*mut f32>,
}

impl<'a, F: Fn(usize) -> &'a [f32]> Kernel for Block<'_, '_, F> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let mut packed = [MaybeUninit::<f32>::uninit(); GROUP * MAX_BLOCK * MAX_ROWS];
        let slivers = Split::new(self.hi - self.lo, S::ROWS[S::PANEL - 1]);
        for group in (0..slivers.parts).step_by(GROUP) {
            let members = group..slivers.parts.min(group + GROUP);
            let (start, most) = slivers.part(group);
            let (last, least) = slivers.part(members.end - 1);
            // Sliver by sliver, one behind the other.
            let place = |row: usize| (row - start) * self.len;
            let columns = self.lo + start..self.lo + last + least;
            if members.len() == GROUP && most == least && GROUP * most >= S::LANES {
                // SAFETY: the columns lie in A's rows and in the sums, and are this thread's.
                with_rows!(most, up to 8, R => unsafe { self.pack_group::<S, R>(columns.start, &mut packed) });
            } else {
                for sliver in members.clone() {
                    let (row, count) = slivers.part(sliver);
                    with_rows!(count, up to 8, R => self.pack_sliver::<R>(self.lo + row, &mut packed[place(row)..]));
                }
                // SAFETY: as above.
                unsafe { self.column_sums::<S>(columns) };
            }
            let mut b = self.packed.as_ptr();
            for (right, result) in self.rights.iter().zip(self.results) {
                let columns = Split::new(right.n.div_ceil(S::LANES), S::PANEL);
                for p in 0..columns.parts {
                    let (first, vectors) = columns.part(p);
                    for sliver in members.clone() {
                        let (row, count) = slivers.part(sliver);
                        // SAFETY: the sliver was packed; the panels hold `len` rows; the tile lies inside the result, in rows of this thread.
                        unsafe {
                            let tile = GemmTile {
                                a: packed.as_ptr().add(place(row)).cast(),
                                a_stride: 0,
                                k: self.len,
                                b,
                                c: result.get().add((self.lo + row) * right.n + first * S::LANES),
                                c_stride: right.n,
                                columns: right.n - first * S::LANES,
                                accumulate: true,
                            };
                            run_tile::<S, true>(tile, count, vectors);
                        }
                    }
                    // SAFETY: the next panel, or the end of the last.
                    b = unsafe { b.add(self.len * vectors * S::LANES) };
                }
            }
        }
    }
}

impl<'a, F: Fn(usize) -> &'a [f32]> Block<'_, '_, F> {
    /// `R` columns of A from column `first` on, row after row.
    #[inline(always)]
    fn pack_sliver<const R: usize>(&self, first: usize, sliver: &mut [MaybeUninit<f32>]) {
        for (kk, packed) in sliver[..R * self.len].as_chunks_mut::<R>().0.iter_mut().enumerate() {
            let row = &(self.a)(self.start + kk)[first..][..R];
            // SAFETY: both are R floats long. A copy of known length is two moves, not a call.
            unsafe { packed.as_mut_ptr().cast::<f32>().copy_from_nonoverlapping(row.as_ptr(), R) };
        }
    }

    /// `GROUP` slivers of `R` columns from column `first` on, and the sums of these columns on the way.
    ///
    /// # Safety
    /// A's rows and the sums hold the columns, at least a vector of them, and nobody else writes these sums.
    #[inline(always)]
    unsafe fn pack_group<S: Simd, const R: usize>(&self, first: usize, packed: &mut [MaybeUninit<f32>]) {
        let packed = packed[..GROUP * R * self.len].as_mut_ptr().cast::<f32>();
        let sums = self.sums.map(|sums| sums.wrapping_add(first));
        // The second vector overlaps the first where two are wider than the group: a column then has the same sum in both.
        let second = GROUP * R - S::LANES;
        // SAFETY: a row is cut to the group's columns; sliver s of the group has its place from s·R·len on.
        unsafe {
            let start = |at: usize| sums.map_or(S::splat(0.0), |sums| S::load(sums.add(at)));
            let mut acc = [start(0), start(second)];
            for k in 0..self.len {
                let row = (self.a)(self.start + k)[first..][..GROUP * R].as_ptr();
                for sliver in 0..GROUP {
                    // A copy of known length is two moves, not a call.
                    packed.add((sliver * self.len + k) * R).copy_from_nonoverlapping(row.add(sliver * R), R);
                }
                acc = [S::add(acc[0], S::load(row)), S::add(acc[1], S::load(row.add(second)))];
            }
            if let Some(sums) = sums {
                S::store(sums, acc[0]);
                S::store(sums.add(second), acc[1]);
            }
        }
    }

    /// Adds the columns `columns` of A to their sums.
    ///
    /// # Safety
    /// As [`pack_group`](Self::pack_group).
    #[inline(always)]
    unsafe fn column_sums<S: Simd>(&self, columns: Range<usize>) {
        let Some(sums) = self.sums else { return };
        // SAFETY: the masks keep to the columns.
        unsafe {
            for j in columns.clone().step_by(S::LANES) {
                let mask = S::mask((columns.end - j).min(S::LANES));
                let mut acc = S::load_masked(sums.add(j), mask);
                for k in self.start..self.start + self.len {
                    acc = S::add(acc, S::load_masked((self.a)(k).as_ptr().add(j), mask));
                }
                S::store_masked(sums.add(j), mask, acc);
            }
        }
    }
}
