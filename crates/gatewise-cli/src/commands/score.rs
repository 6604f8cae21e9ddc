//! `gatewise score`: how probable a text is.

use std::process::ExitCode;

use gatewise::Precision;
use gatewise::task::language::{Counted, EncodedText, LanguageError, Place, Score, Surprise, Unknown, Vocabulary};
use gatewise_data::Corpus;
use gatewise_report::language::{Adapted, ScoreReport, named};
use serde_json::json;

use crate::args::ScoreArgs;
use crate::args::precision::Chosen;
use crate::cli_error::CliError;
use crate::console::Console;
use crate::language::apply;

/// The files of a text that are scored.
#[derive(Default)]
struct Read {
    corpora: Vec<Corpus>,
    texts: Vec<EncodedText>,
    /// Files with fewer than two symbols that the model knows.
    short: Vec<String>,
    unknown: Unknown,
    /// Symbols that are unknown, and all.
    lacking: f64,
    all: f64,
    known: bool,
    counted: Vec<Counted>,
}

/// Reads each file, or line, for itself, so that none goes on where another ended.
fn read(corpus: Corpus, each_line: bool, vocabulary: &Vocabulary) -> Result<Read, CliError> {
    let mut read = Read::default();
    for file in if each_line { corpus.lines()? } else { corpus.split() } {
        let (text, unknown) = EncodedText::read(&file, vocabulary, 0, &std::env::temp_dir())?;
        for (symbol, count) in unknown {
            *read.unknown.entry(symbol).or_default() += count;
        }
        read.all += text.all as f64;
        read.lacking += text.unknown * text.all as f64;
        read.known |= text.known;
        if text.ids.len() < 2 {
            read.short.push(file.path().to_owned());
            continue;
        }
        read.counted.push(text.counted);
        read.corpora.push(file);
        read.texts.push(text);
    }
    Ok(read)
}

pub fn run(args: &ScoreArgs, console: Console) -> anyhow::Result<ExitCode> {
    let cpu = super::cpu(args.threads)?;
    let mut model = crate::model::language(&args.model)?;
    let corpus = Corpus::open(&args.text)?;
    let path = corpus.path().to_owned();
    let Read { corpora, texts, short, unknown, lacking, all, known, counted } = read(corpus, args.each_line, &model.vocabulary)?;
    if !known && !unknown.is_empty() {
        return Err(CliError::from(LanguageError::AllUnknown { symbols: named(&unknown) }.about(&path)).into());
    }
    if texts.is_empty() {
        return Err(CliError::data(format!("{path}: the text has fewer than two symbols that the model knows"))
            .help("give a text of two symbols or more")
            .into());
    }
    let share = lacking / all.max(1.0);
    if !unknown.is_empty() {
        let how = if model.vocabulary.rare().is_some() { "share the symbol of rare words" } else { "are left out" };
        console.info(format!("note: {:.2} % of the symbols are unknown to the model and {how}: {}", 100.0 * share, named(&unknown)));
    }
    if let Some(first) = short.first() {
        let message = format!(
            "{} {} hold fewer than two symbols that the model knows and are left out, as {first}",
            short.len(),
            if args.each_line { "lines" } else { "files" }
        );
        console.event(&json!({"event": "note", "message": message}));
        console.info(format!("note: {message}"));
    }
    let precision = args.precision.inference(console);
    let wrong = |e: LanguageError| CliError::from(e.about(&path));
    let adaptation = args.adaptation.settle(model.vocabulary.len());
    if adaptation.is_some() && precision != Precision::F32 {
        return Err(CliError::usage("--adapt changes the weights, which --precision rounds").help("leave out one of them").into());
    }
    let (mut scores, exact) = apply::score(&mut model, &cpu, &texts, args.worst, precision).map_err(wrong)?;
    let adapted = match adaptation {
        Some(settings) => {
            let still = apply::mean(&scores);
            scores = apply::score_adaptive(&mut model, &cpu, &texts, args.worst, settings).map_err(wrong)?;
            Some(Adapted { settings, still })
        }
        None => None,
    };
    let symbols = scores.iter().map(|s| s.symbols).sum();
    let total = Score { symbols, nats: apply::mean(&scores), unlikely: Vec::new() };
    let mut worst: Vec<(usize, Surprise)> =
        scores.iter().enumerate().flat_map(|(file, score)| score.unlikely.iter().map(move |s| (file, *s))).collect();
    worst.sort_by(|a, b| b.1.nats.total_cmp(&a.1.nats));
    worst.truncate(args.worst);
    let places = worst
        .iter()
        .map(|(file, s)| Place::of(s, &corpora[*file], &model.vocabulary))
        .collect::<Result<Vec<_>, _>>()
        .map_err(CliError::from)?;
    let worst = worst.iter().zip(places).map(|((file, surprise), place)| (corpora[*file].path(), *surprise, place)).collect();
    let report = ScoreReport {
        total,
        counted: counted.into_iter().sum(),
        unknown: &unknown,
        unknown_share: share,
        precision: precision.into(),
        exact,
        adapted,
        worst,
    };
    if console.json() {
        console.event(&report.event());
    } else {
        console.print(&report.text())?;
    }
    Ok(ExitCode::SUCCESS)
}
