//! 16 lanes: AVX-512 F, VL, DQ and BW, and the products of pairs where the processor has them.

use std::arch::x86_64::*;
use std::mem::transmute;

use super::{Kernel, Simd, Tiles, amx};

/// With what `BF16` names beside it.
#[derive(Clone, Copy)]
pub(crate) struct Lanes16<const BF16: u8>;

const NONE: u8 = 0;
/// AVX512-BF16, and VNNI, which every processor with it has.
const PAIRS: u8 = 1;
/// AMX, for processors that have both.
const TILES: u8 = 2;

pub(crate) type Avx512 = Lanes16<NONE>;
pub(crate) type Avx512Bf16 = Lanes16<PAIRS>;
pub(crate) type Amx = Lanes16<TILES>;

/// Runs a kernel with AVX-512 F, VL, DQ and BW.
///
/// # Safety
/// The processor has these, and the kernel's pointers are valid.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
unsafe fn run<S: Simd, K: Kernel>(kernel: K) {
    // SAFETY: the caller's.
    unsafe { kernel.run::<S>() }
}

/// Runs a kernel with AVX512-BF16 and VNNI beside these.
///
/// # Safety
/// The processor has these, and the kernel's pointers are valid.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,avx512vnni,avx2,fma")]
unsafe fn run_with_bf16<S: Simd, K: Kernel>(kernel: K) {
    // SAFETY: the caller's.
    unsafe { kernel.run::<S>() }
}

#[allow(
    clippy::undocumented_unsafe_blocks,
    reason = "the trait's contract is each intrinsic's: the instruction set is there, pointers are valid"
)]
impl<const BF16: u8> Simd for Lanes16<BF16> {
    type V = __m512;
    type Mask = __mmask16;
    type I = __m512i;
    const LANES: usize = 16;
    const ROWS: [usize; 4] = if Self::TILES { [amx::SIDE; 4] } else { [8, 8, 8, 6] };
    const PANEL: usize = if Self::TILES { amx::MAX_WIDTH } else { 3 };
    const BLOCK: usize = if Self::TILES { 256 } else { 512 };
    const ABREAST: bool = true;
    const STREAM_VECTORS: usize = 4;
    const TILES: bool = BF16 == TILES;

    #[inline(always)]
    unsafe fn run<K: Kernel>(kernel: K) {
        unsafe {
            match BF16 {
                NONE => run::<Self, K>(kernel),
                _ => run_with_bf16::<Self, K>(kernel),
            }
        }
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> __m512 {
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> __m512 {
        unsafe { _mm512_loadu_ps(p) }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: __m512) {
        unsafe { _mm512_storeu_ps(p, v) }
    }
    #[inline(always)]
    unsafe fn prefetch<const FAR: bool>(p: *const f32) {
        unsafe { if FAR { _mm_prefetch::<_MM_HINT_T1>(p.cast()) } else { _mm_prefetch::<_MM_HINT_T0>(p.cast()) } }
    }
    #[inline(always)]
    unsafe fn mask(n: usize) -> __mmask16 {
        if n >= 16 { !0 } else { (1 << n) - 1 }
    }
    #[inline(always)]
    unsafe fn load_masked(p: *const f32, m: __mmask16) -> __m512 {
        unsafe { _mm512_maskz_loadu_ps(m, p) }
    }
    #[inline(always)]
    unsafe fn store_masked(p: *mut f32, m: __mmask16, v: __m512) {
        unsafe { _mm512_mask_storeu_ps(p, m, v) }
    }
    #[inline(always)]
    unsafe fn add(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn sub(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn fma(a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn fnma(a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fnmadd_ps(a, b, c) }
    }
    /// An estimate to 14 bits, one Newton step, one correction of the quotient: a third of the time of a division.
    #[inline(always)]
    unsafe fn div(a: __m512, b: __m512) -> __m512 {
        unsafe {
            let estimate = _mm512_rcp14_ps(b);
            let error = _mm512_fnmadd_ps(b, estimate, _mm512_set1_ps(1.0));
            let reciprocal = _mm512_fmadd_ps(estimate, error, estimate);
            let quotient = _mm512_mul_ps(a, reciprocal);
            let rest = _mm512_fnmadd_ps(quotient, b, a);
            _mm512_fmadd_ps(rest, reciprocal, quotient)
        }
    }
    #[inline(always)]
    unsafe fn min(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_min_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn max(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn abs(a: __m512) -> __m512 {
        unsafe { _mm512_abs_ps(a) }
    }
    #[inline(always)]
    unsafe fn nearest(x: __m512, factor: f32) -> (__m512, __m512) {
        unsafe {
            let a = _mm512_mul_ps(x, _mm512_set1_ps(factor));
            let n = _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a);
            (n, n)
        }
    }
    #[inline(always)]
    unsafe fn scale(a: __m512, n: __m512) -> __m512 {
        unsafe { _mm512_scalef_ps(a, n) }
    }
    #[inline(always)]
    unsafe fn where_positive(a: __m512, gate: __m512) -> __m512 {
        unsafe { _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(gate, _mm512_setzero_ps()), a) }
    }
    #[inline(always)]
    unsafe fn flush_below(a: __m512, tiny: __m512) -> __m512 {
        unsafe { _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_NLT_UQ>(_mm512_abs_ps(a), tiny), a) }
    }
    #[inline(always)]
    unsafe fn zero_int() -> __m512i {
        unsafe { _mm512_setzero_si512() }
    }
    #[inline(always)]
    unsafe fn dot_pair(sum: __m512i, pair: i32, w: *const i8) -> __m512i {
        unsafe {
            let w = _mm512_cvtepi8_epi16(_mm256_loadu_si256(w.cast()));
            let pair = _mm512_set1_epi32(pair);
            if BF16 == NONE { _mm512_add_epi32(sum, _mm512_madd_epi16(w, pair)) } else { _mm512_dpwssd_epi32(sum, w, pair) }
        }
    }
    #[inline(always)]
    unsafe fn to_float(a: __m512i) -> __m512 {
        unsafe { _mm512_cvtepi32_ps(a) }
    }
    #[inline(always)]
    unsafe fn tiles(tiles: Tiles, width: usize) {
        unsafe { amx::product(tiles, width) }
    }
    #[inline(always)]
    unsafe fn dot_bf16(a: __m512, b: __m512, sum: __m512) -> __m512 {
        const { assert!(BF16 != NONE) };
        unsafe { _mm512_dpbf16_ps(sum, transmute::<__m512, __m512bh>(a), transmute::<__m512, __m512bh>(b)) }
    }
}
