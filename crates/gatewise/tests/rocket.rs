//! MiniRocket beside a network: learned, mixed, saved and read again.

use gatewise::Cpu;
use gatewise::loss::Loss;
use gatewise::model::Model;
use gatewise::rng::Rng;
use gatewise::task::classify::{
    Answer, Beside, Classifier, ClassifyConfig, Item, ItemPrediction, Network, Normalize, Numbers, Rocket, SimpleMethod, Steps, Target,
    Voice,
};
use gatewise::task::forecast::{CellName, Combine};
use serde_json::{Value, json};

/// Waves whose pace is their class, at any phase, of different lengths and with noise in a second channel.
fn items() -> Vec<Item> {
    let mut rng = Rng::new(4, 0);
    let item = |k: usize| {
        let (steps, phase) = (20 + k % 15, 6.0 * rng.unit());
        let pace = [0.5, 0.8, 1.2][k % 3];
        let values = (0..steps).flat_map(|t| [(t as f64 * pace + phase).sin() as f32 + 5.0, rng.normal() as f32]).collect();
        Item { name: k.to_string(), steps: Steps::Numbers(values), text: String::new(), target: Target::Class(k % 3) }
    };
    (0..90).map(item).collect()
}

fn config(items: &[Item]) -> ClassifyConfig {
    ClassifyConfig {
        answer: Answer::Classes { labels: ["slow", "middle", "fast"].map(str::to_owned).to_vec(), temperature: 1.0 },
        numbers: Some(Numbers::of(items.iter(), 2, Normalize::Channel, 1, false)),
        symbols: None,
        each_step: false,
        loss: Loss::CrossEntropy { classes: 3, weights: Vec::new(), label_smoothing: 0.0 },
        network: Network::new(CellName::Gru, 3),
    }
}

/// A network that has learned nothing.
fn untrained(items: &[Item]) -> Classifier {
    let config = config(items);
    let model = Model::new(&config.model(), 1).unwrap();
    Classifier::new(config, model).unwrap()
}

fn answers(classifier: &mut Classifier, voice: Voice, items: &[Item], chosen: &[usize]) -> Vec<ItemPrediction> {
    let mut all = Vec::new();
    classifier.predict_by(&Cpu::new(1).unwrap(), voice, items, chosen, &mut |opinion| all.push(opinion));
    all
}

fn hits(opinions: &[ItemPrediction]) -> usize {
    let right = |o: &&ItemPrediction| o.values.iter().all(|p| *p <= o.values[o.item % 3]);
    opinions.iter().filter(right).count()
}

#[test]
fn what_learned_something_counts_for_more_and_is_saved() {
    let (items, cpu) = (items(), Cpu::new(1).unwrap());
    let (train, valid): (Vec<usize>, Vec<usize>) = (0..60).partition(|k| k % 5 != 0);
    let test: Vec<usize> = (60..90).rev().collect();
    let mut classifier = untrained(&items);
    let plain = classifier.to_bytes(&Value::Null);
    let beside = Beside::learn(&cpu, &mut classifier, &items, (&train, &valid), Combine::Auto, 7).expect("series of numbers");
    assert!(beside.network < 0.3, "{}", beside.network);
    assert_eq!(Beside::learn(&cpu, &mut classifier, &items, (&train, &valid), Combine::Auto, 7).as_ref(), Some(&beside));
    assert_eq!(Beside::learn(&cpu, &mut classifier, &items, (&train, &valid), Combine::Network, 7), None);
    let all: Vec<usize> = (0..60).collect();
    let beside = beside.refit(&cpu, classifier.config(), &items, &all, 7).expect("series of numbers");
    let network = answers(&mut classifier, Voice::Together, &items, &test);
    classifier.set_beside(Some(beside.clone()));
    assert_eq!(answers(&mut classifier, Voice::Network, &items, &test), network);
    let rocket = answers(&mut classifier, Voice::Simple, &items, &test);
    let together = answers(&mut classifier, Voice::Together, &items, &test);
    assert_eq!(together.iter().map(|o| o.item).collect::<Vec<_>>(), test);
    for ((both, net), other) in together.iter().zip(&network).zip(&rocket) {
        for k in 0..3 {
            let want = beside.network * f64::from(net.values[k]) + (1.0 - beside.network) * f64::from(other.values[k]);
            assert!((f64::from(both.values[k]) - want).abs() < 1e-6);
        }
    }
    assert!(hits(&rocket) >= 28 && hits(&together) >= 28, "{} {}", hits(&rocket), hits(&together));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    classifier.save(&path, &json!({"read": 1})).unwrap();
    let (mut again, data) = Classifier::load(&path).unwrap();
    assert_eq!((again.beside(), data), (Some(&beside), json!({"read": 1})));
    assert_eq!(answers(&mut again, Voice::Together, &items, &test), together);
    // Without it the file is what it is where MiniRocket was never learned.
    again.set_beside(None);
    assert_eq!(again.to_bytes(&Value::Null), plain);
}

