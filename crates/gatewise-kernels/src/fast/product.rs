//! What a product multiplies: numbers of 32 bits, or pairs of 16.
//!
//! All operands of a kernel lie in slots of 32 bits. A slot of [`F32`] is a number; a slot of [`Bf16`] is two neighbours along k, the
//! first in the lower half, so that a sum over k numbers runs over half as many slots. Sums are f32 in both.

use crate::bf16;
use crate::simd::Simd;

/// The numbers of a product.
pub(crate) trait Product: Copy + 'static {
    /// Numbers in a slot.
    const TERMS: usize;

    /// Slots of k numbers.
    #[inline(always)]
    fn slots(k: usize) -> usize {
        k.div_ceil(Self::TERMS)
    }

    /// A slot of `first` and, where there are two, `second`.
    fn slot(first: f32, second: f32) -> f32;

    /// sum + a·b in every lane, over all numbers of a slot.
    ///
    /// # Safety
    /// The processor has the instruction set.
    unsafe fn add<S: Simd>(a: S::V, b: S::V, sum: S::V) -> S::V;
}

/// Numbers of 32 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct F32;

/// Pairs of 16 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bf16;

impl Product for F32 {
    const TERMS: usize = 1;
    #[inline(always)]
    fn slot(first: f32, _: f32) -> f32 {
        first
    }
    #[inline(always)]
    unsafe fn add<S: Simd>(a: S::V, b: S::V, sum: S::V) -> S::V {
        // SAFETY: the caller's.
        unsafe { S::fma(a, b, sum) }
    }
}

impl Product for Bf16 {
    const TERMS: usize = 2;
    #[inline(always)]
    fn slot(first: f32, second: f32) -> f32 {
        f32::from_bits(u32::from(bf16::bits(first)) | u32::from(bf16::bits(second)) << 16)
    }
    #[inline(always)]
    unsafe fn add<S: Simd>(a: S::V, b: S::V, sum: S::V) -> S::V {
        // SAFETY: the caller's.
        unsafe { S::dot_bf16(a, b, sum) }
    }
}

/// The slots of a run of numbers, an odd last one with a zero beside it.
#[inline(always)]
pub(super) fn slots_of<P: Product>(values: &[f32]) -> impl Iterator<Item = f32> {
    values.chunks(P::TERMS).map(|pair| P::slot(pair[0], if P::TERMS > 1 { pair.get(1).copied().unwrap_or_default() } else { 0.0 }))
}

/// Slots of `first` and `second`, neighbours along k, column by column; alone `first` stands beside zeros.
#[inline(always)]
pub(super) fn side_by_side<P: Product>(first: &[f32], second: Option<&[f32]>, slots: &mut [f32]) {
    let one = slots.iter_mut().zip(first);
    match second {
        Some(second) => one.zip(second).for_each(|((slot, &a), &b)| *slot = P::slot(a, b)),
        None => one.for_each(|(slot, &a)| *slot = P::slot(a, 0.0)),
    }
}

/// A row of numbers as a row of slots.
#[inline(always)]
pub(super) fn row_to_slots<P: Product>(values: &[f32], slots: &mut [f32]) {
    // Whole slots first: a loop without a special case takes vectors.
    let whole = values.len() / P::TERMS;
    for (slot, pair) in slots.iter_mut().zip(values.chunks_exact(P::TERMS)) {
        *slot = P::slot(pair[0], pair[P::TERMS - 1]);
    }
    slots[whole..].iter_mut().zip(slots_of::<P>(&values[whole * P::TERMS..])).for_each(|(slot, last)| *slot = last);
}

/// Rows of numbers as rows of slots, one behind the other.
///
/// # Safety
/// `from` is valid for `rows` rows of `k` numbers `stride` apart, `to` for as many of [`slots`](Product::slots).
#[inline(always)]
pub(super) unsafe fn rows_to_slots<P: Product>(from: *const f32, stride: usize, rows: usize, k: usize, to: *mut f32) {
    let width = P::slots(k);
    for row in 0..rows {
        // SAFETY: the caller's.
        let (values, slots) =
            unsafe { (std::slice::from_raw_parts(from.add(row * stride), k), std::slice::from_raw_parts_mut(to.add(row * width), width)) };
        row_to_slots::<P>(values, slots);
    }
}
