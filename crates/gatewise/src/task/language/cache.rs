//! A continuous cache (Grave, Joulin and Usunier 2017): what followed when the network stood where it stands now.
//!
//! Of the last n symbols the features h_i and the symbol that followed are kept. p(w) ∝ Σ_i \[x_{i+1} = w\] exp(θ h · h_i / s), with s the mean of
//! h_i · h_i, so that a sharpness θ means the same for every network. Several sharpnesses stand beside each other; whoever mixes them finds out which
//! one is worth what.

use std::collections::VecDeque;

/// Sharpnesses θ: from what was frequent of late to what stood in the most similar place.
pub(super) const SHARPNESS: [f32; 4] = [0.0, 4.0, 10.0, 25.0];

/// The last symbols of a text, by the features that the network had before each.
#[derive(Debug)]
pub(super) struct Cache {
    size: usize,
    width: usize,
    /// (n, H), a ring.
    features: Vec<f32>,
    symbols: VecDeque<u32>,
    /// Row of the oldest symbol.
    oldest: usize,
    /// Σ h · h over what is kept.
    square: f64,
    /// θ = 1: similarities of the present features to those kept, oldest first.
    similar: Vec<f32>,
}

impl Cache {
    /// Of at most `size` symbols, of features of length `width`.
    pub(super) fn new(size: usize, width: usize) -> Self {
        Self { size, width, features: vec![0.0; size * width], symbols: VecDeque::new(), oldest: 0, square: 0.0, similar: Vec::new() }
    }

    /// Whether nothing is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    fn row(&self, at: usize) -> &[f32] {
        &self.features[(self.oldest + at) % self.size * self.width..][..self.width]
    }

    /// Compares the present features with those kept, for the questions that follow.
    pub(super) fn look(&mut self, features: &[f32]) {
        let mean = (self.square / self.symbols.len().max(1) as f64) as f32;
        let scale = if mean > 0.0 { 1.0 / mean } else { 0.0 };
        let mut similar = std::mem::take(&mut self.similar);
        similar.clear();
        similar.extend((0..self.symbols.len()).map(|at| scale * dot(self.row(at), features)));
        self.similar = similar;
    }

    /// The probability that each sharpness gives to `symbol`.
    pub(super) fn probabilities(&self, symbol: u32) -> [f64; SHARPNESS.len()] {
        SHARPNESS.map(|theta| {
            let (mut all, mut own) = (0.0, 0.0);
            self.weights(theta, |kept, weight| {
                all += weight;
                own += if kept == symbol { weight } else { 0.0 };
            });
            if all > 0.0 { own / all } else { 0.0 }
        })
    }

    /// Adds each sharpness's probabilities, times its share, to `out`: (V).
    pub(super) fn add(&self, shares: [f64; SHARPNESS.len()], out: &mut [f64]) {
        for (theta, share) in SHARPNESS.into_iter().zip(shares) {
            let mut all = 0.0;
            self.weights(theta, |_, weight| all += weight);
            if all > 0.0 {
                self.weights(theta, |kept, weight| out[kept as usize] += share * weight / all);
            }
        }
    }

    /// Every kept symbol with e^{θ (similarity − the largest)}.
    fn weights(&self, theta: f32, mut each: impl FnMut(u32, f64)) {
        let top = self.similar.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for (&symbol, &similar) in self.symbols.iter().zip(&self.similar) {
            each(symbol, f64::from((theta * (similar - top)).exp()));
        }
    }

    /// Keeps the features before `symbol`, and forgets the oldest of more than there is room for.
    pub(super) fn push(&mut self, features: &[f32], symbol: u32) {
        if self.symbols.len() == self.size {
            self.square -= f64::from(dot(self.row(0), self.row(0)));
            self.symbols.pop_front();
            self.oldest = (self.oldest + 1) % self.size;
        }
        let at = (self.oldest + self.symbols.len()) % self.size;
        self.features[at * self.width..][..self.width].copy_from_slice(features);
        self.square += f64::from(dot(features, features));
        self.symbols.push_back(symbol);
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [0.0_f32; LANES];
    for (a, b) in a.iter().zip(b) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (a, b))| *lane += a * b);
    }
    lanes.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_followed_in_the_same_place_is_expected() {
        let mut cache = Cache::new(3, 2);
        assert!(cache.is_empty());
        // The first one is forgotten by the fourth.
        for (features, symbol) in [([9.0, 9.0], 7), ([1.0, 0.0], 1), ([0.0, 1.0], 2), ([1.0, 0.0], 1)] {
            cache.push(&features, symbol);
        }
        cache.look(&[1.0, 0.0]);
        let of = |symbol| cache.probabilities(symbol);
        let (one, two, seven) = (of(1), of(2), of(7));
        assert_eq!(seven, [0.0; SHARPNESS.len()]);
        for (k, theta) in SHARPNESS.into_iter().enumerate() {
            // Two places are the same, h · h / s = 1, the other is at right angles.
            let expected = 2.0 / (2.0 + f64::from(-theta).exp());
            assert!((one[k] - expected).abs() < 1e-6 && (one[k] + two[k] - 1.0).abs() < 1e-12, "{theta}: {one:?} {two:?}");
        }
        let mut all = vec![0.0; 8];
        cache.add([0.25; 4], &mut all);
        assert!((all[1] - one.iter().sum::<f64>() / 4.0).abs() < 1e-12 && (all.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
