//! The outcome of holding a model against the truth, in one form for every task.

use serde::Serialize;

/// Which of two values of a measure is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// The lower one, as of errors.
    Lower,
    /// The higher one, as of accuracy.
    Higher,
}

/// One measure of a model, and of the simple methods beside it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measure {
    /// What programs call it, as "bits_per_char".
    pub key: String,
    /// What people call it, as "bits per character".
    pub name: String,
    /// The model's; none where the data do not define it, as MAPE where a value is zero.
    pub model: Option<f64>,
    /// Of each simple method, by its name.
    pub baselines: Vec<(String, Option<f64>)>,
    /// Which is better.
    pub better: Better,
}

impl Measure {
    /// Whether the model is better than every simple method beside it; none where there is nothing to compare.
    pub fn beats_baselines(&self) -> Option<bool> {
        let model = self.model?;
        let mut others = self.baselines.iter().filter_map(|(_, value)| *value).peekable();
        others.peek()?;
        Some(others.all(|other| match self.better {
            Better::Lower => model < other,
            Better::Higher => model > other,
        }))
    }
}

/// A model held against the truth of some data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Which data: "valid" where they had a say in when to stop, "test" where they had none, "held back" where they were forecast from.
    pub part: String,
    /// How many of them.
    pub count: u64,
    /// Of what: "windows", "items", "symbols", "rows".
    pub unit: String,
    /// The measures, the most telling one first.
    pub measures: Vec<Measure>,
}

impl Evaluation {
    /// The measure that programs call `key`.
    pub fn measure(&self, key: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_held_against_every_baseline() {
        let of = |model, baselines: &[Option<f64>], better| Measure {
            key: "x".into(),
            name: "x".into(),
            model,
            baselines: baselines.iter().map(|value| (String::new(), *value)).collect(),
            better,
        };
        for (measure, beats) in [
            (of(Some(1.0), &[Some(2.0), None], Better::Lower), Some(true)),
            (of(Some(1.0), &[Some(2.0), Some(0.5)], Better::Lower), Some(false)),
            (of(Some(1.0), &[Some(0.5)], Better::Higher), Some(true)),
            (of(Some(1.0), &[None], Better::Higher), None),
            (of(None, &[Some(0.5)], Better::Higher), None),
        ] {
            assert_eq!(measure.beats_baselines(), beats, "{measure:?}");
        }
    }
}
