//! Flags of `gatewise export`.

use std::path::PathBuf;

use clap::Args;

/// Write a trained model as a graph of ONNX, which other programs run: its networks, with the scaling of what they read and the meaning of what they
/// say. What of the model's answers is not in the graph is said.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise export runs/airline-passengers-1 -o airline.onnx
  gatewise export runs/novel-1/model.safetensors -o novel.onnx --json
  gatewise export runs/hosts-1 --series web-3 -o web-3.onnx")]
pub struct ExportArgs {
    /// Model file or run folder
    pub model: PathBuf,
    /// Where the graph goes
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: PathBuf,
    /// Of a detector of several series: the one whose network is written
    #[arg(long, value_name = "NAME")]
    pub series: Option<String>,
}
