//! `gatewise demo memory` and `adding`: networks of equal size learn one problem alike.

use std::process::ExitCode;
use std::time::Instant;

use gatewise::Cpu;
use gatewise::demo::{Adding, Demo, Form, Memory, Problem, Trained, run};
use gatewise::train::Control;
use gatewise_report::demo::{Comparison, form_event, form_text, recall_events, told};

use crate::args::{AddingArgs, DemoArgs, MemoryArgs};
use crate::cli_error::{CliError, as_flags};
use crate::commands::command_line;
use crate::console::Console;
use crate::job::interrupt;

/// Filler of the sentence that is shown.
const SHOWN_GAP: usize = 100;

pub fn memory(args: &MemoryArgs, console: Console) -> anyhow::Result<ExitCode> {
    let form = match (&args.sentence, &args.key, &args.answer) {
        (Some(sentence), Some(key), Some(answer)) => {
            Form::new(sentence, key, answer, args.others.as_deref()).map_err(|e| CliError::usage(e.to_string()))?
        }
        _ => Form::built_in(args.language),
    };
    let problem = Memory::of_form(form);
    console.event(&form_event(&problem));
    console.info(form_text(problem.form()));
    let demo = Demo::memory(&args.cells, args.gap, args.steps, args.curriculum, args.demo.seed);
    let (mut results, seconds) = train(&problem, &demo, &args.demo, console)?;
    let short = demo.without_filler();
    let (mut read_on, more) = train(&problem, &short, &args.demo, console)?;
    let cpu = Cpu::with_isa(super::machine(&args.demo)?.0, 1);
    let gap = args.gap.min(SHOWN_GAP);
    let [whole, reading] = [&mut results, &mut read_on].map(|networks| problem.read(&cpu, networks, gap));
    for event in recall_events(&whole, demo.taught).into_iter().chain(recall_events(&reading, short.taught)) {
        console.event(&event);
    }
    let comparison = Comparison::memory(&demo, &problem, &results, &read_on, [&whole, &reading]);
    show(&comparison, seconds + more, &args.demo, console)
}

pub fn adding(args: &AddingArgs, console: Console) -> anyhow::Result<ExitCode> {
    let demo = Demo::adding(&args.cells, args.length, args.steps, args.demo.seed);
    let (results, seconds) = train(&Adding, &demo, &args.demo, console)?;
    show(&Comparison::adding(&demo, &results), seconds, &args.demo, console)
}

fn show(comparison: &Comparison<'_>, seconds: f64, args: &DemoArgs, console: Console) -> anyhow::Result<ExitCode> {
    if !console.json() {
        console.print(&as_flags(&comparison.text(seconds)))?;
    }
    if let Some(path) = &args.output {
        super::write_page(path, &comparison.page(command_line()), console)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn train(problem: &dyn Problem, demo: &Demo, args: &DemoArgs, console: Console) -> anyhow::Result<(Vec<Trained>, f64)> {
    let (isa, threads) = super::machine(args)?;
    interrupt::catch()?;
    let start = Instant::now();
    let results = run(demo, problem, isa, threads, &mut |event| {
        console.event(&serde_json::to_value(event).unwrap_or_default());
        told(event).iter().for_each(|line| console.info(line));
        if interrupt::asked() { Control::Stop } else { Control::Continue }
    })
    .map_err(|e| CliError::data(e.to_string()))?;
    if interrupt::asked() {
        return Err(CliError::io("interrupted before every network was trained").status(interrupt::status()).into());
    }
    Ok((results, start.elapsed().as_secs_f64()))
}
