//! 16 lanes in two registers: AVX2 and FMA.
//!
//! A vector is a pair of registers, so that a row of a packed panel fills a cache line as it does with AVX-512, and a tile of
//! 6 rows by one vector takes 12 accumulators, two weights and a broadcast of the 16 registers.

use std::arch::x86_64::*;

use super::{Kernel, Simd};

/// `TILES`: with products on tiles in plain loops, so that tests reach what else only processors with tiles run.
#[derive(Clone, Copy)]
pub(crate) struct Halves<const TILES: bool>;

pub(crate) type Avx2 = Halves<false>;
#[cfg(test)]
pub(crate) type PlainTiles = Halves<true>;

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
unsafe fn load_first(p: *const f32, n: usize) -> [__m256; 2] {
    // SAFETY: a masked load touches the lanes of its mask alone; the second half may lie behind the allocation.
    unsafe { [_mm256_maskload_ps(p, window(n)), _mm256_maskload_ps(p.wrapping_add(HALF), window(n.saturating_sub(HALF)))] }
}

/// Stores the first `n` lanes.
///
/// # Safety
/// `p` is valid for `n` floats.
#[inline(never)]
#[target_feature(enable = "avx2")]
unsafe fn store_first(p: *mut f32, n: usize, v: [__m256; 2]) {
    // SAFETY: as `load_first`.
    unsafe {
        if n < HALF {
            return _mm256_maskstore_ps(p, window(n), v[0]);
        }
        _mm256_storeu_ps(p, v[0]);
        if n > HALF {
            _mm256_maskstore_ps(p.add(HALF), window(n - HALF), v[1]);
        }
    }
}

/// A function of one register on both.
macro_rules! both {
    ($($x:ident),+ => $one:expr) => { [{ $(let $x = $x[0];)+ $one }, { $(let $x = $x[1];)+ $one }] };
}

#[allow(
    clippy::undocumented_unsafe_blocks,
    reason = "the trait's contract is each intrinsic's: the instruction set is there, pointers are valid"
)]
impl<const TILES: bool> Simd for Halves<TILES> {
    type V = [__m256; 2];
    /// How many lanes: whole vectors go around the masked instructions, which cost some processors tens of cycles.
    type Mask = usize;
    type I = [__m256i; 2];
    const LANES: usize = 2 * HALF;
    const ROWS: [usize; 4] = if TILES { [16; 4] } else { [6, 3, 2, 6] };
    const PANEL: usize = if TILES { 4 } else { 1 };
    const BLOCK: usize = 256;
    const ABREAST: bool = TILES;
    const TILES: bool = TILES;

    #[inline(never)]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn run<K: Kernel>(kernel: K) {
        unsafe { kernel.run::<Self>() }
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::V {
        unsafe { [_mm256_set1_ps(x); 2] }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self::V {
        unsafe { [_mm256_loadu_ps(p), _mm256_loadu_ps(p.add(HALF))] }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: Self::V) {
        unsafe {
            _mm256_storeu_ps(p, v[0]);
            _mm256_storeu_ps(p.add(HALF), v[1]);
        }
    }
    #[inline(always)]
    unsafe fn prefetch(p: *const f32) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
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
        unsafe { both!(a, b => _mm256_add_ps(a, b)) }
    }
    #[inline(always)]
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V {
        unsafe { both!(a, b => _mm256_sub_ps(a, b)) }
    }
    #[inline(always)]
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V {
        unsafe { both!(a, b => _mm256_mul_ps(a, b)) }
    }
    #[inline(always)]
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        unsafe { both!(a, b, c => _mm256_fmadd_ps(a, b, c)) }
    }
    #[inline(always)]
    unsafe fn fnma(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        unsafe { both!(a, b, c => _mm256_fnmadd_ps(a, b, c)) }
    }
    #[inline(always)]
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V {
        unsafe { both!(a, b => _mm256_div_ps(a, b)) }
    }
    #[inline(always)]
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V {
        unsafe { both!(a, b => _mm256_min_ps(a, b)) }
    }
    #[inline(always)]
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V {
        unsafe { both!(a, b => _mm256_max_ps(a, b)) }
    }
    #[inline(always)]
    unsafe fn abs(a: Self::V) -> Self::V {
        unsafe { both!(a => _mm256_andnot_ps(_mm256_set1_ps(-0.0), a)) }
    }
    #[inline(always)]
    unsafe fn nearest(x: Self::V, factor: f32) -> (Self::V, Self::V) {
        /// 1.5 · 2²³: added, it leaves a small number rounded in the lowest bits of the sum.
        const MAGIC: f32 = 12_582_912.0;
        unsafe {
            let (magic, factor) = (_mm256_set1_ps(MAGIC), _mm256_set1_ps(factor));
            let sum = both!(x => _mm256_fmadd_ps(x, factor, magic));
            (both!(sum => _mm256_sub_ps(sum, magic)), sum)
        }
    }
    /// n stands in the lowest bits of its sum. A product with 2ⁿ, for a sum of exponents could make a number of a NaN.
    #[inline(always)]
    unsafe fn scale(a: Self::V, handle: Self::V) -> Self::V {
        const MANTISSA_BITS: i32 = 23;
        unsafe {
            let one = _mm256_castps_si256(_mm256_set1_ps(1.0));
            both!(a, handle => {
                let n = _mm256_slli_epi32::<MANTISSA_BITS>(_mm256_castps_si256(handle));
                _mm256_mul_ps(a, _mm256_castsi256_ps(_mm256_add_epi32(n, one)))
            })
        }
    }
    #[inline(always)]
    unsafe fn where_positive(a: Self::V, gate: Self::V) -> Self::V {
        unsafe { both!(a, gate => _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(gate, _mm256_setzero_ps()), a)) }
    }
    #[inline(always)]
    unsafe fn flush_below(a: Self::V, tiny: Self::V) -> Self::V {
        unsafe {
            let size = Self::abs(a);
            both!(a, size, tiny => _mm256_and_ps(_mm256_cmp_ps::<_CMP_NLT_UQ>(size, tiny), a))
        }
    }
    #[inline(always)]
    unsafe fn zero_int() -> Self::I {
        unsafe { [_mm256_setzero_si256(); 2] }
    }
    #[inline(always)]
    unsafe fn dot_pair(sum: Self::I, pair: i32, w: *const i8) -> Self::I {
        unsafe {
            let pair = _mm256_set1_epi32(pair);
            let wide = |at: usize| _mm256_cvtepi8_epi16(_mm_loadu_si128(w.add(at).cast()));
            let w = [wide(0), wide(2 * HALF)];
            both!(sum, w => _mm256_add_epi32(sum, _mm256_madd_epi16(w, pair)))
        }
    }
    #[inline(always)]
    unsafe fn to_float(a: Self::I) -> Self::V {
        unsafe { both!(a => _mm256_cvtepi32_ps(a)) }
    }
    #[cfg(test)]
    unsafe fn tiles(tiles: super::Tiles, width: usize) {
        unsafe { tiles.in_plain_loops(width) };
    }
    #[inline(always)]
    unsafe fn dot_bf16(a: [__m256; 2], b: [__m256; 2], sum: [__m256; 2]) -> [__m256; 2] {
        unsafe { both!(a, b, sum => _mm256_fmadd_ps(low(a), low(b), _mm256_fmadd_ps(high(a), high(b), sum))) }
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
