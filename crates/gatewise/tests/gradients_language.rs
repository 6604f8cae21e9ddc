//! Gradient checks in f64 of what language models add: tied weights, masks locked over time, dropped weights.

mod support;

use gatewise::batch::Batch;
use gatewise::layer::recurrent::State;
use gatewise::loss::Loss;
use gatewise::model::{EmbeddingConfig, Model, ModelConfig, Readout, SampledConfig};
use gatewise::{Cell, Cpu, Isa};
use support::{check_gradient, push_from_kink_of_candidates};

const SYMBOLS: usize = 5;
const HIDDEN: usize = 4;

fn batch() -> Batch<f64> {
    let mut batch = Batch::default();
    batch.set_ragged(&[4, 2, 3], 0);
    let rows = batch.layout.rows();
    batch.symbols = (0..rows as u32).map(|row| row * 3 % SYMBOLS as u32).collect();
    // Two symbols are never predicted, so that a sample has something to draw from.
    batch.target = (0..rows).map(|row| (row * 2 % (SYMBOLS - 2)) as f64).collect();
    batch
}

fn config(cell: Cell) -> ModelConfig {
    ModelConfig {
        layers: 2,
        readout: Readout::EachStep,
        embedding: Some(EmbeddingConfig { symbols: SYMBOLS, width: HIDDEN }),
        ..ModelConfig::new(cell, 0, HIDDEN, SYMBOLS)
    }
}

#[test]
fn every_option() {
    let (cpu, batch) = (Cpu::with_isa(Isa::Scalar, 1), batch());
    let loss = Loss::CrossEntropy { classes: SYMBOLS, weights: Vec::new(), label_smoothing: 0.0 };
    for cell in Cell::ALL.into_iter().filter(|cell| !matches!(cell, Cell::RnnRelu | Cell::GruResetBefore)) {
        let plain = config(cell);
        // Where gates see the input alone there are no weights from the state to drop.
        let weight_drop = if cell.spec().recurrent { 0.4 } else { 0.0 };
        let options = [
            ("tied", ModelConfig { tied: true, ..plain.clone() }),
            ("locked", ModelConfig { dropout: 0.3, variational: true, ..plain.clone() }),
            ("weights", ModelConfig { weight_drop, ..plain.clone() }),
            ("zoneout", ModelConfig { zoneout: 0.3, ..plain.clone() }),
            ("input dropout", ModelConfig { input_dropout: 0.3, variational: true, ..plain.clone() }),
            ("symbols dropped", ModelConfig { embedding_dropout: 0.3, tied: true, ..plain.clone() }),
            ("output dropout", ModelConfig { dropout: 0.2, output_dropout: Some(0.5), ..plain.clone() }),
            ("output dropout alone", ModelConfig { output_dropout: Some(0.5), ..plain.clone() }),
            ("penalties", ModelConfig { activation_penalty: 2.0, slowness_penalty: 1.0, dropout: 0.3, ..plain.clone() }),
            ("sampled outputs", ModelConfig { sampled: Some(SampledConfig { frequent: 1, drawn: 1 }), ..plain.clone() }),
            ("sampled outputs, tied", ModelConfig { sampled: Some(SampledConfig { frequent: 1, drawn: 1 }), tied: true, ..plain.clone() }),
            ("zoneout, both ways", ModelConfig { zoneout: 0.3, bidirectional: true, ..plain.clone() }),
            (
                "all",
                ModelConfig {
                    tied: true,
                    dropout: 0.3,
                    output_dropout: Some(0.2),
                    input_dropout: 0.2,
                    embedding_dropout: 0.1,
                    activation_penalty: 1.0,
                    slowness_penalty: 0.5,
                    sampled: Some(SampledConfig { frequent: 2, drawn: 1 }),
                    variational: true,
                    weight_drop,
                    zoneout: 0.2,
                    layer_norm: true,
                    ..plain
                },
            ),
        ];
        for (name, config) in options {
            let mut model = Model::<f64>::new(&config, 3).unwrap();
            push_from_kink_of_candidates(&mut model);
            model.set_noise(7, 1);
            model.loss_and_grad(&cpu, &batch, &loss);
            let (mut values, grads) = (model.params().values.clone(), model.params().grads.clone());
            check_gradient(&format!("{cell:?} {name}"), &mut values, &grads, |values| {
                model.params_mut().values.copy_from_slice(values);
                model.set_noise(7, 1);
                model.loss_and_grad(&cpu, &batch, &loss) + model.penalty()
            });
        }
    }
}

