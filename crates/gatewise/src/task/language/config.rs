//! What a language model is: its network around a vocabulary.

use serde::{Deserialize, Serialize};

use super::error::LanguageError;
use crate::loss::Loss;
use crate::model::{EmbeddingConfig, Model, ModelConfig, Readout, SampledConfig};
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
    /// Share of the outputs of layers below others that training drops.
    pub dropout: f64,
    /// Share of the last layer's outputs that training drops; that of `dropout` where not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_dropout: Option<f64>,
    /// Share of the values of symbols' vectors that training drops.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub input_dropout: f64,
    /// Share of the symbols whose vectors training drops whole.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub embedding_dropout: f64,
    /// Weight of the mean square of the last layer's outputs in the loss.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub activation_penalty: f64,
    /// Weight of their mean squared change from symbol to symbol.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub slowness_penalty: f64,
    /// Outputs that a step computes where the vocabulary is large; all where not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<SampledConfig>,
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

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

impl Default for LanguageConfig {
    fn default() -> Self {
        Self {
            cell: CellName::Lstm,
            hidden: 256,
            layers: 1,
            embedding: 64,
            dropout: 0.0,
            output_dropout: None,
            input_dropout: 0.0,
            embedding_dropout: 0.0,
            activation_penalty: 0.0,
            slowness_penalty: 0.0,
            sampled: None,
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
            output_dropout: self.output_dropout,
            input_dropout: self.input_dropout,
            embedding_dropout: self.embedding_dropout,
            activation_penalty: self.activation_penalty,
            slowness_penalty: self.slowness_penalty,
            sampled: self.sampled,
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
