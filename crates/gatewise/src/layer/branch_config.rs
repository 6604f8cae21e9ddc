//! The convolutions beside the recurrent stack, as they stand in configuration and model files.

use serde::{Deserialize, Serialize};

use super::config::MAX_SIZE;
use crate::error::ModelError;

/// Taps of the three convolutions of a fully convolutional network (Wang 2017).
const TAPS: [usize; 3] = [8, 5, 3];

/// Most convolutions, and most taps of one.
const MAX_BLOCKS: usize = 24;
const MAX_TAPS: usize = 1 << 12;

/// Convolutions over time, each normalised and followed by max(0, ·); the head reads the mean of the last one's filters over a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchConfig {
    /// From the features of a step on.
    pub blocks: Vec<BranchBlock>,
}

/// One convolution of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchBlock {
    /// Filters O.
    pub filters: usize,
    /// Steps K that a filter sees.
    pub taps: usize,
}

impl BranchConfig {
    /// Three convolutions of 8, 5 and 3 taps with `filters`, twice as many and `filters` filters (LSTM-FCN, Karim 2018, which has 128).
    pub fn fcn(filters: usize) -> Self {
        let filters = [filters, filters.saturating_mul(2), filters];
        Self { blocks: filters.into_iter().zip(TAPS).map(|(filters, taps)| BranchBlock { filters, taps }).collect() }
    }

    /// Values that the head reads: filters of the last convolution.
    pub fn outputs(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.filters)
    }

    /// Checks that it can be built.
    pub(crate) fn check(&self) -> Result<(), ModelError> {
        let count = ("number of branch.blocks", self.blocks.len(), MAX_BLOCKS);
        let blocks = self.blocks.iter().flat_map(|b| [("branch.filters", b.filters, MAX_SIZE), ("branch.taps", b.taps, MAX_TAPS)]);
        for (field, value, max) in std::iter::once(count).chain(blocks) {
            if !(1..=max).contains(&value) {
                return Err(ModelError::Size { field, value, max });
            }
        }
        Ok(())
    }

    /// Number of parameters over `input` features.
    pub(crate) fn parameters(&self, input: usize) -> u128 {
        let wide = |n: usize| n as u128;
        let (mut channels, mut sum) = (input, 0);
        for &BranchBlock { filters, taps } in &self.blocks {
            sum += wide(filters) * (wide(taps) * wide(channels) + 3);
            channels = filters;
        }
        sum
    }
}
