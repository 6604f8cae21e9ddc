//! How a network is trained: what the user left open, by the items and the time there is.

use std::time::{Duration, Instant};

use gatewise_kernels::Cpu;

use super::network::{REFIT_BELOW, Shape, augment};
use crate::batch::{Batch, Source};
use crate::choice::Choices;
use crate::error::Error;
use crate::model::Model;
use crate::optim::OptimizerConfig;
use crate::options::{Preset, ScheduleName};
use crate::task::classify::{Augment, ClassifyConfig, ClassifyError, Examples, Item, Options};
use crate::train::TrainConfig;

/// Share of a time limit that is planned with; the rest is for reading, saving and a slower hour.
const PLANNED_SHARE: f64 = 0.92;

/// Seconds that speed is measured for.
const MEASURED_SECONDS: f64 = 2.0;

/// Steps of a training on few videos.
const FEW_VIDEOS_STEPS: u64 = 200;

/// Learning rate at its height, and the share of it for weights that are trained already.
const LR: f64 = 3e-3;
const WARM_SHARE: f64 = 0.3;

/// What divides the rate at the start of one cycle to give that at its end.
const CYCLE_END: f64 = 1e3;

/// Decay of the weights, by AdamW.
const WEIGHT_DECAY: f64 = 0.01;

/// Steps that a small set should have, and passes that a large one should; of texts fewer where a language model has read them before: with one of 75,000
/// Korean reviews eight passes end at a loss of .411 on what is held back, four at .360, with as many right (87.2 and 87.4 %).
const STEPS: u64 = 1500;
const PASSES: u64 = 10;
const PASSES_AFTER_READING: u64 = 4;

/// How a classifier is trained.
#[derive(Debug, Clone)]
pub struct Training {
    /// The loop.
    pub train: TrainConfig,
    /// Random changes of the items.
    pub augment: Augment,
    /// Whether a second training sees the validation part too.
    pub refit: bool,
    /// Whether gradients are measured after each epoch.
    pub watch_gradients: bool,
}

/// What is trained on, and with.
pub(super) struct Work<'a> {
    pub(super) config: &'a ClassifyConfig,
    pub(super) items: &'a [Item],
    pub(super) train: &'a [usize],
    pub(super) valid: &'a [usize],
    /// Whether the network begins with trained weights.
    pub(super) warm: bool,
    pub(super) cpu: &'a Cpu,
}

impl Training {
    /// Settles steps and rates.
    pub(super) fn new(s: &mut Options, choices: &mut Choices, shape: Shape, work: &Work<'_>) -> Result<Self, Error> {
        let augment = augment(&mut s.augment, shape);
        let batch = choices.infer(&mut s.training.batch, "batch", || (batch(work.train.len()), String::new()));
        let per_epoch = work.train.len().div_ceil(batch) as u64;
        let preset = Choices::or_default(&mut s.training.preset, Preset::Balanced);
        let limit = s.training.limit()?;
        let refit = Choices::or_default(&mut s.refit, work.train.len() < REFIT_BELOW && !work.valid.is_empty());
        let steps = match (s.training.max_steps, s.training.epochs) {
            (Some(steps), _) => steps as u64,
            (None, Some(epochs)) => epochs as u64 * per_epoch,
            (None, None) => usual_steps(preset, per_epoch, shape, work.warm),
        };
        let steps = match limit.filter(|_| s.training.max_steps.is_none()) {
            Some(limit) => steps.min(affordable(limit, batch, refit, &augment, work)?),
            None => steps,
        };
        choices.infer(&mut s.training.max_steps, "max-steps", || {
            (steps as usize, format!("{:.1} passes over the items", steps as f64 / per_epoch as f64))
        });
        let epochs = steps.div_ceil(per_epoch).max(1);
        let lr = choices.infer(&mut s.training.lr, "lr", || (if work.warm { LR * WARM_SHARE } else { LR }, String::new()));
        // The rate falls to nothing at the end, which is where such a training is best; patience only ends a hopeless one.
        let patience = Choices::or_default(&mut s.training.patience, (epochs / 2).max(20) as usize) as u64;
        let train = TrainConfig {
            epochs,
            batch,
            lr,
            optimizer: OptimizerConfig::adamw(Choices::or_default(&mut s.training.weight_decay, WEIGHT_DECAY)),
            schedule: s.training.schedule_of(ScheduleName::OneCycle, epochs, CYCLE_END),
            clip_norm: s.training.longest_gradient(),
            bf16: s.training.bf16(choices),
            patience: Some(patience),
            seed: s.training.start(),
            max_steps: Some(steps),
            time_limit: limit.map(|limit| limit.as_secs_f64() / if refit { 2.0 } else { 1.0 }),
            checkpoint_seconds: s.training.checkpoint_seconds()?,
            ..TrainConfig::default()
        };
        Ok(Self { train, augment, refit, watch_gradients: s.training.watches_gradients() })
    }
}

