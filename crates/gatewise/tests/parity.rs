//! The recurrent stack and its training held against PyTorch, on every instruction set of this processor.

mod setup;
mod support;

use gatewise::batch::Batch;
use gatewise::layer::recurrent::{Stack, State};
use gatewise::loss::Loss;
use gatewise::model::{Model, ModelConfig};
use gatewise::optim::{Optimizer, OptimizerConfig};
use gatewise::params::Params;
use gatewise::{Cell, Cpu, Isa, Real};
use setup::cpus;
use support::{Golden, close};

/// Of outputs, states and gradients, relative to max(1, |x|): f32 sums over 7 steps and 19 units.
const TOLERANCE: f64 = 1e-5;
/// The f64 reference is right to the rounding of the golden itself, half a unit in the last place of an f32.
const TOLERANCE_F64: f64 = 1e-7;
const LOSS_TOLERANCE: f64 = 1e-4;

fn real<F: Real>(values: &[f64]) -> Vec<F> {
    values.iter().map(|&v| F::from_f64(v)).collect()
}

fn wide<F: Real>(values: &[F]) -> Vec<f64> {
    values.iter().map(|v| v.to_f64()).collect()
}

/// (blocks, B, width) between the golden's order of sequences and the batch's.
fn permute<F: Real>(values: &[F], batch: &Batch<F>, width: usize, to_sorted: bool) -> Vec<F> {
    let mut out = values.to_vec();
    let sequences = batch.len();
    for (block, out) in values.chunks(sequences * width).zip(out.chunks_mut(sequences * width)) {
        for (place, &item) in batch.order.iter().enumerate() {
            let (from, to) = if to_sorted { (item, place) } else { (place, item) };
            out[to * width..][..width].copy_from_slice(&block[from * width..][..width]);
        }
    }
    out
}

/// The rows of a batch laid out as (B, T, width), zero on padding.
fn padded<F: Real>(rows: &[F], batch: &Batch<F>, time: usize, width: usize) -> Vec<f64> {
    let mut out = vec![0.0; batch.len() * time * width];
    for (place, &item) in batch.order.iter().enumerate() {
        for t in 0..batch.layout.length(place) {
            let row = &rows[batch.layout.row(t, place) * width..][..width];
            for (out, v) in out[(item * time + t) * width..].iter_mut().zip(row) {
                *out = v.to_f64();
            }
        }
    }
    out
}

/// The real steps of (B, T, width) as the rows of a batch.
fn rows_of<F: Real>(padded: &[f64], batch: &Batch<F>, time: usize, width: usize) -> Vec<F> {
    let mut out = vec![F::ZERO; batch.layout.rows() * width];
    for (place, &item) in batch.order.iter().enumerate() {
        for t in 0..batch.layout.length(place) {
            let from = &padded[(item * time + t) * width..][..width];
            for (out, &v) in out[batch.layout.row(t, place) * width..].iter_mut().zip(from) {
                *out = F::from_f64(v);
            }
        }
    }
    out
}

fn check<F: Real>(cpu: &Cpu, name: &str, cell: Cell, layers: usize, directions: usize, tolerance: f64) {
    let golden = Golden::open(name);
    let [sequences, time, input] = golden.shape("x")[..] else { panic!("x is (B, T, I)") };
    let hidden = golden.shape("h0")[2];
    let config = ModelConfig { layers, bidirectional: directions == 2, ..ModelConfig::new(cell, input, hidden, 1) };
    let mut params = Params::<F>::new();
    let mut stack = Stack::new(&mut params, "recurrent", config.stack());
    for spec in params.specs().to_vec() {
        let name = spec.name.replacen("recurrent", "param", 1);
        assert_eq!(golden.shape(&name), spec.shape, "{name}");
        params.values[spec.range].copy_from_slice(&real::<F>(&golden.floats(&name)));
    }

    let lengths: Vec<usize> = golden.integers("lengths").iter().map(|&l| l as usize).collect();
    let mut batch = Batch::<F>::default();
    batch.set_ragged(&lengths, input);
    for (item, &length) in lengths.iter().enumerate() {
        batch.set_sequence(item, &real::<F>(&golden.floats("x")[item * time * input..][..length * input]));
    }
    assert_eq!(sequences, batch.len());
    let lstm = cell.has_memory();
    let state_of = |h: &str, c: &str| State {
        h: permute(&real::<F>(&golden.floats(h)), &batch, hidden, true),
        c: if lstm { permute(&real::<F>(&golden.floats(c)), &batch, hidden, true) } else { Vec::new() },
    };
    let mut state = state_of("h0", "c0");
    stack.pack(cpu, &params.values);
    stack.forward(cpu, &params.values, &batch.layout, &batch.x, &mut state, true, None);

    let label = |what: &str| format!("{name} {} {what}", cpu.isa());
    let same = |what: &str, got: &[f64]| close(&label(what), got, &golden.floats(what), tolerance);
    let unsorted = |values: &[F]| wide(&permute(values, &batch, hidden, false));
    let width = directions * hidden;
    same("y", &padded(stack.output(), &batch, time, width));
    same("hn", &unsorted(&state.h));
    if lstm {
        same("cn", &unsorted(&state.c));
    }

    let mut d_state = state_of("wh", "wc");
    let dy = rows_of(&golden.floats("wy"), &batch, time, width);
    let mut dx = vec![F::ZERO; batch.x.len()];
    let Params { values, grads, .. } = &mut params;
    stack.backward(cpu, values, grads, &batch.layout, &batch.x, &dy, &mut d_state, Some(&mut dx));
    same("grad.x", &padded(&dx, &batch, time, input));
    same("grad.h0", &unsorted(&d_state.h));
    if lstm {
        same("grad.c0", &unsorted(&d_state.c));
    }
    for spec in params.specs() {
        same(&spec.name.replacen("recurrent", "grad", 1), &wide(&params.grads[spec.range.clone()]));
    }
}

