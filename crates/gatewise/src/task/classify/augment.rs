//! Random changes of training items that leave their class as it is (Um 2017; Iwana and Uchida 2021; SpecAugment, Park 2019).

use serde::{Deserialize, Serialize};

use crate::rng::Rng;

/// How much items are changed; 0 everywhere changes nothing. Numbers are in standard deviations of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augment {
    /// Standard deviation of the noise on every number.
    pub jitter: f64,
    /// Standard deviation of the logarithm of a factor on each channel.
    pub scale: f64,
    /// Standard deviation of an offset on each channel.
    pub shift: f64,
    /// Strength of a smooth distortion of time: the speed changes by up to this share.
    pub warp: f64,
    /// Most rows, as a share, cut off at the ends together.
    pub crop: f64,
    /// Longest stretch of rows, as a share, that is set to the mean.
    pub mask_time: f64,
    /// Widest block of neighbouring channels, as a share, that is set to the mean.
    pub mask_channels: f64,
    /// Channels that repeat, as features and then their derivatives do: a block hides the same ones in each group. 0: all are one group.
    pub bands: usize,
    /// Share of symbols that become unknown.
    pub symbols: f64,
}

impl Augment {
    /// Whether anything is changed.
    pub fn is_on(&self) -> bool {
        *self != Self { bands: self.bands, ..Self::default() }
    }

    /// Whether the length of an item may change.
    pub(super) fn keeps_rows(self) -> Self {
        Self { warp: 0.0, crop: 0.0, ..self }
    }

    /// Changes scaled numbers, (T, C).
    pub(super) fn numbers(&self, values: &mut Vec<f32>, channels: usize, rng: &mut Rng) {
        let rows = values.len() / channels;
        if (self.crop > 0.0 || self.warp > 0.0) && rows > 2 {
            self.resample(values, channels, rng);
        }
        let rows = values.len() / channels;
        if self.scale > 0.0 || self.shift > 0.0 {
            for channel in 0..channels {
                let (factor, offset) = ((self.scale * rng.normal()).exp() as f32, (self.shift * rng.normal()) as f32);
                values.iter_mut().skip(channel).step_by(channels).for_each(|v| *v = *v * factor + offset);
            }
        }
        if self.jitter > 0.0 {
            values.iter_mut().for_each(|v| *v += (self.jitter * rng.normal()) as f32);
        }
        if self.mask_time > 0.0 {
            let (start, length) = block(rows, self.mask_time, rng);
            values[start * channels..][..length * channels].fill(0.0);
        }
        let bands = if self.bands > 0 && channels.is_multiple_of(self.bands) { self.bands } else { channels };
        if self.mask_channels > 0.0 && bands > 1 {
            let (start, length) = block(bands, self.mask_channels, rng);
            values.chunks_exact_mut(bands).for_each(|group| group[start..][..length].fill(0.0));
        }
    }

    /// Cuts the ends off and lets time run faster in some places than in others.
    fn resample(&self, values: &mut Vec<f32>, channels: usize, rng: &mut Rng) {
        let rows = values.len() / channels;
        let cut = (self.crop * rng.unit() * rows as f64).floor();
        let first = (cut * rng.unit()).floor();
        let kept = (rows as f64 - cut).max(2.0);
        // One period of a sine with a random phase has no net effect, so both ends stay where they are.
        let (strength, phase) = (self.warp * rng.uniform(1.0), rng.unit());
        let tau = std::f64::consts::TAU;
        let bend = |x: f64| x + strength / tau * ((tau * (x + phase)).sin() - (tau * phase).sin());
        let last = (rows - 1) as f64;
        let count = kept as usize;
        let mut out = Vec::with_capacity(count * channels);
        for t in 0..count {
            let at = (first + bend(t as f64 / (kept - 1.0)) * (kept - 1.0)).clamp(0.0, last);
            let (low, part) = (at.floor() as usize, at.fract() as f32);
            let high = (low + 1).min(rows - 1);
            for k in 0..channels {
                let (a, b) = (values[low * channels + k], values[high * channels + k]);
                out.push(a + part * (b - a));
            }
        }
        *values = out;
    }

