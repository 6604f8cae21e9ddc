//! Nodes as steps: each read by its operator, those of constants computed at once, products in single precision.

use std::sync::Arc;

use gatewise_kernels::Cpu;

use super::buffers::Out;
use super::error::{Fault, ImportError, Place};
use super::graph::Wired;
use super::op::{self, Action, Built, Call, Inputs, Op, View};
use super::operands::{Home, Places};
use super::plan::{Step, Task};
use super::port::Port;
use super::reader::Reader;
use super::tensor::{Constant, Dtype};

/// What is known of a step's inputs.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Those whose numbers settle the shape of outputs.
    pub(crate) settles: Vec<usize>,
    /// Those that the step has taken over, and does not read in a call.
    pub(crate) absorbed: Vec<usize>,
}

/// Steps, and the values that they read and write.
pub(crate) struct Assembled {
    pub(crate) steps: Vec<Step>,
    /// Of each step.
    pub(crate) links: Vec<Links>,
    /// Of each value; those that are computed have none yet.
    pub(crate) homes: Vec<Home>,
    pub(crate) constants: Vec<Constant>,
}

/// The parts of a graph: inputs, constants, nodes, outputs.
type Parts<'a> = (&'a [(Port, usize)], Vec<(usize, Constant)>, Vec<Wired<'a>>, &'a [(Port, usize)]);

/// Makes the steps of a graph of so many values, whose constants hold so many bytes.
///
/// # Errors
/// The first node that is not supported, and outputs of another type than they are declared.
pub(crate) fn assemble(cpu: &Cpu, opset: i64, parts: Parts<'_>, (count, held): (usize, u128)) -> Result<Assembled, ImportError> {
    let (inputs, constants, nodes, outputs) = parts;
    let mut read = vec![false; count];
    let of_nodes = nodes.iter().flat_map(|node| node.inputs.iter().flatten().copied());
    of_nodes.chain(outputs.iter().map(|(_, value)| *value)).for_each(|value| read[value] = true);
    let (homes, dtypes) = (vec![Home::Nowhere; count], vec![None; count]);
    let made = Assembled { steps: Vec::new(), links: Vec::new(), homes, constants: Vec::new() };
    let mut assembly = Assembly { cpu, opset, made, dtypes, read, held };
    constants.into_iter().for_each(|(value, constant)| assembly.define(value, constant));
    for (at, (port, value)) in inputs.iter().enumerate() {
        assembly.made.homes[*value] = Home::Input(at);
        assembly.dtypes[*value] = Some(port.dtype);
    }
    for node in nodes {
        let place = node.place.clone();
        assembly.take_up(node).map_err(|fault| fault.at(&place))?;
    }
    for (port, value) in outputs {
        let found = assembly.dtypes[*value];
        if found != Some(port.dtype) {
            let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
            let reason = format!("the output \"{}\" is declared as {}, and its node gives {found}", port.name, port.declared);
            return Err(ImportError::Graph { reason });
        }
    }
    Ok(assembly.made)
}

struct Assembly<'a> {
    cpu: &'a Cpu,
    opset: i64,
    made: Assembled,
    dtypes: Vec<Option<Dtype>>,
    /// Whether anybody reads a value.
    read: Vec<bool>,
    /// Bytes of the constants.
    held: u128,
}

