//! What the probes mean in words, and what to do about it.

use gatewise_kernels::{Cell, Cpu};
use serde::Serialize;

use super::context::{Context, context_lengths, loss_by_context, worth_using};
use super::flow::{Flow, flow_of};
use super::gates::{Gates, gates_of};
use super::jacobian::{Jacobian, jacobian_of};
use super::unroll::Unrolled;
use crate::batch::Batch;
use crate::loss::Loss;
use crate::model::Model;

/// A gradient below this share of its start teaches nothing beside the noise of a batch.
const LOST: f64 = 0.01;
/// A gradient that grows by this factor on the way back drowns what is near.
const EXPLODED: f64 = 10.0;
/// Share of flat outputs, or of stuck units of a gate, at which a layer counts as saturated.
const SATURATED: f64 = 0.5;
/// Share of the steps that a gradient must reach over for a network to count as learning from all of them.
const REACHED: f64 = 0.75;
/// Sequences shorter than this say nothing about the flow over time.
const LEAST_STEPS: usize = 4;

/// How a network stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Gradients reach the far end of the window at a size that teaches.
    Healthy,
    /// Gradients are lost before they have gone three quarters of the window.
    Vanishing,
    /// Gradients grow on the way back.
    Exploding,
    /// Units or gates stand where they have no slope.
    Saturated,
    /// Weights were thrown so far that the network answers worse than a guess and has no slope to come back by.
    Burst,
}

/// The outcome in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Which of the five.
    pub condition: Condition,
    /// What was seen, in sentences.
    pub text: String,
    /// What to try, the most promising first; empty where nothing is amiss.
    pub cures: Vec<String>,
}

/// Everything the probes say of a network on a batch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// Steps of the longest sequence.
    pub steps: usize,
    /// Sequences.
    pub sequences: usize,
    /// Gradient by lag, by layer and direction.
    pub flow: Vec<Flow>,
    /// The recurrence, by layer and direction.
    pub jacobian: Vec<Jacobian>,
    /// The gates, by layer and direction.
    pub gates: Vec<Gates>,
    /// Loss by length of context.
    pub context: Vec<Context>,
    /// Steps of context that are worth using.
    pub worth_using: Option<usize>,
    /// What it means.
    pub verdict: Verdict,
}

/// Runs every probe. `batch` is probed in f64 and kept small; `valid` is what the loss by context is measured on.
pub fn inspect(cpu: &Cpu, model: &mut Model<f32>, batch: &Batch<f32>, valid: &[Batch<f32>], loss: &Loss) -> Inspection {
    let run = Unrolled::run(cpu, model, batch);
    let (flow, jacobian, gates) = (flow_of(cpu, &run, loss), jacobian_of(&run), gates_of(&run));
    let longest = valid.iter().map(|b| b.layout.time()).max().unwrap_or(0);
    let context = if longest == 0 { Vec::new() } else { loss_by_context(cpu, model, valid, loss, &context_lengths(longest)) };
    let worth_using = worth_using(&context);
    // Over all steps that have an answer, not the last alone.
    let count = valid.iter().map(|b| b.len() as f64).sum::<f64>();
    let mean = valid.iter().map(|b| b.len() as f64 * model.loss(cpu, b, loss)).sum::<f64>() / count;
    let burst = uniform(loss).filter(|guess| mean > *guess).and_then(|guess| burst(mean, guess, &flow, &gates));
    let verdict = burst.unwrap_or_else(|| judge(model.config().cell, batch.layout.time(), &flow, &gates, worth_using));
    Inspection { steps: batch.layout.time(), sequences: batch.len(), flow, jacobian, gates, context, worth_using, verdict }
}

/// The loss of calling every class as probable as the next; none where no classes are named.
fn uniform(loss: &Loss) -> Option<f64> {
    match loss {
        Loss::CrossEntropy { classes, .. } => Some((*classes as f64).ln()),
        _ => None,
    }
}

