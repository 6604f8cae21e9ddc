//! N-grams beside a network: learned, mixed, saved and read again, damaged.

use gatewise::Cpu;
use gatewise::loss::Loss;
use gatewise::model::Model;
use gatewise::task::classify::{
    Answer, Beside, Classifier, ClassifyConfig, Item, Network, Ngrams, SimpleMethod, Steps, SymbolInput, Target, Voice,
};
use gatewise::task::forecast::{CellName, Combine};
use serde_json::json;

const WORDS: [&str; 3] = ["좋아요", "싫어요", "몰라요"];

/// Texts of `classes` whose word is their class.
fn items(classes: usize) -> Vec<Item> {
    let item = |k: usize| Item {
        name: k.to_string(),
        steps: Steps::Symbols(vec![(k % 7) as u32; 1 + k % 4]),
        text: format!("{} 그 {} 영화 {}", k % 5, WORDS[k % classes], k * k % 13),
        target: Target::Class(k % classes),
    };
    (0..90).map(item).collect()
}

/// A network that has learned nothing.
fn untrained(classes: usize, weights: Vec<f64>) -> Classifier {
    let config = ClassifyConfig {
        answer: Answer::Classes { labels: WORDS[..classes].iter().map(|&w| w.to_owned()).collect(), temperature: 1.0 },
        numbers: None,
        symbols: Some(SymbolInput { symbols: 8 }),
        each_step: false,
        loss: Loss::CrossEntropy { classes, weights, label_smoothing: 0.0 },
        network: Network { embedding: 2, ..Network::new(CellName::Gru, 3) },
    };
    let model = Model::new(&config.model(), 1).unwrap();
    Classifier::new(config, model).unwrap()
}

fn hits(classifier: &mut Classifier, voice: Voice, items: &[Item], chosen: &[usize]) -> usize {
    let mut hits = 0;
    classifier.predict_by(&Cpu::new(1).unwrap(), voice, items, chosen, &mut |opinion| {
        let sum: f32 = opinion.values.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5, "{:?}", opinion.values);
        let truth = items[opinion.item].target.class().unwrap();
        hits += usize::from(opinion.values.iter().all(|p| *p <= opinion.values[truth]));
    });
    hits
}

#[test]
fn two_classes_and_three_are_told_apart_and_saved() {
    let cpu = Cpu::new(2).unwrap();
    let (train, valid): (Vec<usize>, Vec<usize>) = (0..60).partition(|k| k % 4 != 0);
    let (test, all): (Vec<usize>, Vec<usize>) = ((60..90).collect(), (0..60).collect());
    for classes in [2, 3] {
        let (items, mut classifier) = (items(classes), untrained(classes, Vec::new()));
        let learn = |classifier: &mut Classifier| Beside::learn(&cpu, classifier, &items, (&train, &valid), Combine::Auto, 7);
        let beside = learn(&mut classifier).expect("texts");
        assert!(beside.network < 0.2, "{}", beside.network);
        assert_eq!(learn(&mut classifier).as_ref(), Some(&beside));
        assert_eq!(Beside::learn(&cpu, &mut classifier, &items, (&train, &valid), Combine::Network, 7), None);
        let again = beside.refit(&cpu, classifier.config(), &items, &all, 7).expect("texts");
        assert_eq!(again.network, beside.network);
        classifier.set_beside(Some(again.clone()));
        assert_eq!(hits(&mut classifier, Voice::Simple, &items, &test), 30);
        assert_eq!(hits(&mut classifier, Voice::Together, &items, &test), 30);

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        classifier.save(&path, &json!({"read": 1})).unwrap();
        let (read, _) = Classifier::load(&path).unwrap();
        assert_eq!(read.beside(), Some(&again));
        assert!(classifier.stream(&cpu).unwrap_err().to_string().contains("n-grams"));
        classifier.check(&items).unwrap();
        let mute = Item { name: "mute".to_owned(), text: String::new(), ..items[0].clone() };
        assert!(classifier.check(&[mute]).unwrap_err().to_string().contains("mute"), "n-grams of no text say nothing");
    }
}

#[test]
fn the_seed_alone_decides_not_the_threads() {
    let (items, classifier) = (items(3), untrained(3, Vec::new()));
    let chosen: Vec<usize> = (0..90).collect();
    let fit = |threads, seed| Ngrams::fit(&Cpu::new(threads).unwrap(), classifier.config(), &items, &chosen, seed);
    assert_eq!(fit(1, 5), fit(2, 5));
    assert!(fit(1, 5).is_some());
}

#[test]
fn classes_without_weight_and_single_ones_are_left_to_the_network() {
    let cpu = Cpu::new(1).unwrap();
    let (items, chosen) = (items(2), (0..90).collect::<Vec<_>>());
    let classifier = untrained(2, vec![1.0, 0.0]);
    assert_eq!(Ngrams::fit(&cpu, classifier.config(), &items, &chosen, 1), None);
    let classifier = untrained(2, Vec::new());
    let one: Vec<usize> = chosen.iter().copied().filter(|k| k % 2 == 0).collect();
    assert_eq!(SimpleMethod::fit(&cpu, classifier.config(), &items, &one, 1), None);
    assert_eq!(SimpleMethod::fit(&cpu, classifier.config(), &items, &[], 1), None);
    // Nothing occurs twice.
    let rare: Vec<Item> = ["a", "b"].iter().enumerate().map(|(k, text)| Item { text: (*text).to_owned(), ..items[k].clone() }).collect();
    assert!(
        SimpleMethod::fit(&cpu, classifier.config(), &rare, &[0, 1], 1)
            .is_none_or(|simple| { simple.probabilities(&cpu, classifier.config(), &rare, &[0, 1]).iter().all(|p| p.is_finite()) })
    );
}
