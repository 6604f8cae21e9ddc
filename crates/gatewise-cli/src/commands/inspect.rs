//! `gatewise inspect`: what a network remembers, and why.

mod compare;
mod subject;

use std::process::ExitCode;

use gatewise::Cpu;
use gatewise::probe;
use gatewise::task::subject::Subject;
use gatewise_report::inspect::{self, Inspected, Unit};

use crate::args::InspectArgs;
use crate::failure::{Failure, as_flags};
use crate::talk::Talk;

pub fn run(args: &InspectArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let cpu = super::cpu(args.settings.forecast.training.threads)?;
    let shown = match (&args.compare[..], &args.paths[..]) {
        ([], [model, data]) => {
            let (subject, unit) = subject::load(model, data, &args.settings.read, talk)?;
            vec![look(&cpu, ("model".to_owned(), subject, unit))]
        }
        ([], _) => {
            return Err(Failure::usage("inspect needs a model and data")
                .help("gatewise inspect MODEL DATA, or --compare rnn,gru,lstm DATA")
                .into());
        }
        (cells, [data]) => {
            let subjects = compare::train(cells, data, args, &cpu, talk)?;
            subjects.into_iter().map(|subject| look(&cpu, subject)).collect()
        }
        (..) => {
            return Err(Failure::usage("--compare trains its own networks")
                .help("give the data alone: gatewise inspect --compare rnn,gru,lstm DATA")
                .into());
        }
    };
    if talk.json() {
        shown.iter().for_each(|shown| talk.event(&shown.event()));
    } else {
        talk.print(&as_flags(&inspect::text(&shown)))?;
    }
    if let Some(path) = &args.output {
        super::demo::write_page(path, &inspect::page(&shown, super::command_line()), talk)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn look(cpu: &Cpu, (name, mut subject, unit): (String, Subject, Unit)) -> Inspected {
    let inspection = probe::inspect(cpu, &mut subject.model, &subject.batch, &subject.valid, &subject.loss);
    Inspected { name, unit, inspection }
}
