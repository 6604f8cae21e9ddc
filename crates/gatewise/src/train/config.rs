//! Settings of a training run.

use gatewise_kernels::Precision;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::optim::{OptimizerConfig, Schedule};

/// How to train. Every field has a default; in files 0 turns a limit off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// Passes over the training items, at most.
    pub epochs: u64,
    /// Items of a step.
    pub batch: usize,
    /// Steps after which an epoch ends and validation runs; all of a pass where not set. A new epoch draws a new order.
    #[serde(with = "zero_is_off")]
    pub steps_per_epoch: Option<u64>,
    /// Base learning rate.
    pub lr: f64,
    /// Optimiser.
    pub optimizer: OptimizerConfig,
    /// Course of the learning rate.
    pub schedule: Schedule,
    /// Largest norm of the whole gradient.
    #[serde(with = "zero_is_off")]
    pub clip_norm: Option<f64>,
    /// Largest value of a gradient, after the norm was clipped.
    #[serde(with = "zero_is_off")]
    pub clip_value: Option<f64>,
    /// Whether the recurrent layers multiply in bf16 while they are trained: [`gatewise_kernels::Precision::Bf16`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bf16: bool,
    /// Epochs without improvement after which training stops.
    #[serde(with = "zero_is_off")]
    pub patience: Option<u64>,
    /// Fall of the validation loss that counts as an improvement.
    pub min_delta: f64,
    /// Seed of the order of items and of dropout.
    pub seed: u64,
    /// Steps, at most.
    #[serde(with = "zero_is_off")]
    pub max_steps: Option<u64>,
    /// Seconds, at most, counted anew when a run is resumed.
    #[serde(with = "zero_is_off")]
    pub time_limit: Option<f64>,
    /// Share of the planned steps, the last ones, whose weights are averaged (Polyak and Juditsky 1992); what is validated and kept is then the average.
    #[serde(skip_serializing_if = "is_zero")]
    pub average: f64,
    /// Seconds between checkpoints, which are written beside the training. The last one is always written.
    pub checkpoint_seconds: f64,
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// A limit that is off is written as 0: a missing key means the default, which may be on, and TOML has no null.
mod zero_is_off {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Copy + Default + Serialize, S: Serializer>(limit: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        limit.unwrap_or_default().serialize(to)
    }

    pub(super) fn deserialize<'de, T: Default + PartialEq + Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        T::deserialize(from).map(|limit| (limit != T::default()).then_some(limit))
    }
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 100,
            batch: 64,
            steps_per_epoch: None,
            lr: 1e-3,
            optimizer: OptimizerConfig::default(),
            schedule: Schedule::default(),
            clip_norm: Some(1.0),
            clip_value: None,
            bf16: false,
            patience: Some(10),
            min_delta: 0.0,
            seed: 0,
            max_steps: None,
            time_limit: None,
            average: 0.0,
            checkpoint_seconds: 10.0,
        }
    }
}

impl TrainConfig {
    /// Checks every setting.
    ///
    /// # Errors
    /// The first setting outside its range.
    pub fn validate(&self) -> Result<(), TrainError> {
        let check = |name, value: f64, ok: bool, expected| if ok { Ok(()) } else { Err(TrainError::Setting { name, value, expected }) };
        let positive =
            |name, value: Option<f64>| check(name, value.unwrap_or(1.0), value.is_none_or(|v| v.is_finite() && v > 0.0), "above 0");
        check("epochs", self.epochs as f64, self.epochs > 0, "1 or above")?;
        check("batch", self.batch as f64, self.batch > 0, "1 or above")?;
        check("steps_per_epoch", 0.0, self.steps_per_epoch != Some(0), "1 or above")?;
        check("max_steps", 0.0, self.max_steps != Some(0), "1 or above")?;
        check("patience", 0.0, self.patience != Some(0), "1 or above")?;
        positive("lr", Some(self.lr))?;
        positive("clip_norm", self.clip_norm)?;
        positive("clip_value", self.clip_value)?;
        positive("time_limit", self.time_limit)?;
        let not_negative = |v: f64| v.is_finite() && v >= 0.0;
        check("min_delta", self.min_delta, not_negative(self.min_delta), "0 or above")?;
        check("checkpoint_seconds", self.checkpoint_seconds, not_negative(self.checkpoint_seconds), "0 or above")?;
        check("average", self.average, (0.0..1.0).contains(&self.average), "at least 0 and below 1")?;
        self.optimizer.validate()?;
        self.schedule.validate()?;
        Ok(())
    }

    /// How the recurrent layers multiply.
    pub fn precision(&self) -> Precision {
        if self.bf16 { Precision::Bf16 } else { Precision::F32 }
    }

    /// Steps of an epoch over `items` items.
    pub(crate) fn epoch_steps(&self, items: usize) -> u64 {
        let pass = items.div_ceil(self.batch) as u64;
        self.steps_per_epoch.map_or(pass, |steps| steps.min(pass))
    }

    /// Steps of the whole run as planned: what schedules are stretched over.
    pub(crate) fn total_steps(&self, items: usize) -> u64 {
        let planned = self.epochs.saturating_mul(self.epoch_steps(items));
        self.max_steps.map_or(planned, |steps| steps.min(planned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_limits_and_unknown_keys() {
        assert_eq!(serde_json::from_str::<TrainConfig>("{}").unwrap(), TrainConfig::default());
        let off = TrainConfig { clip_norm: None, patience: None, ..TrainConfig::default() };
        let json = serde_json::to_string(&off).unwrap();
        assert_eq!(serde_json::from_str::<TrainConfig>(&json).unwrap(), off);
        assert!(serde_json::from_str::<TrainConfig>(r#"{"epoch": 3}"#).unwrap_err().to_string().contains("epochs"));
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let good = TrainConfig::default();
        assert!(good.validate().is_ok());
        let bad = [
            ("epochs", TrainConfig { epochs: 0, ..good.clone() }),
            ("batch", TrainConfig { batch: 0, ..good.clone() }),
            ("lr", TrainConfig { lr: f64::NAN, ..good.clone() }),
            ("clip_norm", TrainConfig { clip_norm: Some(0.0), ..good.clone() }),
            ("patience", TrainConfig { patience: Some(0), ..good.clone() }),
            ("average", TrainConfig { average: 1.0, ..good.clone() }),
            ("min_delta", TrainConfig { min_delta: -1.0, ..good.clone() }),
            ("weight_decay", TrainConfig { optimizer: OptimizerConfig::adamw(-1.0), ..good.clone() }),
        ];
        for (name, config) in bad {
            assert!(config.validate().unwrap_err().to_string().contains(name), "{name}");
        }
    }
}
