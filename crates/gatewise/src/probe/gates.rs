//! Where the gates stand, unit by unit and step by step, and how long the units they guard remember.

use gatewise_kernels::{Cpu, Real};
use serde::Serialize;

use super::spread::Spread;
use super::unroll::Unrolled;
use crate::batch::Batch;
use crate::model::Model;

/// A gate below this is nearly shut.
pub(super) const SHUT: f64 = 0.1;
/// A gate above this is nearly open.
pub(super) const OPEN: f64 = 0.9;
/// Share of the steps that a gate must spend on one side to count as stuck there.
const STUCK: f64 = 0.99;
/// A unit whose output never leaves ± this says nothing.
const SILENT: f64 = 0.01;
/// A tanh beyond ± this has hardly a slope: 1 − 0.99² = 0.02.
const FLAT: f64 = 0.99;
/// Keeps the logarithm of a gate that never shuts away from zero; τ is a billion steps there.
const NEARLY_ONE: f64 = 1.0 - 1e-9;

/// One gate of a layer over a batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateStats {
    /// "input", "forget", "output"; "reset", "update".
    pub gate: &'static str,
    /// Mean over units and steps.
    pub mean: f64,
    /// Share of units and steps below 0.1.
    pub below: f64,
    /// Share of units and steps above 0.9.
    pub above: f64,
    /// Units that are below 0.1 in 99 of 100 steps.
    pub stuck_shut: usize,
    /// Units that are above 0.9 in 99 of 100 steps.
    pub stuck_open: usize,
    /// Mean of each unit: (H).
    pub by_unit: Vec<f64>,
    /// Mean of each step over the sequences that have it: (T).
    pub by_step: Vec<f64>,
}

/// How long the units of a layer remember: τ = −1/ln(mean forget gate), in steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimeConstants {
    /// Over the units.
    pub spread: Spread,
    /// The longest.
    pub longest: f64,
    /// Of each unit: (H).
    pub by_unit: Vec<f64>,
}

/// The gates of one layer and direction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gates {
    /// Layer, from 0.
    pub layer: usize,
    /// Whether the direction reads from the end.
    pub reverse: bool,
    /// Units H.
    pub units: usize,
    /// Units whose output stays within ±0.01 at every step: they say nothing.
    pub dead: usize,
    /// Share of the outputs that stand beyond ±0.99, where a tanh has no slope; 0 where outputs come from none.
    pub saturated: f64,
    /// Every gate; none in a plain cell.
    pub gates: Vec<GateStats>,
    /// Of the gate that keeps the state: the LSTM's forget gate, the GRU's update gate; see [`gatewise_kernels::CellSpec::watched`].
    pub time_constants: Option<TimeConstants>,
}

/// Measures every layer and direction.
pub fn gates<F: Real>(cpu: &Cpu, model: &Model<F>, batch: &Batch<F>) -> Vec<Gates> {
    gates_of(&Unrolled::run(cpu, model, batch))
}

pub(super) fn gates_of(run: &Unrolled) -> Vec<Gates> {
    let mut all = Vec::new();
    for layer in 0..run.config.layers {
        for reverse in [false, true].into_iter().take(run.config.directions()) {
            all.push(layer_gates(run, layer, reverse));
        }
    }
    all
}

fn layer_gates(run: &Unrolled, layer: usize, reverse: bool) -> Gates {
    let (dims, output) = (run.dims(layer), run.output(layer, reverse));
    let hidden = dims.hidden;
    let mut loud = vec![false; hidden];
    for row in output.chunks_exact(hidden) {
        for (loud, y) in loud.iter_mut().zip(row) {
            *loud |= y.abs() > SILENT;
        }
    }
    let flat = output.iter().filter(|y| y.abs() > FLAT).count();
    let spec = dims.cell.spec();
    let saturated = if spec.squashed { flat as f64 / output.len().max(1) as f64 } else { 0.0 };
    let gates: Vec<GateStats> = spec.watched.iter().map(|&(name, place)| stats(run, layer, reverse, name, place)).collect();
    let time_constants = gates.first().map(|keeps| {
        let by_unit: Vec<f64> = keeps.by_unit.iter().map(|mean| -1.0 / mean.min(NEARLY_ONE).ln()).collect();
        let longest = by_unit.iter().copied().fold(0.0, f64::max);
        TimeConstants { spread: Spread::of(by_unit.clone()), longest, by_unit }
    });
    Gates { layer, reverse, units: hidden, dead: loud.iter().filter(|loud| !**loud).count(), saturated, gates, time_constants }
}

fn stats(run: &Unrolled, layer: usize, reverse: bool, gate: &'static str, place: usize) -> GateStats {
    let (layout, hidden) = (run.layout(), run.dims(layer).hidden);
    let (mut sums, mut shut, mut open) = (vec![0.0; hidden], vec![0_usize; hidden], vec![0_usize; hidden]);
    let mut by_step = Vec::with_capacity(layout.time());
    for t in 0..layout.time() {
        let mut step_sum = 0.0;
        for b in 0..layout.active(t) {
            let values = &run.step(layer, reverse, t, b).gates[place * hidden..][..hidden];
            for (j, &value) in values.iter().enumerate() {
                sums[j] += value;
                step_sum += value;
                shut[j] += usize::from(value < SHUT);
                open[j] += usize::from(value > OPEN);
            }
        }
        by_step.push(step_sum / (layout.active(t) * hidden).max(1) as f64);
    }
    let rows = layout.rows().max(1) as f64;
    let all = rows * hidden.max(1) as f64;
    let stuck = |counts: &[usize]| counts.iter().filter(|&&count| count as f64 >= STUCK * rows).count();
    GateStats {
        gate,
        mean: sums.iter().sum::<f64>() / all,
        below: shut.iter().sum::<usize>() as f64 / all,
        above: open.iter().sum::<usize>() as f64 / all,
        stuck_shut: stuck(&shut),
        stuck_open: stuck(&open),
        by_unit: sums.iter().map(|sum| sum / rows).collect(),
        by_step,
    }
}
