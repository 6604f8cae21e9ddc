//! Flags of forecasters in training.

use clap::Args;
use serde::{Deserialize, Serialize};

use super::{AtOnceArgs, LimitArgs, ReadArgs, RunArgs, TrainArgs};

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
#[command(mut_arg("data", |arg| arg.help("Table to learn from: CSV, TSV, a spreadsheet, lines of JSON, Parquet or Arrow, packed with gzip or zstd or not; \"-\" is standard input")))]
#[command(mut_arg("from", |arg| arg.help("Begin with the weights of a trained forecaster, in the shape that it has; of a prior: it stands for the built-in one")))]
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
