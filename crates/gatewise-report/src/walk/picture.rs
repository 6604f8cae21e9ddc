//! The picture of a walk: the network unrolled over the end of the sequence, a unit's gates below it, and the gradient that comes back to each step.

use std::fmt::Write;

use gatewise::walk::{Network, Part, Walk};

use super::title;
use crate::draw::charts::Size;
use crate::draw::legend::Key;
use crate::draw::picture::framed_of_height;
use crate::markup::{escape, shorten};

/// Columns drawn.
const COLUMNS: usize = 30;
/// Units in the strip of a cell.
const STRIP: usize = 12;
/// Room for the names of rows.
const NAMES: f64 = 138.0;
/// Height of the unrolled network.
const UNROLLED: f64 = 176.0;
/// Height of a row of bars, its gap to the next counted.
const ROW: f64 = 46.0;
/// Powers of ten that a row of gradients spans.
const DECADES: f64 = 12.0;
/// What stands above and below the drawing.
const FRAME: f64 = 118.0;

/// The picture as one SVG file with a background of its own.
pub fn picture(walk: &Walk) -> String {
    let Some(network) = walk.networks.last() else { return framed_of_height(FRAME, "", "", &[], &|_| String::new()) };
    let last = network.trace.gradient.steps.last().copied().unwrap_or(walk.steps - 1);
    let first = (last + 1).saturating_sub(COLUMNS);
    let part = network.trace.parts.first();
    let unit = part.map_or(0, |part| busiest(part, walk.steps));
    let gates = part.map_or(0, |part| part.gates.iter().filter(|gate| is_share(gate.name)).count() + 1);
    let height = FRAME + UNROLLED + ROW * (gates + walk.networks.len()) as f64;
    let heading = format!("{} unrolled over {} steps", title(network), walk.steps);
    let line = format!("One W and one U for every step: {} numbers. Strips: h of {STRIP} units, blue above zero.", network.parameters);
    let draw = |size: Size| {
        let sheet = Sheet { first, last, left: NAMES, width: (size.width - NAMES) / (last - first + 1) as f64 };
        let mut out = format!("<g class=\"chart\">{}", sheet.unrolled(walk, network));
        let mut y = UNROLLED;
        if let Some(part) = part {
            let own = part.units.get(unit).copied().unwrap_or(0);
            for gate in part.gates.iter().filter(|gate| is_share(gate.name)) {
                out += &sheet
                    .bars(y, &format!("{} gate, unit {own}", gate.name), "model", &|t| f64::from(gate.value[t * part.units.len() + unit]));
                y += ROW;
            }
            let state = part.c.as_ref().unwrap_or(&part.h);
            let size = state.iter().skip(unit).step_by(part.units.len()).fold(1e-9_f32, |most, v| most.max(v.abs()));
            out += &sheet.signed(y, &format!("{}, unit {own}", part.state), &|t| f64::from(state[t * part.units.len() + unit] / size));
            y += ROW;
        }
        for other in &walk.networks {
            let Some(row) = other.trace.gradient.log10.chunks_exact(walk.steps).last() else { continue };
            let most = row.iter().copied().filter(|v| v.is_finite()).fold(f32::NEG_INFINITY, f32::max);
            let share = |t: usize| ((f64::from(row[t] - most) + DECADES) / DECADES).clamp(0.0, 1.0);
            out += &sheet.bars(y, &format!("gradient, {}", title(other)), "second", &|t| if row[t].is_nan() { 0.0 } else { share(t) });
            y += ROW;
        }
        out + "</g>"
    };
    let keys =
        [Key::area("event", format!("gradient of the last answer at each step, down to 1e-{DECADES:.0} of the largest, logarithmic"))];
    framed_of_height(height, &heading, &line, &keys, &draw)
}

/// Whether a gate says what share passes.
fn is_share(name: &str) -> bool {
    matches!(name, "input" | "forget" | "output" | "reset" | "update")
}

/// The place of the unit whose state moves most.
fn busiest(part: &Part, steps: usize) -> usize {
    let (units, state) = (part.units.len(), part.c.as_ref().unwrap_or(&part.h));
    let moves = |j: usize| (1..steps).map(|t| (state[t * units + j] - state[(t - 1) * units + j]).abs()).sum::<f32>();
    (0..units).max_by(|&a, &b| moves(a).total_cmp(&moves(b))).unwrap_or(0)
}

/// Where columns lie.
struct Sheet {
    first: usize,
    last: usize,
    left: f64,
    width: f64,
}

impl Sheet {
    fn centre(&self, t: usize) -> f64 {
        self.left + (t - self.first) as f64 * self.width + self.width / 2.0
    }

