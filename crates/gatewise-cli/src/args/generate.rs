//! Flags of writing.

use std::path::PathBuf;

use clap::Args;
use gatewise::task::language::{AdaptArgs, Decoding};

use super::PrecisionName;
use super::parsers::at_least_one;

/// Write with a language model; the text comes out as it is made.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise generate runs/shakespeare-1 --prompt 'ROMEO:' --length 500
  gatewise generate runs/novel --prompt '나는' --temperature 0.8 --top-p 0.9 --seed 7
  gatewise generate runs/novel --prompt '나는' --min-p 0.05 --count 8 --stop '.'      eight texts at once
  gatewise generate runs/novel --prompt '나는' --length 20 --beams 8 --count 3       the three likeliest
  gatewise generate runs/novel --prompt-file chapter.txt --adapt                    learn from the chapter first
  gatewise generate runs/novel --length 200 --save-state s.state
  gatewise generate runs/novel --load-state s.state          go on with that text

A text is told as it is made, in whole characters as readers count them; several come when all are written, with a line --- between them.
A symbol is drawn by --repetition-penalty, --temperature, --top-k, --top-p and --min-p, in this order.

With --json: an event \"unknown\" with the symbols of the prompt that the model does not know, then an event \"text\" for each text, with
  index, prompt, text; reason: stop, or length where --length ended it; stop: the string it ended before, or null;
  symbols: those written, with the string it ended before; seconds and symbols_per_second: of all texts together;
  log_probability (nats) and score of a text that --beams found.")]
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
    /// How far, how many, and how symbols are chosen.
    #[command(flatten)]
    pub adaptation: AdaptArgs,
    #[command(flatten)]
    pub decoding: Decoding,

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
