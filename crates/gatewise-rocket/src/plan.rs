//! Which convolutions there are: their dilations, the features of each, and the channels they read.

use serde::{Deserialize, Serialize};

use crate::convolve::{KERNELS, TAPS};

/// Dilations of a convolution at most.
const MOST_DILATIONS: usize = 32;

/// Channels that a convolution reads at most.
const MOST_CHANNELS: usize = 9;

/// The convolutions of a transform, in the order of its features: by dilation, then by kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Channels C of a series.
    pub channels: usize,
    /// Steps between neighbouring taps, rising: (D).
    pub dilations: Vec<usize>,
    /// Features of each kernel at each dilation: (D).
    pub counts: Vec<usize>,
    /// The channels that each convolution sums over: (D · 84); empty of a single channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<Vec<usize>>,
}

impl Plan {
    /// Plans about `features` for series of `channels` and up to `length` steps: dilations grow by powers up to the longest whose nine taps
    /// fit. `draw` gives numbers in [0, 1), by which channels are chosen.
    pub fn new(channels: usize, length: usize, features: usize, draw: &mut dyn FnMut() -> f64) -> Self {
        let each = (features / KERNELS).max(1);
        let most = each.min(MOST_DILATIONS);
        let reach = (length.saturating_sub(1) as f64 / (TAPS - 1) as f64).max(1.0).log2();
        let (mut dilations, mut counts): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        for k in 0..most {
            let exponent = if most == 1 { 0.0 } else { reach * k as f64 / (most - 1) as f64 };
            // A power that should be whole may lie a rounding below it.
            let dilation = (exponent.exp2() + 1e-9) as usize;
            if dilations.last() == Some(&dilation) {
                *counts.last_mut().expect("as many counts as dilations") += 1;
            } else {
                dilations.push(dilation);
                counts.push(1);
            }
        }
        let times = each as f64 / most as f64;
        counts.iter_mut().for_each(|count| *count = (*count as f64 * times) as usize);
        let left = each - counts.iter().sum::<usize>();
        let places = counts.len();
        (0..left).for_each(|k| counts[k % places] += 1);
        let reads = if channels == 1 { Vec::new() } else { (0..dilations.len() * KERNELS).map(|_| choose(channels, draw)).collect() };
        Self { channels, dilations, counts, reads }
    }

    /// Features F of a series.
    pub fn features(&self) -> usize {
        KERNELS * self.counts.iter().sum::<usize>()
    }

    /// Whether the parts fit each other, as they may not in a damaged file.
    pub fn is_sound(&self) -> bool {
        let reads = if self.channels == 1 { 0 } else { self.dilations.len() * KERNELS };
        let within = |read: &Vec<usize>| !read.is_empty() && read.iter().all(|&c| c < self.channels);
        self.channels > 0
            && !self.dilations.is_empty()
            && self.dilations.len() == self.counts.len()
            && self.dilations.iter().all(|&d| (1..1 << 40).contains(&d))
            && self.counts.iter().all(|&n| n < 1 << 20)
            && self.reads.len() == reads
            && self.reads.iter().all(within)
    }
}

/// Some of the channels without repetition: few more often than many.
fn choose(channels: usize, draw: &mut dyn FnMut() -> f64) -> Vec<usize> {
    let most = channels.min(MOST_CHANNELS);
    let count = ((draw() * (most as f64 + 1.0).log2()).exp2() as usize).clamp(1, most);
    let mut all: Vec<usize> = (0..channels).collect();
    for k in 0..count {
        let other = k + ((draw() * (channels - k) as f64) as usize).min(channels - k - 1);
        all.swap(k, other);
    }
    all.truncate(count);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws() -> impl FnMut() -> f64 {
        let mut state = 0.0;
        move || {
            state = (state + 0.618_033_988_75_f64) % 1.0;
            state
        }
    }

    #[test]
    fn dilations_reach_as_far_as_series_do() {
        let plan = Plan::new(1, 150, 10_000, &mut draws());
        assert_eq!(plan.dilations, (1..=18).filter(|d| plan.dilations.contains(d)).collect::<Vec<_>>());
        assert_eq!((plan.dilations[0], *plan.dilations.last().unwrap()), (1, 18));
        assert_eq!((plan.features(), plan.counts.iter().sum::<usize>()), (9996, 119));
        assert!(plan.reads.is_empty() && plan.is_sound());
        for length in [1, 8, 9, 16] {
            assert_eq!(Plan::new(1, length, 10_000, &mut draws()).dilations, [1], "{length}");
        }
        let few = Plan::new(1, 150, 10, &mut draws());
        assert_eq!((few.features(), &few.dilations[..]), (84, &[1][..]));
    }

    #[test]
    fn convolutions_read_distinct_channels() {
        let plan = Plan::new(12, 40, 500, &mut draws());
        assert!(plan.is_sound());
        let mut sizes: Vec<usize> = plan.reads.iter().map(Vec::len).collect();
        for read in &plan.reads {
            let mut sorted = read.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), read.len());
        }
        sizes.sort_unstable();
        assert_eq!((sizes[0], sizes[sizes.len() - 1]), (1, 9));
        let wrong = Plan { reads: vec![vec![12]; plan.reads.len()], ..plan };
        assert!(!wrong.is_sound());
    }
}
