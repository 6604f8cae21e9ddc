//! The page of an evaluation: a trained forecaster held against the truth.

use std::ops::Range;

use gatewise::options::PrecisionName;
use gatewise::task::forecast::Score;

use super::backtest::{self, Backtest};
use super::drawn::{Forecasts, Source};
use super::score::warnings;
use super::standing::{self, best_simple};
use crate::html::made::{findings, settings};
use crate::html::page::{document, facts};
use crate::markup::escape;
use crate::number::plain;

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

/// What an evaluation found.
#[derive(Debug)]
pub struct Evaluation<'a> {
    /// The table.
    pub source: Source<'a>,
    /// The rows of each series that are held against the forecasts.
    pub parts: &'a [Range<usize>],
    /// Errors and coverage.
    pub score: &'a Score,
    /// Series of which training saw rows of their part.
    pub seen: usize,
    /// The model, as the user named it.
    pub model: String,
    /// Rows from one forecast to the next; none where there is one alone.
    pub stride: Option<usize>,
    /// How weights are held.
    pub precision: PrecisionName,
}

impl Evaluation<'_> {
    /// The page: forecasts, of which some are drawn, the command line that made it, and the time.
    pub fn report(&self, forecasts: &Forecasts, command: String, created: String) -> EvaluationReport {
        let about = match self.seen {
            0 => "Of rows that the model had not seen.",
            _ => "Of rows some of which the model was trained on.",
        };
        EvaluationReport {
            title: format!("Evaluation on {}", self.source.file()),
            command,
            created,
            facts: self.facts(),
            warnings: self.warnings(),
            verdict: self.verdict(),
            backtest: self.source.backtest(about.to_string(), self.score, forecasts),
        }
    }

    /// What a reader must know before trusting the errors and the intervals.
    pub fn warnings(&self) -> Vec<String> {
        let series = self.source.dataset.series.len();
        let of = if series == 1 { String::new() } else { format!(" (in {} of {series} series)", self.seen) };
        let seen =
            (self.seen > 0).then(|| format!("the model was trained on rows of this test part{of}: on new data its errors will be larger"));
        seen.into_iter().chain(warnings(self.score)).collect()
    }

    fn facts(&self) -> Vec<(String, String)> {
        let fact = |name: &str, value: String| (name.to_string(), value);
        let Source { dataset, config, .. } = self.source;
        let mut facts = vec![
            fact("model", self.model.clone()),
            fact("data", format!("{} series, {} rows, {}", dataset.series.len(), dataset.rows(), dataset.frequency)),
            fact("horizon", config.horizon.to_string()),
        ];
        if let Some((series, part)) = self.parts.iter().enumerate().find(|(_, part)| !part.is_empty()) {
            let time = |row| self.source.time(series, row);
            let of = if dataset.series.len() == 1 { String::new() } else { format!(" (of {})", self.source.dataset.series[series].id) };
            facts.push(fact("test part", format!("{} to {}{of}", time(part.start), time(part.end - 1))));
        }
        let step = |stride: usize| if stride == 1 { "every row".to_string() } else { format!("every {stride} rows") };
        facts.push(fact("forecast from", self.stride.map_or("the first row".to_string(), step)));
        if self.precision != PrecisionName::F32 {
            facts.push(fact("weights", self.precision.to_string()));
        }
        facts
    }

    fn verdict(&self) -> String {
        let score = self.score;
        let (measure, error) = score.model.mase.map_or(("mean absolute error", score.model.mae), |mase| ("MASE", mase));
        let of = if score.series.len() == 1 { String::new() } else { format!(" of {} series or channels", score.series.len()) };
        let rows = match self.source.config.horizon {
            1 => "one row".to_string(),
            rows => format!("{rows} rows"),
        };
        let over = match score.windows {
            1 => format!("In one forecast of {rows}"),
            windows => format!("Over {windows} forecasts{of}, {rows} each,"),
        };
        let beside = match best_simple(score) {
            Some((name, other)) => format!("; that of {name}, the best simple method beside it, is {}", plain(other)),
            None => String::new(),
        };
        format!("{over} the {measure} is {}{beside}.", plain(error))
    }
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
