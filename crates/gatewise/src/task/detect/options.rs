//! Options of a detector. Every field may be left open: [`Plan`](super::Plan) fills it in from the table.

use serde::{Deserialize, Serialize};

use crate::options::NetworkArgs;
#[cfg(feature = "clap")]
use crate::options::parse::{any_count, at_least_one, duration_text, seed};

/// What is learned of the rows, and when an alarm is raised.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
pub struct Options {
    /// Share of ordinary rows that may raise a false alarm, such as 1e-4; the threshold follows from it
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHARE", help_heading = "Alarms"))]
    pub false_alarms: Option<f64>,
    /// False alarms that are expected in the whole table, instead of their share
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", conflicts_with = "false_alarms", help_heading = "Alarms"))]
    pub expect: Option<f64>,
    /// Rows for which an event keeps weaker evidence from raising another alarm
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = any_count(), help_heading = "Alarms"))]
    pub hold: Option<usize>,
    /// Rows without an anomaly that end an event
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = any_count(), help_heading = "Alarms"))]
    pub join: Option<usize>,
    /// Series that are watched at most [default: 1000]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Data"))]
    pub max_series: Option<usize>,
    /// Rows of a season, such as 24 for hours; at most two, 1 for none
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_delimiter = ',', value_parser = at_least_one(), help_heading = "Network"))]
    pub season: Option<Vec<usize>>,
    /// Watch the shape of windows of N rows, 8 to 2048, by a second network that gives them back: finds a course that is odd though each value is
    /// plausible. One is read every N/8 rows, and what it says holds until the next. Without N the shortest season; 0 for none, as without the flag
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "auto", help_heading = "Network"))]
    pub shapes: Option<String>,
    /// The recurrent layers.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub network: NetworkArgs,
    /// Learning rate of the first steps
    #[cfg_attr(feature = "clap", arg(long, value_name = "RATE", help_heading = "Training"))]
    pub lr: Option<f64>,
    /// Training steps for each of the first rows; 0 learns scales and tails alone
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", help_heading = "Training"))]
    pub effort: Option<f64>,
    /// Time between writings of the detector while it follows its rows, which is the most that is lost when it is killed [default: 10s]
    #[cfg_attr(feature = "clap", arg(long, value_name = "TIME", value_parser = duration_text, help_heading = "Training"))]
    pub checkpoint_every: Option<String>,
    /// Seed of everything random
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = seed(), help_heading = "Training"))]
    pub seed: Option<u64>,
}
