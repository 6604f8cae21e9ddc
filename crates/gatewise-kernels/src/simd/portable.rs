//! Arrays of a fixed size, which the compiler turns into the vectors of whatever processor it compiles for.
//!
//! Where the processor is sure to have a fused multiply-add (64-bit ARM, or what the compiler was told of) it is used. Elsewhere one
//! would be a call into the mathematical library, so a product and a sum are rounded one after the other: such results differ in their
//! last bits, as those of any two instruction sets do. The width of the arrays changes no bit.

use super::{Kernel, Simd};

/// `LANES` numbers. `AVX`: compiled for the registers of 256 bits that x86-64 processors have had since 2011.
#[derive(Clone, Copy)]
pub(crate) struct Arrays<const LANES: usize, const AVX: bool>;

/// What every processor runs: registers of four numbers, 32 of them on 64-bit ARM, else taken to be 16.
pub(crate) type Portable = Arrays<{ if cfg!(target_arch = "aarch64") { 16 } else { 8 } }, false>;
/// As [`Portable`] with twice the numbers in a register, for the same bits.
#[cfg(target_arch = "x86_64")]
pub(crate) type PortableAvx = Arrays<16, true>;

#[cfg(all(test, target_arch = "x86_64"))]
thread_local! {
    /// Whether tests take the narrow registers where there are wide ones.
    pub(crate) static NARROW: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Whether the kernels of [`PortableAvx`] run: the processor has the registers.
#[cfg(target_arch = "x86_64")]
pub(crate) fn portable_on_avx() -> bool {
    #[cfg(test)]
    if NARROW.get() {
        return false;
    }
    cfg!(not(miri)) && is_x86_feature_detected!("avx")
}

/// Whether a·b + c is rounded once.
pub(crate) const FUSED: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));

#[inline(always)]
fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// A function of one lane on all.
macro_rules! lanes {
    ($zero:expr; $($x:ident),+ => $one:expr) => {{
        let mut out = [$zero; LANES];
        for lane in 0..LANES {
            $(let $x = $x[lane];)+
            out[lane] = $one;
        }
        out
    }};
    ($($x:ident),+ => $one:expr) => { lanes!(0.0f32; $($x),+ => $one) };
}

/// The first `n` lanes, the others zero.
///
/// # Safety
/// `p` is valid for `n` floats, at most `LANES`.
#[inline(never)]
unsafe fn load_first<const LANES: usize>(p: *const f32, n: usize) -> [f32; LANES] {
    let mut v = [0.0; LANES];
    // SAFETY: the caller's.
    unsafe { v.as_mut_ptr().copy_from_nonoverlapping(p, n) };
    v
}

/// Runs a kernel with registers of 256 bits.
///
/// # Safety
/// The processor has AVX, and the kernel's pointers are valid.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx")]
unsafe fn run_with_avx<S: Simd, K: Kernel>(kernel: K) {
    // SAFETY: the caller's.
    unsafe { kernel.run::<S>() }
}

/// Runs a kernel with what every processor has.
///
/// # Safety
/// The kernel's pointers are valid.
#[inline(never)]
unsafe fn run<S: Simd, K: Kernel>(kernel: K) {
    // SAFETY: the caller's.
    unsafe { kernel.run::<S>() }
}

#[allow(clippy::needless_range_loop, reason = "constant bounds: the loops become vectors")]
#[allow(clippy::undocumented_unsafe_blocks, reason = "the trait's contract is that of each load and store: pointers are valid")]
impl<const LANES: usize, const AVX: bool> Simd for Arrays<LANES, AVX> {
    type V = [f32; LANES];
    /// How many lanes.
    type Mask = usize;
    type I = [i32; LANES];
    const LANES: usize = LANES;
    const ROWS: [usize; 4] = if LANES == 16 { [6, 3, 2, 6] } else { [4, 2, 1, 4] };
    const PANEL: usize = 1;
    const BLOCK: usize = 256;
    const ABREAST: bool = false;
    const STREAM_VECTORS: usize = 1;
    const FUSED: bool = FUSED;

