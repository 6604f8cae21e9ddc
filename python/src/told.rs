//! What is told of data and trainings, as Python has it.

use std::collections::BTreeMap;

use gatewise::data::{Choice, Finding, Severity};
use serde_json::{Value, json};

use crate::errors::in_python;

/// Something to say, and whether it warns.
pub fn said(severity: Severity, text: &str) -> Value {
    let severity = if severity == Severity::Note { "note" } else { "warning" };
    json!({"severity": severity, "message": in_python(text)})
}

/// A line of the library, whose first word tells whether it warns.
pub fn line(text: &str) -> Value {
    match text.split_once(": ") {
        Some(("warning", text)) => said(Severity::Warning, text),
        Some(("note", text)) => said(Severity::Note, text),
        _ => said(Severity::Note, text),
    }
}

/// What was found in a table.
pub fn finding(path: &str, finding: &Finding) -> Value {
    let help = finding.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    said(finding.severity, &format!("{}{help}", finding.describe(path)))
}

/// What was settled that the settings left open.
pub fn choices(all: &[Choice]) -> Value {
    all.iter().map(|c| json!({"what": c.what, "value": in_python(&c.value), "setting": in_python(&c.flag)})).collect()
}

/// Settings of a run, a line each as in `config.toml`, by the alphabet: of several parts, without what is null and what is as `usual`.
pub fn config<const N: usize>(parts: [(serde_json::Result<Value>, &Value); N]) -> String {
    let mut lines = BTreeMap::new();
    for (value, usual) in parts {
        let Ok(Value::Object(entries)) = value else { continue };
        lines.extend(entries.into_iter().filter(|(key, value)| !value.is_null() && usual.get(key) != Some(value)));
    }
    lines.iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
}
