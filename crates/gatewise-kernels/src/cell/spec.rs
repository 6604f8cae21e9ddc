//! The table of cells: what starts, probes, files, flags and reports need to know of each.

/// A recurrent cell. The order of the gates is PyTorch's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// Elman network, h = tanh(W_x x + W_h h + b) (Elman 1990).
    RnnTanh,
    /// Elman network with a rectifier.
    RnnRelu,
    /// Gated recurrent unit, reset after the product (PyTorch, cuDNN). Gates r, z, n.
    Gru,
    /// Gated recurrent unit, reset before the product (Cho 2014; ONNX's default). Gates r, z, n.
    GruResetBefore,
    /// Long short-term memory with a forget gate (Gers 2000). Gates i, f, g, o.
    Lstm,
    /// A GRU whose gates see the input alone, without a reset gate (minGRU, Feng et al. 2024). Gates z, h.
    MinGru,
    /// An LSTM whose gates see the input alone and share the state between them (minLSTM, Feng et al. 2024). Gates f, i, h.
    MinLstm,
}

/// What is known of a cell. Gates are counted in PyTorch's order, from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellSpec {
    /// Name in files and flags.
    pub name: &'static str,
    /// Letters of the gates, as its paper and PyTorch have them.
    pub gates: &'static [&'static str],
    /// Vectors of H values that a step hands to the next: h alone, or h and c.
    pub states: usize,
    /// Whether the gates see the last state: else the layer has neither `weight_hh` nor `bias_hh`.
    pub recurrent: bool,
    /// Vectors of H values on the tape of a step. LSTM: i, f, g, o. GRU: n, r, z and the recurrent part of n (reset after) or r·h
    /// (reset before). RNN: h. minGRU: 1 − z and
    /// the candidate. minLSTM: f, i, the candidate and f / (f + i).
    pub tape: usize,
    /// The gate behind each of the first vectors of the tape.
    pub tape_order: &'static [usize],
    /// Gates that probes watch, by name and place on the tape; the first is the share of the state that stays.
    pub watched: &'static [(&'static str, usize)],
    /// The gate whose bias lets the cell remember at first.
    pub forget: Option<usize>,
    /// The gates whose biases ln u or −ln u, by the sign, let a unit remember u steps.
    pub chrono: &'static [(usize, f64)],
    /// Whether outputs come from a tanh, which is flat near ±1.
    pub squashed: bool,
    /// Place of each gate in the weights of ONNX's operator; none where ONNX has no such operator.
    pub onnx: Option<&'static [usize]>,
    /// Place of each gate in the weights of Keras's layer; none where Keras has no such layer.
    pub keras: Option<&'static [usize]>,
    /// Whether there are kernels for weights of eight bits.
    pub int8: bool,
}

const RNN_TANH: CellSpec = CellSpec {
    name: "rnn",
    gates: &["h"],
    states: 1,
    recurrent: true,
    tape: 1,
    tape_order: &[0],
    watched: &[],
    forget: None,
    chrono: &[],
    squashed: true,
    onnx: Some(&[0]),
    keras: Some(&[0]),
    int8: true,
};

const RNN_RELU: CellSpec = CellSpec { name: "rnn-relu", squashed: false, ..RNN_TANH };

const GRU: CellSpec = CellSpec {
    name: "gru",
    gates: &["r", "z", "n"],
    states: 1,
    recurrent: true,
    tape: 4,
    tape_order: &[2, 0, 1],
    watched: &[("update", 2), ("reset", 1)],
    forget: None,
    chrono: &[(1, 1.0)],
    squashed: true,
    onnx: Some(&[1, 0, 2]),
    keras: Some(&[1, 0, 2]),
    int8: true,
};

/// Two products a step, one behind the other, are more than the kernels of eight bits take.
const GRU_RESET_BEFORE: CellSpec = CellSpec { name: "gru-reset-before", int8: false, ..GRU };

