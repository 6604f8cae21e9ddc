//! Graphs put together by hand.

#![allow(dead_code, reason = "each test program uses a part")]

pub mod reference;

use gatewise::Cpu;
use gatewise::kernels::Isa;
use gatewise_onnx::import::{Data, ImportError, Session, Tensor};
use gatewise_onnx::proto::*;
use prost::Message;

/// One thread with the fastest kernels.
pub fn cpu() -> Cpu {
    Cpu::with_isa(Isa::best(), 1)
}

/// Numbers that repeat nothing soon, within ±1.
pub fn wave(count: usize, seed: f32) -> Vec<f32> {
    (0..count).map(|k| (k as f32 * 0.37 + seed).sin()).collect()
}

pub fn floats(name: &str, shape: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        name: Some(name.into()),
        dims: shape.to_vec(),
        data_type: Some(data_type::FLOAT),
        raw_data: Some(values.iter().flat_map(|x| x.to_le_bytes()).collect()),
        ..Default::default()
    }
}

pub fn doubles(name: &str, shape: &[i64], values: &[f64]) -> TensorProto {
    TensorProto {
        name: Some(name.into()),
        dims: shape.to_vec(),
        data_type: Some(data_type::DOUBLE),
        double_data: values.to_vec(),
        ..Default::default()
    }
}

pub fn ints(name: &str, shape: &[i64], values: &[i64]) -> TensorProto {
    TensorProto {
        name: Some(name.into()),
        dims: shape.to_vec(),
        data_type: Some(data_type::INT64),
        int64_data: values.to_vec(),
        ..Default::default()
    }
}

pub fn bools(name: &str, shape: &[i64], values: &[bool]) -> TensorProto {
    TensorProto {
        name: Some(name.into()),
        dims: shape.to_vec(),
        data_type: Some(data_type::BOOL),
        raw_data: Some(values.iter().map(|&x| u8::from(x)).collect()),
        ..Default::default()
    }
}

