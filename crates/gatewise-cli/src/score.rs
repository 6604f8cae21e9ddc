//! Errors of model and baseline, as text and as JSON.

use gatewise::task::forecast::{BASELINE, Metrics, Score};
use serde_json::{Map, Value, json};

/// A measure: its name as printed, and its value.
pub type Measure = (&'static str, Option<f64>);

/// Every measure.
pub fn measures(metrics: &Metrics) -> Vec<Measure> {
    vec![
        ("MASE", metrics.mase),
        ("sMAPE", Some(metrics.smape)),
        ("MAPE", metrics.mape),
        ("MAE", Some(metrics.mae)),
        ("RMSE", Some(metrics.rmse)),
    ]
}

/// A table of model and baseline.
pub fn text(score: &Score) -> String {
    let mut text = format!("  {:8} {:>12} {:>16}\n", "", "model", "seasonal naive");
    for ((name, model), (_, baseline)) in measures(&score.model).into_iter().zip(measures(&score.baseline)) {
        let (Some(model), Some(baseline)) = (model, baseline) else { continue };
        let better = if model < baseline { "model is better" } else { "seasonal naive is better" };
        text += &format!("  {name:8} {:>12} {:>16}  {better}\n", digits(model), digits(baseline));
    }
    for c in &score.coverage {
        text += &format!(
            "  {:.0} % of the true values should lie in the {:.0} % interval; {:.0} % do\n",
            c.nominal * 100.0,
            c.nominal * 100.0,
            c.actual * 100.0
        );
    }
    text.pop();
    text
}

/// A number with four significant digits or more.
pub fn digits(value: f64) -> String {
    match value.abs() {
        v if v >= 1000.0 => format!("{value:.0}"),
        v if v >= 100.0 => format!("{value:.1}"),
        v if v >= 10.0 => format!("{value:.2}"),
        v if v >= 0.01 || v == 0.0 => format!("{value:.3}"),
        _ => format!("{value:.3e}"),
    }
}

/// As `evaluate --json` gives it: names in lower case, the baseline inside.
pub fn json(score: &Score) -> Value {
    let object = |metrics: &Metrics| -> Map<String, Value> {
        measures(metrics).into_iter().map(|(name, value)| (name.to_lowercase(), value.map_or(Value::Null, Value::from))).collect()
    };
    let mut result = object(&score.model);
    let coverage: Map<String, Value> = score.coverage.iter().map(|c| (format!("{:.2}", c.nominal), Value::from(c.actual))).collect();
    result.insert("coverage".to_string(), Value::Object(coverage));
    result.insert("windows".to_string(), score.windows.into());
    result.insert("series".to_string(), score.series.len().into());
    result.insert("baseline".to_string(), json!({ BASELINE: object(&score.baseline) }));
    Value::Object(result)
}

/// The outcome in a sentence.
pub fn verdict(score: &Score, rows: &str) -> String {
    let (name, model, baseline) = match (score.model.mase, score.baseline.mase) {
        (Some(model), Some(baseline)) => ("MASE", model, baseline),
        _ => ("mean absolute error", score.model.mae, score.baseline.mae),
    };
    let (model_text, baseline_text) = (digits(model), digits(baseline));
    if model < baseline {
        let percent = 100.0 * (1.0 - model / baseline);
        format!(
            "On {rows}, which it never saw, the model's {name} is {model_text}: {percent:.0} % below the seasonal-naive forecast's {baseline_text}."
        )
    } else {
        format!(
            "On {rows}, which it never saw, the model's {name} is {model_text}, no better than the seasonal-naive forecast's {baseline_text}. \
             Repeating the last season serves as well here."
        )
    }
}
