//! The model beside its baselines: who wins on which measure, said in figures and in words.

use std::cmp::Ordering;
use std::fmt::Write;

use super::page::{Cell, Column, table};
use crate::MetricRow;
use crate::markup::escape;
use crate::number::{figure, fixed};

/// How many measures get a tile of their own.
const TILES: usize = 4;

/// How the model stands against the best baseline on one measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Better,
    Worse,
    Even,
    Unknown,
}

impl MetricRow {
    /// The baseline that is hardest to beat, by name and value.
    fn best_baseline(&self) -> Option<(&str, f64)> {
        let finite = self.baselines.iter().filter(|(_, v)| v.is_finite());
        let by_value = |a: &&(String, f64), b: &&(String, f64)| a.1.total_cmp(&b.1);
        let best = if self.lower_is_better { finite.min_by(by_value) } else { finite.max_by(by_value) };
        best.map(|(name, value)| (name.as_str(), *value))
    }

    fn standing(&self) -> Standing {
        let Some((_, baseline)) = self.best_baseline() else {
            return Standing::Unknown;
        };
        if !self.model.is_finite() {
            Standing::Worse
        } else if self.model == baseline {
            Standing::Even
        } else if (self.model < baseline) == self.lower_is_better {
            Standing::Better
        } else {
            Standing::Worse
        }
    }

    /// `12 % better`, and its class.
    fn difference(&self) -> (String, &'static str) {
        let (word, class) = match self.standing() {
            Standing::Better => ("better", "better"),
            Standing::Worse => ("worse", "worse"),
            Standing::Even => return ("equal".to_string(), ""),
            Standing::Unknown => return (figure(f64::NAN), ""),
        };
        let baseline = self.best_baseline().map_or(f64::NAN, |(_, v)| v);
        let share = 100.0 * (self.model - baseline).abs() / baseline.abs();
        if !share.is_finite() {
            return (word.to_string(), class);
        }
        let places = usize::from(share < 10.0);
        (format!("{}\u{a0}% {word}", fixed(share, places)), class)
    }
}

/// A name as it is printed: `seasonal_naive` reads `seasonal naive`.
pub fn spoken(name: &str) -> String {
    name.replace('_', " ")
}

/// The outcome over all measures, as a badge.
pub fn outcome(metrics: &[MetricRow]) -> String {
    let compared: Vec<Standing> = metrics.iter().map(MetricRow::standing).filter(|s| *s != Standing::Unknown).collect();
    if compared.is_empty() {
        return String::new();
    }
    let wins = compared.iter().filter(|s| **s == Standing::Better).count();
    let losses = compared.iter().filter(|s| **s == Standing::Worse).count();
    let count = compared.len();
    let beaten = if metrics.iter().any(|m| m.baselines.len() > 1) { "every baseline" } else { "the baseline" };
    let text = if wins == count {
        format!("The model beats {beaten}")
    } else if losses == count {
        "The baseline beats the model".to_string()
    } else if wins + losses == 0 {
        "The model equals the baseline".to_string()
    } else {
        format!("The model wins {wins} of {count} measures")
    };
    let (class, sign) = match wins.cmp(&losses) {
        Ordering::Greater => ("better", "▲"),
        Ordering::Equal => ("even", "="),
        Ordering::Less => ("worse", "▼"),
    };
    badge(class, sign, &text)
}

/// The outcome in a few words, with a sign for those who see no colours.
pub fn badge(class: &str, sign: &str, text: &str) -> String {
    format!("<p class=\"outcome {class}\"><span aria-hidden=\"true\">{sign}</span>{}</p>", escape(text))
}

