//! `gatewise import` on the real binary.

mod support;

use gatewise_onnx::proto::*;
use prost::Message;
use support::Place;

fn floats(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    let (name, data_type) = (Some(name.to_owned()), Some(data_type::FLOAT));
    TensorProto { name, dims: dims.to_vec(), data_type, float_data: values.to_vec(), ..Default::default() }
}

fn value(name: &str, axes: &[Option<i64>]) -> ValueInfoProto {
    let axis = |length: &Option<i64>| DimensionProto { value: length.map(DimensionValue::DimValue) };
    let shape = Some(TensorShapeProto { dim: axes.iter().map(axis).collect() });
    let tensor_type = Some(TensorTypeProto { elem_type: Some(data_type::FLOAT), shape });
    ValueInfoProto { name: Some(name.to_owned()), r#type: Some(TypeProto { tensor_type }), doc_string: None }
}

fn node(operator: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let (op_type, name) = (Some(operator.to_owned()), Some(format!("the {operator}")));
    NodeProto { op_type, name, input: own(inputs), output: own(outputs), ..Default::default() }
}

fn file(graph: GraphProto) -> Vec<u8> {
    let opset_import = vec![OperatorSetIdProto { domain: None, version: Some(17) }];
    let producer_name = Some("hand".to_owned());
    ModelProto { ir_version: Some(8), producer_name, opset_import, graph: Some(graph), ..Default::default() }.encode_to_vec()
}

/// x (n, 2) times a matrix, plus what may be left out.
fn linear() -> Vec<u8> {
    file(GraphProto {
        input: vec![value("x", &[None, Some(2)]), value("b", &[Some(3)])],
        initializer: vec![floats("w", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), floats("b", &[3], &[0.0, 0.0, 0.5])],
        node: vec![node("MatMul", &["x", "w"], &["product"]), node("Add", &["product", "b"], &["y"])],
        output: vec![value("y", &[None, Some(3)])],
        ..Default::default()
    })
}

/// An LSTM of one feature and two units over sequences of any length, one behind the other, with its last state.
fn lstm(clip: bool) -> Vec<u8> {
    let mut layer = node("LSTM", &["x", "W", "R"], &["y", "h"]);
    layer.attribute.push(AttributeProto { name: Some("hidden_size".into()), i: Some(2), r#type: Some(2), ..Default::default() });
    if clip {
        layer.attribute.push(AttributeProto { name: Some("clip".into()), f: Some(1.0), r#type: Some(1), ..Default::default() });
    }
    file(GraphProto {
        input: vec![value("x", &[None, Some(1), Some(1)])],
        initializer: vec![floats("W", &[1, 8, 1], &[0.5; 8]), floats("R", &[1, 8, 2], &[0.25; 16])],
        node: vec![layer],
        output: vec![value("y", &[None, Some(1), Some(1), Some(2)]), value("h", &[Some(1), Some(1), Some(2)])],
        ..Default::default()
    })
}

#[test]
fn a_graph_is_described() {
    let place = Place::new();
    place.write("lstm.onnx", lstm(false)).write("clipped.onnx", lstm(true)).write("linear.onnx", linear());
    let said = place.run(&["import", "lstm.onnx"]).expect(0).out;
    for line in [
        "written by  hand\n",
        "opset       17 (format 8)\n",
        "parameters  24\n",
        "nodes       1 LSTM\n",
        "  in   x  float32 (?, 1, 1)\n",
        "  out  h  float32 (1, 1, 2)\n",
        "  lstm  the LSTM  1 → 2, forward  on the kernels\n",
    ] {
        assert!(said.contains(line), "{line}{said}");
    }
    let clipped = place.run(&["import", "clipped.onnx"]).expect(0).out;
    assert!(clipped.contains("in plain loops: inputs of activations are clipped"), "{clipped}");
    let linear = place.run(&["import", "linear.onnx"]).expect(0).out;
    assert!(linear.contains("b  float32 (3)     may be left out") && linear.contains("no recurrent layer"), "{linear}");
    let events = place.run(&["import", "lstm.onnx", "--json"]).expect(0).named("graph");
    let event = &events[0];
    assert_eq!((&event["opset"], &event["parameters"], &event["nodes"]["LSTM"]), (&17.into(), &24.into(), &1.into()));
    let layer = &event["layers"][0];
    assert_eq!((&layer["cell"], &layer["hidden"], &layer["kernels"]), (&"lstm".into(), &2.into(), &true.into()));
    assert_eq!(event["inputs"][0]["shape"], serde_json::json!([null, 1, 1]));
}

#[test]
fn a_graph_runs_on_tables_and_arrays() {
    let place = Place::new();
    place.write("linear.onnx", linear()).write("x.csv", "a,b\n1,0\n0,1\n1,1\n").write("b.csv", "b\n10\n20\n30\n");
    let table = place.run(&["import", "linear.onnx", "--input", "x.csv"]).expect(0).out;
    assert_eq!(table, "y_0,y_1,y_2\n1,2,3.5\n4,5,6.5\n5,7,9.5\n");
    let moved = place.run(&["import", "linear.onnx", "--input", "x=x.csv", "--input", "b=b.csv"]).expect(0).out;
    assert_eq!(moved, "y_0,y_1,y_2\n11,22,33\n14,25,36\n15,27,39\n");
    let written = place.run(&["import", "linear.onnx", "--input", "x.csv", "-o", "y.npy", "--json"]).expect(0);
    assert_eq!(written.named("written")[0]["outputs"][0]["shape"], serde_json::json!([3, 3]));
    // What was written goes in again: its three columns are none of two.
    let refused = place.run(&["import", "linear.onnx", "--input", "y.npy"]).expect(2);
    assert!(refused.err.contains("input \"x\" has shape [3, 3]") && refused.err.contains("shape (?, 2)"), "{}", refused.err);
    let csv = place.run(&["import", "linear.onnx", "--input", "x.csv", "-o", "y.csv"]).expect(0);
    assert!(csv.err.contains("y  float32 [3, 3] in y.csv") && csv.out.is_empty(), "{csv:?}");
    assert_eq!(place.text("y.csv"), table);
    let output = &place.run(&["import", "linear.onnx", "--input", "x.csv", "--json"]).expect(0).named("output")[0];
    assert_eq!(output["values"].as_array().unwrap().len(), 9);
}

#[test]
fn several_outputs_go_to_an_archive() {
    let place = Place::new();
    place.write("lstm.onnx", lstm(false)).write("x.csv", "0.5\n-1\n2\n");
    // The table is one sequence: its rows are the steps.
    place.run(&["import", "lstm.onnx", "--input", "x.csv", "-o", "all.npz"]).expect(0);
    let bytes = place.read("all.npz");
    for name in ["y.npy", "h.npy", "'shape': (3, 1, 1, 2)", "'shape': (1, 1, 2)"] {
        assert!(bytes.windows(name.len()).any(|part| part == name.as_bytes()), "{name}");
    }
    let single = place.run(&["import", "lstm.onnx", "--input", "x.csv", "-o", "y.npy"]).expect(2);
    assert!(single.err.contains("there are 2 outputs") && single.err.contains(".npz"), "{}", single.err);
    let printed = place.run(&["import", "lstm.onnx", "--input", "x.csv"]).expect(2);
    assert!(printed.err.contains("the outputs are no table"), "{}", printed.err);
    assert_eq!(place.run(&["import", "lstm.onnx", "--input", "x.csv", "--json"]).expect(0).named("output").len(), 2);
}

#[test]
fn what_is_wrong_names_the_node_the_input_or_the_file() {
    let place = Place::new();
    place.write("linear.onnx", linear()).write("x.csv", "1,0\n").write("words.csv", "1,0\n2,many\n").write("cut.npy", b"\x93NUMPY\x01\x00");
    let refused = |args: &[&str], status: i32, said: &[&str]| {
        let ended = place.run(&[&["import"], args].concat()).expect(status);
        said.iter().for_each(|said| assert!(ended.err.contains(said), "{said}: {}", ended.err));
        assert!(ended.err.contains("help: "), "{}", ended.err);
    };
    let x = "--input";
    refused(&["linear.onnx", x, "z=x.csv"], 2, &["there is no input z", "the inputs are x, b"]);
    refused(&["linear.onnx", x, "x=x.csv", x, "x.csv"], 2, &["given twice"]);
    refused(&["linear.onnx", x, "b=x.csv"], 2, &["input x is missing", "--input x=FILE with float32 of shape (?, 2)"]);
    refused(&["linear.onnx", "-o", "y.npy"], 2, &["input x is missing"]);
    refused(&["linear.onnx", x, "absent.npy"], 1, &["cannot read absent.npy"]);
    refused(&["linear.onnx", x, "words.csv"], 3, &["words.csv: line 2: \"many\" is no number"]);
    refused(&["linear.onnx", x, "cut.npy"], 3, &["cut.npy: the file is cut off"]);
    refused(&["linear.onnx", x, "x.csv", "-o", "y.txt"], 2, &["the name says no form", ".npz, .npy or .csv"]);
    refused(&["linear.onnx", x, "x.csv", "-o", "x.csv"], 2, &["would be lost"]);
    let whole = linear();
    place.write("cut.onnx", &whole[..whole.len() / 2]).write("noise.onnx", "not a graph");
    refused(&["cut.onnx"], 3, &["cut.onnx: not a complete ONNX file", "export it again"]);
    refused(&["noise.onnx"], 3, &["noise.onnx: not a complete ONNX file"]);
    let absent = place.run(&["import", "absent.onnx"]).expect(1);
    assert!(absent.err.contains("cannot read absent.onnx"), "{}", absent.err);
    let graph = GraphProto {
        input: vec![value("x", &[None])],
        node: vec![node("Relu", &["x"], &["a"]), node("Einsum", &["a"], &["y"])],
        output: vec![value("y", &[None])],
        ..Default::default()
    };
    place.write("einsum.onnx", file(graph));
    let einsum = place.run(&["import", "einsum.onnx"]).expect(3);
    assert!(einsum.err.contains("einsum.onnx: node \"the Einsum\" (Einsum, 2 of 2): its operator is not supported"), "{}", einsum.err);
}
