//! Flags of scoring a text.

use std::path::PathBuf;

use clap::Args;
use gatewise::task::language::AdaptArgs;

use super::PrecisionName;
use super::parsers::at_least_one;

/// Say how probable a text is to a language model: nats, bits per character, perplexity, and where it was least expected.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise score runs/shakespeare-1 sonnets.txt
  gatewise score runs/novel draft.txt --worst 20 --json
  gatewise score runs/novel draft.txt --adapt            learn from the draft while reading it")]
pub struct ScoreArgs {
    /// Model file or run folder
    pub model: PathBuf,
    /// Text in UTF-8, or a folder of such texts; "-" is standard input
    #[arg(value_name = "FILE|DIR")]
    pub text: PathBuf,
    /// Read every line from the start, as a text of its own; else every file is one
    #[arg(long)]
    pub each_line: bool,
    /// The least likely places that are listed
    #[arg(long, value_name = "N", default_value = "5")]
    pub worst: usize,
    #[command(flatten)]
    pub adaptation: AdaptArgs,
    /// How weights are held and multiplied: bf16 half, int8 a quarter of the bytes; what it costs is printed
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: PrecisionName,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub threads: Option<usize>,
}
