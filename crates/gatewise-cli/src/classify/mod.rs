//! `gatewise train classify` and `train regress`: from labelled items to a model that names the class or the value of others.

pub mod apply;
#[cfg(feature = "audio")]
mod follow;
mod piped;
pub mod read;
mod run;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gatewise::task::classify::{Begun, ClassifyConfig, Goal, Parts, Plan, Setup};
use gatewise::train::{Control, Event, Session};
use serde_json::json;

use crate::args::{ItemSettings, RunArgs, TrainItemsArgs};
use crate::cli_error::CliError;
use crate::commands::{command_line, cpu};
use crate::console::{Console, shown};
use crate::job::interrupt;
use crate::progress::note;
use crate::run_folder::RunFolder;
use crate::settings::{self, RunMetadata};
use run::Run;

const fn command(goal: Goal) -> &'static str {
    match goal {
        Goal::Classes => "train classify",
        Goal::Values => "train regress",
    }
}

/// Trains, from the start or on.
pub fn run(args: &TrainItemsArgs, goal: Goal, console: Console) -> anyhow::Result<ExitCode> {
    let RunArgs { data, run, resume, from, source } = &args.run;
    let command = command(goal);
    if let Some(path) = resume {
        settings::refuse_beside_resume(&args.settings, command)?;
        let (folder, mut settings, RunMetadata { data, from, .. }) = settings::load::<ItemSettings>(path, &[command])?;
        settings.classify.training.resumed = true;
        console.info(format!("going on with {}", folder.path().display()));
        return TrainRun { goal, console, from: from.as_deref() }.start(&data, settings, Some(folder), None);
    }
    let help = || CliError::usage("which items to learn from?").help(format!("gatewise {command} DATA"));
    let data = data.as_deref().ok_or_else(help)?;
    TrainRun { goal, console, from: from.as_deref() }.start(data, settings::merge(source, &args.settings)?, None, run.as_deref())
}

struct TrainRun<'a> {
    goal: Goal,
    console: Console,
    from: Option<&'a Path>,
}

impl TrainRun<'_> {
    fn start(&self, path: &Path, mut settings: ItemSettings, old: Option<RunFolder>, new: Option<&Path>) -> anyhow::Result<ExitCode> {
        let cpu = cpu(settings.classify.training.threads)?;
        let base = self.from.map(|path| apply::base(path, &settings.classify)).transpose()?;
        let begun = old.as_ref().map(|folder| Begun::find(folder.path())).transpose().map_err(CliError::from)?.flatten();
        let cache = apply::cache(settings.items.cache.as_deref());
        let mut setup = Setup { base: base.as_ref(), begun, cache, ..Setup::new(self.goal) };
        setup.read = setup.reading(settings.items.options(&settings.table, setup.usual_reading()), &settings.classify);
        let set = read::read(path, None, &setup.read, self.console)?;
        let mut on_event = |event: &Event| {
            note(self.console, event);
            Control::Continue
        };
        let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut on_event };
        let plan = Plan::with(set, &settings.classify, setup, &mut session).map_err(CliError::from)?;
        settings.classify = plan.options.clone();
        let folder = match old {
            Some(folder) => folder,
            None => {
                let (data, from) = (path.to_owned(), self.from.map(Path::to_owned));
                let origin = RunMetadata { command: command(self.goal).to_owned(), data, from, output: None, flags: Vec::new() };
                let listed = &settings.classify.symbols.vocabulary_file;
                let others: Vec<&Path> = settings.items.labels.iter().chain(listed).map(PathBuf::as_path).collect();
                let folder = settings::begin(new, &origin, &settings, &others)?;
                self.console.guesses(&plan.choices);
                folder
            }
        };
        self.console.event(&json!({"event": "run", "folder": shown(folder.path()), "command": command_line()}));
        self.say_parts(&plan.parts, &plan.config);
        interrupt::catch()?;
        Run { goal: self.goal, path, folder, cpu, console: self.console, plan: &plan, settings: &settings }.run(base.as_ref())
    }

    fn say_parts(&self, parts: &Parts, config: &ClassifyConfig) {
        let (train, valid, test) = (parts.train.len(), parts.valid.len(), parts.test.len());
        self.console.event(&json!({"event": "items", "train": train, "valid": valid, "test": test, "labels": config.labels(), "targets": config.targets()}));
        let held = if test > 0 { format!(", {test} held back") } else { String::new() };
        self.console.info(format!("  {train} items to learn from, {valid} to decide when to stop (--valid-share){held}"));
    }
}
