//! The probes held against PyTorch's autograd on the same weights, against finite differences, and against their promise to change nothing.

mod support;

use gatewise::batch::Batch;
use gatewise::init::orthogonal;
use gatewise::layer::recurrent::State;
use gatewise::loss::Loss;
use gatewise::model::{Model, ModelConfig, Readout};
use gatewise::probe::{Spread, gates, gradient_flow, inspect, jacobian};
use gatewise::rng::Rng;
use gatewise::{Cell, Cpu, Isa};
use support::Golden;

const TOLERANCE: f64 = 1e-4;

fn cpu() -> Cpu {
    Cpu::with_isa(Isa::Scalar, 1)
}

fn flat(spreads: &[Spread]) -> Vec<f64> {
    spreads.iter().flat_map(|s| [s.low, s.median, s.high]).collect()
}

/// Relative to each value, however small: a gradient far back counts as much as one near.
#[track_caller]
fn near(what: &str, got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!((got - expected).abs() <= TOLERANCE * expected.abs(), "{what}[{i}]: got {got}, expected {expected}");
    }
}

/// The network and batch of a golden file.
fn golden(name: &str, cell: Cell) -> (Golden, Model<f64>, Batch<f64>) {
    let golden = Golden::open(name);
    let (shape, outputs) = (golden.shape("x"), golden.shape("param.head.bias")[0]);
    let (batch, time, input) = (shape[0], shape[1], shape[2]);
    let hidden = golden.shape("param.head.weight")[1];
    let config = ModelConfig { layers: 2, ..ModelConfig::new(cell, input, hidden, outputs) };
    let mut model = Model::<f64>::new(&config, 0).unwrap();
    for spec in model.params().specs().to_vec() {
        model.set(&spec.name, &golden.floats(&format!("param.{}", spec.name))).unwrap();
    }
    let mut data = Batch::default();
    data.set_full(batch, time, input);
    for (item, sequence) in golden.floats("x").chunks_exact(time * input).enumerate() {
        data.set_sequence(item, sequence);
    }
    data.target = golden.floats("target");
    (golden, model, data)
}

#[test]
fn flow_jacobian_and_gates_are_those_of_pytorch() {
    let cells = Cell::ALL.into_iter().filter(|cell| !matches!(cell, Cell::RnnRelu | Cell::GruResetBefore));
    for cell in cells {
        let name = &format!("probe_{}", cell.spec().name);
        let (golden, model, batch) = golden(name, cell);
        let flows = gradient_flow(&cpu(), &model, &batch, &Loss::Mse);
        let (jacobians, gates) = (jacobian(&cpu(), &model, &batch), gates(&cpu(), &model, &batch));
        assert_eq!((flows.len(), jacobians.len(), gates.len()), (2, 2, 2));
        for layer in 0..2 {
            near(&format!("{name}: h of layer {layer}"), &flat(&flows[layer].h), &golden.floats(&format!("flow.h.l{layer}")));
            if cell == Cell::Lstm {
                near(&format!("{name}: c of layer {layer}"), &flat(&flows[layer].c), &golden.floats(&format!("flow.c.l{layer}")));
            }
            let singular = flat(&[jacobians[layer].singular]);
            near(&format!("{name}: singular values of layer {layer}"), &singular, &golden.floats(&format!("singular.l{layer}")));
            assert_eq!(gates[layer].gates.len(), cell.spec().watched.len());
            for gate in &gates[layer].gates {
                near(gate.gate, &gate.by_unit, &golden.floats(&format!("gate.{}.l{layer}", gate.gate)));
                near(gate.gate, &gate.by_step, &golden.floats(&format!("gate.{}.by_step.l{layer}", gate.gate)));
            }
        }
    }
}

fn random_batch(lengths: &[usize], input: usize, targets: usize, rows_have_targets: bool) -> Batch<f64> {
    let mut rng = Rng::new(9, 0);
    let mut batch = Batch::default();
    batch.set_ragged(lengths, input);
    batch.x.iter_mut().for_each(|x| *x = rng.normal());
    let rows = if rows_have_targets { batch.layout.rows() } else { lengths.len() };
    batch.target = (0..rows * targets).map(|_| rng.normal()).collect();
    batch
}

