//! A graph made ready to run: nodes read, constants folded, every value given a place.

use std::collections::HashMap;
use std::sync::Arc;

use gatewise_kernels::Cpu;

use super::assemble::{Assembled, Links, assemble};
use super::error::{ImportError, Place};
use super::graph::Graph;
use super::op::{Op, View, Work};
use super::operands::Home;
use super::port::Port;
use super::recurrent::Layer;
use super::shape::Shape;
use super::tensor::{Constant, Data, Dtype};

/// What a step does.
#[derive(Debug)]
pub(crate) enum Task {
    /// It looks at its first input under another shape.
    View(Box<dyn View>),
    /// It computes.
    Compute(Box<dyn Op>),
    /// It is a recurrent layer.
    Recurrent(Box<Layer>),
}

impl Task {
    pub(crate) fn work(&self) -> Work {
        match self {
            Self::View(_) => Work::None,
            Self::Compute(op) => op.work(),
            Self::Recurrent(layer) => layer.work(),
        }
    }
}

/// A node at work.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) place: Place,
    pub(crate) task: Task,
    pub(crate) inputs: Vec<Option<usize>>,
    /// Values with their types; none where nobody reads it.
    pub(crate) outputs: Vec<(Option<usize>, Dtype)>,
    /// Whether its outputs follow from the shapes of the graph's inputs alone: they stay while those do.
    pub(crate) stays: bool,
}

/// A graph ready to run.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) inputs: Vec<Port>,
    /// With their values.
    pub(crate) outputs: Vec<(Port, usize)>,
    pub(crate) homes: Vec<Home>,
    /// Numbers of values that are inputs, in the order of the inputs.
    pub(crate) given: Vec<usize>,
    pub(crate) constants: Vec<Constant>,
    pub(crate) steps: Vec<Step>,
    /// Types of the buffers.
    pub(crate) buffers: Vec<Dtype>,
    /// How many numbers the constants hold that the outputs need.
    pub(crate) parameters: u64,
}

impl Plan {
    /// Of a graph under a version of the operators. `held` counts the bytes of its constants.
    ///
    /// # Errors
    /// The first node that is not supported.
    pub(crate) fn new(cpu: &Cpu, graph: Graph<'_>, opset: i64, held: u128) -> Result<Self, ImportError> {
        let Graph { inputs, constants, nodes, outputs, values, .. } = graph;
        let count = |c: &Constant| if matches!(c.data.values().dtype(), Dtype::Float | Dtype::Double) { c.shape.count() as u64 } else { 0 };
        let parameters = constants.iter().map(|(_, constant)| count(constant)).sum();
        let Assembled { mut steps, links, mut homes, mut constants } =
            assemble(cpu, opset, (&inputs, constants, nodes, &outputs), (values, held))?;
        mark_what_stays(&mut steps, &links, &homes);
        let buffers = give_homes(&steps, &outputs, &mut homes);
        drop_absorbed(&steps, &links, &outputs, &homes, &mut constants);
        let given = inputs.iter().map(|(_, value)| *value).collect();
        let inputs = inputs.into_iter().map(|(port, _)| port).collect();
        Ok(Self { inputs, outputs, homes, given, constants, steps, buffers, parameters })
    }

    /// A value: its constant, or what `computed` has of it.
    pub(crate) fn constant(&self, value: usize) -> Option<&Constant> {
        if let Home::Constant(at) = self.homes[value] { self.constants.get(at) } else { None }
    }
}