/// A loss above that of a guess, and no slope to come back by.
fn burst(loss: f64, guess: f64, flow: &[Flow], gates: &[Gates]) -> Option<Verdict> {
    let still = !flow.is_empty() && flow.iter().all(|f| f.carried().iter().all(|s| s.median == 0.0));
    let flat = gates.iter().find_map(|layer| saturation(layer).or_else(|| flat_outputs(layer)));
    let why = match (still, flat) {
        (true, Some(flat)) => format!("no gradient is left at any lag, and {flat}"),
        (true, None) => "no gradient is left at any lag".to_owned(),
        (false, flat) => flat?,
    };
    Some(Verdict {
        condition: Condition::Burst,
        text: format!("Burst: the loss is {loss:.2} nats where a guess among all classes has {guess:.2}; {why}."),
        cures: vec!["a lower ⦃lr⦄: steps were so long that they threw the weights out of reach".to_string(), "⦃clip-norm⦄ 1".to_string()],
    })
}

/// The lag from which on the median stays below [`LOST`] of its start.
fn reach(flow: &Flow) -> usize {
    flow.shares().iter().rposition(|&share| share >= LOST).map_or(0, |lag| lag + 1)
}

fn judge(cell: Cell, steps: usize, flow: &[Flow], gates: &[Gates], worth: Option<usize>) -> Verdict {
    let healthy = |text: String| Verdict { condition: Condition::Healthy, text, cures: Vec::new() };
    if steps < LEAST_STEPS {
        return healthy(format!("Sequences of {steps} steps are too short to say anything about gradients through time."));
    }
    let growth = |f: &Flow| f.shares().into_iter().fold(0.0, f64::max);
    let most = flow.iter().map(growth).fold(0.0, f64::max);
    let reached = flow.iter().map(reach).max().unwrap_or(0);
    let needs = worth.map_or(String::new(), |k| match k {
        k if k >= steps => " The loss keeps falling with context up to the whole window: a longer one may help.".to_string(),
        1 => " The loss is as low with the last step alone: these data ask for no memory.".to_string(),
        k => format!(" The loss is as low with the last {k} steps of context as with all {steps}."),
    });
    let saturated = gates.iter().find_map(saturation);
    if most > EXPLODED {
        return Verdict {
            condition: Condition::Exploding,
            text: format!("Exploding: on its way back over {steps} steps the gradient grows {most:.0}-fold.{needs}"),
            cures: exploding_cures(cell),
        };
    }
    if let Some(what) = saturated {
        return Verdict { condition: Condition::Saturated, text: format!("Saturated: {what}.{needs}"), cures: saturated_cures(cell) };
    }
    if (reached as f64) < REACHED * steps as f64 {
        let enough = worth.is_some_and(|k| k <= reached);
        let cures = if enough {
            vec![format!(
                "none is needed for these data; ⦃lookback⦄ {reached} (for texts ⦃window⦄ {reached}) trains faster and loses nothing"
            )]
        } else {
            vanishing_cures(cell, steps)
        };
        return Verdict {
            condition: Condition::Vanishing,
            text: format!(
                "Vanishing: {reached} steps back less than a hundredth of the gradient is left, of {steps} the network is shown.{needs}"
            ),
            cures,
        };
    }
    let left = flow.iter().map(Flow::share_left).fold(0.0, f64::max);
    let kept = if left >= LOST {
        format!("{:.0} % of the gradient reach the far end", 100.0 * left)
    } else {
        format!("the gradient reaches {reached} back")
    };
    healthy(format!("Healthy: of {steps} steps {kept}.{needs}"))
}

fn flat_outputs(layer: &Gates) -> Option<String> {
    let text = || {
        let (share, place) = (100.0 * layer.saturated, layer.layer + 1);
        format!("{share:.0} % of the outputs of layer {place} stand beyond ±0.99, where a tanh has no slope")
    };
    (layer.saturated > SATURATED).then(text)
}

fn saturation(layer: &Gates) -> Option<String> {
    let place = format!("layer {}", layer.layer + 1);
    if layer.gates.is_empty()
        && let Some(flat) = flat_outputs(layer)
    {
        return Some(flat);
    }
    // A gate that stays open is how a gated unit remembers; one that never opens is lost.
    let shut = layer.gates.iter().find(|g| g.stuck_shut as f64 > SATURATED * layer.units as f64)?;
    Some(format!("the {} gates of {} of {} units of {place} never open", shut.gate, shut.stuck_shut, layer.units))
}

