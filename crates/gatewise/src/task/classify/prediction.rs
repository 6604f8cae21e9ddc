//! An answer as a caller reads it.

use super::metrics::best;
use super::{ClassifyConfig, ItemPrediction};

/// What a model says of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// What the item is called.
    pub item: String,
    /// The most probable class: of the item, or of each of its S steps. Empty of values.
    pub labels: Vec<String>,
    /// The probability of each class, (1 or S, K), in the order of the model's classes. Empty of values.
    pub probabilities: Vec<f32>,
    /// The predicted values. (K) Empty of classes.
    pub values: Vec<f64>,
}

impl Prediction {
    pub(super) fn of(item: &str, opinion: ItemPrediction, config: &ClassifyConfig) -> Self {
        let classes = config.labels();
        let (mut labels, mut probabilities) = (Vec::new(), Vec::new());
        if !classes.is_empty() {
            labels = opinion.values.chunks_exact(classes.len()).map(|row| classes[best(row)].clone()).collect();
            probabilities = opinion.values;
        }
        Self { item: item.to_owned(), labels, probabilities, values: opinion.exact }
    }

    /// The class of the whole item; none of values, and the first step's where each has one.
    pub fn label(&self) -> Option<&str> {
        self.labels.first().map(String::as_str)
    }

    /// The probability of [`label`](Self::label).
    pub fn probability(&self) -> Option<f32> {
        let classes = self.probabilities.len() / self.labels.len().max(1);
        self.probabilities.get(..classes)?.iter().copied().reduce(f32::max)
    }

    /// The predicted value, the first of several; none of classes.
    pub fn value(&self) -> Option<f64> {
        self.values.first().copied()
    }
}
