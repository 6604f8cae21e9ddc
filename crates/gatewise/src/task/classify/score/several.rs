//! Figures of several values an item: of each target, and their mean.

use gatewise_kernels::Cpu;

use crate::task::classify::{Classifier, Item, Target, ValueMetrics};

/// Figures of each target.
#[derive(Debug, Clone)]
pub struct SeveralMetrics {
    /// Name and figures of each.
    pub each: Vec<(String, ValueMetrics)>,
    /// The means of the targets' figures; R² over those that have one.
    pub mean: ValueMetrics,
}

impl SeveralMetrics {
    /// Holds answers against the truth of the items `known`.
    pub(super) fn of(cpu: &Cpu, classifier: &mut Classifier, items: &[Item], known: &[usize], names: &[String]) -> Self {
        let scales = classifier.config().answer.scales();
        let mut pairs = vec![Vec::with_capacity(known.len()); names.len()];
        classifier.predict(cpu, items, known, &mut |opinion| {
            if let Target::Values(truth) = &items[opinion.item].target {
                for ((pairs, truth), answer) in pairs.iter_mut().zip(truth).zip(&opinion.exact) {
                    pairs.push((*truth, *answer));
                }
            }
        });
        let figures = pairs.iter().zip(&scales).map(|(pairs, (center, _))| ValueMetrics::of(pairs, *center));
        Self::new(names.iter().cloned().zip(figures).collect())
    }

    /// Of the figures of each target.
    pub fn new(each: Vec<(String, ValueMetrics)>) -> Self {
        let mean = |of: &dyn Fn(&ValueMetrics) -> Option<f64>| {
            let found: Vec<f64> = each.iter().filter_map(|(_, m)| of(m)).collect();
            (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
        };
        let all = |of: &dyn Fn(&ValueMetrics) -> f64| mean(&|m| Some(of(m))).unwrap_or(0.0);
        let mean = ValueMetrics {
            count: each.first().map_or(0, |(_, m)| m.count),
            mae: all(&|m| m.mae),
            rmse: all(&|m| m.rmse),
            r2: mean(&|m| m.r2),
            mean_mae: all(&|m| m.mean_mae),
            mean_rmse: all(&|m| m.mean_rmse),
        };
        Self { each, mean }
    }

    /// Rows of a table: each target, then the mean of all.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &ValueMetrics)> {
        self.each.iter().map(|(name, m)| (name.as_str(), m)).chain([("mean of all", &self.mean)])
    }
}
