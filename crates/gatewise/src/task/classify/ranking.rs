//! How well a probability ranks items of one class before the others, whatever the threshold.

use serde::Serialize;

/// Items in the order of their probability of one class.
#[derive(Clone, Debug, Default)]
pub struct Ranking {
    /// Probability, and whether the item is of the class.
    scored: Vec<(f64, bool)>,
}

/// Areas under the curves of a [`Ranking`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Areas {
    /// Probability that an item of the class stands before one that is not; 0.5 by chance (ROC AUC).
    pub roc_auc: f64,
    /// Mean precision over the recalls (average precision); the share of the class by chance.
    pub pr_auc: f64,
    /// Share of the class.
    pub share: f64,
}

/// A threshold and what it gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Threshold {
    /// Least probability that counts as the class.
    pub probability: f64,
    /// Share of those counted that are of the class.
    pub precision: f64,
    /// Share of the class that is counted.
    pub recall: f64,
}

impl Ranking {
    /// Takes an item.
    pub fn add(&mut self, probability: f64, of_class: bool) {
        self.scored.push((probability, of_class));
    }

    /// The most probable first; hits and others up to the end of each run of equal probabilities.
    fn steps(&self) -> Vec<(f64, u64, u64)> {
        let mut scored = self.scored.clone();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut hits, mut others) = (0, 0);
        let mut steps = Vec::new();
        for run in scored.chunk_by(|a, b| a.0 == b.0) {
            let of_class = run.iter().filter(|(_, of_class)| *of_class).count() as u64;
            hits += of_class;
            others += run.len() as u64 - of_class;
            steps.push((run[0].0, hits, others));
        }
        steps
    }

    /// The areas; none where all items are of the class, or none is.
    pub fn areas(&self) -> Option<Areas> {
        let steps = self.steps();
        let &(_, positives, negatives) = steps.last()?;
        if positives == 0 || negatives == 0 {
            return None;
        }
        let (mut roc, mut pr, mut before) = (0.0, 0.0, (0, 0));
        for &(_, hits, others) in &steps {
            // A run of equals counts half of its own pairs.
            roc += (others - before.1) as f64 * (hits + before.0) as f64 / 2.0;
            pr += (hits - before.0) as f64 * hits as f64 / (hits + others) as f64;
            before = (hits, others);
        }
        let (positives, negatives) = (positives as f64, negatives as f64);
        Some(Areas { roc_auc: roc / (positives * negatives), pr_auc: pr / positives, share: positives / (positives + negatives) })
    }

    /// The threshold that finds most of the class at a precision of at least `wanted`; none where no threshold has it.
    pub fn threshold(&self, wanted: f64) -> Option<Threshold> {
        let steps = self.steps();
        let positives = steps.last()?.1.max(1) as f64;
        let of = |&(probability, hits, others): &(f64, u64, u64)| Threshold {
            probability,
            precision: hits as f64 / (hits + others) as f64,
            recall: hits as f64 / positives,
        };
        steps.iter().map(of).rfind(|t| t.precision >= wanted && t.recall > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(scored: &[(f64, bool)]) -> Ranking {
        Ranking { scored: scored.to_vec() }
    }

    #[test]
    fn areas_by_hand() {
        // Ranks + − + −: three of four pairs are in order; precision 1 at the first hit, 2/3 at the second.
        let mixed = ranking(&[(0.9, true), (0.8, false), (0.7, true), (0.1, false)]);
        let areas = mixed.areas().unwrap();
        assert_eq!((areas.roc_auc, areas.share), (0.75, 0.5));
        assert!((areas.pr_auc - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
        // Equals say nothing of their order.
        assert_eq!(ranking(&[(0.5, true), (0.5, false), (0.5, false)]).areas().unwrap().roc_auc, 0.5);
        assert_eq!(ranking(&[(0.5, true)]).areas(), None);
        assert_eq!(ranking(&[]).areas(), None);
    }

    #[test]
    fn a_threshold_finds_most_at_a_precision() {
        let mixed = ranking(&[(0.9, true), (0.8, false), (0.7, true), (0.6, true), (0.1, false)]);
        let at = |wanted| mixed.threshold(wanted).map(|t| (t.probability, t.recall));
        assert_eq!(at(0.75), Some((0.6, 1.0)));
        assert_eq!(at(0.9), Some((0.9, 1.0 / 3.0)));
        assert_eq!(ranking(&[(0.9, false), (0.1, true)]).threshold(0.8), None);
    }
}
