//! One vector interface, a thin shim per instruction set.
//!
//! Kernels are written once, generic over [`Simd`], and always inlined into [`Simd::run`], which carries the target
//! features. So every helper below must be `#[inline(always)]`: a call that is not inlined would run without them.

#[cfg(target_arch = "x86_64")]
pub(crate) mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(crate) mod math;
mod portable;

#[cfg(all(test, target_arch = "x86_64"))]
pub(crate) use avx2::PlainTiles;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::{Avx2, Avx2Single};
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::{Amx, Avx512, Avx512Bf16};
#[cfg(all(test, target_arch = "x86_64"))]
pub(crate) use portable::NARROW;
pub(crate) use portable::Portable;
#[cfg(target_arch = "x86_64")]
pub(crate) use portable::{PortableAvx, portable_on_avx};

/// A piece of work to compile for an instruction set.
pub(crate) trait Kernel {
    /// Does the work.
    ///
    /// # Safety
    /// The processor has the instruction set, and the pointers inside are valid as the kernel states.
    unsafe fn run<S: Simd>(self);
}

/// Most rows in a block of a weight gradient.
pub(crate) const MAX_BLOCK: usize = 512;

/// Vectors of `f32`.
///
/// # Safety
/// All methods: the processor has the instruction set. Loads and stores: the pointer is valid for the lanes touched.
#[allow(clippy::missing_safety_doc, reason = "said for all methods at once")]
pub(crate) trait Simd: Copy + 'static {
    /// A vector.
    type V: Copy;
    /// Which lanes a partial load or store touches.
    type Mask: Copy;
    /// As many whole numbers of 32 bits.
    type I: Copy;
    /// Lanes of a vector.
    const LANES: usize;
    /// Rows of a tile that is 1, 2, 3 or 4 vectors wide, so that accumulators, weights and a broadcast fit the registers.
    const ROWS: [usize; 4];
    /// Vectors in a panel of the products outside the fused forward, so that a tile reads the least per multiplication that
    /// the registers allow.
    const PANEL: usize;
    /// Rows in a block of a weight gradient, at most [`MAX_BLOCK`]: a sliver of one factor, and where tiles are narrow a panel of the
    /// other beside it, then stay in the first cache.
    const BLOCK: usize;
    /// Whether all gates of a tile fit the registers at once. Else they are computed one after the other, and a panel holds
    /// one gate behind the other.
    const ABREAST: bool;
    /// Vectors of units whose gates all stand in registers in a streaming step, at most four.
    const STREAM_VECTORS: usize;

    /// Whether [`fma`](Simd::fma) and [`fnma`](Simd::fnma) round once, not twice.
    const FUSED: bool = true;

    /// Whether products of bf16 run on tiles of 16 rows, through [`tiles`](Simd::tiles) alone: their sums are made in another order.
    const TILES: bool = false;

    /// Runs a kernel with the instruction set switched on. Never inlined: each tile keeps the registers to itself.
    unsafe fn run<K: Kernel>(kernel: K);

    unsafe fn splat(x: f32) -> Self::V;
    unsafe fn load(p: *const f32) -> Self::V;
    unsafe fn store(p: *mut f32, v: Self::V);
    /// Asks for the cache line at `p`, which may lie anywhere: in the first cache, or with `FAR` in the second.
    unsafe fn prefetch<const FAR: bool>(p: *const f32);
    /// The first `n` lanes.
    unsafe fn mask(n: usize) -> Self::Mask;
    /// Lanes outside the mask are zero.
    unsafe fn load_masked(p: *const f32, m: Self::Mask) -> Self::V;
    unsafe fn store_masked(p: *mut f32, m: Self::Mask, v: Self::V);
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    /// a·b + c.
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// c − a·b.
    unsafe fn fnma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// a / b to within 2 ULP, for |b| from 2⁻¹²⁵ to 2¹²⁵.
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V;
    /// The smaller; `b` where either is a NaN.
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V;
    /// The larger; `b` where either is a NaN.
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn abs(a: Self::V) -> Self::V;
    /// n, the integer nearest to x · factor, and what [`scale`](Simd::scale) knows it by.
    unsafe fn nearest(x: Self::V, factor: f32) -> (Self::V, Self::V);
    /// a · 2ⁿ, for a in [½, 2) and results that are normal numbers.
    unsafe fn scale(a: Self::V, handle: Self::V) -> Self::V;
    /// `a` where `gate` > 0, else 0.
    unsafe fn where_positive(a: Self::V, gate: Self::V) -> Self::V;
    /// `a` where |a| ≥ `tiny`, else 0.
    unsafe fn flush_below(a: Self::V, tiny: Self::V) -> Self::V;

    /// Zeros.
    unsafe fn zero_int() -> Self::I;
    /// Lane j of the sum and p₀·w₂ⱼ + p₁·w₂ⱼ₊₁, with p the two halves of `pair`, lower first, and w 2·LANES bytes at `w`.
    unsafe fn dot_pair(sum: Self::I, pair: i32, w: *const i8) -> Self::I;
    /// As floating-point numbers.
    unsafe fn to_float(a: Self::I) -> Self::V;
    /// sum + a₁·b₁ + a₀·b₀ in every lane, where a lane of `a` and `b` is a pair of bf16, the lower half first. Where the processor
    /// has no such instruction it is two multiply-adds, each rounded once; where it has, tiny numbers count as zero.
    unsafe fn dot_bf16(a: Self::V, b: Self::V, sum: Self::V) -> Self::V;
    /// A product that is `width` tiles of 16 columns wide, at most 4. Only with [`TILES`](Simd::TILES).
    unsafe fn tiles(_: Tiles, _width: usize) {
        unreachable!("only processors with tiles come here");
    }
}

