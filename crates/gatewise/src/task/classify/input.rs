//! From the numbers of an item to the features of the network's steps.

use serde::{Deserialize, Serialize};

use super::error::ClassifyError;
use super::item::{Item, Steps};
use crate::model::MAX_SIZE;

/// Where the level and spread of a channel come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalize {
    /// All training items together.
    #[default]
    Channel,
    /// Each item for itself: its shape counts, its level does not.
    Item,
    /// Nothing is changed.
    None,
}

/// How numbers are scaled and cut into steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// Where level and spread come from.
    pub normalize: Normalize,
    /// Mean of each channel: (C).
    pub center: Vec<f32>,
    /// Standard deviation of each channel, above zero: (C).
    pub spread: Vec<f32>,
    /// Standard deviation of each channel's change from step to step, after scaling; empty where changes are not read.
    #[serde(default)]
    pub change: Vec<f32>,
    /// Rows of an item that the network reads in one step.
    pub segment: usize,
}

/// How symbols are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SymbolInput {
    /// Symbols of the embedding. The last one stands for what is unknown, left out, or empty.
    pub symbols: usize,
}

impl SymbolInput {
    /// The symbol of what is unknown.
    pub fn blank(&self) -> u32 {
        self.symbols as u32 - 1
    }
}

impl Numbers {
    /// Finds the scales of `items` of `channels`.
    pub fn of<'a>(
        items: impl Iterator<Item = &'a Item> + Clone,
        channels: usize,
        normalize: Normalize,
        segment: usize,
        changes: bool,
    ) -> Self {
        let mut this = Self { normalize, center: vec![0.0; channels], spread: vec![1.0; channels], change: Vec::new(), segment };
        if normalize == Normalize::Channel {
            let rows = items.clone().flat_map(|item| rows(item, channels));
            let (center, spread) = moments(rows, channels);
            (this.center, this.spread) = (center, spread);
        }
        if changes {
            let mut scaled = Vec::new();
            let mut differences = Vec::new();
            for item in items {
                this.scale(item, &mut scaled);
                let (before, after) = (scaled.chunks_exact(channels), scaled.chunks_exact(channels).skip(1));
                differences.extend(before.zip(after).flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| b - a)));
            }
            this.change = moments(differences.chunks_exact(channels), channels).1;
        }
        this
    }

    /// Channels C of an item.
    pub fn channels(&self) -> usize {
        self.center.len()
    }

    /// Features of one step.
    pub fn width(&self) -> usize {
        self.segment * self.channels() * if self.change.is_empty() { 1 } else { 2 }
    }

    /// Steps of an item of `rows` rows.
    pub fn steps(&self, rows: usize) -> usize {
        rows.div_ceil(self.segment)
    }

    pub(super) fn check(&self, each_step: bool) -> Result<(), ClassifyError> {
        let channels = self.channels();
        if channels == 0 || self.spread.len() != channels || !(self.change.is_empty() || self.change.len() == channels) {
            return Err(ClassifyError::setting("numbers", "have a mean and a spread for each channel"));
        }
        let positive = self.spread.iter().chain(&self.change).all(|s| s.is_finite() && *s > 0.0);
        if !positive || self.center.iter().any(|c| !c.is_finite()) {
            return Err(ClassifyError::setting("numbers", "are scaled by finite means and spreads above 0"));
        }
        if self.segment.saturating_mul(2 * channels) > MAX_SIZE {
            return Err(ClassifyError::setting(
                "segment",
                format!("of {} rows of {channels} channels is more than a network reads", self.segment),
            ));
        }
        if self.segment == 0 || each_step && self.segment > 1 {
            return Err(ClassifyError::setting("segment", "is 1 where every step has a label, else 1 or more"));
        }
        Ok(())
    }

    /// An item's numbers, scaled: (T, C).
    pub(super) fn scale(&self, item: &Item, out: &mut Vec<f32>) {
        let Steps::Numbers(values) = &item.steps else { return out.clear() };
        out.clear();
        out.extend_from_slice(values);
        let channels = self.channels();
        let own;
        let (center, spread) = match self.normalize {
            Normalize::None => return,
            Normalize::Channel => (&self.center, &self.spread),
            Normalize::Item => {
                own = moments(values.chunks_exact(channels), channels);
                (&own.0, &own.1)
            }
        };
        for row in out.chunks_exact_mut(channels) {
            for ((value, center), spread) in row.iter_mut().zip(center).zip(spread) {
                *value = (*value - center) / spread;
            }
        }
    }

    /// Scaled numbers (T, C) as the network's steps, (steps, [`width`](Self::width)): segments of rows, the last one filled up with its last
    /// row, then their changes.
    pub(super) fn features(&self, scaled: &[f32], out: &mut Vec<f32>) {
        let channels = self.channels();
        let rows = scaled.len() / channels;
        let row = |t: usize| &scaled[t.min(rows - 1) * channels..][..channels];
        out.clear();
        for step in 0..self.steps(rows) {
            let span = step * self.segment..(step + 1) * self.segment;
            span.clone().for_each(|t| out.extend_from_slice(row(t)));
            if !self.change.is_empty() {
                for t in span {
                    let (now, before) = (row(t), row(t.saturating_sub(1)));
                    out.extend(now.iter().zip(before).zip(&self.change).map(|((now, before), spread)| (now - before) / spread));
                }
            }
        }
    }
}