#[test]
fn dropped_weights_are_whole_again_outside_training() {
    let (cpu, batch) = (Cpu::with_isa(Isa::best(), 1), batch());
    let mut dropping = Model::<f64>::new(&ModelConfig { weight_drop: 0.5, ..config(Cell::Lstm) }, 3).unwrap();
    let mut plain = Model::<f64>::new(&config(Cell::Lstm), 3).unwrap();
    let trained = dropping.forward(&cpu, &batch, true, None).to_vec();
    assert_ne!(trained, plain.forward(&cpu, &batch, false, None));
    assert_eq!(dropping.forward(&cpu, &batch, false, None), plain.forward(&cpu, &batch, false, None));
    // Gradients add up over two backward passes, dropped weights or not.
    let mut state = State::zeros(dropping.config(), 3);
    dropping.params_mut().zero_grads();
    for _ in 0..2 {
        dropping.set_noise(7, 1);
        state.reset(dropping.config(), 3);
        let output = dropping.forward(&cpu, &batch, true, Some(&mut state)).to_vec();
        dropping.backward(&cpu, &batch, &output, None, None);
    }
    let twice = dropping.params().grads.clone();
    dropping.params_mut().zero_grads();
    dropping.set_noise(7, 1);
    let output = dropping.forward(&cpu, &batch, true, None).to_vec();
    dropping.backward(&cpu, &batch, &output, None, None);
    for (twice, once) in twice.iter().zip(&dropping.params().grads) {
        assert!((twice - 2.0 * once).abs() < 1e-12, "{twice} against twice {once}");
    }
}

#[test]
fn weights_from_the_state_are_dropped_only_where_there_are_some() {
    for cell in Cell::ALL {
        let refused = Model::<f64>::new(&ModelConfig { weight_drop: 0.1, ..config(cell) }, 1).err().map(|e| e.to_string());
        let named = refused.as_ref().is_some_and(|text| text.contains("weight_drop") && text.contains(cell.spec().name));
        assert!(if cell.spec().recurrent { refused.is_none() } else { named }, "{cell:?}: {refused:?}");
    }
}

#[test]
fn tied_weights_need_vectors_of_the_right_length() {
    let wrong = ModelConfig { tied: true, embedding: Some(EmbeddingConfig { symbols: SYMBOLS, width: 3 }), ..config(Cell::Gru) };
    assert!(Model::<f64>::new(&wrong, 1).unwrap_err().to_string().contains("make its vectors 4 long"));
    let tied = Model::<f64>::new(&ModelConfig { tied: true, ..config(Cell::Gru) }, 1).unwrap();
    assert_eq!(tied.params().values.len() as u128, tied.config().parameters());
    assert!(tied.get("head.weight").is_none());
}

#[test]
fn sampled_outputs_are_all_outputs_in_the_mean() {
    const MANY: usize = 40;
    let cpu = Cpu::with_isa(Isa::Scalar, 1);
    let loss = Loss::CrossEntropy { classes: MANY, weights: Vec::new(), label_smoothing: 0.0 };
    let whole =
        ModelConfig { embedding: Some(EmbeddingConfig { symbols: MANY, width: HIDDEN }), outputs: MANY, tied: true, ..config(Cell::Lstm) };
    let gradient = |sampled: Option<SampledConfig>, step: u64| {
        let mut model = Model::<f64>::new(&ModelConfig { sampled, ..whole.clone() }, 3).unwrap();
        model.set_noise(7, step);
        let value = model.loss_and_grad(&cpu, &batch(), &loss);
        (value, model.params().grads.clone())
    };
    let (exact, grads) = gradient(None, 0);
    // A sample that leaves nothing out is the whole.
    for sampled in [SampledConfig { frequent: MANY, drawn: 0 }, SampledConfig { frequent: 1, drawn: MANY }] {
        let (value, all) = gradient(Some(sampled), 1);
        assert!((value - exact).abs() < 1e-12, "{value} against {exact}");
        assert!(all.iter().zip(&grads).all(|(a, b)| (a - b).abs() < 1e-12));
    }
    // Others are about it: the logarithm of a mean that is right is a little low.
    let runs = 200;
    let few = SampledConfig { frequent: 4, drawn: 12 };
    let (mut mean, mut mean_grads) = (0.0, vec![0.0; grads.len()]);
    for step in 0..runs {
        let (value, sample) = gradient(Some(few), step);
        mean += value / runs as f64;
        mean_grads.iter_mut().zip(&sample).for_each(|(mean, g)| *mean += g / runs as f64);
    }
    assert!((mean - exact).abs() < 0.01, "{mean} against {exact}");
    let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let off: Vec<f64> = mean_grads.iter().zip(&grads).map(|(a, b)| a - b).collect();
    assert!(norm(&off) < 0.05 * norm(&grads), "{} of {}", norm(&off), norm(&grads));
}
