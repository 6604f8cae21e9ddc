//! Flags of the training of a prior.

use std::path::PathBuf;

use clap::Args;
use gatewise::kernels::Cell;

use super::parsers::{at_least_one, word};

/// Train a prior: a forecaster of any series that has seen synthetic series alone.
///
/// Every step draws new series (`gatewise synth` shows what they are like). The folder keeps training.safetensors, from which --resume goes on to the
/// same bytes, and prior.safetensors, which `predict` and `forecast --prior` take.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise train prior -o runs/prior --series 8000000
  gatewise train prior --resume runs/prior               go on where it stopped
  gatewise train prior --resume runs/prior --series 20000000   with more series, before the rate has begun to fall
  gatewise predict runs/prior/prior.safetensors sales.csv --horizon 12")]
pub struct TrainPriorArgs {
    /// Folder of the training [default: runs/prior-<number>]
    #[arg(long = "output", short = 'o', value_name = "RUN", help_heading = "Output")]
    pub run: Option<PathBuf>,
    /// Go on with a training that was interrupted
    #[arg(long, value_name = "RUN", conflicts_with_all = ["run", "seed", "cell", "hidden", "layers"])]
    pub resume: Option<PathBuf>,
    /// Series that are drawn in all [default: 8000000]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub series: Option<usize>,
    /// What weights and series are drawn from [default: 1]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Recurrent cell [default: gru]
    #[arg(long, value_name = "CELL", value_parser = word::<Cell>(&Cell::NAMES))]
    pub cell: Option<Cell>,
    /// Hidden units of each layer [default: 160]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub hidden: Option<usize>,
    /// Recurrent layers [default: 2]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub layers: Option<usize>,
    /// Factors on the width of intervals, of steps 1–6, 7–18 and later; kept in prior.safetensors [default: 1,1,1]
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', num_args = 3)]
    pub widths: Option<Vec<f64>>,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub threads: Option<usize>,
}
