//! Forecasts: their errors in words and as JSON, tables, the pages of a run and of an evaluation.
//!
//! | module | job |
//! |---|---|
//! | [`score`] | errors as text, JSON and a verdict |
//! | `table` | forecasts as CSV |
//! | `page`, `picture` | the page of a run, its picture |
//! | `evaluation` | the page of a trained forecaster held against the truth |
//! | `panel`, `values`, `select` | one series: its chart, its figures; which of many are drawn |
//! | `standing` | the forecast beside simple methods: badge, tiles, table |
//! | `backtest`, `steps` | forecasts of known rows: errors, coverage, drawings |
//! | `drawn` | which forecasts of known rows are drawn, their names and times |
//! | `run` | a run put together for its page |

mod backtest;
mod drawn;
mod evaluation;
mod page;
mod panel;
mod picture;
mod run;
pub mod score;
mod select;
mod standing;
mod steps;
mod table;
mod values;

pub use backtest::Backtest;
pub use drawn::{Forecasts, Kept, Source};
pub use evaluation::{Evaluation, EvaluationReport, render_evaluation};
pub use page::render_forecast;
pub use picture::forecast_picture;
pub use run::{Run, notes_on_lengths, notes_on_means};
pub use select::pick_panels;
pub use table::ForecastTable;

use gatewise_data::Choice;
use serde::Serialize;

use crate::EpochRow;

/// All that the page of a forecast shows. Texts are plain: the page escapes them.
#[derive(Debug, Clone, Serialize)]
pub struct ForecastReport {
    /// Heading of the page.
    pub title: String,
    /// The command line that made the run.
    pub command: String,
    /// When it was made, as text.
    pub created: String,
    /// Name and value: model size, time taken, seed, rows read.
    pub facts: Vec<(String, String)>,
    /// Settings that were guessed: what, the value, the setting that overrides it.
    pub guesses: Vec<Choice>,
    /// What was found in the data and deserves the reader's attention.
    pub warnings: Vec<String>,
    /// Forecasts of held-back rows; none where no rows were held back.
    pub backtest: Option<Backtest>,
    /// The outcome in one or two sentences.
    pub verdict: String,
    /// The training, an entry an epoch.
    pub epochs: Vec<EpochRow>,
    /// The series or channels drawn; a page shows few of many.
    pub panels: Vec<Panel>,
    /// How many series or channels the run forecast.
    pub total_panels: usize,
    /// The run's `config.toml`.
    pub settings: String,
}

/// One series or channel.
#[derive(Debug, Clone, Serialize)]
pub struct Panel {
    /// Name of the series or channel.
    pub name: String,
    /// What the time axis counts.
    pub time: String,
    /// What was observed and is forecast, with its unit where that is known.
    pub value: String,
    /// Observations as (position on the time axis, time as text, value), in order of position.
    pub history: Vec<(f64, String, f64)>,
    /// The part kept from training, with what the model and the baseline said of it.
    pub held_back: Option<HeldBack>,
    /// The steps ahead, in order of position.
    pub forecast: Vec<ForecastRow>,
    /// Levels of [`ForecastRow::quantiles`], each in (0, 1).
    pub quantile_levels: Vec<f64>,
    /// A remark printed under the chart.
    pub note: Option<String>,
}

/// The held-back part of one series.
#[derive(Debug, Clone, Serialize)]
pub struct HeldBack {
    /// A row a time step.
    pub rows: Vec<HeldBackRow>,
}

/// One time step of the held-back part, in units of the data.
#[derive(Debug, Clone, Serialize)]
pub struct HeldBackRow {
    /// Position on the time axis, on the scale of [`Panel::history`].
    pub position: f64,
    /// The time as text.
    pub label: String,
    /// What was observed; not a number where it is missing.
    pub truth: f64,
    /// The model's forecast.
    pub model: f64,
    /// The seasonal-naive forecast.
    pub baseline: f64,
}

/// One step of the forecast, in units of the data.
#[derive(Debug, Clone, Serialize)]
pub struct ForecastRow {
    /// Position on the time axis, on the scale of [`Panel::history`].
    pub position: f64,
    /// The time as text.
    pub label: String,
    /// The point forecast.
    pub median: f64,
    /// Values at [`Panel::quantile_levels`], in their order.
    pub quantiles: Vec<f64>,
}