impl Assembly<'_> {
    fn constant(&self, value: usize) -> Option<&Constant> {
        if let Home::Constant(at) = self.made.homes[value] { self.made.constants.get(at) } else { None }
    }

    fn define(&mut self, value: usize, constant: Constant) {
        self.dtypes[value] = Some(constant.data.values().dtype());
        self.made.homes[value] = Home::Constant(self.made.constants.len());
        self.made.constants.push(constant);
    }

    /// A value that the file has no name for.
    fn fresh(&mut self, dtype: Dtype) -> usize {
        self.made.homes.push(Home::Nowhere);
        self.dtypes.push(Some(dtype));
        self.read.push(true);
        self.made.homes.len() - 1
    }

    /// Reads a node; where it computes in single precision alone, between casts.
    fn take_up(&mut self, mut node: Wired<'_>) -> Result<(), Fault> {
        let operator = node.proto.op_type.as_deref().unwrap_or_default();
        let wide = |value: &Option<usize>| value.is_some_and(|value| self.dtypes[value] == Some(Dtype::Double));
        if !op::is_single(operator) || !node.inputs.iter().any(wide) {
            return self.add(node);
        }
        for at in 0..node.inputs.len() {
            if let Some(value) = node.inputs[at].filter(|value| self.dtypes[*value] == Some(Dtype::Double)) {
                let narrow = self.fresh(Dtype::Float);
                self.cast(&node.place, value, narrow)?;
                node.inputs[at] = Some(narrow);
            }
        }
        let (place, outputs) = (node.place.clone(), node.outputs.clone());
        for output in &mut node.outputs {
            if output.is_some_and(|output| self.read[output]) {
                *output = Some(self.fresh(Dtype::Float));
            }
        }
        let narrow = node.outputs.clone();
        self.add(node)?;
        for (narrow, output) in narrow.into_iter().zip(outputs) {
            if let (Some(narrow), Some(output)) = (narrow, output)
                && self.read[output]
            {
                self.dtypes[output] = Some(Dtype::Double);
                self.cast(&place, narrow, output)?;
            }
        }
        Ok(())
    }

    /// A value as another of the type that this one has.
    fn cast(&mut self, place: &Place, from: usize, to: usize) -> Result<(), Fault> {
        let dtype = self.dtypes[to].unwrap_or(Dtype::Float);
        let (inputs, outputs) = (vec![Some(from)], vec![(Some(to), dtype)]);
        let op = op::cast_to(dtype);
        if self.constant(from).is_some() {
            return self.fold(&op, &inputs, &outputs);
        }
        let place = Place { operator: "Cast".to_owned(), ..place.clone() };
        self.push(Step { place, task: Task::Compute(Box::new(op)), inputs, outputs, stays: false }, Links::default());
        Ok(())
    }

    fn push(&mut self, step: Step, links: Links) {
        self.made.steps.push(step);
        self.made.links.push(links);
    }

    /// Reads a node: a step, or constants where it follows from constants.
    fn add(&mut self, node: Wired<'_>) -> Result<(), Fault> {
        let Wired { proto, place, inputs, outputs } = node;
        let known = |value: usize| self.dtypes[value].map(|dtype| (dtype, self.constant(value)));
        let known = inputs.iter().map(|input| input.and_then(known)).collect();
        let wanted = outputs.iter().map(|output| output.is_some_and(|output| self.read[output])).collect();
        let Built { action, outputs: dtypes, settles, absorbed } = op::build(&Reader::new(proto, self.opset, self.cpu, known, wanted)?)?;
        if dtypes.len() < outputs.len() {
            return Err(Fault::new(format!("it has {} outputs; at most {} are supported", outputs.len(), dtypes.len())));
        }
        let outputs: Vec<(Option<usize>, Dtype)> =
            outputs.iter().zip(&dtypes).map(|(output, dtype)| (output.filter(|output| self.read[*output]), *dtype)).collect();
        for (output, dtype) in &outputs {
            output.iter().for_each(|&output| self.dtypes[output] = Some(*dtype));
        }
        let is_constant = inputs.iter().flatten().all(|&input| self.constant(input).is_some());
        let task = match action {
            Action::Constant(constant) => {
                if let Some((Some(output), _)) = outputs.first() {
                    self.define(*output, constant);
                }
                return Ok(());
            }
            Action::View(view) if is_constant => return self.fold_view(&*view, &inputs, &outputs),
            Action::Compute(op) if is_constant => return self.fold(&*op, &inputs, &outputs),
            Action::View(view) => Task::View(view),
            Action::Compute(op) | Action::Heavy(op) => Task::Compute(op),
            Action::Recurrent(layer) => Task::Recurrent(layer),
        };
        self.push(Step { place, task, inputs, outputs, stays: false }, Links { settles, absorbed });
        Ok(())
    }

    /// The inputs of a node that are all constant.
    fn inputs<'a>(&'a self, inputs: &'a [Option<usize>]) -> Inputs<'a> {
        let Assembled { homes, constants, .. } = &self.made;
        Inputs { values: inputs, places: Places { homes, constants, given: &[], buffers: &[], shapes: None } }
    }

    fn fold_view(&mut self, view: &dyn View, inputs: &[Option<usize>], outputs: &[(Option<usize>, Dtype)]) -> Result<(), Fault> {
        let shape = view.shape(&self.inputs(inputs))?;
        let same = inputs.first().copied().flatten().and_then(|value| self.constant(value)).map(|constant| constant.data.clone());
        if let (Some(data), Some((Some(output), _))) = (same, outputs.first()) {
            self.define(*output, Constant { shape, data });
        }
        Ok(())
    }

    fn fold(&mut self, op: &dyn Op, inputs: &[Option<usize>], outputs: &[(Option<usize>, Dtype)]) -> Result<(), Fault> {
        let mut outs: Vec<Out> = outputs.iter().map(|(output, dtype)| Out::new(*dtype, output.is_some())).collect();
        let mut held = self.held;
        op.run(&mut Call { inputs: self.inputs(inputs), cpu: self.cpu, outs: &mut outs, work: &mut op.work(), held: &mut held })?;
        self.held = held;
        for (out, (output, _)) in outs.into_iter().zip(outputs) {
            if let Some(output) = output {
                self.define(*output, Constant { shape: out.shape, data: Arc::new(out.store.data()) });
            }
        }
        Ok(())
    }
}
