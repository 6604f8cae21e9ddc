//! Changes of a sound that leave its label as it is, so that training sees more than was recorded.
//!
//! `draw` is the caller's generator: uniform in [0, 1). Equal draws give equal bytes.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use super::decode::Clip;

/// Changes of the samples, drawn anew for each clip; zero leaves one out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augment {
    /// Most milliseconds that the clip is moved earlier or later; what falls off is lost, silence fills the rest.
    pub shift_ms: f64,
    /// Most decibels that it becomes louder or softer.
    pub gain_db: f64,
    /// Loudest white noise as a share of the clip's own root mean square.
    pub noise: f64,
}

impl Augment {
    /// Changes a clip in place; its length stays.
    pub fn apply(&self, clip: &mut Clip, draw: &mut impl FnMut() -> f64) {
        const MS: f64 = 1000.0;
        let mut either_side = |bound: f64| bound * (2.0 * draw() - 1.0);
        let shift = (either_side(self.shift_ms) * f64::from(clip.rate) / MS).round() as i64;
        let gain = 10_f64.powf(either_side(self.gain_db) / 20.0) as f32;
        let length = clip.samples.len();
        let lost = (shift.unsigned_abs() as usize).min(length);
        if shift > 0 {
            clip.samples.copy_within(..length - lost, lost);
            clip.samples[..lost].fill(0.0);
        } else {
            clip.samples.copy_within(lost.., 0);
            clip.samples[length - lost..].fill(0.0);
        }
        let level = draw() * self.noise * root_mean_square(&clip.samples);
        for x in &mut clip.samples {
            *x *= gain;
            if level > 0.0 {
                *x += gain * (level * normal(draw)) as f32;
            }
        }
    }
}

fn root_mean_square(samples: &[f32]) -> f64 {
    (samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / samples.len().max(1) as f64).sqrt()
}

/// Standard normal (Box and Muller 1958).
fn normal(draw: &mut impl FnMut() -> f64) -> f64 {
    // 1 − u is in (0, 1], where the logarithm is finite.
    let radius = (-2.0 * (1.0 - draw()).ln()).sqrt();
    radius * (TAU * draw()).cos()
}

/// Stripes of frames and of bands that training does not see (SpecAugment, Park 2019, without the time warp).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Masks {
    /// Stripes in time.
    pub time_masks: usize,
    /// Most frames of one.
    pub time_width: usize,
    /// Stripes in frequency.
    pub band_masks: usize,
    /// Most bands of one.
    pub band_width: usize,
}

/// No stripe in time hides more than this share of a clip: the bound p of the paper, without which short clips would vanish.
const MOST_HIDDEN: usize = 5;

impl Masks {
    /// Sets stripes of `values` (T, width) to zero, which is the mean of standardised features. A row is one or more groups of `bands`
    /// (features, then their derivatives); a stripe of bands hides the same ones in every group.
    ///
    /// # Panics
    /// If `width` is no multiple of `bands`.
    pub fn apply(&self, values: &mut [f32], width: usize, bands: usize, draw: &mut impl FnMut() -> f64) {
        assert!(bands > 0 && width.is_multiple_of(bands), "a row is groups of {bands}, not {width}");
        let steps = values.len() / width;
        let mut stripe = |most: usize, of: usize| {
            let length = below(draw, most.min(of) + 1);
            let start = below(draw, of - length + 1);
            start..start + length
        };
        for _ in 0..self.time_masks {
            let hidden = stripe(self.time_width.min(steps / MOST_HIDDEN), steps);
            values[hidden.start * width..hidden.end * width].fill(0.0);
        }
        for _ in 0..self.band_masks {
            let hidden = stripe(self.band_width, bands);
            for group in values.chunks_exact_mut(bands) {
                group[hidden.clone()].fill(0.0);
            }
        }
    }
}

/// A whole number in 0 .. n.
fn below(draw: &mut impl FnMut() -> f64, n: usize) -> usize {
    ((draw() * n as f64) as usize).min(n - 1)
}
