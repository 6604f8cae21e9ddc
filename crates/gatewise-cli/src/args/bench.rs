//! Flags of the speed measurement.

use clap::Args;
use gatewise::Cell;

use super::PrecisionName;
use super::parsers::{at_least_one, word};

/// What is measured.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Forward over a batch of sequences
    Infer,
    /// Zero gradients, forward, mean(y²), backward, Adam
    Train,
    /// One time step with carried state
    Step,
}

/// Lengths of the sequences of a batch.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lengths {
    /// All as long as --time
    Full,
    /// Spread evenly from 1 to --time
    Ragged,
}

/// Measure the speed of a recurrent layer; prints one JSON object.
#[derive(Args, Debug, Clone)]
pub struct BenchArgs {
    /// Recurrent cell
    #[arg(long, value_name = "CELL", default_value = "lstm", value_parser = word::<Cell>(&Cell::NAMES))]
    pub cell: Cell,
    /// What is measured
    #[arg(long, value_enum, default_value = "train")]
    pub mode: Mode,
    /// Sequences side by side
    #[arg(long, value_name = "B", default_value = "64", value_parser = at_least_one())]
    pub batch: usize,
    /// Time steps
    #[arg(long, value_name = "T", default_value = "100", value_parser = at_least_one())]
    pub time: usize,
    /// Input features
    #[arg(long, value_name = "I", default_value = "32", value_parser = at_least_one())]
    pub input: usize,
    /// Hidden units
    #[arg(long, value_name = "H", default_value = "128", value_parser = at_least_one())]
    pub hidden: usize,
    /// Layers
    #[arg(long, value_name = "L", default_value = "1", value_parser = at_least_one())]
    pub layers: usize,
    /// Two directions
    #[arg(long)]
    pub bidirectional: bool,
    /// Lengths of the sequences
    #[arg(long, value_enum, default_value = "full")]
    pub lengths: Lengths,
    /// How weights are held and multiplied: int8 is a quarter of the bytes, and faster where sequences run one by one; bf16 is half
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: PrecisionName,
    /// Threads
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one())]
    pub threads: usize,
    /// Shortest time to measure for
    #[arg(long, value_name = "SECONDS", default_value = "1")]
    pub seconds: f64,
    /// Print a table of usual shapes instead; with --json one object a line
    #[arg(long)]
    pub suite: bool,
}
