//! How rare a magnitude is, from those seen before: peaks over a threshold (Siffer et al. 2017) on a histogram of fixed size.

use serde::{Deserialize, Serialize};

/// Bins of an octave, of equal width: neighbours differ by 7 to 12 %.
const BINS_PER_OCTAVE: u32 = 8;
/// The first bin starts at 2^-40; everything below is in it.
const LOWEST_OCTAVE: i64 = -40;
/// Bins: octaves -40 to 88, beyond the range of differences between values that anybody measures.
const BINS: usize = 128 * BINS_PER_OCTAVE as usize;
/// Magnitudes seen before anything is said.
const FIRST: u64 = 32;
/// Excesses that the prior mean counts as, and that mean as a share of the threshold: with few peaks, a value a third above the
/// threshold is no surprise.
const PRIOR_COUNT: f64 = 5.0;
const PRIOR_SHARE: f64 = 0.3;
/// Heaviest tail: beyond ξ = 1/2 a generalised Pareto distribution has no variance to estimate it from.
const MAX_SHAPE: f64 = 0.5;
/// Peaks that the shape is estimated from at least, and with which it counts half.
const SHAPE_COUNT: f64 = 10.0;
/// Most evidence: a tail fitted to tens of peaks says nothing of one in a million.
pub(super) const MOST: f64 = 6.0;

/// The distribution of a stream of magnitudes, zero or above, of any unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tail {
    /// Share of magnitudes below the threshold.
    level: f64,
    /// Mean excess that is no surprise whatever the threshold, in the stream's unit.
    least: f64,
    counts: Vec<u32>,
    total: u64,
    next_fit: u64,
    threshold: f64,
    /// Scale σ and shape ξ of the excesses.
    scale: f64,
    shape: f64,
    /// Probability of exceeding the threshold.
    rest: f64,
}

impl Tail {
    /// An empty one. `level`: the share of magnitudes that are no peaks; `least`: a mean excess that is no surprise, 0 where the unit is unknown.
    pub fn new(level: f64, least: f64) -> Self {
        let rest = 1.0 - level;
        Self { level, least, counts: vec![0; BINS], total: 0, next_fit: FIRST, threshold: f64::MAX, scale: 1.0, shape: 0.0, rest }
    }

    /// −log₁₀ of the probability of a magnitude at least this large, at most 6; 0 until enough have been seen. Below the threshold, a straight
    /// line to it.
    pub fn evidence(&self, magnitude: f64) -> f64 {
        if self.total < FIRST {
            return 0.0;
        }
        let excess = magnitude - self.threshold;
        if excess <= 0.0 {
            let share = if self.threshold > 0.0 { magnitude / self.threshold } else { 0.0 };
            return -(1.0 - (1.0 - self.rest) * share).log10();
        }
        let z = excess / self.scale;
        let log = if self.shape > 0.0 { (self.shape * z).ln_1p() / self.shape } else { z };
        (log / std::f64::consts::LN_10 - self.rest.log10()).min(MOST)
    }

    /// The magnitude whose probability of being exceeded is `rate`; the largest number until enough have been seen.
    pub fn quantile(&self, rate: f64) -> f64 {
        if self.total < FIRST || rate >= self.rest {
            return self.threshold;
        }
        let log = (self.rest / rate).ln();
        let z = if self.shape > 0.0 { ((self.shape * log).exp() - 1.0) / self.shape } else { log };
        self.threshold + self.scale * z
    }

    /// Takes a magnitude in.
    pub fn push(&mut self, magnitude: f64) {
        let count = &mut self.counts[bin(magnitude)];
        *count = count.saturating_add(1);
        self.total += 1;
        if self.total >= self.next_fit {
            self.fit();
            self.next_fit = self.total + (self.total / 16).clamp(8, 1024);
        }
    }

    /// Magnitudes taken in.
    pub(super) fn seen(&self) -> u64 {
        self.total
    }

    /// Whether a saved state can be gone on from.
    pub(super) fn is_sound(&self) -> bool {
        let positive = [self.scale, self.rest].iter().all(|v| v.is_finite() && *v > 0.0);
        self.counts.len() == BINS && positive && (0.0..1.0).contains(&self.level) && self.threshold >= 0.0 && self.shape.is_finite()
    }

