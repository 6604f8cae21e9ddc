//! One file a command.

pub mod bench;
pub mod check;
pub mod completions;
pub mod evaluate;
pub mod features;
pub mod forecast;
pub mod info;
pub mod predict;
pub mod train;

use gatewise::Cpu;

use crate::failure::Failure;

/// Cores this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The kernels with as many threads as asked for, else one a core.
pub fn cpu(threads: Option<usize>) -> Result<Cpu, Failure> {
    Cpu::new(threads.unwrap_or_else(cores)).map_err(Failure::usage)
}
