//! What can go wrong between a table and a forecast.

use crate::error::{Error, Kind, ModelError};
use crate::loss::LossError;

/// Why a forecaster could not be made or used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ForecastError {
    /// A setting that does not fit.
    #[error("{setting} {problem}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The network cannot be built.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The loss cannot be used.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// A value that has no logarithm.
    #[error("{} column {channel}: {value} at row {row} has no logarithm; forecast it without ⦃log⦄", series_name(.series))]
    NotPositive {
        /// Id of the series, may be empty.
        series: String,
        /// Number of the target column, from 1.
        channel: usize,
        /// Row of the series, from 1.
        row: usize,
        /// The value.
        value: f64,
    },
    /// No series is long enough.
    #[error("the longest series has {longest} rows, and a window of {past} rows with {horizon} to forecast needs {}", .past + .horizon)]
    TooShort {
        /// Rows of the longest series, as far as it is for training.
        longest: usize,
        /// Rows looked back on, at least.
        past: usize,
        /// Rows forecast.
        horizon: usize,
    },
    /// The table has other known covariates than the forecaster was trained on.
    #[error("the model knows {expected} covariates beyond the end of the targets; of the table's {known} are read so (⦃future⦄)")]
    Known {
        /// Covariates of the model.
        expected: usize,
        /// Covariates of the table.
        known: usize,
    },
    /// The table has other columns than the forecaster was trained on.
    #[error("the model forecasts {expected_targets} and reads {expected_covariates} covariates; the table has {targets} and {covariates}")]
    Columns {
        /// Targets of the model.
        expected_targets: usize,
        /// Covariates of the model.
        expected_covariates: usize,
        /// Targets of the table.
        targets: usize,
        /// Covariates of the table.
        covariates: usize,
    },
}

fn series_name(id: &str) -> String {
    if id.is_empty() { String::new() } else { format!("series \"{id}\",") }
}

impl ForecastError {
    pub(crate) fn setting(setting: &'static str, problem: impl Into<String>) -> Self {
        Self::Setting { setting, problem: problem.into() }
    }

    /// Whether settings are at fault and not the data.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Setting { .. } | Self::Model(_) | Self::Loss(_))
    }
}

impl From<ForecastError> for Error {
    fn from(error: ForecastError) -> Self {
        Self::new(if error.is_usage() { Kind::Usage } else { Kind::Data }, error.to_string())
    }
}
