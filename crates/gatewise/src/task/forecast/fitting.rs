//! A forecaster out of data and a plan: trained, held against the rows kept back, trained anew on all.

use std::path::Path;

use gatewise_data::{Dataset, ReadOptions};
use gatewise_kernels::Cpu;

use super::judge::{HeldBack, Judge};
use super::outputs::check_ahead;
use super::tuning::{Tuning, tune_prior};
use super::{
    Candidate, DataSpec, Effects, Forecaster, Plan, Scales, Split, Table, Training, Windows, start_quantiles, starting_model, time_at,
    training_scales, training_windows,
};
use crate::batch::Source;
use crate::error::{Error, Kind, TrainError};
use crate::model::Model;
use crate::prior::Prior;
use crate::train::{Control, Event, Reason, Session, Summary, TrainConfig, Trainer, train_one, watch_gradients};

/// Networks trained on a part of the rows, and how each got there; without networks where there were too few rows.
#[derive(Debug)]
pub struct Trained {
    /// The forecaster.
    pub forecaster: Forecaster,
    /// By network.
    pub summaries: Vec<Summary>,
    /// Windows that were learned from.
    windows: usize,
    /// Steps of the prior's fine-tuning; 0 where its weights are as they were.
    tuned: u64,
}

impl Trained {
    /// The epoch whose weights were kept, of the network trained last.
    pub fn best_epoch(&self) -> Option<u64> {
        self.summaries.last().and_then(|s| s.best_epoch)
    }
}

/// A forecaster that is ready, and what is known of it.
#[derive(Debug)]
pub struct Fitted {
    /// The forecaster.
    pub model: Forecaster,
    /// Its errors on rows that nothing of it saw, beside simple methods; none where no rows were held back.
    pub held_back: Option<HeldBack>,
    /// How its networks were trained the first time.
    pub summaries: Vec<Summary>,
    /// What it should know of its data.
    pub spec: DataSpec,
}

impl Fitted {
    /// Writes the model file, which the command line and every other door read.
    ///
    /// # Errors
    /// What the file system says, with the path.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let spec = serde_json::to_value(&self.spec).map_err(|e| Error::new(Kind::Io, e.to_string()))?;
        Ok(self.model.save(path, &spec)?)
    }
}

/// What a forecaster is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A forecast beyond the end of the data: what was held back is learned from in the end.
    Forecast,
    /// A model: a test part that the plan names stays unseen.
    Model,
}

/// Where each network's training ends.
struct Limits {
    /// Most steps, by network; the last entry serves those behind it.
    steps: Vec<Option<u64>>,
    /// Windows that the steps were counted with, where other windows are passed over as often.
    windows: Option<usize>,
    /// Most steps in any case.
    most: Option<u64>,
    /// Seconds of one training.
    seconds: Option<f64>,
    /// Steps of the prior, where they are settled.
    tuned: Option<u64>,
}

impl Limits {
    /// The plan's limits; the time is shared by all trainings of the run.
    fn of(training: &Training, refits: bool) -> Self {
        let trainings = training.seeds * if refits { 2 } else { 1 };
        let seconds = training.train.time_limit.map(|limit| limit / trainings as f64);
        Self { steps: vec![training.train.max_steps], windows: None, most: training.train.max_steps, seconds, tuned: None }
    }

