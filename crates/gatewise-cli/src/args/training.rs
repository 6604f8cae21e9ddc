//! Flags of the training loop, which every task that trains in epochs has.

use clap::Args;
use serde::{Deserialize, Serialize};

use super::PrecisionName;
use super::words::{above_zero, at_least_one, duration_text, not_negative, seed, word};

/// How the learning rate changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleName {
    Constant,
    Step,
    Cosine,
    OneCycle,
    Plateau,
}

/// How much time the guesses may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    Fast,
    Balanced,
    Best,
}

/// How a network is trained. What is not given is guessed from the data and printed.
#[derive(Args, Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Training")]
pub struct TrainingArgs {
    /// How much time the guesses may cost
    #[arg(long, value_name = "PRESET", value_parser = word::<Preset>(&["fast", "balanced", "best"]))]
    pub preset: Option<Preset>,
    /// Most passes over what is learned from
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub epochs: Option<usize>,
    /// Windows of a step
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub batch: Option<usize>,
    /// Most steps of the optimiser
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub max_steps: Option<usize>,
    /// Learning rate
    #[arg(long, value_name = "RATE", value_parser = above_zero)]
    pub lr: Option<f64>,
    /// How the learning rate changes
    #[arg(long, value_name = "SHAPE", value_parser = word::<ScheduleName>(&["constant", "step", "cosine", "one-cycle", "plateau"]))]
    pub schedule: Option<ScheduleName>,
    /// Weight decay of the optimiser
    #[arg(long, value_name = "RATE", value_parser = not_negative)]
    pub weight_decay: Option<f64>,
    /// Longest gradient, all parameters together; 0 for no limit
    #[arg(long, value_name = "NORM", value_parser = not_negative)]
    pub clip_norm: Option<f64>,
    /// Epochs without a better validation loss before training stops
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub patience: Option<usize>,
    /// Longest time for training: 90s, 10m, 2h
    #[arg(long, value_name = "TIME", value_parser = duration_text)]
    pub time_limit: Option<String>,
    /// Time between checkpoints, which is the most that a killed run loses [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = duration_text)]
    pub checkpoint_every: Option<String>,
    /// Numbers that the recurrent layers multiply: bf16 rounds them, and can be faster where the processor has it
    #[arg(long, value_name = "KIND", value_parser = word::<PrecisionName>(&["f32", "bf16"]))]
    pub precision: Option<PrecisionName>,
    /// Whether a run goes on, which keeps what it multiplies.
    #[arg(skip)]
    #[serde(skip)]
    pub resumed: bool,
    /// Measure after each epoch how far gradients reach back: an event "gradients" with --json and in metrics.jsonl
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub watch_gradients: Option<bool>,
    /// Start of every random choice; the same seed gives the same model
    #[arg(long, value_name = "N", value_parser = seed())]
    pub seed: Option<u64>,
    /// Threads [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub threads: Option<usize>,
}
