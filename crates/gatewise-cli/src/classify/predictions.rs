//! Answers as a table, and each as an event.

use gatewise::Cpu;
use gatewise::task::classify::{Classifier, Item};
use serde_json::{Map, Value, json};

use crate::talk::Talk;

/// What is answered where no class is probable enough.
pub const REJECTED: &str = "(none)";

/// The bytes of a table: a row an item, or a step. `reject`: answers less probable than this are none; `all`: a column for each class.
pub fn table(cpu: &Cpu, classifier: &mut Classifier, items: &[Item], (reject, all): (f64, bool), talk: Talk) -> anyhow::Result<Vec<u8>> {
    let chosen: Vec<usize> = (0..items.len()).collect();
    let config = classifier.config().clone();
    let labels = config.labels();
    let mut columns = vec!["item"];
    if config.each_step {
        columns.push("step");
    }
    let scales = config.answer.scales();
    let targets = config.targets();
    match (labels, targets) {
        ([], []) => columns.push("value"),
        ([], targets) => columns.extend(targets.iter().map(String::as_str)),
        _ => columns.extend(["label", "probability"]),
    }
    if all {
        columns.extend(labels.iter().map(String::as_str));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&columns)?;
    let mut result = Ok(());
    classifier.predict(cpu, items, &chosen, &mut |opinion| {
        for (t, values) in opinion.values.chunks_exact(config.outputs()).enumerate() {
            let mut row = vec![items[opinion.item].name.clone()];
            if config.each_step {
                row.push((t + 1).to_string());
            }
            row.extend(opinion.exact.iter().zip(&scales).map(|(value, (_, spread))| shown(*value, *spread)));
            if scales.is_empty() {
                let (label, probability) = best(values, labels, reject);
                row.extend([label.to_owned(), probability.to_string()]);
            }
            if all {
                row.extend(labels.iter().zip(values).map(|(_, p)| p.to_string()));
            }
            if talk.json() && !targets.is_empty() {
                // In an object of their own, where no name can stand for something else.
                let values: Map<String, Value> = targets.iter().cloned().zip(opinion.exact.iter().map(|v| json!(v))).collect();
                talk.event(&json!({"event": "prediction", "item": items[opinion.item].name, "values": values}));
            } else if talk.json() {
                let value = |cell: &str| cell.parse::<f64>().map_or_else(|_| Value::from(cell), Value::from);
                let texts = ["item", "label"];
                let cells = columns
                    .iter()
                    .zip(&row)
                    .map(|(c, cell)| ((*c).to_owned(), if texts.contains(c) { Value::from(cell.as_str()) } else { value(cell) }));
                talk.event(&Value::Object(Map::from_iter([("event".to_owned(), Value::from("prediction"))].into_iter().chain(cells))));
            }
            if result.is_ok() {
                result = writer.write_record(&row);
            }
        }
    });
    result?;
    writer.into_inner().map_err(|e| anyhow::anyhow!("{}", e.error()))
}

/// A value to about seven digits of its spread, as many as the network has.
fn shown(value: f64, spread: f64) -> String {
    let digits = (6.0 - spread.abs().log10().floor()).clamp(0.0, 17.0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The label to answer with, and the probability of the best one.
pub fn best<'a>(values: &[f32], labels: &'a [String], reject: f64) -> (&'a str, f32) {
    let top = values.iter().enumerate().fold(0, |top, (k, p)| if *p > values[top] { k } else { top });
    let label = if f64::from(values[top]) < reject { REJECTED } else { labels[top].as_str() };
    (label, values[top])
}
