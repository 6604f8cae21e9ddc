//! Plain loops, compiled for the widest vectors of the processor.

use crate::cpu::Isa;

/// Runs `work` where the compiler may use the processor's widest vectors: for passes over long slices.
///
/// The result has the bits of a plain call: the compiler neither reorders sums nor fuses multiplications on its own.
#[inline]
pub fn vectorize<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        if Isa::Avx512.available() {
            // SAFETY: available.
            return unsafe { with_avx512(work) };
        }
        if Isa::Avx2.available() {
            // SAFETY: available.
            return unsafe { with_avx2(work) };
        }
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
unsafe fn with_avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_bits_of_a_plain_call() {
        let x: Vec<f32> = (0..1001).map(|i| (i as f32 * 0.37).sin()).collect();
        let pass = |x: &[f32]| x.iter().map(|&x| x * x * 1.1 + 0.3 / (x.abs().sqrt() + 0.1)).collect::<Vec<_>>();
        assert_eq!(vectorize(|| pass(&x)), pass(&x));
    }
}