#[test]
fn a_share_of_nothing_leaves_the_network_unasked() {
    let (items, cpu) = (items(), Cpu::new(1).unwrap());
    let chosen: Vec<usize> = (0..90).collect();
    let mut classifier = untrained(&items);
    let rocket = Rocket::fit(&cpu, classifier.config(), &items, &chosen, 1).expect("series of numbers");
    classifier.set_beside(Some(Beside { simple: SimpleMethod::Rocket(rocket), network: 0.0 }));
    let alone = answers(&mut classifier, Voice::Simple, &items, &chosen);
    assert_eq!(answers(&mut classifier, Voice::Together, &items, &chosen), alone);
}

#[test]
fn damaged_files_are_refused() {
    let (items, cpu) = (items(), Cpu::new(1).unwrap());
    let chosen: Vec<usize> = (0..30).collect();
    let mut classifier = untrained(&items);
    let rocket = Rocket::fit(&cpu, classifier.config(), &items, &chosen, 1).expect("series of numbers");
    classifier.set_beside(Some(Beside { simple: SimpleMethod::Rocket(rocket), network: 0.5 }));
    let bytes = classifier.to_bytes(&Value::Null);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for (from, to) in [
        ("minirocket.bias\"", "minirocket.bios\""),
        ("\\\"network\\\":0.5", "\\\"network\\\":9.5"),
        ("\\\"channels\\\":2", "\\\"channels\\\":3"),
    ] {
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap_or_else(|| panic!("{from}"));
        let mut damaged = bytes.clone();
        damaged[at..at + from.len()].copy_from_slice(to.as_bytes());
        std::fs::write(&path, damaged).unwrap();
        assert!(Classifier::load(&path).is_err(), "{from}");
    }
}

#[test]
fn what_it_cannot_learn_is_left_to_the_network() {
    let items = items();
    let config = config(&items);
    assert_eq!(Rocket::unfit(&config, 90), None);
    let each = ClassifyConfig { each_step: true, ..config.clone() };
    let value = ClassifyConfig { answer: Answer::Value { center: 0.0, spread: 1.0 }, loss: Loss::Mse, ..config.clone() };
    let text = ClassifyConfig { numbers: None, ..config.clone() };
    for (other, count) in [(&each, 90), (&value, 90), (&text, 90), (&config, 1_000_000)] {
        assert!(Rocket::unfit(other, count).is_some());
    }
    // Classes that count for nothing teach nothing.
    let cpu = Cpu::new(1).unwrap();
    let silent = ClassifyConfig { loss: Loss::CrossEntropy { classes: 3, weights: vec![0.0; 3], label_smoothing: 0.0 }, ..config };
    assert_eq!(Rocket::fit(&cpu, &silent, &items, &[0, 1, 2], 1), None);
}
