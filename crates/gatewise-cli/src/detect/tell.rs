//! What was found, as people and programs read it.

use gatewise::task::detect::{Detector, Metrics};
use gatewise_data::RowReader;
use serde_json::{Value, json};

use super::watch::Found;
use crate::talk::Talk;

/// What was found, in a few lines.
pub(super) fn tell(found: &Found, detector: &Detector, reader: &RowReader, talk: Talk) -> anyhow::Result<()> {
    for note in found.notes(reader) {
        talk.say(note);
    }
    talk.say(found.verdict(detector));
    if let Some(metrics) = &found.metrics {
        talk.event(&metrics_json(metrics));
        talk.say(metrics_text(metrics).trim_end());
    }
    talk.event(&json!({
        "event": "done", "rows": found.rows, "anomalies": found.anomalies, "events": found.events.len(), "threshold": detector.threshold(),
    }));
    Ok(())
}

pub(super) fn facts(detector: &Detector, found: &Found, online: bool) -> Vec<(String, String)> {
    let config = detector.config();
    [
        ("Rows", found.rows.to_string()),
        ("Channels", config.channels.to_string()),
        ("Events", found.events.len().to_string()),
        ("Threshold", format!("{:.3}", detector.threshold())),
        ("False alarms expected", format!("{:.3} in {} rows", config.rate * found.rows as f64, found.rows)),
        ("Scored", if online { "from the rows before alone" } else { "after learning from the whole table" }.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

pub(super) fn metrics_json(m: &Metrics) -> Value {
    json!({
        "event": "metrics", "precision": m.precision, "recall": m.recall, "f1": m.f1, "event_precision": m.event_precision,
        "event_recall": m.event_recall, "event_f1": m.event_f1, "auprc": m.auprc, "rows": m.rows, "labelled": m.labelled,
        "stretches": m.stretches, "events": m.events,
    })
}

pub(super) fn metric_rows(m: Metrics) -> Vec<(String, f64)> {
    [
        ("precision", m.precision),
        ("recall", m.recall),
        ("F1", m.f1),
        ("event precision", m.event_precision),
        ("event recall", m.event_recall),
        ("event F1", m.event_f1),
        ("area under precision-recall", m.auprc),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

pub(super) fn metrics_text(m: &Metrics) -> String {
    let mut text = format!("{} rows, {} labelled in {} stretches; {} events\n", m.rows, m.labelled, m.stretches, m.events);
    for (name, value) in metric_rows(*m) {
        text += &format!("  {name:<28} {value:.3}\n");
    }
    text
}
