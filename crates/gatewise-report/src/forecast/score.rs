//! Errors of a forecast and of the methods beside it, as text and as JSON.

use gatewise::task::forecast::{BASELINE, Candidate, Coverage, Expectation, MethodScore, Metrics, Score, Standing};
use serde_json::{Map, Value, json};

use crate::number::plain;

/// A measure: its name as printed, and its value.
pub type Measure = (&'static str, Option<f64>);

/// How far the share of values inside an interval may lie from its level before a word is said of it, beside what chance explains.
const OFF: f64 = 0.05;

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

/// Who stands in the table: the name, the errors, the weight.
pub fn lines(score: &Score) -> Vec<(String, &Metrics, Option<f64>)> {
    let mut methods: Vec<&MethodScore> = score.methods.iter().collect();
    let error = |m: &Metrics| m.mase.unwrap_or(m.mae);
    methods.sort_by(|a, b| error(&a.metrics).total_cmp(&error(&b.metrics)));
    let mut lines = vec![("forecast".to_string(), &score.model, None)];
    let name = |m: &MethodScore| match m.windows {
        n if n < score.windows => format!("{} ({n} of {})", m.candidate.name(), score.windows),
        _ => m.candidate.name().to_string(),
    };
    lines.extend(methods.iter().map(|m| (name(m), &m.metrics, m.weight)));
    if score.baseline_stands_alone() {
        lines.push((BASELINE.replace('_', " "), &score.baseline, None));
    }
    lines
}

/// A table of the forecast and of every method beside it.
pub fn text(score: &Score) -> String {
    let lines = lines(score);
    let wide = lines.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    let weighted = lines.iter().any(|(.., weight)| weight.is_some());
    let shown: Vec<&str> = measures(&score.model).into_iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name).collect();
    let mut text = format!("  {:wide$}", "");
    shown.iter().for_each(|name| text += &format!(" {name:>10}"));
    text += if weighted { "   weight\n" } else { "\n" };
    for (name, metrics, weight) in &lines {
        text += &format!("  {name:wide$}");
        for (_, value) in measures(metrics).into_iter().filter(|(name, _)| shown.contains(name)) {
            text += &format!(" {:>10}", value.map_or("–".to_string(), plain));
        }
        match weight {
            Some(weight) if *weight > 0.0 => text += &format!("    {:>3.0} %\n", 100.0 * weight),
            _ => text += "\n",
        }
    }
    if let Some(expected) = &score.expected {
        text += &format!("  {}\n", expectation(expected));
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

/// What to expect of the next horizon, in a sentence.
fn expectation(expected: &Expectation) -> String {
    let Expectation { mean, low, high, windows, independent } = expected;
    let from = match (*windows, *independent) {
        (1, _) => "one forecast".to_string(),
        (n, i) if i + 0.5 < n as f64 => format!("{n} forecasts that overlap, worth about {:.0}", i.max(1.0)),
        (n, _) => format!("{n} forecasts"),
    };
    format!("MASE to expect: {} (four times of five between {} and {}), from {from}", plain(*mean), plain(*low), plain(*high))
}

/// What a reader must know before trusting the intervals.
pub fn warnings(score: &Score) -> Vec<String> {
    let said = |c: &Coverage| {
        let word = fault(score, c)?;
        Some(format!(
            "intervals are {word} on the held-back rows: {:.0} % of the values lie in the {:.0} % interval",
            100.0 * c.actual,
            100.0 * c.nominal
        ))
    };
    score.coverage.iter().filter_map(said).collect()
}

/// What is wrong with an interval, in words; none where chance explains how far its share lies from its level.
pub fn fault(score: &Score, coverage: &Coverage) -> Option<&'static str> {
    let Coverage { nominal, actual } = *coverage;
    let independent = score.expected.map_or(score.windows as f64, |e| e.independent).max(1.0);
    let chance = 2.0 * (nominal * (1.0 - nominal) / independent).sqrt();
    let off = (actual - nominal).abs() > OFF + chance;
    off.then_some(if actual < nominal { "too narrow" } else { "wider than need be" })
}

/// As `evaluate --json` gives it: names in lower case, every method beside the forecast inside.
pub fn json(score: &Score) -> Value {
    let object = |metrics: &Metrics| -> Map<String, Value> {
        measures(metrics).into_iter().map(|(name, value)| (name.to_lowercase(), value.map_or(Value::Null, Value::from))).collect()
    };
    let mut result = object(&score.model);
    let coverage: Map<String, Value> = score.coverage.iter().map(|c| (format!("{:.2}", c.nominal), Value::from(c.actual))).collect();
    result.insert("coverage".to_string(), Value::Object(coverage));
    result.insert("windows".to_string(), score.windows.into());
    result.insert("series".to_string(), score.series.len().into());
    let mut baselines = Map::from_iter([(BASELINE.to_string(), Value::Object(object(&score.baseline)))]);
    let mut weights = Map::new();
    for MethodScore { candidate, windows, metrics, weight } in &score.methods {
        let mut method = object(metrics);
        method.insert("windows".to_string(), (*windows).into());
        if !candidate.is_simple() {
            result.insert(candidate.key(), Value::Object(method));
        } else {
            baselines.insert(candidate.key(), Value::Object(method));
        }
        if let Some(weight) = weight {
            weights.insert(candidate.key(), (*weight).into());
        }
    }
    result.insert("baseline".to_string(), Value::Object(baselines));
    if !weights.is_empty() {
        result.insert("weights".to_string(), Value::Object(weights));
    }
    if let Some(expected) = &score.expected {
        result.insert("expected".to_string(), json!({ "mase": expected }));
    }
    if let Some((best, standing)) = &score.against {
        result.insert("against".to_string(), json!({ "best": best.key(), "standing": standing }));
    }
    Value::Object(result)
}

/// The outcome in a sentence or two.
pub fn verdict(score: &Score, rows: &str) -> String {
    let error = |m: &Metrics| m.mase.map_or(("mean absolute error", m.mae), |mase| ("MASE", mase));
    let (name, model) = error(&score.model);
    let windows = score.expected.map_or(1, |e| e.windows);
    let times = if windows > 1 { format!(" over {windows} forecasts") } else { String::new() };
    let mut text = format!("On {rows}, which nothing was learned from, the {name} of the forecast{times} is {}", plain(model));
    if let Some(Expectation { low, high, .. }) = score.expected {
        text += &format!(" (four times of five between {} and {})", plain(low), plain(high));
    }
    let (best, standing) = match score.against {
        Some((best, standing)) => (best, standing),
        None => {
            let baseline = error(&score.baseline).1;
            let percent = 100.0 * (1.0 - model / baseline);
            return text
                + &if model < baseline {
                    format!(": {percent:.0} % below the seasonal-naive forecast's {}.", plain(baseline))
                } else {
                    format!(", no better than the seasonal-naive forecast's {}.", plain(baseline))
                };
        }
    };
    let other = score.method(best).map_or(f64::NAN, |m| error(&m.metrics).1);
    let best_name = best.name();
    text += &match standing {
        Standing::Better => {
            format!(
                ": {:.0} % below that of {best_name}, the best simple method, by more than chance explains.",
                100.0 * (1.0 - model / other)
            )
        }
        Standing::Even => {
            format!("; that of the best simple method, {best_name}, is {}: the rows do not tell which is better.", plain(other))
        }
        Standing::Worse => format!("; {best_name}, a simple method, does better: {}.", plain(other)),
    };
    let network = score.method(Candidate::Network);
    text += &match network {
        None => " No network was trained; the prior and simple methods forecast alone.".to_string(),
        Some(network) => match network.weight {
            Some(weight) if weight <= 0.0 => format!(
                " The network's {name} is {}: it counts for nothing, and the forecast is that of the others.",
                plain(error(&network.metrics).1)
            ),
            Some(weight) if weight < 1.0 => {
                format!(" The network ({}) counts for {:.0} % of it.", plain(error(&network.metrics).1), 100.0 * weight)
            }
            _ => String::new(),
        },
    };
    text
}
