//! A training in a run folder: what is said of it and what it leaves.

use std::path::Path;
use std::process::ExitCode;

use gatewise::Cpu;
use gatewise::task::classify::{ClassifierModel, Fit, Goal, Outcome, Plan};
use gatewise_report::classify::{ClassifyReport, outcome_json, outcome_text, render_classify};
use serde_json::json;

use super::command;
use crate::args::ItemSettings;
use crate::cli_error::CliError;
use crate::commands::command_line;
use crate::console::{Console, shown};
use crate::job::interrupt;
use crate::model::MODEL_FILE;
use crate::progress::{Progress, Words};
use crate::run_folder::RunFolder;

/// A run under way.
pub(super) struct Run<'a> {
    pub goal: Goal,
    pub path: &'a Path,
    pub folder: RunFolder,
    pub cpu: Cpu,
    pub console: Console,
    pub plan: &'a Plan,
    pub settings: &'a ItemSettings,
}

impl Run<'_> {
    pub fn run(&self, base: Option<&ClassifierModel>) -> anyhow::Result<ExitCode> {
        let mut progress = Progress::new(self.console, &self.folder, Words::ITEMS);
        let fit = Fit::new(self.plan, base);
        let Some(mut trained) = progress.session(&self.cpu, |session| fit.train(session))? else { return Ok(self.left()) };
        let epochs = progress.epochs(trained.summary.best_epoch);
        let valid = progress.session(&self.cpu, |session| Ok(fit.judge(session, &mut trained)))?;
        self.say_outcome(valid.as_ref(), "valid", "on the items that decided when to stop");
        if fit.refits() {
            let Some(again) = progress.session(&self.cpu, |session| fit.refit(session, trained))? else { return Ok(self.left()) };
            trained = again;
        }
        progress.finish()?;
        let mut model = trained.model;
        let path = self.folder.file(MODEL_FILE);
        model.save(&path).map_err(CliError::from)?;
        let test = fit.test(&self.cpu, &mut model);
        self.say_outcome(test.as_ref(), "test", "on the items held back");
        let figures = |part: &Option<Outcome>| part.as_ref().map(outcome_json);
        let metrics = json!({"valid": figures(&valid), "test": figures(&test)});
        self.folder.write("metrics.json", format!("{metrics:#}\n").as_bytes())?;
        let report = ClassifyReport {
            title: self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned(),
            command: command_line(),
            config: model.classifier.config(),
            outcome: test.as_ref().or(valid.as_ref()),
            unseen: test.is_some(),
            epochs: &epochs,
            parts: &self.plan.parts,
            settings: &crate::settings::text(self.settings)?,
        };
        let page = self.folder.write_page(&render_classify(&report))?;
        let folder = self.folder.path().display();
        let verb = if self.goal == Goal::Classes { "name the class of others" } else { "predict others" };
        self.console
            .info(format!("model and report are in {folder}; open {}, or {verb}:\n  gatewise predict {folder} DATA", page.display()));
        self.console.event(&json!({"event": "done", "folder": shown(self.folder.path()), "model": shown(&path), "report": shown(&page)}));
        Ok(ExitCode::SUCCESS)
    }

    fn left(&self) -> ExitCode {
        interrupt::left(command(self.goal), &self.folder, self.console)
    }

    fn say_outcome(&self, outcome: Option<&Outcome>, part: &str, heading: &str) {
        let Some(outcome) = outcome else { return };
        self.console.info(format!("{heading}:\n{}", outcome_text(outcome)));
        let mut event = outcome_json(outcome);
        event["event"] = "score".into();
        event["part"] = part.into();
        self.console.event(&event);
    }
}
