//! Whether a graph can be run at all: what each node reads was there before it, and no name is used twice.

use std::collections::BTreeSet;

use gatewise_onnx::proto::{GraphProto, ModelProto};

/// Holds a graph against the rules of the format.
#[track_caller]
pub fn check(model: &ModelProto) {
    let graph = model.graph.as_ref().unwrap();
    let mut known = BTreeSet::new();
    let defaults: BTreeSet<&str> = graph.input.iter().filter_map(|input| input.name.as_deref()).collect();
    for name in graph.initializer.iter().filter_map(|tensor| tensor.name.as_deref()).filter(|name| !defaults.contains(name)) {
        assert!(known.insert(name.to_owned()), "{name} is defined twice");
    }
    nodes(graph, &mut known, "");
    let docs = graph.input.iter().chain(&graph.output);
    for port in docs {
        assert!(port.doc_string.as_ref().is_some_and(|doc| !doc.is_empty()), "{:?} is not described", port.name);
    }
    let lengths: usize =
        graph.initializer.iter().map(|tensor| tensor.dims.iter().product::<i64>() as usize * width(tensor.data_type)).sum();
    assert_eq!(lengths, graph.initializer.iter().filter_map(|tensor| tensor.raw_data.as_ref()).map(Vec::len).sum::<usize>());
}

fn width(kind: Option<i32>) -> usize {
    if kind == Some(gatewise_onnx::proto::data_type::FLOAT) { 4 } else { 8 }
}

/// The nodes of a graph, and of those inside it: `known` are the names so far.
#[track_caller]
fn nodes(graph: &GraphProto, known: &mut BTreeSet<String>, place: &str) {
    let mut named = BTreeSet::new();
    for input in &graph.input {
        let name = input.name.clone().unwrap();
        assert!(known.insert(name.clone()), "{place}: {name} is defined twice");
    }
    for node in &graph.node {
        let name = node.name.as_deref().unwrap();
        assert!(named.insert(name), "{place}: two nodes are called {name}");
        for input in node.input.iter().filter(|input| !input.is_empty()) {
            assert!(known.contains(input), "{place}: {name} reads {input}, which was not there before");
        }
        for inner in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
            nodes(inner, known, name);
        }
        for output in node.output.iter().filter(|output| !output.is_empty()) {
            assert!(known.insert(output.clone()), "{place}: {output} is defined twice");
        }
    }
    for output in &graph.output {
        assert!(known.contains(output.name.as_deref().unwrap()), "{place}: nothing writes {:?}", output.name);
    }
}
