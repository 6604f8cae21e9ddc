//! One network over one sequence, opened: every gate, every state, and what becomes of a gradient on its way back.

use gatewise_kernels::{Cell, Cpu};
use serde::Serialize;

use super::states::Place;
use crate::batch::Batch;
use crate::loss::Loss;
use crate::model::{Model, Readout};
use crate::probe::jacobian::largest_singular_value;
use crate::probe::step::Work;
use crate::probe::unroll::Unrolled;
use crate::rng::Rng;

/// Seed of the first direction of the power iteration, which its result does not depend on.
const DIRECTION_SEED: u64 = 0;
/// Multiply-adds that following gradients back may take: some seconds on one core.
const AFFORDABLE: u128 = 4_000_000_000;
/// Outputs that are followed back at least.
const LEAST_FOLLOWED: usize = 1;
/// Rounds that a power iteration takes, about.
const ROUNDS: u128 = 200;

/// What is kept of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Units shown whatever they do.
    pub always: Vec<Place>,
    /// Units shown of each layer and direction at most; where a layer has more, those whose state moves most.
    pub units: usize,
    /// Values of a weight matrix that are shown at most; a larger one is told by its norm alone.
    pub weights: usize,
}

impl Default for Extent {
    fn default() -> Self {
        Self { always: Vec::new(), units: 64, weights: 36_000 }
    }
}

/// Numbers of 32 bits that the networks of a page may hold in all: a megabyte and a half of text.
const ON_PAGE: usize = 200_000;
/// Arrays of (T, U) of an LSTM's layer.
const ARRAYS: usize = 14;
/// Units shown at least.
const LEAST_UNITS: usize = 8;

impl Extent {
    /// As many units as leave a page of `steps` steps and so many layers and directions, over all networks, small enough to be sent around.
    pub fn of_page(steps: usize, parts: usize) -> Self {
        let usual = Self::default();
        let units = (ON_PAGE / (steps * parts * ARRAYS).max(1)).clamp(LEAST_UNITS, usual.units);
        Self { units, weights: usual.weights / parts.max(1), ..usual }
    }
}

/// A gate of one layer and direction over the sequence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gate {
    /// "input", "forget", "cell", "output"; "reset", "update", "new"; "hidden".
    pub name: &'static str,
    /// As the equations have it: i, f, g, o; r, z, n; h.
    pub letter: &'static str,
    /// W x_t + b_ih: (T, U).
    pub a: Vec<f32>,
    /// U h_{t−1} + b_hh, (T, U); of a GRU that resets before the product U (r · h_{t−1}) + b_hh. None where the gates see the input alone.
    pub u: Option<Vec<f32>>,
    /// The gate behind its σ or tanh: (T, U).
    pub value: Vec<f32>,
}

/// A weight matrix and the gradient by it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weight {
    /// Its name in the model file.
    pub name: String,
    /// Rows: G·H, gate by gate.
    pub rows: usize,
    /// Columns: I or H.
    pub columns: usize,
    /// (rows, columns), or none of a matrix that is too large to be shown.
    pub values: Option<Vec<f32>>,
    /// The gradient in the same shape, of the mean over everything that is followed.
    pub grads: Option<Vec<f32>>,
    /// Euclidean norm of the values.
    pub norm: f64,
    /// Euclidean norm of the gradient.
    pub grad_norm: f64,
}

/// One layer and direction over the sequence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// Layer, from 0.
    pub layer: usize,
    /// Whether it reads from the end.
    pub reverse: bool,
    /// The cell.
    pub cell: Cell,
    /// Width I of what it reads.
    pub input: usize,
    /// Hidden units H.
    pub hidden: usize,
    /// The units shown, U of them.
    pub units: Vec<usize>,
    /// Which state carries memory: "c" or "h".
    pub state: &'static str,
    /// Share of the state that stays what it was (zoneout).
    pub zoneout: f64,
    /// The gates in PyTorch's order.
    pub gates: Vec<Gate>,
    /// h after each step: (T, U). Before the first it is 0.
    pub h: Vec<f32>,
    /// c after each step: (T, U); none of a cell without.
    pub c: Option<Vec<f32>>,
    /// Largest singular value of ∂(h, c)_t/∂(h, c)_{t−1} over all units: (T); of a wide layer at some steps alone, no number at the others.
    pub jacobian: Vec<f64>,
    /// weight_ih and weight_hh.
    pub weights: Vec<Weight>,
}

