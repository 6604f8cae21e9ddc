//! How a network is trained: what the user left open, by the number of windows.

use crate::choice::Choices;
use crate::error::Error;
use crate::optim::OptimizerConfig;
use crate::options::{Preset, ScheduleName};
use crate::task::forecast::{OptimizerName, Options};
use crate::train::TrainConfig;

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

/// Training windows from which the prior is fine-tuned, and the most steps of that in a balanced training.
const LEAST_TUNED: usize = 500;
const TUNED_STEPS: u64 = 200;

/// What divides the rate at the start of one cycle to give that at its end.
const CYCLE_END: f64 = 1e4;

/// How the networks of a forecaster are trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// One network's.
    pub train: TrainConfig,
    /// Networks, each from a seed of its own.
    pub seeds: usize,
    /// Whether a second training sees the rows that were held back.
    pub refit: bool,
    /// Whether gradients are measured after each epoch.
    pub watch_gradients: bool,
    /// Steps of the prior's fine-tuning, at most; 0 where it stays as it is.
    pub prior_steps: u64,
}

impl Training {
    /// Fills in what is not given, for a training part of so many windows of so many series and channels; `trained` weights are trained on in
    /// smaller steps.
    pub(super) fn new(
        t: &mut Options,
        choices: &mut Choices,
        (windows, sequences): (usize, usize),
        preset: Preset,
        trained: bool,
    ) -> Result<Self, Error> {
        let batch = choices.infer(&mut t.training.batch, "batch", || (batch(windows, sequences), String::new()));
        let per_epoch = windows.div_ceil(batch).max(1);
        let epochs = choices.infer(&mut t.training.epochs, "epochs", || {
            let steps = match preset {
                Preset::Fast => STEPS / 3,
                Preset::Balanced => STEPS,
                Preset::Best => STEPS * 2,
            };
            (steps.div_ceil(per_epoch).clamp(EPOCHS.0, EPOCHS.1), format!("{per_epoch} steps each"))
        });
        let patience = Choices::or_default(&mut t.training.patience, (epochs / PATIENCE_SHARE).max(LEAST_PATIENCE));
        let weight_decay = Choices::or_default(&mut t.training.weight_decay, 0.0);
        let optimizer = match Choices::or_default(&mut t.optimizer, OptimizerName::Adam) {
            OptimizerName::Adam => match OptimizerConfig::adam() {
                OptimizerConfig::Adam { beta1, beta2, eps, .. } => OptimizerConfig::Adam { beta1, beta2, eps, weight_decay },
                other => other,
            },
            OptimizerName::Adamw => OptimizerConfig::adamw(weight_decay),
            OptimizerName::Sgd => OptimizerConfig::sgd(0.9, true),
        };
        // Who limits a training means all of it.
        let limited = t.training.resumed || t.training.max_steps.is_some() || t.training.time_limit.is_some();
        let tunes = Choices::or_default(&mut t.tune_prior, windows >= LEAST_TUNED && !limited && !trained);
        let prior_steps = match preset {
            _ if !tunes => 0,
            Preset::Fast => TUNED_STEPS / 2,
            Preset::Balanced => TUNED_STEPS,
            Preset::Best => TUNED_STEPS * 2,
        };
        let lr = if trained {
            choices.infer(&mut t.training.lr, "lr", || (LR * TRAINED_LR, "the weights are trained already".to_string()))
        } else {
            Choices::or_default(&mut t.training.lr, LR)
        };
        let train = TrainConfig {
            epochs: epochs as u64,
            batch,
            lr,
            optimizer,
            schedule: t.training.schedule_of(ScheduleName::Cosine, epochs as u64, CYCLE_END),
            clip_norm: t.training.longest_gradient(),
            bf16: t.training.bf16(choices),
            patience: Some(patience as u64),
            seed: t.training.start(),
            max_steps: t.training.max_steps.map(|n| n as u64),
            time_limit: t.training.limit()?.map(|limit| limit.as_secs_f64()),
            checkpoint_seconds: t.training.checkpoint_seconds()?,
            ..TrainConfig::default()
        };
        Ok(Self {
            train,
            seeds: Choices::or_default(&mut t.seeds, 1),
            refit: !Choices::or_default(&mut t.no_refit, false),
            watch_gradients: t.training.watches_gradients(),
            prior_steps,
        })
    }
}

/// Windows of a step: small where there are few, so that an epoch takes more than a step or two.
fn batch(windows: usize, sequences: usize) -> usize {
    // Windows of one series overlap: a large batch of them says little more than a small one.
    let most = if sequences == 1 { 64 } else { 256 };
    let usual = match windows {
        0..500 => 16,
        500..5_000 => 32,
        5_000..50_000 => 128,
        _ => 256,
    };
    usual.min(most)
}
