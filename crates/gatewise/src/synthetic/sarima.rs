//! Seasonal ARIMA (Box and Jenkins 1970): φ(B)·Φ(Bᵐ)·(1 − B)ᵈ·yₜ = c + θ(B)·Θ(Bᵐ)·eₜ, or exp of it.
//!
//! Priors: a pure walk (d = 1) in 32 %, white noise (d = 0) in 13 %. Else two autoregressive roots U(−.5, .98) and U(−.3, .3), none in 30 %;
//! θ 0 in half the cases, else U(−.8, .8); d 0, 1, 2 in 35, 55, 10 % (without a season 27, 55, 18 %), θ U(−.9, 0) in 60 % of
//! d = 2; drift c N(0, 1) times 0, .1, .3 or .8, which breaks as in [`breaks`](super::breaks). Season: none in 35 %, a component
//! of [`season`](super::season) in 30 %, Φ U(.3, .95) and Θ U(−.6, .2) in 15 %, a seasonal walk (Φ = 1, Θ U(−.95, −.3)) in 20 %.

use super::breaks::Breaks;
use super::noise::{self, Noise};
use super::{Draft, Draws, Nature, Seasons, scale, season};

const FORMS: [(Form, f64); 3] = [(Form::Walk, 0.32), (Form::White, 0.13), (Form::General, 0.55)];
const DIFFERENCES: [(usize, f64); 3] = [(0, 0.35), (1, 0.55), (2, 0.10)];
const DIFFERENCES_YEARLY: [(usize, f64); 3] = [(0, 0.27), (1, 0.55), (2, 0.18)];
const DRIFTS: [(f64, f64); 4] = [(0.0, 0.42), (0.1, 0.25), (0.3, 0.20), (0.8, 0.13)];
/// On the ratio scale growth is the rule.
const DRIFTS_RATIO: [(f64, f64); 4] = [(0.0, 0.2), (0.1, 0.3), (0.3, 0.3), (1.0, 0.2)];
const SEASONAL: [(Seasonal, f64); 4] =
    [(Seasonal::None, 0.35), (Seasonal::Component, 0.30), (Seasonal::Autoregressive, 0.15), (Seasonal::Walk, 0.20)];
const AMPLITUDES: [(f64, f64); 2] = [(1.0, 0.55), (3.0, 0.45)];
/// Rows before the first, in which the process forgets its start.
const BEFORE: usize = 60;
/// Scale of the second sum beside the first.
const SECOND: f64 = 0.3;

#[derive(Clone, Copy)]
enum Form {
    Walk,
    White,
    General,
}

#[derive(Clone, Copy, PartialEq)]
enum Seasonal {
    None,
    Component,
    Autoregressive,
    Walk,
}

pub(super) fn draw(rng: &mut Draws, rows: usize, seasons: Seasons) -> Draft {
    match rng.pick(&FORMS) {
        Form::Walk => noise::walk(rng, rows),
        Form::White => noise::white(rng, rows),
        Form::General => general(rng, rows, seasons),
    }
}

/// (1 − Φ·Bᵐ)·vₜ = (1 + Θ·Bᵐ)·eₜ.
fn seasonal(rng: &mut Draws, rows: usize, m: usize, form: Seasonal) -> Vec<f64> {
    let mut noise = Noise::draw(rng);
    let mut values: Vec<f64> = (0..rows).map(|_| noise.next(rng)).collect();
    let (phi, theta, start) = match form {
        Seasonal::Autoregressive => {
            let phi = rng.uniform(0.3, 0.95);
            (phi, rng.uniform(-0.6, 0.2), 1.0 / (1.0 - phi * phi).sqrt())
        }
        Seasonal::Walk => (1.0, rng.uniform(-0.95, -0.3), rng.pick(&AMPLITUDES)),
        Seasonal::None | Seasonal::Component => return values,
    };
    let mut states: Vec<f64> = season::shape(rng, m).into_iter().map(|value| start * value).collect();
    let mut errors = vec![0.0; m];
    let mut place = 0;
    for value in &mut values {
        let error = *value;
        *value = phi * states[place] + error + theta * errors[place];
        (states[place], errors[place]) = (*value, error);
        place = if place + 1 == m { 0 } else { place + 1 };
    }
    values
}

fn general(rng: &mut Draws, rows: usize, seasons: Seasons) -> Draft {
    let ratio = scale::ratio(rng, seasons);
    let d = rng.pick(if seasons.is_none() { &DIFFERENCES_YEARLY } else { &DIFFERENCES });
    let form = if seasons.season > 1 { rng.pick(&SEASONAL) } else { Seasonal::None };
    let plain = rng.chance(0.3);
    let (p, q) = (rng.uniform(-0.5, 0.98), rng.uniform(-0.3, 0.3));
    let (first, second) = if plain { (0.0, 0.0) } else { (p + q, -p * q) };
    let theta = if d == 2 && rng.chance(0.6) || form == Seasonal::Walk {
        rng.uniform(-0.9, 0.0)
    } else if rng.chance(0.5) {
        rng.uniform(-0.8, 0.8)
    } else {
        0.0
    };
    let breaks = Breaks::draw(rng);
    let size = if ratio.is_some() { rng.pick(&DRIFTS_RATIO) } else { rng.pick(&DRIFTS) };
    let mut drift = size * rng.normal();

    let mut values = seasonal(rng, rows + BEFORE, seasons.season, form);
    let (mut last, mut before, mut error) = (0.0, 0.0, 0.0);
    for value in &mut values {
        let next = first * last + second * before + *value + theta * error;
        (before, last, error) = (last, next, *value);
        *value = next;
    }
    values.drain(..BEFORE);
    for round in 0..d {
        let scale = if round > 0 { SECOND } else { 1.0 };
        let mut sum = 0.0;
        for value in &mut values {
            sum += scale * *value;
            if round == 0 && d == 1 {
                if breaks.now(rng) {
                    drift = size * rng.normal();
                }
                sum += drift;
            }
            *value = sum;
        }
    }
    if form == Seasonal::Component {
        let amplitude = rng.pick(&AMPLITUDES) * if d > 0 { 2.0 } else { 1.0 };
        season::add(rng, &mut values, seasons, amplitude);
    }
    if let Some(scale) = ratio {
        scale::exponential(&mut values, scale);
        return Draft { values, nature: Nature::Ratio };
    }
    Draft::other(values)
}
