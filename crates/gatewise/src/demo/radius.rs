//! What repeated multiplication does to a gradient: rᵀ beside networks whose recurrent weights have the spectral radius r.

use gatewise_kernels::{Cell, Cpu};
use serde::Serialize;

use crate::batch::Batch;
use crate::error::ModelError;
use crate::init;
use crate::loss::Loss;
use crate::model::{Model, ModelConfig};
use crate::probe::gradient_flow;
use crate::rng::Rng;

/// Hidden units of the networks measured.
const HIDDEN: usize = 24;
/// Input features.
const INPUT: usize = 4;
/// Sequences whose median is taken.
const SEQUENCES: usize = 3;
/// A gradient that comes back with a share between this and its inverse can be learnt from.
pub const USABLE: f64 = 1e-2;
/// Products after which a vector lies along the directions that grow most.
const SETTLE: usize = 400;
/// Products over which the growth is then measured.
const MEASURE: usize = 1600;

/// A network whose gradient is measured over a number of steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Recurrence {
    /// The cell.
    pub cell: Cell,
    /// Spectral radius of the recurrent matrix, of each gate's own where there are gates.
    pub radius: f64,
    /// Whether the matrix is orthogonal times the radius; else uniform, scaled to it.
    pub orthogonal: bool,
    /// Whether the network reads inputs of unit size; else zeros, where tanh is straight and the gradient is that of the matrix alone.
    pub inputs: bool,
    /// Steps that the gates are set to remember: bias ln(steps) on the LSTM's forget gate and the GRU's update gate, its negative on the LSTM's
    /// input gate (Tallec and Ollivier 2018). Without it the usual start: forget bias 1, the others drawn.
    pub remember: Option<usize>,
}

impl Recurrence {
    /// A network of the cell at a radius, uniform start, with inputs.
    pub fn new(cell: Cell, radius: f64) -> Self {
        Self { cell, radius, orthogonal: false, inputs: true, remember: None }
    }

    /// What the network is called among others of its radius.
    pub fn name(&self) -> &'static str {
        match self.cell {
            Cell::RnnTanh | Cell::RnnRelu if !self.inputs => "rnn, state near zero",
            cell => cell.spec().name,
        }
    }

    /// The share of the gradient that is left `steps` steps before the loss: ‖∂L/∂s_{T−k}‖ / ‖∂L/∂s_T‖ for each k of `steps`, with s the LSTM's c and the
    /// other cells' h.
    ///
    /// # Errors
    /// None with the sizes used here; a network that cannot be built.
    pub fn shares(&self, cpu: &Cpu, steps: &[usize], seed: u64) -> Result<Vec<f64>, ModelError> {
        let mut rng = Rng::new(seed, RADIUS_STREAM);
        let mut model = Model::<f64>::new(&ModelConfig::new(self.cell, INPUT, HIDDEN, 1), seed)?;
        let mut w_hh = model.get("recurrent.weight_hh_l0").map_or(Vec::new(), <[f64]>::to_vec);
        for matrix in w_hh.chunks_exact_mut(HIDDEN * HIDDEN) {
            if self.orthogonal {
                init::orthogonal(&mut rng, matrix, HIDDEN, HIDDEN);
            } else {
                init::recurrent_uniform(&mut rng, matrix, HIDDEN);
            }
            let scale = if self.orthogonal { self.radius } else { self.radius / spectral_radius(&mut rng, matrix) };
            matrix.iter_mut().for_each(|w| *w *= scale);
        }
        if self.cell.spec().recurrent {
            model.set("recurrent.weight_hh_l0", &w_hh)?;
        }
        self.set_biases(&mut model)?;
        let longest = steps.iter().copied().max().unwrap_or(1);
        let mut batch = Batch::default();
        batch.set_full(SEQUENCES, longest + 1, INPUT);
        if self.inputs {
            batch.x.iter_mut().for_each(|x| *x = rng.normal());
        }
        // Far from anything the head says, so that the loss has a slope.
        batch.target = vec![FAR; SEQUENCES];
        let flow = gradient_flow(cpu, &model, &batch, &Loss::Mse).remove(0);
        let shares = flow.shares();
        Ok(steps.iter().map(|&k| shares[k]).collect())
    }

    fn set_biases(&self, model: &mut Model<f64>) -> Result<(), ModelError> {
        let rows = self.cell.gates() * HIDDEN;
        let mut b_ih = model.get("recurrent.bias_ih_l0").map_or(Vec::new(), <[f64]>::to_vec);
        if let Some(steps) = self.remember {
            let bias = (steps as f64).ln();
            for &(gate, sign) in self.cell.spec().chrono {
                b_ih[gate * HIDDEN..(gate + 1) * HIDDEN].fill(sign * bias);
            }
        }
        if self.cell.spec().watched.is_empty() {
            // A plain cell without bias stays at zero, where it is straight.
            b_ih.fill(0.0);
            model.set("recurrent.bias_hh_l0", &vec![0.0; rows])?;
        }
        model.set("recurrent.bias_ih_l0", &b_ih)
    }
}

/// Stream of a seed that matrices and inputs are drawn from.
const RADIUS_STREAM: u64 = 1 << 36;
/// A target that no start of the network answers.
const FAR: f64 = 10.0;

