//! `gatewise generate`: text, as it is made.

use std::io::Read;
use std::process::ExitCode;
use std::time::Instant;

use gatewise::task::language::{Decoder, Generator, LanguageError, LanguageModel, Sampling, Stop, Unknown, Vocabulary};
use gatewise_report::language::named;
use serde_json::json;

use crate::args::GenerateArgs;
use crate::args::precision::Chosen;
use crate::cli_error::CliError;
use crate::console::Console;

/// Seed where none is given.
const SEED: u64 = 1;

pub fn run(args: &GenerateArgs, console: Console) -> anyhow::Result<ExitCode> {
    let cpu = super::cpu(Some(args.threads))?;
    let mut loaded = crate::model::language(&args.model)?;
    let place = args.model.display().to_string();
    let LanguageModel { model, vocabulary } = &mut loaded;
    model.set_precision(args.precision.inference(console));
    let sampling = Sampling {
        temperature: args.temperature,
        top_k: args.top_k,
        top_p: args.top_p,
        repetition_penalty: args.repetition_penalty,
        ..Sampling::default()
    };
    let prompt = prompt(args)?;
    let symbols = encode(args, vocabulary, &prompt, console)?;
    let seed = args.seed.unwrap_or(SEED);
    let mut generator = Generator::new(model, vocabulary, &cpu, sampling, seed).map_err(|e| CliError::from(e.about(&place)))?;
    if let Some(path) = &args.load_state {
        let damaged = |e: gatewise::error::FormatError| {
            CliError::data(e.to_string()).help("give a file that --save-state wrote, with the same model")
        };
        generator.resume(path, args.seed.is_none()).map_err(damaged)?;
    }
    let begun = generator.take_begun();
    generator.read(&symbols);
    if !generator.has_begun() {
        let begin = generator.beginning();
        generator.read(&[begin]);
    }
    if !args.no_prompt && !console.json() {
        console.print(&prompt)?;
    }
    let start = Instant::now();
    let (mut stop, mut stopped, mut drawn) = (Stop::new(&args.stop), false, 0);
    let (mut whole, mut piece) = (String::new(), String::new());
    let (mut decoder, mut bytes) = (Decoder::new(vocabulary, &prompt), Vec::new());
    // A prompt of its own leaves no way to end a character that was begun.
    if prompt.is_empty() {
        stop = stop.with_begun(decoder.go_on(begun));
    }
    while drawn < args.length && !stopped {
        let symbol = generator.draw();
        drawn += 1;
        bytes.clear();
        decoder.push(symbol, &mut bytes);
        stopped = stop.push(&bytes, &mut piece);
        if console.json() {
            whole.push_str(&piece);
        } else {
            console.print(&piece)?;
        }
        piece.clear();
    }
    if args.save_state.is_some() && !stopped {
        generator.keep_begun([stop.take_unfinished(), decoder.take_begun()].concat());
    }
    bytes.clear();
    decoder.finish(&mut bytes);
    stopped |= stop.push(&bytes, &mut piece);
    stop.flush(&mut piece);
    let seconds = start.elapsed().as_secs_f64();
    if let Some(path) = &args.save_state {
        generator.save(path).map_err(|e| CliError::io(e.to_string()))?;
    }
    if console.json() {
        whole.push_str(&piece);
        let reason = if stopped { "stop" } else { "length" };
        console.event(&json!({"event": "text", "prompt": prompt, "text": whole, "symbols": drawn, "reason": reason,
            "seconds": seconds, "symbols_per_second": drawn as f64 / seconds}));
    } else {
        console.print(&(piece + "\n"))?;
        console.info(format!("{drawn} symbols, {:.0} a second", drawn as f64 / seconds));
    }
    Ok(ExitCode::SUCCESS)
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
    console.info(format!("note: the model does not know {}, left out of what it reads (--strict refuses)", named(&unknown)));
    Ok(symbols)
}
