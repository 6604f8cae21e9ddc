//! The training of a run, its score and what it leaves.

use std::process::ExitCode;

use gatewise::Cpu;
use gatewise::batch::Empty;
use gatewise::error::TrainError;
use gatewise::model::Model;
use gatewise::task::language::{Baseline, LanguageConfig, LanguageModel, Score, Streams, Vocabulary};
use gatewise::train::{Control, Event, Reason, Summary, Trainer, go_on_or, watch_gradients_of};
use gatewise_data::Corpus;
use gatewise_report::language::{Foreseen, render_language, samples};
use serde_json::json;

use super::plan::Plan;
use super::text::{Text, failure};
use super::{CHECKPOINT, NAME, report, sample, windows};
use crate::failure::Failure;
use crate::job::interrupt;
use crate::model::MODEL_FILE;
use crate::progress::{Progress, Words};
use crate::run_folder::RunFolder;
use crate::talk::{Talk, shown};

/// A run under way.
pub(super) struct Run<'a> {
    pub corpus: &'a Corpus,
    pub folder: RunFolder,
    pub cpu: Cpu,
    pub talk: Talk,
}

/// A training error as the user sees it.
pub(super) fn train_failure(error: &TrainError) -> Failure {
    crate::failure::training(error, |_| String::new(), "a lower --lr, or a --clip-norm; the weights before that step are in the run folder")
}

impl Run<'_> {
    pub(super) fn run(&self, plan: &Plan, vocabulary: Vocabulary, base: Option<LanguageModel>, text: &Text) -> anyhow::Result<ExitCode> {
        interrupt::catch()?;
        let mut progress = Progress::new(self.talk, &self.folder, Words::TEXT);
        progress.begin("training");
        let (model, summary, vocabulary) = self.train(plan, vocabulary, base, text, &mut progress)?;
        let (epochs, samples) = (progress.epochs(summary.best_epoch), samples(progress.metrics()));
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
        self.folder.write_page(&render_language(&self.report(plan, text, outcome)))?;
        self.talk.say(format!("the model is {}; write with it:\n  gatewise generate {}", path.display(), self.folder.path().display()));
        self.talk.event(&json!({"event": "done", "folder": shown(self.folder.path()), "model": shown(&path)}));
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
        let mut trainer = go_on_or(Some(checkpoint), &plan.train, || {
            let seed = plan.train.seed;
            let model = match base {
                Some(base) => base.grown(&vocabulary, plan.regularisation(), seed).map(|grown| grown.model),
                None => plan.config.starting_model(vocabulary.len(), seed),
            };
            let model = model.map_err(|e| failure(e, path))?;
            let loss = LanguageConfig::loss(vocabulary.len());
            let mut trainer = Trainer::new(model, loss, plan.train.clone())?;
            trainer.set_task(LanguageModel::task(&vocabulary));
            Ok::<_, Failure>(trainer)
        })?;
        let written = sample::watch(&mut trainer, &vocabulary, plan.settings.sample).map_err(|e| failure(e, path))?;
        let watched = if plan.settings.training.watches_gradients() {
            let batch = windows::probed(&text.ids, text.train.clone(), trainer.model(), path)?;
            Some(watch_gradients_of(&mut trainer, batch, &LanguageConfig::loss(vocabulary.len())))
        } else {
            None
        };
        let mut on_event = |event: &Event| {
            progress.hear(event);
            if let Some(gradients) = watched.as_ref().and_then(|watched| watched.after(event)) {
                progress.hear(&gradients);
            }
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
            trainer.run(&self.cpu, &train, &Empty, &mut on_event)
        };
        if let Some(broken) = train.failure() {
            return Err(Failure::io(broken.to_string()).into());
        }
        let summary = summary.map_err(|e| train_failure(&e))?;
        Ok((trainer.into_best(), summary, vocabulary))
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
        let foreseen = Foreseen { score: &score, baseline: &baseline, characters: text.valid_chars };
        let metrics = foreseen.json();
        self.folder.write("metrics.json", format!("{metrics:#}\n").as_bytes())?;
        let mut event = metrics;
        event["event"] = "score".into();
        self.talk.event(&event);
        self.talk.say(foreseen.after_training(symbols));
        Ok(Some((score, baseline)))
    }
}
