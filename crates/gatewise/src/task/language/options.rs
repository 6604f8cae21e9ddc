//! Options of a language model in training. Every field may be left open: [`Plan`](super::Plan) fills it in from the text.

use serde::{Deserialize, Serialize};

use super::symbols::SymbolArgs;

#[cfg(feature = "clap")]
use crate::options::parse::{any_count, at_least_one, not_negative, share, up_to_half};
use crate::options::{LayerArgs, NetworkArgs, TrainingArgs};

/// What a text is taken for, and how a language model of it is trained. What is not given is chosen from the text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[cfg_attr(feature = "clap", command(mut_arg("batch", |arg| arg.help("Texts read side by side, each with a state that is carried on"))))]
#[cfg_attr(
    feature = "clap",
    command(mut_arg("patience", |arg| arg.help("Readings of the held-back part without a better loss before training stops")))
)]
#[cfg_attr(
    feature = "clap",
    command(mut_arg("time_limit", |arg| arg.help("Longest time for training, for which sizes and steps are then chosen: 90s, 10m, 2h")))
)]
pub struct Options {
    /// Symbols, and their spelling.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub symbols: SymbolArgs,
    /// Share of the text, at its end, that is held back
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = up_to_half, help_heading = "Text"))]
    pub valid_share: Option<f64>,
    /// Characters of the sample shown as training goes; 0 for none
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = any_count(), help_heading = "Output"))]
    pub sample: Option<usize>,
    /// The recurrent layers.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub network: NetworkArgs,
    /// Length of a symbol's vector
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Network"))]
    pub embedding: Option<usize>,
    /// What the outputs of a layer go through.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub layer: LayerArgs,
    /// Share of the last layer's outputs that training drops [default: as between the layers]
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share, help_heading = "Network"))]
    pub output_dropout: Option<f64>,
    /// Share of the values of the symbols' vectors that training drops
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share, help_heading = "Network"))]
    pub input_dropout: Option<f64>,
    /// Share of the symbols that training drops whole, wherever they stand in a step's windows
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share, help_heading = "Network"))]
    pub embedding_dropout: Option<f64>,
    /// Weight in the loss of large outputs of the last layer (activation regularisation)
    #[cfg_attr(feature = "clap", arg(long, value_name = "WEIGHT", value_parser = not_negative, help_heading = "Network"))]
    pub activation_penalty: Option<f64>,
    /// Weight in the loss of outputs that change from symbol to symbol (temporal activation regularisation)
    #[cfg_attr(feature = "clap", arg(long, value_name = "WEIGHT", value_parser = not_negative, help_heading = "Network"))]
    pub slowness_penalty: Option<f64>,
    /// Outputs that a step of training computes of a large vocabulary: half the most frequent ones, half drawn from the rest; 0 for all
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = any_count(), help_heading = "Network"))]
    pub sampled_outputs: Option<usize>,
    /// A text drops the same outputs at every step of a window
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network"))]
    pub variational: Option<bool>,
    /// Share of the weights from the state that training drops
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share, help_heading = "Network"))]
    pub weight_drop: Option<f64>,
    /// Probability with which a value of the state stays what it was in a step of training
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share, help_heading = "Network"))]
    pub zoneout: Option<f64>,
    /// The vectors of the symbols are the weights of the output too
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network"))]
    pub tied: Option<bool>,
    /// Symbols that a gradient flows back through
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training"))]
    pub window: Option<usize>,
    /// Every pass over the text cuts it into windows at other places
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Training"))]
    pub shift_windows: Option<bool>,
    /// A window begins with the state in which the one before it ended; without, each begins anew, in a random order
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Training"))]
    pub carry_state: Option<bool>,
    /// Share of the steps, the last ones, whose weights are averaged; 0 for the weights of the last step
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share, help_heading = "Training"))]
    pub average: Option<f64>,
    /// Steps after which the held-back part is read [default: as often as costs little]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training"))]
    pub validate_every: Option<usize>,
    /// The training loop.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub training: TrainingArgs,
}

impl Options {
    /// Settles what the weights of `base` settle: symbols, sizes, the cell. `place` names the model in errors.
    ///
    /// # Errors
    /// A setting that was given otherwise.
    pub fn pin(&mut self, base: &super::LanguageModel, place: &str) -> Result<(), crate::Error> {
        use crate::options::pin;
        let config = base.model.config();
        let width = config.embedding.map_or(0, |e| e.width);
        pin("normalize-unicode", &mut self.symbols.normalize_unicode, base.vocabulary.normal(), place)?;
        pin("unit", &mut self.symbols.unit, base.vocabulary.unit(), place)?;
        pin("cell", &mut self.network.cell, config.cell, place)?;
        pin("hidden", &mut self.network.hidden, config.hidden, place)?;
        pin("layers", &mut self.network.layers, config.layers, place)?;
        pin("embedding", &mut self.embedding, width, place)?;
        pin("tied", &mut self.tied, config.tied, place)?;
        pin("layer-norm", &mut self.layer.layer_norm, config.layer_norm, place)
    }
}