/// Gradients from outputs back to inputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Gradient {
    /// Steps whose output was followed.
    pub steps: Vec<usize>,
    /// log₁₀ ‖∂L_t/∂x_s‖ with L_t the loss of that output, or what else is followed, and x_s what the first layer reads at step s: (followed, T). NaN where the output cannot depend on
    /// the step, −∞ where nothing arrives.
    pub log10: Vec<f32>,
}

/// One network over one sequence of T steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trace {
    /// Its layers and directions.
    pub parts: Vec<Part>,
    /// The head's raw outputs: (R, outputs) with R = T or 1.
    #[serde(skip)]
    pub outputs: Vec<f64>,
    /// The steps that those rows belong to.
    #[serde(skip)]
    pub answered: Vec<usize>,
    /// Gradients back through time.
    pub gradient: Gradient,
}

/// The derivative of what is followed back by row number and value of an output of the head, (outputs); none of rows that are not followed.
pub type Derivative<'a> = &'a dyn Fn(usize, &[f64]) -> Option<Vec<f64>>;

impl Trace {
    /// As [`of`](Self::of), for gradients of anything that hangs on the outputs.
    ///
    /// # Panics
    /// If `batch` holds another number of sequences than one.
    pub fn with(cpu: &Cpu, model: &Model<f32>, batch: &Batch<f32>, derivative: Derivative<'_>, extent: &Extent) -> Self {
        assert_eq!(batch.len(), 1, "a walk follows one sequence");
        let mut run = Unrolled::run(cpu, model, batch);
        let time = run.layout().time();
        let answered = if run.config.readout == Readout::EachStep { (0..time).collect() } else { vec![time - 1] };
        let (answers, outputs) = (run.answers().to_vec(), run.config.outputs);
        let followed: Vec<(usize, Vec<f64>)> =
            (0..answered.len()).filter_map(|row| Some((row, derivative(row, &answers[row * outputs..][..outputs])?))).collect();
        let mut mean = vec![0.0; answers.len()];
        for (row, derivative) in &followed {
            mean[row * outputs..][..outputs].iter_mut().zip(derivative).for_each(|(mean, d)| *mean = d / followed.len() as f64);
        }
        let grads = run.weight_grads(cpu, &mean);
        let directions = run.config.directions();
        let parts: Vec<Part> =
            (0..run.config.layers * directions).map(|k| part(&run, k / directions, k % directions == 1, &grads[k], extent)).collect();
        let gradient = follow(cpu, &mut run, &answered, followed);
        Self { parts, outputs: answers, answered, gradient }
    }

    /// Runs a copy of `model` in f64 over the one sequence of `batch`, from the zero state. Gradients are those of `loss` at every output that has a target.
    ///
    /// # Panics
    /// If `batch` holds another number of sequences than one.
    pub fn of(cpu: &Cpu, model: &Model<f32>, batch: &Batch<f32>, loss: &Loss, extent: &Extent) -> Self {
        let outputs = model.config().outputs;
        let rows = if model.config().readout == Readout::EachStep { batch.layout.rows() } else { 1 };
        let width = batch.target.len() / rows;
        let known = |target: &f64| if matches!(loss, Loss::CrossEntropy { .. }) { *target >= 0.0 } else { target.is_finite() };
        let derivative = |row: usize, answer: &[f64]| {
            let target: Vec<f64> = batch.target[row * width..][..width].iter().map(|&t| f64::from(t)).collect();
            let mut derivative = vec![0.0; outputs];
            (width > 0 && target.iter().all(known)).then(|| {
                loss.loss(cpu, answer, &target, None, &mut derivative);
                derivative
            })
        };
        Self::with(cpu, model, batch, &derivative, extent)
    }
}

/// The place on the tape of each gate, in PyTorch's order.
fn on_tape(cell: Cell) -> Vec<usize> {
    let spec = cell.spec();
    (0..spec.gates.len()).map(|gate| spec.tape_order.iter().position(|&g| g == gate).expect("every gate is on the tape")).collect()
}

