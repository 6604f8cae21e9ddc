//! C += Aᵀ·B for long A and B: the gradient of weights, one product over all rows.
//!
//! Rows go into slots of a [`Product`], so two rows of bf16 lie side by side. The output's rows are dealt to the threads, never k, and
//! blocks of k follow each other in order, so every element is one sum in the order of the rows.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;

use crate::buffer::Aligned;
use crate::cpu::Cpu;
use crate::simd::{Kernel, MAX_BLOCK, Simd, Split};

use super::gemm_tile::GemmTile;
use super::pack::{pack_panels_into, panels_len};
use super::product::{Product, side_by_side};
use super::run_tile::run_tile;
use super::tile::with_rows;
use super::{Shared, on_threads, threads_for};

/// Bytes that the packed block of B may take, so that it stays in the second cache while all slivers pass over it.
const PACKED_BYTES: usize = 1 << 20;
/// Widest sliver of A, in columns, but for tiles.
const MAX_ROWS: usize = 8;
/// Widest sliver for tiles.
const MAX_COLUMNS: usize = 16;
/// Most right-hand matrices of a product: inputs, states, and the reset states of a reset-before GRU.
const MAX_RIGHTS: usize = 3;
/// Most segments of a product's left-hand columns: the gates of a GRU that read inputs, both, or states.
const MAX_SEGMENTS: usize = 3;
/// Slivers packed at a time: neighbours share cache lines of A, and a panel of B serves them all while it is in the first cache.
const GROUP: usize = 4;

/// Floats of a cache line.
const LINE: usize = 16;
/// Rows of A that are asked for before they are packed: a group takes a short piece of each, too short for the processor to foresee.
const AHEAD: usize = 32;

/// A right-hand matrix.
pub(super) struct Right<'a> {
    /// Row k, `n` long.
    pub(super) row: &'a (dyn Fn(usize) -> &'a [f32] + Sync),
    pub(super) n: usize,
}

/// Neighbouring columns of A that are multiplied with the same right-hand matrices.
pub(super) struct Segment<'a> {
    pub(super) columns: usize,
    /// For each right-hand matrix the result, (columns, n), added to; none where it is not asked for.
    pub(super) results: [Option<&'a mut [f32]>; MAX_RIGHTS],
}

/// Where the columns of a segment go.
#[derive(Clone, Copy)]
struct Place {
    columns: usize,
    /// Null where a product is not asked for.
    results: [Shared<f32>; MAX_RIGHTS],
}

