//! Plain loops, compiled for the widest vectors of the processor.

#[cfg(target_arch = "x86_64")]
use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use crate::cpu::Isa;

/// The instruction set of `GATEWISE_ISA`, read once.
#[cfg(target_arch = "x86_64")]
fn chosen() -> Isa {
    static CHOSEN: OnceLock<Isa> = OnceLock::new();
    *CHOSEN.get_or_init(|| known_or_best(Isa::from_env()))
}

/// A name that is none is refused where a [`crate::Cpu`] is made; the bits are the same with any.
#[cfg(target_arch = "x86_64")]
fn known_or_best(named: Result<Isa, String>) -> Isa {
    named.unwrap_or_else(|_| Isa::best())
}

/// Runs `work` where the compiler may use the widest vectors of the processor that `GATEWISE_ISA` allows: for passes over long slices.
///
/// The result has the bits of a plain call: the compiler neither reorders sums nor fuses multiplications on its own.
#[inline]
pub fn vectorize<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    match chosen() {
        // SAFETY: what was chosen is available.
        Isa::Avx512 => return unsafe { with_avx512(work) },
        // SAFETY: as above.
        Isa::Avx2 => return unsafe { with_avx2(work) },
        Isa::Portable | Isa::Scalar => {}
    }
    work()
}

/// Work with AVX-512.
///
/// # Safety
/// The processor has it.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
unsafe fn with_avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Work with AVX2.
///
/// # Safety
/// The processor has it.
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

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn takes_the_named_instruction_set_and_no_harm_from_a_wrong_name() {
        assert_eq!(known_or_best(Ok(Isa::Portable)), Isa::Portable);
        assert_eq!(known_or_best("nonsense".parse()), Isa::best());
        assert!(chosen().available());
    }
}
