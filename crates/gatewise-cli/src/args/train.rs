//! Flags that settle what is trained and how.

use clap::Args;
use gatewise::task::forecast::{CellName, Channels, Normalize};
use serde::{Deserialize, Serialize};

use super::words::{at_least_one, duration_text, word};

/// What the network is trained by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossName {
    Quantile,
    Mse,
    Mae,
    Huber,
    Gaussian,
    StudentT,
}

/// Which optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerName {
    Adam,
    Adamw,
    Sgd,
}

/// How the learning rate changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleName {
    Constant,
    Step,
    Cosine,
    OneCycle,
    Plateau,
}

/// How much time the guesses may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    Fast,
    Balanced,
    Best,
}

/// What is trained and how. What is not given is guessed from the data and printed.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainArgs {
    /// Rows to forecast
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Forecast")]
    pub horizon: Option<usize>,
    /// Rows the network looks back on
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Forecast")]
    pub lookback: Option<usize>,
    /// Rows of a season, such as 12 for months or 24 for hours; 1 for none
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Forecast")]
    pub season: Option<usize>,
    /// Rows the network reads in one step; divides the lookback
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Forecast")]
    pub segment: Option<usize>,
    /// Each channel a sequence of its own, or all in one window
    #[arg(long, value_name = "WAY", value_parser = word::<Channels>(&["independent", "joint"]), help_heading = "Forecast")]
    pub channels: Option<Channels>,
    /// Where the level and spread of a window come from
    #[arg(long, value_name = "WAY", value_parser = word::<Normalize>(&["window", "series", "none"]), help_heading = "Forecast")]
    pub normalize: Option<Normalize>,
    /// Forecast the logarithm: for positive values that swing more the higher they are
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Forecast")]
    pub log: Option<bool>,
    /// Cut forecasts at zero: for counts, amounts and concentrations
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Forecast")]
    pub nonnegative: Option<bool>,
    /// Levels of the intervals
    #[arg(long, value_name = "LEVELS", value_delimiter = ',', help_heading = "Forecast")]
    pub quantiles: Option<Vec<f64>>,
    /// First row that decides when to stop: a time, or a row number from 1
    #[arg(long, value_name = "TIME|ROW", help_heading = "Forecast")]
    pub valid_from: Option<String>,
    /// First row held back from training: a time, or a row number from 1
    #[arg(long, value_name = "TIME|ROW", help_heading = "Forecast")]
    pub test_from: Option<String>,
    /// Keep the model that never saw the held-back rows, instead of training anew on all rows
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Forecast")]
    pub no_refit: Option<bool>,

    /// Recurrent cell
    #[arg(long, value_name = "CELL", value_parser = word::<CellName>(&["lstm", "gru", "gru-reset-before", "rnn", "rnn-relu"]), help_heading = "Network")]
    pub cell: Option<CellName>,
    /// Hidden units of each layer
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Network")]
    pub hidden: Option<usize>,
    /// Recurrent layers
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Network")]
    pub layers: Option<usize>,
    /// Share of each layer's outputs dropped in training
    #[arg(long, value_name = "SHARE", help_heading = "Network")]
    pub dropout: Option<f64>,
    /// Normalise each layer's outputs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network")]
    pub layer_norm: Option<bool>,
    /// A linear path beside the network, which starts as the seasonal-naive forecast
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network")]
    pub skip: Option<bool>,

    /// How much time the guesses may cost
    #[arg(long, value_name = "PRESET", value_parser = word::<Preset>(&["fast", "balanced", "best"]), help_heading = "Training")]
    pub preset: Option<Preset>,
    /// What the network is trained by
    #[arg(long, value_name = "LOSS", value_parser = word::<LossName>(&["quantile", "mse", "mae", "huber", "gaussian", "student-t"]), help_heading = "Training")]
    pub loss: Option<LossName>,
    /// Most passes over the training windows
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub epochs: Option<usize>,
    /// Windows of a step
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub batch: Option<usize>,
    /// Learning rate
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    pub lr: Option<f64>,
    /// How the learning rate changes
    #[arg(long, value_name = "SHAPE", value_parser = word::<ScheduleName>(&["constant", "step", "cosine", "one-cycle", "plateau"]), help_heading = "Training")]
    pub schedule: Option<ScheduleName>,
    /// Optimiser
    #[arg(long, value_name = "NAME", value_parser = word::<OptimizerName>(&["adam", "adamw", "sgd"]), help_heading = "Training")]
    pub optimizer: Option<OptimizerName>,
    /// Weight decay of the optimiser
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    pub weight_decay: Option<f64>,
    /// Longest gradient, all parameters together; 0 for no limit
    #[arg(long, value_name = "NORM", help_heading = "Training")]
    pub clip_norm: Option<f64>,
    /// Epochs without a better validation loss before training stops
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub patience: Option<usize>,
    /// Most steps of the optimiser
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub max_steps: Option<usize>,
    /// Longest time for training: 90s, 10m, 2h
    #[arg(long, value_name = "TIME", value_parser = duration_text, help_heading = "Training")]
    pub time_limit: Option<String>,
    /// Start of every random choice; the same seed gives the same model
    #[arg(long, value_name = "N", help_heading = "Training")]
    pub seed: Option<u64>,
    /// Networks trained from different seeds, whose forecasts are averaged
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub seeds: Option<usize>,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub threads: Option<usize>,
}
