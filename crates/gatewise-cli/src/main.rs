//! The `gatewise` command.
#![forbid(unsafe_code)]

mod args;
mod classify;
mod commands;
mod data;
mod detect;
mod failure;
mod features;
mod job;
mod language;
mod model;
mod outputs;
mod progress;
mod run_folder;
mod settings;
mod talk;

use std::process::ExitCode;

use clap::Parser;

use gatewise::kernels::CountingAllocator;

use args::{Cli, Command, TrainCommand};
use failure::{Failure, Obituary};
use talk::Talk;

/// `gatewise bench` tells how much a run allocates.
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let talk = Talk::new(cli.talk);
    cli.limit.apply();
    let ended = run(cli.command, talk).and_then(|code| {
        if talk::lost_events() {
            return Err(Failure::io("standard output: some events could not be written")
                .help("is the disk full? the rest of the work is done")
                .into());
        }
        Ok(code)
    });
    match ended {
        Ok(code) => code,
        Err(error) => {
            let obituary = Obituary::of(&error);
            talk.failed(&obituary);
            obituary.status.into()
        }
    }
}

fn run(command: Command, talk: Talk) -> anyhow::Result<ExitCode> {
    outputs::check(&command)?;
    match command {
        Command::Forecast(args) => commands::forecast::run(&args, talk),
        Command::Detect(args) => detect::run(&args, talk),
        Command::Train(TrainCommand::Detect(args)) => detect::train(&args, talk),
        Command::Train(TrainCommand::Forecast(args)) => commands::train::run(&args, talk),
        Command::Train(TrainCommand::Language(args)) => language::run(&args, talk),
        Command::Train(TrainCommand::Classify(args)) => classify::run(&args, gatewise::task::classify::Goal::Classes, talk),
        Command::Train(TrainCommand::Regress(args)) => classify::run(&args, gatewise::task::classify::Goal::Values, talk),
        Command::Generate(args) => commands::generate::run(&args, talk),
        Command::Score(args) => commands::score::run(&args, talk),
        Command::Predict(args) => commands::predict::run(&args, talk),
        Command::Features(args) => commands::features::run(&args, talk),
        Command::Evaluate(args) => commands::evaluate::run(&args, talk),
        Command::Inspect(args) => commands::inspect::run(&args, talk),
        Command::Demo(command) => commands::demo::run(&command, talk),
        Command::Check(args) => commands::check::run(&args, talk),
        Command::Info => commands::info::run(talk),
        Command::Bench(args) => commands::bench::run(&args, talk),
        Command::Man { folder } => commands::man::run(folder.as_deref(), talk),
        Command::Completions { shell } => commands::completions::run(shell, talk),
    }
}
