//! What is probed: a network, its loss, and sequences of its own data.

use crate::batch::{Batch, Source};
use crate::error::Error;
use crate::loss::Loss;
use crate::model::Model;
use crate::task::classify::{self, ClassifyConfig, Examples, Fit, Item, Target};
use crate::task::forecast::{
    CellName, ForecastConfig, Forecaster, Network, Plan, Table, Windows, starting_model, training_scales, training_windows,
};
use crate::task::language::{self, EncodedText, LanguageConfig, LanguageModel, probe_windows, windows_at};
use crate::train::{Reason, Session, Trainer, probe_count, spread, train_one, watch_gradients};

/// Windows on which the loss by context is measured.
const VALIDATED: usize = 256;
/// Share of the windows, the latest, that they are taken from.
const LATEST: f64 = 0.2;

/// A network, its loss, and its sequences.
#[derive(Debug)]
pub struct Subject {
    /// The network.
    pub model: Model<f32>,
    /// What it was trained by.
    pub loss: Loss,
    /// Sequences that are probed in f64.
    pub batch: Batch<f32>,
    /// Sequences for the loss by context.
    pub valid: Vec<Batch<f32>>,
}

impl Subject {
    /// The first network of a forecaster, probed on windows spread over `probed`; the context is measured on the latest of `valid`.
    ///
    /// # Errors
    /// A forecaster without networks.
    pub fn of_forecaster(forecaster: &Forecaster, probed: &Windows<'_>, valid: &Windows<'_>) -> Result<Self, Error> {
        forecaster.check_network()?;
        Ok(Self::of_windows(forecaster.members()[0].cast::<f32>(), forecaster.config(), probed, valid))
    }

    fn of_windows(model: Model<f32>, config: &ForecastConfig, probed: &Windows<'_>, valid: &Windows<'_>) -> Self {
        let (mut batch, mut last) = (Batch::default(), Batch::default());
        probed.fill(&spread(0, probed.len(), probe_count(&model, config.steps())), &mut batch);
        let first = ((1.0 - LATEST) * valid.len() as f64) as usize;
        valid.fill(&spread(first, valid.len(), VALIDATED), &mut last);
        Self { model, loss: config.loss.clone(), batch, valid: vec![last] }
    }

    /// A classifier's network, probed on items spread over all; the context is measured on those whose label is known.
    ///
    /// # Errors
    /// A network that reads pictures through convolutions.
    pub fn of_items(config: &ClassifyConfig, model: &Model<f32>, items: &[Item]) -> Result<Self, Error> {
        if config.network.encoder.is_some() {
            let error = Error::usage("the network reads pictures through convolutions, which are not inspected");
            return Err(error.help("a training with ⦃watch-gradients⦄ tells how far its gradients reach"));
        }
        let model = model.cast::<f32>();
        let known: Vec<usize> = (0..items.len()).filter(|&k| items[k].target != Target::None).collect();
        let examples = Examples::new(config, items, &known);
        let steps = known.iter().map(|&k| config.numbers.as_ref().map_or(items[k].len(0), |n| n.steps(items[k].len(n.channels()))));
        let (mut batch, mut valid) = (Batch::default(), Batch::default());
        examples.fill(&spread(0, known.len(), probe_count(&model, steps.max().unwrap_or(1))), &mut batch);
        examples.fill(&spread(0, known.len(), VALIDATED), &mut valid);
        Ok(Self { model, loss: config.loss.clone(), batch, valid: vec![valid] })
    }

    /// A language model, probed on windows spread over a text, and over its latest part. `place` names the text in errors.
    ///
    /// # Errors
    /// A text of fewer than two symbols.
    pub fn of_text(language: LanguageModel, text: &EncodedText, place: &str) -> Result<Self, Error> {
        let ids = &text.ids;
        let batch = probe_windows(ids, 0..ids.len(), &language.model, place)?;
        let steps = batch.layout.time();
        let starts = ids.len() as usize - steps;
        let latest = spread(((1.0 - LATEST) * starts as f64) as usize, starts, VALIDATED);
        let valid = vec![windows_at(ids, latest, steps)?];
        Ok(Self { loss: LanguageConfig::loss(language.vocabulary.len()), model: language.model, batch, valid })
    }

