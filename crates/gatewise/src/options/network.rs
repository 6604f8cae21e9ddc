//! Options of the network, as far as tasks share them.

use gatewise_kernels::Cell;
use serde::{Deserialize, Serialize};

#[cfg(feature = "clap")]
use super::parse::{at_least_one, share, word};

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
