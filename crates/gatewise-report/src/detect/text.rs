//! What was found, in words and as JSON.

use gatewise::task::detect::Metrics;
use gatewise_data::{RowReader, Span};
use serde_json::{Value, json};

use super::event::NamedEvent;
use crate::number::figure;

/// Names that are said one by one.
const SAID: usize = 8;

/// What a run over rows found.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// Rows taken.
    pub rows: u64,
    /// Rows marked.
    pub anomalies: u64,
    /// Neighbouring rows marked, and rows missing.
    pub events: &'a [NamedEvent],
    /// Whether there are several series, which events name.
    pub by_series: bool,
    /// How many series came.
    pub series: usize,
    /// Names of series that the model did not know.
    pub new: &'a [String],
    /// Names of series that did not follow the model's rows.
    pub restarted: &'a [String],
    /// Rows of known maintenance.
    pub ignored: u64,
    /// Rows with a missing value.
    pub missing: u64,
    /// Columns of values.
    pub channels: usize,
    /// Columns of states.
    pub states: usize,
    /// False alarms a row that the threshold is set for.
    pub rate: f64,
    /// The threshold of scores.
    pub threshold: f64,
}

impl Outcome<'_> {
    /// The outcome in a sentence or two.
    pub fn verdict(&self) -> String {
        let holes = self.events.iter().filter(|event| event.is_hole()).count();
        let absent: u64 = self.events.iter().filter(|event| event.is_hole()).map(|event| event.rows).sum();
        let of = if self.by_series { format!(" of {} series", self.series) } else { String::new() };
        let (rows, rate) = (format!("{} rows{of}", self.rows), self.rate);
        let mut text = match self.events.len() - holes {
            0 => format!("No anomaly in {rows}."),
            1 => format!("One event of {} anomalous rows in {rows}.", self.anomalies),
            events => format!("{events} events of {} anomalous rows in {rows}.", self.anomalies),
        };
        text += &match holes {
            0 => String::new(),
            1 => format!(" {absent} rows are missing in one place."),
            _ => format!(" {absent} rows are missing in {holes} places."),
        };
        let expected = figure(rate * self.rows as f64);
        text + &format!(" The threshold is set so that {expected} rows of that many raise a false alarm (⦃false-alarms⦄ {rate}).")
    }

    /// What was odd about the rows.
    pub fn notes(&self, reader: &RowReader) -> Vec<String> {
        let (notes, path) = (reader.notes(), reader.path());
        let mut out = Vec::new();
        let mut note = |count: u64, line: u64, what: &str| {
            if count > 0 {
                out.push(format!("note: {path}:{line}: {count} {what}"));
            }
        };
        let series = if self.by_series { "" } else { "; does a column name several series (⦃id⦄)?" };
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
        if self.missing > 0 {
            out.push(format!("note: {path}: {} rows with a missing value, which is not scored", self.missing));
        }
        for (names, what) in [
            (self.new, "new to the model, which knows nothing of them yet"),
            (self.restarted, "of rows that do not follow those of the training: they start anew with what was learned"),
        ] {
            if self.by_series && !names.is_empty() {
                out.push(format!("note: {path}: {} series {what}: {}", names.len(), listed(names)));
            }
        }
        out
    }

    /// Name and value, for the page; `online` where each row was scored from those before it alone.
    pub fn facts(&self, online: bool) -> Vec<(String, String)> {
        let rate = self.rate;
        let optional = |name: &'static str, count: u64| (count > 0).then(|| (name, count.to_string()));
        let scored = if online { "from the rows before alone" } else { "after learning from the whole table" };
        let all = [
            Some(("Rows", self.rows.to_string())),
            self.by_series.then(|| ("Series", self.series.to_string())),
            Some(("Channels", self.channels.to_string())),
            optional("State columns", self.states as u64),
            Some(("Events", self.events.len().to_string())),
            optional("Rows of known maintenance", self.ignored),
            Some(("Threshold", format!("{:.3}", self.threshold))),
            Some(("False alarms expected", format!("{:.3} in {} rows", rate * self.rows as f64, self.rows))),
            Some(("Scored", scored.to_owned())),
        ];
        all.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The end of a run, as an event.
    pub fn done(&self) -> Value {
        let mut done = json!({
            "event": "done", "rows": self.rows, "anomalies": self.anomalies, "events": self.events.len(), "threshold": self.threshold,
        });
        if self.by_series {
            done["series"] = self.series.into();
        }
        done
    }
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
pub fn label_note(words: &[(String, u64)], anomalous: &[bool], without: u64, ignored: u64) -> String {
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

/// A span of known maintenance that no row of the data lies in, as an event; `path` is the file of spans.
pub fn unmatched(path: &str, span: &Span) -> Value {
    json!({"event": "finding", "path": path, "finding": {
        "kind": "unmatched_span", "line": span.line, "message": format!("no row lies in \"{}\"", span.text), "severity": "warning",
    }})
}

/// Measures against labels, as an event.
pub fn metrics_json(m: &Metrics) -> Value {
    json!({
        "event": "metrics", "precision": m.precision, "recall": m.recall, "f1": m.f1, "event_precision": m.event_precision,
        "event_recall": m.event_recall, "event_f1": m.event_f1, "auprc": m.auprc, "rows": m.rows, "labelled": m.labelled,
        "stretches": m.stretches, "events": m.events,
    })
}

/// Measures against labels, by name.
pub fn metric_rows(m: Metrics) -> Vec<(String, f64)> {
    m.evaluation("labelled").measures.into_iter().map(|measure| (measure.name, measure.model.unwrap_or(f64::NAN))).collect()
}

/// Measures against labels, a line each.
pub fn metrics_text(m: &Metrics) -> String {
    let mut text = format!("{} rows, {} labelled in {} stretches; {} events\n", m.rows, m.labelled, m.stretches, m.events);
    for (name, value) in metric_rows(*m) {
        text += &format!("  {name:<28} {value:.3}\n");
    }
    text
}
