//! How far gradients reach back in time, measured on the same sequences after each epoch of a training.

use gatewise_kernels::Cpu;
use serde::Serialize;

use super::{Event, Trainer};
use crate::batch::{Batch, Source};
use crate::loss::Loss;
use crate::model::Model;
use crate::probe::{Flow, gradient_flow};

/// Sequences probed in f64.
const PROBED: usize = 16;

/// Multiplications that a probe of one step may take in all; larger networks are probed on fewer sequences.
const PROBE_BUDGET: usize = 400_000_000;

/// Has the gradient flow measured after each epoch on sequences of `steps` spread over `source`, and told as [`Event::Gradients`].
pub fn watch_gradients(trainer: &mut Trainer, source: &dyn Source, steps: usize, loss: &Loss) {
    let mut batch = Batch::default();
    source.fill(&spread(0, source.len(), probe_count(trainer.model(), steps)), &mut batch);
    watch_gradients_of(trainer, batch, loss);
}

/// As [`watch_gradients`], on these sequences.
pub fn watch_gradients_of(trainer: &mut Trainer, batch: Batch<f32>, loss: &Loss) {
    let loss = loss.clone();
    trainer.watch(move |cpu: &Cpu, model: &mut Model<f32>, event: &Event| {
        let Event::Epoch { epoch, train_loss, valid_loss, grad_norm, grad_norm_clipped, grad_norm_max, clipped, .. } = *event else {
            return None;
        };
        let flow = gradient_flow(cpu, model, &batch, &loss).iter().map(LayerFlow::of).collect();
        Some(Event::Gradients { epoch, train_loss, valid_loss, flow, grad_norm, grad_norm_clipped, grad_norm_max, clipped })
    });
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

/// Gradient by lag in one layer and direction, as an event tells it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerFlow {
    /// The layer, from 0.
    pub layer: usize,
    /// Whether it reads backwards.
    pub reverse: bool,
    /// Median norm of the gradient with respect to the state, by steps back from the last.
    pub h: Vec<f64>,
    /// Steps after which half of it is left; none where it does not fall.
    pub half_life: Option<f64>,
    /// Factor a step.
    pub factor: f64,
    /// Share that is left at the far end.
    pub share_left: f64,
}

impl LayerFlow {
    fn of(flow: &Flow) -> Self {
        Self {
            layer: flow.layer,
            reverse: flow.reverse,
            h: flow.h.iter().map(|s| s.median).collect(),
            half_life: flow.half_life,
            factor: flow.factor,
            share_left: flow.share_left(),
        }
    }
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
