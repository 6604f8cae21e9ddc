//! What is refused, and what the refusal says: the node, what is wrong, and what to do about it.

mod import_support;

use gatewise::Kind;
use gatewise_onnx::import::{ImportError, OPSETS, Port, Session, Tensor};
use gatewise_onnx::proto::*;
use import_support::*;
use prost::Message;

fn refusal(model: &ModelProto) -> ImportError {
    match Session::from_bytes(&cpu(), &model.encode_to_vec()) {
        Ok(_) => panic!("it was read"),
        Err(error) => error,
    }
}

/// The refusal of a node whose inputs are numbers a, b, c.
#[track_caller]
fn of_node(opset: i64, node: NodeProto, message: &str) {
    let input = |name: &String| value(name, data_type::FLOAT, None);
    let graph = GraphProto {
        input: node.input.iter().filter(|name| !name.is_empty()).map(input).collect(),
        output: vec![value(&node.output[0], data_type::FLOAT, None)],
        node: vec![node],
        ..Default::default()
    };
    let error = refusal(&model(opset, graph));
    assert!(error.to_string().contains(message), "{error}");
    assert_eq!(error.kind(), Kind::Data);
    assert!(error.place().is_some_and(|place| place.at == 1 && place.of == 1), "{error:?}");
}

#[test]
fn nodes_that_are_not_supported_are_named() {
    of_node(13, node("Einsum", &["a"], &["y"]), "node \"the Einsum\" (Einsum, 1 of 1): its operator is not supported");
    of_node(13, node("Loop", &["a"], &["y"]).with("body", GraphProto::default()), "Loop runs a graph of its own");
    of_node(13, node("Scan", &["a"], &["y"]), "Scan runs a graph of its own");
    let mut foreign = node("Add", &["a", "b"], &["y"]);
    foreign.domain = Some("com.example".into());
    of_node(13, foreign, "the operators of com.example are not supported");
    let mut unnamed = node("Nothing", &["a"], &["y"]);
    unnamed.name = None;
    of_node(13, unnamed, "node 1 of 1 (Nothing): its operator is not supported");
    of_node(13, node("", &["a"], &["y"]), "its operator is not supported");
}

#[test]
fn attributes_and_inputs_that_an_operator_does_not_have() {
    of_node(13, node("Relu", &["a"], &["y"]).with("slope", 1.0), "its attribute slope is not supported with opset 13");
    of_node(13, node("Squeeze", &["a"], &["y"]).with("axes", vec![0_i64]), "its attribute axes is not supported with opset 13");
    of_node(13, node("Softmax", &["a"], &["y"]).with("axis", 1.0), "its attribute axis is a number; it must be a whole number");
    of_node(13, node("Gemm", &["a", "b"], &["y"]).with("transB", 2), "its attribute transB is 2; it must be 0 or 1");
    of_node(13, node("Relu", &["a"], &["y"]).with("x", 1).with("x", 1), "it has two attributes x");
    of_node(13, node("Relu", &["a", "b"], &["y"]), "it has 2 inputs; 1 are wanted");
    of_node(13, node("Add", &["a"], &["y"]), "it has 1 inputs; 2 are wanted");
    of_node(13, node("Relu", &["a"], &["y", "z"]), "it has 2 outputs; at most 1");
    of_node(13, node("Where", &["a", "b", "c"], &["y"]), "its input 1 is float32; it must be bool");
    of_node(13, node("Gather", &["a", "b"], &["y"]), "its input 2 is float32; it must be int64");
    of_node(13, node("Cast", &["a"], &["y"]).with("to", 8), "it casts to string");
    let mut trains = node("Dropout", &["a", "", "t"], &["y"]);
    trains.name = None;
    let graph = GraphProto {
        input: vec![value("a", data_type::FLOAT, None)],
        initializer: vec![bools("t", &[], &[true])],
        output: vec![value("y", data_type::FLOAT, None)],
        node: vec![trains],
        ..Default::default()
    };
    let error = refusal(&model(13, graph));
    assert!(error.to_string().contains("as in training") && error.remedy().unwrap().contains("evaluation"), "{error}");
    let mut referring = node("Relu", &["a"], &["y"]);
    referring.attribute.push(AttributeProto { name: Some("alpha".into()), ref_attr_name: Some("b".into()), ..Default::default() });
    of_node(13, referring, "its attribute alpha is not supported");
}

