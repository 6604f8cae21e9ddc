//! Predictions as a table, and each as an event.

use std::io;

use gatewise::task::classify::{ClassifyConfig, ItemPrediction};
use serde_json::{Map, Value, json};

use crate::OnRow;
use crate::number::of_spread;

/// What is answered where no class is probable enough.
pub const REJECTED: &str = "(none)";

/// A table with a row an item, or a step, that grows prediction by prediction.
pub struct PredictionTable<'a> {
    config: &'a ClassifyConfig,
    /// Mean and spread of each value.
    scales: Vec<(f64, f64)>,
    /// Answers less probable than this are none.
    reject: f64,
    /// Whether there is a column for each class.
    all: bool,
    columns: Vec<&'a str>,
    writer: csv::Writer<Vec<u8>>,
    on_row: Option<OnRow<'a>>,
}

impl<'a> PredictionTable<'a> {
    /// Of a model's predictions. Classes less probable than `reject` are [`REJECTED`]; `all` adds a column for each class.
    ///
    /// # Errors
    /// Never but for want of memory.
    pub fn new(config: &'a ClassifyConfig, reject: f64, all: bool, on_row: Option<OnRow<'a>>) -> io::Result<Self> {
        let mut columns = vec!["item"];
        if config.each_step {
            columns.push("step");
        }
        match (config.labels(), config.targets()) {
            ([], []) => columns.push("value"),
            ([], targets) => columns.extend(targets.iter().map(String::as_str)),
            _ => columns.extend(["label", "probability"]),
        }
        if all {
            columns.extend(config.labels().iter().map(String::as_str));
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&columns)?;
        Ok(Self { config, scales: config.answer.scales(), reject, all, columns, writer, on_row })
    }

    /// Writes what is said of the item called `name`.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn write(&mut self, name: &str, said: &ItemPrediction) -> io::Result<()> {
        for (t, values) in said.values.chunks_exact(self.config.outputs()).enumerate() {
            let mut row = vec![name.to_owned()];
            if self.config.each_step {
                row.push((t + 1).to_string());
            }
            row.extend(said.exact.iter().zip(&self.scales).map(|(value, (_, spread))| of_spread(*value, *spread)));
            if self.scales.is_empty() {
                let (label, probability) = best(values, self.config.labels(), self.reject);
                row.extend([label.to_owned(), probability.to_string()]);
            }
            if self.all {
                row.extend(self.config.labels().iter().zip(values).map(|(_, p)| p.to_string()));
            }
            if self.on_row.is_some() {
                let event = self.event(&row, said);
                self.on_row.iter_mut().for_each(|on_row| on_row(&event));
            }
            self.writer.write_record(&row)?;
        }
        Ok(())
    }

    fn event(&self, row: &[String], said: &ItemPrediction) -> Value {
        let targets = self.config.targets();
        if !targets.is_empty() {
            // In an object of their own, where no name can stand for something else.
            let values: Map<String, Value> = targets.iter().cloned().zip(said.exact.iter().map(|v| json!(v))).collect();
            return json!({"event": "prediction", "item": row[0], "values": values});
        }
        let value = |cell: &str| cell.parse::<f64>().map_or_else(|_| Value::from(cell), Value::from);
        let cell = |(column, cell): (&&str, &String)| {
            let value = if ["item", "label"].contains(column) { Value::from(cell.as_str()) } else { value(cell) };
            ((*column).to_owned(), value)
        };
        let cells = self.columns.iter().zip(row).map(cell);
        Value::Object(Map::from_iter([("event".to_owned(), Value::from("prediction"))].into_iter().chain(cells)))
    }

    /// The table.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn finish(self) -> io::Result<Vec<u8>> {
        self.writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// The label to answer with, and the probability of the best one. `values`: (K), the probability of each class.
pub fn best<'a>(values: &[f32], labels: &'a [String], reject: f64) -> (&'a str, f32) {
    let top = values.iter().enumerate().fold(0, |top, (k, p)| if *p > values[top] { k } else { top });
    let label = if f64::from(values[top]) < reject { REJECTED } else { labels[top].as_str() };
    (label, values[top])
}
