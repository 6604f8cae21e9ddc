//! An inspection as a page.

use super::{Inspected, place};
use crate::number::{figure, order};
use crate::{Curve, Figure, Page, TableOf};

/// Classes of the style sheet, for networks or layers side by side.
const CLASSES: [&str; 4] = ["baseline", "truth", "model", "second"];

/// The page of one network, or of several beside each other; `command` is the command line that made it.
pub fn page(all: &[Inspected], command: String) -> Page {
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
        command,
    }
}

/// One network: its layers, with bands. Several: the last layer of each, relative to lag 0.
fn flow_figure(all: &[Inspected]) -> Figure {
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
    Figure { heading: heading.to_string(), lead: lead.to_string(), x_name: "steps back", curves, ..Figure::default() }
}

fn context_figure(all: &[Inspected]) -> Figure {
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
        ..Figure::default()
    }
}

/// The gate that keeps the state over time, by layer.
fn gate_figure(shown: &Inspected) -> Option<Figure> {
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
        ..Figure::default()
    })
}

fn tables(all: &[Inspected]) -> Figure {
    let (mut flows, mut gates) = (Vec::new(), Vec::new());
    for s in all {
        for (f, j) in s.inspection.flow.iter().zip(&s.inspection.jacobian) {
            flows.push(vec![
                format!("{}, {}", s.name, place(f.layer, f.reverse)),
                f.half_life.map_or("beyond".to_string(), |lag| s.span(lag)),
                format!("{:.4}", f.factor),
                order(f.share_left()),
                figure(j.singular.median),
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
    Figure { heading: "Figures".to_string(), lead: String::new(), tables, ..Figure::default() }
}
