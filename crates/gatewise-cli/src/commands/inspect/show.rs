//! An inspection as text, as an event and as a page.

use gatewise::probe::{Flow, Gates, Inspection, Jacobian};
use gatewise_report::{Curve, Figure, Page, TableOf, figure_text};
use serde_json::{Value, json};

use super::subject::Unit;

/// Lags shown in text: powers of two and the last.
const FIRST_LAGS: usize = 4;
/// Classes of the style sheet, for networks or layers side by side.
const CLASSES: [&str; 4] = ["baseline", "truth", "model", "second"];

/// An inspected network.
pub struct Shown {
    pub name: String,
    pub unit: Unit,
    pub inspection: Inspection,
}

impl Shown {
    fn span(&self, steps: f64) -> String {
        let Unit { name, per_step } = self.unit;
        let units = steps * per_step;
        if units < 10.0 { format!("{units:.1} {name}") } else { format!("{units:.0} {name}") }
    }

    /// "remembers about 31 hours", by the units with a gate that keeps the state.
    fn memory(&self, gates: &Gates) -> Option<String> {
        let tau = gates.time_constants.as_ref()?;
        Some(format!("remembers about {} (median unit), {} (longest)", self.span(tau.spread.median), self.span(tau.longest)))
    }
}

pub fn event(shown: &Shown) -> Value {
    json!({
        "event": "inspection", "net": shown.name, "unit": shown.unit.name, "units_per_step": shown.unit.per_step, "inspection": shown.inspection,
    })
}

fn place(layer: usize, reverse: bool) -> String {
    format!("layer {}{}", layer + 1, if reverse { ", reverse" } else { "" })
}

pub fn text(all: &[Shown]) -> String {
    let mut out = String::new();
    for shown in all {
        let i = &shown.inspection;
        out += &format!("{}: {} sequences of {} steps ({})\n", shown.name, i.sequences, i.steps, shown.span(i.steps as f64));
        out += &format!("{}\n", i.verdict.text);
        for cure in &i.verdict.cures {
            out += &format!("  try: {cure}\n");
        }
        for ((flow, jacobian), gates) in i.flow.iter().zip(&i.jacobian).zip(&i.gates) {
            out += &format!(
                "\n{}\n{}{}{}",
                place(flow.layer, flow.reverse),
                flow_text(shown, flow),
                jacobian_text(jacobian),
                gates_text(shown, gates)
            );
        }
        out += &context_text(shown);
        out.push('\n');
    }
    out
}

fn flow_text(shown: &Shown, flow: &Flow) -> String {
    let mut out = String::from("  gradient of the last step's loss   lag     ‖∂L/∂h‖   (10–90 %)");
    out += if flow.c.is_empty() { "\n" } else { "                ‖∂L/∂c‖\n" };
    let last = flow.h.len().saturating_sub(1);
    let lags = (0..FIRST_LAGS).chain((2..usize::BITS).map(|p| 1_usize << p)).filter(|&k| k < last).chain([last]);
    for k in lags {
        let s = flow.h[k];
        out += &format!("  {:>37} {:>12.3e}   ({:.1e} – {:.1e})", k, s.median, s.low, s.high);
        out += &flow.c.get(k).map_or("\n".to_string(), |c| format!("  {:>12.3e}\n", c.median));
    }
    if flow.carried().iter().all(|s| s.median == 0.0) {
        return out + &format!("  no gradient at any lag; mean factor a step {:.4}\n", flow.factor);
    }
    let half = flow.half_life.map_or("beyond the window".to_string(), |lag| format!("{lag:.1} steps ({})", shown.span(lag)));
    out + &format!("  half-life {half}; mean factor a step {:.4}; {:.1e} left at the far end\n", flow.factor, flow.share_left())
}

