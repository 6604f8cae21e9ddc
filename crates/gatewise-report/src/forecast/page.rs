//! The page of a forecast.

use std::fmt::Write;

use super::panel::Series;
use super::select::{pick_panels, relative_error};
use super::{ForecastReport, Panel, backtest, standing};
use crate::MAX_PANELS;
use crate::html::made::{findings, settings};
use crate::html::page::{self, document, facts, section};
use crate::html::training;
use crate::markup::escape;
use crate::number::fixed;

/// Rows of values the page carries over all panels; `forecast.csv` has every one.
const TABLE_ROWS: usize = 4000;
/// Up to this many panels are drawn over the full width.
const LARGE_PANELS: usize = 2;

/// The page of a forecast: one HTML document that loads nothing.
pub fn render_forecast(report: &ForecastReport) -> String {
    let mut body = header(report);
    body += &forecasts(report);
    body += &report.backtest.as_ref().map_or(String::new(), backtest::sections);
    body += &findings(&report.warnings);
    body += &training::section_of(&report.epochs, training::LOSS);
    body += &settings(&report.command, &report.guesses, &report.settings);
    body += "<footer>Made by Gatewise. Everything shown here is inside this one file.</footer>";
    document(&report.title, &body)
}

fn header(report: &ForecastReport) -> String {
    let mut out = format!(
        "<header><p class=\"eyebrow\"><b>Gatewise</b> forecast, {}</p><h1>{}</h1>{}",
        escape(&report.created),
        escape(&report.title),
        report.backtest.as_ref().map_or(String::new(), |b| standing::outcome(&b.score))
    );
    if !report.verdict.is_empty() {
        let _ = write!(out, "<p class=\"verdict\">{}</p>", escape(&report.verdict));
    }
    out += &report.backtest.as_ref().map_or(String::new(), |b| standing::tiles(&b.score));
    if !report.facts.is_empty() {
        out += &facts(&report.facts);
    }
    out + "</header>"
}

fn forecasts(report: &ForecastReport) -> String {
    let chosen = chosen_panels(&report.panels);
    if chosen.is_empty() {
        let body = "<p class=\"note\">The run forecast no series.</p>";
        return section("forecast", "Forecast", "", body);
    }
    let limit = TABLE_ROWS / chosen.len();
    let are_small = chosen.len() > LARGE_PANELS;
    let is_one = report.total_panels.max(report.panels.len()) == 1;
    let mut body = String::new();
    for (i, panel) in chosen.iter().enumerate() {
        let series = Series::new(panel);
        let id = format!("panel{i}");
        // The page's title names a series that stands alone.
        let heading = if is_one { "" } else { panel.name.as_str() };
        if are_small {
            body += &series.small_figure(&id, heading, limit);
        } else {
            body += &series.large_figure(&id, heading, limit);
        }
    }
    if are_small {
        let keys = page::legend(&Series::new(chosen[0]).keys());
        body = format!("<div class=\"shared\">{keys}</div><div class=\"grid2\">{body}</div>");
    }
    section("forecast", "Forecast", &lead(report, chosen.len()), &body)
}

fn chosen_panels(panels: &[Panel]) -> Vec<&Panel> {
    let errors: Vec<f64> = panels.iter().map(relative_error).collect();
    pick_panels(&errors, MAX_PANELS).into_iter().map(|i| &panels[i]).collect()
}

fn lead(report: &ForecastReport, shown: usize) -> String {
    let total = report.total_panels.max(report.panels.len());
    let steps = report.panels.iter().map(|p| p.forecast.len()).max();
    let ahead = match steps.unwrap_or(0) {
        1 => "One step ahead".to_string(),
        steps => format!("{} steps ahead", fixed(steps as f64, 0)),
    };
    match (total, shown) {
        (1, _) => format!("{ahead}, after the recent history."),
        _ if shown == total => format!("{ahead}, for all {total} series."),
        _ => {
            format!("{ahead}. {shown} of {} series are drawn: those forecast best and worst on the held-back part.", fixed(total as f64, 0))
        }
    }
}
