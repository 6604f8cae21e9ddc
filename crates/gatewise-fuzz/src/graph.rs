//! Graphs of ONNX.

use gatewise::{Cpu, Isa};
use gatewise_onnx::import::{Axis, Data, Dtype, Port, Session, Tensor, TensorRef};
use gatewise_onnx::proto::*;
use prost::Message;

/// The bytes of a graph.
pub fn onnx(bytes: &[u8]) {
    let cpu = Cpu::with_isa(Isa::best(), 1);
    if let Ok(session) = Session::from_bytes(&cpu, bytes) {
        try_out(&cpu, &session);
    }
}

/// A graph as text, of which [`compose`] makes one: the changes reach what nodes and shapes say, and not the lengths around them.
pub fn graph(bytes: &[u8]) {
    if let Some(model) = compose(&String::from_utf8_lossy(bytes)) {
        onnx(&model.encode_to_vec());
    }
}

/// Length of an axis that is free.
const FREE: usize = 2;
/// Most numbers of an input.
const MOST: usize = 1 << 12;

/// Asks what it is, and runs it twice on inputs of its shapes.
fn try_out(cpu: &Cpu, session: &Session) {
    let _ = (session.recurrent(), session.nodes(), session.stack().is_ok());
    let given: Option<Vec<(&str, Tensor)>> =
        session.inputs().iter().chain(session.defaults()).map(|port| Some((port.name.as_str(), made_up(port)?))).collect();
    let Some(given) = given else { return };
    let inputs: Vec<(&str, TensorRef<'_>)> = given.iter().map(|(name, tensor)| (*name, tensor.view())).collect();
    let needed = &inputs[..session.inputs().len()];
    let first = session.run(cpu, needed);
    if let (Ok(first), Ok(second)) = (first, session.run(cpu, needed)) {
        for (first, second) in first.iter().zip(&second) {
            assert_eq!(first.shape, second.shape, "a second call gives another shape");
        }
    }
    if inputs.len() > needed.len() {
        let _ = session.run(cpu, &inputs);
    }
}

fn made_up(port: &Port) -> Option<Tensor> {
    let axes = port.axes.clone().unwrap_or_else(|| vec![Axis::Fixed(FREE); 3]);
    let shape: Vec<usize> = axes.iter().map(|axis| if let Axis::Fixed(length) = axis { *length } else { FREE }).collect();
    let count = shape.iter().try_fold(1_usize, |n, &axis| n.checked_mul(axis)).filter(|count| *count <= MOST)?;
    let number = |k: usize| ((k * 29 + 7) % 17) as f32 * 0.1 - 0.8;
    let data = match port.dtype {
        Dtype::Float => Data::Float((0..count).map(number).collect()),
        Dtype::Double => Data::Double((0..count).map(|k| number(k).into()).collect()),
        Dtype::Int => Data::Int((0..count).map(|k| (k % 3) as i64).collect()),
        Dtype::Bool => Data::Bool((0..count).map(|k| k % 3 == 1).collect()),
    };
    Some(Tensor { shape, data })
}

/// A file: the first line is the opset, every other one begins with what it is.
///
/// `in NAME TYPE AXES` and `out NAME TYPE` are inputs and outputs, `const NAME TYPE AXES [VALUES]` is a constant, whose values are made up where
/// there are none, `node OPERATOR INPUTS OUTPUTS [NAME=VALUE …]` a node. Types are the numbers of the format; axes are parted by `x`, names and
/// values by commas, and `_` is a name that is left out or a shape without axes.
pub fn compose(text: &str) -> Option<ModelProto> {
    let mut lines = text.lines();
    let version = lines.next()?.trim().parse().ok();
    let mut graph = GraphProto::default();
    for line in lines.take(200) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["in", name, kind, axes] => graph.input.push(port(name, kind, Some(axes))?),
            ["out", name, kind] => graph.output.push(port(name, kind, None)?),
            ["const", name, kind, axes, ref values @ ..] => graph.initializer.push(constant(name, kind, axes, values.first())?),
            ["node", operator, inputs, outputs, ref options @ ..] => graph.node.push(node(operator, inputs, outputs, options)),
            _ => {}
        }
    }
    let opset_import = vec![OperatorSetIdProto { domain: None, version }];
    Some(ModelProto { ir_version: Some(8), opset_import, graph: Some(graph), ..Default::default() })
}