/// The steps `from .. to` of one sequence (T, I).
fn part(batch: &Batch<f64>, from: usize, to: usize) -> Batch<f64> {
    let input = batch.x.len() / batch.layout.rows();
    let mut part = Batch::default();
    part.set_full(1, to - from, input);
    part.x.copy_from_slice(&batch.x[from * input..to * input]);
    part
}

/// ‖∂L/∂h‖ of the state after `lag` steps less than all, by central differences through the rest of the sequence.
fn difference(cpu: &Cpu, model: &mut Model<f64>, batch: &Batch<f64>, lag: usize) -> f64 {
    const STEP: f64 = 1e-5;
    let time = batch.layout.time();
    let (config, targets) = (model.config().clone(), batch.target[batch.target.len() - model.config().outputs..].to_vec());
    let mut state = State::zeros(&config, 1);
    model.forward(cpu, &part(batch, 0, time - lag), false, Some(&mut state));
    let rest = part(batch, time - lag, time);
    let mut loss_at = |place: usize, offset: f64| {
        let mut moved = state.clone();
        moved.h[place] += offset;
        let output = model.forward(cpu, &rest, false, Some(&mut moved));
        let last = &output[output.len() - config.outputs..];
        last.iter().zip(&targets).map(|(y, t)| (y - t) * (y - t)).sum::<f64>() / config.outputs as f64
    };
    let squares = (0..config.hidden).map(|j| ((loss_at(j, STEP) - loss_at(j, -STEP)) / (2.0 * STEP)).powi(2));
    squares.sum::<f64>().sqrt()
}

#[test]
fn the_flow_is_that_of_finite_differences() {
    let (cpu, time) = (cpu(), 6);
    for cell in Cell::ALL {
        for (layer_norm, readout, zoneout) in [(false, Readout::Last, 0.0), (true, Readout::EachStep, 0.0), (false, Readout::Last, 0.3)] {
            let config = ModelConfig { layer_norm, readout, zoneout, dropout: 0.5, ..ModelConfig::new(cell, 2, 4, 3) };
            let mut model = Model::<f64>::new(&config, 3).unwrap();
            let batch = random_batch(&[time], 2, 3, readout == Readout::EachStep);
            let flow = &gradient_flow(&cpu, &model, &batch, &Loss::Mse)[0];
            assert_eq!(flow.h.len(), time);
            for lag in 1..time {
                let expected = difference(&cpu, &mut model, &batch, lag);
                near(&format!("{cell:?}, {readout:?}: h at lag {lag}"), &[flow.h[lag].median], &[expected]);
            }
        }
    }
}

#[test]
fn each_sequence_of_a_ragged_batch_counts_its_own_lags() {
    let cpu = cpu();
    let config = ModelConfig { layers: 2, ..ModelConfig::new(Cell::Lstm, 2, 5, 1) };
    let model = Model::<f64>::new(&config, 4).unwrap();
    let batch = random_batch(&[6, 3], 2, 1, false);
    let together = gradient_flow(&cpu, &model, &batch, &Loss::Mse);
    let alone: Vec<Vec<f64>> = (0..2)
        .map(|b| {
            let length = batch.layout.length(b);
            let mut one = Batch::default();
            one.set_full(1, length, 2);
            for t in 0..length {
                one.x[t * 2..][..2].copy_from_slice(&batch.x[batch.layout.row(t, b) * 2..][..2]);
            }
            one.target = vec![batch.target[b]];
            gradient_flow(&cpu, &model, &one, &Loss::Mse)[0].h.iter().map(|s| s.median).collect()
        })
        .collect();
    // The second sequence has three lags, the first six.
    for (lag, &first) in alone[0].iter().enumerate().take(6) {
        let expected = alone[1].get(lag).filter(|_| lag < 3).map_or(first, |second| (first + second) / 2.0);
        let got = together[0].h[lag].median;
        assert!((got - expected).abs() < 1e-12, "lag {lag}: got {got}, expected {expected}");
    }
}

