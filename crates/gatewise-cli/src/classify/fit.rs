//! The training of a run, its score and what it leaves.

use std::path::Path;
use std::process::ExitCode;

use gatewise::Cpu;
use gatewise::batch::{Empty, Source};
use gatewise::error::TrainError;
use gatewise::model::Model;
use gatewise::task::classify::{Augment, Beside, Classifier, ClassifyConfig, Examples, Item, Network, adopt};
use gatewise::task::forecast::{CellName, Combine};
use gatewise::train::{Control, Event, Reason, Summary, TrainConfig, Trainer, go_on_or, watch_gradients};
use serde_json::{Value, json};

use super::beside::Alone;
use super::data::ItemSpec;
use super::media::MediaSpec;
use super::parts::Parts;
use super::plan::Plan;
use super::score::{self, Score};
use super::{Aim, CHECKPOINT, failure};
use crate::args::ItemSettings;
use crate::failure::Failure;
use crate::job::interrupt;
use crate::model::MODEL_FILE;
use crate::progress::{Progress, Words};
use crate::run_folder::RunFolder;
use crate::talk::{Talk, shown};

/// The checkpoint of the training on all items.
const REFIT_CHECKPOINT: &str = "refit.safetensors";

/// Items that an error names.
const NAMED: usize = 5;

/// A run under way.
pub(super) struct Run<'a> {
    pub aim: Aim,
    pub path: &'a Path,
    pub folder: RunFolder,
    pub cpu: Cpu,
    pub talk: Talk,
    pub parts: &'a Parts,
    pub plan: &'a Plan,
    pub combine: Combine,
    pub settings: &'a ItemSettings,
    pub spec: &'a ItemSpec,
}

/// A network until its own is settled.
pub(super) fn placeholder() -> Network {
    Network::new(CellName::Gru, 1)
}

/// A training error as the user sees it; `chosen` are the items of the part it happened in.
pub(super) fn train_failure(error: &TrainError, items: &[Item], chosen: &[usize]) -> Failure {
    let place = |rows: &[usize]| {
        let names: Vec<&str> = rows.iter().take(NAMED).filter_map(|&k| Some(items[*chosen.get(k)?].name.as_str())).collect();
        format!(" (items {})", names.join(", "))
    };
    crate::failure::training(error, place, "a lower --lr, or a --clip-norm; the weights before that step are in the run folder")
}