fn rows(item: &Item, channels: usize) -> std::slice::ChunksExact<'_, f32> {
    match &item.steps {
        Steps::Numbers(values) => values.chunks_exact(channels),
        Steps::Symbols(_) => [].chunks_exact(channels),
    }
}

/// Mean and standard deviation of each channel; 1 for one that never changes.
fn moments<'a>(rows: impl Iterator<Item = &'a [f32]>, channels: usize) -> (Vec<f32>, Vec<f32>) {
    // Sums of values less the first row lose no digits where the level is high.
    let (mut count, mut first) = (0.0_f64, Vec::new());
    let (mut sum, mut square) = (vec![0.0_f64; channels], vec![0.0_f64; channels]);
    for row in rows {
        if first.is_empty() {
            first = row.iter().map(|&v| f64::from(v)).collect();
        }
        count += 1.0;
        for (k, &value) in row.iter().enumerate() {
            let value = f64::from(value) - first[k];
            sum[k] += value;
            square[k] += value * value;
        }
    }
    if count == 0.0 {
        return (vec![0.0; channels], vec![1.0; channels]);
    }
    let mean: Vec<f64> = sum.iter().map(|s| s / count).collect();
    let spread = square.iter().zip(&mean).map(|(square, mean)| {
        let std = (square / count - mean * mean).max(0.0).sqrt() as f32;
        if std > 0.0 && std.is_finite() { std } else { 1.0 }
    });
    let spread = spread.collect();
    (mean.iter().zip(&first).map(|(mean, first)| (mean + first) as f32).collect(), spread)
}

#[cfg(test)]
mod tests {
    use super::super::item::Target;
    use super::*;

    fn item(values: &[f32]) -> Item {
        Item { name: "a".into(), steps: Steps::Numbers(values.to_vec()), text: String::new(), target: Target::None }
    }

    #[test]
    fn channels_are_scaled_by_their_own_moments() {
        let items = [item(&[1000.0, 5.0, 1002.0, 5.0]), item(&[1004.0, 5.0])];
        let numbers = Numbers::of(items.iter(), 2, Normalize::Channel, 1, false);
        assert_eq!((numbers.center[0], numbers.center[1], numbers.spread[1]), (1002.0, 5.0, 1.0));
        assert!((numbers.spread[0] - (8.0_f32 / 3.0).sqrt()).abs() < 1e-6, "{:?}", numbers.spread);
        let mut out = Vec::new();
        numbers.scale(&items[1], &mut out);
        assert!((out[0] - 1.5_f32.sqrt()).abs() < 1e-6 && out[1] == 0.0, "{out:?}");
    }

    #[test]
    fn segments_are_filled_up_and_changes_follow_them() {
        let numbers = Numbers { normalize: Normalize::None, center: vec![0.0], spread: vec![1.0], change: vec![2.0], segment: 2 };
        let mut out = Vec::new();
        numbers.features(&[1.0, 3.0, 7.0], &mut out);
        // The row behind the end is the last one, and so no change.
        assert_eq!(out, [1.0, 3.0, 0.0, 1.0, 7.0, 7.0, 2.0, 0.0]);
    }
}