/// Adds Aᵀ·B to the results of every segment of A's columns, and the column sums of A to `sums`.
///
/// `a(k)` is row k of A, as long as the segments together, k below `rows`.
pub(super) fn product<'a, S: Simd, P: Product>(
    cpu: &Cpu,
    a: &(impl Fn(usize) -> &'a [f32] + Sync),
    rows: usize,
    rights: &[Right<'_>],
    segments: &mut [Segment<'_>],
    sums: Option<&mut [f32]>,
    scratch: &mut Aligned<f32>,
) {
    assert!(rights.len() <= MAX_RIGHTS && segments.len() <= MAX_SEGMENTS, "a product has a few factors");
    let m: usize = segments.iter().map(|s| s.columns).sum();
    if m == 0 || rows == 0 {
        return;
    }
    let mut work = 0;
    let nowhere = Shared(std::ptr::null_mut());
    let mut places = [Place { columns: 0, results: [nowhere; MAX_RIGHTS] }; MAX_SEGMENTS];
    for (place, segment) in places.iter_mut().zip(segments.iter_mut()) {
        place.columns = segment.columns;
        for ((at, result), right) in place.results.iter_mut().zip(&mut segment.results).zip(rights) {
            if let Some(result) = result {
                assert_eq!(result.len(), segment.columns * right.n, "a product's result is (columns, n)");
                *at = Shared(result.as_mut_ptr());
                work += rows * segment.columns * right.n;
            }
        }
    }
    let sums = sums.map(|s| Shared(s[..m].as_mut_ptr()));
    let threads = threads_for(cpu, work);
    // As many slots as a block of f32 has rows.
    let block_rows = S::BLOCK * P::TERMS;
    let size = |rights: &[Right<'_>]| rights.iter().map(|r| panels_len::<S, P>(block_rows, r.n)).sum::<usize>();
    let abreast = if size_of::<f32>() * size(rights) > PACKED_BYTES { 1 } else { rights.len() };
    for first in (0..rights.len()).step_by(abreast) {
        let of = first..rights.len().min(first + abreast);
        let per_thread = size(&rights[of.clone()]);
        scratch.resize(per_thread * threads);
        let scratch = Shared(scratch.as_mut_ptr());
        let sums = sums.filter(|_| first == 0);
        on_threads(cpu, threads, |thread| {
            // Whole slivers, so that they are as high as can be.
            let bound = |part: usize| if part == threads { m } else { (m * part / threads).next_multiple_of(height::<S>()).min(m) };
            let (lo, hi) = (bound(thread), bound(thread + 1));
            if lo == hi {
                return;
            }
            // SAFETY: every thread has `per_thread` elements of its own.
            let packed = unsafe { std::slice::from_raw_parts_mut(scratch.get().add(thread * per_thread), per_thread) };
            for start in (0..rows).step_by(block_rows) {
                let len = block_rows.min(rows - start);
                let mut at = 0;
                for right in &rights[of.clone()] {
                    let size = panels_len::<S, P>(len, right.n);
                    let pack =
                        PackRows { row: right.row, start, len, n: right.n, out: &mut packed[at..at + size], product: PhantomData::<P> };
                    // SAFETY: `S` is available.
                    unsafe { S::run(pack) };
                    at += size;
                }
                let sums = sums.map(|s| s.get());
                let block = Block { a, start, len, lo, hi, rights, of: of.clone(), places, packed, sums, product: PhantomData::<P> };
                // SAFETY: columns lo..hi of A, so these rows of every result and these sums, are this thread's alone; lengths were checked.
                unsafe { S::run(block) };
            }
        });
    }
}

/// Rows of a right-hand matrix into panels: rounding to bf16 takes the processor's vectors.
struct PackRows<'f, 'a, P> {
    row: &'f (dyn Fn(usize) -> &'a [f32] + Sync),
    start: usize,
    len: usize,
    n: usize,
    out: &'f mut [f32],
    product: PhantomData<P>,
}

impl<P: Product> Kernel for PackRows<'_, '_, P> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        pack_panels_into::<S, P>((self.start..self.start + self.len).map(self.row), self.len, self.n, self.out);
    }
}

/// Columns of a sliver.
fn height<S: Simd>() -> usize {
    S::ROWS[S::PANEL - 1]
}

/// One block of rows for the columns `lo..hi` of A.
struct Block<'f, 'r, F, P> {
    a: &'f F,
    start: usize,
    len: usize,
    lo: usize,
    hi: usize,
    rights: &'f [Right<'r>],
    /// Those that are packed.
    of: Range<usize>,
    places: [Place; MAX_SEGMENTS],
    packed: &'f [f32],
    sums: Option<*mut f32>,
    product: PhantomData<P>,
}

impl<'a, F: Fn(usize) -> &'a [f32], P: Product> Kernel for Block<'_, '_, F, P> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let mut packed = [MaybeUninit::<f32>::uninit(); GROUP * MAX_BLOCK * MAX_ROWS];
        let mut begin = 0;
        for place in &self.places {
            let end = begin + place.columns;
            let (lo, hi) = (self.lo.max(begin), self.hi.min(end));
            // SAFETY: the columns are this thread's, and those of the segment.
            unsafe {
                if lo < hi && self.of.clone().all(|r| place.results[r].get().is_null()) {
                    self.column_sums::<S>(lo..hi);
                } else if lo < hi {
                    self.segment::<S>(place, begin, lo..hi, &mut packed);
                }
            }
            begin = end;
        }
    }
}

