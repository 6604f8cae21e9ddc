//! Flags of writing.

use std::path::PathBuf;

use clap::Args;

use super::PrecisionName;
use super::parsers::at_least_one;

/// Write with a language model; the text comes out as it is made.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise generate runs/shakespeare-1 --prompt 'ROMEO:' --length 500
  gatewise generate runs/novel --prompt '나는' --temperature 0.8 --top-p 0.9 --seed 7
  gatewise generate runs/novel --length 200 --save-state s.state
  gatewise generate runs/novel --load-state s.state          go on with that text")]
pub struct GenerateArgs {
    /// Model file or run folder
    pub model: PathBuf,
    /// What the text begins with
    #[arg(long, short, value_name = "TEXT", help_heading = "Text")]
    pub prompt: Option<String>,
    /// A file with what the text begins with; "-" is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "prompt", help_heading = "Text")]
    pub prompt_file: Option<PathBuf>,
    /// Refuse a prompt with symbols that the model does not know, instead of leaving them out
    #[arg(long, help_heading = "Text")]
    pub strict: bool,
    /// Print what is written without the prompt before it
    #[arg(long, help_heading = "Text")]
    pub no_prompt: bool,
    /// Symbols to write
    #[arg(long, short = 'n', value_name = "N", default_value = "500", help_heading = "Text")]
    pub length: u64,
    /// End before the first of these; may be repeated
    #[arg(long, value_name = "TEXT", help_heading = "Text")]
    pub stop: Vec<String>,

    /// Below 1 likely symbols gain, above 1 unlikely ones; 0 always takes the likeliest
    #[arg(long, short, value_name = "X", default_value = "0.8", help_heading = "Choice")]
    pub temperature: f64,
    /// Draw from the N likeliest symbols; 0 for all
    #[arg(long, value_name = "N", default_value = "0", help_heading = "Choice")]
    pub top_k: usize,
    /// Draw from the likeliest symbols that together have this probability
    #[arg(long, value_name = "P", default_value = "1", help_heading = "Choice")]
    pub top_p: f64,
    /// Above 1 the last 64 symbols become unlikelier
    #[arg(long, value_name = "X", default_value = "1", help_heading = "Choice")]
    pub repetition_penalty: f64,
    /// The same seed gives the same text [default: 1, or what a loaded state goes on with]
    #[arg(long, value_name = "N", help_heading = "Choice")]
    pub seed: Option<u64>,

    /// Keep where the text stands at its end
    #[arg(long, value_name = "FILE", help_heading = "State")]
    pub save_state: Option<PathBuf>,
    /// Go on with a text from there
    #[arg(long, value_name = "FILE", help_heading = "State")]
    pub load_state: Option<PathBuf>,
    /// How weights are held and multiplied: int8 is a quarter of the bytes, and faster where sequences run one by one; bf16 is half
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: PrecisionName,
    /// Threads
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one())]
    pub threads: usize,
}