fn port(name: &str, kind: &str, axes: Option<&str>) -> Option<ValueInfoProto> {
    let axis = |text: &str| DimensionProto { value: text.parse().ok().map(DimensionValue::DimValue) };
    let shape = axes.map(|axes| TensorShapeProto { dim: axes.split('x').filter(|axis| *axis != "_").map(axis).collect() });
    let tensor_type = Some(TensorTypeProto { elem_type: kind.parse().ok(), shape });
    Some(ValueInfoProto { name: Some(name.to_owned()), r#type: Some(TypeProto { tensor_type }), doc_string: None })
}

fn constant(name: &str, kind: &str, axes: &str, values: Option<&&str>) -> Option<TensorProto> {
    let dims: Vec<i64> = axes.split('x').filter(|axis| *axis != "_").map(str::parse).collect::<Result<_, _>>().ok()?;
    let kind: i32 = kind.parse().ok()?;
    let given: Option<Vec<f64>> = values.map(|values| values.split(',').filter_map(|value| value.parse().ok()).collect());
    let count = dims.iter().try_fold(1_usize, |n, &axis| n.checked_mul(usize::try_from(axis).ok()?)).unwrap_or(0).min(MOST);
    let numbers = given.unwrap_or_else(|| (0..count).map(|k| ((k * 29 + 7) % 17) as f64 * 0.05 - 0.4).collect());
    let mut tensor = TensorProto { name: Some(name.to_owned()), dims, data_type: Some(kind), ..Default::default() };
    match kind {
        data_type::FLOAT => tensor.float_data = numbers.iter().map(|&x| x as f32).collect(),
        data_type::DOUBLE => tensor.double_data = numbers,
        data_type::INT64 => tensor.int64_data = numbers.iter().map(|&x| x as i64).collect(),
        _ => tensor.int32_data = numbers.iter().map(|&x| x as i32).collect(),
    }
    Some(tensor)
}

fn node(operator: &str, inputs: &str, outputs: &str, options: &[&str]) -> NodeProto {
    let names = |names: &str| names.split(',').map(|name| if name == "_" { String::new() } else { name.to_owned() }).collect();
    NodeProto {
        op_type: Some(operator.to_owned()),
        input: if inputs == "-" { Vec::new() } else { names(inputs) },
        output: names(outputs),
        attribute: options.iter().filter_map(|option| option.split_once('=')).map(|(name, value)| attribute(name, value)).collect(),
        ..Default::default()
    }
}

/// A whole number, a number with a point, a list of either (with a comma behind the last) or of texts, else a text.
fn attribute(name: &str, value: &str) -> AttributeProto {
    let mut made = AttributeProto { name: Some(name.to_owned()), ..Default::default() };
    let list: Vec<&str> = value.split(',').filter(|item| !item.is_empty()).collect();
    let ints: Option<Vec<i64>> = list.iter().map(|item| item.parse().ok()).collect();
    let floats: Option<Vec<f32>> = list.iter().map(|item| item.parse().ok()).collect();
    match (value.contains(','), ints, floats) {
        (false, Some(ints), _) if !ints.is_empty() => (made.i, made.r#type) = (Some(ints[0]), Some(2)),
        (false, _, Some(floats)) if !floats.is_empty() => (made.f, made.r#type) = (Some(floats[0]), Some(1)),
        (false, ..) => (made.s, made.r#type) = (Some(value.into()), Some(3)),
        (true, Some(ints), _) => (made.ints, made.r#type) = (ints, Some(7)),
        (true, _, Some(floats)) => (made.floats, made.r#type) = (floats, Some(6)),
        (true, ..) => (made.strings, made.r#type) = (list.iter().map(|item| item.as_bytes().to_vec()).collect(), Some(8)),
    }
    made
}
