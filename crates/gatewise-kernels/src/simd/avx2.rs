//! 16 lanes in two registers, or 8 in one: AVX2 and FMA.
//!
//! A vector of the batched kernels is a pair of registers, so that a row of a packed panel fills a cache line as it does with AVX-512, and
//! a tile of 6 rows by one vector takes 12 accumulators, two weights and a broadcast of the 16 registers. A streaming step takes single ones.

use std::arch::x86_64::*;

use super::{Kernel, Simd};

/// Vectors of `N` registers, one or two. `TILES`: with products on tiles in plain loops, so that tests reach what else only processors
/// with tiles run.
#[derive(Clone, Copy)]
pub(crate) struct Registers<const N: usize, const TILES: bool>;

pub(crate) type Avx2 = Registers<2, false>;
/// One register a vector.
pub(crate) type Avx2Single = Registers<1, false>;
#[cfg(test)]
pub(crate) type PlainTiles = Registers<2, true>;

/// The higher half of 32 bits: as a number of its own the higher of two bf16.
const HIGH_HALF: i32 = -1 << 16;

/// Lanes of one register.
const HALF: usize = 8;

/// Sixteen words, the first eight set: a window of it is the mask of any number of lanes of one register.
static LANES_SET: [i32; 2 * HALF] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

/// The mask of the first `n` lanes of one register.
///
/// # Safety
/// The processor has AVX2.
#[target_feature(enable = "avx2")]
fn window(n: usize) -> __m256i {
    // SAFETY: eight words from one of the first nine on.
    unsafe { _mm256_loadu_si256(LANES_SET.as_ptr().add(HALF - n.min(HALF)).cast()) }
}

/// The first `n` lanes, the others zero.
///
/// # Safety
/// `p` is valid for `n` floats.
#[inline(never)]
#[target_feature(enable = "avx2")]
unsafe fn load_first<const N: usize>(p: *const f32, n: usize) -> [__m256; N] {
    let mut v = [_mm256_setzero_ps(); N];
    for (at, v) in v.iter_mut().enumerate() {
        // SAFETY: a masked load touches the lanes of its mask alone; a second register may lie behind the allocation.
        *v = unsafe { _mm256_maskload_ps(p.wrapping_add(at * HALF), window(n.saturating_sub(at * HALF))) };
    }
    v
}

/// Stores the first `n` lanes.
///
/// # Safety
/// `p` is valid for `n` floats.
#[inline(never)]
#[target_feature(enable = "avx2")]
unsafe fn store_first<const N: usize>(p: *mut f32, n: usize, v: [__m256; N]) {
    for (at, v) in v.into_iter().enumerate() {
        // SAFETY: as `load_first`.
        unsafe {
            match n.saturating_sub(at * HALF) {
                0 => return,
                rest @ 1..HALF => _mm256_maskstore_ps(p.add(at * HALF), window(rest), v),
                _ => _mm256_storeu_ps(p.add(at * HALF), v),
            }
        }
    }
}

/// A function of one register, or of its place, on all.
macro_rules! each {
    ($at:ident of $zero:expr => $one:expr) => {{
        let mut out = [$zero; N];
        for $at in 0..N {
            out[$at] = $one;
        }
        out
    }};
    ($($x:ident),+ => $one:expr) => { each!(at of _mm256_setzero_ps() => { $(let $x = $x[at];)+ $one }) };
}

#[allow(
    clippy::undocumented_unsafe_blocks,
    reason = "the trait's contract is each intrinsic's: the instruction set is there, pointers are valid"
)]
impl<const N: usize, const TILES: bool> Simd for Registers<N, TILES> {
    type V = [__m256; N];
    /// How many lanes: whole vectors go around the masked instructions, which cost some processors tens of cycles.
    type Mask = usize;
    type I = [__m256i; N];
    const LANES: usize = N * HALF;
    const ROWS: [usize; 4] = if TILES { [16; 4] } else { [6, 3, 2, 6] };
    const PANEL: usize = if TILES { 4 } else { 1 };
    const BLOCK: usize = 256;
    const ABREAST: bool = TILES;
    const STREAM_VECTORS: usize = if N == 1 { 3 } else { 1 };
    const TILES: bool = TILES;

