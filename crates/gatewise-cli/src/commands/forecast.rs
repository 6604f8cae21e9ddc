//! `gatewise forecast`: from a table to a forecast in one command.

use std::process::ExitCode;

use crate::args::ForecastArgs;
use crate::job::{Aim, Job};
use crate::settings;
use crate::talk::Talk;

pub fn run(args: &ForecastArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let settings = settings::gather(&args.run.source, &args.settings)?;
    let job = Job { aim: Aim::Forecast, data: &args.run.data, settings, from: None, talk, command: super::command_line() };
    job.start(args.run.run.as_deref(), args.run.output.as_deref())
}
