//! C = A·B or C += A·B, one sum per element in the order of k.

use crate::matmul::Mat;
use crate::real::Real;

/// See [`crate::matmul()`].
pub fn matmul<F: Real>(a: Mat<'_, F>, b: Mat<'_, F>, accumulate: bool, c: &mut [F], stride: usize) {
    for m in 0..a.rows {
        for n in 0..b.cols {
            let c = &mut c[m * stride + n];
            let mut sum = if accumulate { *c } else { F::ZERO };
            for k in 0..a.cols {
                sum += a.at(m, k) * b.at(k, n);
            }
            *c = sum;
        }
    }
}
