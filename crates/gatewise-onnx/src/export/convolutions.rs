//! Convolutions: of the picture of each step before the layers, and over time beside them.

use gatewise::model::{BranchConfig, EncoderConfig, EncoderPool};

use super::graph::{Graph, Value, float, int, ints};
use super::recurrent::{Sequences, Weights};

/// Pictures (B, T, C·height·width) as what the layers read: (B, T, E).
pub(super) fn encoder(g: &mut Graph, config: &EncoderConfig, weights: &Weights<'_>, x: &Value) -> Value {
    g.part(format!("{}encoder", weights.prefix));
    let outer = g.shape(x, 0, 2);
    let mut channels = config.channels;
    let mut y = g.reshape(x, &[-1, channels as i64, config.height as i64, config.width as i64]);
    for (k, &filters) in config.filters.iter().enumerate() {
        let weight = weights.constant(g, &format!("encoder.conv{k}.weight"), &[filters, channels, 3, 3]);
        let bias = weights.constant(g, &format!("encoder.conv{k}.bias"), &[filters]);
        let options = vec![ints("kernel_shape", &[3, 3]), ints("strides", &[2, 2]), ints("pads", &[1, 1, 1, 1])];
        y = g.op_with("Conv", &[&y, &weight, &bias], options);
        y = g.op("Relu", &[&y]);
        channels = filters;
    }
    let pooled = match config.pool {
        EncoderPool::Flatten => g.op_with("Flatten", &[&y], vec![int("axis", 1)]),
        EncoderPool::Mean => g.mean(&y, &[2, 3], false),
        EncoderPool::MeanMax => {
            let (mean, max) = (g.mean(&y, &[2, 3], false), g.max(&y, &[2, 3]));
            g.concat(&[&mean, &max], 1)
        }
    };
    let (inputs, outputs) = (config.pooled(), config.outputs);
    let weight = weights.constant(g, "encoder.dense.weight", &[outputs, inputs]);
    let bias = weights.constant(g, "encoder.dense.bias", &[outputs]);
    let rows = g.dense(&pooled, 2, &weight, &bias, (inputs, outputs));
    let width = g.ints(&[outputs as i64]);
    let shape = g.concat(&[&outer, &width], 0);
    g.op("Reshape", &[&rows, &shape])
}

/// Features (B, T, I) as the mean of the last convolution's filters: (B, O).
pub(super) fn branch(
    g: &mut Graph,
    config: &BranchConfig,
    weights: &Weights<'_>,
    x: &Value,
    inputs: usize,
    sequences: &Sequences,
) -> Value {
    g.part(format!("{}branch", weights.prefix));
    // (B, T, 1): zeros stand around a sequence, not around the longest.
    let inside = sequences.ragged.as_ref().map(|ragged| g.transpose(&ragged.inside, &[1, 0, 2]));
    let within = |g: &mut Graph, y: Value| match &inside {
        Some(inside) => {
            let zero = g.f32(0.0);
            g.choose(inside, &y, &zero)
        }
        None => y,
    };
    let (mut y, mut channels) = (within(g, x.clone()), inputs);
    for (k, block) in config.blocks.iter().enumerate() {
        let filters = block.filters;
        let weight = weights.constant(g, &format!("branch.conv{k}.weight"), &[filters, channels, block.taps]);
        let bias = weights.constant(g, &format!("branch.conv{k}.bias"), &[filters]);
        let before = (block.taps - 1) / 2;
        let options = vec![ints("kernel_shape", &[block.taps as i64]), ints("pads", &[before as i64, (block.taps - 1 - before) as i64])];
        let over_time = g.transpose(&y, &[0, 2, 1]);
        let found = g.op_with("Conv", &[&over_time, &weight, &bias], options);
        let found = g.transpose(&found, &[0, 2, 1]);
        let gain = weights.constant(g, &format!("branch.norm{k}.weight"), &[filters]);
        let bias = weights.constant(g, &format!("branch.norm{k}.bias"), &[filters]);
        let normed = g.op_with("LayerNormalization", &[&found, &gain, &bias], vec![int("axis", -1), float("epsilon", 1e-5)]);
        let positive = g.op("Relu", &[&normed]);
        y = within(g, positive);
        channels = filters;
    }
    match &sequences.ragged {
        None => g.mean(&y, &[1], false),
        Some(ragged) => {
            let (sum, count) = (g.sum(&y, 1, false), g.single(&ragged.lengths));
            let count = g.unsqueeze(&count, 1);
            g.div(&sum, &count)
        }
    }
}