const LSTM: CellSpec = CellSpec {
    name: "lstm",
    gates: &["i", "f", "g", "o"],
    states: 2,
    recurrent: true,
    tape: 4,
    tape_order: &[0, 1, 2, 3],
    watched: &[("forget", 1), ("input", 0), ("output", 3)],
    forget: Some(1),
    chrono: &[(1, 1.0), (0, -1.0)],
    squashed: true,
    onnx: Some(&[0, 2, 3, 1]),
    keras: Some(&[0, 1, 2, 3]),
    int8: true,
};

const MIN_GRU: CellSpec = CellSpec {
    name: "mingru",
    gates: &["z", "h"],
    states: 1,
    recurrent: false,
    tape: 2,
    tape_order: &[0, 1],
    watched: &[("keep", 0)],
    forget: None,
    // The paper's z is the share that is replaced.
    chrono: &[(0, -1.0)],
    squashed: false,
    onnx: None,
    keras: None,
    int8: true,
};

const MIN_LSTM: CellSpec = CellSpec {
    name: "minlstm",
    gates: &["f", "i", "h"],
    tape: 4,
    tape_order: &[0, 1, 2],
    watched: &[("forget", 3)],
    forget: Some(0),
    chrono: &[(0, 1.0), (1, -1.0)],
    ..MIN_GRU
};

impl Cell {
    /// Every cell, in the order in which help names them.
    pub const ALL: [Cell; 7] = [Cell::Lstm, Cell::Gru, Cell::GruResetBefore, Cell::RnnTanh, Cell::RnnRelu, Cell::MinGru, Cell::MinLstm];

    /// The names of [`Cell::ALL`].
    pub const NAMES: [&'static str; Cell::ALL.len()] = {
        let mut names = [""; Cell::ALL.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = Cell::ALL[at].spec().name;
            at += 1;
        }
        names
    };

    /// What is known of the cell. Always inlined, as the sizes that follow from it: kernels ask in their inner loops, where a call would leave
    /// their instruction set.
    #[inline(always)]
    pub const fn spec(self) -> &'static CellSpec {
        match self {
            Cell::RnnTanh => &RNN_TANH,
            Cell::RnnRelu => &RNN_RELU,
            Cell::Gru => &GRU,
            Cell::GruResetBefore => &GRU_RESET_BEFORE,
            Cell::Lstm => &LSTM,
            Cell::MinGru => &MIN_GRU,
            Cell::MinLstm => &MIN_LSTM,
        }
    }

    /// The cell of a name in files and flags.
    pub fn named(name: &str) -> Option<Cell> {
        Cell::ALL.into_iter().find(|cell| cell.spec().name == name)
    }

    /// Number of gates G: rows of a weight matrix over hidden units.
    #[inline(always)]
    pub const fn gates(self) -> usize {
        self.spec().gates.len()
    }

    /// Values per hidden unit and step on the tape's gate rows, see [`CellSpec::tape`].
    #[inline(always)]
    pub const fn tape_gates(self) -> usize {
        self.spec().tape
    }

    /// Whether the state has a cell part c beside h.
    #[inline(always)]
    pub const fn has_memory(self) -> bool {
        self.spec().states > 1
    }
}

#[cfg(feature = "serde")]
mod names {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use super::Cell;

    impl Serialize for Cell {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(self.spec().name)
        }
    }

    impl<'de> Deserialize<'de> for Cell {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let name = String::deserialize(deserializer)?;
            Cell::named(&name).ok_or_else(|| D::Error::unknown_variant(&name, &Cell::NAMES))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_itself() {
        for cell in Cell::ALL {
            let spec = cell.spec();
            let gates = spec.gates.len();
            assert_eq!(Cell::named(spec.name), Some(cell));
            let each_once = |order: &[usize]| {
                let mut sorted = order.to_vec();
                sorted.sort_unstable();
                sorted == (0..gates).collect::<Vec<_>>()
            };
            assert!([Some(spec.tape_order), spec.onnx, spec.keras].into_iter().flatten().all(each_once), "{cell:?}");
            assert!(spec.tape >= gates && spec.watched.iter().all(|&(_, place)| place < spec.tape), "{cell:?}");
            assert!(spec.forget.into_iter().chain(spec.chrono.iter().map(|&(gate, _)| gate)).all(|gate| gate < gates), "{cell:?}");
        }
    }
}
