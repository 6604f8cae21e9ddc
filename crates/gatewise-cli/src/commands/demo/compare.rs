//! `gatewise demo memory` and `adding`: four networks of equal size learn one problem alike.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Instant;

use gatewise::Cpu;
use gatewise::demo::{Adding, Completion, Course, Demo, Event, Memory, Net, Problem, Score, Trained, run};
use gatewise::probe::Flow;
use gatewise::train::Control;
use serde_json::json;

use crate::args::{AddingArgs, DemoArgs, MemoryArgs};
use crate::failure::{Failure, Status};
use crate::job::interrupt;
use crate::report::{Curve, Figure, Page, TableOf, figure_text};
use crate::talk::Talk;

/// Fresh sequences at each distance, a multiple of those examined together.
const EXAMINED: usize = 600;
/// Filler of the sentence that is shown.
const SHOWN_GAP: usize = 100;
/// Steps between two lines of progress.
const SAID_EVERY: u64 = 500;

/// Every distance is drawn from the first step on.
fn memory_course(steps: usize) -> Course {
    Course { steps: steps as u64, batch: 32, lr: 2e-3, clip_norm: 1.0, hidden: 64, growth: 0.0, first: 1 }
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
}

pub fn memory(args: &MemoryArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let problem = Memory::new(args.language, args.gap);
    let words = Words {
        kind: "demo memory",
        title: format!("A word remembered over {} words", args.gap),
        distance: "words between",
        chance: format!("chance {:.1} %", 100.0 * problem.chance()),
    };
    let distances = distances(&[1, 3, 10, 30, 100, 300], args.gap);
    let (results, seconds) = compare(&problem, memory_course(args.steps), distances.clone(), &args.demo, talk)?;
    let cpu = Cpu::with_isa(super::machine(&args.demo)?.0, 1);
    let mut results = results;
    let gap = args.gap.min(SHOWN_GAP);
    let completions: Vec<(Net, Completion)> =
        results.iter_mut().map(|r| (r.net, problem.complete(&cpu, &mut r.model, gap, args.demo.seed))).collect();
    for (net, completion) in &completions {
        talk.event(&json!({"event": "sentence", "net": net, "gap": gap, "completion": completion}));
    }
    let mut text = outcome(&results, &distances, &words);
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
    let problem = Adding::new(args.length);
    let words = Words {
        kind: "demo adding",
        title: format!("Two of {} numbers added", problem.longest()),
        distance: "length",
        chance: format!("chance {:.4}", Adding::CHANCE),
    };
    let distances = distances(&[args.length / 8, args.length / 4, args.length / 2].map(|d| d.max(2)), problem.longest());
    let (results, seconds) = compare(&problem, adding_course(args.steps), distances.clone(), &args.demo, talk)?;
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
    args: &DemoArgs,
    talk: Talk,
) -> anyhow::Result<(Vec<Trained>, f64)> {
    let (isa, threads) = super::machine(args)?;
    interrupt::catch()?;
    let start = Instant::now();
    let demo = Demo { nets: Net::ALL.to_vec(), course, distances, examined: EXAMINED, seed: args.seed };
    let results = run(&demo, problem, isa, threads, &mut |event| {
        tell(event, talk);
        if interrupt::asked() { Control::Stop } else { Control::Continue }
    })
    .map_err(|e| Failure::data(e.to_string()))?;
    if interrupt::asked() {
        return Err(Failure::io("interrupted before every network was trained").status(Status::Interrupted).into());
    }
    Ok((results, start.elapsed().as_secs_f64()))
}

fn tell(event: &Event, talk: Talk) {
    talk.event(&serde_json::to_value(event).unwrap_or_default());
    match event {
        Event::Start { net, parameters, hidden, steps } => {
            talk.say(format!("{:<15} {parameters} parameters, {hidden} hidden units, {steps} steps", net.name()));
        }
        Event::Step { net, step, loss, grad_norm, .. } if step.is_multiple_of(SAID_EVERY) => {
            talk.say(format!("{:<15} step {step}: loss {loss:.4}, gradient {grad_norm:.2}", net.name()));
        }
        Event::NotFinite { net, step } => {
            talk.say(format!("{:<15} step {step}: the gradient is not finite; training ends here", net.name()))
        }
        Event::Trained { net, seconds, clipped, .. } => {
            talk.say(format!("{:<15} trained in {seconds:.1} s, gradient clipped in {:.0} % of the steps", net.name(), 100.0 * clipped));
        }
        _ => {}
    }
}

fn cell(score: &Score) -> String {
    match score {
        Score::Choice { accuracy, .. } => format!("{:.1} %", 100.0 * accuracy),
        Score::Number { mse } => format!("{mse:.5}"),
    }
}

fn value(score: &Score) -> f64 {
    match *score {
        Score::Choice { accuracy, .. } => accuracy,
        Score::Number { mse } => mse,
    }
}

fn half_life(flow: &Flow) -> String {
    flow.half_life.map_or("beyond".to_string(), |lag| format!("{lag:.1}"))
}

