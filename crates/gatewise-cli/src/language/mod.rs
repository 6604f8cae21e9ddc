//! `gatewise train language`: from a text to a language model.

pub mod apply;
mod fit;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gatewise::task::language::{CHECKPOINT, LanguageModel, Normal, Plan, Start, Vocabulary};
use gatewise::train::Trainer;
use gatewise_data::Corpus;
use gatewise_report::language::about_text;
use serde_json::json;

use crate::args::{LanguageArgs, RunArgs, TrainLanguageArgs};
use crate::cli_error::CliError;
use crate::commands::{command_line, cpu};
use crate::console::{Console, shown};
use crate::run_folder::RunFolder;
use crate::settings::{self, RunMetadata};
use fit::Run;

/// What the command is called in `config.toml`.
const NAME: &str = "train language";

/// Trains, from the start or on.
pub fn run(args: &TrainLanguageArgs, console: Console) -> anyhow::Result<ExitCode> {
    let RunArgs { data, run, resume, from, source } = &args.run;
    if let Some(path) = resume {
        settings::refuse_beside_resume(&args.settings, NAME)?;
        let (folder, mut settings, RunMetadata { data, from, .. }) = settings::load::<LanguageArgs>(path, &[NAME])?;
        settings.language.training.resumed = true;
        console.info(format!("going on with {}", folder.path().display()));
        return start(&data, &settings, from.as_deref(), Some(folder), None, console);
    }
    let data = data.as_deref().ok_or_else(|| CliError::usage("which text to learn from?").help("gatewise train language FILE"))?;
    start(data, &settings::merge(source, &args.settings)?, from.as_deref(), None, run.as_deref(), console)
}

fn start(
    data: &Path,
    settings: &LanguageArgs,
    from: Option<&Path>,
    old: Option<RunFolder>,
    new: Option<&Path>,
    console: Console,
) -> anyhow::Result<ExitCode> {
    let mut options = settings.language.clone();
    let cpu = cpu(options.training.threads)?;
    // Runs of earlier versions read texts as they come, and files without a line end between them.
    let earlier = old.is_some() && options.symbols.normalize_unicode.is_none();
    let corpus = Corpus::open(data)?.parted(!earlier);
    let checkpoint = old.as_ref().map(|folder| folder.file(CHECKPOINT)).filter(|file| file.exists());
    // A run that has begun goes on with its own weights and symbols.
    let base = from.filter(|_| checkpoint.is_none()).map(crate::model::language).transpose()?;
    if let (Some(base), Some(path)) = (&base, from) {
        options.pin(base, &path.display().to_string())?;
    }
    if earlier {
        options.symbols.normalize_unicode = Some(Normal::None);
    }
    let begin = Start {
        base: base.as_ref(),
        vocabulary: checkpoint.as_deref().map(vocabulary_of).transpose()?,
        trained: from.is_some(),
        scratch: old.as_ref().map(|folder| folder.path().to_owned()),
    };
    let plan = Plan::with(&corpus, &options, begin, &cpu)?;
    say_text(&corpus, &plan, console);
    if let (Some(base), Some(path)) = (&base, from) {
        let added = plan.vocabulary.len() - base.vocabulary.len();
        console.event(&json!({"event": "from", "model": shown(path), "symbols": base.vocabulary.len(), "added": added}));
        console.info(format!("beginning with {}: {} symbols, {added} more are new to it (--from)", path.display(), base.vocabulary.len()));
    }
    let resumed = old.is_some();
    let folder = match old {
        Some(folder) => folder,
        None => {
            let origin = RunMetadata {
                command: NAME.to_owned(),
                data: data.to_owned(),
                from: from.map(Path::to_owned),
                output: None,
                flags: Vec::new(),
            };
            let listed: Vec<&Path> = options.symbols.vocabulary_file.iter().map(PathBuf::as_path).collect();
            let settings = LanguageArgs { language: plan.options.clone(), ..settings.clone() };
            settings::begin(new, &origin, &settings, &listed)?
        }
    };
    if !resumed {
        console.guesses(&plan.choices);
    }
    console.event(&json!({"event": "run", "folder": shown(folder.path()), "command": command_line()}));
    Run { corpus: &corpus, plan: &plan, folder, cpu, console }.run(base)
}

/// The symbols of a training that has begun.
fn vocabulary_of(checkpoint: &Path) -> Result<Vocabulary, CliError> {
    let trainer = Trainer::resume(checkpoint)?;
    Ok(LanguageModel::vocabulary_of(trainer.task()).map_err(|e| e.about(&checkpoint.display().to_string()))?)
}

fn say_text(corpus: &Corpus, plan: &Plan, console: Console) {
    let Plan { text, vocabulary, .. } = plan;
    let (train, valid) = (text.train.end - text.train.start, text.valid.end - text.valid.start);
    console.event(&json!({
        "event": "text", "path": corpus.path(), "bytes": corpus.bytes(), "files": corpus.files(), "unit": vocabulary.unit(),
        "vocabulary": vocabulary.len(), "train_symbols": train, "valid_symbols": valid, "unknown": text.unknown,
    }));
    about_text(corpus, plan).iter().for_each(|line| console.info(line));
}
