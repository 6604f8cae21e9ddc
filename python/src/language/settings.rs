//! Settings of a language model, of writing, and of reading texts.

use std::path::PathBuf;

use clap::Args;
use gatewise::Precision;
use gatewise::data::Severity;
use gatewise::language::{AdaptArgs, Decoding, Options};
use gatewise::options::parse::{any_count, at_least_one};
use gatewise::options::{NO_BF16, Pool, PrecisionName, multiplies_bf16};
use serde_json::Value;

use crate::settings::{self, Limit};
use crate::told::said;

/// What each setting of learning from a text needs.
const ADAPTING: [[&str; 2]; 4] = [["adapt_rate", "adapt"], ["adapt_decay", "adapt"], ["adapt_window", "adapt"], ["cache", "adapt"]];

/// Every setting of a language model.
#[derive(Args, Debug, Clone, Default)]
pub struct Settings {
    #[command(flatten)]
    language: Options,
    #[command(flatten)]
    limit: Limit,
}

impl settings::Settings for Settings {
    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
}

impl Settings {
    /// What a text is taken for, and how it is learned.
    pub fn options(&self) -> &Options {
        &self.language
    }
}

/// How weights are held, and on what is computed.
#[derive(Args, Debug, Clone, Default)]
pub struct Running {
    /// How weights are held and multiplied: f32; bf16, half the bytes; int8, a quarter of them [default: f32]
    #[arg(long, value_enum)]
    precision: Option<PrecisionName>,
    /// Threads; results do not depend on them
    #[arg(long, value_parser = at_least_one())]
    pub threads: Option<usize>,
}

impl Running {
    /// How weights are held, and what is to be said of it.
    pub fn precision(&self) -> (Precision, Option<Value>) {
        match self.precision.unwrap_or_default() {
            PrecisionName::F32 => (Precision::F32, None),
            PrecisionName::Int8 => (Precision::Int8, None),
            PrecisionName::Bf16 if multiplies_bf16() => (Precision::Bf16, None),
            PrecisionName::Bf16 => (Precision::F32, Some(said(Severity::Warning, &format!("⦃precision⦄ bf16: {NO_BF16}; f32 is used")))),
        }
    }
}

/// How a text is written.
#[derive(Args, Debug, Clone, Default)]
pub struct Writing {
    #[command(flatten)]
    pub decoding: Decoding,
    #[command(flatten)]
    pub adaptation: AdaptArgs,
    /// Refuse a prompt with symbols that the model does not know, instead of leaving them out
    #[arg(long)]
    pub strict: bool,
    /// Give what is written without the prompt before it
    #[arg(long)]
    pub no_prompt: bool,
    /// File that keeps where the text stands at its end
    #[arg(long)]
    pub save_state: Option<PathBuf>,
    /// File with where a text stood, which is gone on with
    #[arg(long)]
    pub load_state: Option<PathBuf>,
    #[command(flatten)]
    pub running: Running,
}

impl settings::Settings for Writing {
    const NEEDED: &'static [[&'static str; 2]] = &ADAPTING;
}

/// How texts are read by a trained model.
#[derive(Args, Debug, Clone, Default)]
pub struct Reading {
    /// Read every line from the start, as a text of its own
    #[arg(long)]
    pub each_line: bool,
    /// The least likely places that are listed [default: 5]
    #[arg(long, value_parser = any_count())]
    pub worst: Option<usize>,
    /// How hidden states over time become one row: last, mean, or none for a row a symbol [default: last]
    #[arg(long, value_enum)]
    pub pool: Option<Pool>,
    #[command(flatten)]
    pub adaptation: AdaptArgs,
    #[command(flatten)]
    pub running: Running,
}

impl settings::Settings for Reading {
    const NEEDED: &'static [[&'static str; 2]] = &ADAPTING;
}
