//! Charts as SVG: lines, bands, marked spans and rules over a value axis.
//!
//! The drawing names classes and leaves colours to the style sheet; `chart.css` knows them. Values
//! that are not finite leave a gap and are never written.

use std::fmt::Write;

use super::path::{band_path, line_path};
use super::scale::{Scale, bounds};
use super::time::TimeTick;
use crate::markup::{escape, shorten, width_em};

/// Size of the axis text in user units; `chart.css` sets the same.
const TEXT: f64 = 12.0;
/// Height given to each mark of the value axis.
const TICK_ROOM: f64 = 60.0;
/// Height of the strip above the plot that carries the names of spans and rules.
const NAME_STRIP: f64 = 20.0;
/// Room for the name of an axis.
const AXIS_NAME: f64 = 17.0;

/// What is drawn, from back to front.
#[derive(Debug, Clone)]
pub enum Mark {
    /// A shaded stretch of the axis from one position to another, with its name on top.
    Span { class: &'static str, from: f64, to: f64, name: String },
    /// The area between two values at each position: (position, low, high).
    Band { class: &'static str, rows: Vec<(f64, f64, f64)> },
    /// Values joined by a line: (position, value).
    Line { class: &'static str, points: Vec<(f64, f64)> },
    /// An upright line with its name on top.
    Rule { class: &'static str, at: f64, name: String },
    /// A single dot.
    Dot { class: &'static str, at: (f64, f64) },
}

/// What the axes count, with units; nothing is written of an empty name.
#[derive(Debug, Clone, Default)]
pub struct Axes {
    /// The position axis.
    pub x: String,
    /// The value axis.
    pub y: String,
}

impl Axes {
    pub fn new(x: impl Into<String>, y: impl Into<String>) -> Self {
        Self { x: x.into(), y: y.into() }
    }
}

/// One chart, ready to be drawn at any size.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Unique in the page; joins the drawing to its title for screen readers.
    pub id: String,
    /// What it shows, in a few words.
    pub title: String,
    /// What it shows, in a sentence or two, for those who cannot see it.
    pub description: String,
    /// What the axes count.
    pub axes: Axes,
    /// The value axis.
    pub y: Scale,
    /// What is drawn.
    pub marks: Vec<Mark>,
}

/// Width and height of a drawing in user units.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

/// Where the plot lies inside the drawing, and which positions it spans.
struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    from: f64,
    to: f64,
}

impl Frame {
    fn x(&self, position: f64) -> Option<f64> {
        if !position.is_finite() {
            return None;
        }
        let place = (position - self.from) / (self.to - self.from);
        place.is_finite().then_some(self.left + place.clamp(0.0, 1.0) * (self.right - self.left))
    }

    fn y(&self, fraction: f64) -> f64 {
        self.bottom - fraction.clamp(0.0, 1.0) * (self.bottom - self.top)
    }
}

impl Chart {
    /// The chart as an `<svg>` element. `ticks` is asked for the marks of the position axis, given its width in em.
    pub fn svg(&self, size: Size, variant: &str, ticks: &dyn Fn(f64) -> Vec<TimeTick>) -> String {
        let (frame, body) = self.body(size, ticks);
        let (width, height) = (size.width, size.height);
        let id = format!("{}-{variant}", self.id);
        format!(
            "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 {width} {height}\" \
             aria-labelledby=\"{id}-t {id}-d\" data-plot=\"{} {} {} {}\" data-span=\"{} {}\">\
             <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>{body}</svg>",
            place(frame.left),
            place(frame.right),
            place(frame.top),
            place(frame.bottom),
            frame.from,
            frame.to,
            escape(&self.title),
            escape(&self.description),
        )
    }

    /// The drawing alone, for use inside another SVG.
    pub fn group(&self, size: Size, ticks: &dyn Fn(f64) -> Vec<TimeTick>) -> String {
        format!("<g class=\"chart\">{}</g>", self.body(size, ticks).1)
    }

    fn body(&self, size: Size, ticks: &dyn Fn(f64) -> Vec<TimeTick>) -> (Frame, String) {
        let value_ticks = self.y.ticks(((size.height / TICK_ROOM) as usize).clamp(3, 7));
        let label_width = value_ticks.iter().map(|t| width_em(&t.label) * TEXT).fold(14.0, f64::max);
        let has_names = self.marks.iter().any(|m| match m {
            Mark::Span { name, .. } | Mark::Rule { name, .. } => !name.is_empty(),
            _ => false,
        });
        let (from, to) = self.span();
        let mut frame = Frame {
            left: (label_width + 10.0).ceil() + if self.axes.y.is_empty() { 0.0 } else { AXIS_NAME },
            right: size.width - 10.0,
            top: if has_names { NAME_STRIP } else { 8.0 },
            bottom: size.height,
            from,
            to,
        };
        let position_ticks: Vec<TimeTick> =
            ticks((frame.right - frame.left) / TEXT).into_iter().filter(|t| t.at >= from && t.at <= to).collect();
        let has_context = position_ticks.iter().any(|t| t.context.is_some());
        frame.bottom = size.height - if has_context { 38.0 } else { 24.0 } - if self.axes.x.is_empty() { 0.0 } else { AXIS_NAME };

        let mut out = String::new();
        self.draw_spans(&frame, &mut out);
        for tick in &value_ticks {
            let Some(fraction) = self.y.fraction(tick.at) else {
                continue;
            };
            let y = frame.y(fraction);
            let _ = write!(
                out,
                "<path class=\"grid\" d=\"M{} {y:.1}H{}\"/><text class=\"tick\" text-anchor=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>",
                place(frame.left),
                place(frame.right),
                place(frame.left - 8.0),
                y + 4.0,
                escape(&tick.label)
            );
        }
        draw_position_axis(&frame, &position_ticks, &mut out);
        self.name_axes(&frame, size, &mut out);
        for mark in &self.marks {
            self.draw_mark(&frame, mark, &mut out);
        }
        (frame, out)
    }

    fn name_axes(&self, frame: &Frame, size: Size, out: &mut String) {
        let mut name = |text: &str, room: f64, place: String| {
            if !text.is_empty() {
                let text = escape(&shorten(text, room / TEXT));
                let _ = write!(out, "<text class=\"axis-name\" text-anchor=\"middle\" {place}>{text}</text>");
            }
        };
        let (across, up) = (frame.right - frame.left, frame.bottom - frame.top);
        name(&self.axes.x, across, format!("x=\"{:.1}\" y=\"{:.1}\"", frame.left + across / 2.0, size.height - 5.0));
        name(&self.axes.y, up, format!("transform=\"translate(11 {:.1}) rotate(-90)\"", frame.top + up / 2.0));
    }

    /// First and last position drawn.
    fn span(&self) -> (f64, f64) {
        let positions = self.marks.iter().flat_map(|mark| -> Vec<f64> {
            match mark {
                Mark::Line { points, .. } => points.iter().map(|p| p.0).collect(),
                Mark::Band { rows, .. } => rows.iter().map(|r| r.0).collect(),
                Mark::Rule { at, .. } => vec![*at],
                Mark::Dot { at, .. } => vec![at.0],
                Mark::Span { .. } => Vec::new(),
            }
        });
        match bounds(positions) {
            Some((from, to)) if from < to => (from, to),
            Some((at, _)) => (at - 1.0, at + 1.0),
            None => (0.0, 1.0),
        }
    }

    fn draw_spans(&self, frame: &Frame, out: &mut String) {
        for mark in &self.marks {
            let Mark::Span { class, from, to, name } = mark else {
                continue;
            };
            let (Some(left), Some(right)) = (frame.x(*from), frame.x(*to)) else {
                continue;
            };
            let width = right - left;
            let _ = write!(
                out,
                "<rect class=\"span {class}\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\"/>",
                frame.top,
                frame.bottom - frame.top
            );
            if !name.is_empty() && width_em(name) * TEXT + 4.0 <= width {
                let _ = write!(
                    out,
                    "<text class=\"name\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                    left + width / 2.0,
                    frame.top - 7.0,
                    escape(name)
                );
            }
        }
    }

    fn draw_mark(&self, frame: &Frame, mark: &Mark, out: &mut String) {
        match mark {
            Mark::Span { .. } => {}
            Mark::Band { class, rows } => {
                let rows = rows.iter().map(|&(x, lo, hi)| {
                    let (lo, hi) = (self.y.fraction(lo)?, self.y.fraction(hi)?);
                    Some((frame.x(x)?, frame.y(lo), frame.y(hi)))
                });
                let path = band_path(rows);
                if !path.is_empty() {
                    let _ = write!(out, "<path class=\"band {class}\" d=\"{path}\"/>");
                }
            }
            Mark::Line { class, points } => {
                let points = points.iter().map(|&(x, y)| Some((frame.x(x)?, frame.y(self.y.fraction(y)?))));
                let path = line_path(points);
                if !path.is_empty() {
                    let _ = write!(out, "<path class=\"line {class}\" d=\"{path}\"/>");
                }
            }
            Mark::Rule { class, at, name } => {
                let Some(x) = frame.x(*at) else { return };
                let _ = write!(out, "<path class=\"rule {class}\" d=\"M{x:.1} {:.1}V{:.1}\"/>", frame.top, frame.bottom);
                if !name.is_empty() {
                    let up_to_half = width_em(name) * TEXT / 2.0;
                    let anchor = x.clamp(frame.left + up_to_half, (frame.right - up_to_half).max(frame.left + up_to_half));
                    let _ = write!(
                        out,
                        "<text class=\"name\" text-anchor=\"middle\" x=\"{anchor:.1}\" y=\"{:.1}\">{}</text>",
                        frame.top - 7.0,
                        escape(name)
                    );
                }
            }
            Mark::Dot { class, at } => {
                if let (Some(x), Some(y)) = (frame.x(at.0), self.y.fraction(at.1)) {
                    let _ = write!(out, "<circle class=\"dot {class}\" cx=\"{x:.1}\" cy=\"{:.1}\" r=\"4\"/>", frame.y(y));
                }
            }
        }
    }
}

fn draw_position_axis(frame: &Frame, ticks: &[TimeTick], out: &mut String) {
    let _ = write!(out, "<path class=\"axis\" d=\"M{} {}H{}\"/>", place(frame.left), place(frame.bottom), place(frame.right));
    let mut free_from = [f64::NEG_INFINITY; 2];
    for tick in ticks {
        let Some(x) = frame.x(tick.at) else { continue };
        let _ = write!(out, "<path class=\"axis\" d=\"M{x:.1} {:.1}v4\"/>", frame.bottom);
        let lines = [Some(&tick.label), tick.context.as_ref()];
        for (row, text) in lines.into_iter().enumerate() {
            let Some(text) = text else { continue };
            let text = shorten(text, 12.0);
            let up_to_half = width_em(&text) * TEXT / 2.0;
            let centre = x.clamp(up_to_half + 1.0, (frame.right + 9.0 - up_to_half).max(up_to_half + 1.0));
            if centre - up_to_half < free_from[row] {
                continue;
            }
            free_from[row] = centre + up_to_half + 5.0;
            let class = if row == 0 { "tick" } else { "tick context" };
            let _ = write!(
                out,
                "<text class=\"{class}\" text-anchor=\"middle\" x=\"{centre:.1}\" y=\"{:.1}\">{}</text>",
                frame.bottom + 17.0 + 14.0 * row as f64,
                escape(&text)
            );
        }
    }
}

/// A coordinate with at most one digit after the point.
fn place(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_string)
}
