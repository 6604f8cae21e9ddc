//! `--precision`: how weights are held and multiplied.

use clap::ValueEnum;
use gatewise::Precision;
use serde::Serialize;

use crate::failure::Failure;
use crate::talk::Talk;

/// How weights are held and multiplied.
#[derive(ValueEnum, Serialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum PrecisionName {
    /// 32-bit floating point
    #[default]
    F32,
    /// Products of 16-bit numbers; f32 where there are none
    Bf16,
    /// Recurrent weights of 8 bits, for a model that is trained
    Int8,
}

impl PrecisionName {
    /// The precision of a trained model at work.
    pub fn inference(self, talk: Talk) -> Precision {
        match self {
            Self::F32 => Precision::F32,
            Self::Int8 => Precision::Int8,
            Self::Bf16 => {
                talk.say("note: --precision bf16: this version has no bf16 products for this processor; f32 is used");
                Precision::F32
            }
        }
    }

    /// The precision of a training.
    ///
    /// # Errors
    /// Weights of eight bits, which cannot be trained.
    pub fn training(self, talk: Talk) -> Result<Precision, Failure> {
        if self == Self::Int8 {
            return Err(Failure::usage("--precision int8: weights of eight bits are for a model that is trained")
                .help("train without it, then give it to predict, evaluate, generate or score"));
        }
        Ok(self.inference(talk))
    }
}
