//! Flags of the inspection.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gatewise::Cell;

use super::parsers::word;
use super::{ForecastSettings, ItemArgs, SourceArgs};

/// Show what a network remembers: gradient flow by lag, gates, Jacobian, the context worth using, and a verdict with a cure.
///
/// Nothing of the model is changed. With --compare the networks are trained on DATA first, alike: equal parameters, sequences and steps.
#[derive(Args, Debug)]
// Both tables and items have channels.
#[command(mut_arg("item_channels", |arg| arg.long("item-channels")))]
#[command(after_help = "\
Examples:
  gatewise inspect runs/airline-passengers-1 airline-passengers.csv
  gatewise inspect runs/shakespeare sonnets.txt -o memory.html
  gatewise inspect --compare rnn,gru,lstm sales.csv --horizon 12 --lookback 48 -o compare.html
  gatewise inspect --compare rnn,lstm novel.txt --hidden 64 --max-steps 300
  gatewise inspect --compare rnn,lstm recordings/ --task classify")]
pub struct InspectArgs {
    /// Model file or run folder, and the data to inspect it on; with --compare the data alone
    #[arg(value_name = "MODEL> <DATA", num_args = 1..=2, required = true)]
    pub paths: Vec<PathBuf>,
    /// Train these cells on DATA and compare them
    #[arg(long, value_name = "CELLS", value_delimiter = ',', value_parser = word::<Cell>(&Cell::NAMES))]
    pub compare: Vec<Cell>,
    /// What the networks of --compare learn [default: language for a .txt, classify for a folder or labelled items, else forecast]
    #[arg(long, value_name = "TASK", requires = "compare")]
    pub task: Option<CompareTask>,
    /// Where a page of the results goes; a name that ends in .svg gives its picture of gradient flow alone
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub settings: ForecastSettings,
    #[command(flatten)]
    pub items: ItemArgs,
}

/// What the networks of a comparison learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompareTask {
    /// What a table's columns go on with
    Forecast,
    /// What comes next in a text
    Language,
    /// The classes of labelled series, texts, sounds, videos
    Classify,
    /// Their values
    Regress,
}
