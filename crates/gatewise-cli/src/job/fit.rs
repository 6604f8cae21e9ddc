//! Trains the networks of a forecaster, each from its own seed and with its own checkpoint.

use gatewise::batch::Source;
use gatewise::error::TrainError;
use gatewise::model::Model;
use gatewise::task::forecast::{Forecaster, Split, Windows, start_quantiles, starting_model, training_scales, training_windows};
use gatewise::train::{Control, Event, Reason, Summary, TrainConfig, Trainer};

use super::{Run, interrupt};
use crate::data::time_at;
use crate::failure::Failure;
use crate::gradients;
use crate::plan::{self, Training};
use crate::progress::Progress;

/// A trained forecaster, and how each of its networks got there; without networks where there were too few rows.
pub(super) struct Fitted {
    pub forecaster: Forecaster,
    pub summaries: Vec<Summary>,
    /// Windows that were learned from.
    pub windows: usize,
}

impl Fitted {
    /// The epoch whose weights were kept, of the network trained last.
    pub fn best_epoch(&self) -> Option<u64> {
        self.summaries.last().and_then(|s| s.best_epoch)
    }
}

/// Where each network's training ends.
pub(super) struct Limits {
    /// Most steps, by network; the last entry serves those behind it.
    steps: Vec<Option<u64>>,
    /// Windows that the steps were counted with, where other windows are passed over as often.
    windows: Option<usize>,
    /// Most steps in any case.
    most: Option<u64>,
    /// Seconds of one training.
    seconds: Option<f64>,
}

impl Limits {
    /// The user's limits; the time is shared by all trainings of the run.
    pub fn of(training: &Training, refits: bool) -> Self {
        let trainings = training.seeds * if refits { 2 } else { 1 };
        let seconds = training.train.time_limit.map(|limit| limit / trainings as f64);
        Self { steps: vec![training.train.max_steps], windows: None, most: training.train.max_steps, seconds }
    }

    /// As many passes over the windows as each network needed before; where nothing said when to stop, as many as it took.
    pub fn passes_of(&self, first: &Fitted) -> Self {
        let steps = first.summaries.iter().map(|s| Some(s.best_step.unwrap_or(s.steps).max(1))).collect();
        Self { steps, windows: Some(first.windows), ..*self }
    }

    fn steps(&self, member: usize, windows: usize) -> Option<u64> {
        let steps = self.steps.get(member).or(self.steps.last()).copied().flatten()?;
        let Some(before) = self.windows.filter(|before| *before > 0) else { return Some(steps) };
        let steps = (steps as f64 * windows as f64 / before as f64).round().max(1.0) as u64;
        Some(self.most.map_or(steps, |most| steps.min(most)))
    }
}

impl Run<'_> {
    /// Trains on the training parts of `splits`; `None` where Ctrl-C ended it. `phase` is said, `file` names the checkpoints.
    pub(super) fn fit(
        &self,
        progress: &mut Progress<'_>,
        phase: &str,
        file: &str,
        splits: &[Split],
        limits: &Limits,
    ) -> anyhow::Result<Option<Fitted>> {
        let config = &self.plan.config;
        let scales = training_scales(self.table, config, splits);
        if !self.plan.network {
            let forecaster = Forecaster::new(config.clone(), scales, Vec::new()).map_err(plan::failure)?;
            return Ok(Some(Fitted { forecaster, summaries: Vec::new(), windows: 0 }));
        }
        let (train, valid) = training_windows(self.table, config, &scales, splits).map_err(plan::failure)?;
        let (mut members, mut summaries) = (Vec::new(), Vec::new());
        let seeds = self.plan.training.seeds;
        for member in 0..seeds {
            let (phase, file) = if seeds == 1 {
                (phase.to_string(), format!("{file}.safetensors"))
            } else {
                (format!("{phase}, network {} of {seeds}", member + 1), format!("{file}-{}.safetensors", member + 1))
            };
            progress.begin(&phase);
            let (model, summary) = self.train_one(progress, &train, &valid, member, &file, limits)?;
            let interrupted = summary.reason == Reason::Interrupted;
            members.push(model);
            summaries.push(summary);
            if interrupted {
                return Ok(None);
            }
        }
        let forecaster = Forecaster::new(config.clone(), scales, members).map_err(plan::failure)?;
        Ok(Some(Fitted { forecaster, summaries, windows: train.len() }))
    }

    fn train_one(
        &self,
        progress: &mut Progress<'_>,
        train: &Windows<'_>,
        valid: &Windows<'_>,
        member: usize,
        file: &str,
        limits: &Limits,
    ) -> anyhow::Result<(Model<f32>, Summary)> {
        let path = self.folder.file(file);
        let mut trainer = if path.exists() {
            let mut trainer = Trainer::resume(&path).map_err(|e| self.failure(&e, train))?;
            trainer.set_checkpoint_seconds(self.plan.training.train.checkpoint_seconds).map_err(|e| self.failure(&e, train))?;
            trainer
        } else {
            let usual = &self.plan.training.train;
            let seed = usual.seed.wrapping_add(member as u64);
            let mut model = starting_model(&self.plan.config, seed).map_err(plan::failure)?;
            start_quantiles(&mut model, &self.plan.config, train);
            if let Some(base) = self.base {
                let trained = &base.members()[member % base.members().len()];
                model.params_mut().values.copy_from_slice(&trained.params().values);
            }
            let config = TrainConfig { seed, max_steps: limits.steps(member, train.len()), time_limit: limits.seconds, ..usual.clone() };
            let mut trainer = Trainer::new(model, self.plan.config.loss.clone(), config).map_err(|e| self.failure(&e, train))?;
            trainer.set_checkpoint(path);
            trainer
        };
        let config = &self.plan.config;
        let watched = self.plan.training.watch_gradients.then(|| gradients::watch(&mut trainer, train, config.steps(), &config.loss));
        let mut on_event = |event: &Event| {
            progress.hear(event);
            if let Some(watched) = &watched {
                watched.tell(event, progress, self.talk);
            }
            if interrupt::asked() { Control::Stop } else { Control::Continue }
        };
        let summary = trainer.run(&self.cpu, train, valid, &mut on_event).map_err(|e| self.failure(&e, train))?;
        Ok((trainer.into_best(), summary))
    }

    /// A training error as the user sees it; windows are named by series and time.
    fn failure(&self, error: &TrainError, train: &Windows<'_>) -> Failure {
        let place = |rows: &[usize]| {
            let Some(window) = rows.iter().find(|&&row| row < train.len()).map(|&row| train.window(row)) else { return String::new() };
            let series = &self.dataset.series[window.series].id;
            let time = self.dataset.format_time(&time_at(self.dataset, window.series, window.origin));
            let series = if series.is_empty() { String::new() } else { format!(" of series \"{series}\"") };
            format!(", first in the window that forecasts from {time} on{series}")
        };
        crate::failure::training(
            error,
            place,
            "a lower --lr, a --clip-norm, or --normalize window; the weights before that step are in the run folder",
        )
    }
}
