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
    /// Position of each of PyTorch's gates in this order.
    const fn positions(self, cell: Cell) -> &'static [usize] {
        match (cell, self) {
            (Cell::RnnTanh | Cell::RnnRelu, _) => &[0],
            (Cell::Gru | Cell::GruResetBefore, GateOrder::PyTorch) => &[0, 1, 2],
            (Cell::Gru | Cell::GruResetBefore, GateOrder::Onnx | GateOrder::Keras) => &[1, 0, 2],
            (Cell::Lstm, GateOrder::PyTorch | GateOrder::Keras) => &[0, 1, 2, 3],
            (Cell::Lstm, GateOrder::Onnx) => &[0, 2, 3, 1],
        }
    }
}

/// Brings the gates of a weight or bias from one order into another: `values` is (G·H, …), gate after gate.
///
/// # Panics
/// If the length is no multiple of the number of gates.
pub fn reorder_gates<F: Copy>(values: &[F], cell: Cell, from: GateOrder, to: GateOrder) -> Vec<F> {
    let gates = cell.gates();
    assert_eq!(values.len() % gates, 0, "a stacked matrix has a block for each gate");
    let block = values.len() / gates;
    let mut out = values.to_vec();
    for (&from, &to) in from.positions(cell).iter().zip(to.positions(cell)) {
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
            let ours: &[&str] = match cell.gates() {
                1 => &["h"],
                3 => &["r", "z", "n"],
                _ => &["i", "f", "g", "o"],
            };
            assert_eq!(reorder_gates(ours, cell, GateOrder::PyTorch, order), expected, "{cell:?} {order:?}");
            assert_eq!(reorder_gates(expected, cell, order, GateOrder::PyTorch), ours, "{cell:?} {order:?} back");
        }
    }
}
