//! Sizes and options of the layers, each of which a network embeds in its own.

use gatewise_kernels::{Cell, Dims};
use serde::{Deserialize, Serialize};

/// Largest single size of a network.
pub(crate) const MAX_SIZE: usize = 1 << 24;

/// A stack of recurrent layers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StackConfig {
    /// Recurrent cell.
    pub cell: Cell,
    /// Features that the first layer reads.
    pub input: usize,
    /// Hidden units H of each layer and direction.
    pub hidden: usize,
    /// Layers L.
    pub layers: usize,
    /// Whether a second direction reads each sequence from its end.
    pub bidirectional: bool,
    /// Share of each layer's outputs that training drops.
    pub dropout: f64,
    /// Whether a sequence drops the same outputs at every step.
    pub variational: bool,
    /// Share of the weights from the state that training drops for a whole batch.
    pub weight_drop: f64,
    /// Probability with which a value of the state keeps what it was in a step of training.
    pub zoneout: f64,
    /// Whether each layer's outputs are normalised.
    pub layer_norm: bool,
}

impl StackConfig {
    /// Directions D.
    pub fn directions(&self) -> usize {
        1 + usize::from(self.bidirectional)
    }

    /// Width D·H of the output.
    pub fn width(&self) -> usize {
        self.directions() * self.hidden
    }

    /// Sizes of the cells of layer `layer`.
    pub fn dims(&self, layer: usize) -> Dims {
        let input = if layer == 0 { self.input } else { self.width() };
        Dims { cell: self.cell, input, hidden: self.hidden }
    }
}

/// Outputs that a step of training computes, out of very many: the first ones, those of its targets, and some drawn from the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampledConfig {
    /// Outputs that every step computes, from 0 on: of symbols that stand by how frequent they are, the most frequent.
    pub frequent: usize,
    /// Outputs drawn from the others.
    pub drawn: usize,
}

/// Which outputs of the recurrent stack the head reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readout {
    /// The output after each direction's own last step; one row a sequence.
    #[default]
    Last,
    /// The mean over a sequence's steps; one row a sequence.
    Mean,
    /// The largest value of each unit over a sequence's steps; one row a sequence.
    Max,
    /// A mean over a sequence's steps, weighted by learned scores (Raffel and Ellis 2015); one row a sequence.
    Attention,
    /// Last, mean and max side by side (Howard and Ruder 2018); one row a sequence.
    Concat,
    /// Every step; one row a step.
    EachStep,
}

/// A table of vectors, one a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingConfig {
    /// Number of symbols.
    pub symbols: usize,
    /// Length of a vector.
    pub width: usize,
}

/// The autoregressive path beside the network (LSTNet, Lai 2018): out[h, target] += Σₗ W[h, l] · window[l, target] + b\[h\].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearSkipConfig {
    /// Steps of the window.
    pub lookback: usize,
    /// Steps forecast.
    pub horizon: usize,
    /// Targets, which share the weights.
    pub targets: usize,
    /// Values the loss asks for at each (step, target).
    pub width: usize,
    /// Whether the path moves all `width` values (quantiles) or the first alone (location of a distribution).
    pub all: bool,
}
