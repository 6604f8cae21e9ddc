//! What is done with a model file that was read: each task gives a few answers.

use std::path::Path;

use gatewise::format::{load_model, task_of};
use gatewise::task::classify::{Classifier, Item, Steps, Target};
use gatewise::task::detect::{Detector, Fleet, Reading};
use gatewise::task::forecast::{Channels, Forecaster, Table, Windows};
use gatewise::task::language::{Beams, Ends, Generator, LanguageModel, Sampling, Unknown};
use gatewise::train::Trainer;
use gatewise::{Cpu, Isa};

/// Rows that a model is tried on.
const ROWS: usize = 64;

/// Reads a file as everything it could be, and tries what it is.
pub fn of(path: &Path) {
    let _ = task_of(path);
    let _ = load_model(path);
    let _ = Trainer::resume(path).map(|trainer| trainer.checkpoint_bytes());
    let cpu = Cpu::with_isa(Isa::best(), 1);
    if let Ok((mut forecaster, data)) = Forecaster::load(path) {
        forecast(&cpu, &mut forecaster);
        let _ = forecaster.to_bytes(&data);
    }
    if let Ok((mut classifier, data)) = Classifier::load(path) {
        classify(&cpu, &mut classifier);
        let _ = classifier.to_bytes(&data);
    }
    if let Ok(mut language) = LanguageModel::load(path) {
        speak(&cpu, &mut language, path);
    }
    if let Ok((mut detector, _)) = Detector::load(path) {
        let channels = detector.config().channels;
        for row in 0..ROWS {
            let values = vec![wave(row); channels];
            let _ = detector.push(Some(60 * row as i64), &values);
        }
    }
    if let Ok((mut fleet, data)) = Fleet::load(path) {
        watch(&mut fleet);
        let _ = fleet.to_bytes(&data);
    }
}

/// Positive, and never twice the same.
fn wave(row: usize) -> f64 {
    10.0 + 5.0 * (row as f64 * 0.26).sin() + (row * 37 % 11) as f64 * 0.05
}

fn forecast(cpu: &Cpu, forecaster: &mut Forecaster) {
    let config = forecaster.config().clone();
    let targets = if config.channels == Channels::Joint { config.targets } else { 1 };
    let channels = targets + config.covariates;
    // More columns than a table would have are refused where a table is read.
    if channels == 0 || channels > ROWS {
        return;
    }
    let rows = config.least_past().clamp(ROWS, 10 * ROWS);
    let values: Vec<f64> = (0..rows * channels).map(wave).collect();
    let table = Table::new([("", &values[..])], channels, targets);
    if forecaster.check(&table).is_err() {
        return;
    }
    let _ = forecaster.predict_table(cpu, &table, &mut |_| ());
    let scales = forecaster.scales_for(&table, |_| rows);
    let windows = Windows::new(&table, &config, &scales, 1, false, |_| rows..rows + 1);
    forecaster.features(cpu, &windows, &mut |_| ());
}

fn classify(cpu: &Cpu, classifier: &mut Classifier) {
    let channels = classifier.config().channels();
    if channels > 100 * ROWS {
        return;
    }
    let steps = match &classifier.config().symbols {
        Some(_) => Steps::Symbols(vec![0; 8]),
        None => Steps::Numbers((0..8 * channels).map(|i| wave(i) as f32).collect()),
    };
    let items = [Item { name: "a".into(), steps, text: String::new(), target: Target::None }];
    if classifier.check(&items).is_ok() {
        classifier.predict(cpu, &items, &[0], &mut |_| ());
        classifier.features(cpu, &items, &[0], &mut |_| ());
    }
}

fn speak(cpu: &Cpu, language: &mut LanguageModel, path: &Path) {
    let (mut ids, mut unknown) = (Vec::new(), Unknown::new());
    let _ = language.vocabulary.encode("ab 가나", &mut ids, &mut unknown);
    let Ok(mut generator) = Generator::new(&mut language.model, &language.vocabulary, cpu, Sampling::default(), 1) else { return };
    let _ = generator.resume(path, true);
    generator.read(&[generator.beginning()]);
    generator.read(&ids);
    for _ in 0..4 {
        let symbol = generator.draw();
        let _ = language.vocabulary.bytes_of(symbol);
    }
    let ends = Ends { length: 4, stop: vec!["a".to_owned()] };
    let _ = generator.write_several(3, &ends);
    let _ = generator.search(&Beams { beams: 3, length_penalty: 1.0, count: 2 }, &ends);
}

fn watch(fleet: &mut Fleet) {
    let (channels, states) = (fleet.config().detect.channels, fleet.config().states);
    let names: Vec<String> = fleet.names().iter().take(2).cloned().chain(["new".to_owned()]).collect();
    for row in 0..ROWS {
        for name in &names {
            let Ok(series) = fleet.series(name) else { continue };
            let (values, words) = (vec![wave(row); channels], vec![Some(["on", "off"][row / 10 % 2]); states]);
            let time = Some((60 * row as i64, 0));
            if row == 0 {
                fleet.resume(series, time);
            }
            let _ = fleet.push(series, &Reading { time, values: &values, states: &words, ignored: false, known_hole: false });
        }
    }
    let _ = (fleet.finish(), fleet.threshold());
}
