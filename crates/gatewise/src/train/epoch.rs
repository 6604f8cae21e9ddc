//! The order of an epoch, and what is gathered while it runs.

use serde::{Deserialize, Serialize};

use crate::rng::Rng;

/// First stream of the orders; the stream of epoch e lies e behind it.
const ORDER_STREAM: u64 = 1 << 33;

/// The items of epoch `epoch` in their order: a function of seed and epoch, so that a resumed run needs no more than these.
pub(super) fn order(seed: u64, epoch: u64, items: usize, out: &mut Vec<usize>) {
    out.clear();
    out.extend(0..items);
    Rng::new(seed, ORDER_STREAM + epoch).shuffle(out);
}

/// Sums over the steps of an epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gathered {
    /// Σ loss · weight of its batch.
    loss: f64,
    weight: f64,
    clipped: u64,
    /// Loss of the last step.
    pub(super) last_loss: f64,
    /// Norm of each step's gradient before clipping. In a checkpoint these are a tensor.
    #[serde(skip)]
    pub(super) norms: Vec<f32>,
}

impl Gathered {
    pub(super) fn add(&mut self, loss: f64, weight: f64, norm: f64, clipped: bool) {
        self.loss += loss * weight;
        self.weight += weight;
        self.last_loss = loss;
        self.clipped += u64::from(clipped);
        self.norms.push(norm as f32);
    }

    pub(super) fn loss(&self) -> f64 {
        self.loss / self.weight.max(f64::MIN_POSITIVE)
    }

    pub(super) fn clipped_share(&self) -> f64 {
        self.clipped as f64 / self.norms.len().max(1) as f64
    }

    /// Median and largest norm.
    pub(super) fn norm_range(&self) -> (f64, f64) {
        let mut sorted = self.norms.clone();
        sorted.sort_by(f32::total_cmp);
        let middle = sorted.len() / 2;
        let median = match sorted.len() {
            0 => 0.0,
            n if n % 2 == 1 => f64::from(sorted[middle]),
            _ => (f64::from(sorted[middle - 1]) + f64::from(sorted[middle])) / 2.0,
        };
        (median, sorted.last().map_or(0.0, |&n| f64::from(n)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_has_its_own_order_of_all_items() {
        let (mut first, mut second, mut again) = (Vec::new(), Vec::new(), Vec::new());
        order(3, 0, 50, &mut first);
        order(3, 1, 50, &mut second);
        order(3, 0, 50, &mut again);
        assert_eq!(first, again);
        assert_ne!(first, second);
        first.sort_unstable();
        assert!(first.into_iter().eq(0..50));
    }

    #[test]
    fn means_are_weighted_and_medians_are_in_the_middle() {
        let mut gathered = Gathered::default();
        for (loss, weight, norm, clipped) in [(1.0, 3.0, 5.0, true), (5.0, 1.0, 1.0, false), (2.0, 4.0, 2.0, false), (2.0, 4.0, 4.0, true)]
        {
            gathered.add(loss, weight, norm, clipped);
        }
        assert_eq!((gathered.loss(), gathered.clipped_share(), gathered.norm_range()), (2.0, 0.5, (3.0, 5.0)));
    }
}
