//! `gatewise detect`, `train detect`, and what `predict` and `evaluate` do with a detector.

mod apply;
mod file;
mod follow;
mod run;
mod settings;
mod table;
mod tell;
mod watch;

use std::path::Path;
use std::process::ExitCode;

use gatewise::task::detect::DetectError;
use gatewise_data::{RowReader, Spans};

use crate::cli_error::{CliError, Status};
use crate::job::interrupt;
pub use apply::{evaluate, predict};
pub use run::{run, train};
use watch::ScanResult;

fn code(found: &ScanResult, fail_on_anomaly: bool) -> ExitCode {
    if fail_on_anomaly && !found.events.is_empty() { Status::Anomaly.into() } else { ended() }
}

fn ended() -> ExitCode {
    if interrupt::asked() { interrupt::status().into() } else { ExitCode::SUCCESS }
}

fn usage(error: DetectError) -> CliError {
    CliError::usage(error.to_string())
}

/// Reads the file of known maintenance, where there is one.
fn spans(reader: &RowReader, path: Option<&Path>) -> Result<Option<Spans>, CliError> {
    Ok(path.map(|path| reader.read_spans(path)).transpose()?)
}
