//! Files that lie: an error, soon, without a panic and without memory that the file has no use for.

mod import_support;

use std::{
    slice::from_ref,
    sync::atomic::{AtomicUsize, Ordering},
};

use gatewise::rng::Rng;
use gatewise_memory::Budget;
use gatewise_onnx::import::{Session, Tensor};
use gatewise_onnx::proto::*;
use import_support::*;
use prost::Message;

/// A limit that no graph here needs.
const LIMIT: u64 = 64 << 20;

fn read(bytes: &[u8]) -> Result<Session, String> {
    Budget::of(LIMIT).set();
    Session::from_bytes(&cpu(), bytes).map_err(|e| e.to_string())
}

/// A file with a bit of everything.
fn whole() -> Vec<u8> {
    let (d, h, i) = (2, 3, 2);
    let graph = GraphProto {
        input: vec![value("x", data_type::FLOAT, Some(&["batch", "time", "2"]))],
        initializer: vec![
            floats("W", &[d, 4 * h, i], &wave(48, 0.0)),
            floats("R", &[d, 4 * h, h], &wave(72, 0.0)),
            floats("B", &[d, 8 * h], &wave(48, 0.0)),
            floats("linear", &[2 * h, 1], &wave(6, 0.0)),
            ints("shape", &[3], &[0, 0, -1]),
        ],
        node: vec![
            node("Transpose", &["x"], &["turned"]).with("perm", vec![1, 0, 2]),
            node("LSTM", &["turned", "W", "R", "B"], &["y", "", "c"]).with("hidden_size", h).with("direction", "bidirectional"),
            node("Transpose", &["y"], &["back"]).with("perm", vec![2, 0, 1, 3]),
            node("Reshape", &["back", "shape"], &["flat"]),
            node("MatMul", &["flat", "linear"], &["product"]),
            node("Softmax", &["product"], &["z"]).with("axis", 1),
        ],
        output: vec![value("z", data_type::FLOAT, None), value("c", data_type::FLOAT, None)],
        ..Default::default()
    };
    model(17, graph).encode_to_vec()
}

/// Runs what was read on a small input, whatever comes of it.
fn try_out(session: &Session) {
    let input = tensor(&[2, 3, 2], wave(12, 0.0));
    let inputs: Vec<_> = session.inputs().iter().map(|port| (port.name.as_str(), input.view())).collect();
    let _ = session.run(&cpu(), &inputs);
}

