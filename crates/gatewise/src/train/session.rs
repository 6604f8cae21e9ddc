//! The training loop: epochs, steps, validation.

use std::time::Instant;

use gatewise_kernels::{Cpu, vectorize};
use gatewise_memory::Budget;

use super::diagnose::not_finite;
use super::draw::draw;
use super::epoch::order;
use super::event::{Control, Event, Reason, Summary};
use super::keeper::Keeper;
use super::progress::{Best, Progress};
use super::trainer::Trainer;
use crate::batch::{Batch, Source};
use crate::error::TrainError;
use crate::format::Contents;
use crate::layer::recurrent::State;
use crate::optim::{Clock, clip_parts, clip_value, sum_parts};
use crate::params::Params;

/// Share of a time limit that steps are fitted into as they come; the rest is for the last reading.
const USED_SHARE: f64 = 0.97;

/// One call of [`Trainer::run`].
struct Session<'a> {
    cpu: &'a Cpu,
    train: &'a dyn Source,
    valid: &'a dyn Source,
    on_event: &'a mut dyn FnMut(&Event) -> Control,
    start: Instant,
    keeper: Keeper,
    first_step: u64,
    /// Steps of an epoch, and of the whole run.
    per_epoch: u64,
    /// Steps of the run as it was planned, or as an earlier session had to shorten it.
    planned: u64,
    total: u64,
}

impl Session<'_> {
    fn elapsed(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}

impl Trainer {
    /// Trains until an end is reached or an event is answered with [`Control::Stop`]. `valid` may be empty: then there is no best
    /// epoch and no early stop.
    ///
    /// # Errors
    /// [`TrainError::Memory`] where a step would need more memory than the limit allows, [`TrainError::NotFinite`] at the first loss or gradient that is not finite, [`TrainError::Empty`] without items,
    /// [`TrainError::OtherData`] where a resumed run is given other data, and a checkpoint that cannot be written.
    pub fn run(
        &mut self,
        cpu: &Cpu,
        train: &dyn Source,
        valid: &dyn Source,
        on_event: &mut dyn FnMut(&Event) -> Control,
    ) -> Result<Summary, TrainError> {
        let items = train.len();
        if items == 0 {
            return Err(TrainError::Empty);
        }
        let expected = *self.progress.items.get_or_insert(items);
        if expected != items {
            return Err(TrainError::OtherData { expected, found: items });
        }
        self.hold(train)?;
        let now = Instant::now();
        let (per_epoch, planned) = (self.config.epoch_steps(items), self.config.total_steps(items));
        let total = self.progress.affordable.map_or(planned, |steps| steps.min(planned));
        let first_step = self.progress.step;
        let keeper = Keeper::new(self.checkpoint.as_deref(), self.config.checkpoint_seconds, || self.contents());
        let mut session = Session { cpu, train, valid, on_event, start: now, keeper, first_step, per_epoch, planned: total, total };
        let mut reason = self.progress.finished;
        if reason.is_none() {
            reason = self.announce(&mut session);
            while reason.is_none() {
                reason = match self.epoch(&mut session) {
                    Ok(reason) => reason,
                    Err(error) => {
                        // Saved for what is good so far; should that fail too, the first error is the one to hear of.
                        let _ = self.rescue(&mut session);
                        return Err(error);
                    }
                };
            }
            session.keeper.wait()?;
            self.progress.finished = reason.filter(|r| !matches!(r, Reason::Interrupted | Reason::TimeLimit));
            self.save_if_asked()?;
        }
        let summary = Summary {
            reason: reason.unwrap_or(Reason::Interrupted),
            epochs: self.progress.epoch,
            steps: self.progress.step,
            best: self.progress.best.map(|b| b.loss),
            best_epoch: self.progress.best.map(|b| b.epoch),
            best_step: self.progress.best.map(|b| b.step),
            train_loss: self.progress.train_loss,
            elapsed: session.elapsed(),
        };
        (session.on_event)(&Event::Stopped(summary.clone()));
        Ok(summary)
    }

