//! Diffusions with regimes and jumps (60 %), and walks or returns with stochastic volatility (Taylor 1986; 40 %).
//!
//! dX = θ·(μₜ − X)·dt + σ·dW, dt = .01, in two regimes that stay with probability U(.85, .999): θ U(1, 5) with σ LN(log .3, .3), θ U(.05, .5) with
//! σ LN(log 1.5, .5). μ has a trend in 70 %, which breaks as in [`breaks`](super::breaks), and a season in 60 %. Jumps come .5 to 2 times in
//! a hundred rows, of size t(3). Source: TempoPFN (Moroshan 2025).

use super::breaks::Breaks;
use super::noise::Noise;
use super::{Draft, Draws, Seasons, season};

const DT: f64 = 0.01;

pub(super) fn draw(rng: &mut Draws, rows: usize, seasons: Seasons) -> Draft {
    Draft::other(if rng.chance(0.6) { diffusion(rng, rows, seasons) } else { stochastic(rng, rows) })
}

struct Regime {
    /// Share of the distance from the mean that is left after a row.
    memory: f64,
    sd: f64,
}

impl Regime {
    fn draw(rng: &mut Draws, theta: (f64, f64), sigma: (f64, f64)) -> Self {
        let theta = rng.uniform(theta.0, theta.1);
        let sigma = sigma.0 * libm::exp(sigma.1 * rng.normal());
        let memory = libm::exp(-theta * DT);
        Self { memory, sd: sigma * ((1.0 - memory * memory) / (2.0 * theta)).sqrt() }
    }
}

fn diffusion(rng: &mut Draws, rows: usize, seasons: Seasons) -> Vec<f64> {
    let regimes = [Regime::draw(rng, (1.0, 5.0), (0.3, 0.3)), Regime::draw(rng, (0.05, 0.5), (1.5, 0.5))];
    let stay = rng.uniform(0.85, 0.999);
    let mut regime = rng.below(regimes.len());
    let breaks = Breaks::draw(rng);
    let size = if rng.chance(0.7) { DT } else { 0.0 };
    let mut slope = size * rng.normal();
    let hazard = if rng.chance(0.5) { rng.uniform(0.005, 0.02) } else { 0.0 };
    let jump = rng.uniform(0.1, 0.5);
    let mut values = vec![0.0; rows];
    if rng.chance(0.6) {
        let size = rng.uniform(0.1, 0.8);
        season::add(rng, &mut values, seasons, size);
    }
    let (mut mean, mut away) = (0.0, regimes[0].sd * rng.normal());
    for value in &mut values {
        if breaks.now(rng) {
            slope = size * rng.normal();
        }
        if !rng.chance(stay) {
            regime = 1 - regime;
        }
        let Regime { memory, sd } = regimes[regime];
        mean += slope;
        // The slope moves the mean, which the state follows.
        away = memory * (away - slope) + sd * rng.normal();
        if hazard > 0.0 && rng.chance(hazard) {
            away += jump * rng.student_t(3.0).clamp(-20.0, 20.0);
        }
        *value += mean + away;
    }
    values
}

fn stochastic(rng: &mut Draws, rows: usize) -> Vec<f64> {
    let mut noise = Noise::volatile(rng);
    let summed = rng.chance(0.6);
    let mut level = 0.0;
    let next = |_| {
        let error = noise.next(rng);
        level = if summed { level + error } else { error };
        level
    };
    (0..rows).map(next).collect()
}
