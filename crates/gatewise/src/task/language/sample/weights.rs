//! The softmax of a row of outputs before it is divided by its sum, and a draw from it: passes over thousands of symbols.

use gatewise_kernels::{Isa, exp_below, vectorize};

use crate::loss::highest;

/// Weights whose sum is kept, so that a draw passes over sums and looks into one block.
const BLOCK: usize = 64;

/// Sums side by side in a block, which fill vector registers.
const LANES: usize = 8;

/// e^((x − the largest) / temperature) of each symbol.
#[derive(Clone, Debug, Default)]
pub(in crate::task::language) struct Weights {
    below: Vec<f32>,
    values: Vec<f32>,
    sums: Vec<f64>,
}

impl Weights {
    /// Of a row of logits. Those below 1e-25 are 0. The largest logit is given back.
    pub(in crate::task::language) fn set(&mut self, isa: Isa, logits: &[f32], temperature: f64) -> f32 {
        let top = highest(logits);
        self.values.resize(logits.len(), 0.0);
        if temperature == 1.0 {
            exp_below(isa, logits, top, &mut self.values);
            return top;
        }
        // What is 0 below the largest stays 0, whatever it is divided by.
        let scale = (1.0 / temperature).min(f64::MAX);
        self.below.resize(logits.len(), 0.0);
        vectorize!({
            for (below, &x) in self.below.iter_mut().zip(logits) {
                *below = (f64::from(x - top) * scale) as f32;
            }
        });
        exp_below(isa, &self.below, 0.0, &mut self.values);
        top
    }

    /// The weight of each symbol.
    pub(in crate::task::language) fn values(&self) -> &[f32] {
        &self.values
    }

    /// Leaves out what is below `least`, a share of the largest.
    pub(in crate::task::language) fn cut(&mut self, least: f64) {
        let least = least as f32;
        vectorize!(self.values.iter_mut().for_each(|p| *p = if *p < least { 0.0 } else { *p }));
    }

    /// The sum of all.
    pub(in crate::task::language) fn total(&mut self) -> f64 {
        let (values, sums) = (&self.values, &mut self.sums);
        sums.clear();
        vectorize!({
            sums.extend(values.chunks(BLOCK).map(|block| {
                let (chunks, rest) = block.as_chunks::<LANES>();
                let mut lanes = [0.0; LANES];
                for chunk in chunks {
                    lanes.iter_mut().zip(chunk).for_each(|(lane, &p)| *lane += f64::from(p));
                }
                lanes.iter_mut().zip(rest).for_each(|(lane, &p)| *lane += f64::from(p));
                lanes.iter().sum::<f64>()
            }));
        });
        sums.iter().sum()
    }

    /// The symbol at `share`, from 0 to 1, of all weights laid end to end; none where no symbol has a weight.
    pub(in crate::task::language) fn at(&mut self, share: f64) -> Option<u32> {
        let mut left = share * self.total();
        for (block, (sum, weights)) in self.sums.iter().zip(self.values.chunks(BLOCK)).enumerate() {
            if left < *sum {
                return Some((block * BLOCK + at(left, weights.iter().copied())?) as u32);
            }
            left -= sum;
        }
        // Rounding has left a crumb.
        self.values.iter().rposition(|&p| p > 0.0).map(|last| last as u32)
    }
}

/// Where `left` falls among weights laid end to end; beyond them, by rounding, it is the last that has a weight.
fn at(mut left: f64, weights: impl Iterator<Item = f32>) -> Option<usize> {
    let mut last = None;
    for (place, p) in weights.enumerate() {
        left -= f64::from(p);
        if left < 0.0 {
            return Some(place);
        }
        last = if p > 0.0 { Some(place) } else { last };
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_the_formula() {
        let logits: Vec<f32> = (0..200).map(|k| ((k * 37 % 101) as f32 * 0.11).sin() * 9.0).collect();
        let mut weights = Weights::default();
        for temperature in [0.3, 1.0, 2.5] {
            let top = weights.set(Isa::best(), &logits, temperature);
            assert_eq!(top, logits.iter().copied().fold(f32::MIN, f32::max));
            let exact: Vec<f64> = logits.iter().map(|&x| (f64::from(x - top) / temperature).exp()).collect();
            for (got, exact) in weights.values().iter().zip(&exact) {
                assert!((f64::from(*got) - exact).abs() < 2e-6 * exact + 1e-24, "{got} against {exact} at {temperature}");
            }
            let total: f64 = exact.iter().sum();
            assert!((weights.total() - total).abs() < 1e-5 * total);
            // A draw finds the symbol whose stretch the share falls into.
            let mut sum = 0.0;
            for (symbol, p) in weights.values().to_vec().into_iter().enumerate() {
                let middle = (sum + 0.5 * f64::from(p)) / weights.total();
                sum += f64::from(p);
                assert!(p < 1e-6 || weights.at(middle) == Some(symbol as u32), "symbol {symbol} at {temperature}");
            }
        }
    }

    #[test]
    fn extremes_leave_the_likeliest_or_nothing() {
        let mut weights = Weights::default();
        for temperature in [1e-320, 1e-30, 1e300] {
            weights.set(Isa::best(), &[1.0, 2.0, f32::NEG_INFINITY], temperature);
            assert_eq!((weights.values()[1], weights.values()[2]), (1.0, 0.0), "{temperature}");
            assert_ne!(weights.at(0.999_999), Some(2), "{temperature}");
        }
        weights.set(Isa::best(), &[f32::NAN, f32::NAN], 1.0);
        assert_eq!(weights.at(0.5), None);
        weights.set(Isa::best(), &[0.0, -1.0, -3.0], 1.0);
        weights.cut(0.1);
        assert_eq!((weights.values()[2], weights.at(1.0)), (0.0, Some(1)));
    }
}
