//! How the training of a comparison runs: lengths, steps, learning rate; the same for every network.

use serde::{Deserialize, Serialize};

use crate::optim::OptimizerConfig;

/// The course of a training. Distances grow along it (Elman 1993; Bengio 2009), from a few steps to the longest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// Optimiser steps.
    pub steps: u64,
    /// Sequences of a step.
    pub batch: usize,
    /// What takes the steps.
    pub optimizer: OptimizerConfig,
    /// Learning rate at the start; it falls to zero along half a cosine in the last part of the course.
    pub lr: f64,
    /// Largest gradient norm.
    pub clip_norm: f64,
    /// Hidden units of the LSTM; the others get as many as its number of parameters allows.
    pub hidden: usize,
    /// Share of the steps after which the longest distance is reached; 0 draws from all distances at once.
    pub growth: f64,
    /// Longest distance of the first step.
    pub first: usize,
}

/// Share of the course over which the learning rate falls.
const COOLING: f64 = 0.25;

impl Course {
    /// The longest distance that step `step` draws, on a course whose longest is `longest`: geometric growth.
    pub fn reach(&self, step: u64, longest: usize) -> usize {
        if longest == 0 {
            return 0;
        }
        let first = self.first.clamp(1, longest.max(1)) as f64;
        let along = if self.growth > 0.0 { (step as f64 / (self.growth * self.steps as f64)).min(1.0) } else { 1.0 };
        (first * (longest.max(1) as f64 / first).powf(along)).round() as usize
    }

    /// The learning rate of step `step`.
    pub fn rate(&self, step: u64) -> f64 {
        let left = (self.steps - step.min(self.steps)) as f64 / self.steps as f64;
        let fall = (left / COOLING).min(1.0);
        self.lr * 0.5 * (1.0 - (std::f64::consts::PI * fall).cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_grow_to_the_longest_and_the_rate_falls_to_zero() {
        let optimizer = OptimizerConfig::adam();
        let course = Course { steps: 1000, batch: 32, optimizer, lr: 1e-3, clip_norm: 1.0, hidden: 64, growth: 0.5, first: 2 };
        assert_eq!([0, 250, 500, 999].map(|s| course.reach(s, 200)), [2, 20, 200, 200]);
        assert_eq!([course.reach(0, 1), course.reach(900, 0)], [1, 0]);
        assert_eq!(Course { growth: 0.0, ..course.clone() }.reach(0, 200), 200);
        assert_eq!([course.rate(0), course.rate(750), course.rate(1000)], [1e-3, 1e-3, 0.0]);
        assert!((course.rate(875) - 5e-4).abs() < 1e-12);
    }
}
