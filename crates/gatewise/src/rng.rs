//! Random numbers from a seed, the same on every machine, with a state small enough for a checkpoint.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng};
use serde::{Deserialize, Serialize};

/// ChaCha with eight rounds (Bernstein 2008).
///
/// The draws are built here on its words, so that a dependency's choice of method cannot change what a seed gives.
#[derive(Clone, Debug)]
pub struct Rng {
    seed: u64,
    stream: u64,
    words: ChaCha8Rng,
}

/// Where a generator stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RngState {
    /// The seed it was made from.
    pub seed: u64,
    /// Which of the seed's independent streams.
    pub stream: u64,
    /// 32-bit words drawn so far.
    pub position: u64,
}

impl Rng {
    /// Stream `stream` of a seed. Streams of one seed are independent: one for the start, one for the order of items, one for dropout.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut words = ChaCha8Rng::from_seed(key);
        words.set_stream(stream);
        Self { seed, stream, words }
    }

    /// The generator that stands where `state` was taken.
    pub fn from_state(state: RngState) -> Self {
        let mut rng = Self::new(state.seed, state.stream);
        rng.words.set_word_pos(state.position.into());
        rng
    }

    /// Where it stands. A stream has more words than any run draws, so the position fits 64 bits.
    pub fn state(&self) -> RngState {
        RngState { seed: self.seed, stream: self.stream, position: self.words.get_word_pos() as u64 }
    }

    /// The generator that stands `words` 32-bit words further on.
    pub(crate) fn after(&self, words: u64) -> Self {
        let state = self.state();
        Self::from_state(RngState { position: state.position + words, ..state })
    }

    /// Uniform bytes.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.words.fill_bytes(bytes);
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        const BITS: u32 = f64::MANTISSA_DIGITS;
        (self.words.next_u64() >> (u64::BITS - BITS)) as f64 / (1_u64 << BITS) as f64
    }

    /// Uniform in [-bound, bound).
    pub fn uniform(&mut self, bound: f64) -> f64 {
        bound * (2.0 * self.unit() - 1.0)
    }

    /// Standard normal (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        // 1 − u is in (0, 1], where the logarithm is finite.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (TAU * self.unit()).cos()
    }

    /// Uniform in 0 .. n, each equally likely (Lemire 2019).
    ///
    /// # Panics
    /// If `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "a number below 0 does not exist");
        let n = n as u64;
        let biased = n.wrapping_neg() % n;
        loop {
            let product = u128::from(self.words.next_u64()) * u128::from(n);
            if product as u64 >= biased {
                return (product >> u64::BITS) as usize;
            }
        }
    }

    /// Puts the items in a random order, each order equally likely (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_continues_the_stream() {
        let mut rng = Rng::new(7, 2);
        rng.fill(&mut [0; 13]);
        let _ = (rng.unit(), rng.below(10), rng.normal());
        let mut again = Rng::from_state(rng.state());
        for _ in 0..1000 {
            assert_eq!(rng.unit().to_bits(), again.unit().to_bits());
        }
        assert_eq!(rng.state(), again.state());
    }

    #[test]
    fn seeds_and_streams_differ() {
        let first = |seed, stream| Rng::new(seed, stream).unit();
        assert_ne!(first(1, 0), first(2, 0));
        assert_ne!(first(1, 0), first(1, 1));
    }

    #[test]
    fn draws_have_their_moments() {
        let (mut rng, n) = (Rng::new(3, 0), 100_000);
        let (mut unit, mut normal, mut square) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            unit += rng.unit();
            let z = rng.normal();
            normal += z;
            square += z * z;
        }
        let n = f64::from(n);
        // Five standard errors each.
        assert!((unit / n - 0.5).abs() < 5.0 * (1.0 / 12.0_f64).sqrt() / n.sqrt());
        assert!((normal / n).abs() < 5.0 / n.sqrt());
        assert!((square / n - 1.0).abs() < 5.0 * 2.0_f64.sqrt() / n.sqrt());
    }

    #[test]
    fn a_shuffle_keeps_the_items_and_reaches_every_order() {
        let mut rng = Rng::new(11, 0);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let mut items = [0, 1, 2];
            rng.shuffle(&mut items);
            seen.insert(items);
        }
        assert_eq!(seen.len(), 6);
    }
}
