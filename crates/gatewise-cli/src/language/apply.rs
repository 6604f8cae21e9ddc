//! `evaluate`, `predict` and `features` with a language model.

use std::io::Write;
use std::process::ExitCode;

use gatewise::task::language::{Adaptation, EncodedText, Ids, LanguageError, LanguageModel, Score, Unknown};
use gatewise::{Cpu, Precision};
use gatewise_data::Corpus;
use gatewise_report::features::{Table, columns, told};
use gatewise_report::language::{Foreseen, cost, named};
use serde_json::json;

use crate::args::precision::Chosen;
use crate::args::{EvaluateArgs, FeaturesArgs, Pool, PrecisionName, PredictArgs};
use crate::cli_error::CliError;
use crate::commands::cpu;
use crate::console::Console;
use crate::features;
use crate::run_folder::{Stream, deliver};
use crate::terminal::table::{has_left, unless_left};

/// Symbols that `predict` lists.
const LISTED: usize = 10;

/// A text as a model reads it; an error where the model knows none of it.
fn read(model: &LanguageModel, corpus: &Corpus, console: Console) -> Result<EncodedText, CliError> {
    let (text, unknown) = EncodedText::read(corpus, &model.vocabulary, 0, &std::env::temp_dir())?;
    if !text.known {
        let error = if unknown.is_empty() { LanguageError::Empty } else { LanguageError::AllUnknown { symbols: named(&unknown) } };
        return Err(error.about(corpus.path()).into());
    }
    if !unknown.is_empty() {
        console.info(format!("note: {:.2} % of the symbols are unknown to the model: {}", 100.0 * text.unknown, named(&unknown)));
    }
    Ok(text)
}

/// The scores of texts, each read from a start of its own, and the nats of f32 weights over all of them where the others are less.
pub fn score(
    model: &mut LanguageModel,
    cpu: &Cpu,
    texts: &[EncodedText],
    worst: usize,
    precision: Precision,
) -> Result<(Vec<Score>, Option<f64>), LanguageError> {
    let exact = match precision {
        Precision::F32 => None,
        Precision::Bf16 | Precision::Int8 => Some(mean(&scores(model, cpu, texts, 0)?)),
    };
    model.model.set_precision(precision);
    Ok((scores(model, cpu, texts, worst)?, exact))
}

fn scores(model: &mut LanguageModel, cpu: &Cpu, texts: &[EncodedText], worst: usize) -> Result<Vec<Score>, LanguageError> {
    texts.iter().map(|text| model.score(cpu, &text.ids, text.valid.clone(), worst)).collect()
}

/// The scores of texts by a model that learns from each as it reads it, and begins each as it was.
pub fn score_adaptive(
    model: &mut LanguageModel,
    cpu: &Cpu,
    texts: &[EncodedText],
    worst: usize,
    settings: Adaptation,
) -> Result<Vec<Score>, LanguageError> {
    texts.iter().map(|text| model.score_adaptive(cpu, &text.ids, text.valid.clone(), worst, settings)).collect()
}

/// Nats of a symbol over several texts.
pub fn mean(scores: &[Score]) -> f64 {
    let symbols: u64 = scores.iter().map(|s| s.symbols).sum();
    scores.iter().map(|s| s.nats * s.symbols as f64).sum::<f64>() / symbols.max(1) as f64
}

