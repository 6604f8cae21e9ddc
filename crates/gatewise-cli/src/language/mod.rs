//! `gatewise train language`: from a text to a language model.

pub mod apply;
mod from;
mod plan;
mod report;
pub mod text;

use std::cell::RefCell;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use gatewise::Cpu;
use gatewise::error::TrainError;
use gatewise::model::Model;
use gatewise::task::language::{
    Baseline, Generator, LanguageConfig, LanguageModel, Sampling, Score, Stop, Streams, Unit, Unknown, Vocabulary,
};
use gatewise::train::{Control, Event, Reason, Summary, Trainer};
use gatewise_data::Corpus;
use serde_json::json;

use crate::args::{LanguageArgs, RunArgs, TrainLanguageArgs};
use crate::commands::{command_line, cpu};
use crate::failure::{Failure, Status};
use crate::job::interrupt;
use crate::model::MODEL_FILE;
use crate::progress::Progress;
use crate::report::render_language;
use crate::run_folder::RunFolder;
use crate::settings::guess::Guesses;
use crate::settings::{self, Origin};
use crate::talk::Talk;
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

/// Unknown symbols that are named.
const NAMED: usize = 12;

/// A run under way.
struct Run<'a> {
    corpus: &'a Corpus,
    folder: RunFolder,
    cpu: Cpu,
    talk: Talk,
}

/// Trains, from the start or on.
pub fn run(args: &TrainLanguageArgs, talk: Talk) -> anyhow::Result<ExitCode> {
    let RunArgs { data, run, resume, from, source } = &args.run;
    if let Some(path) = resume {
        let folder = RunFolder::open(path)?;
        let (settings, Origin { data, from, .. }) = settings::load(&folder, &[NAME])?;
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
    let corpus = Corpus::open(data)?;
    let mut settings = settings.clone();
    let begun = old.as_ref().is_some_and(|folder| folder.file(CHECKPOINT).exists());
    // A run that has begun goes on with its own weights.
    let base = from.filter(|_| !begun).map(|path| from::load(path, &mut settings)).transpose()?;
    let unit = Guesses::usual(&mut settings.symbols.unit, Unit::default());
    let limit = Guesses::usual(&mut settings.symbols.vocabulary, usual_limit(unit));
    let bytes = corpus.bytes() as f64;
    let share = Guesses::usual(&mut settings.valid_share, VALID_SHARE.min(MOST_HELD_BACK / bytes.max(1.0)));
    let cut = corpus.bytes() - (bytes * share).ceil() as u64;
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
            Some(base) => from::vocabulary(base, &text::vocabulary(&corpus, unit, limit, cut)?, corpus.path())?,
            None => text::vocabulary(&corpus, unit, limit, cut)?,
        },
    };
    let scratch = old.as_ref().map_or_else(std::env::temp_dir, |folder| folder.path().to_owned());
    let (text, unknown) = Text::read(&corpus, &vocabulary, cut, &scratch)?;
    say_text(&corpus, &vocabulary, &text, &unknown, talk);
    if let (Some(base), Some(path)) = (&base, from) {
        let added = vocabulary.len() - base.vocabulary.len();
        talk.event(&json!({"event": "from", "model": path, "symbols": base.vocabulary.len(), "added": added}));
        talk.say(format!("beginning with {}: {} symbols, {added} more are new to it (--from)", path.display(), base.vocabulary.len()));
    }
    let plan = Plan::new(&settings, &text, vocabulary.len(), unit, corpus.path(), from.is_some(), &cpu)?;
    let folder = match old {
        Some(folder) => folder,
        None => RunFolder::create(new, data)?,
    };
    if !resumed {
        talk.guesses(&plan.guesses);
        let origin = Origin { command: NAME.to_owned(), data: data.to_owned(), from: from.map(Path::to_owned) };
        settings::save(&folder, &origin, &plan.settings)?;
    }
    talk.event(&json!({"event": "run", "folder": folder.path(), "command": command_line()}));
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

/// The first of some symbols, as they are told to people.
pub fn named(unknown: &Unknown) -> String {
    let mut most: Vec<_> = unknown.iter().collect();
    most.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let shown: Vec<String> = most.iter().take(NAMED).map(|(symbol, _)| format!("{symbol:?}")).collect();
    let more = unknown.len().saturating_sub(NAMED);
    if more > 0 { format!("{} and {more} more", shown.join(" ")) } else { shown.join(" ") }
}

