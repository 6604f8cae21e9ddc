//! How the next symbol is chosen from the network's outputs.

mod ranked;
mod sampler;
mod weights;

use serde::{Deserialize, Serialize};

use super::error::LanguageError;
pub(super) use ranked::Ranked;
pub use sampler::Sampler;
pub(super) use weights::Weights;

/// Symbols that the repetition penalty looks back on, unless another number is given.
pub(super) const USUAL_MEMORY: usize = 64;

/// How the next symbol is drawn. The filters apply in the order of transformers, which is that of the fields below: the penalty on the logits, the
/// temperature, then top-k, top-p of what that leaves, and min-p of what both leave. (llama.cpp has them in the same order, but for the
/// temperature, which it applies last: its top-p and min-p look at probabilities of temperature 1.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sampling {
    /// Makes the symbols of the last `repetition_memory` unlikelier: positive logits are divided by it, others multiplied (Keskar 2019); 1 for
    /// none.
    pub repetition_penalty: f64,
    /// Symbols looked back on by the penalty, those of the prompt too.
    #[serde(alias = "memory")]
    pub repetition_memory: usize,
    /// Divides the logits: below 1 the likely symbols gain, above 1 the unlikely ones; 0 always takes the likeliest.
    pub temperature: f64,
    /// Symbols that may be drawn, the likeliest ones; 0 for all.
    pub top_k: usize,
    /// The likeliest symbols that together have this probability may be drawn (nucleus sampling, Holtzman 2020); 1 for all.
    pub top_p: f64,
    /// Symbols at least so many times as probable as the likeliest one may be drawn (Nguyen 2024); 0 for all.
    pub min_p: f64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { repetition_penalty: 1.0, repetition_memory: USUAL_MEMORY, temperature: 1.0, top_k: 0, top_p: 1.0, min_p: 0.0 }
    }
}

impl Sampling {
    /// Checks every setting.
    ///
    /// # Errors
    /// The first one outside its range.
    pub fn check(&self) -> Result<(), LanguageError> {
        let check = |setting, ok: bool, problem: String| if ok { Ok(()) } else { Err(LanguageError::setting(setting, problem)) };
        let Self { temperature, top_p, min_p, repetition_penalty, .. } = *self;
        check("temperature", temperature.is_finite() && temperature >= 0.0, format!("is {temperature}; it is 0 or above"))?;
        check("top_p", top_p > 0.0 && top_p <= 1.0, format!("is {top_p}; it is above 0 and at most 1"))?;
        check("min_p", (0.0..=1.0).contains(&min_p), format!("is {min_p}; it is from 0, for all symbols, to 1, for the likeliest alone"))?;
        let penalty = repetition_penalty.is_finite() && repetition_penalty > 0.0;
        check("repetition_penalty", penalty, format!("is {repetition_penalty}; it is above 0, and 1 changes nothing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_named() {
        let plain = Sampling::default();
        for (name, sampling) in [
            ("temperature", Sampling { temperature: -1.0, ..plain.clone() }),
            ("temperature", Sampling { temperature: f64::NAN, ..plain.clone() }),
            ("top_p", Sampling { top_p: 0.0, ..plain.clone() }),
            ("min_p", Sampling { min_p: 1.1, ..plain.clone() }),
            ("min_p", Sampling { min_p: f64::NAN, ..plain.clone() }),
            ("repetition_penalty", Sampling { repetition_penalty: 0.0, ..plain.clone() }),
        ] {
            assert!(sampling.check().unwrap_err().to_string().contains(name), "{sampling:?}");
        }
        assert!(plain.check().is_ok() && Sampling { min_p: 1.0, ..plain }.check().is_ok());
    }

    #[test]
    fn the_penaltys_memory_is_read_under_its_earlier_name() {
        let read = serde_json::from_str::<Sampling>(r#"{"memory": 3}"#).unwrap();
        assert_eq!(read, Sampling { repetition_memory: 3, ..Sampling::default() });
    }
}
