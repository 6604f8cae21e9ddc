//! Forecasts of time series: windows in, quantiles over a horizon out, always beside the seasonal-naive baseline.
//!
//! A [`Table`] borrows series. [`Windows`] number every stretch of a table that can be looked back on and forecast, without copying; a
//! batch of them is scaled as it is filled, and forecasts are scaled back. The network reads segments of rows (SegRNN, Lin 2023) and answers
//! for the whole horizon at once; a linear path beside it (LSTNet, Lai 2018) starts as the seasonal-naive forecast, so that training begins at the
//! baseline and learns what it misses. [`Scorer`] holds a [`Forecaster`] against rows it never saw.

mod backtest;
mod base;
mod baseline;
mod combine;
mod config;
mod effects;
mod error;
mod evaluate;
mod file;
mod fit;
mod fitting;
mod judge;
mod limits;
mod metrics;
mod options;
mod outliers;
mod outputs;
mod plan;
mod predict;
mod scale;
mod score;
mod season;
mod spec;
mod split;
mod streaming;
mod table;
mod tuning;
mod window;

pub use backtest::{Backtest, BacktestOptions};
pub use baseline::{naive_error, seasonal_naive};
pub use combine::{
    Candidate, Combination, Combine, Expectation, Learned, MethodRun, Output, RANGE, Standing, Trial, Tried, Widths, compare,
    held_back_origins, intermittent_columns, is_intermittent, windows_of_each,
};
pub use config::{Channels, ForecastConfig, Network};
pub use effects::{Effects, TargetEffects};
pub use error::ForecastError;
pub use evaluate::{TestOptions, TestWindows, prepend};
pub use file::MAX_MEMBERS;
pub use fit::{start_quantiles, starting_model, training_scales, training_windows};
pub use fitting::{Fit, Fitted, Goal, Trained};
pub use gatewise_kernels::Cell as CellName;
pub use judge::HeldBack;
pub use limits::{Bound, Limits, TargetName};
pub use metrics::{Coverage, Errors, Metrics};
pub use options::{LossName, OptimizerName, Options, Train};
pub use outliers::{Outlier, Outliers, find_outliers};
pub use outputs::{ChannelForecast, TrialOptions, trials};
pub use plan::{Parts, Place, Plan, TRAINED_LR, Training, Usual};
pub use predict::{Features, Forecaster, Prediction};
pub use scale::{Normalize, Scale, Scales};
pub use score::{BASELINE, MethodScore, Score, Scorer, SeriesScore, StepScore};
pub use season::find_season;
pub use spec::{DataSpec, time_at};
pub use split::Split;
pub use streaming::ForecastStream;
pub use table::{Series, Table};
pub use window::{Window, Windows};
