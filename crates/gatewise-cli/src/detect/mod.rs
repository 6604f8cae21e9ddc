//! `gatewise detect`, `train detect`, and what `predict` and `evaluate` do with a detector.

mod apply;
mod blocks;
mod chart;
mod file;
mod follow;
mod run;
mod settings;
mod table;
mod tell;
mod watch;

use std::process::ExitCode;

use crate::failure::{Failure, Status};
use crate::job::interrupt;
pub use apply::{evaluate, predict};
pub use file::is_detector;
pub use run::{run, train};
use watch::Found;

fn code(found: &Found, fail_on_anomaly: bool) -> ExitCode {
    if fail_on_anomaly && !found.events.is_empty() { Status::Anomaly.into() } else { ended() }
}

fn ended() -> ExitCode {
    if interrupt::asked() { Status::Interrupted.into() } else { ExitCode::SUCCESS }
}

fn usage(error: gatewise::task::detect::DetectError) -> Failure {
    Failure::usage(error.to_string())
}
