//! A network: embedding or encoder, recurrent layers, readout, head, and the linear path beside them.

use gatewise::model::{Model, ModelConfig, Readout};

use super::convolutions::{branch, encoder};
use super::graph::{Graph, Numbers, Value, int};
use super::readout::readout;
use super::recurrent::{Sequences, States, Weights, stack};

/// What a network reads at each step.
#[derive(Clone, Debug)]
pub(super) enum Read {
    /// Features: (B, T, input).
    Features(Value),
    /// Symbols as whole numbers: (B, T).
    Symbols(Value),
    /// Both.
    Both(Value, Value),
}

impl Read {
    /// Something that is (B, T, …).
    pub fn steps(&self) -> &Value {
        match self {
            Self::Features(one) | Self::Symbols(one) | Self::Both(one, _) => one,
        }
    }
}

/// What goes into a network.
pub(super) struct Inputs<'a> {
    /// What it reads.
    pub read: &'a Read,
    /// Steps of each sequence, (B); none where all are as long as the longest.
    pub lengths: Option<&'a Value>,
    /// What the linear path reads: (B, lookback, targets).
    pub window: Option<&'a Value>,
    /// First states; zeros where there are none.
    pub states: Option<&'a States>,
}

/// What a network gives.
pub(super) struct Answer {
    /// (B, outputs), or (B, T, outputs) at each step; with a linear path (B, horizon, targets, width).
    pub outputs: Value,
    /// The last states, where first ones were given.
    pub states: Option<States>,
}

/// The nodes of a network. `prefix` stands before the names of its weights.
pub(super) fn network(g: &mut Graph, model: &Model<f32>, prefix: &str, inputs: &Inputs<'_>) -> Answer {
    let (config, weights) = (model.config(), Weights { model, prefix: prefix.to_owned() });
    g.part(format!("{prefix}input"));
    let sequences = Sequences::of(g, inputs.read.steps(), inputs.lengths);
    let mut table = None;
    let mut vectors = |g: &mut Graph, symbols: &Value| {
        let sizes = config.embedding.map_or([0, 0], |embedding| [embedding.symbols, embedding.width]);
        let weight = weights.constant(g, "embedding.weight", &sizes);
        let vectors = g.gather(&weight, symbols, 0);
        table = Some(weight);
        vectors
    };
    let encoded = |g: &mut Graph, features: &Value| match &config.encoder {
        Some(pictures) => encoder(g, pictures, &weights, features),
        None => features.clone(),
    };
    let x = match inputs.read {
        Read::Features(features) => encoded(g, features),
        Read::Symbols(symbols) => vectors(g, symbols),
        Read::Both(features, symbols) => {
            let parts = [encoded(g, features), vectors(g, symbols)];
            g.concat(&parts.each_ref(), 2)
        }
    };
    let x = g.transpose(&x, &[1, 0, 2]);
    let stacked = stack(g, &config.stack(), &weights, x, &sequences, inputs.states);
    let mut read = readout(g, config, &weights, &sequences, &stacked);
    if let Some(convolutions) = &config.branch {
        let beside = branch(g, convolutions, &weights, inputs.read.steps(), config.input, &sequences);
        read = g.concat(&[&read, &beside], 1);
    }
    g.part(format!("{prefix}head"));
    let sizes = (config.read_width(), config.outputs);
    let weight = match table.filter(|_| config.tied) {
        Some(table) => table,
        None => weights.constant(g, "head.weight", &[sizes.1, sizes.0]),
    };
    let bias = weights.constant(g, "head.bias", &[sizes.1]);
    let axes = if config.readout == Readout::EachStep { 3 } else { 2 };
    let mut outputs = g.dense(&read, axes, &weight, &bias, sizes);
    if let Some(window) = inputs.window.filter(|_| config.skip.is_some()) {
        outputs = beside(g, config, &weights, outputs, window);
    }
    Answer { outputs, states: stacked.states }
}

/// Outputs (B, horizon·targets·width) with the linear path added: (B, horizon, targets, width).
fn beside(g: &mut Graph, config: &ModelConfig, weights: &Weights<'_>, outputs: Value, window: &Value) -> Value {
    let Some(skip) = config.skip else { return outputs };
    g.part(format!("{}skip", weights.prefix));
    let weight = weights.constant(g, "skip.weight", &[skip.horizon, skip.lookback]);
    let bias = weights.constant(g, "skip.bias", &[skip.horizon]);
    let targets = g.transpose(window, &[0, 2, 1]);
    let path = g.dense(&targets, 3, &weight, &bias, (skip.lookback, skip.horizon));
    let path = g.transpose(&path, &[0, 2, 1]);
    let mut path = g.unsqueeze(&path, 3);
    if !skip.all && skip.width > 1 {
        // The location of a distribution alone.
        let first: Vec<f32> = (0..skip.width).map(|k| if k == 0 { 1.0 } else { 0.0 }).collect();
        let first = g.constant(Numbers::f32(&[skip.width], &first));
        path = g.mul(&path, &first);
    }
    let outputs = g.reshape(&outputs, &[0, skip.horizon as i64, skip.targets as i64, skip.width as i64]);
    g.add(&outputs, &path)
}

/// The probabilities of rows of outputs.
pub(super) fn softmax(g: &mut Graph, outputs: &Value) -> Value {
    g.op_with("Softmax", &[outputs], vec![int("axis", -1)])
}
