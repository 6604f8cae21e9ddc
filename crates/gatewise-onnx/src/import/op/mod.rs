//! The operators: how a node of each is read, and what it computes.

mod broadcast;
mod cast;
mod choose;
mod combine;
mod compare;
mod constants;
mod conv;
mod copy;
mod gather;
mod maths;
mod norm;
mod order;
mod pad;
mod pieces;
mod product;
mod reduce;
mod reshape;
mod scatter;
mod slice;
mod softmax;
mod unary;

use std::fmt::Debug;

use gatewise_kernels::{Cpu, Scratch};

use super::buffers::Out;
use super::error::{Fault, fault};
pub(crate) use super::operands::Inputs;
use super::reader::{Axes, Reader};
use super::recurrent;
use super::shape::Shape;
use super::tensor::{Constant, Dtype, Operand};

pub(crate) use cast::to as cast_to;
pub(crate) use maths::{sigmoid, tanh};

/// What a node computes.
pub(crate) trait Op: Debug + Send + Sync {
    /// Writes the outputs.
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault>;

    /// What it keeps from one call to the next.
    fn work(&self) -> Work {
        Work::None
    }

    /// Whether it looks at the shapes of its inputs alone.
    fn reads_shapes(&self) -> bool {
        false
    }
}

/// An operator whose output has the numbers of its first input, under another shape.
pub(crate) trait View: Debug + Send + Sync {
    /// The shape.
    fn shape(&self, call: &Inputs<'_>) -> Result<Shape, Fault>;
}

/// What a node keeps from one call to the next.
#[derive(Debug)]
pub(crate) enum Work {
    None,
    /// Packing space of a product.
    Product(Scratch<f32>),
    /// What the outputs of a convolution see, and the space of its product.
    Conv(Vec<f32>, Scratch<f32>),
    /// Some numbers aside.
    Aside(Vec<f32>),
    /// Layers and their states.
    Recurrent(Box<recurrent::Working>),
}

/// A node that was read.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) action: Action,
    /// Types of its outputs.
    pub(crate) outputs: Vec<Dtype>,
    /// Inputs whose numbers settle the shape of outputs.
    pub(crate) settles: Vec<usize>,
    /// Inputs that it has taken over, and does not read in a call.
    pub(crate) absorbed: Vec<usize>,
}

/// How a node computes.
#[derive(Debug)]
pub(crate) enum Action {
    /// It is a constant.
    Constant(Constant),
    /// It looks at its first input under another shape.
    View(Box<dyn View>),
    /// It copies or computes, in time proportional to what it reads and writes: once, where all inputs are constant.
    Compute(Box<dyn Op>),
    /// As above, in more time.
    Heavy(Box<dyn Op>),
    /// A recurrent layer.
    Recurrent(Box<recurrent::Layer>),
}

impl Built {
    /// An operator with one output.
    pub(crate) fn one(op: impl Op + 'static, output: Dtype) -> Self {
        Self { action: Action::Compute(Box::new(op)), outputs: vec![output], settles: Vec::new(), absorbed: Vec::new() }
    }

    /// A view of the first input.
    pub(crate) fn view(view: impl View + 'static, output: Dtype) -> Self {
        Self { action: Action::View(Box::new(view)), outputs: vec![output], settles: Vec::new(), absorbed: Vec::new() }
    }

    /// With inputs whose numbers settle the shape of outputs.
    pub(crate) fn settled_by(mut self, inputs: impl Into<Vec<usize>>) -> Self {
        self.settles = inputs.into();
        self
    }
}

/// One call of a node.
pub(crate) struct Call<'a> {
    pub(crate) inputs: Inputs<'a>,
    pub(crate) cpu: &'a Cpu,
    pub(crate) outs: &'a mut [Out],
    pub(crate) work: &'a mut Work,
    /// Bytes of all buffers of the run.
    pub(crate) held: &'a mut u128,
}

impl<'a> Call<'a> {
    pub(crate) fn input(&self, at: usize) -> Result<Operand<'a>, Fault> {
        self.inputs.input(at)
    }

    pub(crate) fn maybe(&self, at: usize) -> Option<Operand<'a>> {
        self.inputs.maybe(at)
    }

    /// Whether an output is read by anybody.
    pub(crate) fn wants(&self, at: usize) -> bool {
        self.outs.get(at).is_some_and(|out| out.wanted)
    }

    pub(crate) fn float(&mut self, at: usize, shape: Shape) -> Result<&mut [f32], Fault> {
        self.outs[at].float(shape, self.held)
    }

    pub(crate) fn double(&mut self, at: usize, shape: Shape) -> Result<&mut [f64], Fault> {
        self.outs[at].double(shape, self.held)
    }

    pub(crate) fn int(&mut self, at: usize, shape: Shape) -> Result<&mut [i64], Fault> {
        self.outs[at].int(shape, self.held)
    }

    pub(crate) fn bool(&mut self, at: usize, shape: Shape) -> Result<&mut [bool], Fault> {
        self.outs[at].bool(shape, self.held)
    }
}