#[test]
fn recurrent_nodes_by_their_attributes_and_weights() {
    let lstm = || node("LSTM", &["a", "b", "c"], &["y"]);
    of_node(14, lstm().with("direction", "sideways"), "direction is \"sideways\"; it must be forward, reverse or bidirectional");
    of_node(14, lstm().with("activations", vec!["Tanh"]), "it has 1 activations; 3 for each of 1 directions");
    of_node(14, lstm().with("activations", vec!["Tanh", "Tanh", "Swish"]), "activation Swish is not supported");
    of_node(14, lstm().with("clip", -1.0), "clip is -1");
    of_node(14, lstm().with("clip", f32::NAN), "clip is NaN");
    of_node(14, lstm().with("hidden_size", 0), "hidden_size is 0");
    of_node(14, lstm().with("layout", 3), "layout is 3");
    of_node(11, lstm().with("layout", 1), "its attribute layout is not supported with opset 11");
    of_node(14, node("GRU", &["a", "b", "c"], &["y"]).with("input_forget", 1), "its attribute input_forget is not supported");
    of_node(14, node("LSTM", &["a", "b"], &["y"]), "it has 2 inputs; 3 to 8 are wanted");

    let x = tensor(&[2, 1, 3], wave(6, 0.0));
    let weights = |w: &[usize], r: &[usize], b: &[usize]| {
        let part = |shape: &[usize]| tensor(shape, wave(shape.iter().product(), 0.0));
        let inputs = [x.clone(), part(w), part(r), part(b)];
        let names = ["a", "b", "c", "d"];
        let given: Vec<(&str, &Tensor)> = names.into_iter().zip(&inputs).collect();
        let made = node("LSTM", &names, &["y"]).with("hidden_size", 4);
        let whole = run(&single(14, made.clone(), &inputs, &[], &[data_type::FLOAT]), &given);
        let kept = run(&single(14, made, &inputs, &[1, 2, 3], &[data_type::FLOAT]), &given[..1]);
        assert_eq!(whole.is_ok(), kept.is_ok());
        kept.map_err(|e| e.to_string())
    };
    assert!(weights(&[1, 16, 3], &[1, 16, 4], &[1, 32]).is_ok());
    for (w, r, b, message) in [
        (&[1, 16, 3][..], &[1, 16, 5][..], &[1, 32][..], "hidden_size is 4, and R has shape (1, 16, 5)"),
        (&[1, 12, 3], &[1, 16, 4], &[1, 32], "W (1, 16, I) and R (1, 16, 4) are wanted"),
        (&[2, 16, 3], &[2, 16, 4], &[2, 32], "W (1, 16, I)"),
        (&[1, 16, 3], &[1, 16, 4], &[1, 16], "B (1, 32) is wanted"),
        (&[16, 3], &[1, 16, 4], &[1, 32], "they must have three axes"),
        (&[1, 16, 0], &[1, 16, 4], &[1, 32], "a layer without features or units"),
        (&[1, 16, 2], &[1, 16, 4], &[1, 32], "3 features, and its weights read 2"),
    ] {
        let error = weights(w, r, b).unwrap_err();
        assert!(error.contains(message) && error.contains("the LSTM"), "{error}");
    }
}

