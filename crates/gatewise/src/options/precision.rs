//! How weights are held and multiplied.

use std::fmt;

use gatewise_kernels::{Isa, Precision};
use serde::{Deserialize, Serialize};

/// How weights are held and multiplied.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum PrecisionName {
    /// 32-bit floating point
    #[default]
    F32,
    /// Recurrent products of 16-bit numbers, where the processor has them; else f32
    Bf16,
    /// Recurrent weights of 8 bits, for a model that is trained
    Int8,
}

/// Why f32 stands in for bf16.
pub const NO_BF16: &str = "the instruction set in use does not multiply bf16 numbers";

/// Whether bf16 is faster than f32 here. A wrong name of an instruction set is refused where the threads start.
pub fn multiplies_bf16() -> bool {
    Isa::from_env().is_ok_and(Isa::multiplies_bf16)
}

impl From<Precision> for PrecisionName {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::F32,
            Precision::Bf16 => Self::Bf16,
            Precision::Int8 => Self::Int8,
        }
    }
}

impl fmt::Display for PrecisionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        })
    }
}