/// One measure, large, with a pair of bars.
pub struct Tile<'a> {
    /// The measure.
    pub name: &'a str,
    /// The value it is about.
    pub value: f64,
    /// The name and value it is compared with.
    pub other: (&'a str, f64),
    /// How they differ, in words, and the class of that.
    pub difference: (String, &'static str),
}

/// Tiles side by side; nothing without one.
pub fn grid(tiles: &[Tile<'_>]) -> String {
    if tiles.is_empty() {
        return String::new();
    }
    let mut out = String::from("<div class=\"tiles\">");
    for Tile { name, value, other: (other_name, other), difference: (difference, class) } in tiles {
        let largest = value.abs().max(other.abs());
        let width = |value: f64| {
            let share = 100.0 * value.abs() / largest;
            if share.is_finite() { share } else { 0.0 }
        };
        let _ = write!(
            out,
            "<div class=\"tile\"><h3>{}</h3><p class=\"big\">{} <small class=\"{class}\">{}</small></p>\
             <div class=\"bars\"><i style=\"width:{:.1}%\"></i><i class=\"base\" style=\"width:{:.1}%\"></i>\
             <span>{} {}</span></div></div>",
            escape(name),
            figure(*value),
            escape(difference),
            width(*value),
            width(*other),
            escape(other_name),
            figure(*other),
        );
    }
    out + "</div>"
}

/// The first few compared measures, large, each with a pair of bars.
pub fn tiles(metrics: &[MetricRow]) -> String {
    let compared = metrics.iter().filter_map(|m| m.best_baseline().map(|(name, value)| (m, spoken(name), value)));
    let compared: Vec<(&MetricRow, String, f64)> = compared.take(TILES).collect();
    let mut tiles = Vec::new();
    for (metric, name, value) in &compared {
        tiles.push(Tile { name: &metric.name, value: metric.model, other: (name, *value), difference: metric.difference() });
    }
    grid(&tiles)
}

/// Every measure, every baseline, and what it comes to.
pub fn comparison(metrics: &[MetricRow]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in metrics.iter().flat_map(|m| &m.baselines) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut columns = vec![(Column::Name, "measure".to_string()), (Column::Figure, "model".to_string())];
    columns.extend(names.iter().map(|n| (Column::Figure, spoken(n))));
    if !names.is_empty() {
        columns.push((Column::Figure, "the model is".to_string()));
    }
    let rows: Vec<Vec<Cell>> = metrics.iter().map(|m| row(m, &names)).collect();
    table("Measures on the held-back part", &columns, &rows) + &remarks(metrics)
}

fn row(metric: &MetricRow, names: &[&str]) -> Vec<Cell> {
    let standing = metric.standing();
    let model_class = if standing == Standing::Better { "best" } else { "" };
    let mut row = vec![Cell::new(&metric.name), Cell::with_class(figure(metric.model), model_class)];
    let best = metric.best_baseline();
    for name in names {
        let found = metric.baselines.iter().find(|(n, _)| n == name);
        let value = found.map_or(f64::NAN, |(_, v)| *v);
        let is_best = standing == Standing::Worse && best.is_some_and(|(n, _)| n == *name);
        let class = if is_best { "best" } else { "" };
        row.push(Cell::with_class(figure(value), class));
    }
    if !names.is_empty() {
        let (difference, class) = metric.difference();
        row.push(Cell::with_class(difference, class));
    }
    row
}

/// Where the model loses, and which way each measure points.
fn remarks(metrics: &[MetricRow]) -> String {
    let named = |keep: &dyn Fn(&MetricRow) -> bool| -> String {
        let names = metrics.iter().filter(|m| keep(m));
        list(names.map(|m| m.name.as_str()))
    };
    let mut out = String::new();
    let lost = named(&|m| m.standing() == Standing::Worse);
    if !lost.is_empty() {
        let _ = write!(out, "A baseline is better than the model on {lost}. ");
    }
    let compared = |m: &MetricRow| m.standing() != Standing::Unknown;
    let lower = named(&|m| compared(m) && m.lower_is_better);
    let higher = named(&|m| compared(m) && !m.lower_is_better);
    if !lower.is_empty() {
        let _ = write!(out, "Lower is better for {lower}. ");
    }
    if !higher.is_empty() {
        let _ = write!(out, "Higher is better for {higher}. ");
    }
    match out.trim_end() {
        "" => String::new(),
        text => format!("<p class=\"note\">{}</p>", escape(text)),
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_string(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}
