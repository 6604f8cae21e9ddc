//! What one step does to a small change of the state, and what many steps do.

use gatewise_kernels::{Cpu, Real};
use serde::Serialize;

use super::spread::Spread;
use super::step::{Step, Work};
use super::unroll::Unrolled;
use crate::batch::Batch;
use crate::model::Model;
use crate::rng::Rng;

/// Steps, spread evenly over the batch, whose singular value is measured.
const SAMPLES: usize = 48;
/// Most rounds of the power iteration.
const ROUNDS: usize = 300;
/// Relative change of the singular value at which the iteration ends.
const CONVERGED: f64 = 1e-9;
/// Share of a sequence that a direction is given to turn into the one that grows most.
const WASH_OUT: f64 = 0.1;
/// Seed of the first directions, which the results do not depend on.
const DIRECTION_SEED: u64 = 0;

/// The recurrence of one layer and direction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Jacobian {
    /// Layer, from 0.
    pub layer: usize,
    /// Whether the direction reads from the end.
    pub reverse: bool,
    /// Largest singular value of ∂h_t/∂h_{t−1} (for an LSTM of (h, c)) over steps of the batch: above 1 some change grows in that step.
    pub singular: Spread,
    /// Largest Lyapunov exponent: mean of ln growth a step along the sequences. Below 0 every change dies away, above 0 some grow.
    pub lyapunov: Spread,
}

/// Measures every layer and direction.
pub fn jacobian<F: Real>(cpu: &Cpu, model: &Model<F>, batch: &Batch<F>) -> Vec<Jacobian> {
    jacobian_of(&Unrolled::run(cpu, model, batch))
}

pub(super) fn jacobian_of(run: &Unrolled) -> Vec<Jacobian> {
    let mut all = Vec::new();
    for layer in 0..run.config.layers {
        for reverse in [false, true].into_iter().take(run.config.directions()) {
            let (singular, lyapunov) = (singular_values(run, layer, reverse), exponents(run, layer, reverse));
            all.push(Jacobian { layer, reverse, singular: Spread::of(singular), lyapunov: Spread::of(lyapunov) });
        }
    }
    all
}

fn singular_values(run: &Unrolled, layer: usize, reverse: bool) -> Vec<f64> {
    let (layout, rows) = (run.layout(), run.layout().rows());
    let stride = rows.div_ceil(SAMPLES).max(1);
    let (mut rng, mut work) = (Rng::new(DIRECTION_SEED, 0), Work::default());
    let each = (0..rows).step_by(stride).map(|row| {
        let t = layout.step_of(row);
        largest_singular_value(&run.step(layer, reverse, t, row - layout.offset(t)), &mut rng, &mut work)
    });
    each.collect()
}

/// Power iteration on JᵀJ (von Mises): ‖J·v‖ for the unit v it turns into.
pub(crate) fn largest_singular_value(step: &Step<'_>, rng: &mut Rng, work: &mut Work) -> f64 {
    let mut v = direction(rng, step.dims.hidden + step.dims.memory());
    let mut da = vec![0.0; step.dims.gate_rows()];
    let mut value = 0.0;
    for _ in 0..ROUNDS {
        step.push(&mut v, work);
        let grown = norm(&v);
        let settled = (grown - value).abs() <= CONVERGED * grown;
        value = grown;
        if settled {
            break;
        }
        step.pull(&mut v, &mut da, work);
        if !normalise(&mut v) {
            return value;
        }
    }
    value
}

/// The largest exponent along each sequence (Benettin 1980).
fn exponents(run: &Unrolled, layer: usize, reverse: bool) -> Vec<f64> {
    let (layout, dims) = (run.layout(), run.dims(layer));
    let (mut rng, mut work) = (Rng::new(DIRECTION_SEED, 1), Work::default());
    let along = |b: usize| {
        let (length, mut v) = (layout.length(b), direction(&mut rng, dims.hidden + dims.memory()));
        let washed = (WASH_OUT * length as f64).ceil() as usize;
        let (mut sum, mut steps) = (0.0, 0.0);
        for k in 0..length {
            let t = if reverse { length - 1 - k } else { k };
            run.step(layer, reverse, t, b).push(&mut v, &mut work);
            if k >= washed {
                sum += norm(&v).ln();
                steps += 1.0;
            }
            if !normalise(&mut v) {
                return f64::NEG_INFINITY;
            }
        }
        if steps > 0.0 { sum / steps } else { f64::NAN }
    };
    (0..layout.batch()).map(along).filter(|e| !e.is_nan()).collect()
}

fn direction(rng: &mut Rng, width: usize) -> Vec<f64> {
    let mut v: Vec<f64> = (0..width).map(|_| rng.normal()).collect();
    normalise(&mut v);
    v
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// Scales to length 1; false where there is no length left.
fn normalise(v: &mut [f64]) -> bool {
    let length = norm(v);
    let usable = length > 0.0 && length.is_finite();
    if usable {
        v.iter_mut().for_each(|v| *v /= length);
    }
    usable
}
