//! A plan at work on the inputs of a call.

use gatewise_kernels::Cpu;

use super::buffers::Out;
use super::error::{Fault, ImportError};
use super::op::{Call, Inputs, Work};
use super::operands::{Home, Places};
use super::plan::{Plan, Step, Task};
use super::shape::Shape;
use super::tensor::{Tensor, TensorRef};

/// What a run keeps for the next one.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Buffers, each as an output that is not at work.
    buffers: Vec<Out>,
    /// Shapes of the values.
    shapes: Vec<Shape>,
    works: Vec<Work>,
    /// Outputs of the node at work.
    outs: Vec<Out>,
    /// Shapes of the inputs that the last whole run had.
    known: Option<Vec<Shape>>,
    /// Bytes of the buffers.
    held: u128,
}

impl Workspace {
    pub(crate) fn new(plan: &Plan) -> Self {
        let shape = |value| plan.constant(value).map_or_else(Shape::default, |constant| constant.shape);
        Self {
            buffers: plan.buffers.iter().map(|dtype| Out::new(*dtype, true)).collect(),
            shapes: (0..plan.homes.len()).map(shape).collect(),
            works: plan.steps.iter().map(|step| step.task.work()).collect(),
            outs: Vec::new(),
            known: None,
            held: 0,
        }
    }

    /// Computes the outputs of a plan for inputs that were checked, in the order of its ports.
    pub(crate) fn run(&mut self, plan: &Plan, cpu: &Cpu, given: &[TensorRef<'_>]) -> Result<Vec<Tensor>, ImportError> {
        let told = |fault: Fault| ImportError::Input { name: None, problem: problem(fault), remedy: None };
        let shapes = given.iter().map(|tensor| Shape::new(tensor.shape)).collect::<Result<Vec<_>, _>>().map_err(told)?;
        // What follows from the shapes of the inputs is there already where they are those of the last run.
        let known = self.known.take().is_some_and(|known| known == shapes);
        plan.given.iter().zip(&shapes).for_each(|(&value, shape)| self.shapes[value] = *shape);
        for (at, step) in plan.steps.iter().enumerate() {
            if !(known && step.stays) {
                self.step(plan, cpu, (at, step), given).map_err(|fault| fault.at(&step.place))?;
            }
        }
        self.known = Some(shapes);
        let places = Places { homes: &plan.homes, constants: &plan.constants, given, buffers: &self.buffers, shapes: Some(&self.shapes) };
        let output = |value: usize| {
            let operand = places.operand(value)?;
            Some(Tensor { shape: operand.shape.axes().to_vec(), data: operand.values.to_data() })
        };
        let absent = || ImportError::Graph { reason: "an output was not computed".to_owned() };
        plan.outputs.iter().map(|(_, value)| output(*value).ok_or_else(absent)).collect()
    }

    fn step(&mut self, plan: &Plan, cpu: &Cpu, (at, step): (usize, &Step), given: &[TensorRef<'_>]) -> Result<(), Fault> {
        // Outputs are taken out, so that inputs can be read beside them.
        self.outs.clear();
        for (output, dtype) in &step.outputs {
            let home = output.map(|output| plan.homes[output]);
            self.outs.push(match home {
                // A view writes nothing.
                Some(Home::Buffer(buffer)) if !matches!(step.task, Task::View(_)) => {
                    std::mem::replace(&mut self.buffers[buffer], Out::new(*dtype, true))
                }
                _ => Out::new(*dtype, false),
            });
        }
        let places = Places { homes: &plan.homes, constants: &plan.constants, given, buffers: &self.buffers, shapes: Some(&self.shapes) };
        let inputs = Inputs { values: &step.inputs, places };
        let ran = match &step.task {
            Task::View(view) => view.shape(&inputs).map(|shape| {
                if let Some(out) = self.outs.first_mut() {
                    out.shape = shape;
                }
            }),
            task => {
                let mut call = Call { inputs, cpu, outs: &mut self.outs, work: &mut self.works[at], held: &mut self.held };
                match task {
                    Task::Recurrent(layer) => layer.run(&mut call),
                    Task::Compute(op) => op.run(&mut call),
                    Task::View(_) => Ok(()),
                }
            }
        };
        for (out, (output, _)) in self.outs.drain(..).zip(&step.outputs) {
            let Some(output) = *output else { continue };
            self.shapes[output] = out.shape;
            if let (Home::Buffer(buffer), false) = (plan.homes[output], matches!(step.task, Task::View(_))) {
                self.buffers[buffer] = out;
            }
        }
        ran
    }
}

fn problem(fault: Fault) -> String {
    match fault {
        Fault::Told { problem, .. } => problem,
        Fault::Memory(over) => over.to_string(),
    }
}
