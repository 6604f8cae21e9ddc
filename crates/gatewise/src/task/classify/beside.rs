//! The network and a simple method as one answer.

use gatewise_kernels::Cpu;

use super::config::ClassifyConfig;
use super::item::Item;
use super::predict::{Classifier, Voice};
use super::simple::SimpleMethod;
use crate::task::forecast::Combine;

/// Shares of the network that are tried.
const SHARES: usize = 11;

/// How much more a share of `s` is expected beforehand than one of 1, as exp([`LEANING`] · (1 − s)): the network's epoch and temperature were
/// picked on the items that judge, which flatters it more than a temperature alone, and the simple method needs fewer items to learn from.
const LEANING: f64 = 3.0;

/// Probabilities below this count as this: a single wrong answer is not to decide alone.
const LEAST: f64 = 0.02;

/// A simple method beside a network, and what either counts for.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// What answers beside the network.
    pub simple: SimpleMethod,
    /// Share of the network's probabilities in the answer, from 0 to 1; the simple method's is the rest.
    pub network: f64,
}

impl Beside {
    /// Learns the simple method from the items `train`, lets it and the network answer for the items `valid`, which neither has learned from,
    /// and settles what each counts for. None where the network answers alone.
    pub fn learn(
        cpu: &Cpu,
        classifier: &mut Classifier,
        items: &[Item],
        (train, valid): (&[usize], &[usize]),
        combine: Combine,
        seed: u64,
    ) -> Option<Self> {
        if combine == Combine::Network {
            return None;
        }
        let config = classifier.config().clone();
        let mut simple = SimpleMethod::fit(cpu, &config, items, train, seed)?;
        let judged: Vec<usize> = valid.iter().copied().filter(|&k| items[k].target.class().is_some()).collect();
        let truth: Vec<usize> = judged.iter().filter_map(|&k| items[k].target.class()).collect();
        let mut network = Vec::new();
        classifier.predict_by(cpu, Voice::Network, items, &judged, &mut |opinion| network.extend_from_slice(&opinion.values));
        simple.calibrate(items, &judged);
        let other = simple.probabilities(cpu, &config, items, &judged);
        Some(Self { simple, network: share(combine, &network, &other, &truth) })
    }

    /// The same shares with the simple method learned anew, from the items `chosen`.
    pub fn refit(&self, cpu: &Cpu, config: &ClassifyConfig, items: &[Item], chosen: &[usize], seed: u64) -> Option<Self> {
        Some(Self { simple: self.simple.refit(cpu, config, items, chosen, seed)?, network: self.network })
    }

    /// Both probabilities as one.
    pub(super) fn mix(&self, network: &mut [f32], simple: &[f32]) {
        for (own, other) in network.iter_mut().zip(simple) {
            *own = (self.network * f64::from(*own) + (1.0 - self.network) * f64::from(*other)) as f32;
        }
    }
}

/// The network's share. `network`, `simple`: (N, K) probabilities; `truth`: (N) classes.
///
/// By [`Combine::Auto`] the mean of all shares, weighted by how probable each makes the truth; by [`Combine::Best`] all or nothing, by accuracy,
/// then likelihood, the simple method where both are alike.
pub fn share(combine: Combine, network: &[f32], simple: &[f32], truth: &[usize]) -> f64 {
    let width = network.len() / truth.len().max(1);
    let of = |all: &[f32], k: usize| f64::from(all[k * width + truth[k]]).max(LEAST);
    let likelihood = |share: f64| (0..truth.len()).map(|k| (share * of(network, k) + (1.0 - share) * of(simple, k)).ln()).sum::<f64>();
    match combine {
        Combine::Network => 1.0,
        Combine::Best => {
            let hits = |all: &[f32]| all.chunks_exact(width.max(1)).zip(truth).filter(|(row, class)| best(row) == **class).count();
            let better = hits(network).cmp(&hits(simple)).then(likelihood(1.0).total_cmp(&likelihood(0.0)));
            f64::from(u8::from(better.is_gt()))
        }
        Combine::Auto => {
            let shares = (0..SHARES).map(|k| k as f64 / (SHARES - 1) as f64);
            let logs: Vec<(f64, f64)> = shares.map(|s| (s, likelihood(s) + LEANING * (1.0 - s))).collect();
            let top = logs.iter().map(|(_, log)| *log).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = logs.iter().map(|(_, log)| (log - top).exp()).sum();
            logs.iter().map(|(s, log)| s * (log - top).exp()).sum::<f64>() / sum
        }
    }
}

fn best(row: &[f32]) -> usize {
    row.iter().enumerate().fold(0, |top, (k, p)| if *p > row[top] { k } else { top })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(right: f32, wrong: usize, count: usize) -> Vec<f32> {
        (0..count).flat_map(|k| if k < wrong { [1.0 - right, right] } else { [right, 1.0 - right] }).collect()
    }

    #[test]
    fn the_share_follows_the_held_back_items() {
        let truth = [0; 40];
        let (good, bad) = (rows(0.9, 1, 40), rows(0.9, 12, 40));
        let toward = share(Combine::Auto, &good, &bad, &truth);
        let away = share(Combine::Auto, &bad, &good, &truth);
        assert!(toward > 0.8 && away < 0.1, "{toward} {away}");
        assert_eq!((share(Combine::Best, &good, &bad, &truth), share(Combine::Best, &bad, &good, &truth)), (1.0, 0.0));
        assert_eq!(share(Combine::Best, &good, &good, &truth), 0.0, "alike: the simple one");
        assert_eq!(share(Combine::Network, &bad, &good, &truth), 1.0);
    }

    #[test]
    fn without_items_what_is_expected_beforehand_counts() {
        let none = share(Combine::Auto, &[], &[], &[]);
        assert!((0.1..0.4).contains(&none), "{none}");
        assert_eq!(share(Combine::Best, &[], &[], &[]), 0.0);
    }
}