impl<'a, F: Fn(usize) -> &'a [f32], P: Product> Block<'_, '_, F, P> {
    /// The columns `part` of a segment that begins at column `begin`.
    ///
    /// # Safety
    /// The results and sums of these columns are nobody else's; the panels hold `len` rows.
    #[inline(always)]
    unsafe fn segment<S: Simd>(&self, place: &Place, begin: usize, part: Range<usize>, packed: &mut [MaybeUninit<f32>]) {
        // Slivers have their room, and but for tiles two vectors of sums cover a group and a sliver's columns are known at compile time.
        const { assert!(S::BLOCK * S::ROWS[S::PANEL - 1] <= MAX_BLOCK * MAX_ROWS) };
        const { assert!(S::TILES || GROUP * S::ROWS[S::PANEL - 1] <= 2 * S::LANES && S::ROWS[S::PANEL - 1] <= MAX_ROWS) };
        let slivers = Split::new(part.len(), height::<S>());
        for group in (0..slivers.parts).step_by(GROUP) {
            let members = group..slivers.parts.min(group + GROUP);
            let (start, most) = slivers.part(group);
            let (last, least) = slivers.part(members.end - 1);
            let slots = P::slots(self.len);
            // Sliver by sliver, one behind the other.
            let at = |column: usize| (column - start) * slots;
            let columns = part.start + start..part.start + last + least;
            if !S::TILES && members.len() == GROUP && most == least && GROUP * most >= S::LANES {
                // SAFETY: the columns lie in A's rows and in the sums.
                with_rows!(most, up to 8, R => unsafe { self.pack_group::<S, R>(columns.start, packed) });
            } else {
                for sliver in members.clone() {
                    let (column, count) = slivers.part(sliver);
                    let (first, packed) = (part.start + column, &mut packed[at(column)..]);
                    if S::TILES {
                        self.pack_rows(first, count, packed);
                    } else {
                        with_rows!(count, up to 8, R => self.pack_sliver::<R>(first, packed));
                    }
                }
                // SAFETY: as above.
                unsafe { self.column_sums::<S>(columns) };
            }
            let mut b = self.packed.as_ptr();
            for r in self.of.clone() {
                let (n, result) = (self.rights[r].n, place.results[r].get());
                if result.is_null() {
                    b = b.wrapping_add(panels_len::<S, P>(self.len, n));
                    continue;
                }
                let panels = Split::new(n.div_ceil(S::LANES), S::PANEL);
                for p in 0..panels.parts {
                    let (first, vectors) = panels.part(p);
                    for sliver in members.clone() {
                        let (column, count) = slivers.part(sliver);
                        // SAFETY: the sliver was packed, and the tile lies inside the result.
                        unsafe {
                            let tile = GemmTile {
                                a: packed.as_ptr().add(at(column)).cast(),
                                a_stride: slots,
                                k: slots,
                                b,
                                ahead: b,
                                c: result.add((part.start + column - begin) * n + first * S::LANES),
                                c_stride: n,
                                columns: n - first * S::LANES,
                                accumulate: true,
                            };
                            run_tile::<S, P, true>(tile, count, vectors);
                        }
                    }
                    // SAFETY: the next panel, or the end of the last.
                    b = unsafe { b.add(slots * vectors * S::LANES) };
                }
            }
        }
    }

    /// `R` columns of A from column `first` on, slot after slot.
    #[inline(always)]
    fn pack_sliver<const R: usize>(&self, first: usize, sliver: &mut [MaybeUninit<f32>]) {
        for (slot, packed) in sliver[..R * P::slots(self.len)].as_chunks_mut::<R>().0.iter_mut().enumerate() {
            let mut room = [0.0; R];
            let row = self.slots(slot, first, &mut room);
            // SAFETY: both are R floats long. A copy of known length is two moves, not a call.
            unsafe { packed.as_mut_ptr().cast::<f32>().copy_from_nonoverlapping(row, R) };
        }
    }

