//! Forecasts of rows that are known: errors beside those of simple methods, coverage of the intervals, and the forecasts themselves.

use std::fmt::Write;

use gatewise::task::forecast::{Expectation, Score, SeriesScore};
use serde::Serialize;

use super::panel::{BASELINE_NAME, Series};
use super::{Panel, score, standing, steps};
use crate::html::page::{self, Cell, Column, details, section, table};
use crate::markup::escape;
use crate::number::{figure, fixed, percent};

/// Series listed; the worst are.
const LISTED: usize = 30;
/// Windows side by side from which on an interval can be said to hold.
const LEAST_WINDOWS: f64 = 2.0;
/// Rows up to which a table stands open.
const OPEN: usize = 8;

/// Forecasts of rows that are known, each from the rows before it.
#[derive(Debug, Clone, Serialize)]
pub struct Backtest {
    /// Which rows they are, and whether anything was learned from them: a sentence.
    pub about: String,
    /// Steps of a forecast.
    pub horizon: usize,
    /// Errors and coverage.
    pub score: Score,
    /// Names of the series or channels of [`Score::series`].
    pub names: Vec<String>,
    /// Series or channels of which forecasts are drawn.
    pub drawn: usize,
    /// Forecasts that are drawn.
    pub shown: usize,
    /// Their drawings, where [`Panel::history`] runs on to the end of the rows forecast. A drawing may hold several that follow each other.
    pub windows: Vec<Panel>,
    /// Drawings of more, whose rows overlap those of `windows`.
    pub overlapping: Vec<Panel>,
}

/// All sections, as markup.
pub fn sections(backtest: &Backtest) -> String {
    [accuracy(backtest), windows(backtest), intervals(backtest)].concat()
}

fn accuracy(backtest: &Backtest) -> String {
    let score = &backtest.score;
    let mut notes = vec!["Lower is better."];
    if score.methods.iter().any(|m| m.weight.is_some()) {
        notes.push("Weight: what a method counts for in the forecast.");
        if score.windows > 1 {
            notes.push("A window is forecast by weights that are learned from other windows.");
        }
    }
    if score.methods.iter().any(|m| m.windows < score.windows) {
        notes.push("A method that does not apply to some windows forecast fewer; its errors do not compare.");
    }
    let expected = score.expected.as_ref().map_or(String::new(), |e| format!("<p>{}</p>", escape(&expectation(e, backtest.horizon))));
    let body =
        format!("{expected}<div class=\"card\">{}<p class=\"note\">{}</p></div>", standing::comparison(score), escape(&notes.join(" ")));
    section("accuracy", "Beside simple methods", &lead(backtest), &(body + &by_series(backtest)))
}

fn lead(backtest: &Backtest) -> String {
    let (windows, steps) = (backtest.score.windows, backtest.horizon);
    let steps = counted(steps, "step");
    match windows {
        1 => format!("One forecast of {steps}. {}", backtest.about),
        windows => format!("{} forecasts of {steps} each. {}", fixed(windows as f64, 0), backtest.about),
    }
}

/// What to expect of the next horizon, in words.
fn expectation(expected: &Expectation, horizon: usize) -> String {
    let Expectation { mean, low, high, windows, independent } = *expected;
    let steps = if horizon == 1 { "step".to_string() } else { format!("{} steps", fixed(horizon as f64, 0)) };
    let from = match windows {
        1 => "one forecast: there is little to go by".to_string(),
        windows if independent + 0.5 < windows as f64 => {
            format!("{windows} forecasts whose rows overlap, worth about {} that do not", fixed(independent.max(1.0), 0))
        }
        windows => format!("{windows} forecasts"),
    };
    format!(
        "Of the next {steps} expect a MASE of {}; four times of five it should lie between {} and {}. This is from {from}.",
        figure(mean),
        figure(low),
        figure(high)
    )
}

