//! `gatewise walk`: a network unrolled over a sequence of the user's own.

mod learning;
mod model;
mod train;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use gatewise::walk::{Passage, Shown};
use gatewise_data::Corpus;
use gatewise_report::walk as report;

use crate::args::WalkArgs;
use crate::cli_error::{CliError, as_flags};
use crate::console::Console;
use crate::run_folder::write_atomically;

pub fn run(args: &WalkArgs, console: Console) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    let mut walk = match &args.model {
        Some(given) => model::walk(args, given, console)?,
        None => train::walk(args, console)?,
    };
    // The notes alone name settings; everything else may be the user's own words.
    walk.notes.iter_mut().for_each(|note| *note = as_flags(note).into_owned());
    if let Some(recall) = &mut walk.recall {
        recall.made_up.iter_mut().for_each(|note| *note = as_flags(note).into_owned());
    }
    if console.json() {
        report::events(&walk, &mut |event| console.event(event));
    } else {
        console.print(&report::text(&walk))?;
    }
    match &args.output {
        Some(path) => {
            let is_picture = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("svg"));
            let page = match is_picture {
                true => report::picture(&walk),
                false => report::page(&walk, &super::command_line(), lang(args), start.elapsed().as_secs_f64()),
            };
            write_atomically(path, page.as_bytes())?;
            console.info(format!("wrote {}", path.display()));
        }
        None => console.info("--output walk.html draws it, step by step"),
    }
    Ok(ExitCode::SUCCESS)
}

/// The language that the page opens in: the one asked for, else that of the system.
fn lang(args: &WalkArgs) -> &str {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let system = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
    match &args.lang {
        Some(lang) => lang,
        None if system.is_some_and(|name| name.starts_with("ko")) => "ko",
        None => "en",
    }
}

/// The text that is walked over; none where no text is given.
fn passage(args: &WalkArgs) -> Result<Option<Passage>, CliError> {
    match (&args.text, &args.data) {
        (Some(text), _) => Ok(Some(Passage::of(text.as_str()))),
        (None, Some(data)) => Ok(Some(Passage::read(&Corpus::open(data)?)?)),
        (None, None) => Ok(None),
    }
}

fn shown(args: &WalkArgs) -> Shown {
    Shown { from: args.from, steps: args.steps as usize }
}

/// Refuses settings that a walk over a table does not know.
fn check_table(args: &WalkArgs) -> Result<(), CliError> {
    if args.from.is_some() {
        return Err(CliError::usage("--from is for texts and labelled data; a table is shown up to its end").help("leave it out"));
    }
    Ok(())
}

/// Whether a file is a table, by its name: texts are everything else.
fn is_table(path: &Path) -> bool {
    const TABLES: [&str; 16] = [
        "csv", "tsv", "tab", "xlsx", "xls", "xlsb", "ods", "xlsm", "parquet", "pq", "arrow", "feather", "ipc", "arrows", "jsonl", "ndjson",
    ];
    let extension = |path: &Path| path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
    let packed = ["gz", "zst"].contains(&&extension(path)[..]);
    TABLES.contains(&&extension(&if packed { path.with_extension("") } else { path.to_owned() })[..])
}
