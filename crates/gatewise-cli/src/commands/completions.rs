//! `gatewise completions`: a script for the shell.

use std::process::ExitCode;

use clap::CommandFactory;

use crate::args::Cli;
use crate::console::Console;

pub fn run(shell: clap_complete::Shell, console: Console) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "gatewise", &mut script);
    console.print(&String::from_utf8(script)?)?;
    Ok(ExitCode::SUCCESS)
}
