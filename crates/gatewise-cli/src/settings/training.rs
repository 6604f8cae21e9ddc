//! What the training loop is given, as far as no task guesses it from its data.

use std::time::Duration;

use gatewise::optim::Schedule;
use gatewise::train::TrainConfig;

use super::guess::Guesses;
use crate::args::words::duration;
use crate::args::{NO_BF16, PrecisionName, ScheduleName, TrainingArgs, multiplies_bf16};
use crate::failure::Failure;

impl TrainingArgs {
    /// The time limit.
    pub fn limit(&self) -> Result<Option<Duration>, Failure> {
        self.time_limit.as_deref().map(duration).transpose().map_err(Failure::usage)
    }

    /// Seconds between checkpoints.
    pub fn checkpoint_seconds(&self) -> Result<f64, Failure> {
        let given = self.checkpoint_every.as_deref().map(duration).transpose().map_err(Failure::usage)?;
        Ok(given.map_or(TrainConfig::default().checkpoint_seconds, |every| every.as_secs_f64()))
    }

    /// The course of the learning rate over `epochs`; `end` divides the rate at which one cycle begins to give that at its end.
    pub fn course(&mut self, usual: ScheduleName, epochs: u64, end: f64) -> Schedule {
        match Guesses::usual(&mut self.schedule, usual) {
            ScheduleName::Constant => Schedule::Constant,
            ScheduleName::Step => Schedule::Step { every: (epochs / 3).max(1), factor: 0.3 },
            ScheduleName::Cosine => Schedule::Cosine { warmup: 0.05, floor: 0.01 },
            ScheduleName::OneCycle => Schedule::OneCycle { rise: 0.3, div_factor: 25.0, final_div_factor: end },
            ScheduleName::Plateau => Schedule::ReduceOnPlateau { factor: 0.5, patience: 2, threshold: 1e-4, cooldown: 0, floor: 1e-3 },
        }
    }

    /// The longest gradient, if there is a limit.
    pub fn longest_gradient(&mut self) -> Option<f64> {
        let norm = Guesses::usual(&mut self.clip_norm, 1.0);
        (norm > 0.0).then_some(norm)
    }

    /// Whether the recurrent layers multiply in bf16. Where the processor cannot, f32 takes its place in a new run and is noted; a run
    /// that goes on keeps what it began with, and its start says that it is emulated.
    pub fn bf16(&mut self, guesses: &mut Guesses) -> bool {
        if self.precision == Some(PrecisionName::Bf16) && !self.resumed && !multiplies_bf16() {
            self.precision = None;
            guesses.or(&mut self.precision, "--precision", || (PrecisionName::F32, NO_BF16.to_owned()));
        }
        self.precision == Some(PrecisionName::Bf16)
    }

    /// Whether gradients are measured after each epoch.
    pub fn watches_gradients(&self) -> bool {
        self.watch_gradients.unwrap_or(false)
    }

    /// The start of every random choice.
    pub fn start(&mut self) -> u64 {
        Guesses::usual(&mut self.seed, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_new_run_changes_what_it_multiplies() {
        for resumed in [false, true] {
            let mut training = TrainingArgs { precision: Some(PrecisionName::Bf16), resumed, ..TrainingArgs::default() };
            let mut guesses = Guesses::default();
            let bf16 = training.bf16(&mut guesses);
            assert_eq!(bf16, resumed || multiplies_bf16(), "resumed {resumed}");
            assert_eq!(training.precision == Some(PrecisionName::Bf16), bf16);
            assert_eq!(guesses.finish().is_empty(), bf16, "what is changed is noted");
        }
        let mut training = TrainingArgs::default();
        assert!(!training.bf16(&mut Guesses::default()) && training.precision.is_none(), "what nobody asks for is not written down");
    }
}