fn name_of(cell: Cell, letter: &str) -> &'static str {
    match (cell, letter) {
        (Cell::Lstm | Cell::MinLstm, "i") => "input",
        (_, "f") => "forget",
        (_, "o") => "output",
        (Cell::Lstm, _) => "cell",
        (_, "r") => "reset",
        (_, "z") => "update",
        (Cell::RnnTanh | Cell::RnnRelu, _) => "hidden",
        _ => "new",
    }
}

fn part(run: &Unrolled, layer: usize, reverse: bool, grads: &[Vec<f64>; 2], extent: &Extent) -> Part {
    let (dims, time) = (run.dims(layer), run.layout().time());
    let (cell, hidden, spec) = (dims.cell, dims.hidden, dims.cell.spec());
    let output = run.output(layer, reverse);
    let states: Vec<&[f64]> = (0..time).map(|t| run.memory(layer, reverse, t, 0)).collect();
    let carried = |t: usize, j: usize| if cell.has_memory() { states[t][j] } else { output[t * hidden + j] };
    let always: Vec<usize> = extent.always.iter().filter(|place| place.layer == layer).map(|place| place.unit).collect();
    let units = telling(hidden, time, extent.units, &always, carried);
    let pick = |of: &dyn Fn(usize, usize) -> f64| -> Vec<f32> {
        (0..time).flat_map(|t| units.iter().map(move |&j| (t, j))).map(|(t, j)| of(t, j) as f32).collect()
    };
    let (before, tape) = (before_activation(run, layer, reverse), on_tape(cell));
    let gates = (0..spec.gates.len())
        .map(|g| {
            let letter = spec.gates[g];
            let value = |t: usize, j: usize| {
                let value = run.step(layer, reverse, t, 0).gates[tape[g] * hidden + j];
                // The tape has the share that stays.
                if cell == Cell::MinGru && letter == "z" { 1.0 - value } else { value }
            };
            Gate {
                name: name_of(cell, letter),
                letter,
                a: pick(&|t, j| before.a[t][g * hidden + j]),
                u: spec.recurrent.then(|| pick(&|t, j| before.u[t][g * hidden + j])),
                value: pick(&value),
            }
        })
        .collect();
    let (mut rng, mut work) = (Rng::new(DIRECTION_SEED, 0), Work::default());
    // Of a wide layer every so many steps alone; the others are no number.
    let each = 2 * ROUNDS * (dims.gate_rows() * hidden) as u128;
    let stride = (each * time as u128).div_ceil(AFFORDABLE).max(1) as usize;
    let mut singular = |t: usize| largest_singular_value(&run.step(layer, reverse, t, 0), &mut rng, &mut work);
    let jacobian = (0..time).map(|t| if t.is_multiple_of(stride) { singular(t) } else { f64::NAN }).collect();
    let suffix = if reverse { "_reverse" } else { "" };
    let [w_ih, w_hh, ..] = run.weights(layer, reverse);
    let weights = [("weight_ih", w_ih, dims.input, &grads[0]), ("weight_hh", w_hh, hidden, &grads[1])]
        .into_iter()
        .filter(|(_, values, ..)| !values.is_empty())
        .map(|(name, values, columns, grads)| {
            let shown = values.len() <= extent.weights;
            Weight {
                name: format!("recurrent.{name}_l{layer}{suffix}"),
                rows: values.len() / columns.max(1),
                columns,
                values: shown.then(|| values.iter().map(|&v| v as f32).collect()),
                grads: shown.then(|| grads.iter().map(|&g| g as f32).collect()),
                norm: norm(values.iter().copied()),
                grad_norm: norm(grads.iter().copied()),
            }
        })
        .collect();
    Part {
        layer,
        reverse,
        cell,
        input: dims.input,
        hidden,
        state: if cell.has_memory() { "c" } else { "h" },
        zoneout: run.config.zoneout,
        gates,
        h: pick(&|t, j| output[t * hidden + j]),
        c: cell.has_memory().then(|| pick(&|t, j| states[t][j])),
        jacobian,
        weights,
        units,
    }
}