fn jacobian_text(j: &Jacobian) -> String {
    format!(
        "  step Jacobian: largest singular value {:.3} ({:.3} – {:.3}); largest Lyapunov exponent {:+.4} a step\n",
        j.singular.median, j.singular.low, j.singular.high, j.lyapunov.median
    )
}

fn gates_text(shown: &Shown, gates: &Gates) -> String {
    let mut out = String::new();
    for g in &gates.gates {
        out += &format!(
            "  {:<7} gate: mean {:.2}, below 0.1 {:.0} %, above 0.9 {:.0} %; stuck shut {}, stuck open {} of {} units\n",
            g.gate,
            g.mean,
            100.0 * g.below,
            100.0 * g.above,
            g.stuck_shut,
            g.stuck_open,
            gates.units
        );
    }
    if let Some(memory) = shown.memory(gates) {
        out += &format!("  {memory}\n");
    }
    out + &format!("  {} dead units; {:.1} % of the outputs beyond ±0.99\n", gates.dead, 100.0 * gates.saturated)
}

fn context_text(shown: &Shown) -> String {
    let i = &shown.inspection;
    let Some(worth) = i.worth_using else { return String::new() };
    let mut out = String::from("\nloss with the last k steps alone\n");
    for c in &i.context {
        out += &format!("  {:>6} {:>12.5}{}\n", c.steps, c.loss, if c.steps == worth { "   worth using" } else { "" });
    }
    out + &format!("  {} of context are worth using\n", shown.span(worth as f64))
}

pub fn page(all: &[Shown]) -> Page {
    let verdict = all
        .iter()
        .map(|s| if all.len() > 1 { format!("{}: {}", s.name, s.inspection.verdict.text) } else { s.inspection.verdict.text.clone() });
    let mut figures = vec![flow_figure(all)];
    if all.iter().any(|s| !s.inspection.context.is_empty()) {
        figures.push(context_figure(all));
    }
    figures.extend(all.iter().filter_map(gate_figure));
    figures.push(tables(all));
    Page {
        kind: "inspect".to_string(),
        title: "What the network remembers".to_string(),
        verdict: verdict.collect::<Vec<_>>().join(" "),
        cures: if let [one] = all { one.inspection.verdict.cures.clone() } else { Vec::new() },
        facts: all
            .iter()
            .map(|s| (s.name.clone(), format!("{} sequences of {} steps", s.inspection.sequences, s.inspection.steps)))
            .collect(),
        figures,
        command: crate::commands::command_line(),
    }
}

/// One network: its layers, with bands. Several: the last layer of each, relative to lag 0.
fn flow_figure(all: &[Shown]) -> Figure {
    let mut curves = Vec::new();
    let (heading, lead) = if let [one] = all {
        for (n, flow) in one.inspection.flow.iter().enumerate() {
            let class = CLASSES[(n + 2) % CLASSES.len()];
            let name = place(flow.layer, flow.reverse);
            curves.push(Curve {
                band: flow.h.iter().enumerate().map(|(k, s)| (k as f64, s.low, s.high)).collect(),
                ..Curve::line(class, format!("{name}, h"), flow.h.iter().enumerate().map(|(k, s)| (k as f64, s.median)).collect())
            });
            if !flow.c.is_empty() {
                curves.push(Curve::line(
                    "second",
                    format!("{name}, c"),
                    flow.c.iter().enumerate().map(|(k, s)| (k as f64, s.median)).collect(),
                ));
            }
        }
        ("Gradient flow by lag", "‖∂L/∂h‖ and ‖∂L/∂c‖, k steps before the one that bears the loss; median and band from 10 to 90 %.")
    } else {
        for (n, shown) in all.iter().enumerate() {
            let Some(flow) = shown.inspection.flow.iter().rfind(|f| !f.reverse) else { continue };
            let shares = flow.shares().into_iter().enumerate();
            curves.push(Curve::line(CLASSES[n % CLASSES.len()], &shown.name, shares.map(|(k, share)| (k as f64, share)).collect()));
        }
        (
            "Gradient flow by lag",
            "The share of the last step's gradient that reaches k steps back: ‖∂L/∂h‖ at T − k over that at T, of an LSTM ‖∂L/∂c‖.",
        )
    };
    Figure { heading: heading.to_string(), lead: lead.to_string(), x_name: "steps back", curves, tables: Vec::new() }
}

