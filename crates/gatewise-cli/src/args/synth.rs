//! Flags of series drawn from known processes.

use std::path::PathBuf;

use clap::Args;
use gatewise::synthetic::Kind;

use super::parsers::{at_least_one, seed, word};

/// Write series drawn from known processes, as a long table: series, time, value, kind, season.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise synth --rows 240 --series 100 -o series.csv
  gatewise synth --kind ets,sarima --season 12 --seed 7 -o monthly.csv
  gatewise synth --kind intermittent --rows 52 --series 3          demands, on standard output
  gatewise forecast monthly.csv --id series --time time --target value --horizon 12")]
pub struct SynthArgs {
    /// Rows of each series
    #[arg(long, value_name = "N", default_value = "240", value_parser = at_least_one())]
    pub rows: usize,
    /// Series to write
    #[arg(long, value_name = "N", default_value = "100", value_parser = at_least_one())]
    pub series: usize,
    /// Processes to draw from, in proportion to their shares; may be repeated, or a list with commas [default: all]
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = word::<Kind>(&Kind::NAMES))]
    pub kind: Vec<Kind>,
    /// Rows after which series may repeat; 1 for none [default: drawn for each, as calendars have them]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub season: Option<usize>,
    /// The same seed gives the same bytes; more series leave the first ones as they are
    #[arg(long, value_name = "N", default_value = "0", value_parser = seed())]
    pub seed: u64,
    /// Where the table goes instead of standard output, in the form of the name: .csv, .jsonl, .parquet, .arrow
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}
