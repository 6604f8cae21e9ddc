//! What a model did and how well, written for people and programs: one self-contained HTML page a run, stand-alone SVG pictures, text and JSON.
//!
//! Outcomes go in, `String`s and `serde_json` values come out: no file is opened and nothing is printed. The time a report was made is given to
//! it. Texts name settings within marks (`⦃impute⦄`), and [`gatewise_data::write_settings`] makes of them what the caller calls them.
//!
//! A page loads nothing: styles, script and charts are inside it. The charts are SVG with CSS
//! classes and no colours of their own, so one drawing serves the light, dark and printed page.
//!
//! | module | job |
//! |---|---|
//! | [`score`] | errors of a forecast as text, JSON and a verdict |
//! | [`number`] | numbers as text |
//! | `markup` | escaping |
//! | `scale` | linear and logarithmic axes, round ticks |
//! | `time` | ticks from the text labels of a time axis |
//! | `charts`, `path` | lines, bands and marks as SVG |
//! | `page` | the HTML skeleton, sections, tables, figures |
//! | `panel`, `values` | one series: its chart, its figures |
//! | `select` | which of many series are drawn |
//! | `training` | the curves of a training |
//! | `metrics` | the model beside its baselines |
//! | `standing` | the forecast beside simple methods: badge, tiles, table |
//! | `backtest`, `steps` | forecasts of known rows: errors, coverage, drawings |
//! | `forecast` | the page of a forecast |
//! | `evaluation` | the page of an evaluation |
//! | [`classify`] | classes and values of items: figures, the page of a training |
//! | [`detect`] | anomalies: events in words, tables, the page |
//! | [`language`] | language models: the page of a training, scores of texts |
//! | `figures` | pages of curves with tables |
//! | [`inspect`] | what a network remembers |
//! | [`demo`] | the textbook effects |
//! | `picture` | the forecast as one SVG file |

#![forbid(unsafe_code)]

mod backtest;
mod charts;
pub mod classify;
pub mod demo;
pub mod detect;
mod evaluation;
mod figures;
mod forecast;
pub mod inspect;
pub mod language;
mod markup;
mod metrics;
pub mod number;
mod page;
mod panel;
mod path;
mod picture;
mod scale;
pub mod score;
mod select;
mod standing;
mod steps;
mod time;
mod training;
mod values;

#[cfg(test)]
mod tests;

pub use backtest::Backtest;
pub use evaluation::{EvaluationReport, render_evaluation};
pub use figures::{Curve, Figure, Page, TableOf, render_page, render_picture, render_training_page};
pub use forecast::render_forecast;
pub use number::figure as figure_text;
pub use panel::shown_of_window;
pub use picture::forecast_picture;
pub use select::{MAX_PANELS, pick_panels};
pub use standing::best_simple;

use gatewise::evaluation::{Better, Measure};
use serde::Serialize;

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
    /// Settings that were guessed: what, the value, the flag that overrides it.
    pub guesses: Vec<(String, String, String)>,
    /// What was found in the data and deserves the reader's attention.
    pub warnings: Vec<String>,
    /// Forecasts of held-back rows; none where no rows were held back.
    pub backtest: Option<Backtest>,
    /// The outcome in one or two sentences.
    pub verdict: String,
    /// The training, an entry an epoch.
    pub epochs: Vec<EpochRow>,
    /// The series or channels drawn; at most [`MAX_PANELS`] are.
    pub panels: Vec<Panel>,
    /// How many series or channels the run forecast.
    pub total_panels: usize,
    /// The run's `config.toml`.
    pub settings: String,
}

/// One measure of the model and of its baselines, on the same held-back part.
#[derive(Debug, Clone, Serialize)]
pub struct MetricRow {
    /// Name as printed, for instance `MASE`.
    pub name: String,
    /// The model's value.
    pub model: f64,
    /// Name and value of each baseline; may be empty for measures that have none.
    pub baselines: Vec<(String, f64)>,
    /// Whether smaller values are better.
    pub lower_is_better: bool,
}

impl MetricRow {
    /// A measure of an evaluation; what the data do not define is no number.
    pub fn of(measure: &Measure) -> Self {
        let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
        Self {
            name: measure.name.clone(),
            model: number(measure.model),
            baselines: measure.baselines.iter().map(|(name, value)| (name.clone(), number(*value))).collect(),
            lower_is_better: measure.better == Better::Lower,
        }
    }
}

/// One epoch of training.
#[derive(Debug, Clone, Serialize)]
pub struct EpochRow {
    /// Number of the epoch, counted from one.
    pub epoch: usize,
    /// Mean training loss.
    pub train_loss: f64,
    /// Loss on the validation part.
    pub valid_loss: f64,
    /// Learning rate at the end of the epoch.
    pub lr: f64,
    /// Global gradient norm before clipping.
    pub grad_norm: f64,
    /// Whether the weights of this epoch were kept.
    pub best: bool,
}

/// One series or channel.
#[derive(Debug, Clone, Serialize)]
pub struct Panel {
    /// Name of the series or channel.
    pub name: String,
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
    /// What was observed.
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
