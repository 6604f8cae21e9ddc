//! Classifiers in training: the same bytes for any number of threads and however often a run is resumed, with every random change on.

use gatewise::batch::Source;
use gatewise::loss::Loss;
use gatewise::model::{Model, Readout};
use gatewise::rng::Rng;
use gatewise::task::classify::{
    Answer, Augment, Classifier, ClassifyConfig, Examples, Item, Network, Normalize, Numbers, Steps, SymbolInput, Target, check_items,
};
use gatewise::task::forecast::CellName;
use gatewise::train::{Control, Event, TrainConfig, Trainer};
use gatewise::{Cpu, Isa};

const ALL: Augment =
    Augment { jitter: 0.1, scale: 0.1, shift: 0.1, warp: 0.2, crop: 0.2, mask_time: 0.1, mask_channels: 0.4, bands: 0, symbols: 0.2 };

/// Waves of two channels that rise or fall, of different lengths.
fn items() -> Vec<Item> {
    let mut rng = Rng::new(1, 0);
    let item = |k: usize| {
        let (steps, sign) = (5 + k % 7, if k.is_multiple_of(2) { 1.0 } else { -1.0 });
        let values = (0..steps).flat_map(|t| [sign * t as f32 / steps as f32, 0.1 * rng.normal() as f32]).collect();
        Item { name: k.to_string(), steps: Steps::Numbers(values), text: String::new(), target: Target::Class(k % 2) }
    };
    (0..48).map(item).collect()
}

fn config(items: &[Item]) -> ClassifyConfig {
    ClassifyConfig {
        answer: Answer::Classes { labels: vec!["up".into(), "down".into()], temperature: 1.0 },
        numbers: Some(Numbers::of(items.iter(), 2, Normalize::Channel, 2, true)),
        symbols: None,
        each_step: false,
        loss: Loss::CrossEntropy { classes: 2, weights: vec![1.0, 2.0], label_smoothing: 0.1 },
        network: Network {
            cell: CellName::Gru,
            hidden: 9,
            layers: 1,
            bidirectional: true,
            embedding: 1,
            dropout: 0.2,
            weight_drop: 0.0,
            layer_norm: false,
            readout: Readout::Attention,
            chrono: Some(5),
            encoder: None,
            branch: None,
        },
    }
}

fn train(cpu: &Cpu, items: &[Item], stop_at: Option<u64>) -> Vec<u8> {
    let config = config(items);
    config.check().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("last.safetensors");
    let (train, valid): (Vec<usize>, Vec<usize>) = (0..items.len()).partition(|k| k % 5 != 0);
    let source = Examples::new(&config, items, &train).with_augment(ALL, 3);
    let held = Examples::new(&config, items, &valid);
    let settings = TrainConfig { epochs: 6, batch: 7, lr: 0.01, seed: 3, ..TrainConfig::default() };
    let mut trainer = Trainer::new(Model::new(&config.model(), 3).unwrap(), config.loss.clone(), settings).unwrap();
    trainer.set_checkpoint(file.clone());
    let mut stopper = |event: &Event| match event {
        Event::Step { step, .. } if Some(*step) == stop_at => Control::Stop,
        _ => Control::Continue,
    };
    trainer.run(cpu, &source, &held, &mut stopper).unwrap();
    if stop_at.is_some() {
        trainer = Trainer::resume(&file).unwrap();
        trainer.run(cpu, &source, &held, &mut |_| Control::Continue).unwrap();
    }
    trainer.checkpoint_bytes()
}

#[test]
fn threads_and_interruptions_change_no_byte() {
    let items = items();
    let one = train(&Cpu::with_isa(Isa::Scalar, 1), &items, None);
    assert_eq!(train(&Cpu::with_isa(Isa::Scalar, 3), &items, None), one);
    assert_eq!(train(&Cpu::with_isa(Isa::Scalar, 1), &items, Some(11)), one);
}

#[test]
fn answers_are_the_items_own_whatever_stands_beside_them() {
    let (items, cpu) = (items(), Cpu::with_isa(Isa::Scalar, 1));
    let config = config(&items);
    let mut classifier = Classifier::new(config.clone(), Model::new(&config.model(), 3).unwrap()).unwrap();
    let mut together = Vec::new();
    classifier.predict(&cpu, &items, &[5, 2, 40], &mut |opinion| together.push(opinion));
    for (opinion, item) in together.iter().zip([5, 2, 40]) {
        classifier.predict(&cpu, &items, &[item], &mut |alone| assert_eq!(alone, *opinion));
        assert_eq!((opinion.item, opinion.steps), (item, 1));
        assert!((opinion.values.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.safetensors");
    classifier.save(&file, &"how items are read".into()).unwrap();
    let (mut again, data) = Classifier::load(&file).unwrap();
    assert_eq!((again.config(), data), (classifier.config(), "how items are read".into()));
    again.predict(&cpu, &items, &[2], &mut |opinion| assert_eq!(opinion, together[1]));
}

#[test]
fn items_that_do_not_fit_are_named() {
    let items = items();
    let config = config(&items);
    let bad = [
        Item { steps: Steps::Numbers(vec![1.0; 3]), ..items[0].clone() },
        Item { steps: Steps::Numbers(Vec::new()), ..items[0].clone() },
        Item { steps: Steps::Numbers(vec![1.0, f32::NAN]), ..items[0].clone() },
        Item { steps: Steps::Symbols(vec![1]), ..items[0].clone() },
        Item { target: Target::Class(2), ..items[0].clone() },
        Item { target: Target::Value(1.0), ..items[0].clone() },
        Item { target: Target::Each(vec![Some(0)]), ..items[0].clone() },
    ];
    for item in bad {
        let named = Item { name: "odd one".into(), ..item };
        let error = check_items(&config, std::slice::from_ref(&named)).unwrap_err();
        assert!(error.to_string().contains("odd one"), "{error}");
    }
    assert!(check_items(&config, &items).is_ok());
}

#[test]
fn an_empty_text_is_the_unknown_symbol() {
    let mut config = config(&items());
    (config.numbers, config.symbols) = (None, Some(SymbolInput { symbols: 4 }));
    let items = [Vec::new(), vec![2, 1]].map(|ids| Item {
        name: "t".into(),
        steps: Steps::Symbols(ids),
        text: String::new(),
        target: Target::Class(0),
    });
    let chosen = [0, 1];
    let mut batch = gatewise::batch::Batch::default();
    Examples::new(&config, &items, &chosen).fill(&[0, 1], &mut batch);
    assert_eq!((batch.symbols.as_slice(), batch.layout.rows()), (&[2, 3, 1][..], 3));
}
