//! Pages of probes and demonstrations: figures of curves over steps, with tables, and the first figure as a picture.

use std::fmt::Write;

use super::page::{self, Cell, Column, Drawing, Readout, code, details, document, facts, section};
use super::training;
use crate::EpochRow;
use crate::draw::charts::{Axes, Chart, Mark, Size};
use crate::draw::legend::Key;
use crate::draw::picture::framed;
use crate::draw::scale::Scale;
use crate::draw::time::{self, TimeTick};
use crate::markup::{escape, shorten};
use crate::number::figure as figure_of;

const WIDE: Size = Size { width: 1000.0, height: 360.0 };
const NARROW: Size = Size { width: 380.0, height: 280.0 };
/// Marks of an axis of fractions are at multiples of this.
const FRACTION_STEP: f64 = 0.05;

/// A page of figures. Texts are plain: the page escapes them.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The command, as "inspect" or "demo memory".
    pub kind: String,
    /// Heading of the page.
    pub title: String,
    /// The outcome in a sentence or two.
    pub verdict: String,
    /// What to do about it, if anything.
    pub cures: Vec<String>,
    /// Name and value.
    pub facts: Vec<(String, String)>,
    /// The figures; the first is the picture.
    pub figures: Vec<Figure>,
    /// The command line that made the page.
    pub command: String,
}

/// How the values of a figure are laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Axis {
    /// As the values ask for.
    #[default]
    Fitted,
    /// From 0 to 100 per cent.
    Percent,
}

/// Curves over one axis, with tables below.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    /// Heading.
    pub heading: String,
    /// What it shows, in a sentence or two.
    pub lead: String,
    /// What the position axis counts.
    pub x_name: &'static str,
    /// What the value axis spans.
    pub axis: Axis,
    /// The curves; none leaves the tables alone.
    pub curves: Vec<Curve>,
    /// Tables.
    pub tables: Vec<TableOf>,
}

/// A line, with a band where it has one.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Class of the style sheet: "model", "truth", "second", "baseline".
    pub class: &'static str,
    /// Name in the legend.
    pub name: String,
    /// (position, value), in order of position.
    pub points: Vec<(f64, f64)>,
    /// (position, low, high), or empty.
    pub band: Vec<(f64, f64, f64)>,
}

impl Curve {
    /// A line without a band.
    pub fn line(class: &'static str, name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { class, name: name.into(), points, band: Vec::new() }
    }
}

/// A table; the first column names the rows.
#[derive(Debug, Clone)]
pub struct TableOf {
    /// For screen readers.
    pub caption: String,
    /// Headings.
    pub columns: Vec<String>,
    /// Cells.
    pub rows: Vec<Vec<String>>,
}

/// The page: one HTML document that loads nothing.
pub fn render_page(page: &Page) -> String {
    render(page, "")
}

/// As [`render_page`], with the curves of a training and the settings of its run.
pub fn render_training_page(page: &Page, (epochs, terms): (&[EpochRow], training::Terms), settings: &str) -> String {
    let curves = if epochs.is_empty() { String::new() } else { training::section_of(epochs, terms) };
    let settings = details("config.toml", &code(settings));
    render(page, &(curves + &section("settings", "Settings", "", &settings)))
}

/// The document, with `more` behind the figures.
fn render(page: &Page, more: &str) -> String {
    let mut body = format!(
        "<header><p class=\"eyebrow\"><b>Gatewise</b> {}</p><h1>{}</h1><p class=\"verdict\">{}</p>",
        escape(&page.kind),
        escape(&page.title),
        escape(&page.verdict)
    );
    if !page.cures.is_empty() {
        body += "<ul>";
        for cure in &page.cures {
            let _ = write!(body, "<li>{}</li>", escape(cure));
        }
        body += "</ul>";
    }
    if !page.facts.is_empty() {
        body += &facts(&page.facts);
    }
    body += "</header>";
    for (i, figure) in page.figures.iter().enumerate() {
        let mut inner = String::new();
        if is_drawn(figure) {
            inner += &drawn(figure, i);
        } else if !figure.curves.is_empty() {
            let _ = write!(inner, "<p class=\"note\">{}</p>", escape(&told(figure)));
        }
        for table in &figure.tables {
            let _ = write!(inner, "<div class=\"card\">{}</div>", table_markup(table));
        }
        body += &section(&format!("figure{i}"), &figure.heading, &figure.lead, &inner);
    }
    body += more;
    body += &section("made", "How it was made", "The command that made this page.", &code(&page.command));
    body += "<footer>Made by Gatewise. Everything shown here is inside this one file.</footer>";
    document(&page.title, &body)
}

/// The first figure with curves as a stand-alone SVG.
pub fn render_picture(page: &Page) -> String {
    let Some(figure) = page.figures.iter().find(|f| is_drawn(f)) else {
        return framed(&page.title, &page.verdict, &[], &|_| String::new());
    };
    let chart = chart(figure, 0);
    let ticks = |width: f64| ticks(figure, width);
    framed(&figure.heading, &shorten(&figure.lead, 64.0), &keys(figure), &|size| chart.group(size, &ticks))
}

