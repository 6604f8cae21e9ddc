//! `gatewise train language`: from a text to a language model.

pub mod apply;
mod fit;
mod from;
mod plan;
mod report;
mod sample;
pub mod text;
pub mod windows;

use std::path::Path;
use std::process::ExitCode;

use gatewise::task::language::{LanguageModel, Normal, Unit, Unknown, Vocabulary};
use gatewise::train::Trainer;
use gatewise_data::Corpus;
use gatewise_report::language::named;
use serde_json::json;

use crate::args::{LanguageArgs, RunArgs, TrainLanguageArgs};
use crate::commands::{command_line, cpu};
use crate::failure::Failure;
use crate::run_folder::RunFolder;
use crate::settings::{self, Origin};
use crate::talk::{Talk, shown};
use fit::{Run, train_failure};
use gatewise::choice::Choices;
use plan::Plan;
use text::{Text, failure, usual_limit};

/// What the command is called in `config.toml`.
const NAME: &str = "train language";

/// The trainer's state in a run folder.
const CHECKPOINT: &str = "last.safetensors";

/// Share of a text that is held back, unless the user says otherwise.
const VALID_SHARE: f64 = 0.1;

/// Bytes held back at most: the loss over so many is known to a thousandth.
const MOST_HELD_BACK: f64 = 1e6;

/// Trains, from the start or on.
pub fn run(args: &TrainLanguageArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let RunArgs { data, run, resume, from, source } = &args.run;
    if let Some(path) = resume {
        settings::refuse_beside_resume(&args.settings, NAME)?;
        let (folder, mut settings, Origin { data, from, .. }) = settings::load::<LanguageArgs>(path, &[NAME])?;
        settings.training.resumed = true;
        talk.say(format!("going on with {}", folder.path().display()));
        return start(&data, &settings, from.as_deref(), Some(folder), None, talk);
    }
    let data = data.as_deref().ok_or_else(|| Failure::usage("which text to learn from?").help("gatewise train language FILE"))?;
    start(data, &settings::gather(source, &args.settings)?, from.as_deref(), None, run.as_deref(), talk)
}

fn start(
    data: &Path,
    settings: &LanguageArgs,
    from: Option<&Path>,
    old: Option<RunFolder>,
    new: Option<&Path>,
    talk: Talk,
) -> anyhow::Result<ExitCode> {
    let cpu = cpu(settings.training.threads)?;
    let mut settings = settings.clone();
    // Runs of earlier versions read texts as they come, and files without a line end between them.
    let earlier = old.is_some() && settings.symbols.normalize_unicode.is_none();
    let corpus = Corpus::open(data)?.parted(!earlier);
    let begun = old.as_ref().is_some_and(|folder| folder.file(CHECKPOINT).exists());
    // A run that has begun goes on with its own weights.
    let base = from.filter(|_| !begun).map(|path| from::load(path, &mut settings)).transpose()?;
    let unit = Choices::usual(&mut settings.symbols.unit, Unit::default());
    let normal = Choices::usual(&mut settings.symbols.normalize_unicode, if earlier { Normal::None } else { Normal::Nfc });
    let limit = Choices::usual(&mut settings.symbols.vocabulary, usual_limit(unit));
    let bytes = corpus.bytes() as f64;
    let share = Choices::usual(&mut settings.valid_share, VALID_SHARE.min(MOST_HELD_BACK / bytes.max(1.0)));
    let cut = text::cut(&corpus, share, normal)?;
    let resumed = old.is_some();
    let vocabulary = match &old {
        // The run's own symbols, even where the text has changed since.
        Some(folder) if begun => {
            let trainer = Trainer::resume(&folder.file(CHECKPOINT)).map_err(|e| train_failure(&e))?;
            LanguageModel::vocabulary_of(trainer.task()).map_err(|e| failure(e, corpus.path()))?
        }
        _ => match &base {
            // Its sub-words spell every text.
            Some(base) if unit == Unit::SubWord => from::vocabulary(base, &base.vocabulary, corpus.path())?,
            Some(base) => from::vocabulary(base, &text::vocabulary(&corpus, unit, limit, normal, cut)?, corpus.path())?,
            None => text::vocabulary(&corpus, unit, limit, normal, cut)?,
        },
    };
    let scratch = old.as_ref().map_or_else(std::env::temp_dir, |folder| folder.path().to_owned());
    let (text, unknown) = Text::read(&corpus, &vocabulary, cut, &scratch)?;
    say_text(&corpus, &vocabulary, &text, &unknown, talk);
    if let (Some(base), Some(path)) = (&base, from) {
        let added = vocabulary.len() - base.vocabulary.len();
        talk.event(&json!({"event": "from", "model": shown(path), "symbols": base.vocabulary.len(), "added": added}));
        talk.say(format!("beginning with {}: {} symbols, {added} more are new to it (--from)", path.display(), base.vocabulary.len()));
    }
    let plan = Plan::new(&settings, &text, vocabulary.len(), unit, corpus.path(), from.is_some(), &cpu)?;
    plan.config.model(vocabulary.len()).check_training().map_err(|e| failure(e.into(), corpus.path()))?;
    let folder = match old {
        Some(folder) => folder,
        None => {
            let origin =
                Origin { command: NAME.to_owned(), data: data.to_owned(), from: from.map(Path::to_owned), output: None, flags: Vec::new() };
            settings::begin(new, &origin, &plan.settings, &[])?
        }
    };
    if !resumed {
        talk.guesses(&plan.guesses);
    }
    talk.event(&json!({"event": "run", "folder": shown(folder.path()), "command": command_line()}));
    Run { corpus: &corpus, folder, cpu, talk }.run(&plan, vocabulary, base, &text)
}

fn say_text(corpus: &Corpus, vocabulary: &Vocabulary, text: &Text, unknown: &Unknown, talk: Talk) {
    let (train, valid) = (text.train.end - text.train.start, text.valid.end - text.valid.start);
    talk.event(&json!({
        "event": "text", "path": corpus.path(), "bytes": corpus.bytes(), "files": corpus.files(), "unit": vocabulary.unit(),
        "vocabulary": vocabulary.len(), "train_symbols": train, "valid_symbols": valid, "unknown": text.unknown,
    }));
    let unit = serde_json::to_value(vocabulary.unit()).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    talk.say(format!(
        "{}: {} bytes, {} symbols (--unit {unit}); {train} to learn from, the last {valid} held back (--valid-share)",
        corpus.path(),
        corpus.bytes(),
        vocabulary.len()
    ));
    if !unknown.is_empty() {
        talk.say(format!(
            "  {:.1} % of the symbols are too rare to have one of their own (--vocabulary), such as {}",
            100.0 * text.unknown,
            named(unknown)
        ));
    }
}
