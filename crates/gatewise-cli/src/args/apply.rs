//! Flags of commands that use a trained model, and of the check of data.

use std::path::PathBuf;

use clap::Args;
use gatewise::task::forecast::Outliers;

use super::parsers::{at_least_one, word};
use super::{DetectorReadArgs, ItemArgs, Pool, PrecisionName, ReadArgs, WatchArgs};

/// A trained model, what it is used on, and where the result goes.
#[derive(Args, Debug, Clone)]
pub struct GivenArgs {
    /// Model file or run folder
    pub model: PathBuf,
    /// What the model is used on
    pub data: PathBuf,
    /// Where the result goes instead of standard output: CSV, or the form of its name: .jsonl, .parquet, .arrow, and .csv.gz, .jsonl.zst
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub threads: Option<usize>,
    #[command(flatten)]
    pub items: ItemArgs,
    #[command(flatten)]
    pub read: ReadArgs,
}

/// What a trained model says of data: forecasts from a table, the likeliest next symbols of a text.
#[derive(Args, Debug)]
#[command(mut_arg("data", |arg| arg.help("Table that ends where the forecast begins, or text that the next symbols follow")))]
#[command(mut_arg("output", |arg| arg.help("Where the forecast goes instead of standard output: CSV, or the form of its name: .jsonl, .parquet, .arrow, and .csv.gz, .jsonl.zst")))]
#[command(after_help = "\
Examples:
  gatewise predict runs/airline-passengers-1 newer.csv -o next.csv
  gatewise predict model.safetensors newer.csv --json
  gatewise predict runs/novel-1 draft.txt                 the likeliest next symbols
  gatewise predict prior sales.csv --horizon 12           nothing trained: the built-in network, at once")]
pub struct PredictArgs {
    #[command(flatten)]
    pub given: GivenArgs,
    /// How weights are held and multiplied: int8 is a quarter of the bytes, and faster where sequences run one by one; bf16 is half
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: PrecisionName,
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
    pub watch: WatchArgs,
    #[command(flatten)]
    pub detector: DetectorReadArgs,
    #[command(flatten)]
    pub prior: PriorArgs,
}

/// What a prior is asked, which has seen no data: the rest is chosen from the table.
#[derive(Args, Debug, Clone, Default, PartialEq)]
#[command(next_help_heading = "Of a prior")]
pub struct PriorArgs {
    /// Rows to forecast
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub horizon: Option<usize>,
    /// Rows of a season, or of two, such as 24,168; 1 for none
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = at_least_one())]
    pub season: Option<Vec<usize>>,
    /// Levels of the intervals
    #[arg(long, value_name = "LEVELS", value_delimiter = ',')]
    pub quantiles: Option<Vec<f64>>,
    /// What becomes of single values far from all others that do not come again at a pace: they count as the value before them, or as they
    /// are [default: replace]
    #[arg(long, value_name = "WAY", value_parser = word::<Outliers>(&["replace", "keep"]))]
    pub outliers: Option<Outliers>,
}

/// Write what a trained network has learned to extract: its hidden states over the last window of each series, or over each file of text.
#[derive(Args, Debug)]
#[command(mut_arg("data", |arg| arg.help("Table or text to read; of a folder of texts each file is an item")))]
#[command(mut_arg("output", |arg| arg.help("Where the table goes instead of standard output; a name that ends in .npy gives a NumPy array, one in .parquet, .arrow or .jsonl that form")))]
pub struct FeaturesArgs {
    #[command(flatten)]
    pub given: GivenArgs,
    /// How hidden states over time become one row
    #[arg(long, value_enum, default_value = "last")]
    pub pool: Pool,
    /// Every line of a text is an item, read from the start
    #[arg(long)]
    pub each_line: bool,
}

/// Hold a trained model against the truth: a forecaster beside the seasonal-naive baseline, a language model beside counting.
#[derive(Args, Debug)]
#[command(mut_arg("data", |arg| arg.help("Table with the truth, or text")))]
#[command(mut_arg("output", |arg| arg.help("Where the forecasts go, in the form of the name: .csv, .jsonl, .parquet, .arrow; without it the errors alone are printed")))]
#[command(after_help = "\
Examples:
  gatewise evaluate runs/mine sales.csv                        the last horizon, or the test part of the training
  gatewise evaluate runs/ett ETTh1.csv --rolling --stride 1 -o rolling.csv
  gatewise evaluate runs/mine newer.csv --rolling --page check.html
  gatewise evaluate runs/m4 test.csv --history train.csv       rows to forecast from lie in another file")]
pub struct EvaluateArgs {
    #[command(flatten)]
    pub given: GivenArgs,
    /// Table whose rows come before those of DATA
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// Forecast from every --stride-th row of the test part, not from its first alone
    #[arg(long)]
    pub rolling: bool,
    /// Rows between two forecasts of --rolling
    #[arg(long, value_name = "N", default_value = "1", requires = "rolling", value_parser = at_least_one())]
    pub stride: usize,
    /// Page of the forecasts, their errors and intervals [default with --rolling: evaluation-N.html in the run folder]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub page: Option<PathBuf>,
    /// First row of the test part, a time or a row number [default: that of the training, else the last horizon]
    #[arg(long, value_name = "TIME|ROW")]
    pub test_from: Option<String>,
    /// First row behind the test part [default: the end]
    #[arg(long, value_name = "TIME|ROW")]
    pub test_to: Option<String>,
    /// Of a detector: column of two words that says which rows are anomalies
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
    #[command(flatten)]
    pub detector: DetectorReadArgs,
    /// How weights are held and multiplied: bf16 half, int8 a quarter of the bytes; what it costs is printed
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: PrecisionName,
    /// Count answers less probable than this as rejected
    #[arg(long, value_name = "P")]
    pub reject_below: Option<f64>,
    /// Of a classifier: the class whose probability ranks the items [default: of two, the rarer]
    #[arg(long, value_name = "LABEL")]
    pub positive: Option<String>,
    /// Of a classifier: find the probability from which on this share of the answers for that class is right
    #[arg(long, value_name = "P")]
    pub precision_at: Option<f64>,
}

/// Say what a table holds and what is wrong with it. Exit status 3 where something is.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Table to check: CSV, TSV or a spreadsheet; "-" is standard input
    pub data: PathBuf,
    #[command(flatten)]
    pub items: ItemArgs,
    #[command(flatten)]
    pub read: ReadArgs,
    /// Write the table as it was understood: ISO dates, plain numbers, UTF-8
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
}
