//! Small symmetric systems.

/// Solves A x = b for a positive definite A of `b.len()` rows, of which the lower triangle is read; `a` becomes its Cholesky factor.
///
/// `false` where A is not positive definite to working precision; `b` is then of no use.
pub(crate) fn solve(a: &mut [f64], b: &mut [f64]) -> bool {
    let n = b.len();
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum();
            let rest = a[i * n + j] - dot;
            if i == j {
                // A pivot that is lost in rounding says the columns depend on each other.
                if rest.is_nan() || rest <= 1e-14 * a[i * n + i] {
                    return false;
                }
                a[i * n + i] = rest.sqrt();
            } else {
                a[i * n + j] = rest / a[j * n + j];
            }
        }
    }
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| a[i * n + k] * b[k]).sum();
        b[i] = (b[i] - dot) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| a[k * n + i] * b[k]).sum();
        b[i] = (b[i] - dot) / a[i * n + i];
    }
    b.iter().all(|value| value.is_finite())
}

/// Level at time 0 and slope of the least-squares line through rows at times 1, 2, …
pub(crate) fn line(y: &[f64]) -> (f64, f64) {
    let n = y.len() as f64;
    let mean = mean(y);
    let middle = (n + 1.0) / 2.0;
    let mut cross = 0.0;
    for (t, value) in y.iter().enumerate() {
        cross += (t as f64 + 1.0 - middle) * (value - mean);
    }
    let spread = n * (n * n - 1.0) / 12.0;
    let slope = if spread > 0.0 { cross / spread } else { 0.0 };
    (mean - slope * middle, slope)
}

/// The mean, zero of nothing.
pub(crate) fn mean(y: &[f64]) -> f64 {
    // Two passes: the second takes away what the first lost at high levels.
    let n = y.len().max(1) as f64;
    let first = y.iter().sum::<f64>() / n;
    first + y.iter().map(|value| value - first).sum::<f64>() / n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_three_equations() {
        let mut a = [4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 3.0, 6.0];
        // A = [4 2 1; 2 5 3; 1 3 6], x = (1, −2, 3).
        let mut b = [3.0, 1.0, 13.0];
        assert!(solve(&mut a, &mut b));
        for (found, right) in b.iter().zip([1.0, -2.0, 3.0]) {
            assert!((found - right).abs() < 1e-12, "{b:?}");
        }
        assert!(!solve(&mut [1.0, 0.0, 1.0, 1.0], &mut [1.0, 1.0]));
    }

    #[test]
    fn line_through_three_rows() {
        let (level, slope) = line(&[3.0, 5.0, 7.0]);
        assert!((level - 1.0).abs() < 1e-12 && (slope - 2.0).abs() < 1e-12);
    }
}
