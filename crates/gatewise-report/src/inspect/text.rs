//! An inspection as text.

use gatewise::probe::{Flow, Gates, Jacobian};

use super::{Inspected, place};
use crate::number::{order, plain};

/// Lags shown in text: powers of two and the last.
const FIRST_LAGS: usize = 4;

/// Every network, layer by layer.
pub fn text(all: &[Inspected]) -> String {
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

fn flow_text(shown: &Inspected, flow: &Flow) -> String {
    let mut out = String::from("  gradient of the last step's loss   lag     ‖∂L/∂h‖   (10–90 %)");
    out += if flow.c.is_empty() { "\n" } else { "                ‖∂L/∂c‖\n" };
    let last = flow.h.len().saturating_sub(1);
    let lags = (0..FIRST_LAGS).chain((2..usize::BITS).map(|p| 1_usize << p)).filter(|&k| k < last).chain([last]);
    for k in lags {
        let s = flow.h[k];
        out += &format!("  {:>37} {:>12.3e}   ({} – {})", k, s.median, order(s.low), order(s.high));
        out += &flow.c.get(k).map_or("\n".to_string(), |c| format!("  {:>12.3e}\n", c.median));
    }
    if flow.carried().iter().all(|s| s.median == 0.0) {
        return out + &format!("  no gradient at any lag; mean factor a step {:.4}\n", flow.factor);
    }
    let up_to_half = flow.half_life.map_or("beyond the window".to_string(), |lag| format!("{lag:.1} steps ({})", shown.span(lag)));
    out + &format!("  half-life {up_to_half}; mean factor a step {:.4}; {} left at the far end\n", flow.factor, order(flow.share_left()))
}

fn jacobian_text(j: &Jacobian) -> String {
    format!(
        "  step Jacobian: largest singular value {:.3} ({:.3} – {:.3}); largest Lyapunov exponent {:+.4} a step\n",
        j.singular.median, j.singular.low, j.singular.high, j.lyapunov.median
    )
}

fn gates_text(shown: &Inspected, gates: &Gates) -> String {
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

fn context_text(shown: &Inspected) -> String {
    let i = &shown.inspection;
    let Some(worth) = i.worth_using else { return String::new() };
    let mut out = String::from("\nloss with the last k steps alone\n");
    for c in &i.context {
        out += &format!("  {:>6} {:>12}{}\n", c.steps, plain(c.loss), if c.steps == worth { "   worth using" } else { "" });
    }
    out + &format!("  {} of context are worth using\n", shown.span(worth as f64))
}
