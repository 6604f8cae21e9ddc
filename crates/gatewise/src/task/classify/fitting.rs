//! A classifier out of a plan: trained, held against the items that decided when to stop, trained anew on all, held against those held back.

use gatewise_kernels::Cpu;

use super::score::{About, Outcome};
use super::{Augment, Beside, CHECKPOINT, Classifier, ClassifierModel, ClassifyConfig, ClassifyError, Examples, Plan, load_matching};
use crate::batch::{Empty, Source};
use crate::error::{Error, Kind, TrainError};
use crate::model::Model;
use crate::train::{Control, Event, Reason, Session, Summary, TrainConfig, Trainer, train_one, watch_gradients};

/// The checkpoint of the training on all items.
const REFIT_CHECKPOINT: &str = "refit.safetensors";

/// Items that an error names.
const NAMED: usize = 5;

/// A network trained, and how it got there.
#[derive(Debug)]
pub struct Trained {
    /// The classifier.
    pub model: ClassifierModel,
    /// How its training ended.
    pub summary: Summary,
}

/// A classifier that is ready, and what is known of it.
#[derive(Debug)]
pub struct Fitted {
    /// The classifier.
    pub model: ClassifierModel,
    /// How the first training did on the items that decided when to stop; none without such items.
    pub valid: Option<Outcome>,
    /// How the model does on items that nothing of it saw; none where none were held back.
    pub test: Option<Outcome>,
    /// How each training ended: on a part of the items, and on all of them where it was repeated.
    pub summaries: Vec<Summary>,
}

/// The trainings of a plan.
#[derive(Debug)]
pub struct Fit<'a> {
    plan: &'a Plan,
    base: Option<&'a ClassifierModel>,
}

impl<'a> Fit<'a> {
    /// Of `plan`; `base` has the weights that training begins with.
    pub fn new(plan: &'a Plan, base: Option<&'a ClassifierModel>) -> Self {
        Self { plan, base }
    }

    /// Whether a second training sees the items that decide when to stop, too.
    pub fn refits(&self) -> bool {
        self.plan.training.refit
    }

    /// The first training; `None` where it was stopped.
    ///
    /// # Errors
    /// Numbers that are not finite, with the items; checkpoints that cannot be read or written.
    pub fn train(&self, session: &mut Session<'_>) -> Result<Option<Trained>, Error> {
        let plan = self.plan;
        let phase = if self.refits() { "held back" } else { "training" };
        let parts = (&plan.parts.train[..], &plan.parts.valid[..]);
        let Some((model, summary)) = self.network(session, parts, (phase, CHECKPOINT), &plan.training.train)? else { return Ok(None) };
        Ok(Some(Trained { model: self.ready(plan.config.clone(), model)?, summary }))
    }

    /// Makes probabilities mean what they say, asks the simple method and settles what it counts for, and holds the answers against the truth: all by
    /// the items that decided when to stop. None without such items.
    pub fn judge(&self, session: &mut Session<'_>, trained: &mut Trained) -> Option<Outcome> {
        let plan = self.plan;
        let (train, valid) = (&plan.parts.train, &plan.parts.valid);
        let classifier = &mut trained.model.classifier;
        classifier.calibrate(session.cpu, plan.items(), valid);
        let seed = plan.training.train.seed;
        let beside = Beside::learn(session.cpu, classifier, plan.items(), (train, valid), plan.combine, seed);
        if let Some(beside) = beside.as_ref().filter(|_| valid.is_empty()) {
            let share = 1.0 - beside.network;
            let title = beside.simple.name().title;
            let message = format!("no item was held back to settle the share of {title}: it is {share:.2} of the answer (⦃combine⦄)");
            session.tell(&Event::Note { path: None, message });
        }
        classifier.set_beside(beside);
        self.outcome(session.cpu, &mut trained.model, valid)
    }

