//! Flags of the training of a prior.

use std::path::PathBuf;

use clap::Args;
use gatewise::kernels::Cell;

use super::ReadArgs;
use super::parsers::{at_least_one, share, word};

/// Train a prior: a forecaster of any series, from synthetic series, or from many of one's own too.
///
/// Every step draws new series (`gatewise synth` shows what they are like), and with DATA windows of its series for a share of them. The folder keeps training.safetensors, from which --resume goes on to the
/// same bytes, and prior.safetensors, which `predict` and `forecast --from` take.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise train prior -o runs/prior --series 8000000
  gatewise train prior --resume runs/prior               go on where it stopped
  gatewise train prior --resume runs/prior --series 20000000   with more series, before the rate has begun to fall
  gatewise train prior many.csv --from prior --series 500000   the built-in prior, fine-tuned on one's own series and synthetic ones
  gatewise predict runs/prior/prior.safetensors sales.csv --horizon 12")]
pub struct TrainPriorArgs {
    /// Table of many series to learn from beside synthetic ones; to go on with --resume it is given again
    #[arg(value_name = "DATA")]
    pub data: Option<PathBuf>,
    /// Share of what is learned from that is drawn from DATA [default: 0.5]
    #[arg(long, value_name = "SHARE", value_parser = share, requires = "data")]
    pub share: Option<f64>,
    /// Rows of a season of DATA, or of two, such as 24,168; 1 for none [default: by the calendar and what shows]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = at_least_one(), requires = "data")]
    pub season: Option<Vec<usize>>,
    /// Begin with the weights of a prior: its file, or the word prior for the built-in one
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["resume", "cell", "hidden", "layers"])]
    pub from: Option<PathBuf>,
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
    /// Factors on the width of intervals at the middles of the steps 1–6, 7–18 and 19–48; kept in prior.safetensors [default: those it has, else 1,1,1]
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    pub widths: Option<Vec<f64>>,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub threads: Option<usize>,
    #[command(flatten)]
    pub read: ReadArgs,
}
