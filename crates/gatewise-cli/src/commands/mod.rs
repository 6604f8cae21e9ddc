//! One file a command.

pub mod bench;
pub mod check;
mod check_write;
pub mod completions;
pub mod demo;
pub mod evaluate;
mod evaluate_page;
pub mod export;
pub mod features;
pub mod forecast;
pub mod generate;
pub mod import;
pub mod info;
pub mod inspect;
pub mod man;
pub mod predict;
pub mod score;
pub mod synth;
pub mod train;
pub mod walk;

use gatewise::{Cpu, Precision};

use crate::cli_error::CliError;

/// Cores this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The kernels with as many threads as asked for, else one a core.
pub fn cpu(threads: Option<usize>) -> Result<Cpu, CliError> {
    gatewise::threads::cpu(threads.unwrap_or_else(cores)).map_err(CliError::usage)
}

/// The kernels that run, and on how many threads.
pub fn kernels(cpu: &Cpu, precision: Precision) -> String {
    format!("{}, threads: {}", cpu.isa().with_products(precision), cpu.threads())
}

/// The time of a report.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The command line as it could be typed again.
pub fn command_line() -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    let quote = |arg: String| if !arg.is_empty() && arg.chars().all(plain) { arg } else { format!("'{}'", arg.replace('\'', "'\\''")) };
    let args = std::env::args_os().skip(1).map(|arg| quote(arg.to_string_lossy().into_owned()));
    std::iter::once("gatewise".to_string()).chain(args).collect::<Vec<_>>().join(" ")
}
