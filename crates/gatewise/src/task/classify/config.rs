//! What a classifier is: its input, its network and what it answers with.

use serde::{Deserialize, Serialize};

use super::error::ClassifyError;
use super::input::{Numbers, SymbolInput};
use crate::loss::Loss;
use crate::model::{BranchConfig, EmbeddingConfig, EncoderConfig, Init, ModelConfig, Readout};
use crate::task::forecast::CellName;

/// Everything about a classifier but its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifyConfig {
    /// What it says.
    pub answer: Answer,
    /// How numbers reach the network; none where it reads symbols.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
    /// How symbols reach the network; none where it reads numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbols: Option<SymbolInput>,
    /// Whether every step has an answer of its own.
    #[serde(default)]
    pub each_step: bool,
    /// What it is trained by.
    pub loss: Loss,
    /// The network.
    pub network: Network,
}

/// What is said of a sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// One of some classes.
    Classes {
        /// Their names.
        labels: Vec<String>,
        /// What raw outputs are divided by before they become probabilities (Guo 2017).
        temperature: f64,
    },
    /// A number; the network says (value − center) / spread.
    Value {
        /// Mean of the training part.
        center: f64,
        /// Standard deviation of the training part.
        spread: f64,
    },
    /// Several numbers; the network says (value − center) / spread of each, and its loss is the mean over them.
    Values {
        /// Their names. (K)
        names: Vec<String>,
        /// Means of the training part. (K)
        center: Vec<f64>,
        /// Standard deviations of the training part. (K)
        spread: Vec<f64>,
    },
}

impl Answer {
    /// Center and spread of each predicted value; none of classes.
    pub fn scales(&self) -> Vec<(f64, f64)> {
        match self {
            Self::Classes { .. } => Vec::new(),
            Self::Value { center, spread } => vec![(*center, *spread)],
            Self::Values { center, spread, .. } => center.iter().copied().zip(spread.iter().copied()).collect(),
        }
    }
}

/// The part of a [`ModelConfig`] that a classifier leaves open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Recurrent cell.
    pub cell: CellName,
    /// Hidden units of each layer and direction.
    pub hidden: usize,
    /// Recurrent layers.
    pub layers: usize,
    /// Whether a second direction reads from the end.
    pub bidirectional: bool,
    /// Length of a symbol's vector.
    pub embedding: usize,
    /// Share of outputs dropped in training.
    pub dropout: f64,
    /// Share of the weights from the state that training drops.
    #[serde(default)]
    pub weight_drop: f64,
    /// Whether each layer's outputs are normalised.
    pub layer_norm: bool,
    /// How the outputs over time become one row.
    pub readout: Readout,
    /// Steps that gates are to remember over at the start (Tallec and Ollivier 2018); none where that is left to chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chrono: Option<usize>,
    /// Convolutions over the numbers of each step, which are a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<EncoderConfig>,
    /// Convolutions over time beside the recurrent layers (LSTM-FCN, Karim 2018); for series of numbers with one answer each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<BranchConfig>,
}

impl Network {
    /// One layer that reads forward and answers by its last state, without dropout, norms or convolutions.
    pub fn new(cell: CellName, hidden: usize) -> Self {
        Self {
            cell,
            hidden,
            layers: 1,
            bidirectional: false,
            embedding: 1,
            dropout: 0.0,
            weight_drop: 0.0,
            layer_norm: false,
            readout: Readout::Last,
            chrono: None,
            encoder: None,
            branch: None,
        }
    }
}

impl ClassifyConfig {
    /// The names of the classes; none where values are predicted.
    pub fn labels(&self) -> &[String] {
        match &self.answer {
            Answer::Classes { labels, .. } => labels,
            Answer::Value { .. } | Answer::Values { .. } => &[],
        }
    }

    /// What the answers mean: two networks whose answers mean the same may share a head.
    pub fn answer_names(&self) -> Option<&[String]> {
        match &self.answer {
            Answer::Classes { labels, .. } => Some(labels),
            Answer::Values { names, .. } => Some(names),
            Answer::Value { .. } => None,
        }
    }

    /// The task's name.
    pub fn task(&self) -> &'static str {
        super::NAMES[usize::from(!matches!(self.answer, Answer::Classes { .. }))]
    }

    /// Values of an answer: classes, or targets.
    pub fn outputs(&self) -> usize {
        match &self.answer {
            Answer::Classes { labels, .. } => labels.len().max(1),
            Answer::Value { .. } => 1,
            Answer::Values { names, .. } => names.len(),
        }
    }

    /// The names of several values; none of one, or of classes.
    pub fn targets(&self) -> &[String] {
        if let Answer::Values { names, .. } = &self.answer { names } else { &[] }
    }

    /// Channels of an item; 0 of symbols.
    pub fn channels(&self) -> usize {
        self.numbers.as_ref().map_or(0, Numbers::channels)
    }

    /// The network's sizes.
    pub fn model(&self) -> ModelConfig {
        let n = &self.network;
        let embedding = self.symbols.as_ref().map(|s| EmbeddingConfig { symbols: s.symbols, width: n.embedding });
        ModelConfig {
            layers: n.layers,
            bidirectional: n.bidirectional,
            dropout: n.dropout,
            weight_drop: n.weight_drop,
            layer_norm: n.layer_norm,
            readout: if self.each_step { Readout::EachStep } else { n.readout },
            init: Init { chrono: n.chrono, ..Init::default() },
            embedding,
            encoder: n.encoder.clone(),
            branch: n.branch.clone(),
            ..ModelConfig::new(n.cell, self.numbers.as_ref().map_or(0, Numbers::width), n.hidden, self.outputs())
        }
    }

    /// Whether convolutions over time can stand beside the recurrent layers: series of numbers with one answer each.
    pub fn takes_branch(&self) -> bool {
        self.numbers.is_some() && self.network.encoder.is_none() && !self.each_step
    }

    /// Checks that the parts fit.
    ///
    /// # Errors
    /// Names the first setting that does not, and what would.
    pub fn check(&self) -> Result<(), ClassifyError> {
        if self.numbers.is_some() == self.symbols.is_some() {
            return Err(ClassifyError::setting("input", "is either numbers or symbols"));
        }
        if let Answer::Values { names, center, spread } = &self.answer
            && (names.is_empty() || center.len() != names.len() || spread.len() != names.len())
        {
            return Err(ClassifyError::setting("answer", "needs a name, a center and a spread for each value"));
        }
        // Each of several values has a raw output of its own; a class has one of the loss's.
        let values = self.targets().len().max(1);
        if self.loss.width() * values != self.outputs() {
            return Err(ClassifyError::setting("loss", format!("`{}` does not give {} outputs", self.loss.name(), self.outputs())));
        }
        if let Some(numbers) = &self.numbers {
            numbers.check(self.each_step)?;
        }
        if !self.each_step && self.network.readout == Readout::EachStep {
            return Err(ClassifyError::setting("readout", "each-step is for data with a label a step"));
        }
        if self.network.branch.is_some() && !self.takes_branch() {
            return Err(ClassifyError::setting("fcn", "is for series of numbers with one label or value each; leave it out, or 0"));
        }
        self.loss.validate()?;
        Ok(self.model().check()?)
    }
}
