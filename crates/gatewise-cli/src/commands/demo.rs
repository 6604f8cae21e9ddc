//! `gatewise demo`: the textbook effects, measured.

mod compare;
mod power;

use std::path::Path;
use std::process::ExitCode;

use gatewise::Isa;
use gatewise_report::{Page, render_page, render_picture};

use crate::args::{DemoArgs, DemoCommand};
use crate::cli_error::{CliError, as_flags};
use crate::console::Console;
use crate::run_folder::write_atomically;

pub fn run(command: &DemoCommand, console: Console) -> anyhow::Result<ExitCode> {
    match command {
        DemoCommand::Vanishing(args) => power::run(&args.demo, power::VANISHING, console),
        DemoCommand::Exploding(args) => power::run(&args.demo, power::EXPLODING, console),
        DemoCommand::Memory(args) => compare::memory(args, console),
        DemoCommand::Adding(args) => compare::adding(args, console),
    }
}

/// The kernels that run, and how many networks at once.
fn machine(args: &DemoArgs) -> Result<(Isa, usize), CliError> {
    Ok((Isa::from_env().map_err(CliError::usage)?, args.threads.unwrap_or_else(super::cores)))
}

/// Writes the page, or its first picture where the name ends in .svg.
pub fn write_page(path: &Path, page: &Page, console: Console) -> anyhow::Result<()> {
    let is_picture = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("svg"));
    let text = if is_picture { render_picture(page) } else { render_page(page) };
    write_atomically(path, as_flags(&text).as_bytes())?;
    console.info(format!("wrote {}", path.display()));
    Ok(())
}
