//! What a network is made of, as it stands in configuration and model files.

use gatewise_kernels::{Cell, Dims};
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::layer::{BranchConfig, EmbeddingConfig, EncoderConfig, LinearSkipConfig, MAX_SIZE, Readout, SampledConfig, StackConfig};

/// Sizes and options of a network: encoder → recurrent stack → readout → dense head, with a linear path beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Features of a step as a batch holds them, the embedding not counted.
    pub input: usize,
    /// Values of an output row, as horizon · targets · width of the loss.
    pub outputs: usize,
    /// Recurrent cell.
    pub cell: Cell,
    /// Hidden units H of each layer and direction.
    pub hidden: usize,
    /// Recurrent layers L.
    #[serde(default = "one")]
    pub layers: usize,
    /// Whether a second direction reads each sequence from its end.
    #[serde(default)]
    pub bidirectional: bool,
    /// Share of each layer's outputs that training drops before the next layer and before the head.
    #[serde(default)]
    pub dropout: f64,
    /// Share of the last layer's outputs that training drops before the head; that of `dropout` where not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_dropout: Option<f64>,
    /// Share of the symbols' vectors' values that training drops before the first layer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub input_dropout: f64,
    /// Share of the symbols whose vectors training drops whole, wherever they stand in a batch (Gal and Ghahramani 2016).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub embedding_dropout: f64,
    /// Weight of the mean square of the last layer's outputs in the loss (activation regularisation, Merity 2017).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub activation_penalty: f64,
    /// Weight of the mean squared change of the last layer's outputs from step to step in the loss (temporal activation regularisation,
    /// Merity 2017).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub slowness_penalty: f64,
    /// Whether a sequence drops the same outputs at every step (variational dropout, Gal and Ghahramani 2016).
    #[serde(default, skip_serializing_if = "is_false")]
    pub variational: bool,
    /// Share of the weights from the state that training drops for a whole batch (Merity 2018).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub weight_drop: f64,
    /// Probability with which a value of the state keeps what it was in a step of training (zoneout, Krueger 2016).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub zoneout: f64,
    /// Whether each layer's outputs are normalised (Ba 2016).
    #[serde(default)]
    pub layer_norm: bool,
    /// Which outputs of the stack the head reads.
    #[serde(default)]
    pub readout: Readout,
    /// Starting values.
    #[serde(default)]
    pub init: Init,
    /// Convolutions over the features of each step, which are a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<EncoderConfig>,
    /// Symbols as inputs, beside the features.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<EmbeddingConfig>,
    /// Whether the head's weights are the embedding's table (Press and Wolf 2017), whose vectors are then as long as the stack is wide.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tied: bool,
    /// Outputs that a step of training computes where they are very many, instead of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<SampledConfig>,
    /// Linear path from a window to the outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<LinearSkipConfig>,
    /// Convolutions over time beside the recurrent stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<BranchConfig>,
}

fn one() -> usize {
    1
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// Starting values of the recurrent layers. Dense layers start uniform, ±1/√(inputs).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Init {
    /// Weights from the layer's input.
    pub input: InputInit,
    /// Weights from the state.
    pub recurrent: RecurrentInit,
    /// The LSTM's forget-gate bias, so that it remembers at first (Jozefowicz 2015); 0 leaves it drawn as the other biases are.
    pub forget_bias: f64,
    /// Steps T that gates are to remember over: the biases of forget gates (LSTM) and update gates (GRU) are ln u with u from 1 to T − 1,
    /// so that time constants spread over the whole length (Tallec and Ollivier 2018). It takes the place of `forget_bias`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chrono: Option<usize>,
}

impl Default for Init {
    fn default() -> Self {
        Self { input: InputInit::Xavier, recurrent: RecurrentInit::Orthogonal, forget_bias: 1.0, chrono: None }
    }
}

/// Starting weights from a recurrent layer's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputInit {
    /// Uniform with the variance of Glorot 2010, gate by gate.
    Xavier,
    /// Uniform ±1/√H, as PyTorch.
    Uniform,
}

/// Starting weights from a recurrent layer's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecurrentInit {
    /// A random orthogonal matrix for each gate (Saxe 2014).
    Orthogonal,
    /// Uniform ±1/√H, as PyTorch.
    Uniform,
}

impl ModelConfig {
    /// A one-layer network with the usual options.
    pub fn new(cell: Cell, input: usize, hidden: usize, outputs: usize) -> Self {
        Self {
            input,
            outputs,
            cell,
            hidden,
            layers: 1,
            bidirectional: false,
            dropout: 0.0,
            output_dropout: None,
            input_dropout: 0.0,
            embedding_dropout: 0.0,
            activation_penalty: 0.0,
            slowness_penalty: 0.0,
            variational: false,
            weight_drop: 0.0,
            zoneout: 0.0,
            layer_norm: false,
            readout: Readout::Last,
            init: Init::default(),
            encoder: None,
            embedding: None,
            tied: false,
            sampled: None,
            skip: None,
            branch: None,
        }
    }

