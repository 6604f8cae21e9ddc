//! The command line. Each setting is defined once, here: its flag, its key in `config.toml` and for `--set`, its help.

mod bench;
mod classify;
mod demo;
mod detect;
mod generate;
mod inspect;
mod language;
mod precision;
mod read;
mod score;
mod train;
pub mod words;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use bench::{BenchArgs, Lengths, Mode};
pub use classify::{ClassWeights, ClassifyArgs, ItemArgs, TrainItemsArgs, ValueLoss};
pub use demo::{AddingArgs, DemoArgs, DemoCommand, MemoryArgs};
pub use detect::{DetectArgs, DetectSettings, RowArgs, TrainDetectArgs, WatchArgs};
pub use generate::GenerateArgs;
pub use inspect::InspectArgs;
pub use language::{LanguageArgs, TrainLanguageArgs};
pub use precision::PrecisionName;
pub use read::ReadArgs;
pub use score::ScoreArgs;
pub use train::{LossName, OptimizerName, Preset, ScheduleName, TrainArgs};

/// Recurrent sequence models (LSTM, GRU, RNN) on the CPU: forecasts from a table, in one command.
#[derive(Parser, Debug)]
#[command(name = "gatewise", version, max_term_width = 110, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub talk: TalkArgs,
}

const EXAMPLES: &str = "\
Examples:
  gatewise check sales.csv                           what the file holds and what is wrong with it
  gatewise forecast sales.csv --horizon 12           train, and forecast 12 rows beyond its end
  gatewise detect cpu.csv                            train, and mark the anomalies
  gatewise train forecast sales.csv --horizon 12 -o runs/mine
  gatewise predict runs/mine new.csv -o next.csv     forecast from newer data
  gatewise evaluate runs/mine new.csv --rolling      errors beside the naive baseline's

Exit status: 0 done, 1 input/output or internal, 2 wrong usage, 3 bad data, 4 numbers that are not finite, 5 anomalies found (--fail-on-anomaly), 130 interrupted.";