/// Marks the steps whose outputs follow from the shapes of the inputs alone.
fn mark_what_stays(steps: &mut [Step], links: &[Links], homes: &[Home]) {
    // Of each value, whether its shape and whether its numbers stay while the shapes of the inputs do.
    let mut stays: Vec<(bool, bool)> = homes
        .iter()
        .map(|home| match home {
            Home::Constant(_) => (true, true),
            Home::Input(_) => (true, false),
            _ => (false, false),
        })
        .collect();
    for (step, Links { settles, .. }) in steps.iter_mut().zip(links) {
        let of = |at: &usize| step.inputs.get(*at).copied().flatten().is_none_or(|value| stays[value].1);
        let shape = step.inputs.iter().flatten().all(|&value| stays[value].0) && settles.iter().all(of);
        let reads_shapes = matches!(&step.task, Task::Compute(op) if op.reads_shapes());
        let numbers = shape && (reads_shapes || step.inputs.iter().flatten().all(|&value| stays[value].1));
        step.stays = numbers;
        step.outputs.iter().for_each(|(output, _)| output.iter().for_each(|&output| stays[output] = (shape, numbers)));
    }
}

/// Gives every computed value a buffer: one whose last reader is behind is used again, but for what stays.
fn give_homes(steps: &[Step], outputs: &[(Port, usize)], homes: &mut [Home]) -> Vec<Dtype> {
    // A view lies where its input does.
    let mut owner: Vec<usize> = (0..homes.len()).collect();
    for step in steps {
        if let (Task::View(_), Some(Some(input)), Some((Some(output), _))) = (&step.task, step.inputs.first(), step.outputs.first()) {
            owner[*output] = owner[*input];
        }
    }
    let (mut last, mut kept) = (HashMap::<usize, usize>::new(), vec![false; homes.len()]);
    for (at, step) in steps.iter().enumerate() {
        step.inputs.iter().flatten().for_each(|&value| {
            last.insert(owner[value], at);
        });
        if step.stays {
            step.outputs.iter().for_each(|(output, _)| output.iter().for_each(|&output| kept[owner[output]] = true));
        }
    }
    outputs.iter().for_each(|(_, value)| kept[owner[*value]] = true);
    let (mut buffers, mut free) = (Vec::new(), HashMap::<Dtype, Vec<usize>>::new());
    for (at, step) in steps.iter().enumerate() {
        if matches!(step.task, Task::View(_)) {
            if let Some((Some(output), _)) = step.outputs.first() {
                homes[*output] = homes[owner[*output]];
            }
        } else {
            for (output, dtype) in &step.outputs {
                let Some(output) = output else { continue };
                let used = if kept[*output] { None } else { free.entry(*dtype).or_default().pop() };
                let buffer = used.unwrap_or_else(|| {
                    buffers.push(*dtype);
                    buffers.len() - 1
                });
                homes[*output] = Home::Buffer(buffer);
            }
        }
        // What nobody reads from here on.
        let mut ended: Vec<usize> = step.inputs.iter().flatten().map(|&value| owner[value]).collect();
        ended.sort_unstable();
        ended.dedup();
        for value in ended.into_iter().filter(|value| last.get(value) == Some(&at) && !kept[*value]) {
            if let Home::Buffer(buffer) = homes[value] {
                free.entry(buffers[buffer]).or_default().push(buffer);
            }
        }
    }
    buffers
}

/// Forgets constants that only nodes read which hold them in another form.
fn drop_absorbed(steps: &[Step], links: &[Links], outputs: &[(Port, usize)], homes: &[Home], constants: &mut [Constant]) {
    let mut read = vec![false; constants.len()];
    let mut mark = |value: usize| {
        if let Home::Constant(at) = homes[value] {
            read[at] = true;
        }
    };
    for (step, Links { absorbed, .. }) in steps.iter().zip(links) {
        let inputs = step.inputs.iter().enumerate().filter(|(at, _)| !absorbed.contains(at));
        inputs.filter_map(|(_, value)| *value).for_each(&mut mark);
    }
    outputs.iter().for_each(|(_, value)| mark(*value));
    for (constant, _) in constants.iter_mut().zip(read).filter(|(_, read)| !read) {
        *constant = Constant { shape: Shape::default(), data: Arc::new(Data::Float(vec![0.0])) };
    }
}