/// The scores by distance, and what is left of the gradient.
fn outcome(results: &[Trained], distances: &[usize], words: &Words) -> String {
    let measure = measure(results);
    let mut text = format!("{measure} by {} ({})\n{:<15}", words.distance, words.chance, "");
    for distance in distances {
        text += &format!(" {distance:>9}");
    }
    for r in results {
        text += &format!("\n{:<15}", r.net.name());
        for score in &r.scores {
            text += &format!(" {:>9}", cell(score));
        }
    }
    if results.iter().any(|r| matches!(r.scores.first(), Some(Score::Choice { .. }))) {
        text += "\n\nprobability of the right word";
        for r in results {
            text += &format!("\n{:<15}", r.net.name());
            for score in &r.scores {
                if let Score::Choice { probability, .. } = score {
                    text += &format!(" {probability:>9.4}");
                }
            }
        }
    }
    text += "\n\ngradient of the last step's loss, on its way back";
    text += &format!("\n{:<15} {:>22} {:>22} {:>24}", "", "share left, untrained", "share left, trained", "half-life in steps");
    for r in results {
        text += &format!(
            "\n{:<15} {:>22} {:>22} {:>24}",
            r.net.name(),
            format!("{:.1e}", r.flow_at_start.share_left()),
            format!("{:.1e}", r.flow.share_left()),
            half_life(&r.flow)
        );
    }
    text + "\n"
}

fn measure(results: &[Trained]) -> &'static str {
    match results.first().and_then(|r| r.scores.first()) {
        Some(Score::Number { .. }) => "mean squared error",
        _ => "accuracy",
    }
}

fn equal(results: &[Trained]) -> String {
    let sizes: Vec<String> = results.iter().map(|r| r.model.params().values.len().to_string()).collect();
    format!("parameters {}, equal steps and sequences", sizes.join(", "))
}

/// The first and the last words of a long text.
fn shortened(text: &str) -> String {
    const WORDS: usize = 10;
    let words: Vec<&str> = text.split(' ').collect();
    if words.len() <= 2 * WORDS {
        return text.to_string();
    }
    format!("{} … ({} words) … {}", words[..WORDS].join(" "), words.len() - 2 * WORDS, words[words.len() - WORDS..].join(" "))
}

/// How each network is drawn.
fn class(net: Net) -> &'static str {
    match net {
        Net::Rnn => "baseline",
        Net::RnnOrthogonal => "second",
        Net::Gru => "truth",
        Net::Lstm => "model",
    }
}

fn flow_curves(results: &[Trained], flow: fn(&Trained) -> &Flow) -> Vec<Curve> {
    let curve = |r: &Trained| {
        let shares = flow(r).shares().into_iter().enumerate();
        Curve::line(class(r.net), r.net.name(), shares.map(|(k, share)| (k as f64, share)).collect())
    };
    results.iter().map(curve).collect()
}

fn page(results: &[Trained], distances: &[usize], words: &Words) -> Page {
    let at_longest: Vec<String> = results.iter().filter_map(|r| Some(format!("{} {}", r.net.name(), cell(r.scores.last()?)))).collect();
    let by_distance = Figure {
        heading: format!("{} by {}", capital(measure(results)), words.distance),
        lead: format!("On {EXAMINED} fresh sequences at each distance; {}.", words.chance),
        x_name: words.distance,
        curves: results
            .iter()
            .map(|r| Curve::line(class(r.net), r.net.name(), distances.iter().zip(&r.scores).map(|(&d, s)| (d as f64, value(s))).collect()))
            .collect(),
        tables: vec![TableOf {
            caption: format!("{} by {}", capital(measure(results)), words.distance),
            columns: std::iter::once("network".to_string()).chain(distances.iter().map(usize::to_string)).collect(),
            rows: results.iter().map(|r| std::iter::once(r.net.name().to_string()).chain(r.scores.iter().map(cell)).collect()).collect(),
        }],
    };
    let lead = |when: &str| {
        format!(
            "The share of the last step's gradient that reaches k steps back, {when}: ‖∂L/∂h‖ at T − k over that at T, of the LSTM ‖∂L/∂c‖."
        )
    };
    let flow = |heading: &str, when: &str, of: fn(&Trained) -> &Flow| Figure {
        heading: heading.to_string(),
        lead: lead(when),
        x_name: "steps back",
        curves: flow_curves(results, of),
        tables: vec![TableOf {
            caption: "Gradient by lag".to_string(),
            columns: ["network", "share left", "half-life", "factor a step"].map(str::to_string).to_vec(),
            rows: results
                .iter()
                .map(|r| vec![r.net.name().to_string(), format!("{:.1e}", of(r).share_left()), half_life(of(r)), figure_text(of(r).factor)])
                .collect(),
        }],
    };
    Page {
        kind: words.kind.to_string(),
        title: words.title.clone(),
        verdict: format!(
            "{} at {} {}: {}; {}.",
            capital(measure(results)),
            distances.last().unwrap_or(&0),
            words.distance,
            at_longest.join(", "),
            words.chance
        ),
        facts: results.iter().map(|r| (r.net.name().to_string(), format!("{} parameters", r.model.params().values.len()))).collect(),
        command: crate::commands::command_line(),
        figures: vec![
            flow("Gradient flow by lag, trained", "after training", |r| &r.flow),
            by_distance,
            flow("Gradient flow by lag, before training", "at the start", |r| &r.flow_at_start),
        ],
        ..Page::default()
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