    /// Makes some symbols unknown.
    pub(super) fn symbols(&self, symbols: &mut [u32], blank: u32, rng: &mut Rng) {
        if self.symbols > 0.0 {
            for symbol in symbols {
                if rng.unit() < self.symbols {
                    *symbol = blank;
                }
            }
        }
    }
}

/// Where a block of up to `share` of `n` begins, and how long it is.
fn block(n: usize, share: f64, rng: &mut Rng) -> (usize, usize) {
    let length = ((share * n as f64) as usize).min(n - 1);
    let length = rng.below(length + 1);
    (rng.below(n - length + 1), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Augment =
        Augment { bands: 0, jitter: 0.1, scale: 0.1, shift: 0.1, warp: 0.3, crop: 0.2, mask_time: 0.2, mask_channels: 0.5, symbols: 0.5 };

    #[test]
    fn nothing_is_changed_by_nothing_and_a_seed_settles_the_rest() {
        let first: Vec<f32> = (0..60).map(|i| i as f32).collect();
        let draw = |augment: Augment, seed| {
            let mut values = first.clone();
            augment.numbers(&mut values, 3, &mut Rng::new(seed, 0));
            values
        };
        assert_eq!(draw(Augment::default(), 1), first);
        assert_eq!(draw(ALL, 1), draw(ALL, 1));
        assert_ne!(draw(ALL, 1), draw(ALL, 2));
        for seed in 0..200 {
            let values = draw(ALL, seed);
            assert!(values.len() % 3 == 0 && values.len() >= 48 && values.iter().all(|v| v.is_finite()), "{seed}: {}", values.len());
        }
    }

    #[test]
    fn a_warp_moves_along_the_line() {
        let mut values: Vec<f32> = (0..50).map(|i| i as f32).collect();
        Augment { warp: 0.5, ..Augment::default() }.numbers(&mut values, 1, &mut Rng::new(3, 0));
        assert!(values.is_sorted() && values.len() == 50);
        assert!(values[0].abs() < 1e-3 && (values[49] - 49.0).abs() < 1e-3, "{values:?}");
        assert!(values.iter().enumerate().any(|(i, v)| (v - i as f32).abs() > 0.5), "{values:?}");
    }

    #[test]
    fn masks_hide_stripes_of_time_and_the_same_bands_in_every_group() {
        const ROWS: usize = 30;
        const BANDS: usize = 8;
        let masks = Augment { mask_time: 0.2, mask_channels: 0.4, bands: BANDS, ..Augment::default() };
        let mut most = (0, 0);
        for seed in 0..50 {
            let mut values = vec![1.0_f32; ROWS * 2 * BANDS];
            masks.numbers(&mut values, 2 * BANDS, &mut Rng::new(seed, 0));
            let rows: Vec<&[f32]> = values.chunks_exact(2 * BANDS).collect();
            let dark = rows.iter().filter(|row| row.iter().all(|v| *v == 0.0)).count();
            let light = rows.iter().find(|row| row.contains(&1.0)).expect("a row is left");
            assert_eq!(light[..BANDS], light[BANDS..], "seed {seed}");
            let off = light[..BANDS].iter().filter(|v| **v == 0.0).count();
            most = (most.0.max(dark), most.1.max(off));
        }
        assert_eq!(most, (6, 3));
        assert!(masks.is_on() && !Augment { bands: BANDS, ..Augment::default() }.is_on());
    }

    #[test]
    fn short_items_survive() {
        for rows in 1..4 {
            let mut values = vec![1.0; rows];
            ALL.numbers(&mut values, 1, &mut Rng::new(1, 0));
            assert!(!values.is_empty());
        }
        let mut symbols = vec![1; 400];
        ALL.symbols(&mut symbols, 9, &mut Rng::new(1, 0));
        assert!((100..300).contains(&symbols.iter().filter(|s| **s == 9).count()));
    }
}
