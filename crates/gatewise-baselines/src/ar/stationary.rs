//! Whether rows return to their mean.

/// Roots of the characteristic polynomial lie outside of a circle of this radius: closer to 1, forecasts run on a unit root that the
/// differences should have taken.
const RADIUS: f64 = 1.01;

/// Whether an autoregression is stationary: with roots brought in by [`RADIUS`], all partial autocorrelations lie inside of ±1 (Levinson's
/// recursion backwards).
pub(crate) fn is_stationary(phi: &[f64]) -> bool {
    let mut power = 1.0;
    let mut a: Vec<f64> = phi
        .iter()
        .map(|phi| {
            power *= RADIUS;
            phi * power
        })
        .collect();
    while let Some(k) = a.pop() {
        if k.is_nan() || k.abs() >= 1.0 {
            return false;
        }
        let scale = 1.0 - k * k;
        let before = a.clone();
        let n = a.len();
        for (i, value) in a.iter_mut().enumerate() {
            *value = (before[i] + k * before[n - 1 - i]) / scale;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_and_outside() {
        assert!(is_stationary(&[]) && is_stationary(&[0.9]) && is_stationary(&[1.2, -0.5]));
        assert!(!is_stationary(&[1.0]) && !is_stationary(&[0.5, 0.6]) && !is_stationary(&[0.0, 0.0, 1.1]));
    }
}
