//! What the kernels run on: an instruction set and a team of threads.

use std::fmt;
use std::str::FromStr;

use crate::precision::Precision;
use crate::simd::{self, Simd};
use crate::team::{Lender, Team};

/// A variant of the `f32` kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// The reference loops.
    Scalar,
    /// The packed kernels over arrays, which the compiler turns into the vectors that it knows of: for any processor.
    Portable,
    /// 8 lanes with fused multiply-add.
    Avx2,
    /// 16 lanes (AVX-512 F, VL, DQ, BW).
    Avx512,
}

impl Isa {
    /// Every variant, slowest first.
    pub const ALL: [Isa; 4] = [Isa::Scalar, Isa::Portable, Isa::Avx2, Isa::Avx512];

    /// Whether this processor can run it.
    pub fn available(self) -> bool {
        match self {
            Isa::Scalar | Isa::Portable => true,
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Isa::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Isa::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
            }
            #[cfg(any(not(target_arch = "x86_64"), miri))]
            _ => false,
        }
    }

    /// Whether this variant multiplies pairs of bf16 in one instruction on this processor, as [`crate::Precision::Bf16`] wants it.
    pub fn multiplies_bf16(self) -> bool {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            self == Isa::Avx512 && self.available() && is_x86_feature_detected!("avx512bf16") && is_x86_feature_detected!("avx512vnni")
        }
        #[cfg(any(not(target_arch = "x86_64"), miri))]
        {
            false
        }
    }

    /// Whether it does so on tiles of 16 rows (AMX).
    pub fn has_tiles(self) -> bool {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            self.multiplies_bf16() && simd::amx::available()
        }
        #[cfg(any(not(target_arch = "x86_64"), miri))]
        {
            false
        }
    }

    /// The variant with what multiplies under a precision: results have the same bits where this name is the same.
    pub fn with_products(self, precision: Precision) -> String {
        match precision {
            Precision::Bf16 if self.has_tiles() => format!("{self}+amx"),
            Precision::Bf16 if self.multiplies_bf16() => format!("{self}+bf16"),
            Precision::Bf16 => format!("{}+emulated-bf16", self.with_fma()),
            _ => self.with_fma(),
        }
    }

    /// The name, and for the portable kernels whether they round a multiply-add once: the processor alone decides that.
    fn with_fma(self) -> String {
        if self == Isa::Portable && simd::Portable::FUSED { format!("{self}+fma") } else { self.to_string() }
    }

    /// The fastest variant this processor has.
    pub fn best() -> Self {
        Self::ALL.into_iter().rev().find(|isa| isa.available()).unwrap_or(Isa::Scalar)
    }

    /// The variant that `GATEWISE_ISA` names, else the fastest one.
    ///
    /// # Errors
    /// A name that is no variant, or a variant this processor lacks; the message says which there are.
    pub fn from_env() -> Result<Self, String> {
        match std::env::var("GATEWISE_ISA") {
            Ok(name) if !name.is_empty() => {
                let isa: Isa = name.parse().map_err(|e: String| format!("GATEWISE_ISA: {e}"))?;
                if isa.available() {
                    Ok(isa)
                } else {
                    Err(format!("GATEWISE_ISA={isa}: this processor does not have it; the fastest it has is {}", Isa::best()))
                }
            }
            _ => Ok(Self::best()),
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Isa::Scalar => "scalar",
            Isa::Portable => "portable",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        })
    }
}

impl FromStr for Isa {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(|isa| isa.to_string()).join(", ");
        Self::ALL.into_iter().find(|isa| isa.to_string() == s).ok_or_else(|| format!("`{s}` is not one of {}", names()))
    }
}

/// An instruction set and a team of threads; every kernel takes one.
#[derive(Debug)]
pub struct Cpu {
    isa: Isa,
    team: Team,
}

impl Cpu {
    /// `threads` threads with the instruction set of [`Isa::from_env`].
    ///
    /// # Errors
    /// As [`Isa::from_env`] and [`Team::try_new`].
    pub fn new(threads: usize) -> Result<Self, String> {
        Ok(Self { isa: Isa::from_env()?, team: Team::try_new(threads)? })
    }

    /// `threads` threads of another pool, with the instruction set of [`Isa::from_env`].
    ///
    /// # Errors
    /// As [`Isa::from_env`].
    pub fn borrowed(threads: usize, lender: Box<dyn Lender>) -> Result<Self, String> {
        Ok(Self { isa: Isa::from_env()?, team: Team::borrowed(threads, lender) })
    }

    /// A forced instruction set.
    ///
    /// # Panics
    /// If this processor lacks it, or the system does not start the threads.
    pub fn with_isa(isa: Isa, threads: usize) -> Self {
        assert!(isa.available(), "{isa} is not available on this processor");
        Self { isa, team: Team::new(threads) }
    }

    /// The instruction set.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// The threads.
    pub fn team(&self) -> &Team {
        &self.team
    }

    /// How many threads.
    pub fn threads(&self) -> usize {
        self.team.threads()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_and_a_wrong_one_meets_all_of_them() {
        for isa in Isa::ALL {
            assert_eq!(isa.to_string().parse(), Ok(isa));
        }
        assert_eq!("sse2".parse::<Isa>(), Err("`sse2` is not one of scalar, portable, avx2, avx512".to_owned()));
    }

    #[test]
    fn packed_kernels_run_on_every_processor() {
        assert!(Isa::Portable.available() && Isa::best() >= Isa::Portable);
        // Where a multiply-add is rounded once the bits are others, and so is the name.
        let fused = Isa::Portable.with_products(Precision::F32).ends_with("+fma");
        assert_eq!(fused, simd::Portable::FUSED);
        assert_eq!(Isa::Scalar.with_products(Precision::F32), "scalar");
    }
}
