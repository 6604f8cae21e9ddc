//! `gatewise demo memory` and `adding`: four networks of equal size learn one problem alike.

mod outcome;
mod page;

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Instant;

use gatewise::Cpu;
use gatewise::demo::{Adding, Completion, Course, Demo, Event, Memory, Net, Problem, Trained, run};
use gatewise::train::Control;
use gatewise_report::{Figure, TableOf};
use serde_json::json;

use crate::args::{AddingArgs, DemoArgs, MemoryArgs};
use crate::failure::Failure;
use crate::job::interrupt;
use crate::talk::Talk;
use outcome::{equal, outcome, remark, shortened};
use page::page;

/// Fresh sequences at each distance, a multiple of those examined together.
const EXAMINED: usize = 600;
/// Filler of the sentence that is shown.
const SHOWN_GAP: usize = 100;
/// Steps between two lines of progress.
const SAID_EVERY: u64 = 500;

/// Gaps at which `demo memory` trains and examines, below the one asked for.
const GAPS: [usize; 6] = [1, 5, 10, 20, 50, 100];
/// Share of the steps over which `--curriculum` lets the gaps grow.
const CURRICULUM: f64 = 0.8;

/// Every gap up to the longest is drawn from the first step on, or the longest grows.
fn memory_course(steps: usize, curriculum: bool) -> Course {
    let growth = if curriculum { CURRICULUM } else { 0.0 };
    Course { steps: steps as u64, batch: 32, lr: 2e-3, clip_norm: 1.0, hidden: 64, growth, first: 1 }
}

/// Six hundred steps cannot be learnt at once: lengths grow, for all networks alike.
fn adding_course(steps: usize) -> Course {
    Course { steps: steps as u64, batch: 32, lr: 5e-3, clip_norm: 1.0, hidden: 64, growth: 0.6, first: 10 }
}

/// What one comparison says of itself.
struct Words {
    kind: &'static str,
    title: String,
    distance: &'static str,
    chance: String,
    /// How the networks were trained.
    training: String,
}

pub fn memory(args: &MemoryArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let problem = Memory::new(args.language);
    let words = Words {
        kind: "demo memory",
        title: format!("A word remembered over {} words", args.gap),
        distance: "words between",
        chance: format!("chance {:.1} %", 100.0 * problem.chance()),
        training: if args.curriculum {
            format!("One network of each kind, whose sentences grow to {} words of filler over its training.", args.gap)
        } else {
            "Each column has networks of its own, trained on sentences of up to so many words of filler.".to_string()
        },
    };
    let distances = distances(&GAPS, args.gap);
    let course = memory_course(args.steps, args.curriculum);
    let (results, seconds) = compare(&problem, course, distances.clone(), !args.curriculum, &args.demo, talk)?;
    let cpu = Cpu::with_isa(super::machine(&args.demo)?.0, 1);
    let mut results = results;
    let gap = args.gap.min(SHOWN_GAP);
    let completions: Vec<(Net, Completion)> =
        results.iter_mut().map(|r| (r.net, problem.complete(&cpu, &mut r.model, gap, args.demo.seed))).collect();
    for (net, completion) in &completions {
        talk.event(&json!({"event": "sentence", "net": net, "gap": gap, "completion": completion}));
    }
    let mut text = outcome(&results, &distances, &words);
    writeln!(text, "\n{}", remark(&results, &problem, args.curriculum))?;
    let mut sentences = Vec::new();
    if let Some((_, first)) = completions.first() {
        writeln!(text, "\n{}", shortened(&first.text))?;
    }
    for (net, c) in &completions {
        let right = if c.written == c.right { "right" } else { "wrong" };
        writeln!(text, "  {:<15} … {} {}   ({right}, {:.0} %)", net.name(), c.written, c.ending, 100.0 * c.probability)?;
        sentences.push(vec![
            net.name().to_string(),
            format!("… {} {}", c.written, c.ending),
            right.to_string(),
            format!("{:.1} %", 100.0 * c.probability),
        ]);
    }
    writeln!(text, "\n{} in {seconds:.0} s", equal(&results))?;
    if !talk.json() {
        talk.print(&text)?;
    }
    if let Some(path) = &args.demo.output {
        let mut page = page(&results, &distances, &words);
        page.figures.push(Figure {
            heading: "A sentence completed by each".to_string(),
            lead: completions.first().map_or(String::new(), |(_, c)| c.text.clone()),
            x_name: "",
            curves: Vec::new(),
            tables: vec![TableOf {
                caption: "Completions".to_string(),
                columns: ["network", "goes on", "", "its probability"].map(str::to_string).to_vec(),
                rows: sentences,
            }],
        });
        super::write_page(path, &page, talk)?;
    }
    Ok(ExitCode::SUCCESS)
}

