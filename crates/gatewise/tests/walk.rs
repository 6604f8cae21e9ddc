//! What a walk shows, held against the equations and against finite differences.

use gatewise::batch::Batch;
use gatewise::loss::Loss;
use gatewise::model::{Model, ModelConfig, Readout};
use gatewise::rng::Rng;
use gatewise::walk::{Extent, Part, Trace};
use gatewise::{Cell, Cpu, Isa};

const STEPS: usize = 7;
const INPUT: usize = 3;

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// g of the cells whose gates see the input alone.
fn positive(x: f64) -> f64 {
    if x < 0.0 { sigmoid(x) } else { x + 0.5 }
}

fn model(cell: Cell, readout: Readout, bidirectional: bool) -> Model<f32> {
    let config = ModelConfig { layers: 2, readout, bidirectional, layer_norm: true, ..ModelConfig::new(cell, INPUT, 5, 2) };
    let mut model = Model::new(&config, 3).unwrap();
    // Biases that are not zero tell W x + b from W x.
    let mut rng = Rng::new(5, 0);
    model.params_mut().values.iter_mut().for_each(|v| *v += rng.uniform(0.2) as f32);
    model
}

fn batch(readout: Readout) -> Batch<f32> {
    let (mut batch, mut rng) = (Batch::default(), Rng::new(11, 0));
    batch.set_full(1, STEPS, INPUT);
    batch.x.iter_mut().for_each(|x| *x = rng.normal() as f32);
    let rows = if readout == Readout::EachStep { STEPS } else { 1 };
    batch.target = (0..rows * 2).map(|_| rng.normal() as f32).collect();
    batch
}

/// h and c after each step by the equations, from the walk's own a and u.
fn by_equations(part: &Part) -> (Vec<f64>, Vec<f64>) {
    let units = part.units.len();
    let (mut h, mut c) = (vec![0.0; units], vec![0.0; units]);
    let (mut all_h, mut all_c) = (Vec::new(), Vec::new());
    for t in 0..STEPS {
        let t = if part.reverse { STEPS - 1 - t } else { t };
        for j in 0..units {
            let at = t * units + j;
            let a = |g: usize| f64::from(part.gates[g].a[at]);
            let u = |g: usize| part.gates[g].u.as_ref().map_or(0.0, |u| f64::from(u[at]));
            let sum = |g: usize| a(g) + u(g);
            let expected: Vec<f64> = match part.cell {
                Cell::RnnTanh => vec![sum(0).tanh()],
                Cell::RnnRelu => vec![sum(0).max(0.0)],
                Cell::Gru => vec![sigmoid(sum(0)), sigmoid(sum(1)), (a(2) + sigmoid(sum(0)) * u(2)).tanh()],
                Cell::GruResetBefore => vec![sigmoid(sum(0)), sigmoid(sum(1)), sum(2).tanh()],
                Cell::Lstm => vec![sigmoid(sum(0)), sigmoid(sum(1)), sum(2).tanh(), sigmoid(sum(3))],
                Cell::MinGru => vec![sigmoid(a(0)), positive(a(1))],
                Cell::MinLstm => vec![sigmoid(a(0)), sigmoid(a(1)), positive(a(2))],
            };
            for (gate, expected) in part.gates.iter().zip(&expected) {
                let got = f64::from(gate.value[at]);
                assert!((got - expected).abs() < 1e-6, "{:?} {} at {t}: {got}, by its equation {expected}", part.cell, gate.name);
            }
            let gate = |g: usize| expected[g];
            match part.cell {
                Cell::RnnTanh | Cell::RnnRelu => h[j] = gate(0),
                Cell::Gru | Cell::GruResetBefore => h[j] = (1.0 - gate(1)) * gate(2) + gate(1) * h[j],
                Cell::Lstm => {
                    c[j] = gate(1) * c[j] + gate(0) * gate(2);
                    h[j] = gate(3) * c[j].tanh();
                }
                Cell::MinGru => h[j] = (1.0 - gate(0)) * h[j] + gate(0) * gate(1),
                Cell::MinLstm => h[j] = (gate(0) * h[j] + gate(1) * gate(2)) / (gate(0) + gate(1)),
            }
        }
        all_h.push((t, h.clone()));
        all_c.push((t, c.clone()));
    }
    all_h.sort_by_key(|row| row.0);
    all_c.sort_by_key(|row| row.0);
    let flat = |rows: Vec<(usize, Vec<f64>)>| rows.into_iter().flat_map(|row| row.1).collect();
    (flat(all_h), flat(all_c))
}

#[test]
fn gates_and_states_are_those_of_the_equations_in_every_cell() {
    let cpu = Cpu::with_isa(Isa::Scalar, 1);
    for cell in Cell::ALL {
        let trace = Trace::of(&cpu, &model(cell, Readout::Last, true), &batch(Readout::Last), &Loss::Mse, &Extent::default());
        assert_eq!(trace.parts.len(), 4, "two layers in two directions");
        for part in &trace.parts {
            let (h, c) = by_equations(part);
            let near = |got: &[f32], expected: &[f64]| got.iter().zip(expected).all(|(g, e)| (f64::from(*g) - e).abs() < 2e-6);
            assert!(near(&part.h, &h), "{cell:?}: h is {:?}, by the equations {h:?}", part.h);
            assert!(part.c.as_ref().is_none_or(|got| near(got, &c)), "{cell:?}: c is {:?}, by the equations {c:?}", part.c);
            assert_eq!(part.c.is_some(), cell == Cell::Lstm);
        }
    }
}

