//! A graph under construction: nodes in the order of their making, under names that are used once.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::proto::{
    AttributeProto, DimensionProto, DimensionValue, GraphProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto, data_type,
};

/// A tensor of a graph, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value(Rc<str>);

impl Value {
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// An axis of an input or output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dim {
    Fixed(usize),
    /// Any length; the same name is the same length.
    Free(&'static str),
}

/// Numbers of a constant, little-endian and row-major.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numbers {
    kind: i32,
    dims: Vec<usize>,
    bytes: Vec<u8>,
}

impl Numbers {
    pub fn f32(dims: &[usize], values: &[f32]) -> Self {
        Self::of(data_type::FLOAT, dims, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    pub fn f64(dims: &[usize], values: &[f64]) -> Self {
        Self::of(data_type::DOUBLE, dims, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    pub fn i64(dims: &[usize], values: &[i64]) -> Self {
        Self::of(data_type::INT64, dims, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    fn of(kind: i32, dims: &[usize], bytes: Vec<u8>) -> Self {
        debug_assert!(dims.iter().product::<usize>() * if kind == data_type::FLOAT { 4 } else { 8 } == bytes.len(), "{dims:?}");
        Self { kind, dims: dims.to_vec(), bytes }
    }

    fn tensor(self, name: &str) -> TensorProto {
        TensorProto {
            dims: self.dims.iter().map(|&n| n as i64).collect(),
            data_type: Some(self.kind),
            name: Some(name.to_owned()),
            raw_data: Some(self.bytes),
            ..TensorProto::default()
        }
    }
}

/// Nodes, constants, inputs and outputs so far.
#[derive(Debug, Default)]
pub(super) struct Graph {
    graph: GraphProto,
    names: BTreeSet<Rc<str>>,
    /// How often each operator stands in the part at hand.
    counts: BTreeMap<String, usize>,
    /// Small constants, which are kept once.
    constants: BTreeMap<(i32, Vec<usize>, Vec<u8>), Value>,
    part: String,
    bytes: u64,
}

impl Graph {
    /// The part that nodes belong to from here on: their names begin with it.
    pub fn part(&mut self, name: impl Into<String>) {
        self.part = name.into();
    }

    /// Bytes of all constants.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A name that no other value has: `wanted`, else with a number behind.
    fn name(&mut self, wanted: &str) -> Value {
        let mut name: Rc<str> = wanted.into();
        let mut number = 1;
        while self.names.contains(&name) {
            name = format!("{wanted}_{number}").into();
            number += 1;
        }
        self.names.insert(name.clone());
        Value(name)
    }

    /// The name of the next node with such an operator in this part.
    fn node_name(&mut self, op: &str) -> String {
        let stem = if self.part.is_empty() { op.to_lowercase() } else { format!("{}/{}", self.part, op.to_lowercase()) };
        let count = self.counts.entry(stem.clone()).or_default();
        *count += 1;
        format!("{stem}_{count}")
    }

    /// What must be fed.
    pub fn input(&mut self, name: &str, kind: i32, shape: &[Dim], doc: &str) -> Value {
        let value = self.name(name);
        self.graph.input.push(info(value.name(), kind, shape, doc));
        value
    }

    /// What may be fed, and is `usual` where it is not.
    pub fn input_or(&mut self, name: &str, usual: Numbers, shape: &[Dim], doc: &str) -> Value {
        let value = self.input(name, usual.kind, shape, doc);
        self.keep(&value, usual);
        value
    }

    /// What goes out under a name.
    pub fn output(&mut self, value: &Value, name: &str, kind: i32, shape: &[Dim], doc: &str) {
        let named = self.name(name);
        let node = self.node_name("Identity");
        self.push("Identity", node, &[value], vec![named.name().to_owned()], Vec::new());
        self.graph.output.push(info(named.name(), kind, shape, doc));
    }

    fn keep(&mut self, value: &Value, numbers: Numbers) {
        self.bytes += numbers.bytes.len() as u64;
        self.graph.initializer.push(numbers.tensor(value.name()));
    }

    /// A constant under a name of its own: weights.
    pub fn weight(&mut self, name: &str, numbers: Numbers) -> Value {
        let value = self.name(name);
        self.keep(&value, numbers);
        value
    }

    /// A constant without a name of its own; equal ones are kept once.
    pub fn constant(&mut self, numbers: Numbers) -> Value {
        let key = (numbers.kind, numbers.dims.clone(), numbers.bytes.clone());
        if let Some(value) = self.constants.get(&key) {
            return value.clone();
        }
        let value = self.name(&format!("constant_{}", self.constants.len() + 1));
        self.keep(&value, numbers);
        self.constants.insert(key, value.clone());
        value
    }

    /// Whole numbers in a row: axes, shapes, places.
    pub fn ints(&mut self, values: &[i64]) -> Value {
        self.constant(Numbers::i64(&[values.len()], values))
    }

    /// A whole number.
    pub fn int(&mut self, value: i64) -> Value {
        self.constant(Numbers::i64(&[], &[value]))
    }

    /// A number of single precision.
    pub fn f32(&mut self, value: f32) -> Value {
        self.constant(Numbers::f32(&[], &[value]))
    }

    /// A number of double precision.
    pub fn f64(&mut self, value: f64) -> Value {
        self.constant(Numbers::f64(&[], &[value]))
    }

    /// A node with one output.
    pub fn op(&mut self, op: &str, inputs: &[&Value]) -> Value {
        self.op_with(op, inputs, Vec::new())
    }

    /// A node with options and one output.
    pub fn op_with(&mut self, op: &str, inputs: &[&Value], attributes: Vec<AttributeProto>) -> Value {
        self.ops(op, inputs, attributes, 1).remove(0)
    }

    /// A node with several outputs.
    pub fn ops(&mut self, op: &str, inputs: &[&Value], attributes: Vec<AttributeProto>, outputs: usize) -> Vec<Value> {
        let node = self.node_name(op);
        let values: Vec<Value> = (0..outputs).map(|k| if k == 0 { self.name(&node) } else { self.name(&format!("{node}/{k}")) }).collect();
        let outputs = values.iter().map(|value| value.name().to_owned()).collect();
        self.push(op, node, inputs, outputs, attributes);
        values
    }

    /// What stands for an input that is left out.
    pub fn absent() -> Value {
        Value("".into())
    }

    fn push(&mut self, op: &str, name: String, inputs: &[&Value], output: Vec<String>, attribute: Vec<AttributeProto>) {
        let mut input: Vec<String> = inputs.iter().map(|value| value.name().to_owned()).collect();
        while input.last().is_some_and(String::is_empty) {
            input.pop();
        }
        let op_type = Some(op.to_owned());
        self.graph.node.push(NodeProto { input, output, name: Some(name), op_type, attribute, domain: None });
    }

    /// The finished graph.
    pub fn finish(mut self, name: &str, doc: &str) -> GraphProto {
        self.graph.name = Some(name.to_owned());
        self.graph.doc_string = Some(doc.to_owned());
        self.graph
    }
}

/// A whole number as an option.
pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { i: Some(value), ..attribute(name, 2) }
}

/// A number as an option.
pub(super) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { f: Some(value), ..attribute(name, 1) }
}

/// A word as an option.
pub(super) fn word(name: &str, value: &str) -> AttributeProto {
    AttributeProto { s: Some(value.as_bytes().to_vec()), ..attribute(name, 3) }
}

/// A graph as an option: the body of a loop.
pub(super) fn body(name: &str, value: GraphProto) -> AttributeProto {
    AttributeProto { g: Some(value), ..attribute(name, 5) }
}

/// Whole numbers as an option.
pub(super) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { ints: values.to_vec(), ..attribute(name, 7) }
}

/// Words as an option.
pub(super) fn words(name: &str, values: &[&str]) -> AttributeProto {
    AttributeProto { strings: values.iter().map(|word| word.as_bytes().to_vec()).collect(), ..attribute(name, 8) }
}

fn attribute(name: &str, kind: i32) -> AttributeProto {
    AttributeProto { name: Some(name.to_owned()), r#type: Some(kind), ..AttributeProto::default() }
}

/// A name with its kind of number, its shape and what it is.
pub(super) fn info(name: &str, kind: i32, shape: &[Dim], doc: &str) -> ValueInfoProto {
    let dim = |dim: &Dim| {
        let value = match *dim {
            Dim::Fixed(length) => DimensionValue::DimValue(length as i64),
            Dim::Free(name) => DimensionValue::DimParam(name.to_owned()),
        };
        DimensionProto { value: Some(value) }
    };
    let tensor_type =
        Some(TensorTypeProto { elem_type: Some(kind), shape: Some(TensorShapeProto { dim: shape.iter().map(dim).collect() }) });
    let doc_string = (!doc.is_empty()).then(|| doc.to_owned());
    ValueInfoProto { name: Some(name.to_owned()), r#type: Some(TypeProto { tensor_type }), doc_string }
}
