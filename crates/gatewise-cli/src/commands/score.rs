//! `gatewise score`: how probable a text is.

use std::process::ExitCode;

use gatewise::task::language::{Passages, Scoring};
use gatewise_data::Corpus;
use gatewise_report::language::ScoreReport;
use serde_json::json;

use crate::args::ScoreArgs;
use crate::args::precision::Chosen;
use crate::cli_error::CliError;
use crate::console::Console;

pub fn run(args: &ScoreArgs, console: Console) -> anyhow::Result<ExitCode> {
    let cpu = super::cpu(args.threads)?;
    let mut model = crate::model::language(&args.model)?;
    let passages = Passages::read(Corpus::open(&args.text)?, args.each_line, &model.vocabulary).map_err(CliError::from)?;
    if let Some(told) = passages.about_unknown(&model.vocabulary) {
        console.info(format!("note: {told}"));
    }
    if let Some(message) = passages.about_short(args.each_line) {
        console.event(&json!({"event": "note", "message": message}));
        console.info(format!("note: {message}"));
    }
    let precision = args.precision.inference(console);
    let scoring = Scoring { worst: args.worst, precision, adaptation: args.adaptation.settle(model.vocabulary.len()) };
    let scored = model.score_each(&cpu, &passages, &scoring).map_err(CliError::from)?;
    let report = ScoreReport::of(&passages, &scored, &scoring);
    if console.json() {
        console.event(&report.event());
    } else {
        console.print(&report.text())?;
    }
    Ok(ExitCode::SUCCESS)
}
