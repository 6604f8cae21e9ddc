//! What is said of a graph, and the weights of one that is a stack of layers.

mod import_support;

use gatewise::Cell;
use gatewise_onnx::import::{Axis, Session};
use gatewise_onnx::proto::*;
use import_support::*;

/// Two layers as PyTorch exports them, the last outputs through a linear layer where that is asked for.
fn stacked(operator: &str, gates: i64, bidirectional: bool, linear: bool) -> GraphProto {
    let (d, h, i) = (if bidirectional { 2 } else { 1 }, 3, 2);
    let direction = if bidirectional { "bidirectional" } else { "forward" };
    let weights = |layer: &str, input: i64| {
        [("W", [d, gates * h, input]), ("R", [d, gates * h, h])].map(|(name, shape)| {
            let count = shape.iter().product::<i64>() as usize;
            floats(&format!("{name}{layer}"), &shape, &wave(count, input as f32))
        })
    };
    let bias = floats("B", &[d, 2 * gates * h], &wave((d * 2 * gates * h) as usize, 3.0));
    let layer = |x: &str, number: &str, y: &str| {
        let made = node(operator, &[x, &format!("W{number}"), &format!("R{number}"), "B"], &[y, &format!("{y}_h")]);
        let made = made.with("hidden_size", h).with("direction", direction);
        if operator == "GRU" { made.with("linear_before_reset", 1) } else { made }
    };
    let mut graph = GraphProto {
        name: Some("network".into()),
        input: vec![value("x", data_type::FLOAT, Some(&["batch", "", "2"]))],
        initializer: weights("0", i).into_iter().chain(weights("1", d * h)).chain([bias, ints("shape", &[3], &[0, 0, -1])]).collect(),
        node: vec![
            node("Transpose", &["x"], &["t"]).with("perm", vec![1, 0, 2]),
            layer("t", "0", "a"),
            node("Transpose", &["a"], &["at"]).with("perm", vec![0, 2, 1, 3]),
            node("Reshape", &["at", "shape"], &["ar"]),
            layer("ar", "1", "b"),
        ],
        output: vec![value("b", data_type::FLOAT, None)],
        ..Default::default()
    };
    if linear {
        graph.initializer.push(floats("L", &[h, 1], &wave(h as usize, 0.0)));
        graph.node.push(node("MatMul", &["b", "L"], &["z"]));
        graph.output[0].name = Some("z".into());
    }
    graph
}

#[test]
fn what_a_graph_is() {
    let mut file = model(17, stacked("LSTM", 4, true, true));
    file.producer_version = Some("1.0".into());
    file.metadata_props = vec![StringStringEntryProto { key: Some("author".into()), value: Some("nobody".into()) }];
    let session = Session::of(&cpu(), file).unwrap();
    let about = session.about();
    assert_eq!((&about.producer[..], &about.producer_version[..], about.opset, &about.graph[..]), ("hand", "1.0", 17, "network"));
    assert_eq!(about.metadata["author"], "nobody");
    let x = &session.inputs()[0];
    assert_eq!(x.axes, Some(vec![Axis::Free(Some("batch".into())), Axis::Free(None), Axis::Fixed(2)]));
    assert_eq!((x.declared, x.shape_text()), ("float32", "(batch, ?, 2)".to_owned()));
    assert_eq!(session.outputs().map(|port| port.name.clone()).collect::<Vec<_>>(), ["z"]);
    let layers = session.recurrent();
    let said: Vec<_> = layers.iter().map(|l| (l.cell, l.direction, l.sizes, l.in_loops)).collect();
    assert_eq!(said, [("lstm", "bidirectional", Some((2, 3)), None), ("lstm", "bidirectional", Some((6, 3)), None)]);
    let nodes = session.nodes();
    assert_eq!((nodes["LSTM"], nodes["Transpose"], nodes["MatMul"]), (2, 2, 1));
    let weights = 2 * 12 * (2 + 3) + 2 * 12 * (6 + 3) + 2 * 24 + 3;
    assert_eq!(session.parameters(), weights);
}

#[test]
fn nodes_in_loops_say_why() {
    let of = |change: &dyn Fn(NodeProto) -> NodeProto| {
        let mut graph = stacked("LSTM", 4, false, false);
        graph.node[4] = change(graph.node[4].clone());
        let session = Session::of(&cpu(), model(17, graph)).unwrap();
        let reasons: Vec<_> = session.recurrent().iter().map(|layer| layer.in_loops).collect();
        assert_eq!(reasons[0], None);
        assert!(session.stack().unwrap_err().to_string().contains("the LSTM"));
        reasons[1].unwrap()
    };
    assert!(of(&|node| node.with("clip", 1.0)).contains("clipped"));
    assert!(of(&|node| node.with("input_forget", 1)).contains("forget gate"));
    assert!(of(&|node| node.with("activations", vec!["Relu", "Tanh", "Tanh"])).contains("activations"));
}

#[test]
fn weights_of_a_stack_have_the_names_of_pytorch() {
    for (operator, gates, cell) in [("LSTM", 4, Cell::Lstm), ("GRU", 3, Cell::Gru), ("RNN", 1, Cell::RnnTanh)] {
        for bidirectional in [false, true] {
            let session = Session::of(&cpu(), model(14, stacked(operator, gates, bidirectional, false))).unwrap();
            let stack = session.stack().unwrap();
            assert_eq!((stack.cell, stack.input, stack.hidden, stack.layers, stack.bidirectional), (cell, 2, 3, 2, bidirectional));
            let names: Vec<&str> = stack.tensors.iter().map(|(name, ..)| name.as_str()).collect();
            let one = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"];
            assert_eq!(names[..4], one);
            assert_eq!(names.len(), if bidirectional { 16 } else { 8 });
            assert_eq!(names.contains(&"weight_ih_l1_reverse"), bidirectional);
            let (_, shape, values) = &stack.tensors[0];
            assert_eq!(shape, &[3 * gates as usize, 2]);
            // The second gate of the format's LSTM is the last of PyTorch's, the first of its GRU the second.
            let stored = wave(12 * gates as usize, 2.0);
            let expected = match operator {
                "LSTM" => (stored[6], values[18]),
                "GRU" => (stored[0], values[6]),
                _ => (stored[0], values[0]),
            };
            assert_eq!(expected.0, expected.1, "{operator}");
        }
    }
}

#[test]
fn what_is_more_than_a_stack_is_named() {
    let refused = |graph: GraphProto| Session::of(&cpu(), model(14, graph)).unwrap().stack().unwrap_err();
    let error = refused(stacked("LSTM", 4, false, true));
    assert!(error.to_string().contains("(MatMul, 6 of 6): it is no part of a stack"), "{error}");
    assert!(error.remedy().is_some());
    let mut resets_before = stacked("GRU", 3, false, false);
    resets_before.node.iter_mut().for_each(|node| node.attribute.retain(|a| a.name.as_deref() != Some("linear_before_reset")));
    assert!(refused(resets_before).to_string().contains("resets before the product"));
    let mut mixed = stacked("RNN", 1, false, false);
    mixed.node[4] = mixed.node[4].clone().with("activations", vec!["Relu"]);
    assert!(refused(mixed).to_string().contains("are not those of the layers before"));
    let plain = GraphProto {
        node: vec![node("Relu", &["x"], &["y"])],
        input: vec![value("x", data_type::FLOAT, None)],
        output: vec![value("y", data_type::FLOAT, None)],
        ..Default::default()
    };
    assert!(refused(plain).to_string().contains("no part of a stack"));
}
