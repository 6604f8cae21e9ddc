//! How a network is trained: what the user left open, by the number of windows.

use std::time::Duration;

use gatewise::optim::{OptimizerConfig, Schedule};

use super::guess::Guesses;
use crate::args::words::duration;
use crate::args::{OptimizerName, Preset, ScheduleName, TrainArgs};
use crate::failure::Failure;

/// Steps of the optimiser that a balanced training takes, early stopping aside.
const STEPS: usize = 1_000;

/// Fewest and most passes over the windows.
const EPOCHS: (usize, usize) = (4, 300);

/// Share of all epochs without improvement after which training stops.
const PATIENCE_SHARE: usize = 5;

/// Fewest epochs of patience.
const LEAST_PATIENCE: usize = 4;

/// Learning rate.
const LR: f64 = 2e-3;

/// Share of the usual learning rate for weights that are trained already: larger steps forget what they hold.
pub const TRAINED_LR: f64 = 0.3;

/// Settings of the training loop.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    pub epochs: usize,
    pub batch: usize,
    pub lr: f64,
    pub optimizer: OptimizerConfig,
    pub schedule: Schedule,
    pub clip_norm: f64,
    pub patience: usize,
    pub max_steps: Option<usize>,
    pub time_limit: Option<Duration>,
    pub seed: u64,
    pub seeds: usize,
    pub refit: bool,
}

impl Training {
    /// Fills in what is not given, for a training part of `windows`; `trained` weights are trained on in smaller steps.
    pub fn new(t: &mut TrainArgs, guesses: &mut Guesses, windows: usize, preset: Preset, trained: bool) -> Result<Self, Failure> {
        let batch = guesses.or(&mut t.batch, "--batch", || (batch(windows), String::new()));
        let per_epoch = windows.div_ceil(batch);
        let epochs = guesses.or(&mut t.epochs, "--epochs", || {
            let steps = match preset {
                Preset::Fast => STEPS / 3,
                Preset::Balanced => STEPS,
                Preset::Best => STEPS * 2,
            };
            (steps.div_ceil(per_epoch).clamp(EPOCHS.0, EPOCHS.1), format!("{per_epoch} steps each"))
        });
        let patience = Guesses::usual(&mut t.patience, (epochs / PATIENCE_SHARE).max(LEAST_PATIENCE));
        let weight_decay = Guesses::usual(&mut t.weight_decay, 0.0);
        let optimizer = match Guesses::usual(&mut t.optimizer, OptimizerName::Adam) {
            OptimizerName::Adam => match OptimizerConfig::adam() {
                OptimizerConfig::Adam { beta1, beta2, eps, .. } => OptimizerConfig::Adam { beta1, beta2, eps, weight_decay },
                other => other,
            },
            OptimizerName::Adamw => OptimizerConfig::adamw(weight_decay),
            OptimizerName::Sgd => OptimizerConfig::sgd(0.9, true),
        };
        let schedule = match Guesses::usual(&mut t.schedule, ScheduleName::Cosine) {
            ScheduleName::Constant => Schedule::Constant,
            ScheduleName::Step => Schedule::Step { every: (epochs as u64 / 3).max(1), factor: 0.3 },
            ScheduleName::Cosine => Schedule::Cosine { warmup: 0.05, floor: 0.01 },
            ScheduleName::OneCycle => Schedule::OneCycle { rise: 0.3, div_factor: 25.0, final_div_factor: 1e4 },
            ScheduleName::Plateau => Schedule::ReduceOnPlateau { factor: 0.5, patience: 2, threshold: 1e-4, cooldown: 0, floor: 1e-3 },
        };
        let time_limit = t.time_limit.as_deref().map(duration).transpose().map_err(Failure::usage)?;
        Ok(Self {
            epochs,
            batch,
            lr: if trained {
                guesses.or(&mut t.lr, "--lr", || (LR * TRAINED_LR, "the weights are trained already".to_string()))
            } else {
                Guesses::usual(&mut t.lr, LR)
            },
            optimizer,
            schedule,
            clip_norm: Guesses::usual(&mut t.clip_norm, 1.0),
            patience,
            max_steps: t.max_steps,
            time_limit,
            seed: Guesses::usual(&mut t.seed, 1),
            seeds: Guesses::usual(&mut t.seeds, 1),
            refit: !Guesses::usual(&mut t.no_refit, false),
        })
    }
}

/// Windows of a step: small where there are few, so that an epoch takes more than a step or two.
fn batch(windows: usize) -> usize {
    match windows {
        0..500 => 16,
        500..5_000 => 32,
        5_000..50_000 => 128,
        _ => 256,
    }
}
