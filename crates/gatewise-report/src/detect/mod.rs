//! Anomalies: events in words, tables, the page.

mod chart;
mod event;
mod page;
mod table;
mod text;

pub use chart::Charts;
pub use event::{NamedEvent, Names, alert, events_csv, hole_alert};
pub use page::{DetectPanel, DetectPoint, DetectReport, render_detect};
pub use table::ScoreTable;
pub use text::{Outcome, label_note, metric_rows, metrics_json, metrics_text, unmatched};