#[test]
fn calls_that_do_not_fit_name_the_input_or_the_node() {
    let cpu = cpu();
    let mut graph = GraphProto {
        node: vec![node("Add", &["x", "y"], &["z"])],
        input: vec![value("x", data_type::FLOAT, Some(&["batch", "3"])), value("y", data_type::FLOAT, None)],
        output: vec![value("z", data_type::FLOAT, None)],
        ..Default::default()
    };
    graph.node[0].name = Some("sum".into());
    let session = Session::from_bytes(&cpu, &model(13, graph).encode_to_vec()).unwrap();
    let (good, wide, whole) = (tensor(&[2, 3], wave(6, 0.0)), tensor(&[2, 4], wave(8, 0.0)), tensor(&[2, 3], [0_i64; 6]));
    let refused = |inputs: &[(&str, &Tensor)], message: &str, remedy: &str| {
        let inputs: Vec<_> = inputs.iter().map(|(name, tensor)| (*name, tensor.view())).collect();
        let error = session.run(&cpu, &inputs).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.remedy().unwrap_or_default().contains(remedy), "{error:?}");
        error.kind()
    };
    assert_eq!(refused(&[("x", &good)], "input \"y\" is missing", "float32 of shape any"), Kind::Usage);
    refused(&[("x", &wide), ("y", &good)], "input \"x\" has shape [2, 4]", "shape (batch, 3)");
    refused(&[("x", &whole), ("y", &good)], "input \"x\" is int64", "float32");
    refused(&[("x", &good), ("y", &good), ("w", &good)], "there is no input \"w\"", "its inputs are x, y");
    refused(&[("x", &good), ("x", &good), ("y", &good)], "given twice", "");
    let lies = Tensor { shape: vec![9, 3], ..good.clone() };
    refused(&[("x", &lies), ("y", &good)], "has 6 values", "");
    assert_eq!(refused(&[("x", &good), ("y", &wide)], "node \"sum\" (Add, 1 of 1): shapes (2, 3) and (2, 4)", ""), Kind::Data);
    // And the session is as good as before.
    let again = session.run(&cpu, &[("x", good.view()), ("y", good.view())]).unwrap();
    assert_eq!(again[0].shape, [2, 3]);
}

