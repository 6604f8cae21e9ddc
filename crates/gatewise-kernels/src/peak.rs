//! The speed of light: how many multiply-adds this processor does when nothing else limits it.

use std::hint::black_box;
use std::marker::PhantomData;
use std::time::Instant;

use crate::cpu::{Cpu, Isa};
use crate::fast::{F32, Product};
use crate::precision::Precision;
use crate::simd::{Kernel, Simd};

/// Multiply-adds of each chain in one sample, a fraction of a millisecond.
const LENGTH: usize = 20_000;
/// Samples; the fastest counts.
const SAMPLES: usize = 40;
/// Most lanes of a vector.
const MAX_LANES: usize = 16;

/// `N` vectors of multiply-adds side by side, and where their sum goes.
struct Chains<'a, P, const N: usize>(&'a mut [f32; MAX_LANES], PhantomData<P>);

impl<P: Product, const N: usize> Kernel for Chains<'_, P, N> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "constant bounds: the loop unrolls into registers")]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: arithmetic on registers, and one store of a whole vector.
        unsafe {
            let (a, b) = (S::splat(black_box(0.999)), S::splat(black_box(1e-3)));
            // Nothing is known of the chains, so none are taken to be alike and computed once.
            let mut acc = black_box([S::splat(1.0); N]);
            for _ in 0..LENGTH {
                for i in 0..N {
                    acc[i] = P::add::<S>(a, b, acc[i]);
                }
            }
            let mut sum = S::splat(0.0);
            for i in 0..N {
                sum = S::add(sum, acc[i]);
            }
            S::store(self.0.as_mut_ptr(), sum);
        }
    }
}

/// Seconds and operations of one sample with `N` vectors.
fn sample<S: Simd, P: Product, const N: usize>() -> (f64, usize) {
    let mut sink = [0.0; MAX_LANES];
    let start = Instant::now();
    // SAFETY: the caller found the instruction set.
    unsafe { S::run(Chains::<P, N>(&mut sink, PhantomData)) };
    black_box(sink);
    (start.elapsed().as_secs_f64(), 2 * P::TERMS * S::LANES * N * LENGTH)
}

/// Seconds and operations of one sample on tiles: four of C, with A and B from the first cache.
#[cfg(target_arch = "x86_64")]
fn sample_tiles() -> (f64, usize) {
    use crate::simd::Tiles;
    use crate::simd::amx::{MAX_WIDTH as WIDTH, SIDE};
    const SLOTS: usize = 4096;
    /// So that a sample is as long as those of vectors.
    const REPEATS: usize = 50;
    let (a, b, mut c) = (vec![0.0f32; SLOTS], vec![0.0f32; SIDE * WIDTH], vec![0.0f32; SIDE * SIDE * WIDTH]);
    let start = Instant::now();
    // All rows are one row of A, and all slots of B are one.
    let tiles = Tiles {
        a: a.as_ptr(),
        a_stride: 0,
        b: b.as_ptr(),
        b_stride: 0,
        c: c.as_mut_ptr(),
        c_stride: SIDE * WIDTH,
        rows: SIDE,
        k: SLOTS,
        accumulate: false,
    };
    // SAFETY: the caller found the tiles; every row and slot is the first, and C has its rows.
    (0..REPEATS).for_each(|_| unsafe { crate::simd::Amx::tiles(tiles, WIDTH) });
    black_box(&c);
    (start.elapsed().as_secs_f64(), 2 * crate::fast::Bf16::TERMS * REPEATS * SLOTS * SIDE * SIDE * WIDTH)
}

/// The peak of one core in 10⁹ operations a second, a multiply-add counting as two; `None` for the scalar kernels. That of FMA, or of
/// bf16 products where `precision` asks for them and the processor has them.
///
/// Twelve registers run side by side: more than latency times ports on any processor so far.
pub fn peak_gflops(cpu: &Cpu, precision: Precision) -> Option<f64> {
    let pairs = precision == Precision::Bf16 && cpu.isa().multiplies_bf16();
    let one: fn() -> (f64, usize) = match (cpu.isa(), pairs) {
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx512, true) if cpu.isa().has_tiles() => sample_tiles,
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx512, true) => sample::<crate::simd::Avx512Bf16, crate::fast::Bf16, 12>,
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx512, false) => sample::<crate::simd::Avx512, F32, 12>,
        // A vector of two registers makes two chains.
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx2, _) => sample::<crate::simd::Avx2, F32, 6>,
        #[cfg(target_arch = "x86_64")]
        (Isa::Portable, _) if crate::simd::portable_on_avx() => sample::<crate::simd::PortableAvx, F32, 6>,
        (Isa::Portable, _) => sample::<crate::simd::Portable, F32, 6>,
        _ => return None,
    };
    (0..SAMPLES).map(|_| one()).map(|(seconds, operations)| operations as f64 / seconds / 1e9).reduce(f64::max)
}
