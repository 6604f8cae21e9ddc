//! What is inspected: a network with sequences to probe it on.

use std::path::Path;

use gatewise::batch::{Batch, Source};
use gatewise::loss::Loss;
use gatewise::model::Model;
use gatewise::task::classify::{ClassifierModel, Encoded, Encoding, Examples, Target};
use gatewise::task::forecast::{Forecaster, Windows};
use gatewise::task::language::{EncodedText, Ids, LanguageConfig, probe_windows, windows_at};
use gatewise::train::{probe_count, spread};
use gatewise_data::Corpus;
use gatewise_report::inspect::Unit;

use crate::args::{ItemArgs, ReadArgs};
use crate::data;
use crate::failure::Failure;
use crate::model::{Loaded, check_lengths, classifies, language_of, open};
use crate::talk::Talk;

/// Windows on which the loss by context is measured.
const VALIDATED: usize = 256;
/// Share of the windows, the latest, that they are taken from.
const LATEST: f64 = 0.2;

/// A network, its loss, and its sequences.
pub struct Subject {
    pub name: String,
    pub model: Model<f32>,
    pub loss: Loss,
    /// Probed in f64.
    pub batch: Batch<f32>,
    /// For the loss by context.
    pub valid: Vec<Batch<f32>>,
    pub unit: Unit,
}

impl Subject {
    /// A model file or run folder with data of its kind.
    pub fn load(model: &Path, path: &Path, read: &ReadArgs, talk: Talk) -> Result<Self, Failure> {
        let file = open(model)?;
        let task = file.task();
        if task == "language" {
            let language = language_of(file)?;
            let corpus = Corpus::open(path)?;
            let (text, _) = EncodedText::read(&corpus, &language.vocabulary, 0, &std::env::temp_dir())?;
            let loss = LanguageConfig::loss(language.vocabulary.len());
            let (batch, valid) = text_windows(&text.ids, &language.model, corpus.path())?;
            return Ok(Self { name: "model".to_string(), model: language.model, loss, batch, valid, unit: Unit::SYMBOLS });
        }
        if classifies(&task) {
            return of_classifier(&crate::classify::apply::of_file(file)?, path, read, talk);
        }
        let loaded = Loaded::of(file)?;
        let dataset = loaded.read(path, read, talk)?;
        let table = data::table(&dataset);
        let config = loaded.forecaster.config().clone();
        let scales = loaded.scales(&table, |s| table.series()[s].len());
        let windows = Windows::new(&table, &config, &scales, 1, true, |s| config.lookback..table.series()[s].len());
        check_lengths(windows.len(), &table, config.lookback + config.horizon, talk)?;
        crate::model::has_network(&loaded.forecaster)?;
        Ok(Self::of_forecaster("model", &loaded.forecaster, &windows, &windows, Unit::of_rows(dataset.frequency, config.segment)))
    }

    /// The first network of a forecaster, probed on windows spread over `probed`; the context is measured on the latest of `valid`.
    pub fn of_forecaster(name: &str, forecaster: &Forecaster, probed: &Windows<'_>, valid: &Windows<'_>, unit: Unit) -> Self {
        let model = forecaster.members()[0].cast::<f32>();
        let (mut batch, mut last) = (Batch::default(), Batch::default());
        let count = probe_count(&model, forecaster.config().steps());
        probed.fill(&spread(0, probed.len(), count), &mut batch);
        let first = ((1.0 - LATEST) * valid.len() as f64) as usize;
        valid.fill(&spread(first, valid.len(), VALIDATED), &mut last);
        Self { name: name.to_string(), model, loss: forecaster.config().loss.clone(), batch, valid: vec![last], unit }
    }
}

/// A classifier, probed on items spread over all; the context is measured on those whose label it knows.
fn of_classifier(loaded: &ClassifierModel, path: &Path, read: &ReadArgs, talk: Talk) -> Result<Subject, Failure> {
    let how = Encoding { labelled: true, ..Encoding::default() };
    let Encoded { items, .. } = crate::classify::apply::read_for(loaded, path, &read.table, &ItemArgs::default(), how, talk)?;
    let (config, model) = (loaded.classifier.config(), loaded.classifier.model().cast::<f32>());
    if config.network.encoder.is_some() {
        let failure = Failure::usage("the network reads pictures through convolutions, which are not inspected");
        return Err(failure.help("train classify --watch-gradients tells how far its gradients reach"));
    }
    if config.network.branch.is_some() {
        talk.say("note: gradients are those through the recurrent layers; the convolutions beside them (--fcn) reach back on their own");
    }
    let known: Vec<usize> = (0..items.len()).filter(|&k| items[k].target != Target::None).collect();
    let examples = Examples::new(config, &items, &known);
    let steps = known.iter().map(|&k| config.numbers.as_ref().map_or(items[k].len(0), |n| n.steps(items[k].len(n.channels()))));
    let (mut batch, mut valid) = (Batch::default(), Batch::default());
    examples.fill(&spread(0, known.len(), probe_count(&model, steps.max().unwrap_or(1))), &mut batch);
    examples.fill(&spread(0, known.len(), VALIDATED), &mut valid);
    let per_step = config.numbers.as_ref().map_or(1, |n| n.segment) as f64;
    let name = if config.symbols.is_some() { "symbols" } else { "rows" };
    Ok(Subject { name: "model".to_owned(), model, loss: config.loss.clone(), batch, valid: vec![valid], unit: Unit { name, per_step } })
}

/// Windows of a text, spread over it and over its latest part.
fn text_windows(ids: &Ids, model: &Model<f32>, path: &str) -> Result<(Batch<f32>, Vec<Batch<f32>>), Failure> {
    let probed = probe_windows(ids, 0..ids.len(), model, path)?;
    let steps = probed.layout.time();
    let starts = ids.len() as usize - steps;
    let latest = spread(((1.0 - LATEST) * starts as f64) as usize, starts, VALIDATED);
    Ok((probed, vec![windows_at(ids, latest, steps)?]))
}