    /// Saves the weights before the step that went wrong. Where that step has overwritten them, the steps since the last checkpoint are
    /// taken again up to it: they give the same bytes.
    fn rescue(&mut self, session: &mut Session<'_>) -> Result<(), TrainError> {
        let Some(path) = self.checkpoint.clone() else { return Ok(()) };
        let written = session.keeper.wait();
        if finite(&self.model.params().values) {
            written?;
            return Ok(self.save(&path)?);
        }
        let (good, Some(last)) = (self.progress.step.saturating_sub(1), session.keeper.last()) else { return Ok(()) };
        let mut again = Self::of_contents(&path, Contents::clone(&last))?;
        if again.progress.step < good {
            let limit = again.config.time_limit.take();
            again.checkpoint = None;
            let mut until = |event: &Event| match event {
                Event::Step { step, .. } if *step >= good => Control::Stop,
                _ => Control::Continue,
            };
            again.run(session.cpu, session.train, session.valid, &mut until)?;
            again.config.time_limit = limit;
            again.checkpoint = Some(path.clone());
        }
        *self = again;
        Ok(self.save(&path)?)
    }

    /// Refuses a step that memory cannot hold, before it is tried.
    fn hold(&self, train: &dyn Source) -> Result<(), TrainError> {
        let items = self.config.batch.min(train.len());
        let Some(rows) = train.rows(items) else { return Ok(()) };
        let config = self.model.config();
        let needed = config.training_bytes::<f32>().saturating_add(config.step_bytes::<f32>(items as u128, rows));
        let (batch, hidden) = (self.config.batch, config.hidden);
        Ok(Budget::current()
            .hold(format_args!("a step of batch = {batch} ({items} items of {rows} steps in all, hidden = {hidden})"), needed)?)
    }

    fn save_if_asked(&self) -> Result<(), TrainError> {
        self.checkpoint.as_ref().map_or(Ok(()), |path| Ok(self.save(path)?))
    }

    fn announce(&mut self, session: &mut Session<'_>) -> Option<Reason> {
        let (step_seconds, memory_bytes) = self.rehearse(session);
        let left = session.total.saturating_sub(self.progress.step) as f64;
        let event = Event::Start {
            parameters: self.model.params().values.len(),
            items: session.train.len(),
            valid_items: session.valid.len(),
            steps_per_epoch: session.per_epoch,
            epochs: self.config.epochs,
            step: self.progress.step,
            estimate_seconds: self.config.time_limit.map_or(left * step_seconds, |limit| limit.min(left * step_seconds)),
            memory_bytes,
            isa: session.cpu.isa().with_products(self.config.precision()),
            threads: session.cpu.threads(),
        };
        stopped((session.on_event)(&event))
    }

    /// Runs the step that comes next without taking it: its seconds, and the bytes it needs.
    fn rehearse(&mut self, session: &Session<'_>) -> (f64, u64) {
        /// Below this a first call is mostly the making of buffers, and a second one tells more.
        const WARM_SECONDS: f64 = 0.1;
        let count = self.config.batch.min(session.train.len());
        let items: Vec<usize> = (0..count).collect();
        let mut seconds = f64::INFINITY;
        for _ in 0..2 {
            let start = Instant::now();
            session.train.fill(&items, &mut self.batch);
            self.model.loss_and_grad(session.cpu, &self.batch, &self.loss);
            seconds = start.elapsed().as_secs_f64().min(seconds);
            if seconds > WARM_SECONDS {
                break;
            }
        }
        // Forward is a third of a training step.
        let valid_share = session.valid.len() as f64 / (3.0 * session.train.len() as f64);
        let moments = self.optimizer.state().len() as u64;
        // The last checkpoint stays in memory.
        let copies = if self.checkpoint.is_some() { 2 } else { 1 };
        let buffers = copies * (moments + 1) * (size_of::<f32>() * self.model.params().values.len()) as u64;
        (seconds * (1.0 + valid_share), self.model.memory_bytes(&self.batch) + buffers)
    }

