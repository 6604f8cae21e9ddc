//! The forecast beside every method that forecast the same rows: badge, tiles, table.

use gatewise::task::forecast::{Candidate, Metrics, Score, Standing};

use super::panel::BASELINE_NAME;
use crate::html::metrics::{Tile, badge, grid};
use crate::html::page::{Cell, Column, table};
use crate::number::{figure, fixed};

/// Share of the weights from which a method alone is the forecast, as figures show it.
const ALL: f64 = 0.995;

/// The name of what is held against the methods.
const FORECAST: &str = "forecast";

/// Measures shown: a name and where it stands.
type Measure = (&'static str, fn(&Metrics) -> Option<f64>);

const MEASURES: [Measure; 4] = [("MASE", |m| m.mase), ("sMAPE", |m| Some(m.smape)), ("MAE", |m| Some(m.mae)), ("RMSE", |m| Some(m.rmse))];

/// A line of the table.
struct Method<'a> {
    candidate: Option<Candidate>,
    name: &'static str,
    metrics: &'a Metrics,
    weight: Option<f64>,
    windows: usize,
}

/// The error by which methods are sorted: MASE where there is one.
fn error(metrics: &Metrics) -> f64 {
    metrics.mase.unwrap_or(metrics.mae)
}

/// Every method, the best first; the seasonal-naive forecast is always among them.
fn methods(score: &Score) -> Vec<Method<'_>> {
    let mut methods: Vec<Method<'_>> = score
        .methods
        .iter()
        .map(|m| Method {
            candidate: Some(m.candidate),
            name: m.candidate.name(),
            metrics: &m.metrics,
            weight: m.weight,
            windows: m.windows,
        })
        .collect();
    if score.baseline_stands_alone() {
        methods.push(Method { candidate: None, name: BASELINE_NAME, metrics: &score.baseline, weight: None, windows: score.windows });
    }
    methods.sort_by(|a, b| error(a.metrics).total_cmp(&error(b.metrics)));
    methods
}

/// The simple method that the forecast is held against: that of the verdict, else the best that forecast every window.
fn rival(score: &Score) -> Option<Method<'_>> {
    let is_rival = |m: &Method<'_>| match score.against {
        Some((best, _)) => m.candidate == Some(best),
        None => m.candidate.is_none_or(Candidate::is_simple) && m.windows == score.windows,
    };
    methods(score).into_iter().find(is_rival)
}

/// Name and error of the simple method that the forecast is held against.
pub fn best_simple(score: &Score) -> Option<(&'static str, f64)> {
    rival(score).map(|m| (m.name, error(m.metrics)))
}

/// What differs by less than figures show.
const EQUAL: &str = "equal";

/// `12 % lower`.
fn difference(value: f64, other: f64) -> String {
    let share = 100.0 * (value - other).abs() / other.abs();
    match value.partial_cmp(&other) {
        None => figure(f64::NAN),
        Some(std::cmp::Ordering::Equal) => EQUAL.to_string(),
        Some(_) if share < 0.05 => EQUAL.to_string(),
        Some(_) if !share.is_finite() => if value < other { "lower" } else { "higher" }.to_string(),
        Some(order) => {
            let places = usize::from(share < 9.95);
            format!("{}\u{a0}% {}", fixed(share, places), if order.is_lt() { "lower" } else { "higher" })
        }
    }
}

/// How the forecast stands against the best simple method, as a badge.
pub fn outcome(score: &Score) -> String {
    let Some(rival) = rival(score) else { return String::new() };
    let name = rival.name;
    let is_it = rival.weight.is_some_and(|weight| weight >= ALL);
    match score.against.map(|(_, standing)| standing) {
        _ if is_it => badge("even", "=", &format!("The forecast is that of {name}, the best simple method")),
        Some(Standing::Better) => badge("better", "▲", &format!("Better than {name}, the best simple method, by more than chance")),
        Some(Standing::Worse) => badge("worse", "▼", &format!("Worse than {name}, a simple method")),
        Some(Standing::Even) => badge("even", "=", &format!("Forecast and {name}: the rows do not tell which is better")),
        None => {
            let (value, other) = (error(&score.model), error(rival.metrics));
            let measure = if score.model.mase.is_some() { "MASE" } else { "MAE" };
            let sign = if value < other { "↓" } else { "↑" };
            let of = match difference(value, other) {
                of if of == EQUAL => return badge("even", "=", &format!("{measure} equal to that of {name}")),
                of => of,
            };
            badge("even", sign, &format!("{measure} {of} than that of {name}"))
        }
    }
}

/// The errors, large, beside those of the best simple method.
pub fn tiles(score: &Score) -> String {
    let Some(rival) = rival(score) else { return String::new() };
    let standing = score.against.map(|(_, standing)| standing);
    let tile = |(name, value): Measure| {
        let (value, other) = (value(&score.model)?, value(rival.metrics)?);
        // Colours are for what is more than chance.
        let class = match standing {
            Some(Standing::Better) if value < other => "better",
            Some(Standing::Worse) if value > other => "worse",
            _ => "",
        };
        Some(Tile { name, value, other: (rival.name, other), difference: (difference(value, other), class) })
    };
    grid(&MEASURES.into_iter().filter_map(tile).collect::<Vec<_>>())
}

/// Every method with its errors, its weight in the forecast and the windows it forecast.
pub fn comparison(score: &Score) -> String {
    let methods = methods(score);
    let shown: Vec<Measure> = MEASURES.into_iter().filter(|(_, value)| value(&score.model).is_some()).collect();
    let weighted = methods.iter().any(|m| m.weight.is_some());
    let mut columns = vec![(Column::Name, "method".to_string())];
    columns.extend(shown.iter().map(|(name, _)| (Column::Figure, name.to_string())));
    if weighted {
        columns.push((Column::Figure, "weight".to_string()));
    }
    columns.push((Column::Figure, "windows".to_string()));
    // Errors over other windows do not compare.
    let all = || std::iter::once(&score.model).chain(methods.iter().filter(|m| m.windows == score.windows).map(|m| m.metrics));
    let least: Vec<f64> = shown.iter().map(|(_, value)| all().filter_map(value).fold(f64::INFINITY, f64::min)).collect();
    let row = |name: &str, metrics: &Metrics, weight: Option<f64>, windows: usize| {
        let mut row = vec![Cell::with_class(name, if name == FORECAST { "own" } else { "" })];
        for ((_, value), least) in shown.iter().zip(&least) {
            let value = value(metrics).unwrap_or(f64::NAN);
            let is_best = windows == score.windows && value <= *least;
            row.push(Cell::with_class(figure(value), if is_best { "best" } else { "" }));
        }
        if weighted {
            row.push(Cell::new(weight.filter(|w| *w >= 0.005).map_or(String::new(), |w| format!("{}\u{a0}%", fixed(100.0 * w, 0)))));
        }
        row.push(Cell::new(fixed(windows as f64, 0)));
        row
    };
    let mut rows = vec![row(FORECAST, &score.model, None, score.windows)];
    rows.extend(methods.iter().map(|m| row(m.name, m.metrics, m.weight, m.windows)));
    table("Errors of the forecast and of every method", &columns, &rows)
}