    /// As many passes over the windows as each network needed before; where nothing said when to stop, as many as it took.
    fn passes_of(&self, first: &Trained) -> Self {
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

/// The trainings of a plan over its data.
#[derive(Debug)]
pub struct Fit<'a> {
    dataset: &'a Dataset,
    /// As the training parts show what known covariates add.
    less: Table<'a>,
    /// With what these add.
    table: Table<'a>,
    effects: Option<Effects>,
    plan: &'a Plan,
    goal: Goal,
    base: Option<&'a Forecaster>,
    prior: Option<&'a Prior>,
}

impl<'a> Fit<'a> {
    /// Of `plan` over the data it was made for; `base` has the weights that training begins with.
    pub fn new(dataset: &'a Dataset, plan: &'a Plan, goal: Goal, base: Option<&'a Forecaster>) -> Self {
        let table = Table::of(dataset);
        let seen = |s: usize| plan.parts.splits[s].valid_end;
        let effects = plan.effects.as_ref().and_then(|_| plan.find_effects(&table, seen));
        let table = table.less(effects.as_ref()).calmed(plan.config.outliers);
        Self { dataset, table: table.whole(), less: table, effects, plan, goal, base, prior: None }
    }

    /// With a prior in place of the built-in one.
    #[must_use]
    pub fn with_prior(self, prior: Option<&'a Prior>) -> Self {
        Self { prior, ..self }
    }

    /// The prior that was given, or that of the model to begin with; none where that is the built-in one.
    fn own_prior(&self) -> Option<&Prior> {
        self.prior.or_else(|| self.base.and_then(Forecaster::own_prior))
    }

    /// A forecaster of networks, with the prior that was given.
    fn forecaster(&self, cpu: &Cpu, scales: Scales, members: Vec<Model<f32>>) -> Result<Forecaster, Error> {
        let mut forecaster = Forecaster::new(self.plan.config.clone(), scales, members)?;
        if let Some(prior) = self.own_prior() {
            forecaster.set_prior(Box::new(prior.clone_on(cpu)));
        }
        Ok(forecaster)
    }

    /// The series to be shown: outliers as they count, with what known covariates add.
    pub fn table(&self) -> &Table<'a> {
        &self.table
    }

    /// Whether a second training sees all rows, those held back too.
    pub fn refits(&self) -> bool {
        let plan = self.plan;
        let asked = plan.training.refit && (self.goal == Goal::Forecast || plan.parts.test.is_none() && plan.combine.is_some());
        asked && plan.parts.splits.iter().any(|s| s.train_end < s.end)
    }

    /// The first training, on the training parts; `None` where it was stopped.
    ///
    /// # Errors
    /// Numbers that are not finite, with the window; checkpoints that cannot be read or written; data without a window.
    pub fn train(&self, session: &mut Session<'_>) -> Result<Option<Trained>, Error> {
        let held_back = self.plan.parts.splits.iter().any(|s| s.valid_end < s.end);
        let phase = if held_back { "held back" } else { "training" };
        if self.goal == Goal::Forecast && self.plan.effects.is_some() {
            check_ahead(&self.less, self.plan.config.horizon)?;
        }
        let parts = (&self.less, &self.plan.parts.splits[..]);
        let trained = self.networks(session, phase, "last", parts, &Limits::of(&self.plan.training, self.refits()))?;
        let Some(mut trained) = trained else { return Ok(None) };
        trained.forecaster.set_effects(self.effects.clone())?;
        Ok(Some(trained))
    }

    /// Holds the first training against the rows kept back, and combines it with simple methods by what they said.
    ///
    /// # Errors
    /// A combination that does not fit the forecaster.
    pub fn judge(&self, session: &Session<'_>, trained: &mut Trained) -> Result<Option<HeldBack>, Error> {
        Judge { cpu: session.cpu, table: &self.less, truth: &Table::of(self.dataset), plan: self.plan }.judge(&mut trained.forecaster)
    }

    /// The parts of every series where all of its rows are learned from.
    pub fn all_rows(&self) -> Vec<Split> {
        self.less.series().iter().map(|s| Split::all_training(s.len())).collect()
    }

