//! Items as a source of batches.

use super::augment::Augment;
use super::config::ClassifyConfig;
use super::item::{Item, Steps, Target};
use crate::batch::{Batch, Source};
use crate::rng::Rng;

/// First stream of the random changes; the stream of step s lies s behind it.
const AUGMENT_STREAM: u64 = 1 << 40;

/// What stands for a step without a label: cross-entropy leaves negative classes out.
const NO_CLASS: f32 = -1.0;

/// Some of the items of a data set, as batches.
pub struct Examples<'a> {
    config: &'a ClassifyConfig,
    items: &'a [Item],
    /// Which of them.
    chosen: &'a [usize],
    augment: Augment,
    change: Option<&'a Change<'a>>,
    seed: u64,
}

/// Changes scaled numbers, (T, C), at random.
pub type Change<'a> = dyn Fn(&mut Vec<f32>, &mut Rng) + Sync + 'a;

impl<'a> Examples<'a> {
    /// The items `chosen` out of `items`, in that order.
    pub fn new(config: &'a ClassifyConfig, items: &'a [Item], chosen: &'a [usize]) -> Self {
        Self { config, items, chosen, augment: Augment::default(), change: None, seed: 0 }
    }

    /// With random changes in training.
    pub fn with_augment(mut self, augment: Augment, seed: u64) -> Self {
        self.augment = if self.config.each_step { augment.keeps_rows() } else { augment };
        self.seed = seed;
        self
    }

    /// With a change of the caller's in training, before those of [`with_augment`](Self::with_augment), which sets the seed.
    pub fn with_change(mut self, change: &'a Change<'a>) -> Self {
        self.change = Some(change);
        self
    }

    fn make(&self, chosen: &[usize], batch: &mut Batch<f32>, mut rng: Option<&mut Rng>) {
        let (mut lengths, mut blocks, mut symbols) = (Vec::new(), Vec::new(), Vec::new());
        let mut scaled = Vec::new();
        for &k in chosen {
            let item = &self.items[self.chosen[k]];
            match (&self.config.numbers, &self.config.symbols, &item.steps) {
                (Some(numbers), ..) => {
                    numbers.scale(item, &mut scaled);
                    if let Some(rng) = &mut rng {
                        if let Some(change) = self.change {
                            change(&mut scaled, rng);
                        }
                        self.augment.numbers(&mut scaled, numbers.channels(), rng);
                    }
                    let mut features = Vec::new();
                    numbers.features(&scaled, &mut features);
                    lengths.push(features.len() / numbers.width());
                    blocks.push(features);
                }
                (None, Some(input), Steps::Symbols(ids)) => {
                    let mut ids = ids.clone();
                    if ids.is_empty() {
                        ids.push(input.blank());
                    }
                    if let Some(rng) = &mut rng {
                        self.augment.symbols(&mut ids, input.blank(), rng);
                    }
                    lengths.push(ids.len());
                    symbols.push(ids);
                }
                _ => unreachable!("the classifier has checked that items fit its input"),
            }
        }
        batch.set_ragged(&lengths, self.config.numbers.as_ref().map_or(0, super::Numbers::width));
        for (item, block) in blocks.iter().enumerate() {
            batch.set_sequence(item, block);
        }
        if !symbols.is_empty() {
            batch.symbols.resize(batch.layout.rows(), 0);
            for (item, ids) in symbols.iter().enumerate() {
                let place = batch.place(item);
                for (t, &id) in ids.iter().enumerate() {
                    batch.symbols[batch.layout.row(t, place)] = id;
                }
            }
        }
        self.set_targets(chosen, batch);
    }

    fn set_targets(&self, chosen: &[usize], batch: &mut Batch<f32>) {
        let rows = if self.config.each_step { batch.layout.rows() } else { batch.len() };
        let scales = self.config.answer.scales();
        // Of values there are K a row, of classes one.
        let width = scales.len().max(1);
        batch.target.resize(rows * width, NO_CLASS);
        let scaled = |value: f64, (center, spread): (f64, f64)| ((value - center) / spread) as f32;
        for (k, &item) in chosen.iter().enumerate() {
            let place = batch.place(k);
            match &self.items[self.chosen[item]].target {
                Target::None => {}
                Target::Class(class) => batch.target[place] = *class as f32,
                Target::Value(value) => {
                    if let [scale] = scales[..] {
                        batch.target[place] = scaled(*value, scale);
                    }
                }
                Target::Values(values) => {
                    for ((out, value), scale) in batch.target[place * width..].iter_mut().zip(values).zip(&scales) {
                        *out = scaled(*value, *scale);
                    }
                }
                Target::Each(classes) => {
                    for (t, class) in classes.iter().enumerate() {
                        batch.target[batch.layout.row(t, place)] = class.map_or(NO_CLASS, |class| class as f32);
                    }
                }
            }
        }
    }
}

impl Source for Examples<'_> {
    fn len(&self) -> usize {
        self.chosen.len()
    }

    fn rows(&self, items: usize) -> Option<u128> {
        let steps = |chosen: &usize| match &self.config.numbers {
            Some(numbers) => self.items[*chosen].len(numbers.channels()).div_ceil(numbers.segment.max(1)),
            None => self.items[*chosen].len(1).max(1),
        };
        // The longest ones may come together.
        let mut lengths: Vec<usize> = self.chosen.iter().map(steps).collect();
        lengths.sort_unstable_by_key(|&length| std::cmp::Reverse(length));
        Some(lengths.iter().take(items).map(|&length| length as u128).sum())
    }

    fn fill(&self, items: &[usize], batch: &mut Batch<f32>) {
        self.make(items, batch, None);
    }

    fn draw(&self, step: u64, items: &[usize], batch: &mut Batch<f32>) {
        let mut rng = (self.augment.is_on() || self.change.is_some()).then(|| Rng::new(self.seed, AUGMENT_STREAM + step));
        self.make(items, batch, rng.as_mut());
    }
}
