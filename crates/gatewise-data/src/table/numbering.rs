//! Values of rows as numbers, in the order they first come.

use std::collections::HashMap;
use std::hash::Hash;

/// Gives each value a number from 0 on.
///
/// Tables of many series mostly hold them in the same order at each time, or all rows of one after the other: what followed a value before is
/// held against the next one first, and most values are found without a hash that would miss every cache.
pub(super) struct Numbering<T> {
    known: HashMap<T, u32>,
    values: Vec<T>,
    /// What followed each value the last time.
    followers: Vec<u32>,
    last: Option<u32>,
}

/// Nothing has followed yet.
const NONE: u32 = u32::MAX;

impl<T: Copy + Eq + Hash> Numbering<T> {
    /// No value yet.
    pub fn new() -> Self {
        Numbering { known: HashMap::new(), values: Vec::new(), followers: Vec::new(), last: None }
    }

    /// The number of a value.
    pub fn number(&mut self, value: T) -> u32 {
        if let Some(last) = self.last
            && self.values[last as usize] == value
        {
            return last;
        }
        let likely = self.last.map_or(NONE, |last| self.followers[last as usize]);
        let number = match self.values.get(likely as usize) {
            Some(known) if *known == value => likely,
            _ => *self.known.entry(value).or_insert_with(|| {
                self.values.push(value);
                self.followers.push(NONE);
                (self.values.len() - 1) as u32
            }),
        };
        if let Some(last) = self.last {
            self.followers[last as usize] = number;
        }
        self.last = Some(number);
        number
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// The values, each at its number.
    pub fn values(&self) -> &[T] {
        &self.values
    }
}

/// The numbers of values, and how many values there are.
pub(super) fn numbers<T: Copy + Eq + Hash>(values: impl Iterator<Item = T>) -> (Vec<u32>, usize) {
    let mut numbering = Numbering::new();
    let numbers = values.map(|value| numbering.number(value)).collect();
    (numbers, numbering.len())
}

/// Whether no pair of numbers, the first below `a` and the second below `b`, comes twice.
pub(super) fn all_differ(pairs: impl ExactSizeIterator<Item = (u32, u32)>, (a, b): (usize, usize)) -> bool {
    /// Bits for each pair up to which a bit for each possible pair is less work than sorting.
    const DENSE: usize = 64;
    let place = |(x, y): (u32, u32)| u64::from(x) * b as u64 + u64::from(y);
    match a.checked_mul(b) {
        Some(all) if all / DENSE <= pairs.len() => {
            let mut seen = vec![0_u64; all.div_ceil(64)];
            pairs.map(place).all(|place| {
                let (word, bit) = (&mut seen[(place / 64) as usize], 1 << (place % 64));
                let new = *word & bit == 0;
                *word |= bit;
                new
            })
        }
        _ => {
            let mut places: Vec<u64> = pairs.map(place).collect();
            places.sort_unstable();
            places.windows(2).all(|pair| pair[0] != pair[1])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_in_the_order_they_come() {
        assert_eq!(numbers("b a b b c a b a c".split(' ')), (vec![0, 1, 0, 0, 2, 1, 0, 1, 2], 3));
        assert_eq!(numbers(std::iter::empty::<u8>()), (vec![], 0));
    }

    #[test]
    fn pairs_differ_whichever_way_is_taken() {
        let wide = (1_000_000, 1_000_000);
        for (pairs, expected) in [(&[(0, 1), (1, 0), (1, 1)][..], true), (&[(0, 1), (1, 0), (0, 1)], false), (&[], true)] {
            assert_eq!(all_differ(pairs.iter().copied(), (2, 2)), expected);
            assert_eq!(all_differ(pairs.iter().copied(), wide), expected);
        }
    }
}
