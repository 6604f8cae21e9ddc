//! `gatewise train`: a model, and nothing forecast with it yet.

use std::process::ExitCode;

use crate::args::TrainForecastArgs;
use crate::failure::Failure;
use crate::job::{Aim, Job};
use crate::settings;
use crate::talk::Talk;

pub fn run(args: &TrainForecastArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let command = super::command_line();
    if let Some(folder) = &args.run.resume {
        crate::settings::refuse_beside_resume(&args.settings, "train forecast")?;
        return Job::resume(folder, talk, command);
    }
    let data = args
        .run
        .data
        .as_deref()
        .ok_or_else(|| Failure::usage("which table to learn from?").help("gatewise train forecast DATA --horizon N"))?;
    let settings = settings::gather(&args.run.source, &args.settings)?;
    Job { aim: Aim::Train, data, settings, from: args.run.from.clone(), talk, command }.start(args.run.run.as_deref(), None)
}