    #[inline(always)]
    unsafe fn run<K: Kernel>(kernel: K) {
        unsafe {
            #[cfg(target_arch = "x86_64")]
            if AVX {
                return run_with_avx::<Self, K>(kernel);
            }
            run::<Self, K>(kernel);
        }
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::V {
        [x; LANES]
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self::V {
        unsafe { p.cast::<Self::V>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, v: Self::V) {
        unsafe { p.cast::<Self::V>().write_unaligned(v) }
    }
    #[inline(always)]
    unsafe fn prefetch<const FAR: bool>(p: *const f32) {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _MM_HINT_T1, _mm_prefetch};
            if FAR { _mm_prefetch::<_MM_HINT_T1>(p.cast()) } else { _mm_prefetch::<_MM_HINT_T0>(p.cast()) }
        }
        #[cfg(any(not(target_arch = "x86_64"), miri))]
        let _ = p;
    }
    #[inline(always)]
    unsafe fn mask(n: usize) -> usize {
        n.min(LANES)
    }
    #[inline(always)]
    unsafe fn load_masked(p: *const f32, n: usize) -> Self::V {
        unsafe { if n >= LANES { Self::load(p) } else { load_first(p, n) } }
    }
    #[inline(always)]
    unsafe fn store_masked(p: *mut f32, n: usize, v: Self::V) {
        unsafe { if n >= LANES { Self::store(p, v) } else { p.copy_from_nonoverlapping(v.as_ptr(), n) } }
    }
    #[inline(always)]
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
        lanes!(a, b => a + b)
    }
    #[inline(always)]
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V {
        lanes!(a, b => a - b)
    }
    #[inline(always)]
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V {
        lanes!(a, b => a * b)
    }
    #[inline(always)]
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        lanes!(a, b, c => multiply_add(a, b, c))
    }
    #[inline(always)]
    unsafe fn fnma(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        lanes!(a, b, c => multiply_add(-a, b, c))
    }
    #[inline(always)]
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V {
        lanes!(a, b => a / b)
    }
    #[inline(always)]
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V {
        lanes!(a, b => if a < b { a } else { b })
    }
    #[inline(always)]
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V {
        lanes!(a, b => if a > b { a } else { b })
    }
    #[inline(always)]
    unsafe fn abs(a: Self::V) -> Self::V {
        lanes!(a => a.abs())
    }
    #[inline(always)]
    unsafe fn nearest(x: Self::V, factor: f32) -> (Self::V, Self::V) {
        /// 1.5 · 2²³: added, it leaves a small number rounded in the lowest bits of the sum.
        const MAGIC: f32 = 12_582_912.0;
        let sum = lanes!(x => multiply_add(x, factor, MAGIC));
        (lanes!(sum => sum - MAGIC), sum)
    }
    /// n stands in the lowest bits of its sum. A product with 2ⁿ, for a sum of exponents could make a number of a NaN.
    #[inline(always)]
    unsafe fn scale(a: Self::V, handle: Self::V) -> Self::V {
        const MANTISSA_BITS: u32 = 23;
        let one = 1.0f32.to_bits();
        lanes!(a, handle => a * f32::from_bits((handle.to_bits() << MANTISSA_BITS).wrapping_add(one)))
    }
    #[inline(always)]
    unsafe fn where_positive(a: Self::V, gate: Self::V) -> Self::V {
        lanes!(a, gate => if gate > 0.0 { a } else { 0.0 })
    }
    #[inline(always)]
    unsafe fn flush_below(a: Self::V, tiny: Self::V) -> Self::V {
        lanes!(a, tiny => if a.abs() < tiny { 0.0 } else { a })
    }
    #[inline(always)]
    unsafe fn zero_int() -> Self::I {
        [0; LANES]
    }
    #[inline(always)]
    unsafe fn dot_pair(sum: Self::I, pair: i32, w: *const i8) -> Self::I {
        let (first, second) = (i32::from(pair as i16), pair >> 16);
        let w = unsafe { w.cast::<[[i8; 2]; LANES]>().read_unaligned() };
        lanes!(0; sum, w => sum.wrapping_add(first * i32::from(w[0]) + second * i32::from(w[1])))
    }
    #[inline(always)]
    unsafe fn to_float(a: Self::I) -> Self::V {
        lanes!(a => a as f32)
    }
    #[inline(always)]
    unsafe fn dot_bf16(a: Self::V, b: Self::V, sum: Self::V) -> Self::V {
        let high = |pair: f32| f32::from_bits(pair.to_bits() & 0xffff_0000);
        let low = |pair: f32| f32::from_bits(pair.to_bits() << 16);
        lanes!(a, b, sum => multiply_add(low(a), low(b), multiply_add(high(a), high(b), sum)))
    }
}
