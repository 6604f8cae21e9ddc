//! Gradient clipping: by the global norm (Pascanu, Mikolov and Bengio 2013) and by value.

use std::ops::Range;

use gatewise_kernels::{Cpu, Real, vectorize};

use super::parts::{each_part, sum_parts};
use crate::sum::sum;

/// Partial sums of the norm.
const LANES: usize = 16;

/// What PyTorch adds to the norm before it divides.
const NORM_EPS: f64 = 1e-6;

/// Σ g² of some parts of a buffer.
fn squares<F: Real>(cpu: &Cpu, grads: &[F], parts: &[Range<usize>]) -> f64 {
    sum_parts(cpu, parts, grads, |grads| sum::<F, LANES>(grads, grads, |g, _| g * g))
}

/// √Σ g² over the whole buffer, summed in f64 in a fixed order: f32 squares can neither overflow nor vanish.
/// Not finite if, and only if, some gradient of an `f32` buffer is not.
pub fn global_norm<F: Real>(cpu: &Cpu, grads: &[F]) -> f64 {
    let whole = 0..grads.len();
    squares(cpu, grads, std::slice::from_ref(&whole)).sqrt()
}

/// Scales the gradients by `max_norm / (norm + 1e-6)` where that is below 1; gives the norm before.
///
/// A norm that is not finite leaves the gradients alone: the caller stops on it.
pub fn clip_global_norm<F: Real>(cpu: &Cpu, grads: &mut [F], max_norm: f64) -> f64 {
    let whole = 0..grads.len();
    clip_parts(cpu, grads, Some(max_norm), std::slice::from_ref(&whole))
}

/// As [`clip_global_norm`] where gradients outside some `parts` of the buffer are all zero, which are then not looked at; without a bound the norm
/// alone.
pub fn clip_parts<F: Real>(cpu: &Cpu, grads: &mut [F], max_norm: Option<f64>, parts: &[Range<usize>]) -> f64 {
    let norm = squares(cpu, grads, parts).sqrt();
    let factor = max_norm.map_or(1.0, |max_norm| max_norm / (norm + NORM_EPS));
    if norm.is_finite() && factor < 1.0 {
        let factor = F::from_f64(factor);
        each_part(cpu, parts, grads, |grads| vectorize!(grads.iter_mut().for_each(|g| *g *= factor)));
    }
    norm
}

/// Cuts every gradient to `-bound ..= bound`; a NaN stays one.
pub fn clip_value<F: Real>(grads: &mut [F], bound: f64) {
    let bound = F::from_f64(bound);
    for g in grads {
        // Comparisons, not `min` and `max`: those would turn a NaN into the bound and hide it.
        *g = if *g > bound {
            bound
        } else if *g < -bound {
            -bound
        } else {
            *g
        };
    }
}

#[cfg(test)]
mod tests {
    use gatewise_kernels::Isa;

    use super::*;

    #[test]
    fn the_norm_neither_overflows_nor_hides_a_nan() {
        let cpu = Cpu::with_isa(Isa::Scalar, 1);
        assert_eq!(global_norm(&cpu, &[3e30_f32, 4e30]), (3e30_f32 as f64).hypot(4e30_f32 as f64));
        assert!(global_norm(&cpu, &[1.0_f32, f32::NAN, 2.0]).is_nan());
        assert_eq!(global_norm::<f32>(&cpu, &[]), 0.0);
    }

    #[test]
    fn what_is_not_finite_stays_to_be_found() {
        let mut grads = [f32::NAN, 5.0, -7.0, f32::INFINITY];
        assert!(clip_global_norm(&Cpu::with_isa(Isa::Scalar, 1), &mut grads, 1.0).is_nan());
        assert_eq!(grads[1..3], [5.0, -7.0]);
        clip_value(&mut grads, 2.0);
        assert!(grads[0].is_nan());
        assert_eq!(grads[1..], [2.0, -2.0, 2.0]);
    }
}
