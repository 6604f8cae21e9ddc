//! Convolutions over time beside the recurrent stack: against finite differences, on ragged batches, and what cannot have them.

mod support;

use gatewise::batch::Batch;
use gatewise::loss::Loss;
use gatewise::model::{BranchBlock, BranchConfig, EmbeddingConfig, Model, ModelConfig, Readout};
use gatewise::rng::Rng;
use gatewise::{Cell, Cpu, Isa};
use support::{check_gradient, close};

const INPUT: usize = 2;

fn draws(seed: u64, n: usize) -> Vec<f64> {
    let mut rng = Rng::new(seed, 0);
    (0..n).map(|_| rng.normal()).collect()
}

fn branch() -> BranchConfig {
    let block = |filters, taps| BranchBlock { filters, taps };
    BranchConfig { blocks: vec![block(4, 4), block(5, 3), block(3, 2)] }
}

fn config() -> ModelConfig {
    ModelConfig { branch: Some(branch()), readout: Readout::Concat, bidirectional: true, ..ModelConfig::new(Cell::Lstm, INPUT, 3, 2) }
}

/// Sequences of the given lengths, the first longest, with drawn numbers and targets.
fn batch(lengths: &[usize]) -> Batch<f64> {
    let mut batch = Batch::default();
    batch.set_ragged(lengths, INPUT);
    batch.x = draws(8, batch.x.len());
    batch.target = draws(9, 2 * lengths.len());
    batch
}

/// The seed is one with which no value comes near zero, where the maximum has its kink.
#[test]
fn gradients_are_those_of_finite_differences() {
    let (cpu, loss) = (Cpu::with_isa(Isa::Scalar, 1), Loss::Mse);
    let mut model = Model::<f64>::new(&config(), 8).unwrap();
    let mut batch = batch(&[7, 3, 1]);
    let mut d_output = vec![0.0; batch.target.len()];
    let output = model.forward(&cpu, &batch, true, None).to_vec();
    loss.loss(&cpu, &output, &batch.target, None, &mut d_output);
    let mut dx = vec![f64::NAN; batch.x.len()];
    model.backward(&cpu, &batch, &d_output, None, Some(&mut dx));
    let grads = model.params().grads.clone();
    let mut values = model.params().values.clone();
    check_gradient("parameters", &mut values, &grads, |values| {
        model.params_mut().values.copy_from_slice(values);
        model.loss(&cpu, &batch, &loss)
    });
    model.params_mut().values.copy_from_slice(&values);
    let mut x = batch.x.clone();
    check_gradient("x", &mut x, &dx, |x| {
        batch.x.copy_from_slice(x);
        model.loss(&cpu, &batch, &loss)
    });
}

#[test]
fn a_sequence_has_one_answer_whatever_stands_beside_it() {
    let cpu = Cpu::with_isa(Isa::Scalar, 1);
    let mut model = Model::<f64>::new(&config(), 3).unwrap();
    let lengths = [700, 40, 1];
    let together = batch(&lengths);
    let outputs = model.forward(&cpu, &together, false, None).to_vec();
    for (b, &length) in lengths.iter().enumerate() {
        let mut alone = Batch::default();
        alone.set_full(1, length, INPUT);
        for t in 0..length {
            let row = together.layout.row(t, b);
            alone.x[t * INPUT..][..INPUT].copy_from_slice(&together.x[row * INPUT..][..INPUT]);
        }
        close("alone", model.forward(&cpu, &alone, false, None), &outputs[b * 2..][..2], 1e-12);
    }
}

#[test]
fn the_head_reads_the_branch_and_dropout_hides_some_of_it() {
    let cpu = Cpu::with_isa(Isa::Scalar, 1);
    let config = ModelConfig { dropout: 0.5, ..config() };
    let mut model = Model::<f64>::new(&config, 3).unwrap();
    let batch = batch(&[7, 3]);
    model.forward(&cpu, &batch, false, None);
    let (read, width) = (model.features().to_vec(), config.read_width());
    assert_eq!((width, read.len()), (3 * 6 + 3, 2 * width));
    assert!(read.chunks_exact(width).all(|row| row[width - 3..].iter().any(|mean| *mean > 0.0)), "{read:?}");
    model.set_noise(1, 1);
    let dropped = model.loss_and_grad(&cpu, &batch, &Loss::Mse);
    model.set_noise(1, 1);
    assert_eq!(model.loss_and_grad(&cpu, &batch, &Loss::Mse), dropped, "masks hang on the step alone");
    assert_ne!(model.loss(&cpu, &batch, &Loss::Mse), dropped);
}

#[test]
fn what_cannot_have_a_branch_says_so() {
    let embedding = Some(EmbeddingConfig { symbols: 3, width: 2 });
    let odd = BranchConfig { blocks: vec![BranchBlock { filters: 4, taps: 0 }] };
    let bad = [
        ModelConfig { readout: Readout::EachStep, ..config() },
        ModelConfig { embedding, ..config() },
        ModelConfig { branch: Some(BranchConfig { blocks: Vec::new() }), ..config() },
        ModelConfig { branch: Some(odd), ..config() },
    ];
    for config in bad {
        let problem = config.check().unwrap_err().to_string();
        assert!(problem.contains("branch"), "{problem}");
    }
    let last = ModelConfig { readout: Readout::Last, bidirectional: false, ..config() };
    let problem = last.check_streaming().unwrap_err().to_string();
    assert!(problem.contains("convolutions"), "{problem}");
}

#[test]
fn parameters_are_counted_and_starting_weights_without_a_branch_stay() {
    let model = Model::<f32>::new(&config(), 3).unwrap();
    assert_eq!(model.params().values.len() as u128, config().parameters());
    let plain = Model::<f32>::new(&ModelConfig { branch: None, ..config() }, 3).unwrap();
    for spec in plain.params().specs().iter().filter(|spec| !spec.name.starts_with("head.")) {
        assert_eq!(model.get(&spec.name), plain.get(&spec.name), "{}", spec.name);
    }
    let json = serde_json::to_value(plain.config()).unwrap();
    assert!(json.get("branch").is_none(), "{json}");
}