/// A training error as the user sees it.
fn train_failure(error: &TrainError) -> Failure {
    let text = error.to_string();
    match error {
        TrainError::Setting { .. } | TrainError::Optim(_) | TrainError::Model(_) | TrainError::Loss(_) => Failure::usage(text),
        TrainError::Format(_) => Failure::io(text),
        TrainError::Empty | TrainError::OtherData { .. } => Failure::data(text).help("is the text the one that the run began with?"),
        TrainError::NotFinite { step, tensor, .. } => Failure::data(format!("step {step}: {tensor} is not finite"))
            .status(Status::NotFinite)
            .help("a lower --lr, or a --clip-norm; the weights before that step are in the run folder"),
    }
}

impl Run<'_> {
    fn run(&self, plan: &Plan, vocabulary: Vocabulary, base: Option<LanguageModel>, text: &Text) -> anyhow::Result<ExitCode> {
        interrupt::catch()?;
        let mut progress = Progress::new(self.talk, &self.folder);
        progress.begin("training");
        let (model, summary, vocabulary) = self.train(plan, vocabulary, base, text, &mut progress)?;
        let (epochs, samples) = (progress.epochs(summary.best_epoch), report::samples(progress.metrics()));
        progress.finish()?;
        let mut model = LanguageModel::new(model, vocabulary).map_err(|e| failure(e, self.corpus.path()))?;
        if summary.reason == Reason::Interrupted {
            return Ok(interrupt::left(NAME, &self.folder, self.talk));
        }
        let path = self.folder.file(MODEL_FILE);
        model.save(&path).map_err(|e| Failure::io(e.to_string()))?;
        let score = self.score(&mut model, text)?;
        let (parameters, symbols) = (model.model.params().values.len(), model.vocabulary.len());
        let outcome = report::Outcome { summary: &summary, epochs, samples, score, parameters, symbols };
        self.folder.write("report.html", render_language(&self.report(plan, text, outcome)).as_bytes())?;
        self.talk.say(format!("the model is {}; write with it:\n  gatewise generate {}", path.display(), self.folder.path().display()));
        self.talk.event(&json!({"event": "done", "folder": self.folder.path(), "model": path}));
        Ok(ExitCode::SUCCESS)
    }

    fn train(
        &self,
        plan: &Plan,
        vocabulary: Vocabulary,
        base: Option<LanguageModel>,
        text: &Text,
        progress: &mut Progress<'_>,
    ) -> anyhow::Result<(Model<f32>, Summary, Vocabulary)> {
        let (batch, path) = (plan.train.batch, self.corpus.path());
        let streams = |part| Streams::new(&text.ids, part, batch, plan.window).map_err(|e| failure(e, path));
        let train = streams(text.train.clone())?;
        let held_back = text.valid.end - text.valid.start > batch as u64;
        let checkpoint = self.folder.file(CHECKPOINT);
        let mut trainer = if checkpoint.exists() {
            Trainer::resume(&checkpoint).map_err(|e| train_failure(&e))?
        } else {
            let seed = plan.train.seed;
            let model = match base {
                Some(base) => base.grown(&vocabulary, plan.regularisation(), seed).map(|grown| grown.model),
                None => plan.config.starting_model(vocabulary.len(), seed),
            };
            let model = model.map_err(|e| failure(e, path))?;
            let loss = LanguageConfig::loss(vocabulary.len());
            let mut trainer = Trainer::new(model, loss, plan.train.clone()).map_err(|e| train_failure(&e))?;
            trainer.set_task(LanguageModel::task(&vocabulary));
            trainer.set_checkpoint(checkpoint);
            trainer
        };
        let written = self.watch(plan, &vocabulary, &mut trainer)?;
        let mut on_event = |event: &Event| {
            progress.hear(event);
            if let (Event::Epoch { epoch, .. }, Some(text)) = (event, written.take()) {
                progress.note(&json!({"event": "sample", "epoch": epoch, "text": text}));
                self.talk.say(format!("  | {}", text.replace('\n', "\n  | ")));
            }
            if interrupt::asked() || train.failure().is_some() { Control::Stop } else { Control::Continue }
        };
        let summary = if held_back {
            let valid = streams(text.valid.clone())?;
            trainer.run(&self.cpu, &train, &valid, &mut on_event)
        } else {
            self.talk.say("warning: nothing is held back, so nothing will be known of how well the model foresees new text");
            trainer.run(&self.cpu, &train, &Nothing, &mut on_event)
        };
        if let Some(broken) = train.failure() {
            return Err(Failure::io(broken.to_string()).into());
        }
        let summary = summary.map_err(|e| train_failure(&e))?;
        Ok((trainer.into_best(), summary, vocabulary))
    }

    /// Has the network write a little after each reading of the held-back part.
    fn watch(&self, plan: &Plan, vocabulary: &Vocabulary, trainer: &mut Trainer) -> Result<Rc<RefCell<Option<String>>>, Failure> {
        /// Characters of a sample.
        const SAMPLE: usize = 160;
        let (length, written) = (plan.settings.sample.unwrap_or(SAMPLE), Rc::<RefCell<Option<String>>>::default());
        if length == 0 {
            return Ok(written);
        }
        let vocabulary = Vocabulary::from_json(vocabulary.unit(), &vocabulary.to_json()).map_err(|e| failure(e, self.corpus.path()))?;
        let kept = Rc::clone(&written);
        trainer.set_watch(move |cpu, model| *kept.borrow_mut() = sample(cpu, model, &vocabulary, length));
        Ok(written)
    }

    /// How well the model foresees the held-back part, beside what counting foresees; none where nothing is held back.
    fn score(&self, model: &mut LanguageModel, text: &Text) -> anyhow::Result<Option<(Score, Baseline)>> {
        let path = self.corpus.path();
        if text.valid.end - text.valid.start < 2 {
            return Ok(None);
        }
        let score = model.score(&self.cpu, &text.ids, text.valid.clone(), 0).map_err(|e| failure(e, path))?;
        let symbols = model.vocabulary.len();
        let baseline = Baseline::of(&text.ids, symbols, text.train.clone(), text.valid.clone()).map_err(|e| failure(e, path))?;
        let metrics = json!({
            "nats": score.nats, "bits_per_char": score.bits_per_char(text.valid_chars), "perplexity": score.perplexity(),
            "symbols": score.symbols, "characters": text.valid_chars,
            "baseline": {"frequency": {"nats": baseline.frequency}, "pair": {"nats": baseline.pair}},
        });
        self.folder.write("metrics.json", format!("{metrics:#}\n").as_bytes())?;
        let mut event = metrics;
        event["event"] = "score".into();
        self.talk.event(&event);
        self.talk.say(format!(
            "on the text held back: {:.4} nats a symbol, {:.3} bits a character, perplexity {:.2}\n\
             counting foresees: {:.4} nats by how frequent a symbol is, {:.4} by the symbol before it{}",
            score.nats,
            score.bits_per_char(text.valid_chars),
            score.perplexity(),
            baseline.frequency,
            baseline.pair,
            if score.nats < baseline.pair { "" } else { ": the network is no better than counting; give it more text or time" }
        ));
        Ok(Some((score, baseline)))
    }
}

/// A source without an item.
struct Nothing;

impl gatewise::batch::Source for Nothing {
    fn len(&self) -> usize {
        0
    }

    fn fill(&self, _: &[usize], _: &mut gatewise::batch::Batch<f32>) {}
}

/// What the network writes.
fn sample(cpu: &Cpu, model: &mut Model<f32>, vocabulary: &Vocabulary, length: usize) -> Option<String> {
    let sampling = Sampling { temperature: 0.8, ..Sampling::default() };
    let mut generator = Generator::new(model, vocabulary, cpu, sampling, 1).ok()?;
    let begin = generator.beginning();
    generator.read(&[begin]);
    let (mut text, mut whole) = (String::new(), Stop::default());
    for _ in 0..length {
        whole.push(vocabulary.bytes_of(generator.draw()), &mut text);
    }
    whole.flush(&mut text);
    Some(text.trim_end().to_owned())
}