/// Name, cell, layers, directions.
fn cases() -> Vec<(String, Cell, usize, usize)> {
    let mut cases = Vec::new();
    for lengths in ["full", "ragged"] {
        for (name, cell) in [("rnn", Cell::RnnTanh), ("gru", Cell::Gru), ("lstm", Cell::Lstm)] {
            for (layers, directions) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
                cases.push((format!("{name}_l{layers}_d{directions}_{lengths}"), cell, layers, directions));
            }
        }
        cases.push((format!("gru_reset_before_l1_d1_{lengths}"), Cell::GruResetBefore, 1, 1));
    }
    cases.push(("rnn_relu_l2_d2_ragged".into(), Cell::RnnRelu, 2, 2));
    for cell in Cell::ALL.into_iter().filter(|cell| !cell.spec().recurrent) {
        let name = cell.spec().name;
        cases.extend([(format!("{name}_l1_d1_full"), cell, 1, 1), (format!("{name}_l2_d2_ragged"), cell, 2, 2)]);
    }
    cases
}

#[test]
fn outputs_states_and_gradients_are_pytorchs() {
    for cpu in cpus() {
        for (name, cell, layers, directions) in cases() {
            check::<f32>(&cpu, &name, cell, layers, directions, TOLERANCE);
        }
    }
}

#[test]
fn the_f64_reference_is_pytorchs() {
    let cpu = Cpu::with_isa(Isa::Scalar, 1);
    for (name, cell, layers, directions) in cases() {
        check::<f64>(&cpu, &name, cell, layers, directions, TOLERANCE_F64);
    }
}

#[test]
fn ten_steps_of_adam_have_pytorchs_losses() {
    let golden = Golden::open("training");
    for cpu in cpus() {
        for (name, cell) in [("rnn", Cell::RnnTanh), ("gru", Cell::Gru), ("lstm", Cell::Lstm)] {
            let tensor = |part: &str| golden.floats(&format!("{name}.{part}"));
            let shape = |part: &str| golden.shape(&format!("{name}.{part}"));
            let [sequences, time, input] = shape("x")[..] else { panic!("x is (B, T, I)") };
            let [outputs, hidden] = shape("initial.head.weight")[..] else { panic!("head.weight is (O, H)") };
            let mut model = Model::<f32>::new(&ModelConfig::new(cell, input, hidden, outputs), 0).unwrap();
            for spec in model.params().specs().to_vec() {
                model.set(&spec.name, &real::<f32>(&tensor(&format!("initial.{}", spec.name)))).unwrap();
            }
            let mut batch = Batch::default();
            batch.set_full(sequences, time, input);
            for (item, sequence) in tensor("x").chunks(time * input).enumerate() {
                batch.set_sequence(item, &real::<f32>(sequence));
            }
            batch.target = real(&tensor("target"));
            let mut optimizer = Optimizer::new(OptimizerConfig::adam(), model.params().values.len());
            for (step, &expected) in tensor("losses").iter().enumerate() {
                let loss = model.loss_and_grad(&cpu, &batch, &Loss::Mse);
                close(&format!("{name} {} loss of step {step}", cpu.isa()), &[loss], &[expected], LOSS_TOLERANCE);
                let Params { values, grads, .. } = model.params_mut();
                optimizer.step(&cpu, 1e-2, values, grads);
            }
            for spec in model.params().specs() {
                let got = wide(&model.params().values[spec.range.clone()]);
                // Adam divides by the root of the second moment: where gradients are near zero, rounding moves a weight by up to a step.
                let what = format!("{name} {} {} after ten steps", cpu.isa(), spec.name);
                close(&what, &got, &tensor(&format!("final.{}", spec.name)), 10.0 * LOSS_TOLERANCE);
            }
        }
    }
}
