//! Variances of forecast errors (Hyndman et al. 2008, chapter 6).

use super::filter::{State, Weights, dampings};
use super::form::{Form, Noise, Season};

/// Standard deviations by step 1..=horizon, for a variance `sigma2` of the one-step errors (relative ones where they multiply).
///
/// Exact for additive errors (class 1) and for multiplicative ones with an additive season or none (class 2); with a multiplicative season
/// the approximation for small σ² (class 3).
pub(crate) fn deviations(form: Form, weights: &Weights, state: &State, sigma2: f64, horizon: usize) -> Vec<f64> {
    let m = state.season.len().max(1);
    // Response of the forecast j steps on to an error now.
    let responses: Vec<f64> = dampings(weights.phi, horizon)
        .enumerate()
        .map(|(j, damping)| {
            let season = if form.season == Season::Additive && (j + 1) % m == 0 { weights.gamma } else { 0.0 };
            weights.alpha + weights.beta * damping + season
        })
        .collect();
    if form.noise == Noise::Additive {
        let mut sum = 1.0;
        return responses
            .iter()
            .map(|c| {
                let sd = (sigma2 * sum).sqrt();
                sum += c * c;
                sd
            })
            .collect();
    }
    let season = |h: usize| if form.season == Season::Multiplicative { state.seasonal(h) } else { 1.0 };
    // θ_h, of the mean without a factor of the season.
    let mut theta: Vec<f64> = Vec::with_capacity(horizon);
    dampings(weights.phi, horizon)
        .enumerate()
        .map(|(i, damping)| {
            let h = i + 1;
            let mean = state.ahead(form, h, damping) / if form.season == Season::Multiplicative { season(h) } else { 1.0 };
            let sum: f64 = responses[..i].iter().zip(theta.iter().rev()).map(|(c, theta)| c * c * theta).sum();
            theta.push((mean * mean + sigma2 * sum).min(LARGEST));
            let seasons = if form.season == Season::Multiplicative { (i / m) as f64 } else { 0.0 };
            // θ (1 + σ²) (1 + γ² σ²)^k − mean², without the difference of large numbers.
            let grown = (sigma2.ln_1p() + seasons * (weights.gamma * weights.gamma * sigma2).ln_1p()).exp_m1();
            let variance = sigma2 * sum + theta[i] * grown;
            season(h).abs() * variance.min(LARGEST).sqrt()
        })
        .collect()
}

/// Variances stop here: with large relative errors they grow exponentially with the horizon.
const LARGEST: f64 = 1e200;

#[cfg(test)]
mod tests {
    use super::super::form::Trend;
    use super::*;

    fn close(found: f64, right: f64) {
        assert!((found - right).abs() < 1e-9 * right.abs(), "{found} is not {right}");
    }

    #[test]
    fn additive_forms_match_the_closed_ones() {
        let weights = Weights { alpha: 0.4, beta: 0.1, gamma: 0.3, phi: 1.0 };
        let state = State { level: 1.0, slope: 0.1, season: vec![0.0; 4], at: 0 };
        let form = Form { noise: Noise::Additive, trend: Trend::Additive, season: Season::Additive };
        let sd = deviations(form, &weights, &state, 2.0, 9);
        for (i, sd) in sd.iter().enumerate() {
            let (h, k) = (i as f64 + 1.0, (i / 4) as f64);
            let (a, b, g) = (0.4, 0.1, 0.3);
            let right =
                1.0 + (h - 1.0) * (a * a + a * b * h + b * b * h * (2.0 * h - 1.0) / 6.0) + g * k * (2.0 * a + g + b * 4.0 * (k + 1.0));
            close(sd * sd, 2.0 * right);
        }
    }

    #[test]
    fn a_relative_random_walk() {
        // y = l (1 + ε), l = l (1 + α ε): Var = l² ((1 + α²σ²)^(h − 1) (1 + σ²) − 1).
        let weights = Weights { alpha: 0.5, beta: 0.0, gamma: 0.0, phi: 1.0 };
        let state = State { level: 3.0, slope: 0.0, season: vec![], at: 0 };
        let form = Form { noise: Noise::Multiplicative, trend: Trend::None, season: Season::None };
        for (i, sd) in deviations(form, &weights, &state, 0.04, 6).iter().enumerate() {
            close(sd * sd, 9.0 * (1.01f64.powi(i as i32) * 1.04 - 1.0));
        }
    }
}
