//! Networks trained for a walk: RNN, GRU and LSTM of equal size alike, and beside them runs that differ in one thing, clipping or the forget bias.

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gatewise_kernels::{Cell, Cpu, Isa};
use serde::Serialize;

use crate::batch::Batch;
use crate::demo::train::Student;
use crate::demo::{Course, Net, Problem};
use crate::error::ModelError;
use crate::model::{Init, Model};
use crate::optim::OptimizerConfig;
use crate::probe::gradient_flow;
use crate::rng::Rng;
use crate::train::Control;

/// Largest gradient norm of runs that clip.
pub const CLIP: f64 = 1.0;
/// Spectral radius of the recurrent matrix of the runs whose gradient is to grow. Their cell is the rectifier's (Le, Jaitly and Hinton 2015): a tanh that is
/// driven to its flat ends lets a gradient vanish whatever the radius.
const STEEP_RADIUS: f64 = 1.5;
/// Learning rate of plain gradient descent in those runs, with which the clipped one learns a text of a line and one of a megabyte.
const STEEP_LR: f64 = 0.5;
/// Forget biases tried beside the usual 1: a gate that begins half open, and one that begins nearly open (σ(5) = .993).
const FORGET_BIASES: [f64; 2] = [0.0, 5.0];
/// A loss above this many times that of the first step counts as thrown away.
const THROWN: f64 = 2.0;
/// Sequences over which the gradient by lag is taken.
const FOLLOWED: usize = 16;
/// Stream of a seed that they are drawn from.
const FLOW_STREAM: u64 = 1 << 38;
/// Stream of a seed that a steep start is drawn from.
const STEEP_STREAM: u64 = 1 << 39;
/// Points of a curve of losses.
const POINTS: u64 = 100;

/// One training of a walk.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Its name among the runs.
    pub key: &'static str,
    /// The network, with its start.
    pub net: Net,
    /// Largest gradient norm; none where it is not clipped.
    pub clip: Option<f64>,
    /// Forget bias of an LSTM, where it is another than the usual.
    pub forget_bias: Option<f64>,
    /// Plain gradient descent from a recurrent matrix of this spectral radius, else the lesson's optimiser from the net's own start.
    pub radius: Option<f64>,
    /// Share of the lesson's steps that it takes.
    pub share: f64,
}

/// What a training showed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Its name.
    pub key: String,
    /// The cell.
    pub cell: Cell,
    /// Largest gradient norm; none where it was not clipped.
    pub clip: Option<f64>,
    /// Forget bias of an LSTM.
    pub forget_bias: Option<f64>,
    /// Spectral radius that its recurrent matrix began with, where it was set.
    pub radius: Option<f64>,
    /// Learning rate at the start.
    pub lr: f64,
    /// Step and loss in nats, or squared units.
    pub losses: Vec<(u64, f64)>,
    /// Step and gradient norm before clipping.
    pub norms: Vec<(u64, f64)>,
    /// Where the training ended worse than it began: the first step at which the loss was twice that of the first, or no number.
    pub diverged: Option<u64>,
    /// log₁₀ of the share of the last step's gradient that arrives k steps back, at index k: the median over sequences, after training.
    pub by_lag: Vec<f32>,
    /// The factor a step that gives the share at the furthest lag, multiplied that often; no number of a network that was thrown away.
    pub factor: f64,
    /// How well it does, where that is asked for: accuracy.
    pub score: Option<f64>,
}

/// Everything that is trained alike.
#[derive(Clone)]
pub struct Lesson<'a> {
    /// What is said behind the names of its recipes while they are trained.
    pub name: &'a str,
    /// What is learned.
    pub problem: &'a dyn Problem,
    /// Steps, batch, learning rate, sizes.
    pub course: Course,
    /// The longest distance of the problem, or the length of its windows.
    pub longest: usize,
    /// Seed of weights and sequences.
    pub seed: u64,
}

impl std::fmt::Debug for Lesson<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lesson")
            .field("course", &self.course)
            .field("longest", &self.longest)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// The trainings of a walk: the three networks first.
pub fn recipes() -> Vec<Recipe> {
    let plain = |key, net| Recipe { key, net, clip: Some(CLIP), forget_bias: None, radius: None, share: 1.0 };
    let lstm = Net::Of(Cell::Lstm);
    let mut all = vec![plain("rnn", Net::Rnn), plain("gru", Net::Of(Cell::Gru)), Recipe { forget_bias: Some(1.0), ..plain("lstm", lstm) }];
    let steep = |key, clip| Recipe { clip, radius: Some(STEEP_RADIUS), share: 0.5, ..plain(key, Net::Of(Cell::RnnRelu)) };
    all.extend([steep("rnn-relu-unclipped", None), steep("rnn-relu-clipped", Some(CLIP))]);
    let keys = ["lstm-forget-0", "lstm-forget-5"];
    all.extend(keys.into_iter().zip(FORGET_BIASES).map(|(key, bias)| Recipe { forget_bias: Some(bias), share: 0.5, ..plain(key, lstm) }));
    all
}

/// A network and what its training showed.
pub type Taught = (Model<f32>, Run);

/// Told after some steps: which recipe, steps taken and in all, and the loss. [`Control::Stop`] ends the lesson.
pub type OnProgress<'a> = &'a mut dyn FnMut(&str, u64, u64, f64) -> Control;

