//! Small models of each task whose weights are as they begin, for tests of streams.
#![allow(dead_code, reason = "each test uses some of them")]

use gatewise::Cell;
use gatewise::classify::{Answer, Classifier, ClassifyConfig, Network as ClassifierNetwork, Normalize as Scaling, Numbers, SymbolInput};
use gatewise::forecast::{Channels, ForecastConfig, Forecaster, Network, Normalize, Outliers, Scales, starting_model};
use gatewise::language::{Builder, LanguageConfig, LanguageModel, Unit};
use gatewise::loss::Loss;
use gatewise::model::{Model, Readout};

/// Two columns to forecast with one beside them.
pub fn forecaster(channels: Channels, normalize: Normalize, log: bool) -> Forecaster {
    let levels = vec![0.1, 0.5, 0.9];
    let config = ForecastConfig {
        horizon: 3,
        lookback: 8,
        segment: 2,
        season: 4,
        longer_seasons: Vec::new(),
        stride: 1,
        channels,
        normalize,
        log,
        nonnegative: false,
        outliers: Outliers::Replace,
        targets: 2,
        covariates: 1,
        mask: false,
        limits: Vec::new(),
        quantiles: levels.clone(),
        loss: Loss::Quantile { levels },
        network: Network { cell: Cell::Gru, hidden: 6, layers: 1, dropout: 0.0, layer_norm: false, skip: true },
    };
    let members = (0..2).map(|seed| starting_model(&config, seed).expect("a network")).collect();
    Forecaster::new(config, Scales::default(), members).expect("a forecaster")
}

/// Rows of three columns, all above zero.
pub fn rows(count: usize) -> Vec<f64> {
    (0..count * 3).map(|k| 40.0 + 10.0 * (k as f64 * 0.7).sin() + (k % 3) as f64 * 25.0 + k as f64 * 0.1).collect()
}

/// Of three classes, from rows of two channels.
pub fn classifier(readout: Readout, segment: usize, changes: bool) -> Classifier {
    let labels = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
    let change = if changes { vec![0.7, 1.3] } else { Vec::new() };
    let numbers = Numbers { normalize: Scaling::Channel, center: vec![1.0, -1.0], spread: vec![2.0, 0.5], change, segment };
    let each_step = readout == Readout::EachStep;
    let config = ClassifyConfig {
        answer: Answer::Classes { labels, temperature: 1.7 },
        numbers: Some(numbers),
        symbols: None,
        each_step,
        loss: Loss::CrossEntropy { classes: 3, weights: Vec::new(), label_smoothing: 0.0 },
        network: network(if each_step { Readout::Last } else { readout }),
    };
    let model = Model::new(&config.model(), 5).expect("a network");
    Classifier::new(config, model).expect("a classifier")
}

/// Of a value, from symbols.
pub fn regressor() -> Classifier {
    let config = ClassifyConfig {
        answer: Answer::Value { center: 10.0, spread: 3.0 },
        numbers: None,
        symbols: Some(SymbolInput { symbols: 5 }),
        each_step: false,
        loss: Loss::Mse,
        network: network(Readout::Mean),
    };
    let model = Model::new(&config.model(), 5).expect("a network");
    Classifier::new(config, model).expect("a model of values")
}

fn network(readout: Readout) -> ClassifierNetwork {
    ClassifierNetwork { layers: 2, readout, ..ClassifierNetwork::new(Cell::Lstm, 7) }
}

/// Of three characters.
pub fn language() -> LanguageModel {
    let vocabulary = Builder::new(Unit::Char, 10).build(std::iter::once("abc".to_owned())).expect("symbols");
    let config = LanguageConfig { hidden: 6, embedding: 4, ..LanguageConfig::default() };
    LanguageModel::new(config.starting_model(3, 1).expect("a network"), vocabulary).expect("a language model")
}
