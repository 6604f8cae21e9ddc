//! Options of the parts that items are split into.

use serde::{Deserialize, Serialize};

#[cfg(feature = "clap")]
use crate::options::parse::{seed, up_to_half, up_to_nine_tenths};

/// Which items are learned from, which decide when to stop, and which are held back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[cfg_attr(feature = "clap", command(next_help_heading = "Parts"))]
pub struct PartArgs {
    /// Share of the items, of each class alike, that decides when to stop
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = up_to_half))]
    pub valid_share: Option<f64>,
    /// Share of the items, of each class alike, that is held back and scored at the end
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", value_parser = up_to_nine_tenths, conflicts_with_all = ["test_regex", "fold"]))]
    pub test_share: Option<f64>,
    /// Items whose name matches are held back and scored at the end
    #[cfg_attr(feature = "clap", arg(long, value_name = "REGEX", conflicts_with = "fold"))]
    pub test_regex: Option<String>,
    /// Hold back the K-th of N parts, as 1/5; the N parts together are all items
    #[cfg_attr(feature = "clap", arg(long, value_name = "K/N"))]
    pub fold: Option<String>,
    /// Items that belong together, as those of a person, stay in one part: a column, or a pattern of the items' names; none splits them
    #[cfg_attr(feature = "clap", arg(long, value_name = "COLUMN|REGEX"))]
    pub group: Option<String>,
    /// Start of the random choice of the parts [default: 1]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = seed()))]
    pub split_seed: Option<u64>,
}
