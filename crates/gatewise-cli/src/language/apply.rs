//! `evaluate`, `predict` and `features` with a language model.

use std::io::Write;
use std::process::ExitCode;

use gatewise::Cpu;
use gatewise::task::language::{EncodedText, Ids, LanguageError, LanguageModel, Lines, named};
use gatewise_data::Corpus;
use gatewise_report::features::{Table, columns, told};
use gatewise_report::language::{Foreseen, cost};
use serde_json::json;

use crate::args::precision::Chosen;
use crate::args::{EvaluateArgs, FeaturesArgs, Pool, PrecisionName, PredictArgs};
use crate::cli_error::CliError;
use crate::commands::cpu;
use crate::console::Console;
use crate::features;
use crate::run_folder::deliver;
use crate::table_file::{self, TableFile};
use crate::terminal::table::{has_left, unless_left};

/// Symbols that `predict` lists.
const LISTED: usize = 10;

/// A text as a model reads it; an error where the model knows none of it.
fn read(model: &LanguageModel, corpus: &Corpus, console: Console) -> Result<EncodedText, CliError> {
    let (text, unknown) = EncodedText::known(corpus, &model.vocabulary)?;
    if !unknown.is_empty() {
        console.info(format!("note: {:.2} % of the symbols are unknown to the model: {}", 100.0 * text.unknown, named(&unknown)));
    }
    Ok(text)
}

