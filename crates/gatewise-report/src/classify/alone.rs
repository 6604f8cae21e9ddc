//! What the network and the simple method beside it say alone, as text, as JSON and for the report.

use std::fmt::Write;

use gatewise::task::classify::{Alone, VoiceFigures};
use serde_json::{Value, json};

/// The lines of both, with what each counts for.
pub(super) fn text(alone: &Alone) -> String {
    let mut text = format!("  {:18} {:>8} {:>8} {:>8}", "alone", "accuracy", "loss", "share");
    for (name, VoiceFigures { accuracy, loss, share }) in alone.rows() {
        let _ = write!(text, "\n  {name:18} {accuracy:>8.4} {loss:>8.4} {share:>8.2}");
    }
    text
}

/// By name: accuracy, loss and share.
pub(super) fn json(alone: &Alone) -> Value {
    let row = |figures: &VoiceFigures| json!({"accuracy": figures.accuracy, "loss": figures.loss, "share": figures.share});
    json!({"network": row(&alone.network), alone.name.key: row(&alone.simple)})
}

/// For the report: a line for each.
pub(super) fn facts(alone: &Alone) -> Vec<(String, String)> {
    let fact = |(name, VoiceFigures { accuracy, loss, share }): (&str, &VoiceFigures)| {
        (format!("{name} alone"), format!("accuracy {accuracy:.4}, loss {loss:.4}; share in the answer {share:.2}"))
    };
    alone.rows().map(fact).into()
}
