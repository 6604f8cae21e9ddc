//! The gradient of whole networks held against difference quotients in f64: every cell with every option.

mod support;

use gatewise::batch::Batch;
use gatewise::layer::recurrent::State;
use gatewise::loss::Loss;
use gatewise::model::{EmbeddingConfig, LinearSkipConfig, Model, ModelConfig, Readout};
use gatewise::rng::Rng;
use gatewise::{Cell, Cpu, Isa};
use support::{check_gradient, push_from_kink_of_candidates};

const INPUT: usize = 2;
const HIDDEN: usize = 3;
/// By item; unsorted, so that places differ from items.
const LENGTHS: [usize; 3] = [2, 4, 1];
/// A step of training, for the dropout masks.
const STEP: u64 = 4;

fn draws(rng: &mut Rng, count: usize) -> Vec<f64> {
    (0..count).map(|_| rng.normal()).collect()
}

/// A network, a batch, and the weights of the last state in what is differentiated: loss + Σ wh·hn + Σ wc·cn.
struct Job {
    model: Model<f64>,
    batch: Batch<f64>,
    first: State<f64>,
    weights: State<f64>,
    loss: Loss,
}

impl Job {
    fn new(config: &ModelConfig, loss: Loss, lengths: &[usize]) -> Self {
        let mut rng = Rng::new(1, 0);
        let mut model = Model::<f64>::new(config, 1).unwrap();
        // The linear path starts at zero and layer norm at one: anywhere else shows more.
        model.params_mut().values.iter_mut().for_each(|v| *v += 0.1 * rng.normal());
        if config.cell == Cell::RnnRelu {
            push_from_kink(&mut model);
        }
        push_from_kink_of_candidates(&mut model);
        let mut batch = Batch::default();
        batch.set_ragged(lengths, config.input);
        batch.x = draws(&mut rng, batch.x.len());
        let outputs = if config.readout == Readout::EachStep { batch.layout.rows() } else { batch.len() } * config.outputs;
        batch.target = match loss {
            Loss::CrossEntropy { classes, .. } => (0..outputs / classes).map(|i| (i % classes) as f64).collect(),
            _ => draws(&mut rng, outputs / loss.width()),
        };
        if let Some(embedding) = config.embedding {
            batch.symbols = (0..batch.layout.rows()).map(|_| rng.below(embedding.symbols) as u32).collect();
        }
        if let Some(skip) = config.skip {
            batch.skip = draws(&mut rng, batch.len() * skip.lookback * skip.targets);
        }
        let mut state = || {
            let mut state = State::zeros(config, lengths.len());
            state.h.iter_mut().chain(&mut state.c).for_each(|v| *v = rng.normal());
            state
        };
        let (first, weights) = (state(), state());
        Self { model, batch, first, weights, loss }
    }

    /// The value, with the gradient of the output where wanted.
    fn value(&mut self, cpu: &Cpu, d_output: &mut Vec<f64>) -> f64 {
        let mut state = self.first.clone();
        self.model.set_noise(1, STEP);
        let output = self.model.forward(cpu, &self.batch, true, Some(&mut state));
        d_output.resize(output.len(), 0.0);
        let loss = self.loss.loss(cpu, output, &self.batch.target, None, d_output);
        let products = state.h.iter().zip(&self.weights.h).chain(state.c.iter().zip(&self.weights.c));
        loss + products.map(|(a, b)| a * b).sum::<f64>()
    }

    fn check(&mut self, label: &str) {
        let cpu = Cpu::with_isa(Isa::Scalar, 1);
        let mut d_output = Vec::new();
        self.model.params_mut().zero_grads();
        self.value(&cpu, &mut d_output);
        let mut d_state = self.weights.clone();
        let mut dx = vec![0.0; self.batch.x.len()];
        self.model.backward(&cpu, &self.batch, &d_output, Some(&mut d_state), Some(&mut dx));

        let grads = self.model.params().grads.clone();
        for spec in self.model.params().specs().to_vec() {
            let mut values = self.model.params().values[spec.range.clone()].to_vec();
            check_gradient(&format!("{label}: {}", spec.name), &mut values, &grads[spec.range.clone()], |values| {
                self.model.params_mut().values[spec.range.clone()].copy_from_slice(values);
                self.value(&cpu, &mut d_output)
            });
            // The last difference quotient left its offset in the network.
            self.model.params_mut().values[spec.range.clone()].copy_from_slice(&values);
        }
        let mut x = self.batch.x.clone();
        check_gradient(&format!("{label}: input"), &mut x.clone(), &dx, |values| {
            self.batch.x.copy_from_slice(values);
            self.value(&cpu, &mut d_output)
        });
        self.batch.x = std::mem::take(&mut x);
        let mut h = self.first.h.clone();
        check_gradient(&format!("{label}: h0"), &mut h.clone(), &d_state.h, |values| {
            self.first.h.copy_from_slice(values);
            self.value(&cpu, &mut d_output)
        });
        self.first.h = std::mem::take(&mut h);
        if !self.first.c.is_empty() {
            check_gradient(&format!("{label}: c0"), &mut self.first.c.clone(), &d_state.c, |values| {
                self.first.c.copy_from_slice(values);
                self.value(&cpu, &mut d_output)
            });
        }
    }
}

