//! What a graph consists of, for people.

use std::collections::BTreeMap;

use super::error::Place;
use super::plan::{Step, Task};
use super::recurrent::{Form, Layer};
use super::session::Session;

/// A recurrent node of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct RecurrentNode {
    /// Where it is.
    pub place: Place,
    /// The cell: "lstm", "gru", "gru-reset-before", "rnn" or "rnn-relu"; the one it is a form of where it runs in plain loops.
    pub cell: &'static str,
    /// "forward", "reverse" or "bidirectional".
    pub direction: &'static str,
    /// Features of a step and hidden units of a direction; none where its weights come with a call.
    pub sizes: Option<(usize, usize)>,
    /// Why it runs in plain loops; none where it runs on the kernels.
    pub in_loops: Option<&'static str>,
}

impl RecurrentNode {
    fn of(step: &Step, layer: &Layer) -> Self {
        let Layer { form, kernels, weights, .. } = layer;
        let in_loops = kernels.iter().find_map(|kernel| kernel.err());
        let cell = if in_loops.is_some() { form.cell() } else { kernels[0].unwrap_or(form.cell()) };
        let sizes = weights.as_ref().map(|weights| (weights[0].input, weights[0].hidden));
        Self { place: step.place.clone(), cell: cell.spec().name, direction: direction(form), sizes, in_loops }
    }
}

fn direction(form: &Form) -> &'static str {
    match form.directions[..] {
        [(false, _)] => "forward",
        [(true, _)] => "reverse",
        _ => "bidirectional",
    }
}

impl Session {
    /// The recurrent nodes, in the file's order.
    pub fn recurrent(&self) -> Vec<RecurrentNode> {
        let node = |step: &Step| if let Task::Recurrent(layer) = &step.task { Some(RecurrentNode::of(step, layer)) } else { None };
        self.plan().steps.iter().filter_map(node).collect()
    }

    /// How many nodes of each operator a call runs: constants that follow from others are none.
    pub fn nodes(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for step in &self.plan().steps {
            *counts.entry(step.place.operator.as_str()).or_insert(0) += 1;
        }
        counts
    }

    /// How many numbers the constants of the graph hold that its outputs need.
    pub fn parameters(&self) -> u64 {
        self.plan().parameters
    }
}
