//! Damaged model files of every task: an error or a model that works, never a panic and never memory without end.

mod damage;

use damage::survives;
use gatewise::batch::Batch;
use gatewise::loss::Loss;
use gatewise::memory::Budget;
use gatewise::model::Model;
use gatewise::prior::{History, PretrainConfig, Pretraining, Prior, PriorConfig, PriorRecord, Supply, save_prior};
use gatewise::task::classify::{
    Answer, Beside, Classifier, ClassifyConfig, Item, Network as Sizes, Normalize, Numbers, Rocket, SimpleMethod, Steps, Target,
};
use gatewise::task::detect::{DetectConfig, Fleet, FleetConfig, Reading};
use gatewise::task::forecast::Candidate;
use gatewise::task::forecast::{
    CellName, Channels, Combination, Combine, ForecastConfig, Forecaster, Network, Normalize as Level, Outliers, Scales, Split, Table,
    TrialOptions, Tried, held_back_origins, starting_model, training_scales, trials,
};
use gatewise::task::language::{Builder, Generator, LanguageConfig, LanguageModel, Sampling, Unit};
use gatewise::train::{Control, TrainConfig, Trainer};
use gatewise::{Cell, Cpu, Isa};
use serde_json::json;

const LEVELS: [f64; 3] = [0.1, 0.5, 0.9];

