//! A comparison from start to end: every network trained alike, then examined.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;

use gatewise_kernels::{Cpu, Isa};
use serde::Serialize;

use super::course::Course;
use super::network::Net;
use super::train::{Problem, Score, Student, examine};
use crate::batch::Batch;
use crate::error::ModelError;
use crate::model::Model;
use crate::probe::{Flow, gradient_flow};
use crate::rng::Rng;
use crate::train::Control;

/// What is compared.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The networks.
    pub nets: Vec<Net>,
    /// How they are trained.
    pub course: Course,
    /// Longest distance they are trained on.
    pub taught: usize,
    /// Distances they are examined at, in rising order.
    pub distances: Vec<usize>,
    /// Fresh sequences at each distance.
    pub examined: usize,
    /// Seed of weights and sequences.
    pub seed: u64,
}

/// What is told while it runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A network begins.
    Start {
        /// Which.
        net: Net,
        /// Longest distance it is trained on.
        longest: usize,
        /// Its parameters.
        parameters: usize,
        /// Its hidden units.
        hidden: usize,
        /// Steps it will be trained for.
        steps: u64,
    },
    /// Some steps are done.
    Step {
        /// Which.
        net: Net,
        /// Longest distance it is trained on.
        longest: usize,
        /// Steps so far.
        step: u64,
        /// Longest distance now drawn.
        reach: usize,
        /// Loss of the step.
        loss: f64,
        /// Gradient norm before clipping.
        grad_norm: f64,
    },
    /// Training ended before its time, on a number that is not finite; the weights are those from before.
    NotFinite {
        /// Which.
        net: Net,
        /// Longest distance it is trained on.
        longest: usize,
        /// The step that failed, from 1.
        step: u64,
    },
    /// A network is trained.
    Trained {
        /// Which.
        net: Net,
        /// Longest distance it was trained on.
        longest: usize,
        /// Steps taken.
        steps: u64,
        /// Share of the steps whose gradient was clipped.
        clipped: f64,
        /// Seconds of training.
        seconds: f64,
    },
    /// The gradient of the loss at the last step was followed back through time, at the longest distance.
    Flow {
        /// Which.
        net: Net,
        /// The distance.
        longest: usize,
        /// Before the first step or after the last.
        trained: bool,
        /// First lag at which half of the gradient is lost for good; none within the sequence.
        half_life: Option<f64>,
        /// Mean factor from lag to lag.
        factor: f64,
        /// Share of the gradient left at the start of the sequence.
        share_left: f64,
        /// Share left at each lag.
        by_lag: Vec<f64>,
    },
    /// A network was examined at one distance.
    Result {
        /// Which.
        net: Net,
        /// Longest distance it was trained on.
        longest: usize,
        /// The distance.
        gap: usize,
        /// How well it did.
        #[serde(flatten)]
        score: Score,
    },
}

/// A network after its training up to the longest distance.
#[derive(Debug)]
pub struct Trained {
    /// Which.
    pub net: Net,
    /// With its last weights.
    pub model: Model<f32>,
    /// The score at each of [`Demo::distances`].
    pub scores: Vec<Score>,
    /// Gradient by lag before the first step.
    pub flow_at_start: Flow,
    /// Gradient by lag after the last step.
    pub flow: Flow,
    /// The step that ended its training early, if one did.
    pub not_finite: Option<u64>,
}

/// Steps between two [`Event::Step`].
const TOLD_EVERY: u64 = 50;

/// Trains and examines every network, `threads` of them at once, each on one thread: the results do not depend on `threads`.
/// Answering an event with [`Control::Stop`] ends it early; what is finished by then is returned, in the order of [`Demo::nets`].
///
/// # Errors
/// Sizes of which no network can be built.
pub fn run(
    demo: &Demo,
    problem: &dyn Problem,
    isa: Isa,
    threads: usize,
    on_event: &mut dyn FnMut(&Event) -> Control,
) -> Result<Vec<Trained>, ModelError> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, events) = channel();
    let mut results: Vec<(usize, Trained)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, demo.nets.len().max(1)))
            .map(|_| {
                let (next, stop, sender) = (&next, &stop, sender.clone());
                scope.spawn(move || {
                    let cpu = Cpu::with_isa(isa, 1);
                    let mut done = Vec::new();
                    // The last of the list are the slowest and start first.
                    while let Some(place) = demo.nets.len().checked_sub(1 + next.fetch_add(1, Ordering::Relaxed)) {
                        if let Some(trained) = teach(demo, problem, demo.nets[place], &cpu, &sender, stop)? {
                            done.push((place, trained));
                        }
                    }
                    Ok(done)
                })
            })
            .collect();
        drop(sender);
        for event in events {
            if on_event(&event) == Control::Stop {
                stop.store(true, Ordering::Relaxed);
            }
        }
        let finished = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        finished.collect::<Result<Vec<Vec<_>>, ModelError>>().map(|parts| parts.into_iter().flatten().collect())
    })?;
    results.sort_by_key(|(place, _)| *place);
    Ok(results.into_iter().map(|(_, trained)| trained).collect())
}