pub fn value(name: &str, code: i32, shape: Option<&[&str]>) -> ValueInfoProto {
    let axis = |text: &&str| DimensionProto {
        value: match text.parse() {
            Ok(length) => Some(DimensionValue::DimValue(length)),
            Err(_) if text.is_empty() => None,
            Err(_) => Some(DimensionValue::DimParam((*text).to_owned())),
        },
    };
    let shape = shape.map(|shape| TensorShapeProto { dim: shape.iter().map(axis).collect() });
    let tensor_type = Some(TensorTypeProto { elem_type: Some(code), shape });
    ValueInfoProto { name: Some(name.into()), r#type: Some(TypeProto { tensor_type }), doc_string: None }
}

/// An attribute of the kind that a value is.
pub trait Attribute {
    fn fill(self, attribute: &mut AttributeProto);
}

impl Attribute for f32 {
    fn fill(self, a: &mut AttributeProto) {
        (a.f, a.r#type) = (Some(self), Some(1));
    }
}

impl Attribute for i64 {
    fn fill(self, a: &mut AttributeProto) {
        (a.i, a.r#type) = (Some(self), Some(2));
    }
}

impl Attribute for &str {
    fn fill(self, a: &mut AttributeProto) {
        (a.s, a.r#type) = (Some(self.into()), Some(3));
    }
}

impl Attribute for TensorProto {
    fn fill(self, a: &mut AttributeProto) {
        (a.t, a.r#type) = (Some(self), Some(4));
    }
}

impl Attribute for GraphProto {
    fn fill(self, a: &mut AttributeProto) {
        (a.g, a.r#type) = (Some(self), Some(5));
    }
}

impl Attribute for Vec<f32> {
    fn fill(self, a: &mut AttributeProto) {
        (a.floats, a.r#type) = (self, Some(6));
    }
}

impl Attribute for Vec<i64> {
    fn fill(self, a: &mut AttributeProto) {
        (a.ints, a.r#type) = (self, Some(7));
    }
}

impl Attribute for Vec<&str> {
    fn fill(self, a: &mut AttributeProto) {
        (a.strings, a.r#type) = (self.into_iter().map(Into::into).collect(), Some(8));
    }
}

/// A node; [`with`](Build::with) adds attributes.
pub fn node(operator: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    NodeProto {
        op_type: Some(operator.into()),
        name: Some(format!("the {operator}")),
        input: own(inputs),
        output: own(outputs),
        ..Default::default()
    }
}

pub trait Build {
    fn with(self, name: &str, value: impl Attribute) -> Self;
}

impl Build for NodeProto {
    fn with(mut self, name: &str, value: impl Attribute) -> Self {
        let mut attribute = AttributeProto { name: Some(name.into()), ..Default::default() };
        value.fill(&mut attribute);
        self.attribute.push(attribute);
        self
    }
}

/// A file of a graph.
pub fn model(opset: i64, graph: GraphProto) -> ModelProto {
    ModelProto {
        ir_version: Some(8),
        producer_name: Some("hand".into()),
        opset_import: vec![OperatorSetIdProto { domain: None, version: Some(opset) }],
        graph: Some(graph),
        ..Default::default()
    }
}

/// The code of a tensor's type in a file.
fn code(data: &Data) -> i32 {
    match data {
        Data::Float(_) => data_type::FLOAT,
        Data::Double(_) => data_type::DOUBLE,
        Data::Int(_) => data_type::INT64,
        Data::Bool(_) => data_type::BOOL,
    }
}

/// A tensor of a call.
pub fn tensor(shape: &[usize], values: impl Into<Values>) -> Tensor {
    Tensor { shape: shape.to_vec(), data: values.into().0 }
}

/// Values of a tensor, from what a test has.
pub struct Values(pub Data);

impl From<Vec<f32>> for Values {
    fn from(values: Vec<f32>) -> Self {
        Self(Data::Float(values))
    }
}

impl<const N: usize> From<[f32; N]> for Values {
    fn from(values: [f32; N]) -> Self {
        Self(Data::Float(values.to_vec()))
    }
}

impl From<Vec<f64>> for Values {
    fn from(values: Vec<f64>) -> Self {
        Self(Data::Double(values))
    }
}

impl<const N: usize> From<[i64; N]> for Values {
    fn from(values: [i64; N]) -> Self {
        Self(Data::Int(values.to_vec()))
    }
}

impl<const N: usize> From<[bool; N]> for Values {
    fn from(values: [bool; N]) -> Self {
        Self(Data::Bool(values.to_vec()))
    }
}

/// A graph of one node. Inputs are called a, b, c …; those in `kept` are constants. Outputs are as the node has them, of the given types.
pub fn single(opset: i64, node: NodeProto, inputs: &[Tensor], kept: &[usize], outputs: &[i32]) -> ModelProto {
    let mut graph = GraphProto { node: vec![node.clone()], ..Default::default() };
    for (at, tensor) in inputs.iter().enumerate() {
        let name = &node.input[at];
        if kept.contains(&at) {
            let shape: Vec<i64> = tensor.shape.iter().map(|&axis| axis as i64).collect();
            graph.initializer.push(match &tensor.data {
                Data::Float(values) => floats(name, &shape, values),
                Data::Double(values) => doubles(name, &shape, values),
                Data::Int(values) => ints(name, &shape, values),
                Data::Bool(values) => bools(name, &shape, values),
            });
        } else {
            graph.input.push(value(name, code(&tensor.data), None));
        }
    }
    graph.output = node.output.iter().zip(outputs).map(|(name, &code)| value(name, code, None)).collect();
    model(opset, graph)
}

/// The outputs of a file for inputs by their names.
pub fn run(model: &ModelProto, inputs: &[(&str, &Tensor)]) -> Result<Vec<Tensor>, ImportError> {
    let cpu = cpu();
    let session = Session::from_bytes(&cpu, &model.encode_to_vec())?;
    let inputs: Vec<_> = inputs.iter().map(|(name, tensor)| (*name, tensor.view())).collect();
    session.run(&cpu, &inputs)
}

/// What a node gives for inputs, once with all of them given and once with all constant: both have to be the same.
pub fn answer(opset: i64, node: NodeProto, inputs: &[Tensor]) -> Result<Vec<Tensor>, ImportError> {
    answer_as(opset, node, inputs, data_type::FLOAT)
}

/// As [`answer`], with outputs of a type.
pub fn answer_as(opset: i64, node: NodeProto, inputs: &[Tensor], output: i32) -> Result<Vec<Tensor>, ImportError> {
    let outputs = vec![output; node.output.len()];
    let names = node.input.clone();
    let given: Vec<(&str, &Tensor)> = names.iter().map(String::as_str).zip(inputs).collect();
    let first = run(&single(opset, node.clone(), inputs, &[], &outputs), &given);
    let all: Vec<usize> = (0..inputs.len()).collect();
    let second = run(&single(opset, node, inputs, &all, &outputs), &[]);
    match (&first, &second) {
        (Ok(a), Ok(b)) => assert_eq!(a, b, "given and constant"),
        (Err(_), Err(_)) => {}
        (a, b) => panic!("given: {a:?}, constant: {b:?}"),
    }
    first
}

/// Asserts that two tensors are the same to some digits.
#[track_caller]
pub fn close(found: &Tensor, expected: &Tensor, tolerance: f32) {
    assert_eq!(found.shape, expected.shape);
    let (Data::Float(found), Data::Float(expected)) = (&found.data, &expected.data) else { panic!("{found:?} for {expected:?}") };
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{k}: {found} for {expected}");
    }
}
