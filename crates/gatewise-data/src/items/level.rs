//! The level of each channel, which numbers lose before they are rounded to single precision.

use super::{Content, RawItem};

/// A level this many times the range costs no digit that a network could tell: single precision has 24 bits.
const HIGH: f64 = 64.0;

/// What to take off each of `channels` channels of `items` before their numbers are rounded to `f32`: the middle of a channel whose level
/// is high against its range, 0 elsewhere. (C)
pub fn levels<'a>(items: impl Iterator<Item = &'a RawItem>, channels: usize) -> Vec<f64> {
    let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); channels];
    for item in items {
        let Content::Numbers(values) = &item.content else { continue };
        for row in values.chunks_exact(channels.max(1)) {
            for (range, &value) in ranges.iter_mut().zip(row) {
                *range = (range.0.min(value), range.1.max(value));
            }
        }
    }
    let level = |(low, high): (f64, f64)| {
        let middle = f64::midpoint(low, high);
        if low <= high && middle.abs() > HIGH * (high - low) { middle } else { 0.0 }
    };
    ranges.into_iter().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Label;
    use super::*;

    #[test]
    fn only_a_high_level_is_taken_off() {
        let content = Content::Numbers(vec![2e7 - 1.0, 5.0, 2e7 + 3.0, 9.0]);
        let item = RawItem { name: String::new(), label: Label::None, group: None, content };
        assert_eq!(levels([&item].into_iter(), 2), [2e7 + 1.0, 0.0]);
        assert_eq!(levels([].into_iter(), 2), [0.0, 0.0]);
    }
}
