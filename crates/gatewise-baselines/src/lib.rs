//! Forecasting methods every network must beat, from the mean of a series to ETS, theta and autoregressions.
//!
//! [`fit`] takes one series, oldest row first, and gives a [`Fitted`] method, which forecasts any horizon with the standard deviation of
//! its errors by step and takes further rows without a refit. Everything is deterministic and single-threaded; no input makes it panic
//! or return a value that is not finite.
//!
//! ```
//! use gatewise_baselines::{Method, fit};
//!
//! let y = [3.0, 5.0, 7.0, 9.0, 11.0];
//! let drift = fit(Method::Drift, &y, &[]).expect("five rows are enough");
//! assert_eq!(drift.forecast(2).mean, [13.0, 15.0]);
//! ```
#![forbid(unsafe_code)]

mod ar;
mod descend;
mod ets;
#[cfg(test)]
mod extend;
mod fitted;
#[cfg(test)]
mod golden;
mod intermittent;
mod linear;
mod method;
mod model;
mod naive;
pub mod regressors;
mod search;
mod season;
#[cfg(test)]
mod testing;
mod theta;
mod units;

pub use fitted::{Fitted, fit};
pub use method::Method;
pub use model::Forecast;
