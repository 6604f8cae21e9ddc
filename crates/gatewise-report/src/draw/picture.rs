//! A chart as one SVG file with its own background, for a README or a slide.

use std::fmt::Write;

use super::charts::Size;
use crate::draw::legend::Key;
use crate::markup::{escape, shorten, width_em};

const STYLE: &str = include_str!("chart.css");
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 420.0;
const EDGE: f64 = 26.0;
/// Where the plot begins, below title, verdict and legend.
const PLOT_TOP: f64 = 104.0;

/// The colours of `page.css` in its light scheme: a picture stands on its own background, and
/// many programs that show SVG know no custom properties.
const COLOURS: [(&str, &str); 10] = [
    ("card", "#ffffff"),
    ("ink", "#1b222c"),
    ("muted", "#5a6472"),
    ("grid", "#e9e8e3"),
    ("axis", "#b9bcc0"),
    ("truth", "#1b222c"),
    ("model", "#0068a8"),
    ("baseline", "#b04d08"),
    ("second", "#b3408a"),
    ("held", "#f1efe8"),
];

/// A stand-alone SVG with title, a line below it, legend, and the plot that `draw` makes for the size left.
pub fn framed(title: &str, line: &str, keys: &[Key], draw: &dyn Fn(Size) -> String) -> String {
    framed_of_height(HEIGHT, title, line, keys, draw)
}

/// As [`framed`], of another height.
pub fn framed_of_height(height: f64, title: &str, line: &str, keys: &[Key], draw: &dyn Fn(Size) -> String) -> String {
    let mut style = STYLE.replace('\n', "");
    for (name, colour) in COLOURS {
        style = style.replace(&format!("var(--{name})"), colour);
    }
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">\
         <title id=\"title\">{title}</title><style>{style}\
         .heading{{font:600 20px/1 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;fill:#1b222c}}\
         .verdict{{font-size:13.5px;fill:#5a6472}}</style>\
         <rect x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"12\" fill=\"#ffffff\" stroke=\"#d8d6cf\"/>\
         <text class=\"heading\" x=\"{EDGE}\" y=\"40\">{}</text>",
        WIDTH - 1.0,
        height - 1.0,
        escape(&shorten(title, 40.0)),
        title = escape(title),
    );
    let _ = write!(
        out,
        "<g class=\"chart\"><text style=\"font-size:13.5px\" x=\"{EDGE}\" y=\"62\">{}</text></g>",
        escape(&shorten(line, 60.0))
    );
    out += &legend(keys);
    let size = Size { width: WIDTH - 2.0 * EDGE, height: height - PLOT_TOP - 14.0 };
    let _ = write!(out, "<g transform=\"translate({EDGE} {PLOT_TOP})\">{}</g>", draw(size));
    out + "</svg>\n"
}

fn legend(keys: &[Key]) -> String {
    let mut out = String::new();
    let mut x = EDGE;
    for key in keys {
        let width = 28.0 + 12.0 * width_em(&key.name) + 18.0;
        if x + width > WIDTH {
            break;
        }
        let _ = write!(
            out,
            "<g class=\"chart\" transform=\"translate({x:.1} 79)\">{}<text x=\"28\" y=\"10\">{}</text></g>",
            key.sample(),
            escape(&key.name)
        );
        x += width;
    }
    out
}
