//! Language models: the page of a training, scores of texts.

mod counting;
mod page;
mod score;
mod text;

pub use counting::standing;
pub use page::{LanguageReport, Sample, render_language};
pub use score::{Adapted, ScoreReport};
pub use text::{Foreseen, Trained, about_text, cost, samples, title, verdict};