impl Run<'_> {
    pub fn run(&self, config: ClassifyConfig, items: &[Item], base: Option<&Classifier>) -> anyhow::Result<ExitCode> {
        let mut progress = Progress::new(self.talk, &self.folder, Words::ITEMS);
        let Parts { train, valid, test, .. } = self.parts;
        let phase = if self.plan.refit { "held back" } else { "training" };
        let (model, summary) = self.train(&config, items, (train, valid), (phase, CHECKPOINT), &self.plan.train, base, &mut progress)?;
        let epochs = progress.epochs(summary.best_epoch);
        if summary.reason == Reason::Interrupted {
            return Ok(interrupt::left(self.aim.command(), &self.folder, self.talk));
        }
        let mut classifier = Classifier::new(config.clone(), model).map_err(|e| failure(&e))?;
        classifier.calibrate(&self.cpu, items, valid);
        let seed = self.plan.train.seed;
        let mut beside = Beside::learn(&self.cpu, &mut classifier, items, (train, valid), self.combine, seed);
        if let Some(beside) = beside.as_ref().filter(|_| valid.is_empty()) {
            let share = 1.0 - beside.network;
            let message = format!("no item was held back to settle what MiniRocket counts for: it is {share:.2} of the answer (--combine)");
            self.talk.event(&json!({"event": "note", "message": message}));
            self.talk.say(format!("  note: {message}"));
        }
        classifier.set_beside(beside.clone());
        let on_valid = self.score(&mut classifier, items, valid, "on the items that decided when to stop")?;
        if self.plan.refit {
            let answer = classifier.config().answer.clone();
            let mut all: Vec<usize> = train.iter().chain(valid).copied().collect();
            all.sort_unstable();
            // As far through the course of the rate as the first training, in passes: there are more items now.
            let steps = self.plan.train.max_steps.unwrap_or(1);
            let per_epoch = all.len().div_ceil(self.plan.train.batch) as u64;
            let again = TrainConfig { epochs: steps.div_ceil(per_epoch).max(1), patience: None, ..self.plan.train.clone() };
            let (model, summary) = self.train(&config, items, (&all, &[]), ("all items", REFIT_CHECKPOINT), &again, base, &mut progress)?;
            if summary.reason == Reason::Interrupted {
                return Ok(interrupt::left(self.aim.command(), &self.folder, self.talk));
            }
            beside = beside.and_then(|b| b.refit(&self.cpu, &config, items, &all, seed));
            classifier = Classifier::new(ClassifyConfig { answer, ..config }, model).map_err(|e| failure(&e))?;
            classifier.set_beside(beside);
        }
        progress.finish()?;
        let path = self.folder.file(MODEL_FILE);
        classifier.save(&path, &serde_json::to_value(self.spec)?).map_err(|e| Failure::io(e.to_string()))?;
        let on_test = self.score(&mut classifier, items, test, "on the items held back")?;
        let figures = |part: &Option<Judged>| part.as_ref().map(Judged::json);
        let metrics = json!({"valid": figures(&on_valid), "test": figures(&on_test)});
        self.folder.write("metrics.json", format!("{metrics:#}\n").as_bytes())?;
        let best = on_test.as_ref().or(on_valid.as_ref());
        let settings = crate::settings::text(self.settings)?;
        let page = super::report::page(self.path, classifier.config(), best, &epochs, self.parts, &settings, on_test.is_some());
        let page = self.folder.write("report.html", page.as_bytes())?;
        let folder = self.folder.path().display();
        let verb = if self.aim == Aim::Classes { "name the class of others" } else { "predict others" };
        self.talk.say(format!("model and report are in {folder}; open {}, or {verb}:\n  gatewise predict {folder} DATA", page.display()));
        self.talk.event(&json!({"event": "done", "folder": shown(self.folder.path()), "model": shown(&path), "report": shown(&page)}));
        Ok(ExitCode::SUCCESS)
    }

    #[expect(clippy::too_many_arguments, reason = "one training out of two, with what is shared")]
    fn train(
        &self,
        config: &ClassifyConfig,
        items: &[Item],
        (train, valid): (&[usize], &[usize]),
        (phase, file): (&str, &str),
        settings: &TrainConfig,
        base: Option<&Classifier>,
        progress: &mut Progress<'_>,
    ) -> anyhow::Result<(Model<f32>, Summary)> {
        progress.begin(phase);
        let checkpoint = self.folder.file(file);
        let wrong = |e: &TrainError| train_failure(e, items, train);
        let task = config.to_task(&serde_json::to_value(self.spec)?);
        let mut trainer = go_on_or(Some(checkpoint), settings, || {
            let mut model = Model::new(&config.model(), settings.seed).map_err(|e| failure(&e.into()))?;
            if let Some(base) = base {
                let (own, old) = (config, base.config());
                let alike = own.task() == old.task() && own.answer_names() == old.answer_names();
                let (copied, new) = adopt(&mut model, base.model(), alike);
                let new = if new.is_empty() { String::new() } else { format!("; new: {}", new.join(", ")) };
                let anew = if base.beside().is_some() { "; its MiniRocket is left out" } else { "" };
                self.talk.say(format!("  {copied} tensors of the trained model taken over{new}{anew}"));
            }
            let mut trainer = Trainer::new(model, config.loss.clone(), settings.clone())?;
            trainer.set_task(task);
            Ok::<_, Failure>(trainer)
        })?;
        let change = self.spec.media.as_ref().and_then(MediaSpec::change);
        let augment = Augment { bands: self.spec.media.as_ref().map_or(0, MediaSpec::bands), ..self.plan.augment };
        let mut source = Examples::new(config, items, train).with_augment(augment, settings.seed);
        if let Some(change) = &change {
            source = source.with_change(change);
        }
        if self.plan.watch_gradients {
            let steps = train.iter().map(|&k| items[k].len(config.channels())).max().unwrap_or(1);
            watch_gradients(&mut trainer, &Examples::new(config, items, train), steps, &config.loss);
        }
        let mut on_event = |event: &Event| {
            progress.hear(event);
            if interrupt::asked() { Control::Stop } else { Control::Continue }
        };
        let held = Examples::new(config, items, valid);
        let valid: &dyn Source = if valid.is_empty() { &Empty } else { &held };
        let summary = trainer.run(&self.cpu, &source, valid, &mut on_event).map_err(|e| wrong(&e))?;
        Ok((trainer.into_best(), summary))
    }

    fn score(&self, classifier: &mut Classifier, items: &[Item], chosen: &[usize], heading: &str) -> anyhow::Result<Option<Judged>> {
        if chosen.is_empty() {
            return Ok(None);
        }
        let about = score::About { majority: self.spec.majority(), ..Default::default() };
        let score = score::of(&self.cpu, classifier, items, chosen, about);
        let alone = Alone::of(&self.cpu, classifier, items, chosen);
        let each = alone.as_ref().map(|alone| format!("\n{}", alone.text())).unwrap_or_default();
        self.talk.say(format!("{heading}:\n{}{each}", score.text(classifier.config())));
        let judged = Judged { score, alone };
        let mut event = judged.json();
        event["event"] = "score".into();
        event["part"] = if chosen.len() == self.parts.test.len() && chosen == self.parts.test { "test".into() } else { "valid".into() };
        self.talk.event(&event);
        Ok(Some(judged))
    }
}

/// A score, and what the network and MiniRocket say alone.
pub(super) struct Judged {
    pub score: Score,
    pub alone: Option<Alone>,
}

impl Judged {
    fn json(&self) -> Value {
        let mut object = self.score.json();
        if let Some(alone) = &self.alone {
            object["alone"] = alone.json();
        }
        object
    }
}
