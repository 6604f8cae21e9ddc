//! Noise of unit scale: normal (60 %), Student's t with 2.5 to 8 degrees of freedom (25 %), or normal with a volatility whose logarithm is
//! autoregressive (15 %; Taylor 1986: eₜ = exp(hₜ/2)·zₜ, hₜ = φ·hₜ₋₁ + τ·ηₜ, φ U(.8, .99), τ U(.1, .5)).

use super::{Draft, Draws, Nature};

/// Bound of a single error, which a sum of a thousand of them would show.
const BOUND: f64 = 30.0;
/// Kinds and their weights.
const FORMS: [(Form, f64); 3] = [(Form::Normal, 0.60), (Form::Student, 0.25), (Form::Volatile, 0.15)];

#[derive(Clone, Copy)]
enum Form {
    Normal,
    Student,
    Volatile,
}

#[derive(Clone, Copy)]
pub(super) enum Noise {
    Normal,
    Student { df: f64 },
    Volatile { memory: f64, volatility: f64, log_variance: f64 },
}

impl Noise {
    pub fn draw(rng: &mut Draws) -> Self {
        match rng.pick(&FORMS) {
            Form::Normal => Self::Normal,
            Form::Student => Self::Student { df: rng.uniform(2.5, 8.0) },
            Form::Volatile => Self::volatile(rng),
        }
    }

    /// Noise whose volatility wanders, from its stationary state on.
    pub fn volatile(rng: &mut Draws) -> Self {
        let (memory, volatility) = (rng.uniform(0.8, 0.99), rng.uniform(0.1, 0.5));
        let log_variance = rng.normal() * volatility / (1.0 - memory * memory).sqrt();
        Self::Volatile { memory, volatility, log_variance }
    }

    pub fn next(&mut self, rng: &mut Draws) -> f64 {
        let error = match self {
            Self::Normal => return rng.normal(),
            Self::Student { df } => rng.student_t(*df),
            Self::Volatile { memory, volatility, log_variance } => {
                *log_variance = *memory * *log_variance + *volatility * rng.normal();
                libm::exp(0.5 * *log_variance) * rng.normal()
            }
        };
        error.clamp(-BOUND, BOUND)
    }
}

/// A random walk: yₜ = yₜ₋₁ + eₜ.
pub(super) fn walk(rng: &mut Draws, rows: usize) -> Draft {
    let mut noise = Noise::draw(rng);
    let mut level = 0.0;
    let next = |_| {
        level += noise.next(rng);
        level
    };
    Draft { values: (0..rows).map(next).collect(), nature: Nature::Walk }
}

/// White noise around a level.
pub(super) fn white(rng: &mut Draws, rows: usize) -> Draft {
    let mut noise = Noise::draw(rng);
    Draft { values: (0..rows).map(|_| noise.next(rng)).collect(), nature: Nature::White }
}