    /// Features of a step after the encoder and with the embedding: what the first recurrent layer reads.
    pub fn features(&self) -> usize {
        self.encoder.as_ref().map_or(self.input, |e| e.outputs).saturating_add(self.embedding.map_or(0, |e| e.width))
    }

    /// Of these, what does not come from the embedding.
    pub fn encoded(&self) -> usize {
        self.features() - self.embedding.map_or(0, |e| e.width)
    }

    /// Directions D.
    pub fn directions(&self) -> usize {
        1 + usize::from(self.bidirectional)
    }

    /// Width D·H of the stack's output.
    pub fn width(&self) -> usize {
        self.directions() * self.hidden
    }

    /// Width of the rows that the head reads: the readout's, then the branch's.
    pub fn read_width(&self) -> usize {
        self.readout.factor() * self.width() + self.branch.as_ref().map_or(0, BranchConfig::outputs)
    }

    /// Sizes of the cells of layer `layer`.
    pub fn dims(&self, layer: usize) -> Dims {
        self.stack().dims(layer)
    }

    /// The recurrent stack.
    pub fn stack(&self) -> StackConfig {
        StackConfig {
            cell: self.cell,
            input: self.features(),
            hidden: self.hidden,
            layers: self.layers,
            bidirectional: self.bidirectional,
            dropout: self.dropout,
            variational: self.variational,
            weight_drop: self.weight_drop,
            zoneout: self.zoneout,
            layer_norm: self.layer_norm,
        }
    }

    /// Checks that a network of these sizes can be built.
    ///
    /// # Errors
    /// Names the first field that is out of range, and the range. Sizes are bounded so that a damaged model file cannot ask for absurd memory.
    pub fn check(&self) -> Result<(), ModelError> {
        if self.layers > MAX_LAYERS {
            return Err(ModelError::Size { field: "layers", value: self.layers, max: MAX_LAYERS });
        }
        let sizes =
            [("hidden", self.hidden), ("layers", self.layers), ("outputs", self.outputs), ("input + embedding.width", self.features())];
        let skip = self.skip.iter().flat_map(|s| {
            [("skip.lookback", s.lookback), ("skip.horizon", s.horizon), ("skip.targets", s.targets), ("skip.width", s.width)]
        });
        let embedding = self.embedding.iter().flat_map(|e| [("embedding.symbols", e.symbols), ("embedding.width", e.width)]);
        for (field, value) in sizes.into_iter().chain(skip).chain(embedding) {
            if !(1..=MAX_SIZE).contains(&value) {
                return Err(ModelError::Size { field, value, max: MAX_SIZE });
            }
        }
        if let Some(encoder) = &self.encoder {
            encoder.check(self.input)?;
        }
        if let Some(branch) = &self.branch {
            branch.check()?;
            if self.readout == Readout::EachStep || self.encoder.is_some() || self.embedding.is_some() {
                return Err(ModelError::Branch);
            }
        }
        self.check_regularisation()?;
        if self.weight_drop > 0.0 && !self.cell.spec().recurrent {
            return Err(ModelError::NoStateWeights { cell: self.cell.spec().name });
        }
        let (symbols, width) = self.embedding.map_or((0, 0), |e| (e.symbols, e.width));
        if self.tied && (symbols, width) != (self.outputs, self.read_width()) {
            return Err(ModelError::Tied { symbols, width, outputs: self.outputs, hidden: self.read_width() });
        }
        if let Some(skip) = self.skip
            && (skip.horizon.saturating_mul(skip.targets).saturating_mul(skip.width) != self.outputs || self.readout == Readout::EachStep)
        {
            return Err(ModelError::LinearSkip { horizon: skip.horizon, targets: skip.targets, width: skip.width, outputs: self.outputs });
        }
        let parameters = self.parameters();
        if parameters > MAX_PARAMETERS {
            return Err(ModelError::TooLarge { setting: self.largest(), parameters, max: MAX_PARAMETERS });
        }
        Ok(())
    }

