//! Levels that jump: yₜ = lₜ + σ·eₜ, σ log-uniform (.02, 1), with a season of half to two in 30 %.
//!
//! Jumps: one to ten over a span of rows·U(1, 3), at a hazard that is the same in every row, N(0, 1.5²), for good or, in 40 % of
//! series, for a short while each. Sawtooths (25 %): two to seven ramps over the span.

use super::noise::Noise;
use super::{Draft, Draws, Seasons, season};

pub(super) fn draw(rng: &mut Draws, rows: usize, seasons: Seasons) -> Draft {
    let span = (rows as f64 * rng.uniform(1.0, 3.0)).max(1.0);
    let mut noise = Noise::draw(rng);
    let sigma = rng.log_uniform(0.02, 1.0);
    let mut values = if rng.chance(0.25) { sawtooth(rng, rows, span) } else { levels(rng, rows, span) };
    for value in &mut values {
        *value += sigma * noise.next(rng);
    }
    if rng.chance(0.3) {
        let size = rng.uniform(0.5, 2.0);
        season::add(rng, &mut values, seasons, size);
    }
    Draft::other(values)
}

fn levels(rng: &mut Draws, rows: usize, span: f64) -> Vec<f64> {
    let hazard = (1 + rng.below(10)) as f64 / span;
    let transient = rng.chance(0.4);
    // Rows that a transient level lasts, in the mean.
    let lasting = rng.uniform(2.0, 12.0);
    let (mut level, mut is_away) = (0.0, false);
    let next = |_| {
        if is_away {
            if rng.chance(1.0 / lasting) {
                (level, is_away) = (0.0, false);
            }
        } else if rng.chance(hazard) {
            level += 1.5 * rng.normal();
            is_away = transient;
        }
        level
    };
    (0..rows).map(next).collect()
}

fn sawtooth(rng: &mut Draws, rows: usize, span: f64) -> Vec<f64> {
    let step = rng.uniform(2.0, 7.0) / span;
    let height = rng.uniform(1.0, 4.0) * if rng.chance(0.5) { 1.0 } else { -1.0 };
    let mut place = rng.unit();
    let next = |_| {
        place += step;
        place -= place.floor();
        height * place
    };
    (0..rows).map(next).collect()
}