fn usual_steps(preset: Preset, per_epoch: u64, shape: Shape, warm: bool) -> u64 {
    let passes = if warm && shape.text { PASSES_AFTER_READING } else { PASSES };
    let steps = if shape.few_videos() { FEW_VIDEOS_STEPS } else { STEPS.max(passes * per_epoch) };
    match preset {
        Preset::Fast => steps / 3,
        Preset::Balanced => steps,
        Preset::Best => steps * 2,
    }
}

/// Items of a step: small where there are few, so that a pass takes more than a step or two.
fn batch(items: usize) -> usize {
    match items {
        0..200 => 16,
        200..2_000 => 32,
        2_000..50_000 => 64,
        _ => 128,
    }
}

/// Steps that fit into a limit, by the speed of some.
fn affordable(limit: Duration, batch: usize, refit: bool, augment: &Augment, work: &Work<'_>) -> Result<u64, Error> {
    let mut model = Model::<f32>::new(&work.config.model(), 0).map_err(ClassifyError::from)?;
    let examples = Examples::new(work.config, work.items, work.train).with_augment(*augment, 0);
    let mut data = Batch::default();
    let start = Instant::now();
    let mut steps = 0_u64;
    let mut seconds = f64::INFINITY;
    // The first step makes buffers and does not count.
    while steps < 3 || start.elapsed().as_secs_f64() < MEASURED_SECONDS {
        let begin = Instant::now();
        let chosen: Vec<usize> = (0..batch).map(|k| (steps as usize * batch + k * 7919) % work.train.len()).collect();
        examples.draw(steps, &chosen, &mut data);
        model.loss_and_grad(work.cpu, &data, &work.config.loss);
        model.params_mut();
        if steps > 0 {
            let spent = begin.elapsed().as_secs_f64();
            seconds = if seconds.is_finite() { seconds + (spent - seconds) / steps as f64 } else { spent };
        }
        steps += 1;
    }
    // Validation goes forward only, a third of the work on as many items.
    let valid = work.valid.len() as f64 / (3.0 * work.train.len() as f64);
    let trainings = if refit { 2.0 } else { 1.0 };
    Ok(((limit.as_secs_f64() * PLANNED_SHARE / trainings - MEASURED_SECONDS) / (seconds * (1.0 + valid))).max(1.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_videos_get_a_short_training() {
        let numbers = Shape { items: 48, all: 60, text: false, video: false };
        assert_eq!(usual_steps(Preset::Balanced, 3, numbers, false), STEPS);
        assert_eq!(usual_steps(Preset::Balanced, 3, Shape { video: true, ..numbers }, false), FEW_VIDEOS_STEPS);
        assert_eq!(usual_steps(Preset::Balanced, 3, Shape { video: true, items: 1000, all: 1200, ..numbers }, false), STEPS);
        let texts = Shape { text: true, ..numbers };
        assert_eq!([true, false].map(|warm| usual_steps(Preset::Balanced, 600, texts, warm)), [2400, 6000]);
    }
}
