//! The scale of a channel: robust, from the rows seen so far, and a squashing that keeps outliers within reach of a network.

use serde::{Deserialize, Serialize};

/// Centre and spread of a channel, in its own units measured from its first value.
///
/// A value d is read as y = asinh((d − centre) / spread): linear within a spread, logarithmic beyond.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The median.
    pub center: f32,
    /// The width of the middle half, in deviations of a normal distribution.
    pub spread: f32,
}

impl Default for Scale {
    fn default() -> Self {
        Self { center: 0.0, spread: 1.0 }
    }
}

/// Quantile pairs that may give the spread, with the normal deviations between them and how much each counts: where more than half the
/// values are equal the wider pairs decide, and they count less because outliers widen them.
const RANGES: [(f32, f32, f32); 3] = [(0.25, 1.349, 1.0), (0.05, 3.29, 0.5), (0.01, 4.65, 0.25)];
/// Spread of a channel that never changed, as a share of its value.
const CONSTANT_SHARE: f32 = 0.1;
/// A change of spread by less than this factor, or of centre by less than a quarter of the spread, does not move the scale: every
/// move puts the network before slightly other data.
const SPREAD_CHANGE: f32 = 1.25;
const CENTER_CHANGE: f32 = 0.25;

impl Scale {
    /// From values in any order, which are sorted; `magnitude` is the size of the channel's values. `None` without a value.
    pub fn fit(values: &mut [f32], magnitude: f32) -> Option<Self> {
        let last = values.len().checked_sub(1)?;
        values.sort_unstable_by(f32::total_cmp);
        let at = |level: f32| values[(level * last as f32).round() as usize];
        let center = at(0.5);
        let ranges = RANGES.map(|(tail, width, share)| share * (at(1.0 - tail) - at(tail)) / width);
        let full = values[last] - values[0];
        let mut spread = ranges.into_iter().fold(0.0, f32::max);
        if spread <= 0.0 {
            spread = if full > 0.0 { CONSTANT_SHARE * full } else { CONSTANT_SHARE * magnitude };
        }
        Some(Self { center, spread: if spread.is_normal() { spread } else { 1.0 } })
    }

    /// Whether a saved scale can be used.
    pub fn is_sound(&self) -> bool {
        self.center.is_finite() && self.spread.is_finite() && self.spread > 0.0
    }

    /// Whether `new` differs enough to be worth moving to.
    pub fn worth(&self, new: &Self) -> bool {
        let ratio = new.spread / self.spread;
        !(1.0 / SPREAD_CHANGE..=SPREAD_CHANGE).contains(&ratio) || (new.center - self.center).abs() > CENTER_CHANGE * self.spread
    }

    /// A value as the network reads it.
    pub fn squash(&self, d: f32) -> f32 {
        let z = (d - self.center) / self.spread;
        let a = z.abs();
        (a + (a * a + 1.0).sqrt()).min(f32::MAX).ln().copysign(z)
    }

    /// The value that is read as `y`; finite for any number.
    pub fn unsquash(&self, y: f32) -> f32 {
        (self.center + self.spread * y.sinh()).clamp(f32::MIN, f32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outliers_do_not_move_the_scale() {
        let mut plain: Vec<f32> = (0..1000).map(|i| (i % 100) as f32).collect();
        let mut spoilt = plain.clone();
        spoilt.iter_mut().step_by(200).for_each(|v| *v = 1e9);
        let (a, b) = (Scale::fit(&mut plain, 1.0).unwrap(), Scale::fit(&mut spoilt, 1.0).unwrap());
        assert!(!a.worth(&b), "{a:?} {b:?}");
    }

    #[test]
    fn squashing_comes_back_and_stays_finite() {
        let scale = Scale { center: 3.0, spread: 2.0 };
        for d in [-1e6_f32, -3.0, 0.0, 3.0, 4.5, 1e6] {
            let back = scale.unsquash(scale.squash(d));
            assert!((back - d).abs() <= 1e-4 * (1.0 + d.abs()), "{d}: got {back}");
        }
        for d in [f32::MAX, f32::MIN, 1e30] {
            assert!(scale.squash(d).is_finite(), "{d}");
        }
    }

    #[test]
    fn constants_and_rare_values_have_a_spread() {
        assert_eq!(Scale::fit(&mut [], 1.0), None);
        assert!(Scale::fit(&mut [0.0; 9], 45.0).unwrap().spread > 1.0);
        assert_eq!(Scale::fit(&mut [0.0; 9], 0.0).unwrap().spread, 1.0);
        let mut rare = vec![0.0; 1000];
        rare[7] = 5.0;
        assert!(Scale::fit(&mut rare, 0.0).unwrap().spread > 0.1);
    }
}
