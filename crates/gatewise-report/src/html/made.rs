//! What every page says of its making: what was found in the data, the command, what was guessed, all settings.

use std::fmt::Write;

use gatewise_data::Choice;

use super::page::{Cell, Column, code, details, section, table};
use crate::markup::escape;

/// What was found in the data and in the forecasts; nothing without a finding.
pub fn findings(warnings: &[String]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let mut body = String::from("<ul class=\"findings\">");
    for warning in warnings {
        let _ = write!(
            body,
            "<li><svg viewBox=\"0 0 18 18\" aria-hidden=\"true\"><path d=\"M9 2 16.5 15.5H1.5ZM9 7v4M9 13.3v.1\"/></svg><span>{}</span></li>",
            escape(warning)
        );
    }
    body.push_str("</ul>");
    section("data", "Warnings", "", &body)
}

/// The command, what was guessed, and all settings.
pub fn settings(command: &str, guesses: &[Choice], settings: &str) -> String {
    let mut body = code(command);
    if !guesses.is_empty() {
        let columns = [
            (Column::Name, "guessed from the data".to_string()),
            (Column::Text, "value".to_string()),
            (Column::Text, "set it yourself with".to_string()),
        ];
        let rows: Vec<Vec<Cell>> =
            guesses.iter().map(|g| vec![Cell::new(&g.what), Cell::new(&g.value), Cell::with_class(&g.flag, "flag")]).collect();
        let guesses = table("Settings guessed from the data", &columns, &rows);
        let _ = write!(body, "<div class=\"card guesses\">{guesses}</div>");
    }
    if !settings.is_empty() {
        body += &details("All settings (config.toml)", &code(settings));
    }
    let lead = if settings.is_empty() {
        "The command that made this page."
    } else {
        "The command that made this page, and every setting it ran with."
    };
    section("settings", "How it was made", lead, &body)
}
