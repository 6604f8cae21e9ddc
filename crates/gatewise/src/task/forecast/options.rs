//! Options of a forecaster. Every field may be left open: [`Plan`](super::Plan) fills it in from the data.

use serde::{Deserialize, Serialize};

use super::{Bound, Channels, Combine, Normalize, Outliers, TargetName};
use crate::error::Error;
#[cfg(feature = "clap")]
use crate::options::parse::{any_count, at_least_one, at_most, word};
use crate::options::{LayerArgs, NetworkArgs, TrainingArgs};

/// What the network is trained by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossName {
    /// The pinball loss of quantiles.
    Quantile,
    /// Mean squared error.
    Mse,
    /// Mean absolute error.
    Mae,
    /// Squared near zero, absolute beyond (Huber 1964).
    Huber,
    /// The likelihood of a normal distribution.
    Gaussian,
    /// The likelihood of Student's distribution.
    StudentT,
}

/// Which optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerName {
    /// Adam (Kingma and Ba 2015).
    Adam,
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    Adamw,
    /// Gradient descent with Nesterov's momentum.
    Sgd,
}

/// Whether networks are trained on the data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Train {
    /// Where there are rows enough to learn from.
    #[default]
    Auto,
    /// Never: the built-in prior forecasts alone, unless windows are held back.
    None,
    /// Wherever there is a window to learn from.
    Full,
}

/// What is forecast, and how that is learned. What is not given is chosen from the data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
pub struct Options {
    /// Rows to forecast
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Forecast"))]
    pub horizon: Option<usize>,
    /// Whether a network is trained on the data: where there are rows enough, never (a network that has seen synthetic series alone answers at once), or
    /// wherever there is a window to learn from
    #[cfg_attr(feature = "clap", arg(long, value_name = "WHEN", value_parser = word::<Train>(&["auto", "none", "full"]), help_heading = "Forecast"))]
    pub train: Option<Train>,
    /// Rows the network looks back on
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Forecast"))]
    pub lookback: Option<usize>,
    /// Rows of a season, such as 12 for months or 24 for hours, or of several, such as 24,168; 1 for none
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_delimiter = ',', value_parser = at_least_one(), help_heading = "Forecast"))]
    #[serde(default, with = "crate::options::parse::one_or_many")]
    pub season: Option<Vec<usize>>,
    /// Rows the network reads in one step; divides the lookback
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Forecast"))]
    pub segment: Option<usize>,
    /// Each channel a sequence of its own, or all in one window
    #[cfg_attr(feature = "clap", arg(long, value_name = "WAY", value_parser = word::<Channels>(&["independent", "joint"]), help_heading = "Forecast"))]
    pub channels: Option<Channels>,
    /// Where the level and spread of a window come from
    #[cfg_attr(feature = "clap", arg(long, value_name = "WAY", value_parser = word::<Normalize>(&["window", "series", "none"]), help_heading = "Forecast"))]
    pub normalize: Option<Normalize>,
    /// Forecast the logarithm: for positive values that swing more the higher they are
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Forecast"))]
    pub log: Option<bool>,
    /// Cut forecasts at zero: for counts, amounts and concentrations
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Forecast"))]
    pub nonnegative: Option<bool>,
    /// Least value of forecasts, of all targets or of one: 0, or pm2.5=0,TEMP=-60
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "[COLUMN=]NUMBER", value_delimiter = ',', allow_hyphen_values = true, help_heading = "Forecast")
    )]
    #[serde(default, with = "crate::options::parse::one_or_many")]
    pub min: Option<Vec<Bound>>,
    /// Greatest value of forecasts, of all targets or of one
    #[cfg_attr(
        feature = "clap",
        arg(long, value_name = "[COLUMN=]NUMBER", value_delimiter = ',', allow_hyphen_values = true, help_heading = "Forecast")
    )]
    #[serde(default, with = "crate::options::parse::one_or_many")]
    pub max: Option<Vec<Bound>>,
    /// Targets whose forecasts are whole numbers, or all
    #[cfg_attr(feature = "clap", arg(long, value_name = "COLUMNS", value_delimiter = ',', help_heading = "Forecast"))]
    #[serde(default, with = "crate::options::parse::one_or_many")]
    pub whole: Option<Vec<TargetName>>,
    /// What becomes of single values far from all others that do not come again at a pace: they count as the value before them, in what is
    /// learned from, looked back on and held back, or as they are [default: replace]
    #[cfg_attr(feature = "clap", arg(long, value_name = "WAY", value_parser = word::<Outliers>(&["replace", "keep"]), help_heading = "Forecast"))]
    pub outliers: Option<Outliers>,
    /// Levels of the intervals
    #[cfg_attr(feature = "clap", arg(long, value_name = "LEVELS", value_delimiter = ',', help_heading = "Forecast"))]
    pub quantiles: Option<Vec<f64>>,
    /// First row that decides when to stop: a time, or a row number from 1
    #[cfg_attr(feature = "clap", arg(long, value_name = "TIME|ROW", help_heading = "Forecast"))]
    pub valid_from: Option<String>,
    /// First row held back from training: a time, or a row number from 1
    #[cfg_attr(feature = "clap", arg(long, value_name = "TIME|ROW", help_heading = "Forecast"))]
    pub test_from: Option<String>,
    /// How the network and the simple methods become one forecast: weighted by their errors on held-back windows, the best of them, or the
    /// network alone
    #[cfg_attr(feature = "clap", arg(long, value_name = "WAY", value_parser = word::<Combine>(&["auto", "best", "network"]), help_heading = "Forecast"))]
    pub combine: Option<Combine>,
    /// Most held-back windows of each series, by which forecasts are weighted, judged and their intervals calibrated; 0 for none
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = any_count(), help_heading = "Forecast"))]
    pub backtest_windows: Option<usize>,
    /// Keep the model that never saw the held-back rows, instead of training anew on all rows
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Forecast"))]
    pub no_refit: Option<bool>,
    /// The recurrent layers.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub network: NetworkArgs,
    /// What the outputs of a layer go through.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub layer: LayerArgs,
    /// Fine-tune the prior on the data too, beside the network; kept where that gains [default: with many windows and no limit]
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Training"))]
    pub tune_prior: Option<bool>,
    /// A linear path beside the network, which starts as the seasonal-naive forecast
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network"))]
    pub skip: Option<bool>,
    /// What the network is trained by
    #[cfg_attr(feature = "clap", arg(long, value_name = "LOSS", value_parser = word::<LossName>(&["quantile", "mse", "mae", "huber", "gaussian", "student-t"]), help_heading = "Training"))]
    pub loss: Option<LossName>,
    /// Optimiser
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME", value_parser = word::<OptimizerName>(&["adam", "adamw", "sgd"]), help_heading = "Training"))]
    pub optimizer: Option<OptimizerName>,
    /// Networks trained from different seeds, whose forecasts are averaged
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_most(super::MAX_MEMBERS as u64), help_heading = "Training"))]
    pub seeds: Option<usize>,
    /// The training loop.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(flatten)]
    pub training: TrainingArgs,
}

impl Options {
    /// Rows to forecast.
    ///
    /// # Errors
    /// They are left open, which nothing in the data decides.
    pub fn asked_horizon(&self) -> Result<usize, Error> {
        self.horizon.ok_or_else(|| Error::usage("how many rows to forecast?").help("⦃horizon⦄ N, such as ⦃horizon⦄ 12"))
    }
}
