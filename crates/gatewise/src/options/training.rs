//! Options of the training loop, which every task that trains in epochs has.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::PrecisionName;
use super::parse::duration;
#[cfg(feature = "clap")]
use super::parse::{above_zero, at_least_one, duration_text, not_negative, seed, word};
use super::{NO_BF16, multiplies_bf16};
use crate::choice::Choices;
use crate::error::Error;
use crate::optim::Schedule;
use crate::train::TrainConfig;

/// How the learning rate changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleName {
    /// As it is.
    Constant,
    /// Cut to .3 twice.
    Step,
    /// A short rise, then half a cosine down.
    Cosine,
    /// A rise and a fall.
    OneCycle,
    /// Halved where the validation loss stands still.
    Plateau,
}

/// How much time the guesses may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// A third of the usual steps, half the units.
    Fast,
    /// The usual.
    Balanced,
    /// Twice the steps and units.
    Best,
}

/// How a network is trained. What is not given is guessed from the data and printed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[cfg_attr(feature = "clap", command(next_help_heading = "Training"))]
pub struct TrainingArgs {
    /// How much time the guesses may cost
    #[cfg_attr(feature = "clap", arg(long, value_name = "PRESET", value_parser = word::<Preset>(&["fast", "balanced", "best"])))]
    pub preset: Option<Preset>,
    /// Most passes over what is learned from
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one()))]
    pub epochs: Option<usize>,
    /// Windows of a step
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one()))]
    pub batch: Option<usize>,
    /// Most steps of the optimiser
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one()))]
    pub max_steps: Option<usize>,
    /// Learning rate
    #[cfg_attr(feature = "clap", arg(long, value_name = "RATE", value_parser = above_zero))]
    pub lr: Option<f64>,
    /// How the learning rate changes
    #[cfg_attr(feature = "clap", arg(long, value_name = "SHAPE", value_parser = word::<ScheduleName>(&["constant", "step", "cosine", "one-cycle", "plateau"])))]
    pub schedule: Option<ScheduleName>,
    /// Weight decay of the optimiser
    #[cfg_attr(feature = "clap", arg(long, value_name = "RATE", value_parser = not_negative))]
    pub weight_decay: Option<f64>,
    /// Longest gradient, all parameters together; 0 for no limit
    #[cfg_attr(feature = "clap", arg(long, value_name = "NORM", value_parser = not_negative))]
    pub clip_norm: Option<f64>,
    /// Epochs without a better validation loss before training stops
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one()))]
    pub patience: Option<usize>,
    /// Longest time for training: 90s, 10m, 2h
    #[cfg_attr(feature = "clap", arg(long, value_name = "TIME", value_parser = duration_text))]
    pub time_limit: Option<String>,
    /// Time between checkpoints, which is the most that a killed run loses [default: 10s]
    #[cfg_attr(feature = "clap", arg(long, value_name = "TIME", value_parser = duration_text))]
    pub checkpoint_every: Option<String>,
    /// Numbers that the recurrent layers multiply: bf16 rounds them, and can be faster where the processor has it
    #[cfg_attr(feature = "clap", arg(long, value_name = "KIND", value_parser = word::<PrecisionName>(&["f32", "bf16"])))]
    pub precision: Option<PrecisionName>,
    /// Whether a run goes on, which keeps what it multiplies.
    #[cfg_attr(feature = "clap", arg(skip))]
    #[serde(skip)]
    pub resumed: bool,
    /// Measure after each epoch how far gradients reach back: an event "gradients" in the JSON events and in metrics.jsonl
    #[cfg_attr(feature = "clap", arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true))]
    pub watch_gradients: Option<bool>,
    /// Start of every random choice; the same seed gives the same model
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = seed()))]
    pub seed: Option<u64>,
    /// Threads [default: as many as there are cores]
    #[cfg_attr(feature = "clap", arg(long, value_name = "N", value_parser = at_least_one()))]
    pub threads: Option<usize>,
}

impl TrainingArgs {
    /// The time limit.
    ///
    /// # Errors
    /// Text that is no length of time.
    pub fn limit(&self) -> Result<Option<Duration>, Error> {
        self.time_limit.as_deref().map(duration).transpose().map_err(Error::usage)
    }

    /// Seconds between checkpoints.
    ///
    /// # Errors
    /// Text that is no length of time.
    pub fn checkpoint_seconds(&self) -> Result<f64, Error> {
        let given = self.checkpoint_every.as_deref().map(duration).transpose().map_err(Error::usage)?;
        Ok(given.map_or(TrainConfig::default().checkpoint_seconds, |every| every.as_secs_f64()))
    }

    /// The course of the learning rate over `epochs`; `end` divides the rate at which one cycle begins to give that at its end.
    pub fn schedule_of(&mut self, usual: ScheduleName, epochs: u64, end: f64) -> Schedule {
        match Choices::or_default(&mut self.schedule, usual) {
            ScheduleName::Constant => Schedule::Constant,
            ScheduleName::Step => Schedule::Step { every: (epochs / 3).max(1), factor: 0.3 },
            ScheduleName::Cosine => Schedule::Cosine { warmup: 0.05, floor: 0.01 },
            ScheduleName::OneCycle => Schedule::OneCycle { rise: 0.3, div_factor: 25.0, final_div_factor: end },
            ScheduleName::Plateau => Schedule::ReduceOnPlateau { factor: 0.5, patience: 2, threshold: 1e-4, cooldown: 0, floor: 1e-3 },
        }
    }

    /// The longest gradient, if there is a limit.
    pub fn longest_gradient(&mut self) -> Option<f64> {
        let norm = Choices::or_default(&mut self.clip_norm, 1.0);
        (norm > 0.0).then_some(norm)
    }

    /// Whether the recurrent layers multiply in bf16. Where the processor cannot, f32 takes its place in a new run and is noted; a run
    /// that goes on keeps what it began with, and its start says that it is emulated.
    pub fn bf16(&mut self, choices: &mut Choices) -> bool {
        if self.precision == Some(PrecisionName::Bf16) && !self.resumed && !multiplies_bf16() {
            self.precision = None;
            choices.infer(&mut self.precision, "precision", || (PrecisionName::F32, NO_BF16.to_owned()));
        }
        self.precision == Some(PrecisionName::Bf16)
    }

    /// Whether gradients are measured after each epoch.
    pub fn watches_gradients(&self) -> bool {
        self.watch_gradients.unwrap_or(false)
    }

    /// The start of every random choice.
    pub fn start(&mut self) -> u64 {
        Choices::or_default(&mut self.seed, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_new_run_changes_what_it_multiplies() {
        for resumed in [false, true] {
            let mut training = TrainingArgs { precision: Some(PrecisionName::Bf16), resumed, ..TrainingArgs::default() };
            let mut choices = Choices::default();
            let bf16 = training.bf16(&mut choices);
            assert_eq!(bf16, resumed || multiplies_bf16(), "resumed {resumed}");
            assert_eq!(training.precision == Some(PrecisionName::Bf16), bf16);
            assert_eq!(choices.finish().is_empty(), bf16, "what is changed is noted");
        }
        let mut training = TrainingArgs::default();
        assert!(!training.bf16(&mut Choices::default()) && training.precision.is_none(), "what nobody asks for is not written down");
    }
}
