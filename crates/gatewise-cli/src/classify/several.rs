//! Figures of several values an item: of each target, and their mean.

use std::fmt::Write;

use gatewise::Cpu;
use gatewise::task::classify::{Classifier, Item, Target, ValueMetrics};
use serde_json::{Map, Value, json};

use crate::report::{TableOf, figure_text};

/// Figures of each target.
pub struct Several {
    /// Name and figures of each.
    each: Vec<(String, ValueMetrics)>,
    /// The means of the targets' figures; R² over those that have one.
    mean: ValueMetrics,
}

impl Several {
    /// Holds answers against the truth of the items `known`.
    pub fn of(cpu: &Cpu, classifier: &mut Classifier, items: &[Item], known: &[usize], names: &[String]) -> Self {
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
        Self::from(names.iter().cloned().zip(figures).collect())
    }

    fn from(each: Vec<(String, ValueMetrics)>) -> Self {
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
    fn rows(&self) -> impl Iterator<Item = (&str, &ValueMetrics)> {
        self.each.iter().map(|(name, m)| (name.as_str(), m)).chain([("mean of all", &self.mean)])
    }

    /// For people: a line a target, the mean of the training part beside the model.
    pub fn text(&self) -> String {
        /// Characters of a name that stand in line.
        const WIDEST: usize = 60;
        let width = self.rows().map(|(name, _)| name.chars().count()).max().unwrap_or(0).clamp(10, WIDEST);
        let mut text = format!("  {:width$} {:>10} {:>12} {:>10} {:>12} {:>10}", "", "MAE", "always mean", "RMSE", "always mean", "R²");
        for (name, m) in self.rows() {
            let [mae, base, rmse, base_rmse] = [m.mae, m.mean_mae, m.rmse, m.mean_rmse].map(figure_text);
            let better = if m.mae < m.mean_mae { "" } else { "  the mean is as good" };
            let r2 = m.r2.map_or("–".to_owned(), figure_text);
            let _ = write!(text, "\n  {name:width$} {mae:>10} {base:>12} {rmse:>10} {base_rmse:>12} {r2:>10}{better}");
        }
        let _ = write!(text, "\n  of {} items", self.mean.count);
        text
    }

    /// As JSON: the means as those of one value, and each target by its name.
    pub fn json(&self) -> Value {
        let figures = |m: &ValueMetrics| {
            json!({
                "mae": m.mae, "rmse": m.rmse, "r2": m.r2, "count": m.count,
                "baseline": {"mean": {"mae": m.mean_mae, "rmse": m.mean_rmse}},
            })
        };
        let mut object = figures(&self.mean);
        object["targets"] = self.each.iter().map(|(name, m)| (name.clone(), figures(m))).collect::<Map<_, _>>().into();
        object
    }

    /// The outcome in a sentence.
    pub fn verdict(&self, part: &str) -> String {
        let worse: Vec<&str> = self.each.iter().filter(|(_, m)| m.mae >= m.mean_mae).map(|(name, _)| name.as_str()).collect();
        let of: Vec<String> = self
            .each
            .iter()
            .map(|(name, m)| format!("{} of {name} (always saying the mean: {})", figure_text(m.mae), figure_text(m.mean_mae)))
            .collect();
        let learned =
            if worse.is_empty() { String::new() } else { format!(" Of {} the network has learned nothing that serves.", worse.join(", ")) };
        format!("On {} {part} the mean absolute error is {}.{learned}", self.mean.count, of.join(", "))
    }

    /// As a table of the report.
    pub fn table(&self) -> TableOf {
        let columns = ["", "MAE", "always the mean", "RMSE", "always the mean", "R²"].map(str::to_owned).to_vec();
        let rows = self.rows().map(|(name, m)| {
            let r2 = m.r2.map_or("–".to_owned(), figure_text);
            let [mae, base, rmse, base_rmse] = [m.mae, m.mean_mae, m.rmse, m.mean_rmse].map(figure_text);
            vec![name.to_owned(), mae, base, rmse, base_rmse, r2]
        });
        TableOf { caption: "Errors".into(), columns, rows: rows.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_over_targets() {
        let a = ValueMetrics::of(&[(1.0, 2.0), (3.0, 3.0)], 2.0);
        let b = ValueMetrics::of(&[(5.0, 5.0), (5.0, 8.0)], 4.0);
        let json = Several::from(vec![("a".into(), a), ("b".into(), b)]).json();
        assert_eq!((&json["mae"], &json["baseline"]["mean"]["mae"]), (&json!(1.0), &json!(1.0)));
        // The truth of b never changes, so that it has no R².
        assert_eq!((&json["r2"], &json["targets"]["b"]["r2"]), (&json!(0.5), &Value::Null));
        assert_eq!(json["targets"]["b"]["mae"], 1.5);
    }
}
