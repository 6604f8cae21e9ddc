//! The page of a detection: each series with its events marked, the expected band, and the score beneath.

use std::fmt::Write;

use gatewise_data::Choice;

use crate::draw::charts::{Axes, Chart, Mark, Size};
use crate::draw::legend::Key;
use crate::draw::scale::Scale;
use crate::draw::time;
use crate::html::page::{self, Cell, Column, Drawing, Readout, code, document, facts, section};
use crate::markup::escape;
use crate::number::figure as figure_of;

const WIDE: Size = Size { width: 1000.0, height: 320.0 };
const NARROW: Size = Size { width: 380.0, height: 260.0 };
const WIDE_SCORE: Size = Size { width: 1000.0, height: 170.0 };
const NARROW_SCORE: Size = Size { width: 380.0, height: 160.0 };
/// Events listed on the page.
const LISTED: usize = 200;

/// All that the page shows. Texts are plain: the page escapes them.
#[derive(Debug, Clone, Default)]
pub struct DetectReport {
    /// Heading.
    pub title: String,
    /// The command line that made the run.
    pub command: String,
    /// The outcome in a sentence or two.
    pub verdict: String,
    /// Name and value.
    pub facts: Vec<(String, String)>,
    /// Settings that were guessed: what, the value, the setting that overrides it.
    pub guesses: Vec<Choice>,
    /// Measures against labels, where there are some.
    pub metrics: Vec<(String, f64)>,
    /// One a channel.
    pub panels: Vec<DetectPanel>,
    /// Whether there are several series, which events name first.
    pub by_series: bool,
    /// Start, end, peak, score, and the channels to blame.
    pub events: Vec<Vec<String>>,
}

/// A channel.
#[derive(Debug, Clone)]
pub struct DetectPanel {
    /// Its name.
    pub name: String,
    /// In order of position.
    pub points: Vec<DetectPoint>,
    /// First and last position of each event.
    pub spans: Vec<(f64, f64)>,
    /// First and last position of each stretch of known maintenance.
    pub ignored: Vec<(f64, f64)>,
    /// Rows that a point stands for.
    pub width: f64,
}

impl DetectPanel {
    /// What the position axis counts: times, or rows where they stand for times.
    fn time_axis(&self) -> &'static str {
        let is_number = |p: &DetectPoint| p.time == (p.position + 1.0).to_string();
        if self.points.iter().all(is_number) { "row" } else { "time" }
    }
}

/// A row, or a stretch of rows.
#[derive(Debug, Clone)]
pub struct DetectPoint {
    /// Number of the first row.
    pub position: f64,
    /// Its time as text.
    pub time: String,
    /// Lowest and highest value; NaN where missing.
    pub low: f64,
    /// Highest value.
    pub high: f64,
    /// What was expected at the first row.
    pub expected: f64,
    /// The band it was expected in.
    pub band: (f64, f64),
    /// Highest score.
    pub score: f64,
    /// Threshold at the first row.
    pub threshold: f64,
}

/// The page: one HTML document that loads nothing.
pub fn render_detect(report: &DetectReport) -> String {
    let mut body = format!(
        "<header><p class=\"eyebrow\"><b>Gatewise</b> detect</p><h1>{}</h1><p class=\"verdict\">{}</p>{}</header>",
        escape(&report.title),
        escape(&report.verdict),
        facts(&report.facts)
    );
    for (i, panel) in report.panels.iter().enumerate() {
        let lead = "The series with its events shaded, the band that 95 % of values were expected in, and below it the score of each row: \
                    the share of the way from ordinary to unheard-of. Where there are many rows, each point stands for several.";
        let lead = if i == 0 { lead } else { "" };
        let is_drawn = panel.points.iter().any(|p| p.low.is_finite() || p.expected.is_finite());
        let values = if is_drawn { series(panel, i) } else { String::new() };
        body += &section(&format!("channel{i}"), &panel.name, lead, &(values + &score(panel, i)));
    }
    body += &section("events", "Events", "Neighbouring anomalous rows, and what was expected at the peak.", &events(report));
    if !report.metrics.is_empty() {
        let columns = [(Column::Name, "measure".to_owned()), (Column::Figure, "value".to_owned())];
        let rows: Vec<Vec<Cell>> = report.metrics.iter().map(|(name, value)| vec![Cell::new(name), Cell::new(figure_of(*value))]).collect();
        let lead = "By row as it was scored, and by event; no row is counted as found because another one was.";
        body += &section(
            "labels",
            "Against the labels",
            lead,
            &format!("<div class=\"card\">{}</div>", page::table("Measures", &columns, &rows)),
        );
    }
    let mut made = code(&report.command);
    if !report.guesses.is_empty() {
        let columns = ["guessed from the data", "value", "set it yourself with"];
        let columns: Vec<(Column, String)> = columns.iter().map(|name| (Column::Text, name.to_string())).collect();
        let rows: Vec<Vec<Cell>> =
            report.guesses.iter().map(|g| vec![Cell::new(&g.what), Cell::new(&g.value), Cell::with_class(&g.flag, "flag")]).collect();
        let _ = write!(made, "<div class=\"card guesses\">{}</div>", page::table("Settings guessed from the data", &columns, &rows));
    }
    body += &section("made", "How it was made", "The command that made this page.", &made);
    body += "<footer>Made by Gatewise. Everything shown here is inside this one file.</footer>";
    document(&report.title, &body)
}

