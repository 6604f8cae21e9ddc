//! The encoder of pictures, as it stands in configuration and model files.

use serde::{Deserialize, Serialize};

use super::config::MAX_SIZE;
use super::conv::Plane;
use crate::error::ModelError;

/// Convolutions of 3 × 3 taps and stride 2, each followed by max(0, ·), then a pool and a dense layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderConfig {
    /// Channels C of a picture; `input` is C · height · width, channel after channel, row after row.
    pub channels: usize,
    /// Rows of a picture.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Filters of each convolution, from the picture on; each halves the sides.
    pub filters: Vec<usize>,
    /// How the last convolution's output becomes a row.
    #[serde(default)]
    pub pool: EncoderPool,
    /// Values E that the recurrent stack reads of a step.
    pub outputs: usize,
}

/// How the output of convolutions becomes a row for the dense layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EncoderPool {
    /// Every value: where something is counts.
    Flatten,
    /// The mean of each filter: what is there counts, wherever it is.
    Mean,
    /// The mean of each filter, then its largest value: so does the place where it is strongest, however small.
    #[default]
    MeanMax,
}

/// Most convolutions: a picture of the largest side is then a single pixel.
const MAX_CONVOLUTIONS: usize = 24;

impl EncoderConfig {
    /// The picture.
    pub fn plane(&self) -> Plane {
        Plane { channels: self.channels, height: self.height, width: self.width }
    }

    /// What the pool reads.
    fn last(&self) -> Plane {
        self.filters.iter().fold(self.plane(), |plane, &filters| plane.convolved(filters))
    }

    /// Inputs of the dense layer.
    pub fn pooled(&self) -> usize {
        match self.pool {
            EncoderPool::Flatten => self.last().len(),
            EncoderPool::Mean => self.last().channels,
            EncoderPool::MeanMax => 2 * self.last().channels,
        }
    }

    /// Checks that an encoder of these sizes can be built for `input` features.
    pub(crate) fn check(&self, input: usize) -> Result<(), ModelError> {
        let sizes = [
            ("encoder.channels", self.channels),
            ("encoder.height", self.height),
            ("encoder.width", self.width),
            ("encoder.outputs", self.outputs),
        ];
        let filters = self.filters.iter().map(|&filters| ("encoder.filters", filters));
        for (field, value) in sizes.into_iter().chain(filters) {
            if !(1..=MAX_SIZE).contains(&value) {
                return Err(ModelError::Size { field, value, max: MAX_SIZE });
            }
        }
        if self.filters.len() > MAX_CONVOLUTIONS {
            return Err(ModelError::Size { field: "number of encoder.filters", value: self.filters.len(), max: MAX_CONVOLUTIONS });
        }
        let pixels = self.channels.checked_mul(self.height).and_then(|n| n.checked_mul(self.width));
        if pixels != Some(input) {
            return Err(ModelError::Encoder { channels: self.channels, height: self.height, width: self.width, input });
        }
        Ok(())
    }

    /// Number of parameters.
    pub(crate) fn parameters(&self) -> u128 {
        /// Taps of a filter and channel.
        const AREA: u128 = 9;
        let wide = |n: usize| n as u128;
        let (mut channels, mut sum) = (self.channels, 0);
        for &filters in &self.filters {
            sum += wide(filters) * (AREA * wide(channels) + 1);
            channels = filters;
        }
        sum + wide(self.outputs) * (wide(self.pooled()) + 1)
    }

    /// Numbers that training keeps of a picture: every plane with its gradient, and what goes in and out of the dense layer.
    pub(crate) fn kept(&self) -> usize {
        let mut plane = self.plane();
        let mut sum = plane.len();
        for &filters in &self.filters {
            plane = plane.convolved(filters);
            sum += plane.len();
        }
        2 * (sum + self.pooled() + self.outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_the_strides_and_mismatches_are_refused() {
        let config = EncoderConfig { channels: 2, height: 7, width: 10, filters: vec![4, 6], pool: EncoderPool::Flatten, outputs: 5 };
        assert_eq!(config.last(), Plane { channels: 6, height: 2, width: 3 });
        assert_eq!(config.parameters(), 4 * 19 + 6 * 37 + 5 * 37);
        config.check(140).unwrap();
        let bad = [
            (141, config.clone()),
            (140, EncoderConfig { filters: vec![4, 0], ..config.clone() }),
            (140, EncoderConfig { filters: vec![1; 25], ..config.clone() }),
            (140, EncoderConfig { outputs: 0, ..config.clone() }),
            (140, EncoderConfig { height: usize::MAX, ..config.clone() }),
        ];
        for (input, config) in bad {
            assert!(config.check(input).is_err(), "{config:?}");
        }
        assert_eq!(EncoderConfig { pool: EncoderPool::Mean, ..config.clone() }.pooled(), 6);
        assert_eq!(EncoderConfig { pool: EncoderPool::MeanMax, ..config }.pooled(), 12);
    }
}
