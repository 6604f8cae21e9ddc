//! Options of the random changes in training.

use serde::{Deserialize, Serialize};

#[cfg(feature = "clap")]
use crate::options::parse::{not_negative, share};

/// How training items are changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[cfg_attr(feature = "clap", command(next_help_heading = "Augmentation"))]
pub struct AugmentArgs {
    /// Noise on numbers in training, in standard deviations
    #[cfg_attr(feature = "clap", arg(long, value_name = "STD", value_parser = not_negative))]
    pub jitter: Option<f64>,
    /// Spread of a random factor on each channel
    #[cfg_attr(feature = "clap", arg(long, value_name = "STD", value_parser = not_negative))]
    pub scale: Option<f64>,
    /// Spread of a random offset on each channel
    #[cfg_attr(feature = "clap", arg(long, value_name = "STD", value_parser = not_negative))]
    pub shift: Option<f64>,
    /// Share by which time runs faster or slower in places
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share))]
    pub warp: Option<f64>,
    /// Most rows cut off at the ends, as a share
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share))]
    pub crop: Option<f64>,
    /// Longest stretch of rows blotted out, as a share
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share))]
    pub mask_time: Option<f64>,
    /// Widest block of channels blotted out, as a share
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share))]
    pub mask_channels: Option<f64>,
    /// Share of the symbols of a text that become unknown
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = share))]
    pub drop_symbols: Option<f64>,
}