    /// The second training, on all rows, for as many passes over them as the first one needed; `None` where it was stopped. A network that
    /// counts for nothing is not trained twice.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub fn refit(&self, session: &mut Session<'_>, first: Trained) -> Result<Option<Forecaster>, Error> {
        let effects = self.plan.effects.clone();
        if !first.forecaster.combination().is_none_or(|c| c.uses(Candidate::Network)) {
            let mut forecaster = first.forecaster;
            forecaster.set_effects(effects)?;
            return Ok(Some(forecaster));
        }
        let again = effects.as_ref().map(|effects| Table::of(self.dataset).less(Some(effects)).calmed(self.plan.config.outliers));
        let table = again.as_ref().unwrap_or(&self.less);
        let mut passes = Limits::of(&self.plan.training, true).passes_of(&first);
        let counts = first.forecaster.combination().is_none_or(|c| c.uses(Candidate::Prior));
        passes.tuned = Some(if counts { first.tuned } else { 0 });
        let Some(second) = self.networks(session, "all rows", "refit", (table, &self.all_rows()), &passes)? else { return Ok(None) };
        let mut forecaster = second.forecaster;
        forecaster.set_effects(effects)?;
        if let Some(combination) = first.forecaster.combination().cloned() {
            let counts = combination.uses(Candidate::Prior);
            forecaster.set_combination(combination)?;
            if !counts {
                forecaster.drop_prior();
            }
        }
        Ok(Some(forecaster))
    }

    /// Networks trained on the training parts of a table; `file` names their checkpoints.
    fn networks(
        &self,
        session: &mut Session<'_>,
        phase: &str,
        file: &str,
        (table, splits): (&Table<'_>, &[Split]),
        limits: &Limits,
    ) -> Result<Option<Trained>, Error> {
        let config = &self.plan.config;
        let scales = training_scales(table, config, splits);
        if !self.plan.network {
            let forecaster = self.forecaster(session.cpu, scales, Vec::new())?;
            return Ok(Some(Trained { forecaster, summaries: Vec::new(), windows: 0, tuned: 0 }));
        }
        let (train, valid) = training_windows(table, config, &scales, splits)?;
        let (mut members, mut summaries) = (Vec::new(), Vec::new());
        let seeds = self.plan.training.seeds;
        for member in 0..seeds {
            let (phase, file) = if seeds == 1 {
                (phase.to_string(), format!("{file}.safetensors"))
            } else {
                (format!("{phase}, network {} of {seeds}", member + 1), format!("{file}-{}.safetensors", member + 1))
            };
            if session.tell(&Event::Phase { name: phase }) == Control::Stop {
                return Ok(None);
            }
            let (model, summary) = self.network(session, (&train, &valid), member, &file, limits)?;
            let interrupted = summary.reason == Reason::Interrupted;
            members.push(model);
            summaries.push(summary);
            if interrupted {
                return Ok(None);
            }
        }
        let mut forecaster = self.forecaster(session.cpu, scales, members)?;
        let steps = limits.tuned.unwrap_or(self.plan.training.prior_steps);
        let mut tuned = 0;
        if steps > 0 {
            let file = format!("{file}-prior.safetensors");
            let asked = (steps, self.plan.training.train.seed);
            let tuning = tune_prior(session, self.own_prior(), (table, config, splits), &valid, asked, &file);
            match tuning.map_err(|e| self.error(e, &train))? {
                Tuning::Stopped => return Ok(None),
                Tuning::Kept(prior, taken) => {
                    forecaster.set_prior(prior);
                    tuned = taken;
                }
                Tuning::Refused => {}
            }
        }
        Ok(Some(Trained { forecaster, summaries, windows: train.len(), tuned }))
    }

    fn network(
        &self,
        session: &mut Session<'_>,
        (train, valid): (&Windows<'_>, &Windows<'_>),
        member: usize,
        file: &str,
        limits: &Limits,
    ) -> Result<(Model<f32>, Summary), Error> {
        let config = &self.plan.config;
        let usual = &self.plan.training.train;
        let seed = usual.seed.wrapping_add(member as u64);
        // Built before the training, for what can be wrong with it is another kind of error.
        let mut model = starting_model(config, seed)?;
        start_quantiles(&mut model, config, train);
        if let Some(base) = self.base {
            let trained = &base.members()[member % base.members().len()];
            model.params_mut().values.copy_from_slice(&trained.params().values);
        }
        let own = TrainConfig { seed, max_steps: limits.steps(member, train.len()), time_limit: limits.seconds, ..usual.clone() };
        let begin = || Trainer::new(model, config.loss.clone(), own);
        let watch = |trainer: &mut Trainer| {
            if self.plan.training.watch_gradients {
                watch_gradients(trainer, train, config.steps(), &config.loss);
            }
            Ok::<_, TrainError>(())
        };
        let checkpoint = session.checkpoint(file);
        train_one(session, checkpoint, usual, (train, valid), begin, watch).map_err(|e| self.error(e, train))
    }

    /// A training error with the window where numbers are not finite, named by series and time.
    fn error(&self, error: TrainError, train: &Windows<'_>) -> Error {
        let TrainError::NotFinite { step, tensor, rows } = &error else { return error.into() };
        let window = rows.iter().find(|&&row| row < train.len()).map(|&row| train.window(row));
        let place = window.map_or(String::new(), |window| {
            let series = &self.dataset.series[window.series].id;
            let time = self.dataset.format_time(&time_at(self.dataset, window.series, window.origin));
            let series = if series.is_empty() { String::new() } else { format!(" of series \"{series}\"") };
            format!(", first in the window that forecasts from {time} on{series}")
        });
        Error::new(Kind::NotFinite, format!("step {step}: {tensor} is not finite{place}"))
            .help("a lower ⦃lr⦄, a ⦃clip-norm⦄, or ⦃normalize⦄ window; the weights before that step are in the run folder")
    }
}

