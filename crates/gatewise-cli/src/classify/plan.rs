//! What the user left open: network, augmentation and steps, by the items and the time there is.

use std::time::{Duration, Instant};

use gatewise::Cpu;
use gatewise::batch::{Batch, Source};
use gatewise::model::{BranchConfig, Model, Readout};
use gatewise::optim::OptimizerConfig;
use gatewise::task::classify::{Augment, ClassifyConfig, Examples, Item, Network};
use gatewise::task::forecast::CellName;
use gatewise::train::TrainConfig;

use super::failure;
use crate::args::{AugmentArgs, ClassifyArgs, Preset, ScheduleName};
use crate::failure::Failure;
use gatewise::choice::Choices;

/// Share of a time limit that is planned with; the rest is for reading, saving and a slower hour.
const PLANNED_SHARE: f64 = 0.92;

/// Seconds that speed is measured for.
const MEASURED_SECONDS: f64 = 2.0;

/// Items below which the training is repeated on all of them: too few to spare a part for validation.
const REFIT_BELOW: usize = 3000;

/// Videos, of all parts, below which the network is small, its training short and its frames hold motion alone, and what the first two then
/// are: pictures tell a large network enough to learn a few clips by heart.
pub const FEW_VIDEOS: usize = 200;
const FEW_VIDEOS_HIDDEN: usize = 16;
const FEW_VIDEOS_STEPS: u64 = 200;

/// Items below which numbers are augmented.
const AUGMENT_BELOW: usize = 20_000;

/// What the items are, as far as guesses ask.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Items to learn from.
    pub items: usize,
    /// Items of all parts.
    pub all: usize,
    /// Whether they are texts.
    pub text: bool,
    /// Whether they are videos.
    pub video: bool,
}

impl Shape {
    fn few_videos(self) -> bool {
        self.video && self.all < FEW_VIDEOS
    }
}

/// How a training goes.
#[derive(Debug, Clone)]
pub struct Plan {
    pub train: TrainConfig,
    pub augment: Augment,
    /// Whether a second training sees the validation part too.
    pub refit: bool,
    /// Whether gradients are measured after each epoch.
    pub watch_gradients: bool,
}

/// Settles the network.
pub fn network(s: &mut ClassifyArgs, guesses: &mut Choices, shape: Shape, each_step: bool) -> Network {
    let small = shape.items < REFIT_BELOW;
    let hidden = guesses.infer(&mut s.network.hidden, "hidden", || {
        let hidden = match shape.items {
            _ if shape.few_videos() => FEW_VIDEOS_HIDDEN,
            0..REFIT_BELOW => 64,
            REFIT_BELOW..AUGMENT_BELOW => 96,
            _ if shape.text => 192,
            _ => 128,
        };
        (hidden, String::new())
    });
    let embedding = if shape.text { guesses.infer(&mut s.embedding, "embedding", || (64.max(hidden / 2), String::new())) } else { 1 };
    let chrono = Choices::usual(&mut s.chrono, 0);
    let fcn = Choices::usual(&mut s.fcn, 0);
    Network {
        cell: Choices::usual(&mut s.network.cell, CellName::Gru),
        hidden,
        layers: guesses.infer(&mut s.network.layers, "layers", || (1, String::new())),
        bidirectional: guesses.infer(&mut s.bidirectional, "bidirectional", || (true, String::new())),
        embedding,
        dropout: guesses.infer(&mut s.layer.dropout, "dropout", || (if small { 0.3 } else { 0.2 }, String::new())),
        weight_drop: Choices::usual(&mut s.weight_drop, 0.0),
        layer_norm: Choices::usual(&mut s.layer.layer_norm, false),
        readout: if each_step { Readout::EachStep } else { Choices::usual(&mut s.readout, Readout::Concat) },
        chrono: (chrono > 0).then_some(chrono),
        encoder: None,
        branch: (fcn > 0).then(|| BranchConfig::fcn(fcn)),
    }
}

/// How training items are changed.
pub fn augment(s: &mut AugmentArgs, shape: Shape) -> Augment {
    let on = !shape.text && !shape.video && shape.items < AUGMENT_BELOW;
    let strength = |value: f64| if on { value } else { 0.0 };
    Augment {
        jitter: Choices::usual(&mut s.jitter, strength(0.05)),
        scale: Choices::usual(&mut s.scale, strength(0.1)),
        shift: Choices::usual(&mut s.shift, 0.0),
        warp: Choices::usual(&mut s.warp, strength(0.1)),
        crop: Choices::usual(&mut s.crop, strength(0.1)),
        mask_time: Choices::usual(&mut s.mask_time, 0.0),
        mask_channels: Choices::usual(&mut s.mask_channels, 0.0),
        bands: 0,
        symbols: Choices::usual(&mut s.drop_symbols, if shape.text { 0.05 } else { 0.0 }),
    }
}

