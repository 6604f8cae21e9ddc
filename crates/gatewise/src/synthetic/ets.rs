//! Exponential smoothing as a state-space process (Hyndman, Koehler, Ord and Snyder 2008):
//!
//! yₜ = lₜ₋₁ + φ·bₜ₋₁ + sₜ₋ₘ + eₜ,  lₜ = lₜ₋₁ + φ·bₜ₋₁ + α·eₜ,  bₜ = φ·bₜ₋₁ + β·eₜ,  sₜ = sₜ₋ₘ + γ·eₜ, or exp of it.
//!
//! Priors: a pure walk (α = 1) in 28 %, white noise (α = 0) in 10 %. Else α Beta(1.2, 1.5), 1 in 15 %, .02 in 10 %; β = α·Beta(1, 6), 0 in
//! 35 %; γ = (1 − α)·Beta(1, 8); φ 1 in half the cases, else U(.8, .98); b₀ N(0, 1) times 0, .05, .2, .5 or 1; the season 0, .5,
//! 1.5 or 4 times as large as the errors. Without a season α Beta(2, 1), and β = α·Beta(1.2, 3.5), 0 in 20 %: yearly series bend. The
//! slope breaks as in [`breaks`](super::breaks).

use super::breaks::Breaks;
use super::noise::{self, Noise};
use super::{Draft, Draws, Nature, Seasons, scale, season};

const FORMS: [(Form, f64); 3] = [(Form::Walk, 0.28), (Form::White, 0.10), (Form::States, 0.62)];
const SLOPES: [(f64, f64); 5] = [(0.0, 0.30), (0.05, 0.20), (0.2, 0.25), (0.5, 0.15), (1.0, 0.10)];
const SEASONS: [(f64, f64); 4] = [(0.0, 0.25), (0.5, 0.25), (1.5, 0.30), (4.0, 0.20)];

#[derive(Clone, Copy)]
enum Form {
    Walk,
    White,
    States,
}

/// Weights of the errors and damping.
struct Weights {
    alpha: f64,
    beta: f64,
    gamma: f64,
    phi: f64,
}

impl Weights {
    fn draw(rng: &mut Draws, seasons: Seasons) -> Self {
        let yearly = seasons.is_none();
        let mut alpha = if yearly { rng.beta(2.0, 1.0) } else { rng.beta(1.2, 1.5) };
        alpha = rng.pick(&[(alpha, 0.75), (1.0, 0.15), (0.02, 0.10)]);
        let none = if yearly { 0.20 } else { 0.35 };
        let of_alpha = if yearly { rng.beta(1.2, 3.5) } else { rng.beta(1.0, 6.0) };
        let beta = if rng.chance(none) { 0.0 } else { alpha * of_alpha };
        let gamma = (1.0 - alpha) * rng.beta(1.0, 8.0);
        let phi = if rng.chance(0.5) { 1.0 } else { rng.uniform(0.8, 0.98) };
        Self { alpha, beta, gamma, phi }
    }
}

fn slope(rng: &mut Draws) -> f64 {
    rng.normal() * rng.pick(&SLOPES)
}

pub(super) fn draw(rng: &mut Draws, rows: usize, seasons: Seasons) -> Draft {
    match rng.pick(&FORMS) {
        Form::Walk => noise::walk(rng, rows),
        Form::White => noise::white(rng, rows),
        Form::States => states(rng, rows, seasons),
    }
}

fn states(rng: &mut Draws, rows: usize, seasons: Seasons) -> Draft {
    let mut noise = Noise::draw(rng);
    let Weights { alpha, beta, gamma, phi } = Weights::draw(rng, seasons);
    let breaks = Breaks::draw(rng);
    let (mut level, mut b) = (0.0, slope(rng));
    let amplitude = rng.pick(&SEASONS);
    // What the errors have added to each seasonal state.
    let mut states = if amplitude > 0.0 && seasons.season > 1 { vec![0.0; seasons.season] } else { vec![] };
    let mut place = 0;
    let mut values = Vec::with_capacity(rows);
    for _ in 0..rows {
        if breaks.now(rng) {
            b = slope(rng);
        }
        let (error, mean) = (noise.next(rng), level + phi * b);
        let mut value = mean + error;
        if let Some(state) = states.get_mut(place) {
            value += *state;
            *state += gamma * error;
            place = if place + 1 == seasons.season { 0 } else { place + 1 };
        }
        values.push(value);
        level = mean + alpha * error;
        b = phi * b + beta * error;
    }
    season::add(rng, &mut values, seasons, amplitude);
    if let Some(scale) = scale::ratio(rng, seasons) {
        scale::exponential(&mut values, scale);
        return Draft { values, nature: Nature::Ratio };
    }
    Draft::other(values)
}