impl Forecaster {
    /// Trains a forecaster as `plan` says, holds it against the rows kept back, and trains it anew on all rows.
    ///
    /// ```
    /// use gatewise::data::Dataset;
    /// use gatewise::forecast::{Forecaster, Options, Plan};
    /// use gatewise::train::{Control, Session};
    ///
    /// let sales: Vec<f64> = (0..60).map(|t| 100.0 + f64::from(t) + 10.0 * f64::from(t % 12)).collect();
    /// let data = Dataset::from_columns(&[("sales", &sales)], 1)?;
    /// let options = Options { horizon: Some(6), season: Some(vec![12]), ..Options::default() };
    /// let plan = Plan::new(&data, &options)?;
    /// let cpu = gatewise::Cpu::new(1)?;
    /// let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    /// let mut fitted = Forecaster::fit(&data, &plan, &mut session)?.expect("nobody stopped it");
    /// let forecast = &fitted.model.predict(&cpu, &data)?[0];
    /// assert!((forecast.point[0] - 160.0).abs() < 10.0, "{:?}", forecast.point);
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("sales.safetensors");
    /// fitted.save(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Where the session keeps checkpoints, the same call goes on where it was stopped. `None` where an event was answered with
    /// [`Control::Stop`].
    ///
    /// # Errors
    /// As [`Fit::train`].
    pub fn fit(dataset: &Dataset, plan: &Plan, session: &mut Session<'_>) -> Result<Option<Fitted>, Error> {
        let fit = Fit::new(dataset, plan, Goal::Forecast, None);
        let Some(mut first) = fit.train(session)? else { return Ok(None) };
        let held_back = fit.judge(session, &mut first)?;
        let summaries = first.summaries.clone();
        let refits = fit.refits();
        let model = if refits { fit.refit(session, first)? } else { Some(first.forecaster) };
        let seen = |s: usize| if refits { dataset.series[s].len() } else { plan.parts.splits[s].valid_end };
        let spec = DataSpec::of(dataset, &ReadOptions::default(), plan.options.test_from.clone(), seen);
        Ok(model.map(|model| Fitted { model, held_back, summaries, spec }))
    }
}
