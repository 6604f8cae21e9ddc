//! Sums in an order that does not depend on the processor.

use gatewise_kernels::{Real, vectorize};

/// Σ term(a, b) in f64 over two slices of one length: partial sums side by side, which fill vector registers, added at the end.
#[inline(always)]
pub(crate) fn sum<F: Real, const LANES: usize>(a: &[F], b: &[F], term: impl Fn(f64, f64) -> f64) -> f64 {
    vectorize!({
        let mut lanes = [0.0; LANES];
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
        for (a, b) in a.iter().zip(b) {
            for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
                *lane += term(a.to_f64(), b.to_f64());
            }
        }
        for ((lane, &a), &b) in lanes.iter_mut().zip(a_rest).zip(b_rest) {
            *lane += term(a.to_f64(), b.to_f64());
        }
        lanes.iter().sum()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_counts_once() {
        for len in [0, 1, 7, 8, 9, 40] {
            let (a, b): (Vec<f32>, Vec<f32>) = (1..=len).map(|i| (i as f32, 2.0)).unzip();
            let expected = (len * (len + 1)) as f64;
            assert_eq!((sum::<_, 8>(&a, &b, |a, b| a * b), sum::<_, 16>(&a, &a, |a, _| 2.0 * a)), (expected, expected));
        }
    }
}
