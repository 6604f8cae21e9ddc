//! Where smoothing weights may lie.

use super::filter::Weights;
use super::form::{Form, Season, Trend};

/// Bounds of weights of the level, slope (as a share of the level's) and season (as a share of what the level leaves).
pub(crate) const LOW: f64 = 1e-4;
pub(crate) const HIGH: f64 = 0.9999;
/// Bounds of the damping.
pub(crate) const DAMPED: (f64, f64) = (0.8, 0.98);

/// Whether the influence of old rows dies away (Hyndman et al. 2008, chapter 10).
///
/// Inside the usual region, 0 < β < α and 0 < γ < 1 − α, only forms with trend and season can fail. For these the characteristic
/// polynomial's roots must not lie outside of the unit circle, told by the Schur–Cohn recursion.
pub(crate) fn is_admissible(form: Form, weights: &Weights, m: usize) -> bool {
    if form.season == Season::None || form.trend == Trend::None {
        return true;
    }
    let Weights { alpha, beta, gamma, phi } = *weights;
    let inner = alpha + beta * phi - alpha * phi;
    // Ascending powers, at most 24 + 2 of them.
    let mut a = [0.0; 28];
    let mut len = m + 2;
    a[0] = phi * (1.0 - alpha - gamma);
    a[1] = inner + gamma - 1.0;
    a[2..m].fill(inner);
    a[m] = alpha + beta * phi - phi;
    a[m + 1] = 1.0;
    // A root on the circle itself is let through.
    let mut power = 1.0;
    for c in &mut a[..len] {
        *c *= power;
        power *= 1.0 + 1e-7;
    }
    while len > 1 {
        let last = a[len - 1];
        let reflection = a[0] / last;
        if reflection.is_nan() || reflection.abs() >= 1.0 {
            return false;
        }
        let mut shorter = [0.0; 28];
        for i in 1..len {
            shorter[i - 1] = (a[i] - reflection * a[len - 1 - i]) / last;
        }
        a = shorter;
        len -= 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::form::Noise;
    use super::*;

    /// Errors on rows of zeros from some initial state: they die away, grow without end, or 3,000 rows do not tell.
    fn dies_away(weights: &Weights, m: usize) -> Option<bool> {
        let Weights { alpha, beta, gamma, phi } = *weights;
        let (mut level, mut slope, mut season) = (0.3, 0.2, (0..m).map(|i| 0.1 + (i * i % 7) as f64).collect::<Vec<f64>>());
        let mut largest = 0.0f64;
        for t in 0..3000 {
            let q = level + phi * slope;
            let e = -q - season[t % m];
            level = q + alpha * e;
            slope = phi * slope + beta * e;
            season[t % m] += gamma * e;
            largest = if t % (2 * m) == 0 { e.abs() } else { largest.max(e.abs()) };
        }
        if largest < 1e-3 { Some(true) } else { (largest > 1e3).then_some(false) }
    }

    #[test]
    fn agrees_with_the_recursion() {
        let form = Form { noise: Noise::Additive, trend: Trend::Damped, season: Season::Additive };
        let (mut inside, mut outside) = (0, 0);
        for m in [2, 4, 7, 12] {
            for a in 1..10 {
                for b in 1..10 {
                    for g in 1..10 {
                        let alpha = a as f64 / 10.0;
                        let weights = Weights { alpha, beta: alpha * b as f64 / 10.0, gamma: (1.0 - alpha) * g as f64 / 10.0, phi: 0.9 };
                        let admissible = is_admissible(form, &weights, m);
                        let Some(right) = dies_away(&weights, m) else { continue };
                        assert_eq!(admissible, right, "{weights:?} {m}");
                        if admissible { inside += 1 } else { outside += 1 }
                    }
                }
            }
        }
        assert!(inside > 1000 && outside > 100, "{inside} {outside}");
    }
}