/// One network from start to end; `None` where it was stopped.
fn teach(
    demo: &Demo,
    problem: &dyn Problem,
    net: Net,
    cpu: &Cpu,
    events: &Sender<Event>,
    stop: &AtomicBool,
) -> Result<Option<Trained>, ModelError> {
    // The receiver outlives the workers, so a message is never lost while anybody listens.
    let tell = |event| drop(events.send(event));
    let longest = demo.taught;
    let mut student = Student::new(problem, net, demo.course.clone(), longest, demo.seed)?;
    let config = student.model.config();
    tell(Event::Start { net, longest, parameters: student.model.params().values.len(), hidden: config.hidden, steps: demo.course.steps });
    let flow_at_start = follow(demo, problem, demo.longest(), &student.model, cpu);
    tell(flow_event(net, longest, false, &flow_at_start));
    let start = Instant::now();
    let mut not_finite = None;
    while !student.done() {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let (before, step) = (student.step, student.learn(cpu));
        if student.step == before {
            not_finite = Some(before + 1);
            tell(Event::NotFinite { net, longest, step: before + 1 });
            break;
        }
        if student.step.is_multiple_of(TOLD_EVERY) {
            tell(Event::Step { net, longest, step: student.step, reach: step.reach, loss: step.loss, grad_norm: step.norm });
        }
    }
    let clipped = student.clipped as f64 / student.step.max(1) as f64;
    tell(Event::Trained { net, longest, steps: student.step, clipped, seconds: start.elapsed().as_secs_f64() });
    let mut model = student.model;
    let flow = follow(demo, problem, demo.longest(), &model, cpu);
    tell(flow_event(net, longest, true, &flow));
    let mut scores = Vec::with_capacity(demo.distances.len());
    for &gap in &demo.distances {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let score = examine(cpu, &mut model, problem, gap, demo.examined, demo.seed);
        tell(Event::Result { net, longest, gap, score });
        scores.push(score);
    }
    Ok(Some(Trained { net, model, scores, flow_at_start, flow, not_finite }))
}

/// Sequences over which the gradient by lag is taken.
const FOLLOWED: usize = 16;
/// Stream of a seed that they are drawn from.
const FLOW_STREAM: u64 = 1 << 37;

/// The gradient by lag at the longest distance, over the same sequences for every network.
fn follow(demo: &Demo, problem: &dyn Problem, longest: usize, model: &Model<f32>, cpu: &Cpu) -> Flow {
    let mut batch = Batch::default();
    problem.draw_exactly(&mut Rng::new(demo.seed, FLOW_STREAM), longest, FOLLOWED, &mut batch);
    gradient_flow(cpu, model, &batch, &problem.loss()).remove(0)
}

fn flow_event(net: Net, longest: usize, trained: bool, flow: &Flow) -> Event {
    Event::Flow {
        net,
        longest,
        trained,
        half_life: flow.half_life,
        factor: flow.factor,
        share_left: flow.share_left(),
        by_lag: flow.shares(),
    }
}

#[cfg(test)]
mod tests {
    use gatewise_kernels::Cell;

    use super::*;
    use crate::demo::Adding;
    use crate::optim::OptimizerConfig;

    #[test]
    fn every_network_is_examined_at_every_distance() {
        let optimizer = OptimizerConfig::adam();
        let course = Course { steps: 3, batch: 4, optimizer, lr: 1e-3, clip_norm: 1.0, hidden: 4, growth: 0.0, first: 2 };
        let demo = Demo { nets: vec![Net::Of(Cell::Gru), Net::Rnn], course, taught: 8, distances: vec![3, 5, 8], examined: 50, seed: 1 };
        let (mut starts, mut results) = (Vec::new(), Vec::new());
        let all = run(&demo, &Adding, Isa::Scalar, 2, &mut |event| {
            match event {
                Event::Start { net, longest, .. } => starts.push((*net, *longest)),
                Event::Result { net, gap, .. } => results.push((*net, *gap)),
                _ => {}
            }
            Control::Continue
        })
        .unwrap();
        assert_eq!((starts.len(), results.len()), (2, 6));
        assert!(starts.iter().all(|(_, longest)| *longest == 8));
        assert_eq!(all.iter().map(|t| (t.net, t.scores.len())).collect::<Vec<_>>(), [(Net::Of(Cell::Gru), 3), (Net::Rnn, 3)]);
    }
}
