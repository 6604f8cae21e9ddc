//! What a language model is: its network around a vocabulary.

use serde::{Deserialize, Serialize};

use super::error::LanguageError;
use crate::loss::Loss;
use crate::model::{EmbeddingConfig, Model, ModelConfig, Readout};
use crate::task::forecast::CellName;

/// Sizes and options of the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageConfig {
    /// Recurrent cell.
    pub cell: CellName,
    /// Hidden units of each layer.
    pub hidden: usize,
    /// Recurrent layers.
    pub layers: usize,
    /// Length of a symbol's vector.
    pub embedding: usize,
    /// Share of outputs dropped in training.
    pub dropout: f64,
    /// Whether a text drops the same outputs at every step of a window.
    #[serde(default)]
    pub variational: bool,
    /// Share of the weights from the state that training drops.
    #[serde(default)]
    pub weight_drop: f64,
    /// Probability with which a value of the state keeps what it was in a step of training.
    #[serde(default)]
    pub zoneout: f64,
    /// Whether the vectors of the symbols are the head's weights too; `embedding` is then `hidden`.
    #[serde(default)]
    pub tied: bool,
    /// Whether each layer's outputs are normalised.
    pub layer_norm: bool,
}

impl Default for LanguageConfig {
    fn default() -> Self {
        Self {
            cell: CellName::Lstm,
            hidden: 256,
            layers: 1,
            embedding: 64,
            dropout: 0.0,
            variational: false,
            weight_drop: 0.0,
            zoneout: 0.0,
            tied: false,
            layer_norm: false,
        }
    }
}

impl LanguageConfig {
    /// The network over a vocabulary of `symbols`.
    pub fn model(&self, symbols: usize) -> ModelConfig {
        ModelConfig {
            layers: self.layers,
            dropout: self.dropout,
            variational: self.variational,
            weight_drop: self.weight_drop,
            zoneout: self.zoneout,
            layer_norm: self.layer_norm,
            readout: Readout::EachStep,
            embedding: Some(EmbeddingConfig { symbols, width: self.embedding }),
            tied: self.tied,
            ..ModelConfig::new(self.cell, 0, self.hidden, symbols)
        }
    }

    /// What it is trained by: the cross-entropy of the next symbol, in nats.
    pub fn loss(symbols: usize) -> Loss {
        Loss::CrossEntropy { classes: symbols, weights: Vec::new(), label_smoothing: 0.0 }
    }

    /// A network at its start.
    ///
    /// # Errors
    /// As [`ModelConfig::check`].
    pub fn starting_model(&self, symbols: usize, seed: u64) -> Result<Model<f32>, LanguageError> {
        Ok(Model::new(&self.model(symbols), seed)?)
    }
}