#[test]
fn the_reverse_direction_counts_from_its_own_end() {
    let cpu = cpu();
    let config = ModelConfig { bidirectional: true, ..ModelConfig::new(Cell::Gru, 2, 4, 1) };
    let mut model = Model::<f64>::new(&config, 5).unwrap();
    // Both directions alike, and a head that reads them alike.
    for name in ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"] {
        let values = model.get(&format!("recurrent.{name}")).unwrap().to_vec();
        model.set(&format!("recurrent.{name}_reverse"), &values).unwrap();
    }
    let up_to_half = model.get("head.weight").unwrap()[..4].to_vec();
    model.set("head.weight", &[up_to_half.clone(), up_to_half].concat()).unwrap();
    let mut batch = random_batch(&[5], 2, 1, false);
    // A sequence that reads the same from both ends.
    let x = batch.x.clone();
    for t in 0..5 {
        batch.x[t * 2..][..2].copy_from_slice(&x[t.min(4 - t) * 2..][..2]);
    }
    let flows = gradient_flow(&cpu, &model, &batch, &Loss::Mse);
    assert_eq!((flows[0].reverse, flows[1].reverse), (false, true));
    near("reverse", &flat(&flows[1].h), &flat(&flows[0].h));
}

/// tanh is straight at zero: there the Jacobian is W_hh itself, whose singular values and growth are known.
#[test]
fn a_straight_network_has_the_singular_value_and_growth_of_its_matrix() {
    let (cpu, hidden) = (cpu(), 8);
    for scale in [0.9, 1.0, 1.2] {
        let mut model = Model::<f64>::new(&ModelConfig::new(Cell::RnnTanh, 1, hidden, 1), 6).unwrap();
        for spec in model.params().specs().to_vec() {
            let mut values = vec![0.0; spec.range.len()];
            if spec.name == "recurrent.weight_hh_l0" {
                orthogonal(&mut Rng::new(7, 0), &mut values, hidden, hidden);
                values.iter_mut().for_each(|w| *w *= scale);
            } else if spec.name == "head.weight" {
                values.fill(1.0);
            }
            model.set(&spec.name, &values).unwrap();
        }
        let mut batch = random_batch(&[20], 1, 1, false);
        batch.x.fill(0.0);
        let found = &jacobian(&cpu, &model, &batch)[0];
        near("singular value", &[found.singular.median], &[scale]);
        assert!((found.lyapunov.median - scale.ln()).abs() < 1e-9, "{} and ln {scale}", found.lyapunov.median);
        let flow = &gradient_flow(&cpu, &model, &batch, &Loss::Mse)[0];
        assert!((flow.factor - scale).abs() < 1e-9, "{}", flow.factor);
        near("share left", &[flow.share_left()], &[scale.powi(19)]);
    }
}

#[test]
fn probes_change_no_byte_of_the_network() {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    let config = ModelConfig { layers: 2, dropout: 0.3, ..ModelConfig::new(Cell::Lstm, 2, 6, 1) };
    let mut model = Model::<f32>::new(&config, 8).unwrap();
    let mut batch = Batch::<f32>::default();
    batch.set_ragged(&[9, 7, 7], 2);
    batch.target = vec![0.5, -0.5, 0.1];
    let before: Vec<u32> = model.params().values.iter().map(|v| v.to_bits()).collect();
    let grads: Vec<u32> = model.params().grads.iter().map(|v| v.to_bits()).collect();
    let inspection = inspect(&cpu, &mut model, &batch, std::slice::from_ref(&batch), &Loss::Mse);
    assert_eq!(model.params().values.iter().map(|v| v.to_bits()).collect::<Vec<_>>(), before);
    assert_eq!(model.params().grads.iter().map(|v| v.to_bits()).collect::<Vec<_>>(), grads);
    assert_eq!((inspection.steps, inspection.sequences, inspection.flow.len()), (9, 3, 2));
    assert_eq!(inspection.context.last().map(|c| c.steps), Some(9));
    let whole = model.loss(&cpu, &batch, &Loss::Mse);
    assert!((inspection.context.last().unwrap().loss - whole).abs() < 1e-7, "all the context is the plain loss");
}