/// The numbers of at most `most` units, in rising order: those of `always`, and those whose state moves most.
pub(super) fn telling(hidden: usize, time: usize, most: usize, always: &[usize], state: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    let mut units: Vec<usize> = (0..hidden).collect();
    if hidden > most {
        let moves = |j: usize| {
            let mean = (0..time).map(|t| state(t, j)).sum::<f64>() / time as f64;
            (0..time).map(|t| (state(t, j) - mean).powi(2)).sum::<f64>()
        };
        let moved: Vec<f64> = units.iter().map(|&j| moves(j)).collect();
        units.sort_by_key(|j| !always.contains(j));
        let free = units.partition_point(|j| always.contains(j));
        units[free..].sort_by(|&a, &b| moved[b].total_cmp(&moved[a]));
        units.truncate(most);
        units.sort_unstable();
    }
    units
}

/// What the gates are made of at each step, (G·H) in PyTorch's order.
struct Before {
    a: Vec<Vec<f64>>,
    u: Vec<Vec<f64>>,
}

fn before_activation(run: &Unrolled, layer: usize, reverse: bool) -> Before {
    let (dims, time) = (run.dims(layer), run.layout().time());
    let [w_ih, w_hh, b_ih, b_hh] = run.weights(layer, reverse);
    let x = run.input(layer);
    let affine = |w: &[f64], v: &[f64], b: &[f64]| -> Vec<f64> {
        w.chunks_exact(v.len().max(1)).zip(b).map(|(row, b)| b + row.iter().zip(v).map(|(w, v)| w * v).sum::<f64>()).collect()
    };
    let a = (0..time).map(|t| affine(w_ih, &x[t * dims.input..][..dims.input], b_ih)).collect();
    let u = (0..time).map(|t| {
        let step = run.step(layer, reverse, t, 0);
        let mut u = affine(w_hh, step.h, b_hh);
        if dims.cell == Cell::GruResetBefore {
            let hidden = dims.hidden;
            let reset: Vec<f64> = (0..hidden).map(|j| step.gates[hidden + j] * step.h[j]).collect();
            let new = 2 * hidden;
            u.truncate(new);
            u.extend(affine(&w_hh[new * hidden..], &reset, &b_hh[new..]));
        }
        u
    });
    Before { a, u: if dims.cell.spec().recurrent { u.collect() } else { Vec::new() } }
}

/// Follows every row of `followed`, or as many as can be afforded, back to what the first layer reads.
fn follow(cpu: &Cpu, run: &mut Unrolled, answered: &[usize], followed: Vec<(usize, Vec<f64>)>) -> Gradient {
    let (time, outputs) = (run.layout().time(), run.config.outputs);
    let passes = (0..run.config.layers).map(|l| run.dims(l)).map(|d| d.gate_rows() as u128 * (d.hidden + d.input) as u128).sum::<u128>()
        * run.config.directions() as u128
        * time as u128;
    let most = (AFFORDABLE / passes.max(1)).max(LEAST_FOLLOWED as u128).min(followed.len() as u128) as usize;
    let mut gradient = Gradient::default();
    // Spread evenly, the last one among them.
    for (row, derivative) in (1..=most).map(|k| &followed[k * followed.len() / most - 1]) {
        let mut d_output = vec![0.0; run.answers().len()];
        d_output[row * outputs..][..outputs].copy_from_slice(derivative);
        let dx = run.input_gradient(cpu, &d_output);
        let (width, answered) = (run.dims(0).input, answered[*row]);
        let sees = |s: usize| run.config.bidirectional || s <= answered;
        let logs = (0..time).map(|s| if sees(s) { norm(dx[s * width..][..width].iter().copied()).log10() as f32 } else { f32::NAN });
        gradient.log10.extend(logs);
        gradient.steps.push(answered);
    }
    gradient
}

impl Unrolled {
    /// The gradient of what the first layer reads, (N, I), from that of the outputs, (R, outputs).
    pub(crate) fn input_gradient(&mut self, cpu: &Cpu, d_output: &[f64]) -> Vec<f64> {
        let mut dy = self.stack_gradient(cpu, d_output);
        for layer in (0..self.config.layers).rev() {
            let d_raw = self.before_norm(cpu, layer, dy);
            let mut dx = vec![0.0; self.layout().rows() * self.dims(layer).input];
            for reverse in [false, true].into_iter().take(self.config.directions()) {
                self.back(layer, reverse, &d_raw, &mut dx, &mut |_, _, _, _| {});
            }
            dy = dx;
        }
        dy
    }
}

pub(super) fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum::<f64>().sqrt()
}
