//! `gatewise train`: a model, and nothing forecast with it yet.

use std::process::ExitCode;

use crate::args::TrainForecastArgs;
use crate::cli_error::CliError;
use crate::console::Console;
use crate::job::{ForecastRun, Purpose};
use crate::settings;

pub fn run(args: &TrainForecastArgs, console: Console) -> anyhow::Result<ExitCode> {
    let command = super::command_line();
    if let Some(folder) = &args.run.resume {
        crate::settings::refuse_beside_resume(&args.settings, "train forecast")?;
        return ForecastRun::resume(folder, console, command);
    }
    let data = args
        .run
        .data
        .as_deref()
        .ok_or_else(|| CliError::usage("which table to learn from?").help("gatewise train forecast DATA --horizon N"))?;
    let settings = settings::merge(&args.run.source, &args.settings)?;
    ForecastRun { aim: Purpose::Train, data, settings, from: args.run.from.clone(), console, command }.start(args.run.run.as_deref(), None)
}