    /// The rest of an epoch and its validation; the reason if training ends with it.
    fn epoch(&mut self, session: &mut Session<'_>) -> Result<Option<Reason>, TrainError> {
        let start = Instant::now();
        let (mut rows, mut lr, mut ending) = (0, 0.0, None);
        if session.train.carries() {
            self.continue_order(session.train.len(), session.per_epoch);
        } else {
            order(self.config.seed, self.progress.epoch, session.train.len(), &mut self.order);
        }
        while self.progress.position < session.per_epoch {
            if self.progress.step >= session.total {
                ending = Some(Reason::MaxSteps);
                break;
            }
            lr = self.step(session)?;
            rows += self.batch.layout.rows();
            let Progress { step, epoch, position, ref gathered, .. } = self.progress;
            let event = Event::Step {
                step,
                epoch: epoch + 1,
                step_in_epoch: position,
                steps_per_epoch: session.per_epoch,
                loss: gathered.last_loss,
                grad_norm: gathered.norms.last().copied().map_or(0.0, f64::from),
                lr,
                elapsed: session.elapsed(),
            };
            if (session.on_event)(&event) == Control::Stop {
                return Ok(Some(Reason::Interrupted));
            }
            session.keeper.keep(|| self.contents())?;
            if self.config.time_limit.is_some_and(|limit| session.elapsed() >= limit) {
                ending = Some(Reason::TimeLimit);
                break;
            }
        }
        let rows_per_second = rows as f64 / start.elapsed().as_secs_f64();
        self.swap_average();
        let validated = self.validate(session);
        let closed = validated.map(|valid_loss| {
            let event = self.close_epoch(session, valid_loss, lr, rows_per_second);
            let seen = self.watch.look(session.cpu, &mut self.model, &event);
            (event, seen)
        });
        self.swap_average();
        let (event, seen) = closed?;
        self.fit_into_limit(session);
        let mut interrupted = None;
        for event in std::iter::once(event).chain(seen) {
            interrupted = stopped((session.on_event)(&event)).or(interrupted);
        }
        session.keeper.keep(|| self.contents())?;
        let Progress { step, epoch, stale, .. } = self.progress;
        let ends = [
            (self.config.patience.is_some_and(|patience| stale >= patience), Reason::Patience),
            (epoch >= self.config.epochs, Reason::Epochs),
            (step >= session.total, Reason::MaxSteps),
        ];
        Ok(ending.or_else(|| ends.into_iter().find_map(|(reached, reason)| reached.then_some(reason))).or(interrupted))
    }

    /// Where steps have turned out slower than the time limit was planned with, those that still fit are the whole run, so that the learning rate ends
    /// its course in time; where that was a passing slowness, more of those that were planned.
    fn fit_into_limit(&mut self, session: &mut Session<'_>) {
        let (Some(limit), step) = (self.config.time_limit, self.progress.step) else { return };
        // The weights of the last steps are averaged from a step that stays.
        let most = if self.average.is_empty() { session.planned } else { session.total };
        // A run at its end ends.
        if step < session.total
            && let Some(affordable) = affordable(step, session.first_step, session.elapsed(), limit, most)
        {
            session.total = affordable;
            self.progress.affordable = (affordable < self.config.total_steps(session.train.len())).then_some(affordable);
        }
    }

    /// One step: batch, gradient, clipping, optimiser. Gives the learning rate.
    fn step(&mut self, session: &Session<'_>) -> Result<f64, TrainError> {
        let progress = &mut self.progress;
        let first = progress.position as usize * self.config.batch;
        let items = &self.order[first..(first + self.config.batch).min(self.order.len())];
        draw(session.cpu, session.train, progress.step, items, &mut self.batch, &mut self.model);
        self.model.set_noise(self.config.seed, progress.step);
        let carries = session.train.carries();
        if carries && items[0] == 0 {
            self.carried.reset(self.model.config(), items.len());
        }
        let state = carries.then_some(&mut self.carried);
        let loss = self.model.loss_and_grad_from(session.cpu, &self.batch, &self.loss, state);
        if !loss.is_finite() {
            return Err(not_finite(progress.step + 1, "", &self.model, &self.batch, items, true));
        }
        self.parts.clear();
        self.parts.extend_from_slice(self.model.touched());
        let parts = &self.parts[..];
        let grads = &mut self.model.params_mut().grads;
        let norm = clip_parts(session.cpu, grads, self.config.clip_norm, parts);
        if !norm.is_finite() {
            return Err(not_finite(progress.step + 1, "", &self.model, &self.batch, items, false));
        }
        if let Some(bound) = self.config.clip_value {
            parts.iter().for_each(|part| clip_value(&mut grads[part.clone()], bound));
        }
        let lr = progress.scheduler.lr(Clock { step: progress.step, total: session.total, per_epoch: session.per_epoch });
        let Params { values, grads, .. } = self.model.params_mut();
        self.optimizer.step_parts(session.cpu, lr, values, grads, parts);
        let sound = sum_parts(session.cpu, parts, &values[..], |values| if finite(values) { 0.0 } else { 1.0 }) == 0.0;
        progress.gathered.add(loss, weight_of(&self.batch), norm, self.config.clip_norm.is_some_and(|bound| norm > bound));
        progress.step += 1;
        progress.position += 1;
        if !sound {
            return Err(not_finite(self.progress.step, "", &self.model, &self.batch, items, false));
        }
        self.enter_average(session.cpu, session.total);
        Ok(lr)
    }

