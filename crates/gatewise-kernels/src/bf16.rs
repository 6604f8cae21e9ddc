//! Numbers of sixteen bits with the range of f32 and eight bits of precision: the factors of products under
//! [`crate::Precision::Bf16`]. Sums, states, gradients and the weights that are trained stay f32.

use crate::real::Real;

/// Bits that f32 has more.
const DROPPED: u32 = 16;
/// A NaN that stays one when its lower bits go.
const QUIET: u32 = 0x0040_0000;

/// The bits of the nearest bf16, the even one of two as near. A NaN stays a NaN.
#[inline(always)]
pub(crate) fn bits(x: f32) -> u16 {
    let bits = x.to_bits();
    let nearest = bits.wrapping_add((1 << (DROPPED - 1)) - 1 + (bits >> DROPPED & 1));
    ((if x.is_nan() { bits | QUIET } else { nearest }) >> DROPPED) as u16
}

/// The value of the nearest bf16.
pub(crate) fn round<F: Real>(x: F) -> F {
    F::from_f64(f64::from(f32::from_bits(u32::from(bits(x.to_f64() as f32)) << DROPPED)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_taken_and_the_even_one_of_two() {
        // One unit in the last place of 1 is 2⁻⁷.
        let ulp = 1.0f64 / 128.0;
        for (x, expected) in [(1.0, 1.0), (1.0 + 0.4 * ulp, 1.0), (1.0 + 0.6 * ulp, 1.0 + ulp), (-1.0 - 0.6 * ulp, -1.0 - ulp)] {
            assert_eq!(round(x), expected, "{x}");
        }
        assert_eq!(round(1.0 + 0.5 * ulp), 1.0, "a tie goes to the even one below");
        assert_eq!(round(1.0 + 1.5 * ulp), 1.0 + 2.0 * ulp, "and to the even one above");
    }

    #[test]
    fn what_is_no_number_stays_none() {
        for nan in [f32::NAN, -f32::NAN, f32::from_bits(0x7f80_0001), f32::from_bits(0xffff_ffff)] {
            assert!(round(nan).is_nan(), "{:x}", nan.to_bits());
        }
        assert_eq!(round(f32::INFINITY), f32::INFINITY);
        assert_eq!(round(f32::MAX), f32::INFINITY, "the largest numbers round up");
        assert_eq!(round(0.0f32), 0.0);
    }
}
