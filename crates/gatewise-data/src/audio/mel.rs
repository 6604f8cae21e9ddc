//! Bands of the mel scale (Slaney 1998) and the cosine transform over them.

use std::f64::consts::PI;

/// Below this the scale is linear.
const BREAK_HZ: f64 = 1000.0;
/// Hz of a mel below the break.
const LINEAR_HZ: f64 = 200.0 / 3.0;
/// Mels between the break and 6.4 times its frequency.
const LOG_MELS: f64 = 27.0;
const LOG_RATIO: f64 = 6.4;

fn to_mel(hz: f64) -> f64 {
    if hz < BREAK_HZ { hz / LINEAR_HZ } else { BREAK_HZ / LINEAR_HZ + (hz / BREAK_HZ).ln() * LOG_MELS / LOG_RATIO.ln() }
}

fn to_hz(mel: f64) -> f64 {
    let at_break = BREAK_HZ / LINEAR_HZ;
    if mel < at_break { mel * LINEAR_HZ } else { BREAK_HZ * ((mel - at_break) * LOG_RATIO.ln() / LOG_MELS).exp() }
}

/// Triangles over the bins of a spectrum, each of area 1 in Hz.
#[derive(Clone, Debug)]
pub(super) struct Bands {
    /// The first bin under each triangle, and the weights from there on.
    bands: Vec<(usize, Vec<f64>)>,
}

impl Bands {
    /// `count` bands from `low` to `high` Hz over the bins 0 … `size` / 2 of a transform of `size` samples.
    pub fn new(rate: u32, size: usize, count: usize, low: f64, high: f64) -> Self {
        let (first, last) = (to_mel(low), to_mel(high));
        let edge = |k: usize| to_hz(first + (last - first) * k as f64 / (count + 1) as f64);
        let bin_hz = f64::from(rate) / size as f64;
        let bands = (0..count)
            .map(|band| {
                let [left, peak, right] = [edge(band), edge(band + 1), edge(band + 2)];
                let height = 2.0 / (right - left);
                let weight = |bin: usize| {
                    let hz = bin as f64 * bin_hz;
                    height * ((hz - left) / (peak - left)).min((right - hz) / (right - peak)).max(0.0)
                };
                let under: Vec<usize> = (0..=size / 2).filter(|&bin| weight(bin) > 0.0).collect();
                (under.first().copied().unwrap_or(0), under.iter().map(|&bin| weight(bin)).collect())
            })
            .collect();
        Self { bands }
    }

    /// The energy in each band of a power spectrum.
    pub fn apply<'a>(&'a self, power: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.bands.iter().map(|(start, weights)| weights.iter().zip(&power[*start..]).map(|(w, p)| w * p).sum())
    }
}

/// Rows of the orthonormal cosine transform of the second kind: (`count`, `size`).
pub(super) fn cosines(count: usize, size: usize) -> Vec<f64> {
    let n = size as f64;
    (0..count)
        .flat_map(|k| {
            let scale = if k == 0 { (1.0 / n).sqrt() } else { (2.0 / n).sqrt() };
            (0..size).map(move |m| scale * (PI * k as f64 * (m as f64 + 0.5) / n).cos())
        })
        .collect()
}