/// Makes the rectifiers of a network open or shut by a distance that no difference quotient steps over: two units of three are open.
fn push_from_kink(model: &mut Model<f64>) {
    const OFFSETS: [f64; HIDDEN] = [3.0, -9.0, 3.0];
    let params = model.params_mut();
    for spec in params.specs().to_vec().iter().filter(|s| s.name.contains("recurrent.")) {
        for (i, value) in params.values[spec.range.clone()].iter_mut().enumerate() {
            if spec.name.contains("bias_ih") {
                *value += OFFSETS[i % HIDDEN];
            } else if spec.name.contains("weight") {
                *value *= 0.5;
            }
        }
    }
}

/// A name, the network's options and the loss.
fn options(cell: Cell) -> Vec<(&'static str, ModelConfig, Loss)> {
    let base = ModelConfig::new(cell, INPUT, HIDDEN, 2);
    let skip = LinearSkipConfig { lookback: 3, horizon: 2, targets: 2, width: 2, all: true };
    let levels = vec![0.2, 0.7];
    vec![
        ("plain", base.clone(), Loss::Mse),
        ("stacked", ModelConfig { layers: 3, ..base.clone() }, Loss::Mse),
        ("both directions", ModelConfig { bidirectional: true, ..base.clone() }, Loss::Mse),
        ("stacked, both directions", ModelConfig { layers: 2, bidirectional: true, ..base.clone() }, Loss::Mse),
        ("dropout", ModelConfig { layers: 2, dropout: 0.4, ..base.clone() }, Loss::Mse),
        ("layer norm", ModelConfig { layers: 2, layer_norm: true, ..base.clone() }, Loss::Mse),
        ("mean", ModelConfig { readout: Readout::Mean, bidirectional: true, ..base.clone() }, Loss::Gaussian),
        ("max", ModelConfig { readout: Readout::Max, bidirectional: true, ..base.clone() }, Loss::Mse),
        ("attention", ModelConfig { readout: Readout::Attention, bidirectional: true, ..base.clone() }, Loss::Mse),
        ("concat", ModelConfig { readout: Readout::Concat, layers: 2, bidirectional: true, dropout: 0.2, ..base.clone() }, Loss::Mse),
        ("each step", ModelConfig { readout: Readout::EachStep, ..base.clone() }, Loss::Mse),
        (
            "embedding",
            ModelConfig {
                embedding: Some(EmbeddingConfig { symbols: 3, width: 2 }),
                readout: Readout::EachStep,
                outputs: 3,
                ..base.clone()
            },
            Loss::CrossEntropy { classes: 3, weights: vec![1.0, 0.5, 2.0], label_smoothing: 0.1 },
        ),
        ("skip", ModelConfig { outputs: 8, skip: Some(skip), ..base.clone() }, Loss::Quantile { levels }),
        (
            "skip to the location",
            ModelConfig { outputs: 8, skip: Some(LinearSkipConfig { all: false, ..skip }), ..base.clone() },
            Loss::Gaussian,
        ),
        (
            "everything",
            ModelConfig {
                layers: 2,
                bidirectional: true,
                dropout: 0.3,
                layer_norm: true,
                readout: Readout::Mean,
                embedding: Some(EmbeddingConfig { symbols: 3, width: 2 }),
                outputs: 12,
                skip: Some(LinearSkipConfig { width: 3, all: false, ..skip }),
                ..base
            },
            Loss::StudentT,
        ),
    ]
}

#[test]
fn every_cell_with_every_option_on_ragged_sequences() {
    for cell in Cell::ALL {
        for (name, config, loss) in options(cell) {
            // Rectified outputs lie so close to each other that a difference quotient changes which one is the largest.
            if cell == Cell::RnnRelu && matches!(config.readout, Readout::Max | Readout::Concat) {
                continue;
            }
            Job::new(&config, loss, &LENGTHS).check(&format!("{cell:?}, {name}"));
        }
    }
}

#[test]
fn every_cell_on_full_sequences() {
    for cell in Cell::ALL {
        let config = ModelConfig { layers: 2, bidirectional: true, ..ModelConfig::new(cell, INPUT, HIDDEN, 2) };
        Job::new(&config, Loss::Mse, &[3, 3, 3]).check(&format!("{cell:?}, full"));
    }
}
