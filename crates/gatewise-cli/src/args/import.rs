//! Flags of `gatewise import`.

use std::path::PathBuf;

use clap::Args;

use super::parsers::at_least_one;

/// Say what a graph of ONNX holds, and run it: recurrent networks that PyTorch, Keras or another program has exported. Recurrent layers of the usual form
/// run on the kernels; an operator that is not supported is named.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise import model.onnx                                   what goes in, what comes out, what it consists of
  gatewise import model.onnx --input x=batch.npy -o y.npy      run it on an array that numpy has saved
  gatewise import model.onnx --input rows.csv                  the only input from a table of numbers; outputs as a table
  gatewise import model.onnx --input x=x.npy --input h0=h.npy -o all.npz")]
pub struct ImportArgs {
    /// A graph of ONNX; numbers of it may lie in files beside it
    #[arg(value_name = "FILE")]
    pub model: PathBuf,
    /// An array that goes in, for each input once: .npy, or a table of numbers (.csv) for two axes; NAME= may be left out where there is one input
    #[arg(long, value_name = "NAME=FILE")]
    pub input: Vec<String>,
    /// Where the outputs go: .npz takes all of them, .npy and .csv a single one
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub threads: Option<usize>,
}

impl ImportArgs {
    /// Names and files of the inputs; a name is none where it was left out.
    pub fn inputs(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        self.input.iter().map(|given| given.split_once('=').map_or((None, given.as_str()), |(name, file)| (Some(name), file)))
    }
}
