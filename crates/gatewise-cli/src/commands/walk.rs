//! `gatewise walk`: a network unrolled over a sequence of the user's own.

mod train;

use std::process::ExitCode;
use std::time::Instant;

use gatewise::walk::{self, Passage, Shown, Walk};
use gatewise_data::Corpus;
use gatewise_report::walk as report;

use crate::args::WalkArgs;
use crate::cli_error::{CliError, as_flags};
use crate::console::Console;
use crate::model::{language_of, open};
use crate::run_folder::write_atomically;

pub fn run(args: &WalkArgs, console: Console) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    let walk = match &args.model {
        Some(model) => of_model(args, model, console)?,
        None => train::walk_over(args, &passage(args)?, console)?,
    };
    if console.json() {
        report::events(&walk, &mut |event| console.event(event));
    } else {
        console.print(&as_flags(&report::text(&walk)))?;
    }
    if let Some(path) = &args.output {
        let command = super::command_line();
        let data = report::data(&walk, &command, lang(args), Some(start.elapsed().as_secs_f64()));
        write_atomically(path, data.to_string().as_bytes())?;
        console.info(format!("wrote {}", path.display()));
    } else {
        console.info("‹output› walk.html draws it, step by step");
    }
    Ok(ExitCode::SUCCESS)
}

/// The language that the page opens in: the one asked for, else that of the system.
fn lang(args: &WalkArgs) -> &str {
    let system = || ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    match &args.lang {
        Some(lang) => lang,
        None if system().is_some_and(|name| name.starts_with("ko")) => "ko",
        None => "en",
    }
}

/// The text that is walked over.
fn passage(args: &WalkArgs) -> Result<Passage, CliError> {
    match (&args.text, &args.data) {
        (Some(text), _) => Ok(Passage::of(text.as_str())),
        (None, Some(data)) => Ok(Passage::read(&Corpus::open(data)?)?),
        (None, None) => Err(CliError::usage("a walk needs a text or data").help("--text 'a sentence of your own', or --data FILE")),
    }
}

fn shown(args: &WalkArgs) -> Shown {
    Shown { from: args.from, steps: args.steps as usize }
}

fn of_model(args: &WalkArgs, model: &std::path::Path, console: Console) -> Result<Walk, CliError> {
    let file = open(model)?;
    let task = file.task();
    if task != "language" {
        return Err(CliError::usage(format!("{}: a model for {task}, and not for texts", model.display())).help("give a language model"));
    }
    let _ = console;
    let language = language_of(file)?;
    let cpu = super::cpu(args.threads)?;
    let name = language.model.config().cell.spec().name.to_owned();
    let mut networks = vec![(name, language.model)];
    Ok(walk::walk(&cpu, &mut networks, &language.vocabulary, &passage(args)?, shown(args))?)
}