fn events(report: &DetectReport) -> String {
    if report.events.is_empty() {
        return "<p class=\"note\">No event.</p>".to_owned();
    }
    let series = report.by_series.then(|| (Column::Name, "series".to_owned()));
    let start = if report.by_series { Column::Text } else { Column::Name };
    let own = [
        (start, "start".to_owned()),
        (Column::Text, "end".to_owned()),
        (Column::Text, "peak".to_owned()),
        (Column::Figure, "score".to_owned()),
        (Column::Text, "what".to_owned()),
    ];
    let columns: Vec<(Column, String)> = series.into_iter().chain(own).collect();
    let rows: Vec<Vec<Cell>> = report.events.iter().take(LISTED).map(|cells| cells.iter().map(Cell::new).collect()).collect();
    let more = report.events.len().saturating_sub(LISTED);
    let rest = if more > 0 { format!("<p class=\"note\">{more} more are in events.csv.</p>") } else { String::new() };
    format!("<div class=\"card\">{}</div>{rest}", page::table("Events", &columns, &rows))
}

/// Lowest and highest value of each stretch as one line; a single row has one point.
fn truth(panel: &DetectPanel) -> Vec<(f64, f64)> {
    let up_to_half = panel.width / 2.0;
    let both = |p: &DetectPoint| [Some((p.position, p.low)), (panel.width > 1.0).then_some((p.position + up_to_half, p.high))];
    panel.points.iter().flat_map(both).flatten().collect()
}

fn spans(panel: &DetectPanel) -> impl Iterator<Item = Mark> {
    // A span of one row is widened to be seen.
    let least = panel.points.last().map_or(1.0, |p| p.position / WIDE.width).max(panel.width);
    let of = |class: &'static str, spans: &'_ [(f64, f64)]| {
        let span = |&(from, to): &(f64, f64)| Mark::Span { class, from: from - least, to: to + least, name: String::new() };
        spans.iter().map(span).collect::<Vec<_>>()
    };
    of("held", &panel.ignored).into_iter().chain(of("event", &panel.spans))
}

fn series(panel: &DetectPanel, number: usize) -> String {
    let values = panel.points.iter().flat_map(|p| [p.low, p.high]).filter(|v| v.is_finite());
    let mut marks: Vec<Mark> = spans(panel).collect();
    marks.push(Mark::Band { class: "outer", rows: panel.points.iter().map(|p| (p.position, p.band.0, p.band.1)).collect() });
    marks.push(Mark::Line { class: "truth", points: truth(panel) });
    let chart = Chart {
        id: format!("series{number}"),
        title: panel.name.clone(),
        description: format!("{} over time, with the expected band and {} events shaded.", panel.name, panel.spans.len()),
        axes: Axes::new(panel.time_axis(), &panel.name),
        y: Scale::linear(values),
        marks,
    };
    let text = |of: &dyn Fn(&DetectPoint) -> String| panel.points.iter().map(of).collect::<Vec<String>>();
    let readout = Readout {
        x: panel.points.iter().map(|p| p.position).collect(),
        label: text(&|p| p.time.clone()),
        series: vec![
            (
                "observed".to_owned(),
                text(&|p| if p.low == p.high { figure_of(p.low) } else { format!("{} to {}", figure_of(p.low), figure_of(p.high)) }),
            ),
            ("expected".to_owned(), text(&|p| figure_of(p.expected))),
            ("score".to_owned(), text(&|p| figure_of(p.score))),
        ],
    };
    let mut keys = vec![Key::line("truth", "observed"), Key::area("outer", "95 % band"), Key::area("event", "event")];
    if !panel.ignored.is_empty() {
        keys.push(Key::area("held", "known maintenance"));
    }
    drawn(panel, &chart, [WIDE, NARROW], &keys, &readout)
}

fn score(panel: &DetectPanel, number: usize) -> String {
    let line = |of: &dyn Fn(&DetectPoint) -> f64| panel.points.iter().map(|p| (p.position, of(p))).collect();
    let mut marks: Vec<Mark> = spans(panel).collect();
    marks.push(Mark::Line { class: "model", points: line(&|p| p.score) });
    marks.push(Mark::Line { class: "second", points: line(&|p| p.threshold) });
    let chart = Chart {
        id: format!("score{number}"),
        title: format!("Score of {}", panel.name),
        description: "The score of each row and the threshold.".to_owned(),
        axes: Axes::new(panel.time_axis(), "score"),
        y: Scale::linear([0.0, 1.0]),
        marks,
    };
    let keys = [Key::line("model", "score"), Key::line("second", "threshold")];
    drawn(panel, &chart, [WIDE_SCORE, NARROW_SCORE], &keys, &Readout::default())
}

fn drawn(panel: &DetectPanel, chart: &Chart, sizes: [Size; 2], keys: &[Key], readout: &Readout) -> String {
    let points: Vec<(f64, &str)> = panel.points.iter().map(|p| (p.position, p.time.as_str())).collect();
    let ticks = |width: f64| time::ticks(&points, width);
    let drawings = sizes.map(|size| Drawing { chart: chart.clone(), size, ticks: &ticks });
    page::figure("", keys, &drawings, readout, "", "")
}
