//! One series: its recent history, the held-back part, and the forecast with its intervals.

use super::{ForecastRow, Panel};
use crate::draw::charts::{Axes, Chart, Mark, Size};
use crate::draw::legend::Key;
use crate::draw::scale::{Scale, bounds};
use crate::draw::time::{self, TimeTick};
use crate::html::page::{Drawing, Readout, figure};
use crate::number::{fixed, percent};

/// How far two quantile levels may lie from mirroring each other and still bound an interval.
const LEVEL_TOLERANCE: f64 = 1e-6;

/// No drawing shows more observations: beyond it a page grows heavy and its lines run together.
const MOST_DRAWN: usize = 1500;

/// A drawing's size, and how much history it shows beside what was forecast.
#[derive(Debug, Clone, Copy)]
pub struct View {
    size: Size,
    /// Observations before the held-back part, as a multiple of the steps forecast in all.
    history: f64,
    /// At least so many observations.
    least: usize,
}

const WIDE: View = View { size: Size { width: 1000.0, height: 400.0 }, history: 4.0, least: 60 };
const NARROW: View = View { size: Size { width: 380.0, height: 300.0 }, history: 2.0, least: 30 };
const SMALL: View = View { size: Size { width: 460.0, height: 260.0 }, history: 1.5, least: 40 };
/// Of a forecast whose rows are known: its history runs on to the end of them.
const WINDOW: View = View { size: Size { width: 460.0, height: 260.0 }, history: 2.0, least: 40 };

/// Observations up to which the drawing of a held-back window says its values under the pointer.
const READ_OUT: usize = 300;

/// What the held-back part is drawn beside.
pub const BASELINE_NAME: &str = "seasonal naive";

/// Observations that the drawing of a held-back window of so many rows shows, its own among them.
pub fn shown_of_window(rows: usize) -> usize {
    /// Beside more the few steps of a short horizon are not seen.
    const TIMES: usize = 12;
    ((WINDOW.history * rows as f64) as usize).max(WINDOW.least.min(TIMES * rows)).min(MOST_DRAWN)
}

/// The marks of a time axis, given its width in em.
type Ticks<'a> = Box<dyn Fn(f64) -> Vec<TimeTick> + 'a>;

/// A point of the series: position, label, value.
pub type Point<'a> = (f64, &'a str, f64);

/// A panel made ready for drawing.
pub struct Series<'a> {
    pub panel: &'a Panel,
    /// The observations, the held-back ones included, in order.
    truth: Vec<Point<'a>>,
    /// Columns of the quantiles that bound an interval, widest first, with its coverage.
    pub intervals: Vec<(usize, usize, f64)>,
    /// Largest magnitude, which sets the digits of every figure.
    pub size: f64,
}

impl<'a> Series<'a> {
    /// Joins history and held-back part and pairs the quantiles.
    pub fn new(panel: &'a Panel) -> Self {
        let held = panel.held_back.iter().flat_map(|h| &h.rows);
        let held_span = bounds(held.clone().map(|r| r.position));
        let is_held = |at: f64| held_span.is_some_and(|(from, to)| (from..=to).contains(&at));
        let mut truth: Vec<Point<'a>> = panel
            .history
            .iter()
            .filter(|point| !is_held(point.0))
            .map(|(at, label, value)| (*at, label.as_str(), *value))
            .chain(held.map(|r| (r.position, r.label.as_str(), r.truth)))
            .filter(|point| point.0.is_finite())
            .collect();
        truth.sort_by(|a, b| a.0.total_cmp(&b.0));
        let values = truth.iter().map(|p| p.2);
        let ahead = panel.forecast.iter().map(|r| r.median);
        let (lo, hi) = bounds(values.chain(ahead)).unwrap_or((0.0, 1.0));
        Self { panel, truth, intervals: intervals(&panel.quantile_levels), size: lo.abs().max(hi.abs()) }
    }

    /// The figure over the full width of the page, with its legend and its values in tables.
    pub fn large_figure(&self, id: &str, heading: &str, table_rows: usize) -> String {
        let drawings = [self.drawn(id, WIDE), self.drawn(id, NARROW)];
        self.figure(heading, &self.keys(), &drawings, WIDE, table_rows)
    }

    /// The figure as one of many, which share a legend.
    pub fn small_figure(&self, id: &str, heading: &str, table_rows: usize) -> String {
        let drawings = [self.drawn(id, SMALL)];
        self.figure(heading, &[], &drawings, SMALL, table_rows)
    }

