//! A network without a task.

use gatewise::model::Model;
use gatewise::model::Readout;

use super::graph::{Dim, Graph};
use super::network::{Inputs, Read, network};
use super::{About, ExportError, Exported, LeftOut, finished, states};
use crate::proto::data_type;

/// A network by itself as a graph: features, symbols or both in, raw outputs out.
///
/// # Errors
/// [`ExportError::TooLarge`].
pub fn plain_network(model: &Model<f32>) -> Result<Exported, ExportError> {
    let config = model.config();
    let mut g = Graph::default();
    let steps = |rest: &[Dim]| [&[Dim::Free("batch"), Dim::Free("time")], rest].concat();
    let features = |g: &mut Graph| {
        let shape = steps(&[Dim::Fixed(config.input)]);
        g.input("features", data_type::FLOAT, &shape, "Features of each step: (batch, time, features).")
    };
    let symbols = |g: &mut Graph, count: usize| {
        let doc = format!("Symbols from 0 to {}: (batch, time).", count - 1);
        g.input("symbols", data_type::INT64, &steps(&[]), &doc)
    };
    let read = match config.embedding {
        None => Read::Features(features(&mut g)),
        Some(embedding) if config.input == 0 => Read::Symbols(symbols(&mut g, embedding.symbols)),
        Some(embedding) => Read::Both(features(&mut g), symbols(&mut g, embedding.symbols)),
    };
    let window = config.skip.map(|skip| {
        let shape = [Dim::Free("batch"), Dim::Fixed(skip.lookback), Dim::Fixed(skip.targets)];
        g.input("window", data_type::FLOAT, &shape, "What the linear path reads: (batch, lookback, targets).")
    });
    g.part("input");
    let lengths = states::lengths(&mut g, read.steps(), "Steps");
    let first = (!config.bidirectional).then(|| {
        let batch = g.shape(read.steps(), 0, 1);
        states::first(&mut g, config, None, &batch)
    });
    let inputs = Inputs { read: &read, lengths: Some(&lengths), window: window.as_ref(), states: first.as_ref() };
    let answer = network(&mut g, model, "", &inputs);
    g.part("output");
    let shape: Vec<Dim> = match (config.skip, config.readout) {
        (Some(skip), _) => [Dim::Free("batch")].into_iter().chain([skip.horizon, skip.targets, skip.width].map(Dim::Fixed)).collect(),
        (None, Readout::EachStep) => steps(&[Dim::Fixed(config.outputs)]),
        (None, _) => vec![Dim::Free("batch"), Dim::Fixed(config.outputs)],
    };
    g.output(&answer.outputs, "outputs", data_type::FLOAT, &shape, "Numbers of the head, as the loss reads them.");
    states::last(&mut g, config, answer.states.as_ref());
    finished(g, "network", "A recurrent network of Gatewise.", About::default(), LeftOut::default())
}