#[test]
fn files_that_are_cut_off() {
    let bytes = whole();
    try_out(&read(&bytes).unwrap());
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn files_with_other_bytes() {
    let (bytes, mut words) = (whole(), Rng::new(7, 0));
    for _ in 0..4000 {
        let mut changed = bytes.clone();
        for _ in 0..=words.below(3) {
            let at = words.below(changed.len());
            match words.below(3) {
                0 => changed[at] = words.below(256) as u8,
                1 => changed[at] ^= 1 << words.below(8),
                _ => drop(changed.splice(at..at, [0xff, 0xff, 0xff, 0x7f])),
            }
        }
        if let Ok(session) = read(&changed) {
            try_out(&session);
        }
    }
    for length in 0..300 {
        let noise: Vec<u8> = (0..length).map(|_| words.below(256) as u8).collect();
        let _ = read(&noise);
    }
}

#[test]
fn sizes_beyond_any_memory() {
    Budget::of(LIMIT).set();
    let huge = 1_i64 << 60;
    let of_shape = |shape: &[i64]| {
        let node = node("ConstantOfShape", &["a"], &["y"]);
        let shape = Tensor { shape: vec![shape.len()], data: gatewise_onnx::import::Data::Int(shape.to_vec()) };
        answer(13, node, &[shape])
    };
    for shape in [&[huge][..], &[huge, huge], &[1 << 31, 1 << 31, 1 << 31], &[1 << 30], &[-1], &[i64::MIN]] {
        assert!(of_shape(shape).is_err(), "{shape:?}");
    }
    assert_eq!(of_shape(&[huge, 0]).unwrap()[0].shape, [1 << 60, 0]);
    // What has no values has no rows to go through either.
    let empty = tensor(&[0, 1 << 40, 1 << 20], [0.0; 0]);
    for node in [
        node("Transpose", &["a"], &["y"]),
        node("Softmax", &["a"], &["y"]).with("axis", 1),
        node("Relu", &["a"], &["y"]),
        node("ReduceMax", &["a"], &["y"]).with("axes", vec![2]).with("keepdims", 0),
        node("Flatten", &["a"], &["y"]),
        node("Concat", &["a", "a"], &["y"]).with("axis", 0),
        node("Split", &["a"], &["y"]).with("axis", 1),
    ] {
        let _ = answer(11, node, from_ref(&empty));
    }
    for (operator, other) in
        [("Add", tensor(&[1, 1], [1.0])), ("MatMul", tensor(&[1 << 10, 0], [0.0; 0])), ("Gather", tensor(&[2], [0_i64, 1]))]
    {
        let _ = answer(13, node(operator, &["a", "b"], &["y"]), &[empty.clone(), other]);
    }
    let steps = tensor(&[1 << 50, 1, 0], [0.0; 0]);
    let made = node("GRU", &["a", "b", "c"], &["", "y"]);
    let weights = [steps, tensor(&[1, 3, 1], wave(3, 0.0)), tensor(&[1, 3, 1], wave(3, 0.0))];
    assert!(answer(14, made, &weights).is_err());
    // A product over nothing is zeros, as many as the file asks for.
    let nothing = [tensor(&[1 << 40, 0], [0.0; 0]), tensor(&[0, 1 << 20], [0.0; 0])];
    assert!(answer(13, node("MatMul", &["a", "b"], &["y"]), &nothing).is_err());
    assert!(answer(13, node("Gemm", &["a", "b"], &["y"]), &nothing).is_err());
}

#[test]
fn a_byte_that_stands_for_hundreds() {
    Budget::of(LIMIT).set();
    let nodes = GraphProto { node: vec![NodeProto::default(); 1_000_000], ..Default::default() };
    let error = read(&model(13, nodes).encode_to_vec()).unwrap_err();
    assert!(error.contains("what the file describes needs"), "{error}");
    let entries = ModelProto { metadata_props: vec![Default::default(); 2_000_000], ..Default::default() };
    assert!(read(&entries.encode_to_vec()).unwrap_err().contains("needs"));
}

#[test]
fn graphs_within_graphs() {
    let mut graph = GraphProto::default();
    for _ in 0..200 {
        let node = node("If", &[], &["y"]).with("then_branch", graph);
        graph = GraphProto { node: vec![node], output: vec![value("y", data_type::FLOAT, None)], ..Default::default() };
    }
    assert!(read(&model(13, graph).encode_to_vec()).is_err());
}

#[test]
fn many_nodes_in_time_that_grows_as_they_do() {
    Budget::of(4 << 30).set();
    let count = 20_000;
    let name = |k: usize| format!("v{k}");
    let mut nodes: Vec<NodeProto> = (0..count).map(|k| node("Identity", &[&name(k)], &[&name(k + 1)])).collect();
    let all: Vec<String> = (0..count).map(name).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    nodes.push(node("Concat", &all, &["y"]).with("axis", 0));
    let graph = GraphProto {
        node: nodes,
        input: vec![value("v0", data_type::FLOAT, None)],
        output: vec![value("y", data_type::FLOAT, None)],
        ..Default::default()
    };
    let one = tensor(&[1], [2.0]);
    let found = run(&model(13, graph), &[("v0", &one)]).unwrap();
    assert_eq!(found[0].shape, [count]);
}

#[test]
fn several_threads_at_once() {
    let session = Session::from_bytes(&cpu(), &whole()).unwrap();
    let input = tensor(&[2, 3, 2], wave(12, 0.0));
    let expected = session.run(&cpu(), &[("x", input.view())]).unwrap();
    let calls = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let cpu = cpu();
                for _ in 0..50 {
                    assert_eq!(session.run(&cpu, &[("x", input.view())]).unwrap(), expected);
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(calls.into_inner(), 200);
}