/// What is trained on, and with.
pub struct Work<'a> {
    pub config: &'a ClassifyConfig,
    pub items: &'a [Item],
    pub train: &'a [usize],
    pub valid: &'a [usize],
    /// Whether the network begins with trained weights.
    pub warm: bool,
    pub cpu: &'a Cpu,
}

impl Plan {
    /// Settles steps and rates.
    pub fn new(s: &mut ClassifyArgs, guesses: &mut Choices, shape: Shape, work: &Work<'_>) -> Result<Self, Failure> {
        let augment = augment(&mut s.augment, shape);
        let batch = guesses.infer(&mut s.training.batch, "batch", || (batch(work.train.len()), String::new()));
        let per_epoch = work.train.len().div_ceil(batch) as u64;
        let preset = Choices::usual(&mut s.training.preset, Preset::Balanced);
        let limit = s.training.limit()?;
        let refit = Choices::usual(&mut s.refit, work.train.len() < REFIT_BELOW && !work.valid.is_empty());
        let steps = match (s.training.max_steps, s.training.epochs) {
            (Some(steps), _) => steps as u64,
            (None, Some(epochs)) => epochs as u64 * per_epoch,
            (None, None) => usual_steps(preset, per_epoch, shape),
        };
        let steps = match limit.filter(|_| s.training.max_steps.is_none()) {
            Some(limit) => steps.min(affordable(limit, batch, refit, &augment, work)?),
            None => steps,
        };
        guesses.infer(&mut s.training.max_steps, "max-steps", || {
            (steps as usize, format!("{:.1} passes over the items", steps as f64 / per_epoch as f64))
        });
        let epochs = steps.div_ceil(per_epoch).max(1);
        let lr = guesses.infer(&mut s.training.lr, "lr", || (if work.warm { LR * WARM_SHARE } else { LR }, String::new()));
        // The rate falls to nothing at the end, which is where such a training is best; patience only ends a hopeless one.
        let patience = Choices::usual(&mut s.training.patience, (epochs / 2).max(20) as usize) as u64;
        let train = TrainConfig {
            epochs,
            batch,
            lr,
            optimizer: OptimizerConfig::adamw(Choices::usual(&mut s.training.weight_decay, WEIGHT_DECAY)),
            schedule: s.training.course(ScheduleName::OneCycle, epochs, CYCLE_END),
            clip_norm: s.training.longest_gradient(),
            bf16: s.training.bf16(guesses),
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

/// Learning rate at its height, and the share of it for weights that are trained already.
const LR: f64 = 3e-3;
const WARM_SHARE: f64 = 0.3;

/// What divides the rate at the start of one cycle to give that at its end.
const CYCLE_END: f64 = 1e3;

/// Decay of the weights, by AdamW.
const WEIGHT_DECAY: f64 = 0.01;

/// Steps that a small set should have, and passes that a large one should.
const STEPS: u64 = 1500;
const PASSES: u64 = 10;

fn usual_steps(preset: Preset, per_epoch: u64, shape: Shape) -> u64 {
    let steps = if shape.few_videos() { FEW_VIDEOS_STEPS } else { STEPS.max(PASSES * per_epoch) };
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
fn affordable(limit: Duration, batch: usize, refit: bool, augment: &Augment, work: &Work<'_>) -> Result<u64, Failure> {
    let mut model = Model::<f32>::new(&work.config.model(), 0).map_err(|e| failure(&e.into()))?;
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
    fn few_videos_get_a_small_network_and_a_short_training() {
        let guess = |shape| {
            let hidden = network(&mut ClassifyArgs::default(), &mut Choices::default(), shape, false).hidden;
            (hidden, usual_steps(Preset::Balanced, 3, shape))
        };
        let numbers = Shape { items: 48, all: 60, text: false, video: false };
        assert_eq!(guess(numbers), (64, STEPS));
        assert_eq!(guess(Shape { video: true, ..numbers }), (FEW_VIDEOS_HIDDEN, FEW_VIDEOS_STEPS));
        assert_eq!(guess(Shape { video: true, items: 1000, all: 1200, ..numbers }), (64, STEPS));
    }
}