/// A product on tiles, see [`Simd::TILES`]: of at most 16 rows. Distances are in floats.
#[derive(Clone, Copy)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "there alone are processors with tiles"))]
pub(crate) struct Tiles {
    /// Rows of slots.
    pub(crate) a: *const f32,
    pub(crate) a_stride: usize,
    /// Slots of k, each 16 columns for each tile of C.
    pub(crate) b: *const f32,
    pub(crate) b_stride: usize,
    pub(crate) c: *mut f32,
    pub(crate) c_stride: usize,
    pub(crate) rows: usize,
    /// Slots.
    pub(crate) k: usize,
    /// Start from what C holds instead of zero.
    pub(crate) accumulate: bool,
}

#[cfg(all(test, target_arch = "x86_64"))]
impl Tiles {
    /// As the processor's tiles, in plain loops.
    ///
    /// # Safety
    /// The pointers are valid for the rows, columns and slots named.
    pub(crate) unsafe fn in_plain_loops(self, width: usize) {
        let halves = |slot: f32| [slot.to_bits() << 16, slot.to_bits() & 0xffff_0000].map(f32::from_bits);
        for (row, column) in (0..self.rows).flat_map(|row| (0..16 * width).map(move |column| (row, column))) {
            // SAFETY: the caller's.
            unsafe {
                let c = self.c.add(row * self.c_stride + column);
                let mut sum = if self.accumulate { *c } else { 0.0 };
                for slot in 0..self.k {
                    let a = halves(*self.a.add(row * self.a_stride + slot));
                    let b = halves(*self.b.add(slot * self.b_stride + column));
                    sum += a[0] * b[0] + a[1] * b[1];
                }
                *c = sum;
            }
        }
    }
}

/// Number of parts and the sizes they have when `n` is split as evenly as possible into parts of at most `max`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    pub(crate) parts: usize,
    base: usize,
    extra: usize,
}

impl Split {
    #[inline(always)]
    pub(crate) fn new(n: usize, max: usize) -> Self {
        let parts = n.div_ceil(max);
        Self { parts, base: n / parts.max(1), extra: n % parts.max(1) }
    }

    /// First element and size of part `i`; the larger parts come first.
    #[inline(always)]
    pub(crate) fn part(&self, i: usize) -> (usize, usize) {
        (i * self.base + i.min(self.extra), self.base + usize::from(i < self.extra))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_covers_all_once_and_evenly() {
        for n in 1..100 {
            for max in 1..12 {
                let split = Split::new(n, max);
                let mut next = 0;
                for i in 0..split.parts {
                    let (start, len) = split.part(i);
                    assert_eq!(start, next);
                    assert!(len <= max && len > 0 && len + 1 >= split.part(0).1);
                    next += len;
                }
                assert_eq!(next, n);
            }
        }
    }
}
