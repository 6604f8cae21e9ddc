//! What is asked of an evaluation.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::task::classify::ClassifyConfig;

/// What is asked of an evaluation of classes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EvaluateOptions {
    /// Answers less probable than this count as rejected; none for no threshold.
    pub reject_below: Option<f64>,
    /// The class whose probability ranks the items; of two classes the rarer one where it is not given.
    pub positive: Option<String>,
    /// The precision that a threshold on that probability is wanted for.
    pub precision_at: Option<f64>,
}

/// What is known beside the items.
#[derive(Debug, Clone, Default)]
pub(in crate::task::classify) struct About {
    /// Answers less probable than this count as rejected.
    pub reject_below: f64,
    /// The class most frequent in training.
    pub majority: Option<usize>,
    /// The class whose probability ranks the items, and the precision that a threshold on it is wanted for.
    pub positive: Option<usize>,
    pub precision_at: Option<f64>,
    /// Labels that the model lacks, with how often they occur.
    pub foreign: BTreeMap<String, usize>,
}

impl EvaluateOptions {
    /// Checks that a model can be asked this.
    ///
    /// # Errors
    /// A probability or precision out of range, and a class that the model does not have.
    pub fn check(&self, config: &ClassifyConfig) -> Result<(), Error> {
        self.about(config, None, &BTreeMap::new()).map(drop)
    }

    pub(in crate::task::classify) fn about(
        &self,
        config: &ClassifyConfig,
        majority: Option<usize>,
        foreign: &BTreeMap<String, usize>,
    ) -> Result<About, Error> {
        let labels = config.labels();
        let reject_below = self.threshold()?;
        let positive = self.positive.as_deref().map(|label| class_of(labels, label)).transpose()?;
        if let Some(p) = self.precision_at {
            if !(p > 0.0 && p <= 1.0) {
                return Err(Error::usage(format!("⦃precision-at⦄ {p}: a precision is above 0 and at most 1")));
            }
            if positive.is_none() && labels.len() != 2 {
                let error = Error::usage("⦃precision-at⦄: of which class?");
                return Err(error.help(format!("⦃positive⦄ names it: {}", labels.join(", "))));
            }
        }
        Ok(About { reject_below, majority, positive, precision_at: self.precision_at, foreign: foreign.clone() })
    }

    /// The probability below which answers are rejected; 0 for none.
    ///
    /// # Errors
    /// What is no probability.
    pub fn threshold(&self) -> Result<f64, Error> {
        match self.reject_below {
            Some(p) if !(0.0..=1.0).contains(&p) => Err(Error::usage(format!("⦃reject-below⦄ {p}: a probability is from 0 to 1"))),
            given => Ok(given.unwrap_or(0.0)),
        }
    }
}

/// The number of a class by its label.
fn class_of(labels: &[String], label: &str) -> Result<usize, Error> {
    labels.iter().position(|own| own == label).ok_or_else(|| {
        let error = Error::usage(format!("⦃positive⦄ {label}: the model has no such class"));
        if labels.is_empty() { error.help("it predicts values") } else { error.help(format!("its classes are {}", labels.join(", "))) }
    })
}
