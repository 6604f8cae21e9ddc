//! Arrays in files: those that numpy saves, and tables of numbers.

mod npy;
mod npz;
mod text;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use gatewise::memory::Budget;
use gatewise_onnx::import::{Data, Tensor};

pub use npz::archive;

use crate::cli_error::CliError;

/// What is wrong with the bytes of a file, and what to do about it.
pub type Wrong = (String, &'static str);

/// An array of a file. Numbers are as they are there: halves in single precision, whole numbers in 64 bits, those of a table in double precision.
pub fn read(path: &Path) -> Result<Tensor, CliError> {
    let name = path.display();
    let io = |e: std::io::Error| CliError::io(format!("cannot read {name}: {e}")).help("is the file there, and readable?");
    let mut file = File::open(path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    // In memory numbers take up to four times their bytes: as text, as a number of 64 bits, and in the type that goes in.
    Budget::current().hold(&name, 4 * u128::from(size)).map_err(|e| CliError::usage(e.to_string()).help("raise ‹memory-limit›"))?;
    let mut bytes = Vec::new();
    file.by_ref().take(size).read_to_end(&mut bytes).map_err(io)?;
    let tensor = if bytes.starts_with(npy::MAGIC) { npy::parse(&bytes) } else { text::parse(&bytes) };
    tensor.map_err(|(problem, help)| CliError::data(format!("{name}: {problem}")).help(help))
}

/// A tensor as a file of numpy.
pub fn npy(tensor: &Tensor) -> Vec<u8> {
    npy::write(tensor)
}

/// A tensor of at most two axes as a table, whose columns are called after it.
pub fn table(name: &str, tensor: &Tensor) -> Option<Vec<u8>> {
    text::write(name, tensor)
}

/// The name of a tensor's type, as numpy has it.
pub fn type_of(tensor: &Tensor) -> &'static str {
    match tensor.data {
        Data::Float(_) => "float32",
        Data::Double(_) => "float64",
        Data::Int(_) => "int64",
        Data::Bool(_) => "bool",
    }
}
