//! `gatewise demo`: the textbook effects, measured.

mod compare;
mod power;

use std::path::Path;
use std::process::ExitCode;

use gatewise::Isa;
use gatewise_report::{Page, render_page, render_picture};

use crate::args::{DemoArgs, DemoCommand};
use crate::failure::{Failure, as_flags};
use crate::run_folder::write_atomically;
use crate::talk::Talk;

pub fn run(command: &DemoCommand, talk: Talk) -> anyhow::Result<ExitCode> {
    match command {
        DemoCommand::Vanishing(args) => power::run(&args.demo, power::VANISHING, talk),
        DemoCommand::Exploding(args) => power::run(&args.demo, power::EXPLODING, talk),
        DemoCommand::Memory(args) => compare::memory(args, talk),
        DemoCommand::Adding(args) => compare::adding(args, talk),
    }
}

/// The kernels that run, and how many networks at once.
fn machine(args: &DemoArgs) -> Result<(Isa, usize), Failure> {
    Ok((Isa::from_env().map_err(Failure::usage)?, args.threads.unwrap_or_else(super::cores)))
}

/// Writes the page, or its first picture where the name ends in .svg.
pub fn write_page(path: &Path, page: &Page, talk: Talk) -> anyhow::Result<()> {
    let is_picture = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("svg"));
    let text = if is_picture { render_picture(page) } else { render_page(page) };
    write_atomically(path, as_flags(&text).as_bytes())?;
    talk.say(format!("wrote {}", path.display()));
    Ok(())
}
