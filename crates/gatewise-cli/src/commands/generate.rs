//! `gatewise generate`: text, as it is made.

use std::io::Read;
use std::process::ExitCode;
use std::time::Instant;

use gatewise::task::language::{Completion, Opening, Reason, Vocabulary, named};
use serde_json::json;

use crate::args::GenerateArgs;
use crate::args::precision::Chosen;
use crate::cli_error::CliError;
use crate::console::Console;

/// What stands between texts.
const SEPARATOR: &str = "---\n";

pub fn run(args: &GenerateArgs, console: Console) -> anyhow::Result<ExitCode> {
    let decoding = &args.decoding;
    let cpu = super::cpu(Some(args.threads))?;
    let mut loaded = crate::model::language(&args.model)?;
    let prompt = prompt(args)?;
    let symbols = encode(args, &loaded.vocabulary, &prompt, console)?;
    let (unit, adaptation) = (loaded.vocabulary.unit(), args.adaptation.settle(loaded.vocabulary.len()));
    let opening = Opening {
        prompt: &prompt,
        symbols: &symbols,
        adaptation,
        precision: args.precision.inference(console),
        load_state: args.load_state.as_deref(),
        saves_state: args.save_state.is_some(),
        ..Opening::default()
    };
    let mut generator = decoding.open(&mut loaded, &cpu, &opening).map_err(CliError::from)?;
    if adaptation.is_some() {
        console.info(format!("learned from the {} symbols of the prompt (--adapt)", symbols.len()));
    }
    let before = if args.no_prompt { "" } else { &prompt };
    let start = Instant::now();
    let written = decoding.write(&mut generator, before, &mut |piece| if console.json() { Ok(()) } else { console.print(piece) })?;
    let seconds = start.elapsed().as_secs_f64();
    if let Some(path) = &args.save_state {
        generator.save(path).map_err(|e| CliError::io(e.to_string()))?;
    }
    let all: usize = written.iter().map(|completion| completion.symbols).sum();
    let rate = if all > 0 { all as f64 / seconds } else { 0.0 };
    for (index, completion) in written.iter().enumerate() {
        let Completion { symbols, reason, found, .. } = completion;
        // A character that was begun is shown as such, unless it is kept to be ended later.
        let kept = args.save_state.is_some() && *reason == Reason::Length;
        let rest = if kept { "".into() } else { completion.rest(unit) };
        if console.json() {
            let text = format!("{}{rest}", completion.text);
            let (reason, stop) = match reason {
                Reason::Length => ("length", None),
                Reason::Stop(word) => ("stop", Some(word)),
            };
            let mut event = json!({"event": "text", "index": index, "prompt": prompt, "text": text, "symbols": symbols, "reason": reason,
                "stop": stop, "seconds": seconds, "symbols_per_second": rate});
            if let Some(found) = found {
                event["log_probability"] = found.log_probability.into();
                event["score"] = found.score.into();
            }
            console.event(&event);
        } else if decoding.is_told() {
            console.print(&format!("{rest}\n"))?;
        } else {
            let separator = if index > 0 { SEPARATOR } else { "" };
            console.print(&format!("{separator}{before}{}{rest}\n", completion.text))?;
        }
    }
    console.info(format!("{}, {rate:.0} a second{}", counted(all, &written), ended(&decoding.stop, &written)));
    Ok(ExitCode::SUCCESS)
}

fn counted(all: usize, written: &[Completion]) -> String {
    if written.len() == 1 { format!("{all} symbols") } else { format!("{all} symbols in {} texts", written.len()) }
}

/// Which of the strings to stop at were met.
fn ended(stop: &[String], written: &[Completion]) -> String {
    if stop.is_empty() {
        return String::new();
    }
    let met = |completion: &&Completion| completion.reason != Reason::Length;
    match (written.iter().filter(met).count(), written) {
        (0, _) => "; ended by length, none of the stop strings was met".to_owned(),
        (_, [Completion { reason: Reason::Stop(word), .. }]) => format!("; ended before {word:?}"),
        (met, _) => format!("; {met} ended before a stop string, {} by length", written.len() - met),
    }
}

fn prompt(args: &GenerateArgs) -> Result<String, CliError> {
    let Some(path) = &args.prompt_file else { return Ok(args.prompt.clone().unwrap_or_default()) };
    let shown = path.display();
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|held| bytes = held)
    };
    read.map_err(|e| CliError::io(format!("{shown}: {e}")))?;
    String::from_utf8(bytes).map_err(|e| CliError::data(format!("{shown}: byte {} is not UTF-8", e.utf8_error().valid_up_to())))
}

/// The symbols of a prompt; those that the model does not know are named.
fn encode(args: &GenerateArgs, vocabulary: &Vocabulary, prompt: &str, console: Console) -> Result<Vec<u32>, CliError> {
    let (symbols, unknown) = vocabulary.prompt(prompt, args.strict)?;
    if !unknown.is_empty() {
        console.event(&json!({"event": "unknown", "symbols": unknown}));
        let how = if vocabulary.rare().is_some() { "read as a rare word" } else { "left out of what it reads" };
        console.info(format!("note: the model does not know {}, {how} (--strict refuses)", named(&unknown)));
    }
    Ok(symbols)
}
