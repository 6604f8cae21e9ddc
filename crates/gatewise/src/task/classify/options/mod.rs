//! Options of a classifier or regressor. Every field may be left open: [`Plan`](super::Plan) fills it in from the items.

mod augment;
mod media;
mod parts;

use serde::{Deserialize, Serialize};

use super::Normalize;
use crate::model::Readout;
#[cfg(feature = "clap")]
use crate::options::parse::{any_count, at_least_one, filters, share, word};
use crate::options::{LayerArgs, NetworkArgs, TrainingArgs};
use crate::task::forecast::Combine;
use crate::task::language::SymbolArgs;
pub use augment::AugmentArgs;
pub use media::{MediaArgs, SoundFeatures, VideoChannels};
pub use parts::PartArgs;

/// Which loss of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueLoss {
    /// Mean squared error.
    Mse,
    /// Mean absolute error.
    Mae,
    /// Squared near zero, absolute beyond (Huber 1964).
    Huber,
}

/// How classes are weighted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassWeights {
    /// All alike.
    None,
    /// By how rare they are.
    Balanced,
}

/// What is learned of items, and how. What is not given is chosen from them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[cfg_attr(feature = "clap", command(mut_arg("hidden", |arg| arg.help("Hidden units of each layer and direction"))))]
#[cfg_attr(feature = "clap", command(mut_arg("batch", |arg| arg.help("Items of a step"))))]
#[cfg_attr(feature = "clap", command(mut_arg("time_limit", |arg| arg.help("Longest time for training, by which steps are then chosen: 90s, 10m, 2h"))))]
pub struct Options {
    /// The parts.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub parts: PartArgs,
    /// The symbols of texts.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub symbols: SymbolArgs,
    /// Where the level and spread of a channel come from
    #[cfg_attr(feature = "clap", arg(long, value_name = "WAY", value_parser = word::<Normalize>(&["channel", "item", "none"]), help_heading = "Numbers"))]
    pub normalize: Option<Normalize>,
    /// Rows the network reads in one step
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Numbers"))]
    pub segment: Option<usize>,
    /// The network also reads how much each channel changes from row to row
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Numbers"))]
    pub changes: Option<bool>,
    /// How the network and a simple method (MiniRocket of series of numbers, n-grams of texts, with one label each) become one answer:
    /// weighted by what they say of the items that decide when to stop, the better one of them, or the network alone
    #[cfg_attr(feature = "clap", arg(long, value_name = "WAY", value_parser = word::<Combine>(&["auto", "best", "network"])))]
    pub combine: Option<Combine>,
    /// Sound and video.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub media: MediaArgs,
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
    /// A second direction reads each item from its end
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network"))]
    pub bidirectional: Option<bool>,
    /// How the outputs over time become one row
    #[cfg_attr(feature = "clap", arg(long, value_name = "WAY", value_parser = word::<Readout>(&["last", "mean", "max", "attention", "concat"]), help_heading = "Network"))]
    pub readout: Option<Readout>,
    /// Share of the weights from the state that training drops
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share, help_heading = "Network"))]
    pub weight_drop: Option<f64>,
    /// Steps that gates are to remember over at the start; 0 leaves it to chance
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = any_count(), help_heading = "Network"))]
    pub chrono: Option<usize>,
    /// Filters of convolutions over time beside the recurrent layers, for series of numbers (LSTM-FCN has 128; 32 are quicker); 0 is none
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = filters(), help_heading = "Network"))]
    pub fcn: Option<usize>,
    /// Loss of a value
    #[cfg_attr(feature = "clap", arg(long, value_name = "LOSS", value_parser = word::<ValueLoss>(&["mse", "mae", "huber"]), help_heading = "Training"))]
    pub loss: Option<ValueLoss>,
    /// Weight of classes in the loss: none, or balanced by how rare they are
    #[cfg_attr(feature = "clap", arg(long, value_name = "WAY", value_parser = word::<ClassWeights>(&["none", "balanced"]), help_heading = "Training"))]
    pub class_weights: Option<ClassWeights>,
    /// Share of each label spread evenly over all classes
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share, help_heading = "Training"))]
    pub label_smoothing: Option<f64>,
    /// Train anew on all items but those held back, for as many steps as were best
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Training"))]
    pub refit: Option<bool>,
    /// Random changes in training.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub augment: AugmentArgs,
    /// The training loop.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub training: TrainingArgs,
}