    /// Finds the threshold, and the distribution of the excesses by their moments (Hosking and Wallis 1987).
    fn fit(&mut self) {
        let most = ((1.0 - self.level) * self.total as f64) as u64;
        let (mut first, mut peaks) = (BINS, 0);
        while first > 1 && peaks + u64::from(self.counts[first - 1]) <= most {
            first -= 1;
            peaks += u64::from(self.counts[first]);
        }
        self.threshold = if first > 1 { edge(first as f64) } else { 0.0 };
        let (mut sum, mut squares) = (0.0, 0.0);
        for (bin, &count) in self.counts.iter().enumerate().skip(first) {
            let excess = edge(bin as f64 + 0.5) - self.threshold;
            sum += f64::from(count) * excess;
            squares += f64::from(count) * excess * excess;
        }
        let peaks = peaks as f64;
        let mean = (sum + PRIOR_COUNT * (PRIOR_SHARE * self.threshold + self.least)) / (peaks + PRIOR_COUNT);
        self.shape = if peaks >= SHAPE_COUNT / 2.0 {
            let own = sum / peaks;
            let variance = squares / peaks - own * own;
            let moments = if variance > 0.0 { 0.5 * (1.0 - own * own / variance) } else { 0.0 };
            moments.clamp(0.0, MAX_SHAPE) * peaks / (peaks + SHAPE_COUNT)
        } else {
            0.0
        };
        self.scale = (mean * (1.0 - self.shape)).max(f64::MIN_POSITIVE);
        self.rest = (peaks + 1.0) / (self.total as f64 + 1.0);
    }
}

/// The bin of a magnitude: its octave from the exponent's bits, its place there from the first bits of the mantissa.
fn bin(magnitude: f64) -> usize {
    const MANTISSA: u32 = f64::MANTISSA_DIGITS - 1;
    const BIAS: i64 = f64::MAX_EXP as i64 - 1;
    let places = magnitude.abs().to_bits() >> (MANTISSA - BINS_PER_OCTAVE.trailing_zeros());
    let first = (BIAS + LOWEST_OCTAVE) * BINS_PER_OCTAVE as i64;
    (places as i64 - first).clamp(0, BINS as i64 - 1) as usize
}

/// Where a bin starts.
fn edge(bin: f64) -> f64 {
    let octave = (bin / f64::from(BINS_PER_OCTAVE)).floor();
    (octave + LOWEST_OCTAVE as f64).exp2() * (1.0 + bin / f64::from(BINS_PER_OCTAVE) - octave)
}

/// Whether the `times`-th odd thing among `seen` is left out of what is learned, for what was odd once is no less odd the next time: the first is,
/// and one more for every `each` seen. With more of them, they are ordinary.
pub(super) fn is_left_out(times: u64, seen: u64, each: u64) -> bool {
    times <= 1 + seen / each
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    fn filled(n: usize, draw: impl Fn(&mut Rng) -> f64) -> Tail {
        let (mut tail, mut rng) = (Tail::new(0.98, 0.0), Rng::new(1, 0));
        for _ in 0..n {
            tail.push(draw(&mut rng));
        }
        tail
    }

    #[test]
    fn exponential_and_heavy_tails_are_extrapolated() {
        let exponential = filled(100_000, |rng| -(1.0 - rng.unit()).ln());
        let pareto = filled(100_000, |rng| (1.0 - rng.unit()).powf(-0.3));
        for (name, tail, value, expected) in
            [("exponential", &exponential, 11.5, 5.0), ("exponential", &exponential, 6.9, 3.0), ("Pareto", &pareto, 15.85, 4.0)]
        {
            let got = tail.evidence(value);
            assert!((got - expected).abs() < 0.15 * expected, "{name} at {value}: got {got}, expected {expected}");
            let back = tail.quantile(10_f64.powf(-got));
            assert!((back - value).abs() < 1e-6 * value, "{name}: {value} came back as {back}");
        }
    }

    #[test]
    fn a_magnitude_lies_in_its_bin() {
        for magnitude in [1e-9, 0.37, 1.0, 1.124, 1.126, 7.99, 8.0, 1e12] {
            let bin = bin(magnitude) as f64;
            assert!(edge(bin) <= magnitude && magnitude < edge(bin + 1.0), "{magnitude}: {bin}");
        }
        assert_eq!((bin(0.0), bin(f64::MAX)), (0, BINS - 1));
    }

    #[test]
    fn nothing_is_rare_before_enough_was_seen() {
        let mut tail = Tail::new(0.98, 0.0);
        assert_eq!(tail.evidence(1e9), 0.0);
        assert_eq!(tail.quantile(1e-4), f64::MAX);
        (0..FIRST).for_each(|_| tail.push(1.0));
        assert!(tail.evidence(1e9) > 3.0);
    }

    #[test]
    fn any_magnitude_gives_a_finite_number() {
        for value in [0.0, f64::MIN_POSITIVE, 1e300, f64::MAX] {
            let tail = filled(100, |_| value);
            for asked in [0.0, 1.0, 1e300, f64::MAX] {
                let got = tail.evidence(asked);
                assert!((0.0..=MOST).contains(&got), "{value} {asked}: {got}");
            }
        }
    }
}