fn cpu() -> Cpu {
    // What a damaged file asks for is held against so much.
    Budget::of(1 << 28).set();
    Cpu::with_isa(Isa::best(), 1)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn forecast_config() -> ForecastConfig {
    ForecastConfig {
        horizon: 3,
        lookback: 8,
        segment: 4,
        longer_seasons: vec![8],
        stride: 1,
        season: 4,
        channels: Channels::Independent,
        normalize: Level::Window,
        log: false,
        nonnegative: true,
        outliers: Outliers::Replace,
        targets: 1,
        covariates: 0,
        mask: false,
        limits: Vec::new(),
        quantiles: LEVELS.to_vec(),
        loss: Loss::Quantile { levels: LEVELS.to_vec() },
        network: Network { cell: CellName::Gru, hidden: 3, layers: 1, dropout: 0.0, layer_norm: true, skip: true },
    }
}

#[test]
fn forecasters() {
    let (cpu, config) = (cpu(), forecast_config());
    let values: Vec<f64> = (0..40).map(|t| 3.0 + (t % 4) as f64 + 0.1 * t as f64 + ((t * 37) % 11) as f64 * 0.05).collect();
    let table = Table::new([("a", &values[..])], 1, 1);
    let candidates = Candidate::all();
    let origins = vec![held_back_origins(values.len(), config.horizon, 5, None)];
    let options = TrialOptions {
        config: &config,
        candidates: &candidates,
        origins: &origins,
        truth: &table,
        intermittent: &[false],
        asks: &|_, _| true,
    };
    let tried = Tried { candidates: &candidates, levels: &LEVELS, horizon: config.horizon, targets: 1, intermittent: &[false] };
    let members = vec![starting_model(&config, 1).unwrap()];
    let mut forecaster = Forecaster::new(config.clone(), training_scales(&table, &config, &[Split::all_training(40)]), members).unwrap();
    let learned = Combination::learn(&trials(&cpu, &mut forecaster, &table, &options), tried, Combine::Auto, &["a"]);
    forecaster.set_combination(learned.combination.clone()).unwrap();
    survives("forecaster", &forecaster.to_bytes(&json!({"channels": ["a"]})), &|path| {
        let (mut forecaster, _) = Forecaster::load(path).map_err(text)?;
        forecaster.check(&table).map_err(text)?;
        forecaster.forecast(&cpu, &table, &Scales::default(), &[vec![40]], &mut |_| {});
        Ok(())
    });
}

#[test]
fn language_models() {
    let cpu = cpu();
    for unit in [Unit::Char, Unit::Word] {
        let vocabulary = Builder::new(unit, 100).build(std::iter::once("one two three four ".repeat(5))).unwrap();
        let config = LanguageConfig { hidden: 4, embedding: 4, tied: true, ..LanguageConfig::default() };
        let model = LanguageModel::new(config.starting_model(vocabulary.len(), 3).unwrap(), vocabulary).unwrap();
        survives("language model", &model.to_bytes(), &|path| {
            let LanguageModel { mut model, vocabulary } = LanguageModel::load(path).map_err(text)?;
            let mut generator = Generator::new(&mut model, &vocabulary, &cpu, Sampling::default(), 1).map_err(text)?;
            generator.read(&[generator.beginning()]);
            let symbol = generator.draw();
            assert!(vocabulary.bytes_of(symbol).len() < 100);
            Ok(())
        });
    }
}

#[test]
fn classifiers() {
    let cpu = cpu();
    let item = |k: usize| Item {
        name: k.to_string(),
        steps: Steps::Numbers((0..24).map(|t| ((t * (k % 3 + 1)) as f32 * 0.4).sin() + k as f32 * 0.01).collect()),
        text: String::new(),
        target: Target::Class(k % 3),
    };
    let items: Vec<Item> = (0..24).map(item).collect();
    let config = ClassifyConfig {
        answer: Answer::Classes { labels: ["a", "b", "c"].map(str::to_owned).to_vec(), temperature: 1.0 },
        numbers: Some(Numbers::of(items.iter(), 1, Normalize::Channel, 2, true)),
        symbols: None,
        each_step: false,
        loss: Loss::CrossEntropy { classes: 3, weights: Vec::new(), label_smoothing: 0.0 },
        network: Sizes::new(CellName::Gru, 3),
    };
    let chosen: Vec<usize> = (0..24).collect();
    let mut classifier = Classifier::new(config.clone(), Model::new(&config.model(), 1).unwrap()).unwrap();
    let rocket = Rocket::fit(&cpu, classifier.config(), &items, &chosen, 1).expect("series of numbers");
    classifier.set_beside(Some(Beside { simple: SimpleMethod::Rocket(rocket), network: 0.5 }));
    survives("classifier", &classifier.to_bytes(&json!({"read": 1})), &|path| {
        let (mut classifier, _) = Classifier::load(path).map_err(text)?;
        classifier.check(&items).map_err(text)?;
        classifier.predict(&cpu, &items, &chosen[..2], &mut |_| {});
        Ok(())
    });
}

#[test]
fn detectors() {
    cpu();
    for (counters, states, channels) in [(vec![1], 1, 2), (Vec::new(), 0, 1)] {
        let detect =
            DetectConfig { hidden: 2, effort: 0.02, seasons: vec![24], shapes: (states == 0).then_some(24), ..DetectConfig::new(channels) };
        let mut fleet = Fleet::new(&FleetConfig { counters, states, ..FleetConfig::new(detect) }).unwrap();
        let push = |fleet: &mut Fleet, name: &str, row: usize| -> Result<(), String> {
            let values = [(row as f64 * 0.26).sin(), (row % 100) as f64];
            let words = [Some(if row % 90 < 60 { "RUN" } else { "IDLE" })];
            let series = fleet.series(name).map_err(text)?;
            let (values, states) = (&values[..channels], &words[..states]);
            fleet
                .push(series, &Reading { time: Some((60 * row as i64, 0)), values, states, ignored: false, known_hole: false })
                .map(drop)
                .map_err(text)
        };
        for row in 0..400 {
            ["a", "b"].iter().for_each(|name| push(&mut fleet, name, row).unwrap());
        }
        survives("detector", &fleet.to_bytes(&json!({"channels": ["x"]})), &|path| {
            let (mut fleet, _) = Fleet::load(path).map_err(text)?;
            (400..404).try_for_each(|row| push(&mut fleet, "a", row))
        });
    }
}

#[test]
fn checkpoints() {
    struct Sums;
    impl gatewise::batch::Source for Sums {
        fn len(&self) -> usize {
            8
        }
        fn fill(&self, items: &[usize], batch: &mut Batch<f32>) {
            batch.set_full(items.len(), 3, 1);
            batch.x.iter_mut().enumerate().for_each(|(k, x)| *x = k as f32 * 0.1);
            batch.target.resize(items.len(), 1.0);
        }
    }
    let cpu = cpu();
    let model = Model::new(&gatewise::model::ModelConfig::new(Cell::Lstm, 1, 3, 1), 1).unwrap();
    let config = TrainConfig { batch: 4, epochs: 2, ..TrainConfig::default() };
    let mut trainer = Trainer::new(model, Loss::Mse, config).unwrap();
    let mut events = 0;
    let mut stop = |_: &gatewise::train::Event| {
        events += 1;
        if events == 3 { Control::Stop } else { Control::Continue }
    };
    trainer.run(&cpu, &Sums, &Sums, &mut stop).unwrap();
    survives("checkpoint", &trainer.checkpoint_bytes(), &|path| {
        let mut trainer = Trainer::resume(path).map_err(text)?;
        let mut events = 0;
        let mut stop = |_: &gatewise::train::Event| {
            events += 1;
            if events == 4 { Control::Stop } else { Control::Continue }
        };
        trainer.run(&cpu, &Sums, &Sums, &mut stop).map(drop).map_err(text)
    });
}

#[test]
fn priors() {
    let cpu = cpu();
    let folder = tempfile::tempdir().unwrap();
    let network = PriorConfig { hidden: 6, layers: 1, ..PriorConfig::default() };
    let config = PretrainConfig { batch: 4, steps: 3, ..PretrainConfig::default() };
    let mut training = Pretraining::new(network, config).unwrap();
    training.advance(&cpu, &Supply::synthetic()).unwrap();
    let (file, state) = (folder.path().join("prior"), folder.path().join("training"));
    let record = PriorRecord { series: 4, seed: 1, loss: 0.5, widths: [1.0; 3] };
    save_prior(&file, training.network(), training.average(), &record).unwrap();
    training.save(&state).unwrap();
    let values: Vec<f64> = (0..30).map(|t| f64::from(t % 4)).collect();
    survives("prior", &std::fs::read(file).unwrap(), &|path| {
        let mut prior = Prior::load(&cpu, path).map_err(text)?;
        prior.forecast(&cpu, &[History { values: &values, season: 4, longer: 1 }], 5);
        Ok(())
    });
    survives("training of a prior", &std::fs::read(state).unwrap(), &|path| {
        let mut training = Pretraining::resume(path).map_err(text)?;
        // What the numbers are is not seen by looking at them, only by training.
        let _ = training.config().batch < 64 && training.advance(&cpu, &Supply::synthetic()).is_ok();
        Ok(())
    });
}
