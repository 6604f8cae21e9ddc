//! Flags of the inspection.

use std::path::PathBuf;

use clap::Args;
use gatewise::Cell;

use super::parsers::word;
use super::{ForecastSettings, SourceArgs};

/// Show what a network remembers: gradient flow by lag, gates, Jacobian, the context worth using, and a verdict with a cure.
///
/// Nothing of the model is changed. With --compare the networks are trained on DATA first, alike: equal parameters, windows and steps.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise inspect runs/airline-passengers-1 airline-passengers.csv
  gatewise inspect runs/shakespeare sonnets.txt -o memory.html
  gatewise inspect --compare rnn,gru,lstm sales.csv --horizon 12 --lookback 48 -o compare.html")]
pub struct InspectArgs {
    /// Model file or run folder, and the data to inspect it on; with --compare the data alone
    #[arg(value_name = "MODEL> <DATA", num_args = 1..=2, required = true)]
    pub paths: Vec<PathBuf>,
    /// Train these cells on DATA and compare them
    #[arg(long, value_name = "CELLS", value_delimiter = ',', value_parser = word::<Cell>(&Cell::NAMES))]
    pub compare: Vec<Cell>,
    /// Where a page of the results goes; a name that ends in .svg gives its picture of gradient flow alone
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub settings: ForecastSettings,
}
