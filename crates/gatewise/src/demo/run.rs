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
    /// Distances they are examined at, in rising order.
    pub distances: Vec<usize>,
    /// Whether each distance has networks of its own, trained on nothing longer; else one of each kind serves all, trained up to the longest.
    pub apart: bool,
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
    /// A network trained up to the longest distance was examined at a shorter one, which others were trained for.
    Shorter {
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
    /// A network was examined at one distance.
    Result {
        /// Which.
        net: Net,
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
    /// The score at each of [`Demo::distances`], of the network trained for it.
    pub scores: Vec<Score>,
    /// The score of this network at each of [`Demo::distances`].
    pub own_scores: Vec<Score>,
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
    let tasks = demo.tasks();
    let mut results: Vec<(usize, Trained)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, tasks.len().max(1)))
            .map(|_| {
                let (next, stop, sender, tasks) = (&next, &stop, sender.clone(), &tasks);
                scope.spawn(move || {
                    let cpu = Cpu::with_isa(isa, 1);
                    let mut done = Vec::new();
                    // The last of the list are the slowest and start first.
                    while let Some(place) = tasks.len().checked_sub(1 + next.fetch_add(1, Ordering::Relaxed)) {
                        if let Some(trained) = teach(demo, problem, &tasks[place], &cpu, &sender, stop)? {
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
    Ok(demo.gathered(results.into_iter().map(|(_, trained)| trained)))
}

/// One network to train.
struct Task {
    net: Net,
    /// Longest distance of its training.
    longest: usize,
    /// Distances whose results are its own.
    distances: Vec<usize>,
}

impl Demo {
    /// Every training, the quickest first.
    fn tasks(&self) -> Vec<Task> {
        let Some(&longest) = self.distances.last() else { return Vec::new() };
        let task = |longest: usize, distances: &[usize]| -> Vec<Task> {
            self.nets.iter().map(move |&net| Task { net, longest, distances: distances.to_vec() }).collect()
        };
        let parts: Vec<Vec<Task>> =
            if self.apart { self.distances.iter().map(|&d| task(d, &[d])).collect() } else { vec![task(longest, &self.distances)] };
        parts.into_iter().flatten().collect()
    }

    /// Of each kind the network of the longest distance, with the results of all; kinds that were stopped before it are left out.
    fn gathered(&self, all: impl Iterator<Item = Trained>) -> Vec<Trained> {
        let mut kinds: Vec<Trained> = Vec::new();
        for mut trained in all {
            if let Some(place) = kinds.iter().position(|kind| kind.net == trained.net) {
                let shorter = kinds.remove(place);
                trained.scores.splice(0..0, shorter.scores);
            }
            kinds.push(trained);
        }
        kinds.retain(|kind| kind.scores.len() == self.distances.len());
        kinds.sort_by_key(|kind| self.nets.iter().position(|net| *net == kind.net));
        kinds
    }
}

/// One network from start to end; `None` where it was stopped.
fn teach(
    demo: &Demo,
    problem: &dyn Problem,
    task: &Task,
    cpu: &Cpu,
    events: &Sender<Event>,
    stop: &AtomicBool,
) -> Result<Option<Trained>, ModelError> {
    // The receiver outlives the workers, so a message is never lost while anybody listens.
    let tell = |event| drop(events.send(event));
    let &Task { net, longest, .. } = task;
    let mut student = Student::new(problem, net, demo.course, longest, demo.seed)?;
    let config = student.model.config();
    tell(Event::Start { net, longest, parameters: student.model.params().values.len(), hidden: config.hidden, steps: demo.course.steps });
    let flow_at_start = follow(demo, problem, longest, &student.model, cpu);
    tell(flow_event(task, false, &flow_at_start));
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
    let flow = follow(demo, problem, longest, &model, cpu);
    tell(flow_event(task, true, &flow));
    let is_last = demo.distances.last() == Some(&longest);
    let (mut scores, mut own_scores) = (Vec::new(), Vec::new());
    for &gap in demo.distances.iter().filter(|gap| is_last || task.distances.contains(gap)) {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let score = examine(cpu, &mut model, problem, gap, demo.examined, demo.seed);
        own_scores.push(score);
        if task.distances.contains(&gap) {
            tell(Event::Result { net, gap, score });
            scores.push(score);
        } else {
            tell(Event::Shorter { net, longest, gap, score });
        }
    }
    Ok(Some(Trained { net, model, scores, own_scores, flow_at_start, flow, not_finite }))
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

fn flow_event(task: &Task, trained: bool, flow: &Flow) -> Event {
    let &Task { net, longest, .. } = task;
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

    fn demo(apart: bool) -> Demo {
        let course = Course { steps: 3, batch: 4, lr: 1e-3, clip_norm: 1.0, hidden: 4, growth: 0.0, first: 2 };
        Demo { nets: vec![Net::Of(Cell::Gru), Net::Rnn], course, distances: vec![3, 5, 8], apart, examined: 50, seed: 1 }
    }

    #[test]
    fn each_distance_has_networks_of_its_own_or_one_serves_all() {
        for (apart, trained) in [(true, 6), (false, 2)] {
            let (mut starts, mut results, mut shorter) = (Vec::new(), Vec::new(), 0);
            let all = run(&demo(apart), &Adding, Isa::Scalar, 2, &mut |event| {
                match event {
                    Event::Start { net, longest, .. } => starts.push((*net, *longest)),
                    Event::Result { net, gap, .. } => results.push((*net, *gap)),
                    Event::Shorter { .. } => shorter += 1,
                    _ => {}
                }
                Control::Continue
            })
            .unwrap();
            assert_eq!((starts.len(), results.len(), shorter), (trained, 6, if apart { 4 } else { 0 }));
            assert_eq!(all.iter().map(|t| t.net).collect::<Vec<_>>(), [Net::Of(Cell::Gru), Net::Rnn]);
            for kind in &all {
                assert_eq!((kind.scores.len(), kind.own_scores.len()), (3, 3));
                assert_eq!(kind.scores[2], kind.own_scores[2], "the longest distance is the last network's own");
                assert_eq!(kind.scores[0] == kind.own_scores[0], !apart);
            }
        }
    }
}
