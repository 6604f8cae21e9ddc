//! `--watch-gradients`: how far gradients reach back in time, measured on the same sequences after each epoch.

use std::cell::RefCell;
use std::rc::Rc;

use gatewise::Cpu;
use gatewise::batch::{Batch, Source};
use gatewise::loss::Loss;
use gatewise::model::Model;
use gatewise::probe::{Flow, gradient_flow};
use gatewise::train::{Event, Trainer};
use serde_json::{Value, json};

use crate::progress::Progress;
use crate::talk::Talk;

/// Sequences probed in f64.
const PROBED: usize = 16;

/// Multiplications that a probe of one step may take in all; larger networks are probed on fewer sequences.
const PROBE_BUDGET: usize = 400_000_000;

/// What the latest look found: for each layer and direction the gradient by lag.
#[derive(Default, Clone)]
pub struct Found(Rc<RefCell<Option<Vec<Flow>>>>);

impl Found {
    /// What was found since it was taken last.
    pub fn take(&self) -> Option<Vec<Flow>> {
        self.0.borrow_mut().take()
    }

    /// Tells of it after an epoch, and records it.
    pub fn tell(&self, event: &Event, progress: &mut Progress<'_>, talk: Talk) {
        let (Event::Epoch { epoch, .. }, Some(flows)) = (event, self.take()) else { return };
        let mut value = told(event, &flows);
        value["phase"] = progress.phase().into();
        progress.note(&value);
        let left: Vec<String> = flows.iter().map(|flow| format!("{:.1e}", flow.share_left())).collect();
        let lags = flows.first().map_or(0, |flow| flow.h.len().saturating_sub(1));
        talk.say(format!("  {epoch}: {} of the gradient is left {lags} steps back", left.join(", ")));
    }
}

/// Has the gradient flow measured after each epoch on sequences of `steps` spread over `source`.
pub fn watch(trainer: &mut Trainer, source: &dyn Source, steps: usize, loss: &Loss) -> Found {
    let mut batch = Batch::default();
    source.fill(&spread(0, source.len(), probe_count(trainer.model(), steps)), &mut batch);
    watch_batch(trainer, batch, loss)
}

/// As [`watch`], on these sequences.
pub fn watch_batch(trainer: &mut Trainer, batch: Batch<f32>, loss: &Loss) -> Found {
    let (found, loss) = (Found::default(), loss.clone());
    let kept = found.clone();
    trainer.watch(move |cpu: &Cpu, model: &mut Model<f32>| *kept.0.borrow_mut() = Some(gradient_flow(cpu, model, &batch, &loss)));
    found
}

/// Sequences of `steps` that a probe of the network can afford.
pub fn probe_count(model: &Model<f32>, steps: usize) -> usize {
    let cost = model.params().values.len().saturating_mul(steps).max(1);
    (PROBE_BUDGET / cost).clamp(2, PROBED)
}

/// `count` items, or as many as there are, spread evenly from `first` to before `end`.
pub fn spread(first: usize, end: usize, count: usize) -> Vec<usize> {
    let all = end.saturating_sub(first);
    let count = count.min(all);
    (0..count).map(|k| first + k * all / count.max(1)).collect()
}

/// The gradients of an epoch: by lag, of the parameters before and after clipping, and how often clipping struck.
pub fn told(event: &Event, flows: &[Flow]) -> Value {
    let Event::Epoch { epoch, train_loss, valid_loss, grad_norm, grad_norm_clipped, grad_norm_max, clipped, .. } = event else {
        return Value::Null;
    };
    let norms = |flow: &Flow| flow.h.iter().map(|s| s.median).collect::<Vec<f64>>();
    let layers: Vec<Value> = flows
        .iter()
        .map(|f| {
            json!({
                "layer": f.layer, "reverse": f.reverse, "h": norms(f), "half_life": f.half_life, "factor": f.factor, "share_left": f.share_left(),
            })
        })
        .collect();
    json!({
        "event": "gradients", "epoch": epoch, "train_loss": train_loss, "valid_loss": valid_loss, "flow": layers,
        "grad_norm": grad_norm, "grad_norm_clipped": grad_norm_clipped, "grad_norm_max": grad_norm_max, "clipped": clipped,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_spread_evenly() {
        assert_eq!(spread(0, 10, 5), [0, 2, 4, 6, 8]);
        assert_eq!(spread(8, 10, 5), [8, 9]);
        assert!(spread(3, 3, 5).is_empty());
    }
}
