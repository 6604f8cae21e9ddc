//! The page of an evaluation: a trained forecaster held against the truth.

use super::backtest::{self, Backtest};
use super::forecast::{findings, settings};
use super::markup::escape;
use super::page::{document, facts};
use super::standing;

/// All that the page of an evaluation shows. Texts are plain: the page escapes them.
#[derive(Debug, Clone)]
pub struct EvaluationReport {
    /// Heading of the page.
    pub title: String,
    /// The command line that made it.
    pub command: String,
    /// When it was made, as text.
    pub created: String,
    /// Name and value: the model, the rows, their times.
    pub facts: Vec<(String, String)>,
    /// What deserves the reader's attention.
    pub warnings: Vec<String>,
    /// The outcome in one or two sentences.
    pub verdict: String,
    /// The forecasts and their errors.
    pub backtest: Backtest,
}

/// The page: one HTML document that loads nothing.
pub fn render_evaluation(report: &EvaluationReport) -> String {
    let score = &report.backtest.score;
    let body = [
        format!(
            "<header><p class=\"eyebrow\"><b>Gatewise</b> evaluate, {}</p><h1>{}</h1>{}<p class=\"verdict\">{}</p>{}{}</header>",
            escape(&report.created),
            escape(&report.title),
            standing::outcome(score),
            escape(&report.verdict),
            standing::tiles(score),
            facts(&report.facts)
        ),
        findings(&report.warnings),
        backtest::sections(&report.backtest),
        settings(&report.command, &[], ""),
        "<footer>Made by Gatewise. Everything shown here is inside this one file.</footer>".to_string(),
    ];
    document(&report.title, &body.concat())
}
