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
//! | [`forecast`], [`classify`], [`detect`], [`language`] | the outcomes of a task: text, JSON, tables, the page |
//! | [`inspect`], [`demo`] | what a network remembers; the textbook effects |
//! | [`walk`] | a network unrolled over one's own text or series: text, JSON, the page |
//! | [`features`], [`data`] | tables of features; a table that was read |
//! | [`training`], [`mod@bench`] | a training as people follow it; speeds |
//! | [`number`], `markup` | numbers as text; text that stands within markup |
//! | `html` | the skeleton of a page, its sections, tables and figures |
//! | `draw` | axes, lines, bands and marks as SVG |

#![forbid(unsafe_code)]

pub mod bench;
pub mod classify;
pub mod data;
pub mod demo;
pub mod detect;
mod draw;
pub mod features;
pub mod forecast;
mod html;
pub mod inspect;
pub mod language;
mod markup;
pub mod number;
pub mod training;
pub mod walk;

#[cfg(test)]
mod tests;

pub use html::figures::{Axis, Curve, Figure, Page, TableOf, render_page, render_picture, render_training_page};

use gatewise::evaluation::{Better, Measure};
use serde::Serialize;
use serde_json::Value;

/// What hears of each row of a table as an event.
pub type OnRow<'a> = Box<dyn FnMut(&Value) + 'a>;

/// More series or channels than this are not drawn on a page.
pub const MAX_PANELS: usize = 12;

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
