//! The four networks that are compared, at equal numbers of parameters.

use gatewise_kernels::Cell;
use serde::{Deserialize, Serialize};

use crate::model::{Init, InputInit, ModelConfig, RecurrentInit};

/// A network of the comparison: a cell with its start, and whether its gradient is clipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Net {
    /// The Elman network of the textbook: every weight uniform ±1/√H, the gradient as it comes (Elman 1990).
    Rnn,
    /// The same cell with an orthogonal recurrent matrix (Le, Jaitly and Hinton 2015; Saxe 2014) and a clipped gradient (Pascanu 2013).
    RnnOrthogonal,
    /// Gated recurrent unit (Cho 2014).
    Gru,
    /// Long short-term memory with a forget-gate bias of 1 (Hochreiter and Schmidhuber 1997; Gers 2000).
    Lstm,
}

impl Net {
    /// Every network, the plainest first.
    pub const ALL: [Net; 4] = [Net::Rnn, Net::RnnOrthogonal, Net::Gru, Net::Lstm];

    /// The name in events and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Net::Rnn => "rnn",
            Net::RnnOrthogonal => "rnn-orthogonal",
            Net::Gru => "gru",
            Net::Lstm => "lstm",
        }
    }

    /// The recurrent cell.
    pub fn cell(self) -> Cell {
        match self {
            Net::Rnn | Net::RnnOrthogonal => Cell::RnnTanh,
            Net::Gru => Cell::Gru,
            Net::Lstm => Cell::Lstm,
        }
    }

    /// The starting weights.
    pub fn init(self) -> Init {
        match self {
            Net::Rnn => Init { input: InputInit::Uniform, recurrent: RecurrentInit::Uniform, forget_bias: 0.0, chrono: None },
            Net::RnnOrthogonal | Net::Gru | Net::Lstm => Init::default(),
        }
    }

    /// Whether its gradient is clipped.
    pub fn clips(self) -> bool {
        self != Net::Rnn
    }

    /// `like` with this cell and start, and as many hidden units as bring its parameters nearest to those of an LSTM with `like.hidden`.
    pub fn sized(self, like: &ModelConfig) -> ModelConfig {
        let with = |cell, hidden| ModelConfig { cell, hidden, init: self.init(), ..like.clone() };
        let aim = with(Cell::Lstm, like.hidden).parameters();
        let mut hidden = 1;
        while with(self.cell(), hidden + 1).parameters() <= aim {
            hidden += 1;
        }
        let above = with(self.cell(), hidden + 1).parameters();
        let below = with(self.cell(), hidden).parameters();
        with(self.cell(), if above - aim < aim.abs_diff(below) { hidden + 1 } else { hidden })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_equal_within_two_percent() {
        let like = ModelConfig::new(Cell::Lstm, 8, 48, 90);
        let aim = like.parameters() as f64;
        for net in Net::ALL {
            let got = net.sized(&like).parameters() as f64;
            assert!((got / aim - 1.0).abs() < 0.02, "{}: {got} parameters, the LSTM has {aim}", net.name());
        }
        assert_eq!(Net::Lstm.sized(&like).hidden, 48);
    }
}