    /// A language model with another cell and about as many parameters as that of `plan`, trained as it says; `None` where it was stopped.
    ///
    /// # Errors
    /// As a training.
    pub fn trained_text(plan: &mut language::Plan, cell: CellName, session: &mut Session<'_>) -> Result<Option<Self>, Error> {
        let (symbols, config) = (plan.vocabulary.len(), plan.config.clone());
        let with = |hidden| LanguageConfig { cell, hidden, ..config.clone() };
        let hidden = hidden_of_size(config.model(symbols).parameters(), config.hidden, |hidden| with(hidden).model(symbols).parameters());
        plan.config = with(hidden);
        let fitted = LanguageModel::fit(plan, None, session);
        plan.config = config;
        let Some(fitted) = fitted.map_err(|e| e.in_training(cell))? else { return Ok(None) };
        Self::of_text(fitted.model, &plan.text, &plan.place).map(Some)
    }

    /// A classifier or regressor with another cell and about as many parameters as that of `plan`, its first training as `plan` says; `None` where it was
    /// stopped.
    ///
    /// # Errors
    /// As a training, and as [`of_items`](Self::of_items).
    pub fn trained_items(plan: &mut classify::Plan, cell: CellName, session: &mut Session<'_>) -> Result<Option<Self>, Error> {
        let config = plan.config.clone();
        let with = |hidden| {
            let network = classify::Network { cell, hidden, ..config.network.clone() };
            ClassifyConfig { network, ..config.clone() }
        };
        let hidden = hidden_of_size(config.model().parameters(), config.network.hidden, |hidden| with(hidden).model().parameters());
        plan.config = with(hidden);
        let trained = Fit::new(plan, None).train(session);
        plan.config = config;
        let Some(trained) = trained.map_err(|e| e.in_training(cell))? else { return Ok(None) };
        let classifier = &trained.model.classifier;
        Self::of_items(classifier.config(), classifier.model(), plan.items()).map(Some)
    }

    /// A forecaster's network with another cell and about as many parameters, trained as `plan` says with its gradients watched; `None` where it
    /// was stopped.
    ///
    /// # Errors
    /// As a training.
    pub fn trained(table: &Table<'_>, plan: &Plan, cell: CellName, session: &mut Session<'_>) -> Result<Option<Self>, Error> {
        let scales = training_scales(table, &plan.config, &plan.parts.splits);
        let (train, valid) = training_windows(table, &plan.config, &scales, &plan.parts.splits)?;
        let (config, settings) = (sized(&plan.config, cell), &plan.training.train);
        let model = starting_model(&config, settings.seed)?;
        let begin = || Trainer::new(model, config.loss.clone(), settings.clone());
        let watch = |trainer: &mut Trainer| {
            watch_gradients(trainer, &train, config.steps(), &config.loss);
            Ok(())
        };
        let (model, summary) = train_one(session, None, settings, (&train, &valid), begin, watch)
            .map_err(|e| e.at(|_| format!(" in training {}", cell.spec().name), "a lower ⦃lr⦄, a ⦃clip-norm⦄, or ⦃normalize⦄ window"))?;
        let held = if valid.is_empty() { &train } else { &valid };
        Ok((summary.reason != Reason::Interrupted).then(|| Self::of_windows(model, &config, &train, held)))
    }
}

/// The configuration with another cell and about as many parameters.
pub fn sized(config: &ForecastConfig, cell: CellName) -> ForecastConfig {
    let with = |hidden| ForecastConfig { network: Network { cell, hidden, ..config.network.clone() }, ..config.clone() };
    with(hidden_of_size(config.model().parameters(), config.network.hidden, |hidden| with(hidden).model().parameters()))
}

/// Hidden units, at least `least`, that bring the parameters nearest to `aim`; more of them never have fewer parameters.
fn hidden_of_size(aim: u128, least: usize, parameters: impl Fn(usize) -> u128) -> usize {
    let gap = |hidden: usize| parameters(hidden).abs_diff(aim);
    let mut hidden = least;
    while gap(hidden + 1) < gap(hidden) {
        hidden += 1;
    }
    hidden
}