/// Whether a model knows line ends, which part the files of a folder.
pub fn knows_lines(model: &LanguageModel) -> bool {
    let (mut ids, mut unknown) = (Vec::new(), Unknown::new());
    model.vocabulary.encode("\n", &mut ids, &mut unknown).is_ok() && unknown.is_empty()
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
    let corpus = Corpus::open(&args.given.data)?.parted(knows_lines(&model));
    let text = read(&model, &corpus, console)?;
    let wrong = |e: LanguageError| CliError::from(e.about(corpus.path()));
    let (cpu, precision) = (cpu(args.given.threads)?, args.precision.inference(console));
    let exact = match precision {
        Precision::F32 => None,
        Precision::Bf16 | Precision::Int8 => Some(model.score(&cpu, &text.ids, text.valid.clone(), 0).map_err(wrong)?.nats),
    };
    model.model.set_precision(precision);
    let outcome = model.evaluate(&cpu, &text).map_err(wrong)?;
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
    let corpus = Corpus::open(&args.given.data)?.parted(knows_lines(&model));
    let text = read(&model, &corpus, console)?;
    model.model.set_precision(args.precision.inference(console));
    let next = model.next(&cpu(args.given.threads)?, &text.ids).map_err(|e: LanguageError| CliError::from(e.about(corpus.path())))?;
    let mut order: Vec<u32> = (0..next.len() as u32).collect();
    order.sort_by(|&a, &b| next[b as usize].total_cmp(&next[a as usize]).then(a.cmp(&b)));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["rank", "symbol", "probability"])?;
    for (rank, &id) in (1..).zip(order.iter().take(LISTED)) {
        let (symbol, probability) = (model.vocabulary.show(id), next[id as usize]);
        writer.write_record([rank.to_string(), symbol.clone(), probability.to_string()])?;
        console.event(&json!({"event": "next", "rank": rank, "symbol": symbol, "probability": probability}));
    }
    let bytes = writer.into_inner().map_err(|e| anyhow::anyhow!("{}", e.error()))?;
    let what = format!("the {} likeliest symbols", order.len().min(LISTED));
    deliver(bytes, args.given.output.as_deref(), &what, console)?;
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
    let mut file = args.given.output.as_deref().map(Stream::create).transpose()?;
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
            file.finish()?;
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
    let (mut all, mut blank, mut texts) = (Unknown::new(), Vec::new(), Vec::with_capacity(items.len()));
    for corpus in items {
        let (text, unknown) = EncodedText::read(corpus, &model.vocabulary, 0, &std::env::temp_dir())?;
        unknown.into_iter().for_each(|(symbol, count)| *all.entry(symbol).or_default() += count);
        if text.ids.is_empty() {
            blank.push(corpus.path());
        }
        texts.push(text.ids);
    }
    if !all.is_empty() {
        console.info(format!("note: symbols are unknown to the model: {}", named(&all)));
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
    let width = model.model.config().width();
    let (mut mean, zeros) = (vec![0.0_f64; width], vec![0.0_f32; width]);
    let vocabulary = model.vocabulary.clone();
    let all: Vec<&Ids> = texts.iter().collect();
    // Texts without symbols are not read: their rows stand before that of the next text that is.
    let mut due = 0;
    let empty_before = |due: &mut usize, text: usize, table: &mut Table<W>| -> anyhow::Result<()> {
        for name in names[*due..text].iter().filter(|_| pool != Pool::None) {
            table.row(name, &zeros)?;
        }
        *due = text + 1;
        Ok(())
    };
    model.read_each::<anyhow::Error>(cpu, &all, &mut |text, place, symbol, features| {
        if place == 0 {
            empty_before(&mut due, text, table)?;
        }
        let last = place + 1 == texts[text].len();
        match pool {
            Pool::None => table.row(&[&names[text][..], &[(place + 1).to_string(), vocabulary.show(symbol)]].concat(), features)?,
            Pool::Last if last => table.row(&names[text], features)?,
            Pool::Last => {}
            Pool::Mean => {
                mean.iter_mut().zip(features).for_each(|(sum, &f)| *sum += f64::from(f));
                if last {
                    let count = texts[text].len() as f64;
                    let row: Vec<f32> = mean.iter().map(|sum| (sum / count) as f32).collect();
                    mean.fill(0.0);
                    table.row(&names[text], &row)?;
                }
            }
        }
        Ok(())
    })?;
    empty_before(&mut due, texts.len(), table)
}
