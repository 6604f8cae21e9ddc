//! Figures of several values an item, as text, as JSON and as a table.

use std::fmt::Write;

use gatewise::task::classify::{SeveralMetrics, ValueMetrics};
use serde_json::{Map, Value, json};

use crate::TableOf;
use crate::number::figure;

/// For people: a line a target, the mean of the training part beside the model.
pub(super) fn text(several: &SeveralMetrics) -> String {
    /// Characters of a name that stand in line.
    const WIDEST: usize = 60;
    let width = several.rows().map(|(name, _)| name.chars().count()).max().unwrap_or(0).clamp(10, WIDEST);
    let mut text = format!("  {:width$} {:>10} {:>12} {:>10} {:>12} {:>10}", "", "MAE", "always mean", "RMSE", "always mean", "R²");
    for (name, m) in several.rows() {
        let [mae, base, rmse, base_rmse] = [m.mae, m.mean_mae, m.rmse, m.mean_rmse].map(figure);
        let better = if m.mae < m.mean_mae { "" } else { "  the mean is as good" };
        let r2 = m.r2.map_or("–".to_owned(), figure);
        let _ = write!(text, "\n  {name:width$} {mae:>10} {base:>12} {rmse:>10} {base_rmse:>12} {r2:>10}{better}");
    }
    let _ = write!(text, "\n  of {} items", several.mean.count);
    text
}

/// As JSON: the means as those of one value, and each target by its name.
pub(super) fn json(several: &SeveralMetrics) -> Value {
    let figures = |m: &ValueMetrics| {
        json!({
            "mae": m.mae, "rmse": m.rmse, "r2": m.r2, "count": m.count,
            "baseline": {"mean": {"mae": m.mean_mae, "rmse": m.mean_rmse}},
        })
    };
    let mut object = figures(&several.mean);
    object["targets"] = several.each.iter().map(|(name, m)| (name.clone(), figures(m))).collect::<Map<_, _>>().into();
    object
}

/// The outcome in a sentence.
pub(super) fn verdict(several: &SeveralMetrics, part: &str) -> String {
    let worse: Vec<&str> = several.each.iter().filter(|(_, m)| m.mae >= m.mean_mae).map(|(name, _)| name.as_str()).collect();
    let of: Vec<String> = several
        .each
        .iter()
        .map(|(name, m)| format!("{} of {name} (always saying the mean: {})", figure(m.mae), figure(m.mean_mae)))
        .collect();
    let learned =
        if worse.is_empty() { String::new() } else { format!(" Of {} the network has learned nothing that serves.", worse.join(", ")) };
    format!("On {} {part} the mean absolute error is {}.{learned}", several.mean.count, of.join(", "))
}

/// As a table of the report.
pub(super) fn table(several: &SeveralMetrics) -> TableOf {
    let columns = ["", "MAE", "always the mean", "RMSE", "always the mean", "R²"].map(str::to_owned).to_vec();
    let rows = several.rows().map(|(name, m)| {
        let r2 = m.r2.map_or("–".to_owned(), figure);
        let [mae, base, rmse, base_rmse] = [m.mae, m.mean_mae, m.rmse, m.mean_rmse].map(figure);
        vec![name.to_owned(), mae, base, rmse, base_rmse, r2]
    });
    TableOf { caption: "Errors".into(), columns, rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_over_targets() {
        let a = ValueMetrics::of(&[(1.0, 2.0), (3.0, 3.0)], 2.0);
        let b = ValueMetrics::of(&[(5.0, 5.0), (5.0, 8.0)], 4.0);
        let json = json(&SeveralMetrics::new(vec![("a".into(), a), ("b".into(), b)]));
        assert_eq!((&json["mae"], &json["baseline"]["mean"]["mae"]), (&json!(1.0), &json!(1.0)));
        // The truth of b never changes, so that it has no R².
        assert_eq!((&json["r2"], &json["targets"]["b"]["r2"]), (&json!(0.5), &Value::Null));
        assert_eq!(json["targets"]["b"]["mae"], 1.5);
    }
}
