//! Classes and values of items: figures as text and JSON, the page of a training, what a set of items holds.

mod alone;
mod items;
mod page;
mod predictions;
mod score;
mod several;

pub use items::describe;
pub use page::{ClassifyReport, render_classify};
pub use predictions::{PredictionTable, REJECTED, best};
pub use score::{json, outcome_json, outcome_text, text, verdict};
