//! Probabilities that mean what they say: one temperature for all classes (Guo 2017), found on the validation part.

/// Temperatures searched, as logarithms.
const RANGE: (f64, f64) = (-2.0, 2.0);

/// Standard deviation of the logarithm that is expected beforehand. Where few items are all right, the likelihood alone would make every
/// answer certain.
const PRIOR: f64 = 0.25;

/// Steps of the search; each shortens the range by 0.38.
const STEPS: usize = 40;

/// The temperature that makes the true classes most probable. `raw`: (R, K) outputs; `classes`: (R), those without one are left out.
/// 1 where there is nothing to go by.
pub fn temperature(raw: &[f32], classes: &[Option<usize>]) -> f64 {
    let known = classes.iter().flatten().count();
    if known == 0 {
        return 1.0;
    }
    let width = raw.len() / classes.len();
    let loss = |log_t: f64| -> f64 {
        let scale = (-log_t).exp();
        let rows = raw.chunks_exact(width).zip(classes);
        let likelihood: f64 = rows.filter_map(|(row, class)| Some(cross_entropy(row, (*class)?, scale))).sum();
        likelihood + (log_t / PRIOR).powi(2) / 2.0
    };
    // Golden-section search: the sum has one valley.
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = RANGE;
    for _ in 0..STEPS {
        let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
        if loss(a) < loss(b) { high = b } else { low = a }
    }
    f64::midpoint(low, high).exp()
}

/// −ln p of a class, outputs times `scale`.
fn cross_entropy(row: &[f32], class: usize, scale: f64) -> f64 {
    let value = |x: &f32| f64::from(*x) * scale;
    let top = row.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = row.iter().map(|x| (value(x) - top).exp()).sum();
    top + total.ln() - value(&row[class])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn overconfidence_is_found() {
        let mut rng = Rng::new(1, 0);
        let (mut raw, mut classes) = (Vec::new(), Vec::new());
        for _ in 0..20_000 {
            let logit = 2.0 * rng.normal();
            let first = rng.unit() < 1.0 / (1.0 + (-logit).exp());
            // Outputs three times too large.
            raw.extend([3.0 * logit as f32, 0.0]);
            classes.push(Some(usize::from(!first)));
        }
        let found = temperature(&raw, &classes);
        assert!((found - 3.0).abs() < 0.15, "{found}");
        let few = temperature(&[5.0, 0.0, 0.0, 5.0], &[Some(0), Some(1)]);
        assert!((0.7..1.0).contains(&few), "{few}");
        assert_eq!(temperature(&[], &[]), 1.0);
        assert_eq!(temperature(&[1.0, 2.0], &[None]), 1.0);
    }
}