type Build = fn(&Reader<'_>) -> Result<Built, Fault>;

/// The operators by their names.
const OPERATORS: &[(&str, Build)] = &[
    ("Abs", unary::build),
    ("Add", combine::build),
    ("And", compare::logic),
    ("ArgMax", order::arg),
    ("ArgMin", order::arg),
    ("Cast", cast::build),
    ("Ceil", unary::build),
    ("Clip", choose::clip),
    ("Concat", pieces::concat),
    ("Constant", constants::constant),
    ("ConstantOfShape", constants::of_shape),
    ("Conv", conv::build),
    ("Cos", unary::build),
    ("Div", combine::build),
    ("Dropout", reshape::dropout),
    ("Elu", unary::build),
    ("Equal", compare::build),
    ("Erf", unary::build),
    ("Exp", unary::build),
    ("Expand", copy::expand),
    ("Flatten", reshape::flatten),
    ("Floor", unary::build),
    ("GRU", recurrent::build),
    ("Gather", gather::build),
    ("GatherElements", gather::elements),
    ("GatherND", gather::nd),
    ("Gemm", product::gemm),
    ("Greater", compare::build),
    ("GreaterOrEqual", compare::build),
    ("HardSigmoid", unary::build),
    ("Identity", reshape::identity),
    ("IsNaN", compare::is_nan),
    ("LSTM", recurrent::build),
    ("LayerNormalization", norm::build),
    ("LeakyRelu", unary::build),
    ("Less", compare::build),
    ("LessOrEqual", compare::build),
    ("Log", unary::build),
    ("LogSoftmax", softmax::build),
    ("MatMul", product::matmul),
    ("Max", combine::build),
    ("Min", combine::build),
    ("Mod", combine::build),
    ("Mul", combine::build),
    ("Neg", unary::build),
    ("NonZero", scatter::non_zero),
    ("Not", compare::not),
    ("Or", compare::logic),
    ("Pad", pad::build),
    ("Pow", combine::pow),
    ("RNN", recurrent::build),
    ("Range", constants::range),
    ("Reciprocal", unary::build),
    ("ReduceMax", reduce::build),
    ("ReduceMean", reduce::build),
    ("ReduceMin", reduce::build),
    ("ReduceSum", reduce::build),
    ("Relu", unary::build),
    ("Reshape", reshape::reshape),
    ("Scatter", scatter::build),
    ("ScatterElements", scatter::build),
    ("Shape", constants::shape),
    ("Sigmoid", unary::build),
    ("Sign", unary::build),
    ("Sin", unary::build),
    ("Sinh", unary::build),
    ("Slice", slice::build),
    ("Softmax", softmax::build),
    ("Softplus", unary::build),
    ("Softsign", unary::build),
    ("Split", pieces::split),
    ("Sqrt", unary::build),
    ("Squeeze", reshape::squeeze),
    ("Sub", combine::build),
    ("Tanh", unary::build),
    ("TopK", order::top),
    ("Transpose", copy::transpose),
    ("Unsqueeze", reshape::unsqueeze),
    ("Where", choose::select),
    ("Xor", compare::logic),
];

/// Operators that compute in single precision, whatever they are given.
const SINGLE: [&str; 9] = ["Conv", "GRU", "Gemm", "LSTM", "LayerNormalization", "LogSoftmax", "MatMul", "RNN", "Softmax"];

/// Whether an operator computes in single precision, whatever it is given.
pub(crate) fn is_single(operator: &str) -> bool {
    SINGLE.contains(&operator)
}

/// Names of the operators that are supported.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    OPERATORS.iter().map(|(name, _)| *name)
}

/// Operators whose bodies are graphs of their own.
const WITH_BODIES: [&str; 4] = ["If", "Loop", "Scan", "SequenceMap"];

/// Reads a node.
///
/// # Errors
/// An operator that is not supported, and options of one that are not.
pub(crate) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    let operator = reader.proto.op_type.as_deref().unwrap_or_default();
    let domain = reader.proto.domain.as_deref().unwrap_or_default();
    if !["", "ai.onnx"].contains(&domain) {
        let problem = format!("the operators of {} are not supported", super::error::brief(domain));
        return Err(Fault::new(problem).help("export the model with ONNX's own operators alone, its functions inlined"));
    }
    let known = OPERATORS.binary_search_by(|(name, _)| (*name).cmp(operator));
    let Ok(known) = known else {
        return if WITH_BODIES.contains(&operator) {
            Err(Fault::new(format!("{operator} runs a graph of its own, which is not supported"))
                .help("export recurrent layers as LSTM, GRU or RNN nodes, and branches traced for one case"))
        } else {
            fault("its operator is not supported")
        };
    };
    let built = OPERATORS[known].1(reader)?;
    reader.finish()?;
    Ok(built)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_are_sorted() {
        assert!(OPERATORS.is_sorted_by(|a, b| a.0 < b.0));
    }
}
