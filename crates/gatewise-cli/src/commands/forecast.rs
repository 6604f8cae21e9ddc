//! `gatewise forecast`: from a table to a forecast in one command.

use std::process::ExitCode;

use crate::args::ForecastArgs;
use crate::console::Console;
use crate::job::{ForecastRun, Purpose};
use crate::settings;

pub fn run(args: &ForecastArgs, console: Console) -> anyhow::Result<ExitCode> {
    let settings = settings::merge(&args.run.source, &args.settings)?;
    let job = ForecastRun { aim: Purpose::Forecast, data: &args.run.data, settings, from: None, console, command: super::command_line() };
    job.start(args.run.run.as_deref(), args.run.output.as_deref())
}
