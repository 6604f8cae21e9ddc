//! The two comparisons at their usual sizes.

use super::course::Course;
use super::network::Net;
use super::run::Demo;
use crate::optim::OptimizerConfig;

/// Fresh sequences at each distance, a multiple of those examined together.
const EXAMINED: usize = 600;
/// Gaps at which memory is examined, below the one asked for.
const GAPS: [usize; 7] = [0, 2, 5, 10, 20, 50, 100];
/// Share of the steps over which a curriculum lets the gaps grow.
const CURRICULUM: f64 = 0.8;
/// Learning rate on memory.
const MEMORY_LR: f64 = 2e-3;

impl Demo {
    /// A word remembered over gaps up to `gap`. Every gap is drawn from the first step on, or with a `curriculum` the longest grows.
    pub fn memory(nets: &[Net], gap: usize, steps: usize, curriculum: bool, seed: u64) -> Self {
        let growth = if curriculum { CURRICULUM } else { 0.0 };
        let optimizer = OptimizerConfig::adam();
        let course = Course { steps: steps as u64, batch: 32, optimizer, lr: MEMORY_LR, clip_norm: 1.0, hidden: 64, growth, first: 1 };
        Self { nets: nets.to_vec(), course, taught: gap, distances: distances(&GAPS, gap), examined: EXAMINED, seed }
    }

    /// The same networks, taught on sentences without filler alone, and examined at the same distances: how long what was learned lasts.
    #[must_use]
    pub fn without_filler(&self) -> Self {
        let course = Course { growth: 0.0, ..self.course.clone() };
        Self { course, taught: 0, ..self.clone() }
    }

    /// Two of `length` numbers added. Six hundred steps cannot be learnt at once: lengths grow, for all networks alike.
    pub fn adding(nets: &[Net], length: usize, steps: usize, seed: u64) -> Self {
        let optimizer = OptimizerConfig::adam();
        let course = Course { steps: steps as u64, batch: 32, optimizer, lr: 5e-3, clip_norm: 1.0, hidden: 64, growth: 0.6, first: 10 };
        let distances = distances(&[length / 8, length / 4, length / 2].map(|d| d.max(2)), length.max(2));
        Self { nets: nets.to_vec(), course, taught: length.max(2), distances, examined: EXAMINED, seed }
    }

    /// The longest distance.
    pub fn longest(&self) -> usize {
        self.distances.last().copied().unwrap_or(0)
    }
}

/// Those of `usual` below `longest`, and `longest`.
fn distances(usual: &[usize], longest: usize) -> Vec<usize> {
    let mut all: Vec<usize> = usual.iter().copied().filter(|&d| d < longest).collect();
    all.push(longest);
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_rise_to_the_longest() {
        assert_eq!(Demo::memory(&Net::USUAL, 30, 10, false, 0).distances, [0, 2, 5, 10, 20, 30]);
        assert_eq!(Demo::adding(&Net::USUAL, 4, 10, 0).distances, [2, 4]);
        assert_eq!(Demo::adding(&Net::USUAL, 1, 10, 0).distances, [2]);
    }
}
