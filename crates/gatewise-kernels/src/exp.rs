//! eˣ over a slice.

use crate::cpu::Isa;
use crate::real::Real;

/// `out` = e^(x − top), for the softmax: with vectors, on `f32`, within 3 ULP and 0 below 1e-25; else as the platform computes it. A NaN stays one.
///
/// # Panics
/// If the lengths do not agree, or this processor lacks the instruction set.
pub fn exp_below<F: Real>(isa: Isa, x: &[F], top: F, out: &mut [F]) {
    assert_eq!(x.len(), out.len(), "a result for every element");
    assert!(isa.available(), "{isa} is not available on this processor");
    F::exp_below(isa, x, top, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_exponential() {
        let x: Vec<f32> = (0..101).map(|i| -0.9 * i as f32).collect();
        for isa in crate::common::every_isa() {
            for len in [0, 1, 15, 16, 17, 101] {
                let mut out = vec![0.0; len];
                exp_below(isa, &x[..len], 2.5, &mut out);
                for (x, out) in x.iter().zip(&out) {
                    let exact = f64::from(x - 2.5).exp();
                    assert!((f64::from(*out) - exact).abs() <= 4e-7 * exact + 1e-25, "{isa} exp({x} - 2.5) = {out}");
                    assert!(isa == Isa::Scalar || *out == 0.0 || *out >= 1e-25, "{isa} exp({x} - 2.5) = {out}");
                }
            }
            let mut out = [0.0; 3];
            exp_below(isa, &[f32::NAN, f32::from_bits(0x7fc0_0001), 0.0], 0.0, &mut out);
            assert!(out[0].is_nan() && out[1].is_nan() && out[2] == 1.0, "{isa}: {out:?}");
        }
    }
}
