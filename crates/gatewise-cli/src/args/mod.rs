//! The command line. Each setting is defined once, here: its flag, its key in `config.toml` and for `--set`, its help.

mod apply;
mod bench;
mod classify;
mod demo;
mod detect;
mod export;
mod forecast;
mod generate;
mod import;
mod inspect;
mod items;
mod language;
mod memory;
pub mod precision;
mod prior;
mod read;
mod run;
mod score;
mod synth;
mod walk;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use apply::{CheckArgs, EvaluateArgs, FeaturesArgs, GivenArgs, PredictArgs, PriorArgs};
pub use bench::{BenchArgs, Lengths, Mode};
pub use classify::{ItemSettings, TrainItemsArgs};
pub use demo::{AddingArgs, DemoArgs, DemoCommand, MemoryArgs};
pub use detect::{DetectArgs, DetectorReadArgs, DetectorSettings, RowArgs, TrainDetectArgs, WatchArgs};
pub use export::ExportArgs;
pub use forecast::{ForecastArgs, ForecastSettings, TrainForecastArgs};
pub use gatewise::options::parse as parsers;
pub use gatewise::options::{Pool, PrecisionName};
pub use gatewise::task::forecast::Options as TrainArgs;
pub use generate::GenerateArgs;
pub use import::ImportArgs;
pub use inspect::{CompareTask, InspectArgs};
pub use items::ItemArgs;
pub use language::{LanguageArgs, TrainLanguageArgs};
pub use memory::LimitArgs;
pub use prior::TrainPriorArgs;
pub use read::{FieldArgs, ReadArgs, TableArgs};
pub use run::{AtOnceArgs, RunArgs, SourceArgs};
pub use score::ScoreArgs;
pub use synth::SynthArgs;
pub use walk::WalkArgs;

/// Recurrent sequence models (LSTM, GRU, RNN) on the CPU: forecasts from a table, in one command.
#[derive(Parser, Debug)]
#[command(name = "gatewise", version, max_term_width = 110, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub console: ConsoleArgs,
    #[command(flatten)]
    pub limit: LimitArgs,
}

const EXAMPLES: &str = "\
Examples:
  gatewise check sales.csv                           what the file holds and what is wrong with it
  gatewise forecast sales.csv --horizon 12           train, and forecast 12 rows beyond its end
  gatewise detect cpu.csv                            train, and mark the anomalies
  gatewise train forecast sales.csv --horizon 12 -o runs/mine
  gatewise predict runs/mine new.csv -o next.csv     forecast from newer data
  gatewise evaluate runs/mine new.csv --rolling      errors beside the naive baseline's

Exit status: 0 done, 1 input/output or internal, 2 wrong usage, 3 bad data, 4 numbers that are not finite, 5 anomalies found (--fail-on-anomaly), 130 interrupted, 143 and 129 by SIGTERM and SIGHUP.";

/// How much is said, and in what form.
#[derive(Args, Debug, Clone, Copy, Default)]
pub struct ConsoleArgs {
    /// Say nothing but errors on standard error
    #[arg(long, short, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// One JSON object a line on standard output, each with an "event"
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,
    /// Form of tables on standard output [default: table on a terminal, csv elsewhere]
    #[arg(long, global = true, value_enum, value_name = "FORM", help_heading = "Output")]
    pub format: Option<TableForm>,
}

/// The form of a table on standard output.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableForm {
    /// Aligned, in rounded figures, as much as a terminal has room for
    Table,
    /// All rows and columns with all digits, comma-separated
    Csv,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Train on a table and forecast beyond its end
    Forecast(Box<ForecastArgs>),
    /// Train on a table and mark its anomalies
    Detect(Box<DetectArgs>),
    /// Train a model
    #[command(subcommand)]
    Train(TrainCommand),
    /// What a trained model says of data: forecasts, or the next symbols of a text
    Predict(PredictArgs),
    /// Write what a trained network has learned to extract: its hidden states
    Features(FeaturesArgs),
    /// Hold a trained model against the truth, beside a naive baseline
    Evaluate(EvaluateArgs),
    /// Write a trained model as a graph of ONNX, for other programs
    Export(ExportArgs),
    /// Say what a graph of ONNX holds, and run it
    Import(ImportArgs),
    /// Write with a language model
    Generate(GenerateArgs),
    /// Say how probable a text is to a language model
    Score(ScoreArgs),
    /// Show what a network remembers: gradient flow, gates, memory length
    Inspect(Box<InspectArgs>),
    /// Walk through a network's memory, step by step over a sequence of your own
    Walk(Box<WalkArgs>),
    /// The textbook effects of gradients and memory, measured when called
    #[command(subcommand)]
    Demo(DemoCommand),
    /// Say what a table holds and what is wrong with it
    Check(CheckArgs),
    /// Write series drawn from known processes
    Synth(SynthArgs),
    /// Version, instruction set, threads
    Info,
    /// Measure the speed of a recurrent layer
    Bench(BenchArgs),
    /// Write a manual page for each command
    Man {
        /// Folder that the pages are written to; without one the page of gatewise itself is printed
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Subcommand, Debug)]
pub enum TrainCommand {
    /// Train a forecaster on a table
    Forecast(Box<TrainForecastArgs>),
    /// Train a detector of anomalies on a table
    Detect(Box<TrainDetectArgs>),
    /// Train a language model on a text
    Language(Box<TrainLanguageArgs>),
    /// Train on labelled sequences and name the class of others
    Classify(Box<TrainItemsArgs>),
    /// Train on sequences with a value each and predict that of others
    Regress(Box<TrainItemsArgs>),
    /// Train a prior, which forecasts any series without training on it
    Prior(Box<TrainPriorArgs>),
}
