//! How much memory the messages of a file will take, before they are made: a byte may stand for a message of hundreds.

use crate::proto;

/// A message of the format, as far as it is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Value,
    Type,
    TensorType,
    Shape,
    Axis,
    Opset,
    Entry,
    Function,
    /// A text, or bytes.
    Bytes,
    /// Numbers of as many bytes as in memory.
    Fixed,
    /// Numbers of which a byte may stand for eight.
    Varints,
}

use Kind::*;

impl Kind {
    /// Fields of a message that hold something of a size that the file settles.
    fn fields(self) -> &'static [(u64, Kind)] {
        match self {
            Model => &[(2, Bytes), (3, Bytes), (6, Bytes), (7, Graph), (8, Opset), (14, Entry), (25, Function)],
            Graph => &[(1, Node), (2, Bytes), (5, Tensor), (10, Bytes), (11, Value), (12, Value), (13, Value)],
            Node => &[(1, Bytes), (2, Bytes), (3, Bytes), (4, Bytes), (5, Attribute), (7, Bytes)],
            Attribute => &[(1, Bytes), (4, Bytes), (5, Tensor), (6, Graph), (7, Fixed), (8, Varints), (9, Bytes), (21, Bytes)],
            Tensor => &[(1, Varints), (4, Fixed), (5, Varints), (6, Bytes), (7, Varints), (8, Bytes), (9, Bytes), (10, Fixed), (13, Entry)],
            Value => &[(1, Bytes), (2, Type), (3, Bytes)],
            Type => &[(1, TensorType)],
            TensorType => &[(2, Shape)],
            Shape => &[(1, Axis)],
            Axis => &[(2, Bytes)],
            Opset => &[(1, Bytes)],
            Entry => &[(1, Bytes), (2, Bytes)],
            Function => &[(1, Bytes), (4, Bytes), (5, Bytes), (6, Bytes), (7, Node), (9, Opset), (10, Bytes), (11, Attribute)],
            Bytes | Fixed | Varints => &[],
        }
    }

    /// Bytes of one in memory, without what it points to.
    fn size(self) -> usize {
        match self {
            Model => size_of::<proto::ModelProto>(),
            Graph => size_of::<proto::GraphProto>(),
            Node => size_of::<proto::NodeProto>(),
            Attribute => size_of::<proto::AttributeProto>(),
            Tensor => size_of::<proto::TensorProto>(),
            Value => size_of::<proto::ValueInfoProto>(),
            Type => size_of::<proto::TypeProto>(),
            TensorType => size_of::<proto::TensorTypeProto>(),
            Shape => size_of::<proto::TensorShapeProto>(),
            Axis => size_of::<proto::DimensionProto>(),
            Opset => size_of::<proto::OperatorSetIdProto>(),
            Entry => size_of::<proto::StringStringEntryProto>(),
            Function => size_of::<proto::FunctionProto>(),
            Bytes => size_of::<Vec<u8>>(),
            Fixed | Varints => size_of::<u64>(),
        }
    }
}

/// Levels of messages within messages; the decoder goes no deeper.
const DEEPEST: usize = 100;

/// How much room a growing list may take for one of its elements.
const GROWTH: u128 = 2;

/// Bytes that the messages of a file take at most; none where its bytes are no messages.
pub(crate) fn memory(file: &[u8]) -> Option<u128> {
    let mut total = 0;
    message(Model, file, 0, &mut total)?;
    Some(total)
}

fn message(kind: Kind, mut bytes: &[u8], depth: usize, total: &mut u128) -> Option<()> {
    if depth > DEEPEST {
        return None;
    }
    let fields = kind.fields();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let known = fields.iter().find(|(tag, _)| *tag == key >> 3).map(|(_, kind)| *kind);
        match key & 7 {
            0 => drop(varint(&mut bytes)?),
            1 => drop(take(&mut bytes, 8)?),
            5 => drop(take(&mut bytes, 4)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let inner = take(&mut bytes, length)?;
                match known {
                    None => {}
                    Some(Bytes) => *total += length as u128 + GROWTH * Bytes.size() as u128,
                    Some(Fixed) => *total += GROWTH * length as u128,
                    Some(Varints) => *total += GROWTH * Varints.size() as u128 * length as u128,
                    Some(kind) => {
                        *total += GROWTH * kind.size() as u128;
                        message(kind, inner, depth + 1, total)?;
                    }
                }
                continue;
            }
            // Groups are in no file of the format.
            _ => return None,
        }
        if let Some(kind @ (Fixed | Varints)) = known {
            *total += GROWTH * kind.size() as u128;
        }
    }
    Some(())
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..10 {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 127) << (7 * place);
        if byte < 128 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::proto::{GraphProto, ModelProto, NodeProto, TensorProto};

    fn file(graph: GraphProto) -> Vec<u8> {
        ModelProto { graph: Some(graph), ..Default::default() }.encode_to_vec()
    }

    #[test]
    fn empty_messages_cost_what_they_are_in_memory() {
        let nodes = 1000;
        let bytes = file(GraphProto { node: vec![NodeProto::default(); nodes], ..Default::default() });
        assert!(bytes.len() < 3 * nodes);
        assert!(memory(&bytes).unwrap() >= (nodes * size_of::<NodeProto>()) as u128);
    }

    #[test]
    fn weights_cost_their_bytes() {
        let tensor = TensorProto { raw_data: Some(vec![0; 100_000]), dims: vec![25_000], ..Default::default() };
        let total = memory(&file(GraphProto { initializer: vec![tensor], ..Default::default() })).unwrap();
        assert!((100_000..110_000).contains(&total), "{total}");
        let tensor = TensorProto { int64_data: vec![1; 1000], ..Default::default() };
        assert!(memory(&file(GraphProto { initializer: vec![tensor], ..Default::default() })).unwrap() >= 8000);
    }

    #[test]
    fn what_is_no_message_is_not_counted() {
        for bytes in [&[0xff; 30][..], &[0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f], &[0x3b, 0x3c], &[0x3a, 2, 0x0a]] {
            assert_eq!(memory(bytes), None);
        }
        assert_eq!(memory(&[]), Some(0));
    }
}
