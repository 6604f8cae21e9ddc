//! The weights of a graph that is a stack of layers, under PyTorch's names.

use gatewise_kernels::Cell;

use super::error::{ImportError, Place};
use super::plan::{Plan, Step, Task};
use super::recurrent::{Direction, Layer};
use super::session::Session;
use super::tensor::Dtype;

/// A stack of recurrent layers as PyTorch's modules have it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// The cell.
    pub cell: Cell,
    /// Features of a step.
    pub input: usize,
    /// Hidden units of a direction.
    pub hidden: usize,
    /// Layers.
    pub layers: usize,
    /// Whether a second direction reads from the end.
    pub bidirectional: bool,
    /// Tensors by their names, with their shapes; biases that the graph lacks are zero.
    pub tensors: Vec<(String, Vec<usize>, Vec<f32>)>,
}

/// Operators that compute nothing: they bring rows and states to their places.
const MOVES: [&str; 12] =
    ["Cast", "Concat", "ConstantOfShape", "Expand", "Gather", "Shape", "Slice", "Split", "Transpose", "Where", "Equal", "Range"];

impl Session {
    /// The layers of a graph that is nothing else than a stack of them, each reading the outputs of the one before.
    ///
    /// # Errors
    /// The first node that is none of it.
    pub fn stack(&self) -> Result<Stack, ImportError> {
        let plan = self.plan();
        let wrong = |place: &Place, problem: &str| ImportError::Node {
            place: place.clone(),
            problem: problem.to_owned(),
            remedy: Some("weights have PyTorch's names where a graph is a stack of LSTM, GRU or RNN layers alone".to_owned()),
        };
        let mut layers: Vec<(&Step, &Layer, &[Direction])> = Vec::new();
        for step in &plan.steps {
            match &step.task {
                Task::View(_) => {}
                Task::Recurrent(layer) => {
                    let Some(weights) = &layer.weights else { return Err(wrong(&step.place, "its weights come with a call")) };
                    layers.push((step, layer, weights));
                }
                Task::Compute(_) if MOVES.contains(&step.place.operator.as_str()) => {}
                // Sizes are computed in whole numbers.
                Task::Compute(_) if step.outputs.iter().all(|(_, dtype)| *dtype == Dtype::Int) => {}
                Task::Compute(_) => return Err(wrong(&step.place, "it is no part of a stack of layers")),
            }
        }
        let Some(&(first, bottom, _)) = layers.first() else {
            return Err(ImportError::Graph { reason: "the graph has no recurrent layer".to_owned() });
        };
        let forms: Vec<bool> = bottom.form.directions.iter().map(|(reverse, _)| *reverse).collect();
        let cell = bottom.kernels[0].map_err(|reason| wrong(&first.place, reason))?;
        if cell == Cell::GruResetBefore {
            return Err(wrong(&first.place, "its GRU resets before the product, PyTorch's behind it"));
        }
        if !matches!(forms[..], [false] | [false, true]) {
            return Err(wrong(&first.place, "it reads from the end alone, which no layer of PyTorch does"));
        }
        let (input, hidden) = (bottom.weights.as_ref().map_or(0, |w| w[0].input), bottom.weights.as_ref().map_or(0, |w| w[0].hidden));
        let mut tensors = Vec::new();
        for (at, (step, layer, weights)) in layers.iter().enumerate() {
            let (reads, from) = match at.checked_sub(1) {
                None => (input, None),
                Some(before) => (hidden * forms.len(), layers[before].0.outputs.first().and_then(|(output, _)| *output)),
            };
            let alike = layer.kernels.iter().all(|kernel| *kernel == Ok(cell))
                && layer.form.directions.iter().map(|(reverse, _)| *reverse).eq(forms.iter().copied())
                && (weights[0].input, weights[0].hidden) == (reads, hidden);
            if !alike {
                return Err(wrong(&step.place, "its cell, sizes or directions are not those of the layers before"));
            }
            let source = step.inputs.first().copied().flatten().map(|x| source(plan, x));
            if at > 0 && source != from {
                return Err(wrong(&step.place, "it does not read the outputs of the layer before"));
            }
            for (direction, end) in weights.iter().zip(["", "_reverse"]) {
                let rows = direction.b_ih.len();
                let mut push = |name: &str, shape: Vec<usize>, values: &[f32]| {
                    tensors.push((format!("{name}_l{at}{end}"), shape, values.to_vec()));
                };
                push("weight_ih", vec![rows, direction.input], &direction.w_ih);
                push("weight_hh", vec![rows, hidden], &direction.w_hh);
                push("bias_ih", vec![rows], &direction.b_ih);
                push("bias_hh", vec![rows], &direction.b_hh);
            }
        }
        Ok(Stack { cell, input, hidden, layers: layers.len(), bidirectional: forms.len() == 2, tensors })
    }
}

/// The value whose rows a value has, in whatever order.
fn source(plan: &Plan, mut value: usize) -> usize {
    // Nodes read only what stands before them: one look at each, from the last on, is enough.
    for step in plan.steps.iter().rev() {
        let moves = matches!(step.task, Task::View(_)) || step.place.operator == "Transpose";
        if step.outputs.iter().any(|(output, _)| *output == Some(value)) {
            match step.inputs.first() {
                Some(&Some(input)) if moves => value = input,
                _ => break,
            }
        }
    }
    value
}