    /// `count` columns of A from column `first` on, column after column.
    #[inline(always)]
    fn pack_rows(&self, first: usize, count: usize, sliver: &mut [MaybeUninit<f32>]) {
        let slots = P::slots(self.len);
        let mut room = [0.0; MAX_COLUMNS];
        for slot in 0..slots {
            let row = self.slots(slot, first, &mut room[..count]);
            for (at, packed) in sliver[slot..].iter_mut().step_by(slots).take(count).enumerate() {
                // SAFETY: `count` columns lie there.
                packed.write(unsafe { *row.add(at) });
            }
        }
    }

    /// As many columns of A as `room` has from column `first` on, in slot `slot` of the block: where they lie, or put together in `room`.
    #[inline(always)]
    fn slots(&self, slot: usize, first: usize, room: &mut [f32]) -> *const f32 {
        let columns = room.len();
        let row = |k: usize| &(self.a)(self.start + k)[first..][..columns];
        if P::TERMS == 1 {
            return row(slot).as_ptr();
        }
        let k = slot * P::TERMS;
        side_by_side::<P>(row(k), (k + 1 < self.len).then(|| row(k + 1)), room);
        room.as_ptr()
    }

    /// `GROUP` slivers of `R` columns from column `first` on, and the sums of these columns on the way.
    ///
    /// # Safety
    /// The sums hold the columns, at least a vector of them and at most two, and nobody else writes these sums.
    #[inline(always)]
    unsafe fn pack_group<S: Simd, const R: usize>(&self, first: usize, packed: &mut [MaybeUninit<f32>]) {
        let slots = P::slots(self.len);
        let packed = packed[..GROUP * R * slots].as_mut_ptr().cast::<f32>();
        let sums = self.sums.map(|sums| sums.wrapping_add(first));
        // The second vector overlaps the first where two are wider than the group: a column then has the same sum in both.
        let second = GROUP * R - S::LANES;
        // SAFETY: a row is cut to the group's columns; sliver s of the group has its place from s·R·slots on.
        unsafe {
            let start = |at: usize| sums.map_or(S::splat(0.0), |sums| S::load(sums.add(at)));
            let mut acc = [start(0), start(second)];
            let row_at = |k: usize| (self.a)(self.start + k).as_ptr();
            let ahead = AHEAD * (row_at(usize::from(self.len > 1)).addr() - row_at(0).addr()) / size_of::<f32>();
            let mut room = [0.0; GROUP * MAX_ROWS];
            for slot in 0..slots {
                for k in slot * P::TERMS..self.len.min((slot + 1) * P::TERMS) {
                    let row = (self.a)(self.start + k)[first..][..GROUP * R].as_ptr();
                    for line in (0..GROUP * R).step_by(LINE) {
                        S::prefetch::<false>(row.wrapping_add(ahead + line));
                    }
                    acc = [S::add(acc[0], S::load(row)), S::add(acc[1], S::load(row.add(second)))];
                }
                let row = self.slots(slot, first, &mut room[..GROUP * R]);
                for sliver in 0..GROUP {
                    // A copy of known length is two moves, not a call.
                    packed.add((sliver * slots + slot) * R).copy_from_nonoverlapping(row.add(sliver * R), R);
                }
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
    /// The sums hold the columns, and nobody else writes these sums.
    #[inline(always)]
    unsafe fn column_sums<S: Simd>(&self, columns: Range<usize>) {
        let Some(sums) = self.sums else { return };
        // SAFETY: the masks keep to the columns.
        unsafe {
            for j in columns.clone().step_by(S::LANES) {
                let mask = S::mask((columns.end - j).min(S::LANES));
                let mut acc = S::load_masked(sums.add(j), mask);
                for k in self.start..self.start + self.len {
                    acc = S::add(acc, S::load_masked((self.a)(k)[columns.clone()].as_ptr().add(j - columns.start), mask));
                }
                S::store_masked(sums.add(j), mask, acc);
            }
        }
    }
}