    /// The second training, on all items but those held back, for as many passes over them as the first one was planned for; `None` where it was
    /// stopped.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub fn refit(&self, session: &mut Session<'_>, first: Trained) -> Result<Option<Trained>, Error> {
        let plan = self.plan;
        let mut all: Vec<usize> = plan.parts.train.iter().chain(&plan.parts.valid).copied().collect();
        all.sort_unstable();
        // As far through the course of the rate as the first training, in passes: there are more items now.
        let usual = &plan.training.train;
        let steps = usual.max_steps.unwrap_or(1);
        let per_epoch = all.len().div_ceil(usual.batch) as u64;
        let again = TrainConfig { epochs: steps.div_ceil(per_epoch).max(1), patience: None, ..usual.clone() };
        let Some((model, summary)) = self.network(session, (&all, &[]), ("all items", REFIT_CHECKPOINT), &again)? else {
            return Ok(None);
        };
        let first = first.model.classifier;
        let beside = first.beside().and_then(|beside| beside.refit(session.cpu, &plan.config, plan.items(), &all, usual.seed));
        let mut model = self.ready(ClassifyConfig { answer: first.config().answer.clone(), ..plan.config.clone() }, model)?;
        model.classifier.set_beside(beside);
        Ok(Some(Trained { model, summary }))
    }

    /// Holds a model against the items held back; none where there are none.
    pub fn test(&self, cpu: &Cpu, model: &mut ClassifierModel) -> Option<Outcome> {
        self.outcome(cpu, model, &self.plan.parts.test)
    }

    fn outcome(&self, cpu: &Cpu, model: &mut ClassifierModel, chosen: &[usize]) -> Option<Outcome> {
        let about = About { majority: model.spec.majority(), ..About::default() };
        (!chosen.is_empty()).then(|| Outcome::of(cpu, &mut model.classifier, self.plan.items(), chosen, about))
    }

    fn ready(&self, config: ClassifyConfig, model: Model<f32>) -> Result<ClassifierModel, Error> {
        ClassifierModel::new(Classifier::new(config, model)?, self.plan.spec.clone())
    }

    /// One training, gone on with where its checkpoint is there.
    fn network(
        &self,
        session: &mut Session<'_>,
        (train, valid): (&[usize], &[usize]),
        (phase, file): (&str, &str),
        settings: &TrainConfig,
    ) -> Result<Option<(Model<f32>, Summary)>, Error> {
        if session.tell(&Event::Phase { name: phase.to_owned() }) == Control::Stop {
            return Ok(None);
        }
        let (plan, config, items) = (self.plan, &self.plan.config, self.plan.items());
        let checkpoint = session.checkpoint(file);
        let begins = checkpoint.as_ref().is_none_or(|path| !path.exists());
        let model = if begins { Some(self.starting_model(session, settings.seed)?) } else { None };
        let spec = serde_json::to_value(&plan.spec).map_err(|e| Error::new(Kind::Io, e.to_string()))?;
        let begin = || {
            let model = model.map_or_else(|| Model::new(&config.model(), settings.seed), Ok)?;
            let mut trainer = Trainer::new(model, config.loss.clone(), settings.clone())?;
            trainer.set_task(config.to_task(&spec));
            Ok(trainer)
        };
        let change = plan.spec.media.as_ref().and_then(super::MediaSpec::change);
        let augment = Augment { bands: plan.bands(), ..plan.training.augment };
        let mut source = Examples::new(config, items, train).with_augment(augment, settings.seed);
        if let Some(change) = &change {
            source = source.with_change(change);
        }
        let watch = |trainer: &mut Trainer| {
            if plan.training.watch_gradients {
                let steps = train.iter().map(|&k| items[k].len(config.channels())).max().unwrap_or(1);
                watch_gradients(trainer, &Examples::new(config, items, train), steps, &config.loss);
            }
            Ok(())
        };
        let held = Examples::new(config, items, valid);
        let valid: &dyn Source = if valid.is_empty() { &Empty } else { &held };
        let (model, summary) =
            train_one(session, checkpoint, settings, (&source, valid), begin, watch).map_err(|e| self.error(&e, train))?;
        Ok((summary.reason != Reason::Interrupted).then_some((model, summary)))
    }

    /// A new network, with the weights of the base where there is one.
    fn starting_model(&self, session: &mut Session<'_>, seed: u64) -> Result<Model<f32>, Error> {
        let own = &self.plan.config;
        let mut model = Model::new(&own.model(), seed).map_err(ClassifyError::from)?;
        if let Some(ClassifierModel { classifier: base, .. }) = self.base {
            let old = base.config();
            let alike = own.task() == old.task() && own.answer_names() == old.answer_names();
            let (tensors, new) = load_matching(&mut model, base.model(), alike);
            session.tell(&Event::Adopted { tensors, new, without_beside: base.beside().is_some() });
        }
        Ok(model)
    }

    /// A training error with the names of the items where numbers are not finite; `chosen` are those of the part it happened in.
    fn error(&self, error: &TrainError, chosen: &[usize]) -> Error {
        let place = |rows: &[usize]| {
            let items = self.plan.items();
            let names: Vec<&str> = rows.iter().take(NAMED).filter_map(|&k| Some(items[*chosen.get(k)?].name.as_str())).collect();
            format!(" (items {})", names.join(", "))
        };
        error.at(place, "a lower ⦃lr⦄, or a ⦃clip-norm⦄; the weights before that step are in the run folder")
    }
}