fn vanishing_cures(cell: Cell, steps: usize) -> Vec<String> {
    let spec = cell.spec();
    let mut cures = match spec.forget {
        _ if spec.watched.is_empty() => vec![
            "a gated cell: ⦃cell⦄ gru or ⦃cell⦄ lstm".to_string(),
            "an orthogonal start of the recurrent weights, the default of gatewise".to_string(),
        ],
        Some(_) => vec![
            format!(
                "a forget-gate bias of about {:.1}, the logarithm of the steps, so that units start out remembering",
                (steps as f64).ln()
            ),
            "more epochs: gates learn to stay open late".to_string(),
        ],
        None => {
            vec!["⦃cell⦄ lstm, whose forget gate starts open".to_string(), "more epochs: gates learn to stay open late".to_string()]
        }
    };
    cures.push("fewer, longer steps: ⦃segment⦄, or a shorter ⦃lookback⦄ (for texts ⦃window⦄)".to_string());
    cures
}

fn exploding_cures(cell: Cell) -> Vec<String> {
    let mut cures = vec!["clip the gradient: ⦃clip-norm⦄ 1".to_string(), "a lower ⦃lr⦄".to_string()];
    if cell.spec().watched.is_empty() {
        cures.extend(["an orthogonal start of the recurrent weights".to_string(), "a gated cell: ⦃cell⦄ gru or ⦃cell⦄ lstm".to_string()]);
    } else {
        cures.push("a shorter ⦃lookback⦄ (for texts ⦃window⦄)".to_string());
    }
    cures
}

fn saturated_cures(cell: Cell) -> Vec<String> {
    let mut cures = vec![
        "a lower ⦃lr⦄ and ⦃clip-norm⦄ 1: large steps push units into saturation".to_string(),
        "⦃layer-norm⦄, and inputs scaled to about ±1".to_string(),
    ];
    if cell.spec().watched.is_empty() {
        cures.push("a gated cell: ⦃cell⦄ gru or ⦃cell⦄ lstm".to_string());
    }
    cures
}

#[cfg(test)]
mod tests {
    use super::super::spread::Spread;
    use super::*;

    fn flow(factor: f64, steps: i32) -> Flow {
        let h = (0..steps).map(|k| factor.powi(k)).map(|m| Spread { low: m, median: m, high: m }).collect();
        Flow { layer: 0, reverse: false, h, c: Vec::new(), half_life: None, factor }
    }

    fn layer(saturated: f64) -> Gates {
        Gates { layer: 0, reverse: false, units: 4, dead: 0, saturated, gates: Vec::new(), time_constants: None }
    }

    #[test]
    fn each_condition_is_told_from_the_others() {
        for (factor, saturated, worth, expected, cured) in [
            (0.999, 0.0, None, Condition::Healthy, false),
            (0.9, 0.0, None, Condition::Healthy, false),
            (0.5, 0.0, Some(30), Condition::Vanishing, true),
            (1.2, 0.0, None, Condition::Exploding, true),
            (0.5, 0.8, None, Condition::Saturated, true),
        ] {
            let verdict = judge(Cell::RnnTanh, 30, &[flow(factor, 30)], &[layer(saturated)], worth);
            assert_eq!(verdict.condition, expected, "factor {factor}: {}", verdict.text);
            assert_eq!(!verdict.cures.is_empty(), cured, "{:?}", verdict.cures);
        }
        let dead = burst(79.0, 2.64, &[flow(0.0, 30)], &[layer(0.0)]).map(|verdict| verdict.condition);
        assert_eq!(dead, None, "the last step still has a gradient, and nothing is flat");
        let h = vec![Spread { low: 0.0, median: 0.0, high: 0.0 }; 30];
        let still = burst(79.0, 2.64, &[Flow { h, ..flow(0.0, 30) }], &[layer(0.0)]).unwrap();
        assert!(still.condition == Condition::Burst && still.cures[0].contains("a lower ⦃lr⦄"), "{still:?}");
        assert_eq!(burst(79.0, 2.64, &[flow(0.9, 30)], &[layer(0.8)]).unwrap().condition, Condition::Burst);
        // Seven of fourteen steps are no good health.
        let half = judge(Cell::RnnTanh, 14, &[flow(0.5, 14)], &[layer(0.0)], Some(14));
        assert!(half.condition == Condition::Vanishing && half.text.contains("7 steps back"), "{}", half.text);
        let short = judge(Cell::RnnTanh, 30, &[flow(0.5, 30)], &[layer(0.0)], Some(3));
        assert!(short.cures[0].contains("⦃lookback⦄ 7"), "{:?}", short.cures);
    }
}
