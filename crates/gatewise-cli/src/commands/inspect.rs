//! `gatewise inspect`: what a network remembers, and why.

mod compare;
mod subject;

use std::process::ExitCode;

use gatewise::Cpu;
use gatewise::probe;
use gatewise::task::subject::Subject;
use gatewise_report::inspect::{self, Inspected, Unit};

use crate::args::InspectArgs;
use crate::cli_error::{CliError, as_flags};
use crate::console::Console;

pub fn run(args: &InspectArgs, console: Console) -> anyhow::Result<ExitCode> {
    let cpu = super::cpu(args.settings.forecast.training.threads)?;
    let shown = match (&args.compare[..], &args.paths[..]) {
        ([], [model, data]) => {
            let (subject, unit) = subject::load(model, data, &args.settings.read, &args.items, console)?;
            vec![look(&cpu, ("model".to_owned(), subject, unit))]
        }
        ([], _) => {
            return Err(CliError::usage("inspect needs a model and data")
                .help("gatewise inspect MODEL DATA, or --compare rnn,gru,lstm DATA")
                .into());
        }
        (cells, [data]) => {
            let subjects = compare::train(cells, data, args, &cpu, console)?;
            subjects.into_iter().map(|subject| look(&cpu, subject)).collect()
        }
        (..) => {
            return Err(CliError::usage("--compare trains its own networks")
                .help("give the data alone: gatewise inspect --compare rnn,gru,lstm DATA")
                .into());
        }
    };
    if console.json() {
        shown.iter().for_each(|shown| console.event(&shown.event()));
    } else {
        console.print(&as_flags(&inspect::text(&shown)))?;
    }
    if let Some(path) = &args.output {
        super::demo::write_page(path, &inspect::page(&shown, super::command_line()), console)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn look(cpu: &Cpu, (name, mut subject, unit): (String, Subject, Unit)) -> Inspected {
    let inspection = probe::inspect(cpu, &mut subject.model, &subject.batch, &subject.valid, &subject.loss);
    Inspected { name, unit, inspection }
}