    fn name(y: f64, text: &str) -> String {
        format!("<text x=\"0\" y=\"{y:.1}\">{}</text>", escape(&shorten(text, 11.5)))
    }

    /// Inputs below, cells with their strips, answers above, arrows between.
    fn unrolled(&self, walk: &Walk, network: &Network) -> String {
        let (top, cell, bottom) = (18.0, 44.0, 138.0);
        let mut out = Self::name(top, "says") + &Self::name(cell + 36.0, "h, by U") + &Self::name(bottom + 22.0, "reads, by W");
        let part = network.trace.parts.last();
        let half = (self.width * 0.36).min(14.0);
        for t in self.first..=self.last {
            let x = self.centre(t);
            let column = walk.columns.iter().find(|c| c.last == Some(t));
            let text = column.map_or("", |c| c.text.as_str());
            let shown = if text.trim().is_empty() { "␣" } else { text.trim() };
            let _ = write!(
                out,
                "<text text-anchor=\"middle\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
                bottom + 22.0,
                escape(&shorten(shown, self.width / 12.0))
            );
            if let Some((said, _)) = network.answers.iter().find(|a| a.step == t).and_then(|a| a.top.first()) {
                let said = if said.trim().is_empty() { "␣" } else { said.trim() };
                let _ = write!(
                    out,
                    "<text text-anchor=\"middle\" x=\"{x:.1}\" y=\"{top}\">{}</text>",
                    escape(&shorten(said, self.width / 12.0))
                );
                let _ = write!(out, "<path class=\"line model\" d=\"M{x:.1} {:.1}V{:.1}\"/>", cell - 3.0, top + 7.0);
            }
            let _ = write!(out, "<path class=\"line truth\" d=\"M{x:.1} {:.1}V{:.1}\"/>", bottom + 8.0, cell + 79.0);
            if t > self.first {
                let _ = write!(
                    out,
                    "<path class=\"line baseline\" d=\"M{:.1} {:.1}H{:.1}\"/>",
                    self.centre(t - 1) + half,
                    cell + 38.0,
                    x - half
                );
            }
            let _ = write!(
                out,
                "<rect fill=\"#fff\" stroke=\"#b9bcc0\" x=\"{:.1}\" y=\"{cell}\" width=\"{:.1}\" height=\"76\" rx=\"3\"/>",
                x - half,
                2.0 * half
            );
            let Some(part) = part else { continue };
            let units = part.units.len();
            let shown = STRIP.min(units);
            for k in 0..shown {
                let value = f64::from(part.h[t * units + k * units / shown]);
                let class = if value >= 0.0 { "#0068a8" } else { "#b04d08" };
                let each = 72.0 / shown as f64;
                let _ = write!(
                    out,
                    "<rect fill=\"{class}\" fill-opacity=\"{:.2}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{each:.1}\"/>",
                    value.abs().min(1.0),
                    x - half + 2.0,
                    cell + 2.0 + each * k as f64,
                    2.0 * half - 4.0
                );
            }
        }
        out
    }

    /// Shares from 0 to 1 as bars.
    fn bars(&self, y: f64, name: &str, class: &str, share: &dyn Fn(usize) -> f64) -> String {
        let base = y + ROW - 10.0;
        let mut out = Self::name(base - 8.0, name);
        let colour = if class == "model" { "#0068a8" } else { "#b3408a" };
        let _ = write!(out, "<path class=\"grid\" d=\"M{:.1} {base:.1}H{:.1}\"/>", self.left, self.centre(self.last) + self.width / 2.0);
        for t in self.first..=self.last {
            let height = share(t).clamp(0.0, 1.0) * (ROW - 16.0);
            let (x, width) = (self.centre(t) - self.width * 0.32, self.width * 0.64);
            let _ = write!(
                out,
                "<rect fill=\"{colour}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>",
                base - height
            );
        }
        out
    }

    /// Values from −1 to 1 around a line.
    fn signed(&self, y: f64, name: &str, value: &dyn Fn(usize) -> f64) -> String {
        let middle = y + ROW / 2.0;
        let mut out = Self::name(middle + 4.0, name);
        let _ = write!(out, "<path class=\"grid\" d=\"M{:.1} {middle:.1}H{:.1}\"/>", self.left, self.centre(self.last) + self.width / 2.0);
        for t in self.first..=self.last {
            let value = value(t).clamp(-1.0, 1.0);
            let (height, colour) = (value.abs() * (ROW / 2.0 - 4.0), if value >= 0.0 { "#0068a8" } else { "#b04d08" });
            let (x, width) = (self.centre(t) - self.width * 0.32, self.width * 0.64);
            let top = if value >= 0.0 { middle - height } else { middle };
            let _ = write!(out, "<rect fill=\"{colour}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>");
        }
        out
    }
}
