//! The networks that are compared, at equal numbers of parameters.

use gatewise_kernels::Cell;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Init, InputInit, ModelConfig, RecurrentInit};

/// A network of the comparison: a cell with its start. The gradient of each is clipped alike (Pascanu 2013).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Net {
    /// The Elman network of the textbook: every weight uniform ±1/√H (Elman 1990).
    Rnn,
    /// The same cell with an orthogonal recurrent matrix (Le, Jaitly and Hinton 2015; Saxe 2014).
    RnnOrthogonal,
    /// Another cell with the usual start, as the gated recurrent unit (Cho 2014), or long short-term memory with a
    /// forget-gate bias of 1 (Hochreiter and Schmidhuber 1997; Gers 2000).
    Of(Cell),
}

impl Net {
    /// The networks that are compared where none are named, the plainest first.
    pub const USUAL: [Net; 4] = [Net::Rnn, Net::RnnOrthogonal, Net::Of(Cell::Gru), Net::Of(Cell::Lstm)];

    /// The names of all networks: the two plain ones, and those of the other cells.
    pub const NAMES: [&'static str; Cell::ALL.len() + 1] = {
        let mut names = [Net::Rnn.name(); Cell::ALL.len() + 1];
        names[1] = Net::RnnOrthogonal.name();
        let (mut at, mut cell) = (2, 0);
        while cell < Cell::ALL.len() {
            if !matches!(Cell::ALL[cell], Cell::RnnTanh) {
                names[at] = Cell::NAMES[cell];
                at += 1;
            }
            cell += 1;
        }
        names
    };

    /// The network of a name.
    pub fn named(name: &str) -> Option<Net> {
        let plain = [Net::Rnn, Net::RnnOrthogonal].into_iter().find(|net| net.name() == name);
        plain.or_else(|| Cell::named(name).map(Net::Of))
    }

    /// The name in events and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Net::Rnn => "rnn",
            Net::RnnOrthogonal => "rnn-orthogonal",
            Net::Of(cell) => cell.spec().name,
        }
    }

    /// The recurrent cell.
    pub fn cell(self) -> Cell {
        match self {
            Net::Rnn | Net::RnnOrthogonal => Cell::RnnTanh,
            Net::Of(cell) => cell,
        }
    }

    /// The starting weights.
    pub fn init(self) -> Init {
        match self {
            Net::Rnn => Init { input: InputInit::Uniform, recurrent: RecurrentInit::Uniform, forget_bias: 0.0, chrono: None },
            Net::RnnOrthogonal | Net::Of(_) => Init::default(),
        }
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

impl Serialize for Net {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Net {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Net::named(&name).ok_or_else(|| D::Error::unknown_variant(&name, &Net::NAMES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_equal_within_two_percent() {
        let like = ModelConfig::new(Cell::Lstm, 8, 48, 90);
        let aim = like.parameters() as f64;
        for net in Net::NAMES.map(|name| Net::named(name).unwrap()) {
            let got = net.sized(&like).parameters() as f64;
            assert!((got / aim - 1.0).abs() < 0.02, "{}: {got} parameters, the LSTM has {aim}", net.name());
        }
        assert_eq!(Net::Of(Cell::Lstm).sized(&like).hidden, 48);
    }
}
