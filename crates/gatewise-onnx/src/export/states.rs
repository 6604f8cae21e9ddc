//! Inputs that the graphs of several tasks have: states and lengths.

use gatewise::model::ModelConfig;

use super::graph::{Dim, Graph, Numbers, Value};
use super::recurrent::States;
use crate::proto::data_type;

/// First states as inputs, which are `usual` where they are not fed: h and of an LSTM c, (L, 1, H) each. `batch` is a row of one.
pub(super) fn first(g: &mut Graph, config: &ModelConfig, usual: Option<(&[f32], &[f32])>, batch: &Value) -> States {
    let (layers, hidden) = (config.layers, config.hidden);
    let zeros = vec![0.0; layers * hidden];
    let (h, c) = usual.unwrap_or((&zeros, &zeros));
    let what = if usual.is_some() { "where the model stands; zeros begin anew" } else { "zeros, the beginning" };
    let mut state = |name: &str, of: &str, values: &[f32]| {
        let doc = format!("{of} of each layer before the first step: (layers, batch, units). Left out: {what}.");
        let shape = [Dim::Fixed(layers), Dim::Free("state_batch"), Dim::Fixed(hidden)];
        let given = g.input_or(name, Numbers::f32(&[layers, 1, hidden], values), &shape, &doc);
        let (layers, hidden) = (g.ints(&[layers as i64]), g.ints(&[hidden as i64]));
        let shape = g.concat(&[&layers, batch, &hidden], 0);
        g.op("Expand", &[&given, &shape])
    };
    let h = state("h0", "Outputs", h);
    let c = config.cell.has_memory().then(|| state("c0", "Cell states", c));
    States { h, c }
}

/// Last states as outputs.
pub(super) fn last(g: &mut Graph, config: &ModelConfig, states: Option<&States>) {
    let Some(states) = states else { return };
    let shape = [Dim::Fixed(config.layers), Dim::Free("batch"), Dim::Fixed(config.hidden)];
    let doc = |of: &str, first: &str| format!("{of} of each layer behind the last step, to go on with as {first}: (layers, batch, units).");
    g.output(&states.h, "hn", data_type::FLOAT, &shape, &doc("Outputs", "h0"));
    if let Some(c) = &states.c {
        g.output(c, "cn", data_type::FLOAT, &shape, &doc("Cell states", "c0"));
    }
}

/// Lengths of the sequences of what is (B, T, …) as an input, which are all T where they are not fed: (B).
pub(super) fn lengths(g: &mut Graph, sequences: &Value, of: &str) -> Value {
    let (batch, time) = (g.shape(sequences, 0, 1), g.shape(sequences, 1, 2));
    let doc = format!("{of} of each item, what lies behind them being ignored: (batch). Left out: every item is as long as the longest.");
    let given = g.input_or("lengths", Numbers::i64(&[1], &[i64::MAX]), &[Dim::Free("lengths_batch")], &doc);
    let within = g.op("Min", &[&given, &time]);
    g.op("Expand", &[&within, &batch])
}