fn keys(figure: &Figure) -> Vec<Key> {
    figure.curves.iter().map(|c| Key::line(c.class, &c.name)).collect()
}

fn chart(figure: &Figure, number: usize) -> Chart {
    let values: Vec<f64> =
        figure.curves.iter().flat_map(|c| c.points.iter().map(|p| p.1).chain(c.band.iter().flat_map(|b| [b.1, b.2]))).collect();
    let mut marks: Vec<Mark> =
        figure.curves.iter().filter(|c| !c.band.is_empty()).map(|c| Mark::Band { class: "outer", rows: c.band.clone() }).collect();
    marks.extend(figure.curves.iter().map(|c| Mark::Line { class: c.class, points: c.points.clone() }));
    Chart {
        id: format!("chart{number}"),
        title: figure.heading.clone(),
        description: figure.lead.clone(),
        axes: Axes::new(figure.x_name, measure(figure)),
        y: match figure.axis {
            Axis::Fitted => Scale::log_where_useful(values.iter().copied().filter(|&v| v > 0.0 || !figure.curves.is_empty() && v < 0.0)),
            Axis::Percent => Scale::linear([0.0, 100.0]),
        },
        marks,
    }
}

/// What the value axis counts: headings say "share left, by steps back".
fn measure(figure: &Figure) -> &str {
    figure.heading.split_once(" by ").map_or(&figure.heading[..], |(what, _)| what.trim_end_matches(','))
}

/// Whether a figure has a curve to draw: one point is none.
fn is_drawn(figure: &Figure) -> bool {
    figure.curves.iter().any(|curve| curve.points.len() > 1)
}

/// A figure of single points in a sentence.
fn told(figure: &Figure) -> String {
    let point = |c: &Curve| c.points.first().map(|(x, y)| format!("{}: {} at {} {}", c.name, figure_of(*y), position(*x), figure.x_name));
    figure.curves.iter().filter_map(point).collect::<Vec<_>>().join("; ")
}

/// A position as it is said: a count is whole.
fn position(x: f64) -> String {
    if x.fract() == 0.0 { format!("{x:.0}") } else { figure_of(x) }
}

/// Every position that some curve has, in order.
fn positions(figure: &Figure) -> Vec<f64> {
    let mut all: Vec<f64> = figure.curves.iter().flat_map(|c| c.points.iter().map(|p| p.0)).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

fn ticks(figure: &Figure, width: f64) -> Vec<TimeTick> {
    let all = positions(figure);
    let whole = all.iter().all(|x| x.fract() == 0.0);
    let labels: Vec<String> = all.iter().map(|x| if whole { format!("{x:.0}") } else { format!("{x:.2}") }).collect();
    if whole {
        let points: Vec<(f64, &str)> = all.iter().zip(&labels).map(|(&x, l)| (x, l.as_str())).collect();
        return time::ticks(&points, width);
    }
    let round = |x: f64| ((x / FRACTION_STEP).round() * FRACTION_STEP - x).abs() < 1e-9;
    all.iter().zip(labels).filter(|(x, _)| round(**x)).map(|(&at, label)| TimeTick { at, label, context: None }).collect()
}

fn drawn(figure: &Figure, number: usize) -> String {
    let chart = chart(figure, number);
    let ticks = |width: f64| ticks(figure, width);
    let drawings = [WIDE, NARROW].map(|size| Drawing { chart: chart.clone(), size, ticks: &ticks });
    let all = positions(figure);
    let text = |curve: &Curve, x: f64| curve.points.iter().find(|p| p.0 == x).map_or(String::new(), |p| figure_of(p.1));
    let readout = Readout {
        label: all.iter().map(|x| format!("{} {}", figure.x_name, position(*x))).collect(),
        series: figure.curves.iter().map(|c| (c.name.clone(), all.iter().map(|&x| text(c, x)).collect())).collect(),
        x: all,
    };
    let scale = match figure.axis {
        Axis::Percent => "in per cent, from 0 to 100",
        Axis::Fitted if chart.y.is_log() => "logarithmic",
        Axis::Fitted => "linear",
    };
    page::figure("", &keys(figure), &drawings, &readout, &format!("By {}; the value axis is {scale}.", figure.x_name), "")
}

fn table_markup(table: &TableOf) -> String {
    let kind = |i: usize| if i == 0 { Column::Name } else { Column::Text };
    let columns: Vec<(Column, String)> = table.columns.iter().enumerate().map(|(i, name)| (kind(i), name.clone())).collect();
    let rows: Vec<Vec<Cell>> = table.rows.iter().map(|row| row.iter().map(Cell::new).collect()).collect();
    page::table(&table.caption, &columns, &rows)
}
