//! `gatewise generate`: text, as it is made.

use std::io::Read;
use std::process::ExitCode;
use std::time::Instant;

use gatewise::task::language::{Completion, Ids, LanguageError, LanguageModel, Reason, Recollection, Unit, Unknown, Vocabulary};
use gatewise::{Cpu, Precision};
use gatewise_report::language::named;
use serde_json::json;

use crate::args::GenerateArgs;
use crate::args::precision::Chosen;
use crate::cli_error::CliError;
use crate::console::Console;

/// What stands between texts.
const SEPARATOR: &str = "---\n";

pub fn run(args: &GenerateArgs, console: Console) -> anyhow::Result<ExitCode> {
    let decoding = &args.decoding;
    check_state(args)?;
    let cpu = super::cpu(Some(args.threads))?;
    let mut loaded = crate::model::language(&args.model)?;
    let place = args.model.display().to_string();
    let prompt = prompt(args)?;
    let symbols = encode(args, &loaded.vocabulary, &prompt, console)?;
    let precision = args.precision.inference(console);
    let recollection = adapted(args, &mut loaded, &cpu, &symbols, precision, console)?;
    let LanguageModel { model, vocabulary } = &mut loaded;
    model.set_precision(precision);
    let mut generator = decoding.generator(model, vocabulary, &cpu).map_err(|e| CliError::from(e.about(&place)))?;
    recollection.into_iter().for_each(|recollection| generator.recall(recollection));
    if let Some(path) = &args.load_state {
        let damaged = |e: gatewise::error::FormatError| {
            CliError::data(e.to_string()).help("give a file that --save-state wrote, with the same model")
        };
        generator.resume(path, decoding.seed.is_none()).map_err(damaged)?;
    }
    generator.read(&symbols);
    generator.behind(&prompt);
    let before = if args.no_prompt { "" } else { &prompt };
    let (unit, start) = (vocabulary.unit(), Instant::now());
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
        let rest = if kept { "".into() } else { String::from_utf8_lossy(&completion.unfinished) };
        // The space that the next token is due is none of the text's.
        let rest = if unit == Unit::Token { "" } else { &*rest };
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

/// Has the model learn from the prompt, if it is to.
fn adapted(
    args: &GenerateArgs,
    model: &mut LanguageModel,
    cpu: &Cpu,
    symbols: &[u32],
    precision: Precision,
    console: Console,
) -> Result<Option<Recollection>, CliError> {
    let Some(settings) = args.adaptation.settle(model.vocabulary.len()) else { return Ok(None) };
    let conflicts = [
        ("--precision rounds them", precision != Precision::F32),
        ("--save-state keeps none", args.save_state.is_some()),
        ("--load-state has none", args.load_state.is_some()),
    ];
    if let Some((why, _)) = conflicts.into_iter().find(|(_, given)| *given) {
        return Err(CliError::usage(format!("--adapt changes the weights, and {why}")).help("leave out one of them"));
    }
    if symbols.len() < 2 {
        let help = "give --prompt or --prompt-file, or leave out --adapt";
        return Err(CliError::usage("--adapt learns from the prompt, which has fewer than two symbols that the model knows").help(help));
    }
    let learned =
        model.adapt(cpu, &Ids::of(model.vocabulary.len(), symbols), settings).map_err(|e| CliError::from(e.about("the prompt")))?;
    console.info(format!("learned from the {} symbols of the prompt (--adapt)", symbols.len()));
    Ok(Some(learned))
}

/// A state is that of one text.
fn check_state(args: &GenerateArgs) -> Result<(), CliError> {
    let (count, beams) = (args.decoding.count(), args.decoding.beams);
    for (flag, given) in [("--save-state", args.save_state.is_some()), ("--load-state", args.load_state.is_some())] {
        if given && count > 1 {
            let message = format!("{flag} is for one text, and --count {count} writes {count}");
            return Err(CliError::usage(message).help(format!("leave out --count, or {flag}")));
        }
    }
    if let (Some(_), Some(beams)) = (&args.save_state, beams) {
        let message = format!("--save-state is for a text that is drawn, and --beams {beams} looks for one");
        return Err(CliError::usage(message).help("leave out --beams, or --save-state"));
    }
    Ok(())
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
    let (mut symbols, mut unknown) = (Vec::new(), Unknown::new());
    vocabulary.encode(prompt, &mut symbols, &mut unknown).map_err(|e| CliError::from(e.about("the prompt")))?;
    if unknown.is_empty() {
        return Ok(symbols);
    }
    // Words that the model does not know stand in for themselves with the symbol of rare words; the network has learned to read on past it.
    let known = symbols.iter().any(|&symbol| Some(symbol) != vocabulary.rare());
    if !known {
        return Err(LanguageError::AllUnknown { symbols: named(&unknown) }.about("the prompt").into());
    }
    if args.strict {
        let message = format!("the model does not know these symbols of the prompt: {}", named(&unknown));
        return Err(CliError::data(message).help("leave out --strict to write without them"));
    }
    console.event(&json!({"event": "unknown", "symbols": unknown}));
    let how = if vocabulary.rare().is_some() { "read as a rare word" } else { "left out of what it reads" };
    console.info(format!("note: the model does not know {}, {how} (--strict refuses)", named(&unknown)));
    Ok(symbols)
}