fn context_figure(all: &[Shown]) -> Figure {
    let curves = all
        .iter()
        .enumerate()
        .map(|(n, s)| {
            let class = if all.len() == 1 { "model" } else { CLASSES[n % CLASSES.len()] };
            Curve::line(class, &s.name, s.inspection.context.iter().map(|c| (c.steps as f64, c.loss)).collect())
        })
        .collect();
    let worth = all.iter().filter_map(|s| Some(format!("{} {}", s.name, s.span(s.inspection.worth_using? as f64))));
    Figure {
        heading: "Loss by context".to_string(),
        lead: format!("The loss when the network sees the last k steps alone. Worth using: {}.", worth.collect::<Vec<_>>().join(", ")),
        x_name: "steps of context",
        curves,
        tables: Vec::new(),
    }
}

/// The gate that keeps the state over time, by layer.
fn gate_figure(shown: &Shown) -> Option<Figure> {
    let layers = &shown.inspection.gates;
    let memory = layers.iter().find_map(|g| shown.memory(g))?;
    let curves = layers.iter().enumerate().flat_map(|(n, layer)| {
        layer.gates.iter().enumerate().map(move |(k, gate)| {
            let class = CLASSES[(2 + n + k) % CLASSES.len()];
            let points = gate.by_step.iter().enumerate().map(|(t, &v)| (t as f64 + 1.0, v)).collect();
            Curve::line(class, format!("{}, {}", place(layer.layer, layer.reverse), gate.gate), points)
        })
    });
    Some(Figure {
        heading: format!("Gates of {}", shown.name),
        lead: format!("Mean over units and sequences at each step. It {memory}."),
        x_name: "step",
        curves: curves.collect(),
        tables: Vec::new(),
    })
}

fn tables(all: &[Shown]) -> Figure {
    let (mut flows, mut gates) = (Vec::new(), Vec::new());
    for s in all {
        for (f, j) in s.inspection.flow.iter().zip(&s.inspection.jacobian) {
            flows.push(vec![
                format!("{}, {}", s.name, place(f.layer, f.reverse)),
                f.half_life.map_or("beyond".to_string(), |lag| s.span(lag)),
                format!("{:.4}", f.factor),
                format!("{:.1e}", f.share_left()),
                figure_text(j.singular.median),
                format!("{:+.4}", j.lyapunov.median),
            ]);
        }
        for layer in &s.inspection.gates {
            for g in &layer.gates {
                gates.push(vec![
                    format!("{}, {}, {}", s.name, place(layer.layer, layer.reverse), g.gate),
                    format!("{:.2}", g.mean),
                    format!("{:.0} %", 100.0 * g.below),
                    format!("{:.0} %", 100.0 * g.above),
                    format!("{} of {}", g.stuck_shut, layer.units),
                    format!("{} of {}", g.stuck_open, layer.units),
                ]);
            }
        }
    }
    let table = |caption: &str, columns: [&str; 6], rows: Vec<Vec<String>>| TableOf {
        caption: caption.to_string(),
        columns: columns.map(str::to_string).to_vec(),
        rows,
    };
    let mut tables = vec![table(
        "Gradients and the recurrence",
        ["", "half-life", "factor a step", "left at the far end", "singular value", "Lyapunov exponent"],
        flows,
    )];
    if !gates.is_empty() {
        tables.push(table("Gates", ["", "mean", "below 0.1", "above 0.9", "stuck shut", "stuck open"], gates));
    }
    Figure { heading: "Figures".to_string(), lead: String::new(), x_name: "", curves: Vec::new(), tables }
}