/// Errors of each series, the worst first.
fn by_series(backtest: &Backtest) -> String {
    let series = &backtest.score.series;
    if series.len() < 2 {
        return String::new();
    }
    let error = |s: &SeriesScore| s.model.mase.unwrap_or(s.model.mae);
    let mut order: Vec<usize> = (0..series.len()).collect();
    // A MASE does not compare with an error in units of the data: series without one come last.
    order.sort_by(|a, b| {
        let (a, b) = (&series[*a], &series[*b]);
        b.model.mase.is_some().cmp(&a.model.mase.is_some()).then(error(b).total_cmp(&error(a)))
    });
    let better = series.iter().filter(|s| s.model.mae < s.baseline.mae).count();
    let columns = [
        (Column::Name, "series".to_string()),
        (Column::Figure, "MASE".to_string()),
        (Column::Figure, BASELINE_NAME.to_string()),
        (Column::Figure, "MAE".to_string()),
        (Column::Figure, BASELINE_NAME.to_string()),
    ];
    let row = |at: &usize| {
        let SeriesScore { model, baseline, .. } = &series[*at];
        let mut cells = vec![Cell::new(backtest.names.get(*at).map_or("", String::as_str))];
        let pairs = [(model.mase.unwrap_or(f64::NAN), baseline.mase.unwrap_or(f64::NAN)), (model.mae, baseline.mae)];
        for (model, baseline) in pairs {
            let class = |is: bool| if is { "best" } else { "" };
            cells.push(Cell::with_class(figure(model), class(model < baseline)));
            cells.push(Cell::with_class(figure(baseline), class(baseline < model)));
        }
        cells
    };
    let rows: Vec<Vec<Cell>> = order.iter().take(LISTED).map(row).collect();
    let mut note = format!(
        "The forecast's mean absolute error is below that of {BASELINE_NAME} in {} of {} series.",
        fixed(better as f64, 0),
        fixed(series.len() as f64, 0)
    );
    let rest = &order[rows.len()..];
    if let (Some(first), Some(last)) = (rest.first(), rest.last()) {
        let of = match (series[*first].model.mase, series[*last].model.mase) {
            (Some(high), Some(low)) => format!(", with a MASE between {} and {}", figure(low), figure(high)),
            _ => String::new(),
        };
        let _ = write!(note, " {} more are not listed{of}.", fixed(rest.len() as f64, 0));
    }
    let name = if rows.len() < series.len() { format!("The {LISTED} series forecast worst") } else { "Errors by series".to_string() };
    let note = format!("<p class=\"note\">{}</p>", escape(&note));
    if rows.len() > OPEN {
        let summary = format!("{name} (of {})", fixed(series.len() as f64, 0));
        return note + &details(&summary, &table(&name, &columns, &rows));
    }
    format!("<div class=\"card\"><h3>{}</h3>{}{note}</div>", escape(&name), table(&name, &columns, &rows))
}

/// The forecasts, drawn into the rows that they are of.
fn windows(backtest: &Backtest) -> String {
    let Backtest { windows, overlapping, .. } = backtest;
    let Some(first) = windows.first() else { return String::new() };
    let drawn = |panels: &[Panel], id: &str| {
        let figure = |(i, panel): (usize, &Panel)| Series::new(panel).window_figure(&format!("{id}{i}"), &panel.name, panels.len() == 1);
        let figures: String = panels.iter().enumerate().map(figure).collect();
        if panels.len() == 1 { figures } else { format!("<div class=\"grid2\">{figures}</div>") }
    };
    let mut body = format!("<div class=\"shared\">{}</div>", page::legend(&Series::new(first).keys()));
    body += &drawn(windows, "window");
    if !overlapping.is_empty() {
        let summary = match overlapping.len() {
            1 => "One more, whose rows overlap these".to_string(),
            more => format!("{more} more, whose rows overlap these"),
        };
        body += &details(&summary, &drawn(overlapping, "overlapping"));
    }
    let (all, shown) = (backtest.score.windows, backtest.shown);
    let whose = if backtest.drawn < backtest.score.series.len() { " They are of the series forecast best and worst." } else { "" };
    let lead = match (all, shown) {
        (1, _) => "The forecast from the rows before it alone, beside what came.".to_string(),
        _ if shown == all => "Every forecast from the rows before it alone, beside what came.".to_string(),
        (_, 1) => format!("One of {} forecasts, from the rows before it alone, beside what came.", fixed(all as f64, 0)),
        _ => format!(
            "{} of {} forecasts, each from the rows before it alone, beside what came.",
            fixed(shown as f64, 0),
            fixed(all as f64, 0)
        ),
    };
    section("windows", "Forecast and truth", &(lead + whose), &body)
}

/// Whether the intervals hold, and what every step of the horizon costs.
fn intervals(backtest: &Backtest) -> String {
    let score = &backtest.score;
    let mut body = String::new();
    if !score.coverage.is_empty() {
        let columns =
            [(Column::Name, "interval".to_string()), (Column::Figure, "values inside".to_string()), (Column::Text, "verdict".to_string())];
        let few = score.expected.map_or(score.windows as f64, |e| e.independent) < LEAST_WINDOWS;
        let row = |c: &gatewise::task::forecast::Coverage| {
            let word = score::fault(score, c);
            let silent = if few { "too few rows to tell" } else { "holds" };
            vec![
                Cell::new(percent(c.nominal)),
                Cell::with_class(percent(c.actual), "best"),
                Cell::with_class(word.unwrap_or(silent), if word.is_some() { "worse" } else { "" }),
            ]
        };
        let rows: Vec<Vec<Cell>> = score.coverage.iter().map(row).collect();
        let _ = write!(body, "<div class=\"card\">{}</div>", table("Coverage of the intervals", &columns, &rows));
    }
    let by_step = steps::figures(score, backtest.horizon);
    body += &by_step;
    if body.is_empty() {
        return body;
    }
    let (heading, lead) = if score.coverage.is_empty() {
        ("Step by step", "The mean absolute error of each step of the horizon.")
    } else {
        let lead = match by_step.is_empty() {
            true => "The share of true values inside each interval, at best its own level.",
            false => "The share of true values inside each interval, at best its own level: over all steps and by step.",
        };
        ("Do the intervals hold?", lead)
    };
    section("intervals", heading, lead, &body)
}

/// `One step`, `12 steps`.
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("one {what}") } else { format!("{} {what}s", fixed(count as f64, 0)) }
}
