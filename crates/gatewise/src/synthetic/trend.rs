//! A trend, a season and noise: yₜ = A·f(u) + (1 + g·u)·a·sₜ + σ·eₜ, or compound growth.
//!
//! Trends f over a span of time, of which the rows are a part at a random place (span rows·U(1, 3), u = place in it): linear, exponential (rate
//! 1.5·N(0, 1), at most 3), logistic (slope U(3, 25), middle U(.1, 1.1)), piecewise linear (three knots), three random steps, quadratic, and
//! damped, where time slows down from a point on. A N(0, 1) times 1, 5 or 20; a 0, .5, 2 or 6; g U(−.7, 2) in 40 %; σ log-uniform
//! (.03, 2), autoregressive in half the cases. Where the slope breaks (as in [`breaks`](super::breaks)), the trend goes on as a line.
//!
//! Compound growth (35 % of years, quarters and months, 8 % of others): log yₜ = Σ rₖ + a·sₜ + σ·eₜ, whose rate rₜ = r + ρ·(rₜ₋₁ − r) + τ·ηₜ
//! wanders, and whose mean r breaks. Sources: the sketches of TempoPFN and ForecastPFN (Dooley 2023), with breaks and spans added.

use super::breaks::Breaks;
use super::noise::Noise;
use super::{Draft, Draws, Nature, Seasons, scale, season};

const SIZES: [(f64, f64); 3] = [(1.0, 1.0), (5.0, 1.0), (20.0, 1.0)];
const AMPLITUDES: [(f64, f64); 4] = [(0.0, 0.20), (0.5, 0.25), (2.0, 0.35), (6.0, 0.20)];
/// Amplitudes of a season by ratio.
const AMPLITUDES_RATIO: [(f64, f64); 4] = [(0.0, 0.25), (0.03, 0.25), (0.1, 0.30), (0.3, 0.20)];
const SIGMA: (f64, f64) = (0.03, 2.0);
const SIGMA_RATIO: (f64, f64) = (0.003, 0.15);
/// Series of compound growth: of years, quarters and months, and of others.
const COMPOUND: (f64, f64) = (0.35, 0.08);
/// Mean and spread of a year's rate of growth.
const RATE: (f64, f64) = (0.02, 0.05);
/// Spread of what a rate wanders by, in parts of the spread of its mean.
const WANDERING: (f64, f64) = (0.03, 1.0);
const KNOTS: usize = 3;
/// Trends that time slows down for, beside those that are damped for sure.
const DAMPED: f64 = 0.15;

#[derive(Clone, Copy)]
enum Form {
    Linear,
    Exponential,
    Logistic,
    Piecewise,
    Steps,
    Quadratic,
    Damped,
}

const FORMS: [(Form, f64); 7] = [
    (Form::Linear, 1.0),
    (Form::Exponential, 1.0),
    (Form::Logistic, 1.0),
    (Form::Piecewise, 1.0),
    (Form::Steps, 1.0),
    (Form::Quadratic, 1.0),
    (Form::Damped, 1.0),
];

/// A trend over the span from 0 to 1.
enum Trend {
    Linear,
    Exponential { rate: f64 },
    Logistic { slope: f64, middle: f64 },
    Piecewise { slope: f64, knots: [(f64, f64); KNOTS] },
    Steps { steps: [(f64, f64); KNOTS] },
    Quadratic { turn: f64 },
}

impl Trend {
    fn draw(rng: &mut Draws, form: Form) -> Self {
        let places = |rng: &mut Draws, size: f64| std::array::from_fn(|_| (rng.unit(), size * rng.normal()));
        match form {
            Form::Linear | Form::Damped => Self::Linear,
            Form::Exponential => Self::Exponential { rate: (1.5 * rng.normal()).clamp(-3.0, 3.0) },
            Form::Logistic => Self::Logistic { slope: rng.uniform(3.0, 25.0), middle: rng.uniform(0.1, 1.1) },
            Form::Piecewise => Self::Piecewise { slope: rng.normal(), knots: places(rng, 1.5) },
            Form::Steps => Self::Steps { steps: places(rng, 0.5) },
            Form::Quadratic => Self::Quadratic { turn: rng.unit() },
        }
    }

    fn at(&self, u: f64) -> f64 {
        match self {
            Self::Linear => u,
            // From 0 to 1 at either sign of the rate.
            Self::Exponential { rate } if rate.abs() > 1e-3 => (libm::exp(rate * u) - 1.0) / (libm::exp(*rate) - 1.0),
            Self::Exponential { .. } => u,
            Self::Logistic { slope, middle } => 1.0 / (1.0 + libm::exp(-slope * (u - middle))),
            Self::Piecewise { slope, knots } => knots.iter().fold(slope * u, |sum, (knot, bend)| sum + bend * (u - knot).max(0.0)),
            Self::Steps { steps } => steps.iter().filter(|(place, _)| u > *place).map(|(_, step)| step).sum(),
            Self::Quadratic { turn } => (u - turn) * (u - turn),
        }
    }
}

