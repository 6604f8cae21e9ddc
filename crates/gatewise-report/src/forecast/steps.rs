//! Errors and coverage by step of the horizon.

use gatewise::task::forecast::Score;

use crate::draw::charts::{Axes, Chart, Mark, Size};
use crate::draw::legend::Key;
use crate::draw::scale::Scale;
use crate::draw::time;
use crate::html::page::{Cell, Column, Drawing, Readout, details, figure, table};
use crate::number::{figure as figure_text, fixed, percent};

const SIZE: Size = Size { width: 460.0, height: 240.0 };
/// Of a chart that stands alone, on wide and on narrow screens.
const ALONE: [Size; 2] = [Size { width: 1000.0, height: 300.0 }, Size { width: 380.0, height: 240.0 }];
/// Forecasts from which on the coverage of a step is drawn: the shares of fewer jump from none to all.
const LEAST_WINDOWS: usize = 5;
/// Steps that the table lists.
const LISTED: usize = 200;
/// What the position axis counts.
const AHEAD: &str = "steps ahead";
/// Intervals that are drawn, the widest first, each with a class of its own.
const CLASSES: [&str; 3] = ["model", "second", "baseline"];

/// Charts and table; nothing where there is one step alone.
pub fn figures(score: &Score, horizon: usize) -> String {
    if score.steps.len() < 2 {
        return String::new();
    }
    let coverage = coverage(score);
    let errors = errors(score, coverage.is_empty());
    let fewer = match score.steps.len() {
        known if known < horizon => {
            let more = horizon - known;
            format!("<p class=\"note\">No row is known of the last {more} of {horizon} steps.</p>")
        }
        _ => String::new(),
    };
    let charts = if coverage.is_empty() { errors } else { format!("<div class=\"grid2\">{errors}{coverage}</div>") };
    charts + &fewer + &values(score)
}

/// The share of true values inside an interval, step by step, in percent.
fn inside(score: &Score, interval: usize) -> impl Iterator<Item = f64> + Clone + '_ {
    score.steps.iter().map(move |s| 100.0 * s.inside.get(interval).copied().unwrap_or(f64::NAN))
}

fn points(values: impl Iterator<Item = f64>) -> Vec<(f64, f64)> {
    values.enumerate().map(|(i, value)| ((i + 1) as f64, value)).collect()
}

/// What stands under the pointer: a name and the text of every step.
type Reading = (String, Vec<String>);

fn drawn(score: &Score, sizes: &[Size], chart: Chart, keys: &[Key], readings: Vec<Reading>) -> String {
    let labels: Vec<String> = (1..=score.steps.len()).map(|step| step.to_string()).collect();
    let points: Vec<(f64, &str)> = labels.iter().enumerate().map(|(i, label)| ((i + 1) as f64, label.as_str())).collect();
    let ticks = |width: f64| time::ticks(&points, width);
    let label = labels.iter().map(|step| format!("step {step}")).collect();
    let readout = Readout { x: points.iter().map(|p| p.0).collect(), label, series: readings };
    let heading = chart.title.clone();
    let drawings: Vec<Drawing<'_>> = sizes.iter().map(|size| Drawing { chart: chart.clone(), size: *size, ticks: &ticks }).collect();
    figure(&heading, keys, &drawings, &readout, "", "")
}

fn errors(score: &Score, alone: bool) -> String {
    let values = score.steps.iter().map(|s| s.mae);
    let ends = values.clone().next().zip(values.clone().next_back());
    let chart = Chart {
        id: "step-errors".to_string(),
        title: "Mean absolute error by step".to_string(),
        description: ends.map_or(String::new(), |(first, last)| {
            format!("{} at the first step, {} at step {}.", figure_text(first), figure_text(last), score.steps.len())
        }),
        axes: Axes::new(AHEAD, "mean absolute error"),
        y: Scale::linear(values.clone().chain([0.0])),
        marks: vec![Mark::Line { class: "model", points: points(values.clone()) }],
    };
    let sizes = if alone { &ALONE[..] } else { &[SIZE] };
    drawn(score, sizes, chart, &[], vec![("MAE".to_string(), values.map(figure_text).collect())])
}

fn coverage(score: &Score) -> String {
    let intervals: Vec<(usize, f64)> = score.coverage.iter().map(|c| c.nominal).enumerate().take(CLASSES.len()).collect();
    if intervals.is_empty() || score.windows < LEAST_WINDOWS {
        return String::new();
    }
    let end = score.steps.len() as f64;
    let nominal = |level: f64| Mark::Line { class: "rule", points: vec![(1.0, 100.0 * level), (end, 100.0 * level)] };
    let actual = |&(k, _): &(usize, f64)| Mark::Line { class: CLASSES[k], points: points(inside(score, k)) };
    let mut marks: Vec<Mark> = intervals.iter().map(|&(_, level)| nominal(level)).collect();
    marks.extend(intervals.iter().map(actual));
    let shares = intervals.iter().flat_map(|&(k, _)| inside(score, k));
    let levels = intervals.iter().map(|&(_, level)| 100.0 * level);
    let lowest = |k: usize| inside(score, k).fold(f64::INFINITY, f64::min);
    let description: Vec<String> = intervals
        .iter()
        .map(|&(k, level)| format!("Of the {} interval the lowest share is {}.", percent(level), percent(lowest(k) / 100.0)))
        .collect();
    let chart = Chart {
        id: "step-coverage".to_string(),
        title: "Values inside the intervals by step, %".to_string(),
        description: description.join(" "),
        axes: Axes::new(AHEAD, "values inside, %"),
        y: Scale::linear(shares.chain(levels)),
        marks,
    };
    let name = |level: f64| format!("{} interval", percent(level));
    let mut keys: Vec<Key> = intervals.iter().map(|&(k, level)| Key::line(CLASSES[k], name(level))).collect();
    keys.push(Key::line("rule", "where they should be"));
    let texts = |k: usize| inside(score, k).map(|share| percent(share / 100.0)).collect();
    let readings = intervals.iter().map(|&(k, level)| (name(level), texts(k))).collect();
    drawn(score, &[SIZE], chart, &keys, readings)
}

/// Errors and coverage as a table the reader opens.
fn values(score: &Score) -> String {
    let mut columns = vec![(Column::Name, "step".to_string()), (Column::Figure, "MAE".to_string())];
    columns.extend(score.coverage.iter().map(|c| (Column::Figure, format!("inside {}", percent(c.nominal)))));
    let row = |(i, step): (usize, &gatewise::task::forecast::StepScore)| {
        let mut row = vec![Cell::new((i + 1).to_string()), Cell::new(figure_text(step.mae))];
        row.extend(step.inside.iter().map(|share| Cell::new(percent(*share))));
        row
    };
    let rows: Vec<Vec<Cell>> = score.steps.iter().enumerate().take(LISTED).map(row).collect();
    let count = score.steps.len();
    let summary = match count > rows.len() {
        true => format!("By step (the first {} of {} steps)", rows.len(), fixed(count as f64, 0)),
        false => format!("By step ({count} steps)"),
    };
    details(&summary, &table("Errors and coverage by step", &columns, &rows))
}
