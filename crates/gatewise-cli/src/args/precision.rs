//! `--precision`: what is said where it cannot be had.

use gatewise::Precision;
use gatewise::options::{NO_BF16, PrecisionName, multiplies_bf16};

use crate::cli_error::CliError;
use crate::console::Console;

/// The precision of a model at work, and of a training.
pub trait Chosen {
    /// Of a trained model at work.
    fn inference(self, console: Console) -> Precision;

    /// Of a training.
    ///
    /// # Errors
    /// Weights of eight bits, which cannot be trained.
    fn training(self, console: Console) -> Result<Precision, CliError>;
}

impl Chosen for PrecisionName {
    fn inference(self, console: Console) -> Precision {
        match self {
            Self::F32 => Precision::F32,
            Self::Int8 => Precision::Int8,
            Self::Bf16 if multiplies_bf16() => Precision::Bf16,
            Self::Bf16 => {
                console.info(format!("note: --precision bf16: {NO_BF16}; f32 is used"));
                Precision::F32
            }
        }
    }

    fn training(self, console: Console) -> Result<Precision, CliError> {
        if self == Self::Int8 {
            return Err(CliError::usage("--precision int8: weights of eight bits are for a model that is trained")
                .help("train without it, then give it to predict, evaluate, generate or score"));
        }
        Ok(self.inference(console))
    }
}
