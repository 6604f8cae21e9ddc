//! From the outputs of the recurrent layers to what the head reads.

use gatewise::model::{ModelConfig, Readout};

use super::graph::{Graph, Numbers, Value, int};
use super::recurrent::{Sequences, Stacked, Weights};

/// Smaller than any output: what lies outside of a sequence counts as this where the largest is looked for.
const LEAST: f32 = f32::MIN;

/// A readout at work.
struct Pool<'a> {
    config: &'a ModelConfig,
    weights: &'a Weights<'a>,
    sequences: &'a Sequences,
    stacked: &'a Stacked,
}

/// What the head reads: (B, P·D·H), or (B, T, D·H) at each step.
pub(super) fn readout(g: &mut Graph, config: &ModelConfig, weights: &Weights<'_>, sequences: &Sequences, stacked: &Stacked) -> Value {
    g.part(format!("{}readout", weights.prefix));
    let pool = Pool { config, weights, sequences, stacked };
    match config.readout {
        Readout::Last => pool.last(g),
        Readout::Mean => pool.mean(g),
        Readout::Max => pool.max(g),
        Readout::Attention => pool.attention(g),
        Readout::Concat => {
            let parts = [pool.last(g), pool.mean(g), pool.max(g)];
            g.concat(&parts.each_ref(), 1)
        }
        Readout::EachStep => g.transpose(&stacked.y, &[1, 0, 2]),
    }
}

impl Pool<'_> {
    /// The output of each direction behind its own last step.
    fn last(&self, g: &mut Graph) -> Value {
        let (hidden, directions) = (self.config.hidden as i64, self.config.directions());
        if !self.config.layer_norm {
            let last = g.transpose(&self.stacked.last, &[1, 0, 2]);
            return g.reshape(&last, &[0, directions as i64 * hidden]);
        }
        let y = &self.stacked.y;
        let ahead = match &self.sequences.ragged {
            None => {
                let end = g.int(-1);
                g.gather(y, &end, 0)
            }
            Some(ragged) => {
                let (zero, nothing) = (g.int(0), g.f32(0.0));
                let ends = g.op("Equal", &[&ragged.left, &zero]);
                let y = g.choose(&ends, y, &nothing);
                g.sum(&y, 0, false)
            }
        };
        if directions == 1 {
            return ahead;
        }
        let start = g.int(0);
        let back = g.gather(y, &start, 0);
        let (ahead, back) = (g.slice(&ahead, 1, 0, hidden), g.slice(&back, 1, hidden, 2 * hidden));
        g.concat(&[&ahead, &back], 1)
    }

    fn mean(&self, g: &mut Graph) -> Value {
        let Some(ragged) = &self.sequences.ragged else { return g.mean(&self.stacked.y, &[0], false) };
        let zero = g.f32(0.0);
        let y = g.choose(&ragged.inside, &self.stacked.y, &zero);
        let (sum, count) = (g.sum(&y, 0, false), g.single(&ragged.lengths));
        let count = g.unsqueeze(&count, 1);
        g.div(&sum, &count)
    }

    fn max(&self, g: &mut Graph) -> Value {
        let y = self.within(g, &self.stacked.y);
        g.max(&y, &[0])
    }

    /// A mean weighted by a softmax of scores.
    fn attention(&self, g: &mut Graph) -> Value {
        let y = &self.stacked.y;
        let numbers = Numbers::f32(&[self.config.width(), 1], self.weights.values("attention.weight"));
        let weight = g.weight(&format!("{}attention.weight", self.weights.prefix), numbers);
        let scores = g.op("MatMul", &[y, &weight]);
        let scores = self.within(g, &scores);
        let shares = g.op_with("Softmax", &[&scores], vec![int("axis", 0)]);
        let y = g.mul(&shares, y);
        g.sum(&y, 0, false)
    }

    /// What lies outside of a sequence as the least there is.
    fn within(&self, g: &mut Graph, y: &Value) -> Value {
        let Some(ragged) = &self.sequences.ragged else { return y.clone() };
        let least = g.f32(LEAST);
        g.choose(&ragged.inside, y, &least)
    }
}
