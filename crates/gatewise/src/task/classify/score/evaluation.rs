//! An outcome in the form that every task gives.

use super::{Outcome, Score};
use crate::evaluation::{Better, Evaluation, Measure};
use crate::task::classify::ValueMetrics;

impl Outcome {
    /// The figures of a `part` of the items as measures: accuracy, F1, loss and the areas of a ranking beside always naming the most
    /// frequent class; errors beside always saying the mean, those of several values as the means of the targets' figures.
    pub fn evaluation(&self, part: &str) -> Evaluation {
        let of = |count: u64, unit: &str, measures| Evaluation { part: part.to_owned(), count, unit: unit.to_owned(), measures };
        match &self.score {
            Score::Values(m) => of(m.count as u64, "items", errors(m)),
            Score::Several(several) => of(several.mean.count as u64, "items", errors(&several.mean)),
            Score::Classes { metrics: m, ranked, each_step, .. } => {
                let majority = |value: f64| vec![("majority".to_owned(), Some(value))];
                let mut measures = vec![
                    measure("accuracy", "accuracy", Some(m.accuracy), majority(m.majority.0), Better::Higher),
                    measure("f1_macro", "F1, mean of the classes", Some(m.f1_macro), majority(m.majority.1), Better::Higher),
                    measure("loss", "loss", Some(m.loss), Vec::new(), Better::Lower),
                ];
                if let Some(ranked) = ranked {
                    let chance = |value: f64| vec![("chance".to_owned(), Some(value))];
                    measures.push(measure("roc_auc", "ROC AUC", Some(ranked.areas.roc_auc), chance(0.5), Better::Higher));
                    measures.push(measure("pr_auc", "PR AUC", Some(ranked.areas.pr_auc), chance(ranked.areas.share), Better::Higher));
                }
                of(m.count, if *each_step { "steps" } else { "items" }, measures)
            }
        }
    }
}

fn errors(m: &ValueMetrics) -> Vec<Measure> {
    let mean = |value: f64| vec![("mean".to_owned(), Some(value))];
    vec![
        measure("mae", "MAE", Some(m.mae), mean(m.mean_mae), Better::Lower),
        measure("rmse", "RMSE", Some(m.rmse), mean(m.mean_rmse), Better::Lower),
        measure("r2", "R²", m.r2, Vec::new(), Better::Higher),
    ]
}

fn measure(key: &str, name: &str, model: Option<f64>, baselines: Vec<(String, Option<f64>)>, better: Better) -> Measure {
    Measure { key: key.to_owned(), name: name.to_owned(), model, baselines, better }
}