    /// Checks what training hides and adds.
    fn check_regularisation(&self) -> Result<(), ModelError> {
        let shares = [
            ("dropout", self.dropout),
            ("output_dropout", self.output_dropout()),
            ("input_dropout", self.input_dropout),
            ("embedding_dropout", self.embedding_dropout),
            ("weight_drop", self.weight_drop),
            ("zoneout", self.zoneout),
        ];
        if let Some((field, value)) = shares.into_iter().find(|(_, share)| !(0.0..1.0).contains(share)) {
            return Err(ModelError::Share { field, value });
        }
        let penalties = [("activation_penalty", self.activation_penalty), ("slowness_penalty", self.slowness_penalty)];
        if let Some((field, value)) = penalties.into_iter().find(|(_, weight)| !(weight.is_finite() && *weight >= 0.0)) {
            return Err(ModelError::Penalty { field, value });
        }
        let each_step = self.readout == Readout::EachStep && !self.bidirectional;
        let needs = [
            ("activation_penalty", self.activation_penalty > 0.0 && !each_step, "a readout at each step in one direction"),
            ("slowness_penalty", self.slowness_penalty > 0.0 && !each_step, "a readout at each step in one direction"),
            ("input_dropout", self.input_dropout > 0.0 && !self.reads_symbols(), "symbols as its only input"),
            ("embedding_dropout", self.embedding_dropout > 0.0 && !self.reads_symbols(), "symbols as its only input"),
            (
                "sampled",
                self.sampled.is_some() && !(each_step && self.reads_symbols()),
                "symbols as its only input, and a readout at each step",
            ),
        ];
        match needs.into_iter().find(|(_, lacks, _)| *lacks) {
            Some((field, _, needed)) => Err(ModelError::Needs { field, needed }),
            None => Ok(()),
        }
    }

    /// Whether symbols are all that the network reads.
    pub fn reads_symbols(&self) -> bool {
        self.embedding.is_some() && self.encoded() == 0
    }

    /// Share of the outputs dropped before the head.
    pub fn output_dropout(&self) -> f64 {
        self.output_dropout.unwrap_or(self.dropout)
    }

    /// Number of parameters.
    pub fn parameters(&self) -> u128 {
        let wide = |n: usize| n as u128;
        let layers: u128 = (0..self.layers.min(2))
            .map(|layer| {
                let Dims { cell, input, hidden } = self.dims(layer);
                let repeats = if layer == 0 { 1 } else { wide(self.layers) - 1 };
                // Gates that see the input alone have neither weights from the state nor its bias.
                let from_state = if cell.spec().recurrent { wide(hidden) + 1 } else { 0 };
                let cells = wide(self.directions()) * wide(cell.gates()) * wide(hidden) * (wide(input) + 1 + from_state);
                repeats * (cells + if self.layer_norm { 2 * wide(self.width()) } else { 0 })
            })
            .sum();
        let head = wide(self.outputs) * (if self.tied { 0 } else { wide(self.read_width()) } + 1);
        let attention = if self.readout == Readout::Attention { wide(self.width()) } else { 0 };
        let embedding = self.embedding.map_or(0, |e| wide(e.symbols) * wide(e.width));
        let skip = self.skip.map_or(0, |s| wide(s.horizon) * (wide(s.lookback) + 1));
        let encoder = self.encoder.as_ref().map_or(0, EncoderConfig::parameters);
        let branch = self.branch.as_ref().map_or(0, |b| b.parameters(self.input));
        layers + attention + head + embedding + skip + encoder + branch
    }
}

impl From<&ModelConfig> for StackConfig {
    fn from(config: &ModelConfig) -> Self {
        config.stack()
    }
}

/// Most recurrent layers: no gradient reaches through more.
const MAX_LAYERS: usize = 1000;
/// Most parameters: 16 GiB of `f32` with gradients and two moments.
const MAX_PARAMETERS: u128 = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_every_field_and_refuses_others() {
        for cell in Cell::ALL {
            let config = ModelConfig {
                skip: Some(LinearSkipConfig { lookback: 4, horizon: 3, targets: 1, width: 2, all: true }),
                ..ModelConfig::new(cell, 2, 8, 6)
            };
            let json = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<ModelConfig>(&json).unwrap(), config);
            let unknown = json.replacen("\"input\"", "\"inputs\":1,\"input\"", 1);
            assert!(serde_json::from_str::<ModelConfig>(&unknown).unwrap_err().to_string().contains("inputs"));
        }
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let good = ModelConfig::new(Cell::Gru, 1, 8, 6);
        assert!(good.check().is_ok());
        let skip = LinearSkipConfig { lookback: 4, horizon: 5, targets: 1, width: 1, all: true };
        let bad = [
            ModelConfig { hidden: 0, ..good.clone() },
            ModelConfig { layers: usize::MAX, ..good.clone() },
            ModelConfig { hidden: 1 << 20, ..good.clone() },
            ModelConfig { input: 0, ..good.clone() },
            ModelConfig { dropout: 1.0, ..good.clone() },
            ModelConfig { dropout: f64::NAN, ..good.clone() },
            ModelConfig { skip: Some(skip), ..good.clone() },
        ];
        for config in bad {
            assert!(config.check().is_err(), "{config:?}");
        }
    }
}
