//! Predictions of several models as one, each counted by how well it has predicted so far.

/// Share of a weight that the last prediction settles: about the last thousand predictions count.
const FRESH: f64 = 1e-3;

/// Predictions that the starting weights stand for: the first ones settle more than later ones.
const STARTED: f64 = 20.0;

/// Least weight, from which one that becomes good comes back.
const FLOOR: f64 = 1e-4;

/// p = Σ w_k p_k, with weights that follow their posterior (online expectation maximisation of the mixture's weights, Cappé and Moulines 2009): no
/// setting decides what a model counts for, and the text alone does.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mixture {
    weights: Vec<f64>,
    learned: u64,
}

impl Mixture {
    /// From starting weights that sum to 1.
    pub(super) fn new(weights: Vec<f64>) -> Self {
        Self { weights, learned: 0 }
    }

    /// The weights.
    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The probability of what came, given that of each model; the weights have then learned from it.
    pub(super) fn learn(&mut self, probabilities: &[f64]) -> f64 {
        let whole: f64 = self.weights.iter().zip(probabilities).map(|(w, p)| w * p).sum();
        if whole > 0.0 {
            self.learned += 1;
            let fresh = FRESH.max(1.0 / (STARTED + self.learned as f64));
            for (weight, p) in self.weights.iter_mut().zip(probabilities) {
                *weight = ((1.0 - fresh) * *weight + fresh * *weight * p / whole).max(FLOOR);
            }
            let total: f64 = self.weights.iter().sum();
            self.weights.iter_mut().for_each(|weight| *weight /= total);
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weight_goes_to_what_predicts_better_and_comes_back() {
        let mut mixture = Mixture::new(vec![0.5, 0.5]);
        let (mut nats, mut alone) = (0.0, 0.0);
        for _ in 0..20_000 {
            nats -= mixture.learn(&[0.1, 0.4]).ln();
            alone -= 0.4_f64.ln();
        }
        assert!(mixture.weights()[1] > 0.99, "{mixture:?}");
        assert!(nats - alone < 0.02 * alone, "{nats} against {alone}");
        for _ in 0..20_000 {
            mixture.learn(&[0.4, 0.1]);
        }
        assert!(mixture.weights()[0] > 0.9, "{mixture:?}");
        assert!((mixture.weights().iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