#[test]
fn gates_are_made_of_weights_inputs_and_the_last_state() {
    let cpu = Cpu::with_isa(Isa::Scalar, 1);
    let (model, batch) = (model(Cell::Lstm, Readout::EachStep, false), batch(Readout::EachStep));
    let trace = Trace::of(&cpu, &model, &batch, &Loss::Mse, &Extent::default());
    let part = &trace.parts[0];
    let get = |name: &str| model.get(name).unwrap().to_vec();
    let (w_ih, w_hh) = (get("recurrent.weight_ih_l0"), get("recurrent.weight_hh_l0"));
    let (b_ih, b_hh) = (get("recurrent.bias_ih_l0"), get("recurrent.bias_hh_l0"));
    let dot = |w: &[f32], x: &[f32]| w.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum::<f64>();
    for (t, g, j) in [(0, 0, 0), (3, 1, 4), (6, 3, 2), (5, 2, 1)] {
        let row = g * 5 + j;
        let a = dot(&w_ih[row * INPUT..][..INPUT], &batch.x[t * INPUT..][..INPUT]) + f64::from(b_ih[row]);
        let before = if t == 0 { vec![0.0; 5] } else { part.h[(t - 1) * 5..][..5].to_vec() };
        let u = dot(&w_hh[row * 5..][..5], &before) + f64::from(b_hh[row]);
        let gate = &part.gates[g];
        assert!((f64::from(gate.a[t * 5 + j]) - a).abs() < 1e-6, "a of gate {g} at {t}");
        assert!((f64::from(gate.u.as_ref().unwrap()[t * 5 + j]) - u).abs() < 1e-6, "u of gate {g} at {t}");
    }
}

#[test]
fn gradients_back_to_the_inputs_are_those_of_finite_differences() {
    let cpu = Cpu::with_isa(Isa::Scalar, 1);
    for (cell, readout, bidirectional) in [
        (Cell::Lstm, Readout::EachStep, false),
        (Cell::Gru, Readout::EachStep, false),
        (Cell::RnnTanh, Readout::Last, true),
        (Cell::MinLstm, Readout::Mean, false),
        (Cell::GruResetBefore, Readout::Attention, true),
    ] {
        let (model, batch) = (model(cell, readout, bidirectional), batch(readout));
        let trace = Trace::of(&cpu, &model, &batch, &Loss::Mse, &Extent::default());
        for (row, &t) in trace.gradient.steps.iter().enumerate() {
            let place = trace.answered.iter().position(|&a| a == t).unwrap();
            let loss = |batch: &Batch<f32>| {
                let outputs = Trace::of(&cpu, &model, batch, &Loss::Mse, &Extent::default()).outputs;
                let (out, target) = (&outputs[place * 2..][..2], &batch.target[place * 2..][..2]);
                out.iter().zip(target).map(|(o, t)| (o - f64::from(*t)).powi(2)).sum::<f64>() / 2.0
            };
            for s in [0, 2, STEPS - 1] {
                let got = trace.gradient.log10[row * STEPS + s];
                if s > t && !bidirectional {
                    assert!(got.is_nan(), "an output does not hang on what comes behind it");
                    continue;
                }
                let squares = (0..INPUT).map(|k| {
                    let at = s * INPUT + k;
                    let mut changed = batch.clone();
                    const STEP: f32 = 1.0 / 1024.0;
                    changed.x[at] = batch.x[at] + STEP;
                    let up = loss(&changed);
                    changed.x[at] = batch.x[at] - STEP;
                    let width = f64::from(batch.x[at] + STEP) - f64::from(batch.x[at] - STEP);
                    ((up - loss(&changed)) / width).powi(2)
                });
                let expected = squares.sum::<f64>().sqrt().log10();
                assert!((f64::from(got) - expected).abs() < 1e-3, "{cell:?} {readout:?} from {t} to {s}: {got}, by differences {expected}");
            }
        }
    }
}

#[test]
fn units_of_a_wide_layer_are_chosen_and_those_asked_for_are_among_them() {
    let cpu = Cpu::with_isa(Isa::Scalar, 1);
    let place = gatewise::walk::Place { layer: 1, unit: 3 };
    let extent = Extent { always: vec![place, place], units: 2, weights: 10 };
    let trace = Trace::of(&cpu, &model(Cell::Gru, Readout::Last, false), &batch(Readout::Last), &Loss::Mse, &extent);
    assert_eq!(trace.parts[0].units.len(), 2);
    assert!(trace.parts[1].units.contains(&3) && trace.parts[1].units.len() == 2, "{:?}", trace.parts[1].units);
    assert!(trace.parts[1].weights.iter().all(|w| w.values.is_none() && w.norm > 0.0 && w.grad_norm > 0.0));
}
