//! The training of a run, its score and what it leaves.

use std::process::ExitCode;

use gatewise::Cpu;
use gatewise::task::language::{Fitted, HeldBack, LanguageModel, Plan};
use gatewise_data::Corpus;
use gatewise_report::language::{Foreseen, render_language, samples};
use serde_json::json;

use super::{NAME, report};
use crate::cli_error::CliError;
use crate::console::{Console, shown};
use crate::job::interrupt;
use crate::model::MODEL_FILE;
use crate::progress::{Progress, Words};
use crate::run_folder::RunFolder;

/// A run under way.
pub(super) struct Run<'a> {
    pub corpus: &'a Corpus,
    pub plan: &'a Plan,
    pub folder: RunFolder,
    pub cpu: Cpu,
    pub console: Console,
}

impl Run<'_> {
    pub(super) fn run(&self, base: Option<LanguageModel>) -> anyhow::Result<ExitCode> {
        interrupt::catch()?;
        let mut progress = Progress::new(self.console, &self.folder, Words::TEXT);
        progress.begin("training");
        if !self.plan.holds_back() {
            self.console.info("warning: nothing is held back, so nothing will be known of how well the model foresees new text");
        }
        let fitted = progress.session(&self.cpu, |session| LanguageModel::fit(self.plan, base, session))?;
        let Some(Fitted { model, held_back, summary }) = fitted else {
            progress.finish()?;
            return Ok(interrupt::left(NAME, &self.folder, self.console));
        };
        let (epochs, samples) = (progress.epochs(summary.best_epoch), samples(progress.metrics()));
        progress.finish()?;
        let path = self.folder.file(MODEL_FILE);
        model.save(&path).map_err(|e| CliError::io(e.to_string()))?;
        let (parameters, symbols) = (model.model.params().values.len(), model.vocabulary.len());
        if let Some(held_back) = &held_back {
            self.say_score(held_back, symbols)?;
        }
        let outcome = report::Outcome { summary: &summary, epochs, samples, held_back, parameters, symbols };
        self.folder.write_page(&render_language(&self.report(outcome)))?;
        self.console.info(format!("the model is {}; write with it:\n  gatewise generate {}", path.display(), self.folder.path().display()));
        self.console.event(&json!({"event": "done", "folder": shown(self.folder.path()), "model": shown(&path)}));
        Ok(ExitCode::SUCCESS)
    }

    fn say_score(&self, held_back: &HeldBack, symbols: usize) -> Result<(), CliError> {
        let foreseen = Foreseen(held_back);
        let metrics = foreseen.json();
        self.folder.write("metrics.json", format!("{metrics:#}\n").as_bytes())?;
        let mut event = metrics;
        event["event"] = "score".into();
        self.console.event(&event);
        self.console.info(foreseen.after_training(symbols));
        Ok(())
    }
}
