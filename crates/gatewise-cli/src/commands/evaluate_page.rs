//! The page of `gatewise evaluate` with a forecaster.

use std::ops::Range;
use std::path::PathBuf;

use gatewise::task::forecast::Score;
use gatewise_report::number::plain;
use gatewise_report::score::warnings;
use gatewise_report::{EvaluationReport, best_simple, render_evaluation};

use crate::args::{EvaluateArgs, PrecisionName};
use crate::backtest::{Forecasts, Source};
use crate::failure::{Failure, as_flags};
use crate::run_folder::{write_atomically, write_next};
use crate::talk::Talk;

/// Name of the page in a run folder, before its number.
const STEM: &str = "evaluation";

/// Refuses `--page` for a model whose evaluation has none.
pub fn refuse(args: &EvaluateArgs, model: &str) -> Result<(), Failure> {
    match args.page {
        Some(_) => Err(Failure::usage(format!("--page is for forecasters, and the model is {model}")).help("leave --page out")),
        None => Ok(()),
    }
}

/// Whether the evaluation leaves a page.
pub fn is_wanted(args: &EvaluateArgs) -> bool {
    args.page.is_some() || args.rolling && args.given.model.is_dir()
}

/// What an evaluation found.
pub struct Evaluation<'a> {
    pub args: &'a EvaluateArgs,
    pub source: Source<'a>,
    /// The rows of each series that are held against the forecasts.
    pub parts: &'a [Range<usize>],
    pub score: &'a Score,
    /// Series of which training saw rows of their part.
    pub seen: usize,
}

impl Evaluation<'_> {
    /// Writes the page where the user wants it, else into the run folder; gives its place. A run folder that cannot be written to is told.
    pub fn write(&self, forecasts: &Forecasts, talk: Talk) -> Result<Option<PathBuf>, Failure> {
        let page = render_evaluation(&self.report(forecasts));
        let page = as_flags(&page);
        if let Some(path) = &self.args.page {
            write_atomically(path, page.as_bytes())?;
            return Ok(Some(path.clone()));
        }
        match write_next(&self.args.given.model, STEM, "html", page.as_bytes()) {
            Ok(path) => Ok(Some(path)),
            Err(error) => {
                talk.say(format!("warning: no page: {error} (--page FILE)"));
                Ok(None)
            }
        }
    }

    fn report(&self, forecasts: &Forecasts) -> EvaluationReport {
        let about = match self.seen {
            0 => "Of rows that the model had not seen.",
            _ => "Of rows some of which the model was trained on.",
        };
        EvaluationReport {
            title: format!("Evaluation on {}", self.source.file()),
            command: super::command_line(),
            created: super::now(),
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
            fact("model", self.args.given.model.display().to_string()),
            fact("data", format!("{} series, {} rows, {}", dataset.series.len(), dataset.rows(), dataset.frequency)),
            fact("horizon", config.horizon.to_string()),
        ];
        if let Some((series, part)) = self.parts.iter().enumerate().find(|(_, part)| !part.is_empty()) {
            let time = |row| self.source.time(series, row);
            let of = if dataset.series.len() == 1 { String::new() } else { format!(" (of {})", self.source.dataset.series[series].id) };
            facts.push(fact("test part", format!("{} to {}{of}", time(part.start), time(part.end - 1))));
        }
        let step = |stride: usize| if stride == 1 { "every row".to_string() } else { format!("every {stride} rows") };
        facts.push(fact("forecast from", if self.args.rolling { step(self.args.stride) } else { "the first row".to_string() }));
        if self.args.precision != PrecisionName::F32 {
            facts.push(fact("weights", self.args.precision.to_string()));
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