pub fn adding(args: &AddingArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let problem = Adding;
    let longest = args.length.max(2);
    let words = Words {
        kind: "demo adding",
        title: format!("Two of {longest} numbers added"),
        distance: "length",
        chance: format!("chance {:.4}", Adding::CHANCE),
        training: format!("One network of each kind, whose sequences grow to {longest} steps over its training."),
    };
    let distances = distances(&[args.length / 8, args.length / 4, args.length / 2].map(|d| d.max(2)), longest);
    let (results, seconds) = compare(&problem, adding_course(args.steps), distances.clone(), false, &args.demo, talk)?;
    let mut text = outcome(&results, &distances, &words);
    writeln!(text, "\n{} in {seconds:.0} s", equal(&results))?;
    if !talk.json() {
        talk.print(&text)?;
    }
    if let Some(path) = &args.demo.output {
        super::write_page(path, &page(&results, &distances, &words), talk)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Those of `usual` below `longest`, and `longest`.
fn distances(usual: &[usize], longest: usize) -> Vec<usize> {
    let mut all: Vec<usize> = usual.iter().copied().filter(|&d| d < longest).collect();
    all.push(longest);
    all.dedup();
    all
}

fn compare(
    problem: &dyn Problem,
    course: Course,
    distances: Vec<usize>,
    apart: bool,
    args: &DemoArgs,
    talk: Talk,
) -> anyhow::Result<(Vec<Trained>, f64)> {
    let (isa, threads) = super::machine(args)?;
    interrupt::catch()?;
    let start = Instant::now();
    let demo = Demo { nets: Net::ALL.to_vec(), course, distances, apart, examined: EXAMINED, seed: args.seed };
    let results = run(&demo, problem, isa, threads, &mut |event| {
        tell(event, talk);
        if interrupt::asked() { Control::Stop } else { Control::Continue }
    })
    .map_err(|e| Failure::data(e.to_string()))?;
    if interrupt::asked() {
        return Err(Failure::io("interrupted before every network was trained").status(interrupt::status()).into());
    }
    Ok((results, start.elapsed().as_secs_f64()))
}

fn tell(event: &Event, talk: Talk) {
    talk.event(&serde_json::to_value(event).unwrap_or_default());
    match event {
        Event::Start { net, longest, parameters, hidden, steps } => {
            talk.say(format!("{:<15} up to {longest}: {parameters} parameters, {hidden} hidden units, {steps} steps", net.name()));
        }
        Event::Step { net, longest, step, loss, grad_norm, .. } if step.is_multiple_of(SAID_EVERY) => {
            talk.say(format!("{:<15} up to {longest}: step {step}, loss {loss:.4}, gradient {grad_norm:.2}", net.name()));
        }
        Event::NotFinite { net, longest, step } => {
            talk.say(format!("{:<15} up to {longest}: step {step}, the gradient is not finite; training ends here", net.name()))
        }
        Event::Trained { net, longest, seconds, clipped, .. } => {
            let clipped = 100.0 * clipped;
            talk.say(format!(
                "{:<15} up to {longest}: trained in {seconds:.1} s, gradient clipped in {clipped:.0} % of the steps",
                net.name()
            ));
        }
        _ => {}
    }
}
