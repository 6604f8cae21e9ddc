//! Flags of forecasters in training.

use clap::Args;
use gatewise::task::forecast::{Channels, Combine, MAX_MEMBERS, Normalize};
use serde::{Deserialize, Serialize};

use super::words::{any_count, at_least_one, at_most, word};
use super::{AtOnceArgs, LayerArgs, LimitArgs, NetworkArgs, ReadArgs, RunArgs, TrainingArgs};

/// Train on a table and forecast beyond its end.
///
/// The last rows of each series are held back first: a network that never saw them and simple methods (last value, drift, seasonal naive, theta,
/// ETS, AR, for intermittent demand Croston and TSB) forecast them from several rows on. What each counts for in the forecast, how wide intervals have to
/// be and what error to expect comes from there. Then the network is trained anew on all rows, for as many passes over them as the first one needed.
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
/// The last rows of each series are held back first, to judge the model beside simple methods; then it is trained anew on all rows. With --test-from
/// rows from there on are never seen, and those from --valid-from to there decide when to stop.
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
    pub limit: LimitArgs,
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
    /// Rows of a season, such as 12 for months or 24 for hours, or of several, such as 24,168; 1 for none
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = at_least_one(), help_heading = "Forecast")]
    #[serde(default, with = "super::words::one_or_many")]
    pub season: Option<Vec<usize>>,
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
    /// How the network and the simple methods become one forecast: weighted by their errors on held-back windows, the best of them, or the
    /// network alone
    #[arg(long, value_name = "WAY", value_parser = word::<Combine>(&["auto", "best", "network"]), help_heading = "Forecast")]
    pub combine: Option<Combine>,
    /// Most held-back windows of each series, by which forecasts are weighted, judged and their intervals calibrated; 0 for none
    #[arg(long, value_name = "N", value_parser = any_count(), help_heading = "Forecast")]
    pub backtest_windows: Option<usize>,
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
    #[arg(long, value_name = "N", value_parser = at_most(MAX_MEMBERS as u64), help_heading = "Training")]
    pub seeds: Option<usize>,
    #[command(flatten)]
    #[serde(flatten)]
    pub training: TrainingArgs,
}