    /// The figure of a forecast whose rows are known: over the full width of the page where it is `alone`, else as one of many. The legend
    /// stands elsewhere.
    pub fn window_figure(&self, id: &str, heading: &str, alone: bool) -> String {
        let views = if alone { vec![View { size: WIDE.size, ..WINDOW }, View { size: NARROW.size, ..WINDOW }] } else { vec![WINDOW] };
        let drawn: Vec<_> = views.into_iter().map(|view| self.drawn(id, view)).collect();
        let recent = self.recent(WINDOW);
        let readout = if recent.len() <= READ_OUT { self.readout(recent) } else { Readout::default() };
        figure(heading, &[], &drawings(&drawn), &readout, &self.caption(recent.len()), "")
    }

    fn figure(&self, heading: &str, keys: &[Key], drawn: &[(Chart, Size, Ticks<'_>)], view: View, table_rows: usize) -> String {
        let recent = self.recent(view);
        figure(heading, keys, &drawings(drawn), &self.readout(recent), &self.caption(recent.len()), &self.tables(table_rows))
    }

    fn drawn<'s>(&'s self, id: &str, view: View) -> (Chart, Size, Ticks<'s>) {
        let ticks = move |width| self.ticks(view, width);
        (self.chart(id, view), view.size, Box::new(ticks))
    }

    fn caption(&self, shown: usize) -> String {
        let mut sentences: Vec<String> = Vec::new();
        if let Some(note) = &self.panel.note {
            let end = if note.ends_with(['.', '!', '?', ')']) { "" } else { "." };
            sentences.push(format!("{note}{end}"));
        }
        if shown < self.truth.len() {
            sentences.push(format!("Only the latest of {} observations are drawn.", fixed(self.truth.len() as f64, 0)));
        }
        sentences.join(" ")
    }

    /// The chart for another drawing, with the marks of its time axis.
    pub fn drawing(&self, id: &str, size: Size) -> (Chart, Size, Ticks<'_>) {
        self.drawn(id, View { size, ..WIDE })
    }

    /// The observations a view shows.
    fn recent(&self, view: View) -> &[Point<'a>] {
        let held = self.panel.held_back.as_ref().map_or(0, |h| h.rows.len());
        let ahead = (held + self.panel.forecast.len()) as f64;
        let count = (((view.history * ahead) as usize).max(view.least) + held).min(MOST_DRAWN);
        &self.truth[self.truth.len().saturating_sub(count)..]
    }

    fn ticks(&self, view: View, width: f64) -> Vec<TimeTick> {
        let mut points: Vec<(f64, &str)> = self.recent(view).iter().map(|p| (p.0, p.1)).collect();
        let end = points.last().map_or(f64::NEG_INFINITY, |p| p.0);
        points.extend(self.ahead().filter(|r| r.position > end).map(|r| (r.position, r.label.as_str())));
        time::ticks(&points, width)
    }

    /// The steps of the forecast that have a place on the axis.
    pub fn ahead(&self) -> impl Iterator<Item = &'a ForecastRow> + Clone {
        let rows = self.panel.forecast.iter();
        rows.filter(|r| r.position.is_finite())
    }

    /// What the series has before `position`, to start a forecast's line from.
    fn anchor(&self, position: f64) -> Option<(f64, f64)> {
        let earlier = self.truth.iter().rev().find(|p| p.0 < position)?;
        earlier.2.is_finite().then_some((earlier.0, earlier.2))
    }

    fn chart(&self, id: &str, view: View) -> Chart {
        let recent = self.recent(view);
        let truth = Mark::Line { class: "truth", points: recent.iter().map(|p| (p.0, p.2)).collect() };
        let mut marks = Vec::new();
        let earliest = recent.first().map_or(f64::NEG_INFINITY, |p| p.0);
        let held = self.panel.held_back.iter().flat_map(|h| &h.rows).filter(|r| r.position >= earliest);
        if let (Some(first), Some(last)) = (held.clone().next(), held.clone().next_back()) {
            let start = self.anchor(first.position).filter(|p| p.0 >= earliest);
            let from = |value: fn(&super::HeldBackRow) -> f64| {
                let rows = held.clone().map(move |r| (r.position, value(r)));
                start.into_iter().chain(rows).collect::<Vec<_>>()
            };
            marks.push(Mark::Span {
                class: "held",
                from: start.map_or(first.position, |p| p.0),
                to: last.position,
                name: "held back".to_string(),
            });
            marks.push(truth);
            marks.push(Mark::Line { class: "baseline", points: from(|r| r.baseline) });
            marks.push(Mark::Line { class: "model", points: from(|r| r.model) });
        } else {
            marks.push(truth);
        }
        self.draw_ahead(&mut marks);
        let mut chart = Chart {
            id: id.to_string(),
            title: format!("Forecast of {}", self.panel.name),
            description: self.describe(),
            axes: Axes::new(&self.panel.time, &self.panel.value),
            y: Scale::linear([]),
            marks,
        };
        chart.y = Scale::linear(values_of(&chart.marks));
        chart
    }

