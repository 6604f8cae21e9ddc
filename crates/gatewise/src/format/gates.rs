//! The order of the gates inside the stacked weight matrices, which programs do not agree on.

use gatewise_kernels::Cell;

/// Whose order of gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateOrder {
    /// PyTorch, cuDNN and this library: LSTM i f g o, GRU r z n.
    PyTorch,
    /// ONNX: LSTM i o f c, GRU z r h.
    Onnx,
    /// Keras: LSTM i f c o, GRU z r h.
    Keras,
}

impl GateOrder {
    /// Position in this order of one of PyTorch's gates; none where the program has no such cell.
    fn position(self, cell: Cell, gate: usize) -> Option<usize> {
        let spec = cell.spec();
        match self {
            GateOrder::PyTorch => Some(gate),
            GateOrder::Onnx => spec.onnx.map(|order| order[gate]),
            GateOrder::Keras => spec.keras.map(|order| order[gate]),
        }
    }
}

/// Brings the gates of a weight or bias from one order into another: `values` is (G·H, …), gate after gate.
///
/// # Panics
/// If the length is no multiple of the number of gates, or one of the programs has no such cell.
pub fn reorder_gates<F: Copy>(values: &[F], cell: Cell, from: GateOrder, to: GateOrder) -> Vec<F> {
    let gates = cell.gates();
    assert_eq!(values.len() % gates, 0, "a stacked matrix has a block for each gate");
    let block = values.len() / gates;
    let mut out = values.to_vec();
    for gate in 0..gates {
        let (from, to) = from.position(cell, gate).zip(to.position(cell, gate)).expect("both programs have such a cell");
        out[to * block..][..block].copy_from_slice(&values[from * block..][..block]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_orders() {
        let cases: [(Cell, GateOrder, &[&str]); 5] = [
            (Cell::Lstm, GateOrder::Onnx, &["i", "o", "f", "g"]),
            (Cell::Lstm, GateOrder::Keras, &["i", "f", "g", "o"]),
            (Cell::Gru, GateOrder::Onnx, &["z", "r", "n"]),
            (Cell::GruResetBefore, GateOrder::Keras, &["z", "r", "n"]),
            (Cell::RnnTanh, GateOrder::Onnx, &["h"]),
        ];
        for (cell, order, expected) in cases {
            let ours = cell.spec().gates;
            assert_eq!(reorder_gates(ours, cell, GateOrder::PyTorch, order), expected, "{cell:?} {order:?}");
            assert_eq!(reorder_gates(expected, cell, order, GateOrder::PyTorch), ours, "{cell:?} {order:?} back");
        }
    }
}
