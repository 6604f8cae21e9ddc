//! Seasonal components: a shape that repeats, its slow change, a longer season around it.
//!
//! Shape (60 %): Fourier series of up to six harmonics, coefficients N(0, k⁻²ᵖ), p U(0, 1.5). Else a free table of normal values, heavy-tailed
//! in three of ten (z·|z′|^1.5). Either has mean 0 and standard deviation 1 over a season.
//!
//! Change: the logarithm of the amplitude walks in 25 %, each seasonal state walks in 25 %, both with steps of .02 to .2 a season (log-uniform).
//!
//! Longer season: a Fourier series of its own; where it is the week around the day, in half the cases the days' shape is instead
//! multiplied and shifted by the day, the two days of the weekend most.

use std::f64::consts::TAU;

use super::scale::standardise;
use super::{Draws, Seasons};

/// Harmonics of a Fourier shape.
const HARMONICS: usize = 6;
/// Shapes by Fourier series.
const FOURIER: f64 = 0.6;
/// Free tables with heavy tails.
const HEAVY: f64 = 0.3;
/// Components whose amplitude walks, and those whose states do.
const AMPLITUDE_WALKS: f64 = 0.25;
const STATES_WALK: f64 = 0.25;
/// Steps of either in a season.
const STEP: (f64, f64) = (0.02, 0.2);
/// Largest logarithm of the amplitude.
const AMPLITUDE: f64 = 2.0;
/// Size of the longer season beside the shorter one.
const LONGER: (f64, f64) = (0.3, 1.5);
/// Days around which a day's shape is modulated, in which share of the cases, and those of the weekend.
const DAYS: usize = 7;
const BY_DAY: f64 = 0.5;
const WORKING_DAYS: usize = 5;

/// One season of a shape with mean 0 and standard deviation 1; zeros for a season of one row.
pub(super) fn shape(rng: &mut Draws, season: usize) -> Vec<f64> {
    if season < 2 {
        return vec![0.0; season.max(1)];
    }
    if rng.chance(FOURIER) { fourier(rng, season) } else { table(rng, season) }
}

fn fourier(rng: &mut Draws, season: usize) -> Vec<f64> {
    let decay = rng.uniform(0.0, 1.5);
    let mut values = vec![0.0; season];
    for k in 1..=HARMONICS.min(season / 2) {
        let sd = libm::pow(k as f64, -decay);
        wave(&mut values, k as f64 / season as f64, sd * rng.normal(), sd * rng.normal());
    }
    standardise(&mut values);
    values
}

/// Adds a·cos + b·sin of a frequency in cycles a row, the angle turned row by row.
pub(super) fn wave(values: &mut [f64], frequency: f64, mut a: f64, mut b: f64) {
    let (cos, sin) = (libm::cos(TAU * frequency), libm::sin(TAU * frequency));
    for value in values {
        *value += a;
        (a, b) = (a * cos + b * sin, b * cos - a * sin);
    }
}

fn table(rng: &mut Draws, season: usize) -> Vec<f64> {
    let heavy = rng.chance(HEAVY);
    let next = |_| {
        let z = rng.normal();
        if heavy {
            let size = rng.normal().abs();
            z * size * size.sqrt()
        } else {
            z
        }
    };
    let mut values: Vec<f64> = (0..season).map(next).collect();
    standardise(&mut values);
    values
}

/// How each of seven days differs from the others: factor and shift.
fn days(rng: &mut Draws) -> [(f64, f64); DAYS] {
    let weekend = (rng.uniform(0.1, 1.1), 0.8 * rng.normal());
    let spread = rng.uniform(0.0, 0.2);
    std::array::from_fn(|day| {
        let (factor, shift) = if day < WORKING_DAYS { (1.0, 0.0) } else { weekend };
        (factor + spread * rng.normal(), shift + spread * rng.normal())
    })
}

/// A component of unit amplitude over `rows` rows; zeros where there is no season.
pub(super) fn component(rng: &mut Draws, rows: usize, seasons: Seasons) -> Vec<f64> {
    let Seasons { season, longer } = seasons;
    let mut values = vec![0.0; rows];
    if season > 1 {
        let mut states = shape(rng, season);
        let step = |rng: &mut Draws, share| if rng.chance(share) { rng.log_uniform(STEP.0, STEP.1) } else { 0.0 };
        let amplitude_step = step(rng, AMPLITUDE_WALKS) / (season as f64).sqrt();
        let state_step = step(rng, STATES_WALK);
        let (mut amplitude, mut factor) = (0.0_f64, 1.0);
        let mut place = 0;
        for value in &mut values {
            if amplitude_step > 0.0 {
                amplitude = (amplitude + amplitude_step * rng.normal()).clamp(-AMPLITUDE, AMPLITUDE);
                factor = libm::exp(amplitude);
            }
            *value = factor * states[place];
            if state_step > 0.0 {
                states[place] += state_step * rng.normal();
            }
            place = if place + 1 == season { 0 } else { place + 1 };
        }
    }
    if longer > 1 {
        let start = rng.below(longer);
        if longer == DAYS * season && rng.chance(BY_DAY) {
            let days = days(rng);
            for (t, value) in values.iter_mut().enumerate() {
                let (factor, shift) = days[(start + t) / season % DAYS];
                *value = factor * *value + shift;
            }
        } else {
            let size = rng.uniform(LONGER.0, LONGER.1);
            let shape = fourier(rng, longer);
            for (value, around) in values.iter_mut().zip(shape.iter().cycle().skip(start)) {
                *value += size * around;
            }
        }
    }
    values
}

/// Adds a component, `size` times, where both are there.
pub(super) fn add(rng: &mut Draws, values: &mut [f64], seasons: Seasons, size: f64) {
    if size != 0.0 && (seasons.season > 1 || seasons.longer > 1) {
        let component = component(rng, values.len(), seasons);
        for (value, season) in values.iter_mut().zip(component) {
            *value += size * season;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_has_mean_0_and_spread_1() {
        let mut rng = Draws::new(1, 0);
        for season in [2, 3, 4, 7, 12, 24, 365] {
            for _ in 0..20 {
                let shape = shape(&mut rng, season);
                let mean = shape.iter().sum::<f64>() / season as f64;
                let square = shape.iter().map(|v| v * v).sum::<f64>() / season as f64;
                assert!(mean.abs() < 1e-9 && (square - 1.0).abs() < 1e-9, "{season}: {mean}, {square}");
            }
        }
    }

    #[test]
    fn a_large_season_shows_in_the_autocorrelation() {
        let mut rng = Draws::new(2, 0);
        let mut shown = 0;
        for k in 0..200 {
            let season = [4, 7, 12, 24][k % 4];
            let mut values: Vec<f64> = (0..240).map(|_| rng.normal()).collect();
            add(&mut rng, &mut values, Seasons { season, longer: 1 }, 4.0);
            standardise(&mut values);
            let correlation = values.iter().zip(&values[season..]).map(|(a, b)| a * b).sum::<f64>() / (240 - season) as f64;
            shown += usize::from(correlation > 0.6);
        }
        assert!(shown > 180, "{shown} of 200");
    }

    #[test]
    fn a_week_around_the_day_repeats_after_a_week() {
        let mut rng = Draws::new(3, 0);
        for _ in 0..50 {
            let values = component(&mut rng, 3 * 168, Seasons { season: 24, longer: 168 });
            let spread = values.iter().map(|v| v * v).sum::<f64>();
            let apart = values.iter().zip(&values[168..]).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
            assert!(apart < spread, "{apart} {spread}");
        }
    }
}
