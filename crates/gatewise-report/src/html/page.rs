//! The HTML page: skeleton, sections, tables, and figures with legend and readout.
//!
//! The markup is also well-formed XML, so that a test can check every tag.

use std::fmt::Write;

use serde::Serialize;

use crate::draw::charts::{Chart, Size};
use crate::draw::legend::Key;
use crate::draw::time::TimeTick;
use crate::markup::{escape, escape_json};

const CHART_STYLE: &str = include_str!("../draw/chart.css");
const PAGE_STYLE: &str = include_str!("page.css");
/// The style sheets of a page.
pub const STYLE: [&str; 2] = [CHART_STYLE, PAGE_STYLE];
const SCRIPT: &str = include_str!("page.js");

/// A whole document around `body`, which is markup already.
pub fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <meta name=\"color-scheme\" content=\"light dark\"/>\
         <meta name=\"generator\" content=\"gatewise {}\"/>\
         <title>{}</title><style>{CHART_STYLE}{PAGE_STYLE}</style></head>\
         <body><main>{body}</main><script>{SCRIPT}</script></body></html>\n",
        env!("CARGO_PKG_VERSION"),
        escape(title),
    )
}

/// A section with a heading, an optional line under it, and a body that is markup already.
pub fn section(id: &str, heading: &str, lead: &str, body: &str) -> String {
    let lead = match lead {
        "" => String::new(),
        lead => format!("<p class=\"lead\">{}</p>", escape(lead)),
    };
    format!("<section id=\"{id}\"><h2>{}</h2>{lead}{body}</section>", escape(heading))
}

/// Something the reader opens at will.
pub fn details(summary: &str, body: &str) -> String {
    format!("<details><summary>{}</summary>{body}</details>", escape(summary))
}

/// Preformatted text with a button that copies it.
pub fn code(text: &str) -> String {
    format!(
        "<div class=\"code\"><pre><code>{}</code></pre><button type=\"button\" class=\"copy\" hidden=\"hidden\">Copy</button></div>",
        escape(text)
    )
}

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Names the row; the row's header.
    Name,
    /// Words.
    Text,
    /// Figures, aligned at the right.
    Figure,
}

/// A cell: plain text, and whether it stands out.
#[derive(Debug, Clone)]
pub struct Cell {
    pub text: String,
    pub class: &'static str,
}

impl Cell {
    /// An ordinary cell.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), class: "" }
    }

    /// A cell with a class of the style sheet.
    pub fn with_class(text: impl Into<String>, class: &'static str) -> Self {
        Self { text: text.into(), class }
    }
}

/// A table that scrolls sideways where it is too wide. `caption` is for screen readers.
pub fn table(caption: &str, columns: &[(Column, String)], rows: &[Vec<Cell>]) -> String {
    let mut out = format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table><caption class=\"unseen\">{0}</caption><thead><tr>",
        escape(caption)
    );
    for (column, name) in columns {
        let _ = write!(out, "<th scope=\"col\" class=\"{}\">{}</th>", column.class(), escape(name));
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for ((column, _), cell) in columns.iter().zip(row) {
            let (open, close) = match column {
                Column::Name => ("<th scope=\"row\"", "</th>"),
                _ => ("<td", "</td>"),
            };
            let class = format!("{} {}", column.class(), cell.class);
            let _ = write!(out, "{open} class=\"{}\">{}{close}", class.trim(), escape(&cell.text));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}

impl Column {
    fn class(self) -> &'static str {
        match self {
            Self::Name => "row-name",
            Self::Text => "words",
            Self::Figure => "figure",
        }
    }
}

/// Names and values, side by side.
pub fn facts(pairs: &[(String, String)]) -> String {
    let mut out = String::from("<dl class=\"facts\">");
    for (name, value) in pairs {
        let _ = write!(out, "<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value));
    }
    out.push_str("</dl>");
    out
}

/// What the page shows where the pointer is: a row of texts for each position.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Readout {
    /// Positions, ascending.
    pub x: Vec<f64>,
    /// The heading at each position.
    pub label: Vec<String>,
    /// Name, and the text at each position (empty where there is none).
    pub series: Vec<(String, Vec<String>)>,
}

/// How a figure is drawn: the chart and its marks, on wide and on narrow screens.
pub struct Drawing<'a> {
    pub chart: Chart,
    pub size: Size,
    pub ticks: &'a dyn Fn(f64) -> Vec<TimeTick>,
}

/// The keys of a chart, or of several that share them.
pub fn legend(keys: &[Key]) -> String {
    if keys.is_empty() {
        return String::new();
    }
    let mut out = String::from("<ul class=\"legend\">");
    for key in keys {
        let _ = write!(
            out,
            "<li><svg class=\"chart\" width=\"22\" height=\"12\" viewBox=\"0 0 22 12\" aria-hidden=\"true\">{}</svg>{}</li>",
            key.sample(),
            escape(&key.name)
        );
    }
    out.push_str("</ul>");
    out
}

/// A chart with its legend. Each drawing of `drawings` stands for one class of screen, named
/// `wide` and `narrow`; with one drawing alone it serves both. `below` is markup already.
pub fn figure(heading: &str, keys: &[Key], drawings: &[Drawing<'_>], readout: &Readout, caption: &str, below: &str) -> String {
    let mut out = String::from("<figure class=\"card\">");
    if !heading.is_empty() {
        let _ = write!(out, "<h3>{}</h3>", escape(heading));
    }
    out += &legend(keys);
    for (i, drawing) in drawings.iter().enumerate() {
        let variant = match (drawings.len(), i) {
            (1, _) => "only",
            (_, 0) => "wide",
            _ => "narrow",
        };
        let svg = drawing.chart.svg(drawing.size, variant, drawing.ticks);
        let _ = write!(out, "<div class=\"plot {variant}\">{svg}</div>");
    }
    if let (false, Ok(json)) = (readout.x.is_empty(), serde_json::to_string(readout)) {
        let _ = write!(out, "<script type=\"application/json\" class=\"readout\">{}</script>", escape_json(&json));
    }
    if !caption.is_empty() {
        let _ = write!(out, "<figcaption>{}</figcaption>", escape(caption));
    }
    out.push_str(below);
    out.push_str("</figure>");
    out
}