impl Classifier {
    /// Trains a classifier as `plan` says, holds it against the items that decided when to stop and those held back, and trains it anew on all
    /// but the latter where they are few.
    ///
    /// ```
    /// use gatewise::classify::{Classifier, EvaluateOptions, Goal, Options, Plan};
    /// use gatewise::data::items::ItemSet;
    /// use gatewise::train::{Control, Session};
    ///
    /// // Whether a series swings slowly or fast, however it began.
    /// let wave = |k: usize, speed: f64| (0..16).map(|t| (speed * t as f64 + k as f64).sin()).collect::<Vec<f64>>();
    /// let waves = |from: usize| (from..from + 24).flat_map(move |k| [(wave(k, 0.4), "slow"), (wave(k, 1.2), "fast")]);
    /// let mut options = Options::default();
    /// (options.network.hidden, options.training.max_steps) = (Some(8), Some(60));
    ///
    /// let cpu = gatewise::Cpu::new(1)?;
    /// let mut session = Session { cpu: &cpu, checkpoints: None, on_event: &mut |_| Control::Continue };
    /// let plan = Plan::new(ItemSet::from_series(1, waves(0))?, &options, Goal::Classes, &mut session)?;
    /// let mut fitted = Classifier::fit(&plan, &mut session)?.expect("nobody stopped it");
    /// let answers = fitted.model.predict(&cpu, ItemSet::from_series(1, [(wave(50, 1.2), None::<&str>)])?)?;
    /// assert_eq!(answers[0].label(), Some("fast"));
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("waves.safetensors");
    /// fitted.model.save(&path)?;
    /// let gatewise::AnyModel::Classifier(mut model) = gatewise::load(&path)? else { panic!("no classifier") };
    /// let outcome = model.evaluate(&cpu, ItemSet::from_series(1, waves(100))?, &EvaluateOptions::default())?;
    /// assert!(outcome.evaluation("test").measure("accuracy").unwrap().model > Some(0.9));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Where the session keeps checkpoints, the same calls go on where the training was stopped. `None` where an event was answered with
    /// [`Control::Stop`].
    ///
    /// # Errors
    /// As [`Fit::train`].
    pub fn fit(plan: &Plan, session: &mut Session<'_>) -> Result<Option<Fitted>, Error> {
        let fit = Fit::new(plan, None);
        let Some(mut trained) = fit.train(session)? else { return Ok(None) };
        let valid = fit.judge(session, &mut trained);
        let mut summaries = vec![trained.summary.clone()];
        if fit.refits() {
            let Some(again) = fit.refit(session, trained)? else { return Ok(None) };
            summaries.push(again.summary.clone());
            trained = again;
        }
        let mut model = trained.model;
        let test = fit.test(session.cpu, &mut model);
        Ok(Some(Fitted { model, valid, test, summaries }))
    }
}