    #[inline(never)]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn run<K: Kernel>(kernel: K) {
        unsafe { kernel.run::<Self>() }
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::V {
        unsafe { [_mm256_set1_ps(x); N] }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self::V {
        unsafe { each!(at of _mm256_setzero_ps() => _mm256_loadu_ps(p.add(at * HALF))) }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: Self::V) {
        for (at, v) in v.into_iter().enumerate() {
            unsafe { _mm256_storeu_ps(p.add(at * HALF), v) };
        }
    }
    #[inline(always)]
    unsafe fn prefetch<const FAR: bool>(p: *const f32) {
        unsafe { if FAR { _mm_prefetch::<_MM_HINT_T1>(p.cast()) } else { _mm_prefetch::<_MM_HINT_T0>(p.cast()) } }
    }
    #[inline(always)]
    unsafe fn mask(n: usize) -> usize {
        n
    }
    #[inline(always)]
    unsafe fn load_masked(p: *const f32, n: usize) -> Self::V {
        unsafe { if n >= Self::LANES { Self::load(p) } else { load_first(p, n) } }
    }
    #[inline(always)]
    unsafe fn store_masked(p: *mut f32, n: usize, v: Self::V) {
        unsafe { if n >= Self::LANES { Self::store(p, v) } else { store_first(p, n, v) } }
    }
    #[inline(always)]
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
        unsafe { each!(a, b => _mm256_add_ps(a, b)) }
    }
    #[inline(always)]
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V {
        unsafe { each!(a, b => _mm256_sub_ps(a, b)) }
    }
    #[inline(always)]
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V {
        unsafe { each!(a, b => _mm256_mul_ps(a, b)) }
    }
    #[inline(always)]
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        unsafe { each!(a, b, c => _mm256_fmadd_ps(a, b, c)) }
    }
    #[inline(always)]
    unsafe fn fnma(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        unsafe { each!(a, b, c => _mm256_fnmadd_ps(a, b, c)) }
    }
    #[inline(always)]
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V {
        unsafe { each!(a, b => _mm256_div_ps(a, b)) }
    }
    #[inline(always)]
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V {
        unsafe { each!(a, b => _mm256_min_ps(a, b)) }
    }
    #[inline(always)]
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V {
        unsafe { each!(a, b => _mm256_max_ps(a, b)) }
    }
    #[inline(always)]
    unsafe fn abs(a: Self::V) -> Self::V {
        unsafe { each!(a => _mm256_andnot_ps(_mm256_set1_ps(-0.0), a)) }
    }
    #[inline(always)]
    unsafe fn nearest(x: Self::V, factor: f32) -> (Self::V, Self::V) {
        /// 1.5 · 2²³: added, it leaves a small number rounded in the lowest bits of the sum.
        const MAGIC: f32 = 12_582_912.0;
        unsafe {
            let (magic, factor) = (_mm256_set1_ps(MAGIC), _mm256_set1_ps(factor));
            let sum = each!(x => _mm256_fmadd_ps(x, factor, magic));
            (each!(sum => _mm256_sub_ps(sum, magic)), sum)
        }
    }
    /// n stands in the lowest bits of its sum. A product with 2ⁿ, for a sum of exponents could make a number of a NaN.
    #[inline(always)]
    unsafe fn scale(a: Self::V, handle: Self::V) -> Self::V {
        const MANTISSA_BITS: i32 = 23;
        unsafe {
            let one = _mm256_castps_si256(_mm256_set1_ps(1.0));
            each!(a, handle => {
                let n = _mm256_slli_epi32::<MANTISSA_BITS>(_mm256_castps_si256(handle));
                _mm256_mul_ps(a, _mm256_castsi256_ps(_mm256_add_epi32(n, one)))
            })
        }
    }
    #[inline(always)]
    unsafe fn where_positive(a: Self::V, gate: Self::V) -> Self::V {
        unsafe { each!(a, gate => _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(gate, _mm256_setzero_ps()), a)) }
    }
    #[inline(always)]
    unsafe fn flush_below(a: Self::V, tiny: Self::V) -> Self::V {
        unsafe {
            let size = Self::abs(a);
            each!(a, size, tiny => _mm256_and_ps(_mm256_cmp_ps::<_CMP_NLT_UQ>(size, tiny), a))
        }
    }
    #[inline(always)]
    unsafe fn zero_int() -> Self::I {
        unsafe { [_mm256_setzero_si256(); N] }
    }
    #[inline(always)]
    unsafe fn dot_pair(sum: Self::I, pair: i32, w: *const i8) -> Self::I {
        unsafe {
            let pair = _mm256_set1_epi32(pair);
            each!(at of _mm256_setzero_si256() => {
                let w = _mm256_cvtepi8_epi16(_mm_loadu_si128(w.add(2 * at * HALF).cast()));
                _mm256_add_epi32(sum[at], _mm256_madd_epi16(w, pair))
            })
        }
    }
    #[inline(always)]
    unsafe fn to_float(a: Self::I) -> Self::V {
        unsafe { each!(a => _mm256_cvtepi32_ps(a)) }
    }
    #[cfg(test)]
    unsafe fn tiles(tiles: super::Tiles, width: usize) {
        unsafe { tiles.in_plain_loops(width) };
    }
    #[inline(always)]
    unsafe fn dot_bf16(a: Self::V, b: Self::V, sum: Self::V) -> Self::V {
        unsafe { each!(a, b, sum => _mm256_fmadd_ps(low(a), low(b), _mm256_fmadd_ps(high(a), high(b), sum))) }
    }
}

/// The higher bf16 of every pair.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
unsafe fn high(pairs: __m256) -> __m256 {
    // SAFETY: arithmetic on registers, with the instruction set of the caller.
    unsafe { _mm256_and_ps(pairs, _mm256_castsi256_ps(_mm256_set1_epi32(HIGH_HALF))) }
}

/// The lower bf16 of every pair.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
unsafe fn low(pairs: __m256) -> __m256 {
    // SAFETY: as `high`.
    unsafe { _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_castps_si256(pairs))) }
}