/// The largest absolute eigenvalue of a square matrix, by the growth of a vector under many products (Gelfand's formula).
fn spectral_radius(rng: &mut Rng, matrix: &[f64]) -> f64 {
    let width = matrix.len().isqrt();
    let mut v: Vec<f64> = (0..width).map(|_| rng.normal()).collect();
    let mut next = v.clone();
    let mut growth = 0.0;
    for k in 0..SETTLE + MEASURE {
        for (out, row) in next.iter_mut().zip(matrix.chunks_exact(width)) {
            *out = row.iter().zip(&v).map(|(w, v)| w * v).sum();
        }
        let norm = next.iter().map(|v| v * v).sum::<f64>().sqrt();
        if norm == 0.0 {
            return 0.0;
        }
        if k >= SETTLE {
            growth += norm.ln();
        }
        v.iter_mut().zip(&next).for_each(|(v, n)| *v = n / norm);
    }
    (growth / MEASURE as f64).exp()
}

/// One point of the sweep over radii.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SweepPoint {
    /// The network; its gates are set to remember `steps`.
    #[serde(flatten)]
    pub recurrence: Recurrence,
    /// Steps T.
    pub steps: usize,
    /// Share of the gradient left after them.
    pub share: f64,
}

/// Radii of the sweep: .80, .81 … 1.20.
pub fn radii() -> Vec<f64> {
    (80..=120).map(|k| f64::from(k) / 100.0).collect()
}

/// Lengths of the sweep.
pub const SWEEP_STEPS: [usize; 3] = [10, 100, 1000];

/// Networks of the sweep: RNN with its state near zero, where tanh is straight; RNN, GRU and LSTM that read inputs.
pub fn sweep_networks() -> [Recurrence; 4] {
    let [rnn, gru, lstm] = [Cell::RnnTanh, Cell::Gru, Cell::Lstm].map(|cell| Recurrence::new(cell, 1.0));
    [Recurrence { inputs: false, ..rnn }, rnn, gru, lstm]
}

/// Measures a network at every radius over `steps` steps, its gates set to remember them.
///
/// # Errors
/// As [`Recurrence::shares`].
pub fn sweep(cpu: &Cpu, network: Recurrence, steps: usize, seed: u64) -> Result<Vec<SweepPoint>, ModelError> {
    let measure = |radius| {
        let recurrence = Recurrence { radius, remember: (network.cell.gates() > 1).then_some(steps), ..network };
        Ok(SweepPoint { recurrence, steps, share: recurrence.shares(cpu, &[steps], seed)?[0] })
    };
    radii().into_iter().map(measure).collect()
}

/// The lowest and highest radius of `points`, in order of radius, at which the share is usable, between neighbours by interpolation of the logarithm;
/// none where no share is. An end at the lowest or highest radius means that the band may go on.
pub fn usable_band(points: &[SweepPoint]) -> Option<(f64, f64)> {
    let usable = |p: &SweepPoint| (USABLE..=1.0 / USABLE).contains(&p.share);
    let (first, last) = (points.iter().position(usable)?, points.iter().rposition(usable)?);
    let crossing = |inside: &SweepPoint, outside: &SweepPoint| {
        let bound = if outside.share < USABLE { USABLE } else { 1.0 / USABLE };
        let part = (bound / inside.share).ln() / (outside.share.max(f64::MIN_POSITIVE) / inside.share).ln();
        inside.recurrence.radius + part * (outside.recurrence.radius - inside.recurrence.radius)
    };
    let low = first.checked_sub(1).map_or(points[first].recurrence.radius, |out| crossing(&points[first], &points[out]));
    let high = points.get(last + 1).map_or(points[last].recurrence.radius, |out| crossing(&points[last], out));
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewise_kernels::Isa;

    #[test]
    fn the_radius_of_a_rotation_is_its_scale() {
        let (sin, cos) = 0.7_f64.sin_cos();
        let rotation = [0.8 * cos, -0.8 * sin, 0.8 * sin, 0.8 * cos];
        assert!((spectral_radius(&mut Rng::new(1, 0), &rotation) - 0.8).abs() < 1e-12);
    }

    #[test]
    fn without_inputs_the_orthogonal_network_gives_the_power() {
        let cpu = Cpu::with_isa(Isa::Scalar, 1);
        for radius in [0.9, 1.2] {
            let still = Recurrence { orthogonal: true, inputs: false, ..Recurrence::new(Cell::RnnTanh, radius) };
            for (share, steps) in still.shares(&cpu, &[10, 100], 0).unwrap().into_iter().zip([10, 100]) {
                assert!((share / radius.powi(steps) - 1.0).abs() < 1e-9, "{radius}^{steps}: {share:e}");
            }
        }
    }

    #[test]
    fn the_band_of_plain_multiplication_is_that_of_the_powers() {
        let point = |radius: f64| SweepPoint { recurrence: Recurrence::new(Cell::RnnTanh, radius), steps: 100, share: radius.powi(100) };
        let points: Vec<SweepPoint> = radii().into_iter().map(point).collect();
        let (low, high) = usable_band(&points).unwrap();
        let expected = (USABLE.powf(0.01), (1.0 / USABLE).powf(0.01));
        assert!((low - expected.0).abs() < 1e-4 && (high - expected.1).abs() < 1e-4, "{low} … {high}, expected {expected:?}");
        assert_eq!(usable_band(&points[..5]), None);
    }

    #[test]
    fn open_gates_carry_a_gradient_whatever_the_radius() {
        let cpu = Cpu::with_isa(Isa::Scalar, 1);
        for radius in [0.8, 1.0, 1.2] {
            let shares = |cell| Recurrence { remember: Some(100), ..Recurrence::new(cell, radius) }.shares(&cpu, &[100], 0).unwrap()[0];
            let (plain, gated) = (shares(Cell::RnnTanh), shares(Cell::Lstm));
            assert!(plain < USABLE && gated > USABLE, "radius {radius}: rnn {plain:e}, lstm {gated:e}");
        }
    }
}