/// The metrics of a text beside what counting foresees that learns as it reads.
pub fn evaluate(mut model: LanguageModel, args: &EvaluateArgs, console: Console) -> anyhow::Result<ExitCode> {
    let tables = [
        ("--rolling", args.rolling),
        ("--history", args.history.is_some()),
        ("--test-from", args.test_from.is_some()),
        ("--test-to", args.test_to.is_some()),
        ("--output", args.given.output.is_some()),
    ];
    if let Some((flag, _)) = tables.into_iter().find(|(_, given)| *given) {
        return Err(CliError::usage(format!("{flag} is for forecasts, and the model is a language model"))
            .help(format!("leave {flag} out"))
            .into());
    }
    // The result is one JSON object: nothing else may stand on standard output.
    let (as_json, console) = (console.json(), console.without_events());
    let corpus = Corpus::open(&args.given.data)?.parted(model.vocabulary.knows_lines());
    let text = read(&model, &corpus, console)?;
    let wrong = |e: LanguageError| CliError::from(e.about(corpus.path()));
    let (cpu, precision) = (cpu(args.given.threads)?, args.precision.inference(console));
    let (outcome, exact) = model.evaluate_in(&cpu, &text, precision).map_err(wrong)?;
    let (foreseen, score) = (Foreseen(&outcome), &outcome.score);
    if as_json {
        let mut result = foreseen.json();
        result["unknown"] = text.unknown.into();
        result["precision"] = json!(PrecisionName::from(precision));
        result["f32_nats"] = exact.into();
        console.print(&format!("{result}\n"))?;
    } else {
        console.print(&foreseen.table(text.unknown > 0.0, &cost(score.nats, exact, precision.into())))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The most probable symbols behind the end of a text.
pub fn predict(mut model: LanguageModel, args: &PredictArgs, console: Console) -> anyhow::Result<ExitCode> {
    let corpus = Corpus::open(&args.given.data)?.parted(model.vocabulary.knows_lines());
    let text = read(&model, &corpus, console)?;
    model.model.set_precision(args.precision.inference(console));
    let next = model.likeliest(&cpu(args.given.threads)?, &text.ids, LISTED);
    let next = next.map_err(|e: LanguageError| CliError::from(e.about(corpus.path())))?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["rank", "symbol", "probability"])?;
    for (rank, &(id, probability)) in (1..).zip(&next) {
        let symbol = model.vocabulary.show(id);
        writer.write_record([rank.to_string(), symbol.clone(), probability.to_string()])?;
        console.event(&json!({"event": "next", "rank": rank, "symbol": symbol, "probability": probability}));
    }
    let bytes = writer.into_inner().map_err(|e| anyhow::anyhow!("{}", e.error()))?;
    let what = format!("the {} likeliest symbols", next.len());
    deliver(bytes, args.given.output.as_deref(), &table_file::usual(), &what, console)?;
    Ok(ExitCode::SUCCESS)
}

/// Hidden states of the last layer: a row for each file, or for each symbol of each.
pub fn features(mut model: LanguageModel, args: &FeaturesArgs, console: Console) -> anyhow::Result<ExitCode> {
    features::check(args, console)?;
    let cpu = cpu(args.given.threads)?;
    let corpus = Corpus::open(&args.given.data)?;
    let items = if args.each_line { corpus.lines()? } else { corpus.split() };
    let texts = if args.each_line { each(&model, &items, console)? } else { whole(&model, &items, console)? };
    let rows: u64 = if args.pool == Pool::None { texts.iter().map(Ids::len).sum() } else { texts.len() as u64 };
    let width = model.model.config().width();
    let mut file = args.given.output.as_deref().map(TableFile::create).transpose()?;
    let mut printed = console.table();
    let out: &mut dyn Write = match &mut file {
        Some(file) => file,
        None => &mut printed,
    };
    let names: &[&str] = if args.each_line || items.len() > 1 { &["item"] } else { &[] };
    let mut table =
        Table::new(out, features::is_npy(args.given.output.as_deref()), &columns(names, args.pool, Some("symbol")), rows as usize, width)?;
    let names: Vec<Vec<String>> = items.iter().map(|corpus| names.iter().map(|_| corpus.path().to_owned()).collect()).collect();
    let written = pool_texts(&cpu, &mut model, &names, &texts, args.pool, &mut table).and_then(|()| Ok(table.finish().map(drop)?));
    match written {
        Err(e) if args.given.output.is_none() && e.downcast_ref::<std::io::Error>().is_some_and(has_left) => return Ok(ExitCode::SUCCESS),
        written => written?,
    }
    match (file, &args.given.output) {
        (Some(file), Some(path)) => {
            file.finish(&table_file::usual())?;
            console.info(format!("{} in {}", told(rows as usize, width), path.display()));
        }
        _ => unless_left(printed.finish())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The symbols of texts, of each of which something must be known.
fn whole(model: &LanguageModel, items: &[Corpus], console: Console) -> Result<Vec<Ids>, CliError> {
    items.iter().map(|corpus| Ok(read(model, corpus, console)?.ids)).collect()
}

/// The symbols of lines; of one without any that the model knows, the row will be zeros.
fn each(model: &LanguageModel, items: &[Corpus], console: Console) -> Result<Vec<Ids>, CliError> {
    let Lines { texts, unknown, blank } = Lines::read(items, &model.vocabulary)?;
    if !unknown.is_empty() {
        console.info(format!("note: symbols are unknown to the model: {}", named(&unknown)));
    }
    if let Some(first) = blank.first() {
        console.info(format!("note: {} lines have no symbol that the model knows, and rows of zeros, as {first}", blank.len()));
    }
    Ok(texts)
}

/// A row of each text, or of each of its symbols: made as its states come.
fn pool_texts<W: Write>(
    cpu: &Cpu,
    model: &mut LanguageModel,
    names: &[Vec<String>],
    texts: &[Ids],
    pool: Pool,
    table: &mut Table<W>,
) -> anyhow::Result<()> {
    let vocabulary = model.vocabulary.clone();
    model.pooled::<anyhow::Error>(cpu, texts, pool, &mut |text, symbol, features| {
        let names = &names[text];
        match symbol {
            Some((place, symbol)) => table.row(&[&names[..], &[(place + 1).to_string(), vocabulary.show(symbol)]].concat(), features)?,
            None => table.row(names, features)?,
        }
        Ok(())
    })
}