/// Time that slows down: from `start` on by a factor e^(−rate·(u − start)).
struct Damping {
    start: f64,
    rate: f64,
}

impl Damping {
    fn at(&self, u: f64) -> f64 {
        let over = u - self.start;
        if over > 0.0 { self.start + (1.0 - libm::exp(-self.rate * over)) / self.rate } else { u }
    }
}

pub(super) fn draw(rng: &mut Draws, rows: usize, seasons: Seasons) -> Draft {
    if rng.chance(if seasons.is_economic() { COMPOUND.0 } else { COMPOUND.1 }) {
        return compound(rng, rows, seasons);
    }
    let length = rows as f64;
    let span = (length * rng.uniform(1.0, 3.0)).max(1.0);
    let first = rng.uniform(0.0, span - length);
    let form = rng.pick(&FORMS);
    let trend = Trend::draw(rng, form);
    let damped = matches!(form, Form::Damped) || rng.chance(DAMPED);
    let damping = damped.then(|| Damping { start: rng.uniform(0.0, 0.8), rate: rng.uniform(2.0, 12.0) });
    let size = rng.normal() * rng.pick(&SIZES);
    let breaks = Breaks::draw(rng);
    let growth = if rng.chance(0.4) { rng.uniform(-0.7, 2.0) } else { 0.0 };
    let amplitude = rng.pick(&AMPLITUDES);

    let mut values = vec![0.0; rows];
    season::add(rng, &mut values, seasons, amplitude);
    let (mut level, mut slope) = (0.0, None);
    let mut errors = Errors::draw(rng, SIGMA);
    for (t, value) in values.iter_mut().enumerate() {
        let u = (first + t as f64) / span;
        if breaks.now(rng) {
            slope = Some(1.5 * rng.normal() * size.abs() / span);
        }
        level = match slope {
            Some(slope) => level + slope,
            None => size * trend.at(damping.as_ref().map_or(u, |damping| damping.at(u))),
        };
        *value = level + *value * (1.0 + growth * u) + errors.next(rng);
    }
    Draft::other(values)
}

/// σ times noise, autoregressive in half the cases.
struct Errors {
    noise: Noise,
    sigma: f64,
    memory: f64,
    last: f64,
}

impl Errors {
    fn draw(rng: &mut Draws, sigma: (f64, f64)) -> Self {
        let (noise, sigma) = (Noise::draw(rng), rng.log_uniform(sigma.0, sigma.1));
        let memory = if rng.chance(0.5) { rng.uniform(0.0, 0.9) } else { 0.0 };
        Self { noise, sigma, memory, last: sigma * rng.normal() / (1.0 - memory * memory).sqrt() }
    }

    fn next(&mut self, rng: &mut Draws) -> f64 {
        self.last = self.memory * self.last + self.sigma * self.noise.next(rng);
        self.last
    }
}

fn compound(rng: &mut Draws, rows: usize, seasons: Seasons) -> Draft {
    // A quarter grows by a quarter of a year's rate, though less smoothly.
    let part = 1.0 / libm::pow(seasons.season.min(52) as f64, 0.8);
    let rate = |rng: &mut Draws| part * (RATE.0 + RATE.1 * rng.normal());
    let breaks = Breaks::draw(rng);
    let memory = if rng.chance(0.3) { 1.0 } else { rng.uniform(0.3, 0.98) };
    let wandering = part * RATE.1 * rng.log_uniform(WANDERING.0, WANDERING.1);
    // A rate that walks goes further than one that returns.
    let wandering = if memory == 1.0 { 0.2 * wandering } else { wandering * (1.0 - memory * memory).sqrt() };
    let amplitude = rng.pick(&AMPLITUDES_RATIO);
    let mut values = vec![0.0; rows];
    season::add(rng, &mut values, seasons, amplitude);
    // Errors that last, and errors of single rows.
    let lasting = if rng.chance(0.5) { part * rng.log_uniform(0.01, 0.15) } else { 0.0 };
    let mut errors = Errors::draw(rng, SIGMA_RATIO);
    let mut mean = rate(rng);
    let (mut now, mut level) = (mean, 0.0);
    for value in &mut values {
        if breaks.now(rng) {
            mean = rate(rng);
            now = mean;
        }
        now = mean + memory * (now - mean) + wandering * rng.normal();
        level += now + lasting * rng.normal();
        *value += level + errors.next(rng);
    }
    scale::exponential(&mut values, 1.0);
    Draft { values, nature: Nature::Ratio }
}
