//! Flags of a run: what it learns from, where it goes, and where its settings come from.

use std::path::PathBuf;

use clap::Args;

/// Where settings come from, beside flags. What is given later wins: defaults, --config, --set, flags.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Settings")]
pub struct SourceArgs {
    /// Settings from a file, as a run leaves in config.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One setting by its key in config.toml; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// A training that can be resumed, and begin with a trained model.
#[derive(Args, Debug, Clone, Default)]
pub struct RunArgs {
    /// What to learn from; "-" is standard input
    #[arg(value_name = "DATA", required_unless_present = "resume")]
    pub data: Option<PathBuf>,
    /// Folder of the run [default: runs/<name of the data>-<number>]
    #[arg(long = "output", short = 'o', value_name = "RUN", help_heading = "Output")]
    pub run: Option<PathBuf>,
    /// Go on with an interrupted run, exactly where it stopped
    #[arg(long, value_name = "RUN", conflicts_with_all = ["data", "run", "config", "set"])]
    pub resume: Option<PathBuf>,
    /// Begin with the weights of a trained model
    #[arg(long, value_name = "MODEL", conflicts_with = "resume")]
    pub from: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceArgs,
}

/// A training and its result in one command.
#[derive(Args, Debug, Clone, Default)]
pub struct AtOnceArgs {
    /// Table to learn from: CSV, TSV, a spreadsheet, lines of JSON, Parquet or Arrow, packed with gzip or zstd or not; "-" is standard input
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    /// Where the table of results goes instead of standard output: CSV, or the form of its name: .jsonl, .parquet, .arrow, and .csv.gz, .jsonl.zst
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Folder of the run [default: runs/<name of the data>-<number>]
    #[arg(long, value_name = "FOLDER", help_heading = "Output")]
    pub run: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceArgs,
}
