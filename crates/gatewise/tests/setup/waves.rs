//! A small job to train on: sine waves of random phase and length, the next values to be foretold.

use gatewise::batch::{Batch, Source};
use gatewise::rng::Rng;

/// Values foretold.
pub const HORIZON: usize = 3;
/// Window of the linear path.
pub const LOOKBACK: usize = 4;

/// A source of waves.
pub struct Waves {
    /// Phase and length of each item.
    items: Vec<(f64, usize)>,
    /// An item with a value that is no number: in its input, or in its target.
    pub bad: Option<(usize, Place)>,
    skip: bool,
}

/// A block of a batch.
#[derive(Clone, Copy, PartialEq)]
pub enum Place {
    Input,
    Target,
}

impl Waves {
    /// `count` waves of 5 to 12 steps, or of 12 all.
    pub fn new(count: usize, seed: u64, ragged: bool, skip: bool) -> Self {
        let mut rng = Rng::new(seed, 77);
        let items = (0..count).map(|_| (rng.unit() * 6.3, if ragged { 5 + rng.below(8) } else { 12 })).collect();
        Self { items, bad: None, skip }
    }
}

impl Source for Waves {
    fn len(&self) -> usize {
        self.items.len()
    }

    fn fill(&self, items: &[usize], batch: &mut Batch<f32>) {
        let lengths: Vec<usize> = items.iter().map(|&i| self.items[i].1).collect();
        batch.set_ragged(&lengths, 1);
        batch.target.resize(items.len() * HORIZON, 0.0);
        batch.skip.resize(if self.skip { items.len() * LOOKBACK } else { 0 }, 0.0);
        for (item, &number) in items.iter().enumerate() {
            let (phase, length) = self.items[number];
            let wave = |t: usize| (phase + 0.7 * t as f64).sin() as f32;
            let mut sequence: Vec<f32> = (0..length).map(wave).collect();
            let place = batch.place(item);
            for h in 0..HORIZON {
                batch.target[place * HORIZON + h] = wave(length + h);
            }
            if self.skip {
                batch.skip[place * LOOKBACK..][..LOOKBACK].copy_from_slice(&sequence[length - LOOKBACK..]);
            }
            match self.bad {
                Some((bad, Place::Input)) if bad == number => sequence[2] = f32::NAN,
                Some((bad, Place::Target)) if bad == number => batch.target[place * HORIZON] = f32::INFINITY,
                _ => {}
            }
            batch.set_sequence(item, &sequence);
        }
    }
}
