//! Several values an item: their loss, its gradient, where each goes, and what a model file keeps.

mod support;

use gatewise::batch::{Batch, Source};
use gatewise::loss::Loss;
use gatewise::model::{Model, ModelConfig, Readout};
use gatewise::rng::Rng;
use gatewise::task::classify::{
    Answer, Classifier, ClassifyConfig, Examples, Item, Network, Normalize, Numbers, Rocket, Steps, Target, check_items,
};
use gatewise::task::forecast::CellName;
use gatewise::{Cell, Cpu, Isa};
use serde_json::Value;
use support::{check_gradient, close};

/// Targets K.
const K: usize = 3;

fn draws(seed: u64, n: usize) -> Vec<f64> {
    let mut rng = Rng::new(seed, 0);
    (0..n).map(|_| rng.normal()).collect()
}

#[test]
fn the_gradient_of_several_outputs_is_that_of_finite_differences() {
    let cpu = Cpu::with_isa(Isa::Scalar, 1);
    for (loss, readout) in [(Loss::Mse, Readout::Last), (Loss::Huber { delta: 0.4 }, Readout::Concat)] {
        let config = ModelConfig { readout, ..ModelConfig::new(Cell::Gru, 2, 4, K) };
        let mut batch = Batch::<f64>::default();
        batch.set_ragged(&[2, 4, 1], 2);
        batch.x = draws(8, batch.x.len());
        batch.target = draws(9, 3 * K);
        let mut model = Model::<f64>::new(&config, 5).unwrap();
        let value = model.loss_and_grad(&cpu, &batch, &loss);
        let grads = model.params().grads.clone();
        let mut values = model.params().values.clone();
        check_gradient("every parameter", &mut values, &grads, |values| {
            model.params_mut().values.copy_from_slice(values);
            model.loss(&cpu, &batch, &loss)
        });
        // The loss is the mean of those of each output alone.
        model.params_mut().values.copy_from_slice(&values);
        let output = model.forward(&cpu, &batch, false, None).to_vec();
        let each = (0..K).map(|k| {
            let of = |all: &[f64]| all.iter().skip(k).step_by(K).copied().collect::<Vec<_>>();
            let (output, target) = (of(&output), of(&batch.target));
            loss.loss(&cpu, &output, &target, None, &mut [0.0; 3])
        });
        close("the mean over outputs", &[value], &[each.sum::<f64>() / K as f64], 1e-12);
    }
}

/// Items of different lengths whose values are numbered.
fn items() -> Vec<Item> {
    let item = |k: usize| Item {
        name: k.to_string(),
        steps: Steps::Numbers(vec![k as f32; 2 + k * 5 % 4]),
        text: String::new(),
        target: Target::Values((0..K).map(|j| (100 * j + k) as f64).collect()),
    };
    (0..6).map(item).collect()
}

fn config(items: &[Item]) -> ClassifyConfig {
    ClassifyConfig {
        answer: Answer::Values {
            names: ["a", "b", "c"].map(str::to_owned).to_vec(),
            center: vec![0.0, 100.0, 200.0],
            spread: vec![1.0, 2.0, 4.0],
        },
        numbers: Some(Numbers::of(items.iter(), 1, Normalize::Channel, 1, false)),
        symbols: None,
        each_step: false,
        loss: Loss::Mse,
        network: Network { bidirectional: true, readout: Readout::Mean, ..Network::new(CellName::Gru, 4) },
    }
}

#[test]
fn each_value_is_scaled_and_lies_with_its_item() {
    let items = items();
    let config = config(&items);
    config.check().unwrap();
    let chosen: Vec<usize> = (0..items.len()).rev().collect();
    let mut batch = Batch::default();
    Examples::new(&config, &items, &chosen).fill(&[0, 1, 2, 3, 4, 5], &mut batch);
    for (at, &k) in chosen.iter().enumerate() {
        let k = k as f32;
        assert_eq!(batch.target[batch.place(at) * K..][..K], [k, k / 2.0, k / 4.0]);
    }
    assert!(Rocket::unfit(&config, 90).is_some());
    assert_eq!((config.task(), config.outputs(), config.targets().len()), ("regress", K, K));
    let few = [Item { target: Target::Values(vec![1.0]), ..items[0].clone() }];
    assert!(check_items(&config, &few).is_err());
    let short = ClassifyConfig { answer: Answer::Values { names: vec!["a".into()], center: vec![], spread: vec![] }, ..config };
    assert!(short.check().unwrap_err().to_string().contains("a center and a spread"));
}

#[test]
fn answers_come_back_in_their_units_and_from_a_file() {
    let (items, cpu) = (items(), Cpu::new(1).unwrap());
    let config = config(&items);
    let mut model = Model::new(&config.model(), 3).unwrap();
    // A head of zero weights says its bias: one spread above the center of each.
    let weights = model.params().specs().iter().find(|s| s.name == "head.weight").unwrap().range.clone();
    let bias = model.params().specs().iter().find(|s| s.name == "head.bias").unwrap().range.clone();
    model.params_mut().values[weights].fill(0.0);
    model.params_mut().values[bias].fill(1.0);
    let classifier = Classifier::new(config, model).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    classifier.save(&path, &Value::Null).unwrap();
    let (mut again, _) = Classifier::load(&path).unwrap();
    assert_eq!(again.config(), classifier.config());
    let mut seen = 0;
    again.predict(&cpu, &items, &[4, 1], &mut |opinion| {
        assert_eq!(opinion.exact, [1.0, 102.0, 204.0]);
        assert_eq!(opinion.values, [1.0, 102.0, 204.0]);
        seen += 1;
    });
    assert_eq!(seen, 2);
}
