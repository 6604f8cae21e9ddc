//! The `gatewise` command.
#![forbid(unsafe_code)]

mod args;
mod arrays;
mod classify;
mod cli_error;
mod commands;
mod console;
mod data;
mod detect;
mod features;
mod job;
mod language;
mod model;
mod outputs;
mod prior;
mod progress;
mod run_folder;
mod settings;
mod table_file;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use gatewise::kernels::CountingAllocator;

use args::{Cli, Command, TrainCommand};
use cli_error::{CliError, Diagnostic};
use console::Console;

/// `gatewise bench` tells how much a run allocates.
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let console = Console::new(cli.console);
    cli.limit.apply();
    let ended = run(cli.command, console).and_then(|code| {
        if console::lost_events() {
            return Err(CliError::io("standard output: some events could not be written")
                .help("is the disk full? the rest of the work is done")
                .into());
        }
        Ok(code)
    });
    match ended {
        Ok(code) => code,
        Err(error) => {
            let diagnostic = Diagnostic::of(&error);
            console.failed(&diagnostic);
            diagnostic.status.into()
        }
    }
}

fn run(command: Command, console: Console) -> anyhow::Result<ExitCode> {
    outputs::check(&command)?;
    match command {
        Command::Forecast(args) => commands::forecast::run(&args, console),
        Command::Detect(args) => detect::run(&args, console),
        Command::Train(TrainCommand::Detect(args)) => detect::train(&args, console),
        Command::Train(TrainCommand::Forecast(args)) => commands::train::run(&args, console),
        Command::Train(TrainCommand::Language(args)) => language::run(&args, console),
        Command::Train(TrainCommand::Classify(args)) => classify::run(&args, gatewise::task::classify::Goal::Classes, console),
        Command::Train(TrainCommand::Regress(args)) => classify::run(&args, gatewise::task::classify::Goal::Values, console),
        Command::Train(TrainCommand::Prior(args)) => prior::train(&args, console),
        Command::Generate(args) => commands::generate::run(&args, console),
        Command::Score(args) => commands::score::run(&args, console),
        Command::Predict(args) => commands::predict::run(&args, console),
        Command::Features(args) => commands::features::run(&args, console),
        Command::Evaluate(args) => commands::evaluate::run(&args, console),
        Command::Export(args) => commands::export::run(&args, console),
        Command::Import(args) => commands::import::run(&args, console),
        Command::Inspect(args) => commands::inspect::run(&args, console),
        Command::Walk(args) => commands::walk::run(&args, console),
        Command::Demo(command) => commands::demo::run(&command, console),
        Command::Check(args) => commands::check::run(&args, console),
        Command::Synth(args) => commands::synth::run(&args, console),
        Command::Info => commands::info::run(console),
        Command::Bench(args) => commands::bench::run(&args, console),
        Command::Man { folder } => commands::man::run(folder.as_deref(), console),
        Command::Completions { shell } => commands::completions::run(shell, console),
    }
}