    fn draw_ahead(&self, marks: &mut Vec<Mark>) {
        let Some(first) = self.ahead().next() else {
            return;
        };
        let start = self.anchor(first.position);
        let last = self.ahead().last().map_or(first.position, |r| r.position);
        if let Some((at, _)) = start {
            marks.push(Mark::Span { class: "ahead", from: at, to: last, name: "forecast".to_string() });
            marks.push(Mark::Rule { class: "now", at, name: String::new() });
        }
        for (i, &(low, high, _)) in self.intervals.iter().enumerate() {
            let rows = self.ahead().map(|r| {
                let at = |column: usize| r.quantiles.get(column).copied().unwrap_or(f64::NAN);
                (r.position, at(low), at(high))
            });
            marks.push(Mark::Band {
                class: if i == 0 { "outer" } else { "inner" },
                rows: start.map(|(x, y)| (x, y, y)).into_iter().chain(rows).collect(),
            });
        }
        let medians = self.ahead().map(|r| (r.position, r.median));
        marks.push(Mark::Line { class: "model", points: start.into_iter().chain(medians).collect() });
    }

    /// The legend.
    pub fn keys(&self) -> Vec<Key> {
        let mut keys = vec![Key::line("truth", "observed"), Key::line("model", "forecast")];
        for (i, (_, _, coverage)) in self.intervals.iter().enumerate() {
            let class = if i == 0 { "outer" } else { "key-inner" };
            keys.push(Key::area(class, format!("{} interval", percent(*coverage))));
        }
        if self.panel.held_back.is_some() {
            keys.push(Key::line("baseline", format!("{BASELINE_NAME} baseline")));
            keys.push(Key::area("held", "held back from training"));
        }
        keys
    }

    fn describe(&self) -> String {
        let mut out = match (self.truth.first(), self.truth.last()) {
            (Some(first), Some(last)) => {
                let (lo, hi) = bounds(self.truth.iter().map(|p| p.2)).unwrap_or((0.0, 0.0));
                format!(
                    "{} observations from {} to {}, between {} and {}.",
                    self.truth.len(),
                    first.1,
                    last.1,
                    self.text(lo),
                    self.text(hi)
                )
            }
            _ => "No observations.".to_string(),
        };
        if let (Some(first), Some(last)) = (self.ahead().next(), self.ahead().last()) {
            out += &format!(
                " The forecast runs from {} at {} to {} at {}.",
                self.text(first.median),
                first.label,
                self.text(last.median),
                last.label
            );
        }
        out
    }
}

fn drawings<'a>(drawn: &'a [(Chart, Size, Ticks<'_>)]) -> Vec<Drawing<'a>> {
    drawn.iter().map(|(chart, size, ticks)| Drawing { chart: chart.clone(), size: *size, ticks: &**ticks }).collect()
}

/// The values a chart must hold.
fn values_of(marks: &[Mark]) -> Vec<f64> {
    marks
        .iter()
        .flat_map(|mark| match mark {
            Mark::Line { points, .. } => points.iter().map(|p| p.1).collect(),
            Mark::Band { rows, .. } => rows.iter().flat_map(|r| [r.1, r.2]).collect(),
            _ => Vec::new(),
        })
        .collect()
}

/// Pairs of levels that mirror each other around one half, widest first.
fn intervals(levels: &[f64]) -> Vec<(usize, usize, f64)> {
    let mut found: Vec<(usize, usize, f64)> = Vec::new();
    for (low, below) in levels.iter().enumerate().filter(|(_, q)| **q < 0.5) {
        let mirrored = |q: &f64| (q - (1.0 - below)).abs() < LEVEL_TOLERANCE;
        if let Some(high) = levels.iter().position(mirrored) {
            found.push((low, high, levels[high] - below));
        }
    }
    found.sort_by(|a, b| b.2.total_cmp(&a.2));
    found
}
