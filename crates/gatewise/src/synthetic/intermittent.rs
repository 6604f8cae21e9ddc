//! Counts: demands of random size in some rows (Croston 1972), or Poisson and negative binomial counts of an intensity.
//!
//! Demand: in a row with probability p U(.05, .9), or by two states that last (Markov); of size ⌈c·Gamma(k)⌉, k U(.7, 4), c U(1, 6). The
//! log-odds of p walk in 30 %, as demand dies out or comes up (Teunter, Syntetos and Babai 2011).
//! Counts: log-intensity U(−1, 3.5), plus .4 times a season in half the cases, plus a walk in 30 %; a gamma over it in half of them.

use super::{Draft, Draws, Nature, Seasons, season};

/// Largest intensity.
const INTENSITY: f64 = 500.0;
/// Series whose probability or intensity walks, and the steps of the walk.
const WALKS: f64 = 0.3;
const STEP: (f64, f64) = (0.01, 0.1);

pub(super) fn draw(rng: &mut Draws, rows: usize, seasons: Seasons) -> Draft {
    let values = if rng.chance(0.5) { demand(rng, rows) } else { counts(rng, rows, seasons) };
    Draft { values, nature: Nature::Finished }
}

fn step(rng: &mut Draws) -> f64 {
    if rng.chance(WALKS) { rng.log_uniform(STEP.0, STEP.1) } else { 0.0 }
}

fn demand(rng: &mut Draws, rows: usize) -> Vec<f64> {
    let (shape, size) = (rng.uniform(0.7, 4.0), rng.uniform(1.0, 6.0));
    let mut p = rng.uniform(0.05, 0.9);
    let step = step(rng);
    let mut odds = libm::log(p / (1.0 - p));
    // How much of a state lasts to the next row: 0 draws each row anew.
    let lasting = if rng.chance(0.4) { rng.uniform(0.2, 0.8) } else { 0.0 };
    let mut is_on = rng.chance(p);
    let next = |_| {
        if step > 0.0 {
            odds = (odds + step * rng.normal()).clamp(-5.0, 5.0);
            p = 1.0 / (1.0 + libm::exp(-odds));
        }
        is_on = rng.chance(if is_on { lasting + (1.0 - lasting) * p } else { (1.0 - lasting) * p });
        if is_on { (size * rng.gamma(shape)).ceil() } else { 0.0 }
    };
    (0..rows).map(next).collect()
}

fn counts(rng: &mut Draws, rows: usize, seasons: Seasons) -> Vec<f64> {
    let mut level = rng.uniform(-1.0, 3.5);
    let mut values = vec![0.0; rows];
    let amplitude = if rng.chance(0.5) { 0.4 } else { 0.0 };
    season::add(rng, &mut values, seasons, amplitude);
    let step = step(rng);
    let dispersion = if rng.chance(0.5) { Some(rng.log_uniform(0.5, 20.0)) } else { None };
    for value in &mut values {
        if step > 0.0 {
            level = (level + step * rng.normal()).clamp(-3.0, 5.0);
        }
        let mut mean = libm::exp(level + *value);
        if let Some(shape) = dispersion {
            mean *= rng.gamma(shape) / shape;
        }
        *value = rng.poisson(mean.min(INTENSITY));
    }
    values
}
