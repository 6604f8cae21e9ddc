//! `gatewise forecast`: from a table to a forecast in one command.

use std::process::ExitCode;

use crate::args::ForecastArgs;
use crate::job::{Aim, Job};
use crate::settings::Settings;
use crate::talk::Talk;

pub fn run(args: &ForecastArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let settings = Settings::gather(&args.settings)?;
    let job = Job { aim: Aim::Forecast, data: &args.data, settings, from: None, talk, command: super::command_line() };
    job.start(args.run.as_deref(), args.output.as_deref())
}