impl Lesson<'_> {
    /// Trains each recipe on a thread of its own, as many at once as `threads`; results do not hang on that. None where it was stopped.
    ///
    /// # Errors
    /// Sizes of which no network can be built.
    pub fn teach(
        &self,
        recipes: &[Recipe],
        isa: Isa,
        threads: usize,
        on_progress: OnProgress<'_>,
    ) -> Result<Option<Vec<Taught>>, ModelError> {
        let (left, stop) = (Mutex::new((0..recipes.len()).rev().collect::<Vec<_>>()), AtomicBool::new(false));
        let (sender, events) = std::sync::mpsc::channel();
        let mut done = thread::scope(|scope| {
            let workers: Vec<_> = (0..threads.clamp(1, recipes.len().max(1)))
                .map(|_| {
                    let (left, stop, sender) = (&left, &stop, sender.clone());
                    scope.spawn(move || {
                        let cpu = Cpu::with_isa(isa, 1);
                        let mut done = Vec::new();
                        loop {
                            let next = left.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop();
                            let Some(place) = next else { break Ok(done) };
                            let mut told = |step, of, loss| {
                                // The receiver outlives the workers.
                                let _ = sender.send((place, step, of, loss));
                                stop.load(Ordering::Relaxed)
                            };
                            match self.one(&cpu, &recipes[place], &mut told) {
                                Ok(Some(trained)) => done.push((place, trained)),
                                Ok(None) => break Ok(done),
                                Err(error) => break Err(error),
                            }
                        }
                    })
                })
                .collect();
            drop(sender);
            for (place, step, of, loss) in events {
                if on_progress(&format!("{}{}", recipes[place].key, self.name), step, of, loss) == Control::Stop {
                    stop.store(true, Ordering::Relaxed);
                }
            }
            let parts = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
            parts.collect::<Result<Vec<Vec<_>>, ModelError>>().map(|parts| parts.into_iter().flatten().collect::<Vec<_>>())
        })?;
        done.sort_by_key(|(place, _)| *place);
        Ok((done.len() == recipes.len()).then(|| done.into_iter().map(|(_, trained)| trained).collect()))
    }

    /// One training; none where it was stopped.
    fn one(&self, cpu: &Cpu, recipe: &Recipe, told: &mut dyn FnMut(u64, u64, f64) -> bool) -> Result<Option<Taught>, ModelError> {
        let steps = ((self.course.steps as f64 * recipe.share) as u64).max(1);
        let lr = if recipe.radius.is_some() { STEEP_LR } else { self.course.lr };
        let optimizer = if recipe.radius.is_some() { OptimizerConfig::sgd(0.0, false) } else { self.course.optimizer.clone() };
        let course = Course { steps, lr, optimizer, ..self.course.clone() };
        let mut student = Student::with(self.problem, self.start(recipe)?, recipe.clip, course, self.longest, self.seed);
        let (mut losses, mut norms, mut thrown, mut first): (Vec<(u64, f64)>, _, _, _) = (Vec::new(), Vec::new(), None, None);
        let (every, mut burst) = (steps.div_ceil(POINTS).max(1), false);
        while !student.done() {
            let (at, step) = (student.step, student.learn(cpu));
            let first = *first.get_or_insert(step.loss);
            let stuck = student.step == at;
            let is_thrown = stuck || step.loss > THROWN * first;
            let thrown_now = is_thrown && thrown.is_none();
            if thrown_now {
                thrown = Some(at);
            }
            if at.is_multiple_of(every) || thrown_now {
                losses.push((at, step.loss));
                norms.push((at, step.norm));
                if told(at, steps, step.loss) {
                    return Ok(None);
                }
            }
            if stuck {
                burst = true;
                break;
            }
        }
        let recovered = losses.last().zip(first).is_some_and(|(&(_, last), first)| last <= first);
        let diverged = thrown.filter(|_| burst || !recovered);
        let mut batch = Batch::default();
        self.problem.draw_exactly(&mut Rng::new(self.seed, FLOW_STREAM), self.longest, FOLLOWED, &mut batch);
        let flow = gradient_flow(cpu, &student.model, &batch, &self.problem.loss()).remove(0);
        let run = Run {
            key: recipe.key.to_owned(),
            cell: recipe.net.cell(),
            clip: recipe.clip,
            forget_bias: recipe.forget_bias,
            radius: recipe.radius,
            lr,
            losses,
            norms,
            diverged,
            by_lag: flow.shares().into_iter().map(|share| if burst { f32::NAN } else { share.log10() as f32 }).collect(),
            factor: if burst { f64::NAN } else { flow.share_left().powf(1.0 / (flow.h.len().max(2) - 1) as f64) },
            score: None,
        };
        Ok(Some((student.model, run)))
    }

    /// The network that a recipe begins with.
    fn start(&self, recipe: &Recipe) -> Result<Model<f32>, ModelError> {
        let mut config = recipe.net.sized(&self.problem.network(self.course.hidden));
        if let Some(bias) = recipe.forget_bias {
            config.init = Init { forget_bias: bias, ..config.init };
        }
        let mut model = Model::new(&config, self.seed)?;
        if let Some(radius) = recipe.radius {
            const NAME: &str = "recurrent.weight_hh_l0";
            let mut w_hh = model.get(NAME).map_or(Vec::new(), <[f32]>::to_vec);
            let mut rng = Rng::new(self.seed, STEEP_STREAM);
            crate::init::orthogonal(&mut rng, &mut w_hh, config.hidden, config.hidden);
            w_hh.iter_mut().for_each(|w| *w *= radius as f32);
            model.set(NAME, &w_hh)?;
        }
        Ok(model)
    }
}