/// How much is said, and in what form.
#[derive(Args, Debug, Clone, Copy, Default)]
pub struct TalkArgs {
    /// Say nothing but errors on standard error
    #[arg(long, short, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// One JSON object a line on standard output, each with an "event"
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,
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
    /// Write with a language model
    Generate(GenerateArgs),
    /// Say how probable a text is to a language model
    Score(ScoreArgs),
    /// Show what a network remembers: gradient flow, gates, memory length
    Inspect(Box<InspectArgs>),
    /// The textbook effects of gradients and memory, measured when called
    #[command(subcommand)]
    Demo(DemoCommand),
    /// Say what a table holds and what is wrong with it
    Check(CheckArgs),
    /// Version, instruction set, threads
    Info,
    /// Measure the speed of a recurrent layer
    Bench(BenchArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Train on a table and forecast beyond its end.
///
/// The last rows of each series are held back first, to hold a model that never saw them against the truth and against the seasonal-naive
/// forecast. Then the model is trained anew on all rows, for as many steps as the first one needed, and forecasts beyond the end.
/// What is not given is guessed from the data and printed with the flag that overrides it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise forecast samples/airline-passengers.csv --horizon 12
  gatewise forecast sales.csv --horizon 28 --target units --time day --season 7
  gatewise forecast many.csv --horizon 48 --id store --impute linear -o forecast.csv")]
pub struct ForecastArgs {
    /// Table to learn from: CSV or TSV; \"-\" is standard input
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    /// Where the forecast goes instead of standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Folder of the run [default: runs/<name of the data>-<number>]
    #[arg(long, value_name = "FOLDER", help_heading = "Output")]
    pub run: Option<PathBuf>,
    #[command(flatten)]
    pub settings: SettingsArgs,
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
}

/// Train a forecaster on a table.
///
/// Rows from --test-from on are never seen; those from --valid-from to there decide when to stop.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise train forecast ETTh1.csv --horizon 96 --valid-from 2017-06-26 --test-from 2017-10-24 -o runs/ett
  gatewise train forecast newer.csv --from runs/ett  its weights, trained on
  gatewise train forecast --resume runs/ett          go on where Ctrl-C stopped it")]
pub struct TrainForecastArgs {
    /// Table to learn from: CSV or TSV; \"-\" is standard input
    #[arg(value_name = "DATA", required_unless_present = "resume")]
    pub data: Option<PathBuf>,
    /// Folder of the run [default: runs/<name of the data>-<number>]
    #[arg(long = "output", short = 'o', value_name = "RUN", help_heading = "Output")]
    pub run: Option<PathBuf>,
    /// Go on with an interrupted run, exactly where it stopped
    #[arg(long, value_name = "RUN", conflicts_with_all = ["data", "run", "config", "set"])]
    pub resume: Option<PathBuf>,
    /// Begin with the weights of a trained forecaster, in the shape that it has
    #[arg(long, value_name = "MODEL", conflicts_with = "resume")]
    pub from: Option<PathBuf>,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// Every setting of a training. What is given later wins: defaults, --config, --set, flags.
#[derive(Args, Debug, Clone, Default)]
pub struct SettingsArgs {
    /// Settings from a file, as a run leaves in config.toml
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// One setting by its key in config.toml; may be repeated
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Settings")]
    pub set: Vec<String>,
    #[command(flatten)]
    pub read: ReadArgs,
    #[command(flatten)]
    pub train: TrainArgs,
}

/// What a trained model says of data: forecasts from a table, the likeliest next symbols of a text.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise predict runs/airline-passengers-1 newer.csv -o next.csv
  gatewise predict model.safetensors newer.csv --json
  gatewise predict runs/novel-1 draft.txt                 the likeliest next symbols")]
pub struct PredictArgs {
    /// Model file or run folder
    pub model: PathBuf,
    /// Table that ends where the forecast begins, or text that the next symbols follow
    pub data: PathBuf,
    /// Where the forecast goes instead of standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// How weights are held: int8 is a quarter of the bytes, and faster where sequences run one by one
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: PrecisionName,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Seconds of sound that an answer of --follow is about [default: 1]
    #[arg(long, value_name = "SECONDS", requires = "follow")]
    pub window: Option<f64>,
    /// A column for each class, with its probability
    #[arg(long)]
    pub all: bool,
    /// Answer "(none)" where no class is as probable as this
    #[arg(long, value_name = "P")]
    pub reject_below: Option<f64>,
    #[command(flatten)]
    pub items: ItemArgs,
    #[command(flatten)]
    pub read: ReadArgs,
    #[command(flatten)]
    pub watch: WatchArgs,
}

/// How hidden states over time become one row.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// The state after the last step
    Last,
    /// The mean over steps
    Mean,
    /// A row for each step
    None,
}

/// Write what a trained network has learned to extract: its hidden states over the last window of each series, or over each file of text.
#[derive(Args, Debug)]
pub struct FeaturesArgs {
    /// Model file or run folder
    pub model: PathBuf,
    /// Table or text to read; of a folder of texts each file is an item
    pub data: PathBuf,
    /// Where the table goes instead of standard output; a name that ends in .npy gives a NumPy array
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// How hidden states over time become one row
    #[arg(long, value_enum, default_value = "last")]
    pub pool: Pool,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    #[command(flatten)]
    pub items: ItemArgs,
    #[command(flatten)]
    pub read: ReadArgs,
}

/// Hold a trained model against the truth: a forecaster beside the seasonal-naive baseline, a language model beside counting.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise evaluate runs/mine sales.csv                        the last horizon, or the test part of the training
  gatewise evaluate runs/ett ETTh1.csv --rolling --stride 1 -o rolling.csv
  gatewise evaluate runs/m4 test.csv --history train.csv       rows to forecast from lie in another file")]
pub struct EvaluateArgs {
    /// Model file or run folder
    pub model: PathBuf,
    /// Table with the truth, or text
    pub data: PathBuf,
    /// Table whose rows come before those of DATA
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// Forecast from every --stride-th row of the test part, not from its first alone
    #[arg(long)]
    pub rolling: bool,
    /// Rows between two forecasts of --rolling
    #[arg(long, value_name = "N", default_value = "1", requires = "rolling", value_parser = words::at_least_one())]
    pub stride: usize,
    /// First row of the test part, a time or a row number [default: that of the training, else the last horizon]
    #[arg(long, value_name = "TIME|ROW")]
    pub test_from: Option<String>,
    /// First row behind the test part [default: the end]
    #[arg(long, value_name = "TIME|ROW")]
    pub test_to: Option<String>,
    /// Where the forecasts go; without it the errors alone are printed
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Of a detector: column of zeros and ones that says which rows are anomalies
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
    /// How weights are held: int8 is a quarter of the bytes; what it costs is printed
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: PrecisionName,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Count answers less probable than this as rejected
    #[arg(long, value_name = "P")]
    pub reject_below: Option<f64>,
    #[command(flatten)]
    pub items: ItemArgs,
    #[command(flatten)]
    pub read: ReadArgs,
}

/// Say what a table holds and what is wrong with it. Exit status 3 where something is.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Table to check: CSV or TSV; \"-\" is standard input
    pub data: PathBuf,
    #[command(flatten)]
    pub items: ItemArgs,
    #[command(flatten)]
    pub read: ReadArgs,
}
