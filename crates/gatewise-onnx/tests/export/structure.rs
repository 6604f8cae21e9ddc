//! The graphs of networks: sound, of the right operators, the same bytes again.

use gatewise::Cell;
use gatewise::model::{ModelConfig, Readout};
use gatewise_onnx::export::{Exported, OPSET, plain_network};
use gatewise_onnx::proto::{ModelProto, NodeProto};
use prost::Message;

use super::networks::{around, built, recurrent};
use super::sound;

/// Nodes with an operator.
fn nodes<'a>(exported: &'a Exported, op: &str) -> Vec<&'a NodeProto> {
    let graph = exported.model().graph.as_ref().unwrap();
    graph.node.iter().filter(|node| node.op_type.as_deref() == Some(op)).collect()
}

fn option(node: &NodeProto, name: &str) -> Option<i64> {
    node.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name))?.i
}

#[test]
fn every_network_is_a_sound_graph_and_the_same_bytes_again() {
    for config in recurrent().chain(around()) {
        let model = built(&config);
        let exported = plain_network(&model).unwrap();
        sound::check(exported.model());
        let bytes = exported.to_bytes();
        assert_eq!(bytes, plain_network(&model).unwrap().to_bytes(), "{config:?}");
        let back = ModelProto::decode(&bytes[..]).unwrap();
        assert_eq!(&back, exported.model(), "{config:?}");
        assert_eq!(back.opset_import[0].version, Some(OPSET));
    }
}

#[test]
fn each_cell_is_its_operator() {
    for cell in Cell::ALL {
        let config = ModelConfig { layers: 3, bidirectional: true, ..ModelConfig::new(cell, 3, 4, 2) };
        let exported = plain_network(&built(&config)).unwrap();
        let (op, count, reset) = match cell {
            Cell::Lstm => ("LSTM", 3, None),
            Cell::Gru => ("GRU", 3, Some(1)),
            Cell::GruResetBefore => ("GRU", 3, None),
            Cell::RnnTanh | Cell::RnnRelu => ("RNN", 3, None),
            // A loop a layer and direction.
            Cell::MinGru | Cell::MinLstm => ("Scan", 6, None),
        };
        let found = nodes(&exported, op);
        assert_eq!(found.len(), count, "{cell:?}");
        assert_eq!(option(found[0], "linear_before_reset"), reset, "{cell:?}");
        let activations = found[0].attribute.iter().find(|attribute| attribute.name.as_deref() == Some("activations"));
        let words = activations.map(|attribute| attribute.strings.clone());
        let expected = match cell {
            Cell::RnnTanh => Some(vec![b"Tanh".to_vec(); 2]),
            Cell::RnnRelu => Some(vec![b"Relu".to_vec(); 2]),
            _ => None,
        };
        assert_eq!(words, expected, "{cell:?}");
    }
}

#[test]
fn inputs_and_outputs_say_what_they_are() {
    let config = ModelConfig { layers: 2, readout: Readout::EachStep, ..ModelConfig::new(Cell::Lstm, 3, 4, 2) };
    let exported = plain_network(&built(&config)).unwrap();
    let shown = |optional| {
        let ports = exported.inputs().into_iter().filter(move |port| port.optional == optional);
        ports.map(|port| format!("{} {} ({})", port.name, port.kind, port.shape.join(", "))).collect::<Vec<_>>()
    };
    assert_eq!(shown(false), ["features float32 (batch, time, 3)"]);
    assert_eq!(shown(true), ["lengths int64 (lengths_batch)", "h0 float32 (2, state_batch, 4)", "c0 float32 (2, state_batch, 4)"]);
    let outputs: Vec<String> = exported.outputs().into_iter().map(|port| format!("{} ({})", port.name, port.shape.join(", "))).collect();
    assert_eq!(outputs, ["outputs (batch, time, 2)", "hn (2, batch, 4)", "cn (2, batch, 4)"]);
    // Both directions cannot go on: the second begins at the end.
    let both = ModelConfig { bidirectional: true, ..config };
    assert_eq!(plain_network(&built(&both)).unwrap().outputs().len(), 1);
}
