//! `gatewise check`: what a table holds and what is wrong with it.

use std::process::ExitCode;

use gatewise_data::{ReadOptions, inspect_table};
use gatewise_report::data::Checked;

use super::check_write;
use crate::args::CheckArgs;
use crate::cli_error::{CliError, Status, as_flags};
use crate::console::Console;

pub fn run(args: &CheckArgs, console: Console) -> anyhow::Result<ExitCode> {
    if crate::classify::apply::is_about_items(&args.data, &args.items) {
        return crate::classify::apply::check(&args.data, &args.read.table, &args.items, console);
    }
    if let Some(out) = &args.write {
        check_write::refuse_input(&args.data, out)?;
    }
    let options = args.read.options(ReadOptions::default());
    let (dataset, findings) = inspect_table(&args.data, &options).map_err(CliError::from)?;
    let path = args.data.display().to_string();
    let checked = Checked { path: &path, dataset: dataset.as_ref(), findings: &findings };
    let errors = checked.errors();
    if console.json() {
        checked.events().iter().for_each(|event| console.event(event));
    } else {
        console.print_findings(&as_flags(&checked.text()))?;
    }
    match (&args.write, &dataset) {
        (Some(out), Some(dataset)) if errors == 0 => check_write::write(dataset, out, console)?,
        (Some(out), _) => console.info(format!("{} is not written: the errors come first", out.display())),
        (None, _) => {}
    }
    Ok(if errors > 0 { Status::Data.into() } else { ExitCode::SUCCESS })
}
