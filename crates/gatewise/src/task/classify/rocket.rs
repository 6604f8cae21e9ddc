//! MiniRocket's features and a ridge, which name the class of a series of numbers without a network.

use gatewise_kernels::Cpu;
use gatewise_rocket::{Plan, Ridge, Transform};

use super::calibrate::temperature;
use super::config::ClassifyConfig;
use super::item::Item;
use super::simple::{class_weights, labelled, unfit};
use crate::rng::Rng;

/// Stream of a seed that biases and channels are drawn from.
const STREAM: u64 = 1 << 35;

/// Items above which fewer features are made: the ridge is then solved over them, in the cube of their number.
const MANY_ITEMS: usize = 2_000;

/// Features of a series, about, of few items and of many.
const FEATURES: usize = 10_000;
const FEWER_FEATURES: usize = 1_932;

/// Items that are learned from at most.
pub const MOST_ITEMS: usize = 10_000;

/// What scores are divided by before a temperature is looked for, in root mean squares of leave-one-out errors. Scores scattered normally
/// would ask for the square; but among few items all may be right, and the next one all the same wrong.
const SCALE: f64 = 0.7;

/// Series answered at once.
const CHUNK: usize = 128;

/// A trained MiniRocket: fixed convolutions, their biases, a ridge over the shares of places above these, and how far its scores go.
///
/// A. Dempster, D. Schmidt, G. Webb, "MiniRocket: A Very Fast (Almost) Deterministic Transform for Time Series Classification", KDD 2021.
/// Scores become probabilities by the scatter of leave-one-out scores and a temperature found on them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rocket {
    pub(super) transform: Transform,
    pub(super) ridge: Ridge,
    /// What scores are divided by before they become probabilities.
    pub(super) scale: f64,
}

impl Rocket {
    /// Why it cannot learn such items; none where it can.
    pub fn unfit(config: &ClassifyConfig, items: usize) -> Option<String> {
        let numbers = config.numbers.is_some() && config.network.encoder.is_none();
        let many = || (items > MOST_ITEMS).then(|| format!("it learns from {MOST_ITEMS} items at most"));
        unfit(config, numbers, "series of numbers").or_else(many)
    }

    /// Learns from the items `chosen`, numbers scaled as the network reads them; classes count as the loss weighs them. The same seed gives the
    /// same result. None where [`unfit`](Self::unfit) says why, or fewer than two of the items have a class that counts.
    pub fn fit(cpu: &Cpu, config: &ClassifyConfig, items: &[Item], chosen: &[usize], seed: u64) -> Option<Self> {
        let weight = class_weights(config);
        let known = labelled(items, chosen, &weight);
        if Self::unfit(config, known.len()).is_some() || known.len() < 2 {
            return None;
        }
        let (places, truth): (Vec<usize>, Vec<usize>) = known.into_iter().unzip();
        let (scaled, channels) = (scaled(config, items, &places), config.channels());
        let series: Vec<&[f32]> = scaled.iter().map(Vec::as_slice).collect();
        let longest = series.iter().map(|s| s.len() / channels).max().unwrap_or(1);
        let features = if series.len() > MANY_ITEMS { FEWER_FEATURES } else { FEATURES };
        let mut rng = Rng::new(seed, STREAM);
        let mut draw = || rng.unit();
        let plan = Plan::new(channels, longest, features, &mut draw);
        let transform = Transform::fit(plan, &series, &mut draw);
        let rows = transform.apply(&series, cpu.threads());
        let fit = Ridge::fit(&rows, &truth, weight.len(), &weight);
        let scatter = SCALE * fit.error.max(f64::from(f32::EPSILON)).sqrt();
        let raw: Vec<f32> = fit.left_out.iter().map(|score| (score / scatter) as f32).collect();
        let classes: Vec<Option<usize>> = truth.iter().copied().map(Some).collect();
        Some(Self { transform, ridge: fit.ridge, scale: scatter * temperature(&raw, &classes) })
    }

    /// The probability of each class for the items `chosen`, in that order: (N, K).
    pub fn probabilities(&self, cpu: &Cpu, config: &ClassifyConfig, items: &[Item], chosen: &[usize]) -> Vec<f32> {
        let mut out = Vec::with_capacity(chosen.len() * config.outputs());
        for chosen in chosen.chunks(CHUNK) {
            let scaled = scaled(config, items, chosen);
            let series: Vec<&[f32]> = scaled.iter().map(Vec::as_slice).collect();
            for row in self.transform.apply(&series, cpu.threads()).chunks_exact(self.transform.biases().len()) {
                let scores = self.ridge.scores(row);
                let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let odds: Vec<f64> = scores.iter().map(|score| ((score - top) / self.scale).exp()).collect();
                let sum: f64 = odds.iter().sum();
                out.extend(odds.iter().map(|odd| (odd / sum) as f32));
            }
        }
        out
    }
}

/// The numbers of some items, scaled: each (T, C).
fn scaled(config: &ClassifyConfig, items: &[Item], chosen: &[usize]) -> Vec<Vec<f32>> {
    let scale = |&k: &usize| {
        let mut out = Vec::new();
        if let Some(numbers) = &config.numbers {
            numbers.scale(&items[k], &mut out);
        }
        out
    };
    chosen.iter().map(scale).collect()
}
