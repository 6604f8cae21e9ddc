//! The speed of light: how many multiply-adds this processor does when nothing else limits it.

use std::hint::black_box;
use std::time::Instant;

use crate::cpu::{Cpu, Isa};
use crate::simd::{Kernel, Simd};

/// Chains of multiply-adds that run side by side: more than latency times ports on any processor so far.
const CHAINS: usize = 12;
/// Multiply-adds of each chain in one sample, a fraction of a millisecond.
const LENGTH: usize = 20_000;
/// Samples; the fastest counts.
const SAMPLES: usize = 40;

struct Chains<'a>(&'a mut f32);

impl Kernel for Chains<'_> {
    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "constant bounds: the loop unrolls into registers")]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: arithmetic on registers, and one store of a whole vector.
        unsafe {
            let (a, b) = (S::splat(black_box(0.999)), S::splat(black_box(1e-3)));
            let mut acc = [S::splat(black_box(1.0)); CHAINS];
            for _ in 0..LENGTH {
                for i in 0..CHAINS {
                    acc[i] = S::fma(acc[i], a, b);
                }
            }
            let mut sum = S::splat(0.0);
            for i in 0..CHAINS {
                sum = S::add(sum, acc[i]);
            }
            S::store_masked(self.0, S::mask(1), sum);
        }
    }
}

/// The FMA peak of one core in 10⁹ operations a second, a multiply-add counting as two; `None` for the scalar kernels.
pub fn peak_gflops(cpu: &Cpu) -> Option<f64> {
    let lanes = match cpu.isa() {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => crate::simd::Avx512::LANES,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => crate::simd::Avx2::LANES,
        _ => return None,
    };
    let mut best = f64::INFINITY;
    for _ in 0..SAMPLES {
        let mut sink = 0.0;
        let start = Instant::now();
        // SAFETY: `cpu` has its instruction set.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            match cpu.isa() {
                Isa::Avx512 => crate::simd::Avx512::run(Chains(&mut sink)),
                _ => crate::simd::Avx2::run(Chains(&mut sink)),
            }
        }
        best = best.min(start.elapsed().as_secs_f64());
        black_box(sink);
    }
    Some((2 * lanes * CHAINS * LENGTH) as f64 / best / 1e9)
}
