//! `gatewise train classify` and `train regress`: from labelled items to a model that names the class or the value of others.

mod answer;
pub mod apply;
mod beside;
mod data;
mod describe;
mod fit;
mod follow;
mod kind;
pub mod media;
mod parts;
mod piped;
mod plan;
mod report;
mod score;
mod several;
mod start;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gatewise::task::classify::{ClassifyConfig, ClassifyError, Target};
use gatewise::task::language::Normal;
use gatewise::train::Trainer;
use gatewise_data::items::ItemOptions;
use serde_json::json;

use crate::args::{ItemSettings, MediaArgs, RunArgs, TrainItemsArgs};
use crate::commands::{command_line, cpu};
use crate::failure::Failure;
use crate::job::interrupt;
use crate::run_folder::RunFolder;
use crate::settings::{self, Origin};
use crate::talk::{Talk, shown};
use fit::Run;
use gatewise::choice::Choices;
use parts::Parts;
use plan::{Plan, Work};
use start::{Start, shape, spec_of};

/// What the data are learned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    Classes,
    Values,
}

impl Aim {
    const fn command(self) -> &'static str {
        match self {
            Self::Classes => "train classify",
            Self::Values => "train regress",
        }
    }
}

/// The trainer's state in a run folder.
const CHECKPOINT: &str = "last.safetensors";

/// Trains, from the start or on.
pub fn run(args: &TrainItemsArgs, aim: Aim, talk: Talk) -> anyhow::Result<ExitCode> {
    let RunArgs { data, run, resume, from, source } = &args.run;
    if let Some(path) = resume {
        settings::refuse_beside_resume(&args.settings, aim.command())?;
        let (folder, mut settings, Origin { data, from, .. }) = settings::load::<ItemSettings>(path, &[aim.command()])?;
        settings.classify.training.resumed = true;
        talk.say(format!("going on with {}", folder.path().display()));
        return Job { aim, talk, from: from.as_deref() }.start(&data, settings, Some(folder), None);
    }
    let help = || Failure::usage("which items to learn from?").help(format!("gatewise {} DATA", aim.command()));
    let data = data.as_deref().ok_or_else(help)?;
    Job { aim, talk, from: from.as_deref() }.start(data, settings::gather(source, &args.settings)?, None, run.as_deref())
}

/// A library error as the user sees it.
pub(crate) fn failure(error: &ClassifyError) -> Failure {
    if error.is_usage() { Failure::usage(error.to_string()) } else { Failure::data(error.to_string()) }
}

struct Job<'a> {
    aim: Aim,
    talk: Talk,
    from: Option<&'a Path>,
}

impl Job<'_> {
    fn start(&self, path: &Path, mut settings: ItemSettings, old: Option<RunFolder>, new: Option<&Path>) -> anyhow::Result<ExitCode> {
        let cpu = cpu(settings.classify.training.threads)?;
        let base = self.from.map(apply::Loaded::load).transpose()?;
        let read = settings.items.options(&settings.table, base.as_ref().map_or_else(ItemOptions::default, |b| b.spec.read.clone()));
        let files = base.as_ref().is_some_and(|b| b.spec.media.is_some());
        let group = settings.classify.parts.group.clone().filter(|group| group != "none").or(read.group.clone());
        let checkpoint = old.as_ref().map(|folder| folder.file(CHECKPOINT)).filter(|file| file.exists());
        let saved = checkpoint.map(|file| Trainer::resume(&file).map_err(|e| fit::train_failure(&e, &[], &[]))).transpose()?;
        // A run under way reads its table as it began to.
        let known = match &saved {
            Some(trainer) => Some(spec_of(trainer.task())?.1.known()),
            None => read.known.clone(),
        };
        let read = ItemOptions { group, files, known, several: self.aim == Aim::Values, ..read };
        // Runs of earlier versions took labels and texts as they came.
        let usual = if old.is_some() { Normal::None } else { Normal::Nfc };
        let normal = Choices::usual(
            &mut settings.classify.symbols.normalize_unicode,
            base.as_ref().map_or(usual, |base| base.spec.normalize_unicode),
        );
        let mut set = data::read(path, &read, normal, self.talk)?;
        let guessed = set.guesses.clone();
        let mut guesses = Choices::new(&guessed);
        let s = &mut settings.classify;
        let cache = media::cache(settings.items.cache.as_deref());
        let media = match (&saved, &base) {
            (Some(trainer), _) => spec_of(trainer.task())?.1.media,
            (None, Some(base)) => {
                if s.media != MediaArgs::default() {
                    let message = "what a step of sound or video holds is settled by the model of --from; the flags for it are passed over";
                    self.talk.event(&json!({"event": "note", "message": message}));
                    self.talk.say(format!("  note: {message}"));
                }
                base.spec.media.clone()
            }
            (None, None) => media::spec(&set, &mut s.media, &mut guesses, cache.as_ref())?,
        };
        if let Some(media) = &media {
            media.load(&mut set, &read, cache.as_ref(), s.training.threads.unwrap_or(0), self.talk)?;
        }
        let parts = Parts::of(&set, &mut s.parts, self.aim, &mut guesses)?;
        let start = match saved {
            // A run under way keeps its scales and symbols.
            Some(trainer) => Start::resumed(set, trainer.task())?,
            None => Start::begin(self.aim, set, &parts, s, &mut guesses, base.as_ref(), (read, media, normal))?,
        };
        let work =
            Work { config: &start.config, items: &start.items, train: &parts.train, valid: &parts.valid, warm: base.is_some(), cpu: &cpu };
        let shape = shape(&start.config, &parts.train, start.items.len());
        let plan = Plan::new(s, &mut guesses, shape, &work)?;
        let learned = parts.train.len() + parts.valid.len();
        let combine = beside::combine(s, &mut guesses, &start.config, learned, start.spec.media.is_some());
        let resumed = old.is_some();
        let folder = match old {
            Some(folder) => folder,
            None => {
                let (data, from) = (path.to_owned(), self.from.map(Path::to_owned));
                let origin = Origin { command: self.aim.command().to_owned(), data, from, output: None, flags: Vec::new() };
                let labels: Vec<&Path> = settings.items.labels.iter().map(PathBuf::as_path).collect();
                settings::begin(new, &origin, &settings, &labels)?
            }
        };
        if !resumed {
            self.talk.guesses(&guesses.finish());
        }
        self.talk.event(&json!({"event": "run", "folder": shown(folder.path()), "command": command_line()}));
        self.say_parts(&parts, &start.config);
        interrupt::catch()?;
        let run = Run {
            aim: self.aim,
            path,
            folder,
            cpu,
            talk: self.talk,
            parts: &parts,
            plan: &plan,
            combine,
            settings: &settings,
            spec: &start.spec,
        };
        run.run(start.config, &start.items, base.as_ref().map(|b| &b.classifier))
    }

    fn say_parts(&self, parts: &Parts, config: &ClassifyConfig) {
        let (train, valid, test) = (parts.train.len(), parts.valid.len(), parts.test.len());
        self.talk.event(&json!({"event": "items", "train": train, "valid": valid, "test": test, "labels": config.labels(), "targets": config.targets()}));
        let held = if test > 0 { format!(", {test} held back") } else { String::new() };
        self.talk.say(format!("  {train} items to learn from, {valid} to decide when to stop (--valid-share){held}"));
    }
}

/// Whether a target is known.
fn known(target: &Target) -> bool {
    match target {
        Target::None => false,
        Target::Class(_) | Target::Value(_) | Target::Values(_) => true,
        Target::Each(each) => each.iter().any(Option::is_some),
    }
}
