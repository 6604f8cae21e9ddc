//! Training and examination of one network on one problem.

use gatewise_kernels::Cpu;
use serde::Serialize;

use super::course::Course;
use super::network::Net;
use crate::batch::Batch;
use crate::error::ModelError;
use crate::loss::Loss;
use crate::model::{Model, ModelConfig};
use crate::optim::{Optimizer, clip_global_norm, global_norm};
use crate::params::Params;
use crate::rng::Rng;

/// Stream of a seed that training sequences are drawn from.
const TRAINING_STREAM: u64 = 1 << 33;

/// Something to remember over a distance, made by a generator.
pub trait Problem: Sync {
    /// The network's inputs and outputs, as an LSTM with `hidden` units.
    fn network(&self, hidden: usize) -> ModelConfig;

    /// What it is trained by.
    fn loss(&self) -> Loss;

    /// Makes `batch` hold `count` sequences of distances up to `reach`.
    fn draw(&self, rng: &mut Rng, reach: usize, count: usize, batch: &mut Batch<f32>);

    /// Makes `batch` hold `count` sequences of exactly this distance.
    fn draw_exactly(&self, rng: &mut Rng, distance: usize, count: usize, batch: &mut Batch<f32>);

    /// Holds the network's outputs (B, outputs) for `batch` against the truth.
    fn score(&self, output: &[f32], batch: &Batch<f32>) -> Score;
}

/// How well a network does at one distance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Score {
    /// Of a choice among words.
    Choice {
        /// Share of sequences whose most probable word is the right one.
        accuracy: f64,
        /// Mean probability of the right word.
        probability: f64,
    },
    /// Of a number.
    Number {
        /// Mean squared error.
        mse: f64,
    },
}

impl Score {
    /// The mean over parts of equal size.
    pub(super) fn mean(parts: &[Score]) -> Score {
        let mean = |value: fn(&Score) -> f64| parts.iter().map(value).sum::<f64>() / parts.len().max(1) as f64;
        match parts.first() {
            Some(Score::Choice { .. }) => Score::Choice { accuracy: mean(Score::first), probability: mean(Score::second) },
            _ => Score::Number { mse: mean(Score::first) },
        }
    }

    fn first(&self) -> f64 {
        match *self {
            Score::Choice { accuracy, .. } => accuracy,
            Score::Number { mse } => mse,
        }
    }

    fn second(&self) -> f64 {
        match *self {
            Score::Choice { probability, .. } => probability,
            Score::Number { .. } => f64::NAN,
        }
    }
}

/// A network while it learns.
pub(crate) struct Student<'a> {
    problem: &'a dyn Problem,
    course: Course,
    /// Longest distance of the course.
    longest: usize,
    clip: Option<f64>,
    pub(crate) model: Model<f32>,
    optimizer: Optimizer<f32>,
    loss: Loss,
    rng: Rng,
    batch: Batch<f32>,
    pub(crate) step: u64,
    pub(super) clipped: u64,
}

/// What one step showed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) loss: f64,
    /// Gradient norm before clipping.
    pub(crate) norm: f64,
    pub(super) reach: usize,
}

impl<'a> Student<'a> {
    pub(super) fn new(problem: &'a dyn Problem, net: Net, course: Course, longest: usize, seed: u64) -> Result<Self, ModelError> {
        let model = Model::new(&net.sized(&problem.network(course.hidden)), seed)?;
        let clip = Some(course.clip_norm);
        Ok(Self::with(problem, model, clip, course, longest, seed))
    }

    /// A network of one's own; `clip` is the largest gradient norm, if there is one.
    pub(crate) fn with(problem: &'a dyn Problem, model: Model<f32>, clip: Option<f64>, course: Course, longest: usize, seed: u64) -> Self {
        let optimizer = Optimizer::new(course.optimizer.clone(), model.params().values.len());
        Self {
            problem,
            course,
            longest,
            clip,
            model,
            optimizer,
            loss: problem.loss(),
            // Every network of a seed sees the same sequences.
            rng: Rng::new(seed, TRAINING_STREAM),
            batch: Batch::default(),
            step: 0,
            clipped: 0,
        }
    }

    pub(crate) fn done(&self) -> bool {
        self.step >= self.course.steps
    }

    /// One step. Nothing is changed where loss or gradient are not finite.
    pub(crate) fn learn(&mut self, cpu: &Cpu) -> Step {
        let reach = self.course.reach(self.step, self.longest);
        self.problem.draw(&mut self.rng, reach, self.course.batch, &mut self.batch);
        let loss = self.model.loss_and_grad(cpu, &self.batch, &self.loss);
        let rate = self.course.rate(self.step);
        let Params { values, grads, .. } = self.model.params_mut();
        let norm = match self.clip {
            Some(most) => clip_global_norm(cpu, grads, most),
            None => global_norm(cpu, grads),
        };
        if loss.is_finite() && norm.is_finite() {
            self.optimizer.step(cpu, rate, values, grads);
            self.step += 1;
            self.clipped += u64::from(self.clip.is_some_and(|most| norm > most));
        }
        Step { loss, norm, reach }
    }
}

/// Stream of a seed that examination sequences are drawn from; the stream of distance d lies d behind it.
const EXAMINATION_STREAM: u64 = 1 << 34;
/// Sequences of one forward of an examination.
const EXAMINED_TOGETHER: usize = 50;

/// Holds a network against `count` fresh sequences of one distance, the same ones for every network of a seed.
pub(crate) fn examine(cpu: &Cpu, model: &mut Model<f32>, problem: &dyn Problem, distance: usize, count: usize, seed: u64) -> Score {
    let mut rng = Rng::new(seed, EXAMINATION_STREAM + distance as u64);
    let mut batch = Batch::default();
    let parts: Vec<Score> = (0..count.div_ceil(EXAMINED_TOGETHER))
        .map(|_| {
            problem.draw_exactly(&mut rng, distance, EXAMINED_TOGETHER, &mut batch);
            let output = model.forward(cpu, &batch, false, None);
            problem.score(output, &batch)
        })
        .collect();
    Score::mean(&parts)
}
