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
    /// Whether each layer's outputs are normalised.
    pub layer_norm: bool,
}

impl LanguageConfig {
    /// The network over a vocabulary of `symbols`.
    pub fn model(&self, symbols: usize) -> ModelConfig {
        ModelConfig {
            layers: self.layers,
            dropout: self.dropout,
            layer_norm: self.layer_norm,
            readout: Readout::EachStep,
            embedding: Some(EmbeddingConfig { symbols, width: self.embedding }),
            ..ModelConfig::new(self.cell.into(), 0, self.hidden, symbols)
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
