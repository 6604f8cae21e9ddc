//! Language models: the page of a training, scores of texts.

mod page;
mod score;
mod text;

pub use page::{LanguageReport, Sample, render_language};
pub use score::ScoreReport;
pub use text::{Foreseen, Trained, cost, named, samples, standing, title, verdict};
