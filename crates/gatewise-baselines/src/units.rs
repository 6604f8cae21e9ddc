//! Powers of two that bring extreme magnitudes to where squares neither overflow nor vanish.

/// Magnitudes inside this band and its inverse are computed with as they are.
const LARGE: f64 = 1e100;

/// Units a series is computed in: the data times a power of two, which loses no bit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Units {
    factor: f64,
}

impl Units {
    /// The units that suit the largest magnitude of a series; ordinary data keep their own.
    pub fn of(y: &[f64]) -> Self {
        let largest = y.iter().fold(0.0f64, |largest, v| largest.max(v.abs()));
        if largest == 0.0 || (1.0 / LARGE..=LARGE).contains(&largest) {
            return Self { factor: 1.0 };
        }
        // The exponent is kept inside what a normal number can hold, so the factor and its inverse are exact.
        Self { factor: 2.0f64.powi(-(largest.log2() as i32).clamp(-1000, 1000)) }
    }

    /// A value in these units.
    ///
    /// Later rows may be larger than those the units were made for: they are clipped to what can be squared.
    pub fn shrink(self, value: f64) -> f64 {
        (value * self.factor).clamp(-1e150, 1e150)
    }

    /// A value back in units of the data; what leaves the range of numbers stops at its end.
    pub fn restore(self, value: f64) -> f64 {
        (value / self.factor).clamp(f64::MIN, f64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_data_are_left_alone() {
        let units = Units::of(&[1e9, -3.25, 0.0]);
        assert_eq!(units.shrink(1e9 + 0.001), 1e9 + 0.001);
    }

    #[test]
    fn extremes_come_back_exactly() {
        for series in [[f64::MAX, f64::MIN], [3e-200, 1e-200], [1e200, -7.0]] {
            let units = Units::of(&series);
            for value in series {
                assert!(units.shrink(value).abs() < 1e8);
                assert_eq!(units.restore(units.shrink(value)), value);
            }
        }
    }
}
