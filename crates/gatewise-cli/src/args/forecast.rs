//! Flags of forecasters in training.

use clap::Args;
use gatewise::task::forecast::{Channels, Normalize};
use serde::{Deserialize, Serialize};

use super::words::{at_least_one, word};
use super::{AtOnceArgs, LayerArgs, NetworkArgs, ReadArgs, RunArgs, TrainingArgs};

/// Train on a table and forecast beyond its end.
///
/// The last rows of each series are held back first, to hold a model that never saw them against the truth and against the seasonal-naive
/// forecast. Then the model is trained anew on all rows, for as many steps as the first one needed, and forecasts beyond the end.
/// What is not given is guessed from the data and printed with the flag that overrides it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  gatewise forecast samples/airline-passengers.csv --horizon 12
  gatewise forecast sales.csv --horizon 28 --target units --time day --season 7
  gatewise forecast many.csv --horizon 48 --id store --impute linear -o forecast.csv")]
pub struct ForecastArgs {
    #[command(flatten)]
    pub run: AtOnceArgs,
    #[command(flatten)]
    pub settings: ForecastSettings,
}

/// Train a forecaster on a table.
///
/// Rows from --test-from on are never seen; those from --valid-from to there decide when to stop.
#[derive(Args, Debug)]
#[command(mut_arg("data", |arg| arg.help("Table to learn from: CSV or TSV; \"-\" is standard input")))]
#[command(mut_arg("from", |arg| arg.help("Begin with the weights of a trained forecaster, in the shape that it has")))]
#[command(after_help = "\
Examples:
  gatewise train forecast ETTh1.csv --horizon 96 --valid-from 2017-06-26 --test-from 2017-10-24 -o runs/ett
  gatewise train forecast newer.csv --from runs/ett  its weights, trained on
  gatewise train forecast --resume runs/ett          go on where Ctrl-C stopped it")]
pub struct TrainForecastArgs {
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub settings: ForecastSettings,
}

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

/// Every setting of a forecaster; each flag is also a key of config.toml.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ForecastSettings {
    #[command(flatten)]
    #[serde(flatten)]
    pub read: ReadArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub forecast: TrainArgs,
}

/// What is forecast, and how that is learned. What is not given is guessed from the data and printed.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    #[command(flatten)]
    #[serde(flatten)]
    pub network: NetworkArgs,
    #[command(flatten)]
    #[serde(flatten)]
    pub layer: LayerArgs,
    /// A linear path beside the network, which starts as the seasonal-naive forecast
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true, help_heading = "Network")]
    pub skip: Option<bool>,
    /// What the network is trained by
    #[arg(long, value_name = "LOSS", value_parser = word::<LossName>(&["quantile", "mse", "mae", "huber", "gaussian", "student-t"]), help_heading = "Training")]
    pub loss: Option<LossName>,
    /// Optimiser
    #[arg(long, value_name = "NAME", value_parser = word::<OptimizerName>(&["adam", "adamw", "sgd"]), help_heading = "Training")]
    pub optimizer: Option<OptimizerName>,
    /// Networks trained from different seeds, whose forecasts are averaged
    #[arg(long, value_name = "N", value_parser = at_least_one(), help_heading = "Training")]
    pub seeds: Option<usize>,
    #[command(flatten)]
    #[serde(flatten)]
    pub training: TrainingArgs,
}
