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

/// The instruction set that [`vectorize!`](crate::vectorize!) compiles for, with the proof that the processor has it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Vectors {
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    Plain,
}

/// Made where the processor has AVX-512 alone.
#[cfg(target_arch = "x86_64")]
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

/// Made where the processor has AVX2 and FMA alone.
#[cfg(target_arch = "x86_64")]
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Vectors {
    /// The widest of the processor that `GATEWISE_ISA` allows.
    #[inline]
    pub fn chosen() -> Self {
        #[cfg(target_arch = "x86_64")]
        match chosen() {
            Isa::Avx512 => return Self::Avx512(Avx512(())),
            Isa::Avx2 => return Self::Avx2(Avx2(())),
            Isa::Portable | Isa::Scalar => {}
        }
        Self::Plain
    }
}

#[cfg(target_arch = "x86_64")]
impl Avx512 {
    /// The work, with these instructions where it is compiled into this function.
    #[inline]
    pub fn run<R>(self, work: impl FnOnce() -> R) -> R {
        // SAFETY: the processor has it, or there were no `self`.
        unsafe { with_avx512(work) }
    }
}

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    /// The work, with these instructions where it is compiled into this function.
    #[inline]
    pub fn run<R>(self, work: impl FnOnce() -> R) -> R {
        // SAFETY: the processor has it, or there were no `self`.
        unsafe { with_avx2(work) }
    }
}

/// Evaluates an expression where the compiler may use the widest vectors of the processor that `GATEWISE_ISA` allows: for passes over long
/// slices. Functions that it calls have to be compiled into it: `#[inline(always)]`.
///
/// The result has the bits of the plain expression: the compiler neither reorders sums nor fuses multiplications on its own.
///
/// A macro, since it writes the expression once for each instruction set: a closure that is called from several places is compiled once, by
/// itself and for none of them, as soon as it is of some size.
///
/// ```
/// let mut squares = vec![3.0f32; 1000];
/// gatewise_kernels::vectorize!(squares.iter_mut().for_each(|x| *x *= *x));
/// assert_eq!(squares[999], 9.0);
/// ```
#[macro_export]
macro_rules! vectorize {
    ($work:expr) => {
        match $crate::Vectors::chosen() {
            #[cfg(target_arch = "x86_64")]
            $crate::Vectors::Avx512(vectors) => vectors.run(|| $work),
            #[cfg(target_arch = "x86_64")]
            $crate::Vectors::Avx2(vectors) => vectors.run(|| $work),
            $crate::Vectors::Plain => $work,
        }
    };
}

/// Work with AVX-512.
///
/// # Safety
/// The processor has it.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
#[inline]
unsafe fn with_avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Work with AVX2.
///
/// # Safety
/// The processor has it.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline]
unsafe fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "x86_64")]
    use super::*;

    #[test]
    fn gives_the_bits_of_a_plain_call() {
        let x: Vec<f32> = (0..1001).map(|i| (i as f32 * 0.37).sin()).collect();
        let pass = |x: &[f32]| x.iter().map(|&x| x * x * 1.1 + 0.3 / (x.abs().sqrt() + 0.1)).collect::<Vec<_>>();
        assert_eq!(vectorize!(pass(&x)), pass(&x));
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn takes_the_named_instruction_set_and_no_harm_from_a_wrong_name() {
        assert_eq!(known_or_best(Ok(Isa::Portable)), Isa::Portable);
        assert_eq!(known_or_best("nonsense".parse()), Isa::best());
        assert!(chosen().available());
    }
}