    /// The loss over the validation part: the mean over its batches, each by its weight.
    fn validate(&mut self, session: &Session<'_>) -> Result<Option<f64>, TrainError> {
        let (mut sum, mut weight) = (0.0, 0.0);
        let items: Vec<usize> = (0..session.valid.len()).collect();
        let mut state = session.valid.carries().then(|| State::zeros(self.model.config(), self.config.batch));
        for items in items.chunks(self.config.batch) {
            session.valid.fill(items, &mut self.batch);
            let loss = self.model.loss_from(session.cpu, &self.batch, &self.loss, state.as_mut());
            if !loss.is_finite() {
                return Err(not_finite(self.progress.step, "in validation, ", &self.model, &self.batch, items, true));
            }
            let share = weight_of(&self.batch);
            sum += loss * share;
            weight += share;
        }
        Ok((weight > 0.0).then(|| sum / weight))
    }

    /// Enters the epoch's results, keeps the weights if they are the best, and starts the next epoch.
    fn close_epoch(&mut self, session: &Session<'_>, valid_loss: Option<f64>, lr: f64, rows_per_second: f64) -> Event {
        let progress = &mut self.progress;
        progress.epoch += 1;
        progress.position = 0;
        let gathered = std::mem::take(&mut progress.gathered);
        progress.train_loss = Some(gathered.loss());
        if let Some(loss) = valid_loss {
            if progress.best.is_none_or(|best| loss < best.loss - self.config.min_delta) {
                progress.best = Some(Best { loss, epoch: progress.epoch, step: progress.step });
                progress.stale = 0;
                self.best.clear();
                self.best.extend_from_slice(&self.model.params().values);
            } else {
                progress.stale += 1;
            }
        }
        progress.scheduler.observe(valid_loss.unwrap_or(gathered.loss()));
        let (grad_norm, grad_norm_max) = gathered.norm_range();
        let elapsed = session.elapsed();
        let step_seconds = elapsed / (progress.step - session.first_step).max(1) as f64;
        let eta = step_seconds * session.total.saturating_sub(progress.step) as f64;
        Event::Epoch {
            epoch: progress.epoch,
            epochs: self.config.epochs,
            step: progress.step,
            train_loss: gathered.loss(),
            valid_loss,
            best: progress.best.map(|b| b.loss),
            best_epoch: progress.best.map(|b| b.epoch),
            lr,
            grad_norm,
            // Clipping keeps the order of norms, so the median of the clipped ones is the clipped median.
            grad_norm_clipped: self.config.clip_norm.map_or(grad_norm, |bound| grad_norm.min(bound)),
            grad_norm_max,
            clipped: gathered.clipped_share(),
            rows_per_second,
            elapsed,
            eta: self.config.time_limit.map_or(eta, |limit| eta.min((limit - elapsed).max(0.0))),
        }
    }
}

/// Steps of a run that fit into `limit` seconds at the pace so far, at most `most`; none for a run that is out of time, which can go on with
/// what it has.
fn affordable(step: u64, first_step: u64, elapsed: f64, limit: f64, most: u64) -> Option<u64> {
    let left = limit * USED_SHARE - elapsed;
    let pace = elapsed / (step - first_step).max(1) as f64;
    (left > 0.0).then(|| step.saturating_add((left / pace) as u64).min(most))
}

fn finite(values: &[f32]) -> bool {
    // One pass without an early end: the compiler makes vectors of it.
    vectorize!(values.iter().fold(true, |finite, v| finite & v.is_finite()))
}

fn stopped(control: Control) -> Option<Reason> {
    (control == Control::Stop).then_some(Reason::Interrupted)
}

/// What a batch counts in a mean over batches: its targets, or their weights.
fn weight_of(batch: &Batch<f32>) -> f64 {
    if batch.weight.is_empty() { batch.target.len() as f64 } else { batch.weight.iter().map(|&w| f64::from(w)).sum() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_start_shortens_a_run_and_a_faster_pace_gives_steps_back() {
        let limit = 100.0 / USED_SHARE;
        // Planned for a second each; the first ten took two.
        assert_eq!(affordable(10, 0, 20.0, limit, 100), Some(50));
        // The next twenty took half a one.
        assert_eq!(affordable(30, 0, 30.0, limit, 100), Some(100), "no more than planned");
        assert_eq!(affordable(30, 0, 45.0, limit, 100), Some(66));
        // Steps of an earlier session took none of this one's time.
        assert_eq!(affordable(60, 50, 20.0, limit, 200), Some(100));
        assert_eq!(affordable(90, 0, 101.0, limit, 200), None, "out of time");
    }
}