#[test]
fn names_that_stand_for_two_values_or_none() {
    let base = GraphProto {
        node: vec![node("Relu", &["x"], &["y"])],
        input: vec![value("x", data_type::FLOAT, None)],
        output: vec![value("y", data_type::FLOAT, None)],
        ..Default::default()
    };
    let refused = |change: &dyn Fn(&mut GraphProto), message: &str| {
        let mut graph = base.clone();
        change(&mut graph);
        let error = refusal(&model(13, graph));
        assert!(error.to_string().contains(message), "{error}");
    };
    refused(&|g| g.node[0].input[0] = "nowhere".into(), "its input \"nowhere\" is not defined");
    refused(&|g| g.node[0].input[0] = "y".into(), "its input \"y\" is computed only by this node or behind it");
    refused(
        &|g| g.node = vec![node("Relu", &["b"], &["y"]), node("Relu", &["y"], &["b"])],
        "its input \"b\" is computed only by this node or behind it",
    );
    refused(&|g| g.node.push(node("Relu", &["x"], &["y"])), "its output \"y\" is defined before");
    refused(&|g| g.node[0].output[0] = "x".into(), "its output \"x\" is defined before");
    refused(&|g| g.output[0].name = Some("z".into()), "the output \"z\" is computed by no node");
    refused(&|g| g.output.clear(), "the graph has no output");
    refused(&|g| g.input.push(value("x", data_type::FLOAT, None)), "two inputs are called \"x\"");
    refused(&|g| g.initializer = vec![floats("c", &[], &[1.0]); 2], "two constants are called \"c\"");
    refused(&|g| g.output[0] = value("y", data_type::INT64, None), "declared as int64, and its node gives float32");
    refused(&|g| g.input[0] = value("x", data_type::STRING, None), "its values are of string");
    refused(&|g| g.input[0].r#type = None, "it is no tensor");
    refused(&|g| g.input[0] = value("x", data_type::FLOAT, Some(&["-3"])), "an axis is -3 long");
}

#[test]
fn constants_stand_in_for_inputs_that_are_left_out() {
    let graph = GraphProto {
        node: vec![node("Add", &["x", "w"], &["sum"]), node("Mul", &["sum", "v"], &["y"])],
        input: ["x", "w", "v"].map(|name| value(name, data_type::FLOAT, None)).to_vec(),
        initializer: vec![floats("w", &[1], &[10.0]), floats("v", &[1], &[2.0])],
        output: vec![value("y", data_type::FLOAT, None)],
        ..Default::default()
    };
    let (cpu, file) = (cpu(), model(13, graph));
    let session = Session::of(&cpu, file).unwrap();
    let names = |ports: &[Port]| ports.iter().map(|port| port.name.clone()).collect::<Vec<_>>();
    assert_eq!((names(session.inputs()), names(session.defaults())), (vec!["x".to_owned()], vec!["w".to_owned(), "v".to_owned()]));
    let (one, five) = (tensor(&[1], [1.0]), tensor(&[1], [5.0]));
    let run = |inputs: &[(&str, &Tensor)]| {
        let inputs: Vec<_> = inputs.iter().map(|(name, tensor)| (*name, tensor.view())).collect();
        session.run(&cpu, &inputs).map(|mut outputs| outputs.remove(0))
    };
    for _ in 0..2 {
        assert_eq!(run(&[("x", &one)]).unwrap(), tensor(&[1], [22.0]));
        assert_eq!(run(&[("w", &five), ("x", &one)]).unwrap(), tensor(&[1], [12.0]));
        assert_eq!(run(&[("x", &one), ("v", &five)]).unwrap(), tensor(&[1], [55.0]));
        assert_eq!(run(&[("x", &one), ("v", &five), ("w", &one)]).unwrap(), tensor(&[1], [10.0]));
    }
    assert!(run(&[("w", &five)]).unwrap_err().to_string().contains("input \"x\" is missing"));
}

#[test]
fn versions_that_are_not_read() {
    let graph = GraphProto {
        node: vec![node("Identity", &["x"], &["y"])],
        input: vec![value("x", data_type::FLOAT, None)],
        output: vec![value("y", data_type::FLOAT, None)],
        ..Default::default()
    };
    for opset in OPSETS {
        assert!(Session::of(&cpu(), model(opset, graph.clone())).is_ok(), "{opset}");
    }
    for opset in [1, 6, OPSETS.end() + 1, i64::MAX] {
        let error = refusal(&model(opset, graph.clone()));
        assert!(error.to_string().contains("opsets 7 to") && error.remedy().is_some(), "{error}");
    }
    let mut silent = model(13, graph);
    silent.opset_import[0].domain = Some("com.example".into());
    assert!(refusal(&silent).to_string().contains("which opset"));
    assert!(refusal(&ModelProto::default()).to_string().contains("it has no graph"));
}

#[test]
fn constants_whose_sizes_or_types_lie() {
    let refused = |tensor: TensorProto, message: &str| {
        let graph = GraphProto {
            initializer: vec![TensorProto { name: Some("c".into()), ..tensor }],
            node: vec![node("Identity", &["c"], &["y"])],
            output: vec![value("y", data_type::FLOAT, None)],
            ..Default::default()
        };
        let error = refusal(&model(13, graph));
        assert!(error.to_string().contains(message), "{error}");
    };
    refused(floats("", &[3], &[1.0]), "it has 4 bytes");
    refused(floats("", &[-1], &[1.0]), "its shape [-1]");
    refused(floats("", &[1; 9], &[1.0]), "more than 8 axes");
    refused(floats("", &[1 << 60, 1 << 60], &[1.0]), "needs");
    refused(floats("", &[1 << 31, 1 << 31], &[]), "needs");
    refused(TensorProto { raw_data: None, ..floats("", &[2], &[]) }, "it has 0 values, and its shape asks for 2");
    refused(TensorProto { data_type: Some(data_type::STRING), ..Default::default() }, "of string, which is not supported");
    refused(TensorProto { data_type: Some(99), ..Default::default() }, "a type without a name");
    refused(TensorProto { data_location: Some(1), ..floats("", &[1], &[1.0]) }, "its numbers lie in another file");
}

#[test]
fn constants_of_every_type() {
    let constant = |code: i32, raw: &[u8], out: i32| {
        let tensor = TensorProto {
            name: Some("c".into()),
            dims: vec![2],
            data_type: Some(code),
            raw_data: Some(raw.to_vec()),
            ..Default::default()
        };
        of_constant(tensor, out)
    };
    fn of_constant(tensor: TensorProto, out: i32) -> Tensor {
        let graph = GraphProto {
            initializer: vec![tensor],
            node: vec![node("Identity", &["c"], &["y"])],
            output: vec![value("y", out, None)],
            ..Default::default()
        };
        run(&model(13, graph), &[]).unwrap().remove(0)
    }
    let halves = tensor(&[2], [1.5, -2.0]);
    let wide = tensor(&[2], vec![1.5_f64, -2.0]);
    assert_eq!(constant(data_type::DOUBLE, &[1.5_f64.to_le_bytes(), (-2.0_f64).to_le_bytes()].concat(), data_type::DOUBLE), wide);
    assert_eq!(constant(data_type::FLOAT16, &[0, 0x3e, 0, 0xc0], data_type::FLOAT), halves);
    assert_eq!(constant(data_type::BFLOAT16, &[0xc0, 0x3f, 0, 0xc0], data_type::FLOAT), halves);
    let whole = tensor(&[2], [1_i64, -2]);
    assert_eq!(constant(data_type::INT32, &[1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff], data_type::INT64), whole);
    assert_eq!(constant(data_type::INT16, &[1, 0, 0xfe, 0xff], data_type::INT64), whole);
    assert_eq!(constant(data_type::INT8, &[1, 0xfe], data_type::INT64), whole);
    assert_eq!(constant(data_type::UINT8, &[1, 0xfe], data_type::INT64), tensor(&[2], [1_i64, 254]));
    assert_eq!(constant(data_type::UINT32, &[1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff], data_type::INT64), tensor(&[2], [1_i64, 0xffff_fffe]));
    assert_eq!(constant(data_type::BOOL, &[1, 0], data_type::BOOL), tensor(&[2], [true, false]));
    let field = |code: i32| TensorProto { name: Some("c".into()), dims: vec![2], data_type: Some(code), ..Default::default() };
    assert_eq!(of_constant(TensorProto { float_data: vec![1.5, -2.0], ..field(data_type::FLOAT) }, data_type::FLOAT), halves);
    assert_eq!(of_constant(TensorProto { double_data: vec![1.5, -2.0], ..field(data_type::DOUBLE) }, data_type::DOUBLE), wide);
    assert_eq!(of_constant(TensorProto { int32_data: vec![0x3e00, 0xc000], ..field(data_type::FLOAT16) }, data_type::FLOAT), halves);
    assert_eq!(of_constant(TensorProto { int64_data: vec![1, -2], ..field(data_type::INT64) }, data_type::INT64), whole);
    assert_eq!(of_constant(TensorProto { int32_data: vec![1, -2], ..field(data_type::INT8) }, data_type::INT64), whole);
}

#[test]
fn numbers_in_another_file_only_where_it_lies_beside() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("model");
    std::fs::create_dir_all(folder.join("parts")).unwrap();
    let numbers: Vec<u8> = [0.0_f32, 1.5, -2.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    std::fs::write(folder.join("parts/weights.bin"), &numbers).unwrap();
    std::fs::write(base.path().join("secret.bin"), &numbers).unwrap();
    let entry = |(key, value): &(&str, &str)| StringStringEntryProto { key: Some((*key).into()), value: Some((*value).into()) };
    let file = folder.join("model.onnx");
    let open = |entries: &[(&str, &str)]| {
        let tensor = TensorProto {
            data_location: Some(1),
            external_data: entries.iter().map(entry).collect(),
            raw_data: None,
            ..floats("c", &[2], &[])
        };
        let graph = GraphProto {
            initializer: vec![tensor],
            node: vec![node("Identity", &["c"], &["y"])],
            output: vec![value("y", data_type::FLOAT, None)],
            ..Default::default()
        };
        std::fs::write(&file, model(13, graph).encode_to_vec()).unwrap();
        let cpu = cpu();
        let (session, whole) = Session::open_whole(&cpu, &file)?;
        let again = Session::from_bytes(&cpu, &whole).unwrap();
        assert_eq!(session.run(&cpu, &[]).unwrap(), again.run(&cpu, &[]).unwrap());
        session.run(&cpu, &[])
    };
    let inside = [("location", "parts/weights.bin"), ("offset", "4"), ("length", "8")];
    assert_eq!(open(&inside).unwrap(), [tensor(&[2], [1.5, -2.0])]);
    assert_eq!(open(&inside[..1]).unwrap(), [tensor(&[2], [0.0, 1.5])]);
    #[cfg(unix)]
    std::os::unix::fs::symlink(base.path().join("secret.bin"), folder.join("link.bin")).unwrap();
    let secret = base.path().join("secret.bin");
    for location in
        ["../secret.bin", "parts/../../secret.bin", secret.to_str().unwrap(), "", "parts", "..\\secret.bin", "absent.bin", "link.bin"]
    {
        let error = open(&[("location", location)]).unwrap_err();
        assert!(error.to_string().contains("constant \"c\"") && error.remedy().is_some(), "{location}: {error}");
    }
    for wrong in [("offset", "8"), ("offset", "-1"), ("offset", "18446744073709551615"), ("length", "4"), ("length", "x")] {
        assert!(open(&[inside[0], wrong]).is_err(), "{wrong:?}");
    }
    assert!(open(&[]).is_err());
}
