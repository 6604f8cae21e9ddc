//! What was found, as people and programs read it.

use gatewise::task::detect::{Fleet, Metrics};
use gatewise_data::{RowReader, Spans};
use gatewise_report::figure_text;
use serde_json::{Value, json};

use super::watch::Found;
use crate::talk::Talk;

/// Names, or lines of a file, that are said one by one.
const SAID: usize = 8;

/// What was found, in a few lines.
pub(super) fn tell(found: &Found, fleet: &Fleet, reader: &RowReader, talk: Talk) -> anyhow::Result<()> {
    for note in notes(found, reader) {
        talk.say(note);
    }
    talk.say(verdict(found, fleet));
    if let Some(metrics) = &found.metrics {
        talk.event(&metrics_json(metrics));
        found.label_note.iter().for_each(|note| talk.say(note));
        talk.say(metrics_text(metrics).trim_end());
    }
    let mut done = json!({
        "event": "done", "rows": found.rows, "anomalies": found.anomalies, "events": found.events.len(), "threshold": fleet.threshold(),
    });
    if found.by_series {
        done["series"] = found.series.len().into();
    }
    talk.event(&done);
    Ok(())
}

/// The outcome in a sentence or two.
pub(super) fn verdict(found: &Found, fleet: &Fleet) -> String {
    let holes = found.events.iter().filter(|event| event.is_hole()).count();
    let absent: u64 = found.events.iter().filter(|event| event.is_hole()).map(|event| event.rows).sum();
    let of = if found.by_series { format!(" of {} series", found.series.len()) } else { String::new() };
    let (rows, rate) = (format!("{} rows{of}", found.rows), fleet.config().detect.rate);
    let mut text = match found.events.len() - holes {
        0 => format!("No anomaly in {rows}."),
        1 => format!("One event of {} anomalous rows in {rows}.", found.anomalies),
        events => format!("{events} events of {} anomalous rows in {rows}.", found.anomalies),
    };
    text += &match holes {
        0 => String::new(),
        1 => format!(" {absent} rows are missing in one place."),
        _ => format!(" {absent} rows are missing in {holes} places."),
    };
    let expected = figure_text(rate * found.rows as f64);
    text + &format!(" The threshold is set so that {expected} rows of that many raise a false alarm (--false-alarms {rate}).")
}

/// What was odd about the rows.
fn notes(found: &Found, reader: &RowReader) -> Vec<String> {
    let (notes, path) = (reader.notes(), reader.path());
    let mut out = Vec::new();
    let mut note = |count: u64, line: u64, what: &str| {
        if count > 0 {
            out.push(format!("note: {path}:{line}: {count} {what}"));
        }
    };
    let series = if found.by_series { "" } else { "; does a column name several series (--id)?" };
    note(
        notes.repeated,
        notes.repeated_line,
        &format!("rows with the time of the row before, from here on; each is scored as it comes{series}"),
    );
    note(
        notes.backward,
        notes.backward_line,
        &format!("rows with an earlier time than the row before, from here on; is the table sorted?{}", series.trim_start_matches(';')),
    );
    note(notes.gaps, notes.gap_line, "gaps between times, the first before this line; rows are taken as they come");
    if found.missing > 0 {
        out.push(format!("note: {path}: {} rows with a missing value, which is not scored", found.missing));
    }
    for (names, what) in [
        (&found.new, "new to the model, which knows nothing of them yet"),
        (&found.restarted, "of rows that do not follow those of the training: they start anew with what was learned"),
    ] {
        if found.by_series && !names.is_empty() {
            out.push(format!("note: {path}: {} series {what}: {}", names.len(), listed(names)));
        }
    }
    out
}

/// The first few names.
fn listed(names: &[String]) -> String {
    let mut text = names[..names.len().min(SAID)].join(", ");
    if names.len() > SAID {
        text += &format!(" and {} more", names.len() - SAID);
    }
    text
}

/// What the words of the label column were taken to mean.
pub(super) fn label_note(words: &[(String, u64)], anomalous: &[bool], without: u64, ignored: u64) -> String {
    let all: u64 = words.iter().map(|(_, count)| count).sum();
    let odd: Vec<String> = words
        .iter()
        .zip(anomalous)
        .filter(|(_, odd)| **odd)
        .map(|((word, count), _)| format!("\"{word}\" ({count} of {all} rows)"))
        .collect();
    let mut text = match odd.is_empty() {
        true => "label: no row is labelled an anomaly".to_owned(),
        false => format!("label: {} means an anomaly", odd.join(", ")),
    };
    let without = without.saturating_sub(ignored);
    if without > 0 {
        text += &format!("; {without} rows without a label are not judged");
    }
    text
}

/// What became of the spans of known maintenance.
pub(super) fn note_spans(spans: Option<&Spans>, talk: Talk) {
    let Some(spans) = spans else { return };
    let path = spans.path();
    let rows: u64 = spans.spans().iter().map(|span| span.rows).sum();
    talk.say(format!("{rows} rows lie in the {} spans of {path}: they raise nothing and are not learned from", spans.spans().len()));
    for span in spans.unmatched().take(SAID) {
        talk.say(format!("warning: {path}:{}: no row lies in \"{}\"", span.line, span.text));
        talk.event(&json!({"event": "finding", "path": path, "finding": {
            "kind": "unmatched_span", "line": span.line, "message": format!("no row lies in \"{}\"", span.text), "severity": "warning",
        }}));
    }
    let more = spans.unmatched().count().saturating_sub(SAID);
    if more > 0 {
        talk.say(format!("warning: {path}: nor in {more} more"));
    }
}

pub(super) fn facts(fleet: &Fleet, found: &Found, online: bool) -> Vec<(String, String)> {
    let config = fleet.config();
    let rate = config.detect.rate;
    let optional = |name: &'static str, count: u64| (count > 0).then(|| (name, count.to_string()));
    let scored = if online { "from the rows before alone" } else { "after learning from the whole table" };
    let all = [
        Some(("Rows", found.rows.to_string())),
        found.by_series.then(|| ("Series", found.series.len().to_string())),
        Some(("Channels", config.detect.channels.to_string())),
        optional("State columns", config.states as u64),
        Some(("Events", found.events.len().to_string())),
        optional("Rows of known maintenance", found.ignored),
        Some(("Threshold", format!("{:.3}", fleet.threshold()))),
        Some(("False alarms expected", format!("{:.3} in {} rows", rate * found.rows as f64, found.rows))),
        Some(("Scored", scored.to_owned())),
    ];
    all.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)).collect()
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
