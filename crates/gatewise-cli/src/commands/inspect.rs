//! `gatewise inspect`: what a network remembers, and why.

mod compare;
mod subject;

use std::process::ExitCode;

use gatewise::probe;
use gatewise_report::inspect::{self, Inspected};

use crate::args::InspectArgs;
use crate::failure::{Failure, as_flags};
use crate::talk::Talk;
use subject::Subject;

pub fn run(args: &InspectArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let cpu = super::cpu(args.settings.forecast.training.threads)?;
    let shown = match (&args.compare[..], &args.paths[..]) {
        ([], [model, data]) => {
            let mut subject = Subject::load(model, data, &args.settings.read, talk)?;
            vec![look(&cpu, &mut subject)]
        }
        ([], _) => {
            return Err(Failure::usage("inspect needs a model and data")
                .help("gatewise inspect MODEL DATA, or --compare rnn,gru,lstm DATA")
                .into());
        }
        (cells, [data]) => {
            let mut subjects = compare::train(cells, data, args, &cpu, talk)?;
            subjects.iter_mut().map(|subject| look(&cpu, subject)).collect()
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

fn look(cpu: &gatewise::Cpu, subject: &mut Subject) -> Inspected {
    let inspection = probe::inspect(cpu, &mut subject.model, &subject.batch, &subject.valid, &subject.loss);
    Inspected { name: subject.name.clone(), unit: subject.unit, inspection }
}
