//! Options of the network, as far as tasks share them.

use gatewise_kernels::Cell;
use serde::{Deserialize, Serialize};

#[cfg(feature = "clap")]
use super::parse::{at_least_one, share, word};
use crate::task::language::{Normal, Unit};

/// The recurrent layers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[cfg_attr(feature = "clap", command(next_help_heading = "Network"))]
pub struct NetworkArgs {
    /// Recurrent cell
    #[cfg_attr(feature = "clap", arg(long, value_name = "CELL", value_parser = word::<Cell>(&Cell::NAMES)))]
    pub cell: Option<Cell>,
    /// Hidden units of each layer
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one()))]
    pub hidden: Option<usize>,
    /// Recurrent layers
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one()))]
    pub layers: Option<usize>,
}

/// What the outputs of a layer go through.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[cfg_attr(feature = "clap", command(next_help_heading = "Network"))]
pub struct LayerArgs {
    /// Share of each layer's outputs dropped in training
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share))]
    pub dropout: Option<f64>,
    /// Normalise each layer's outputs
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true))]
    pub layer_norm: Option<bool>,
}

/// The symbols of a text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[cfg_attr(feature = "clap", command(next_help_heading = "Text"))]
pub struct SymbolArgs {
    /// What a symbol of a text is
    #[cfg_attr(feature = "clap", arg(long, value_name = "UNIT", value_parser = word::<Unit>(&["char", "byte", "word", "sub-word"])))]
    pub unit: Option<Unit>,
    /// Most symbols: more characters are refused, rarer words share one symbol, sub-words are as many
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one()))]
    pub vocabulary: Option<usize>,
    /// Spelling of characters that have several, in texts, labels and prompts: nfc, nfkc or none [default: nfc]
    #[cfg_attr(feature = "clap", arg(long, value_name = "FORM", value_parser = word::<Normal>(&["nfc", "nfkc", "none"])))]
    pub normalize_unicode: Option<Normal>,
}
