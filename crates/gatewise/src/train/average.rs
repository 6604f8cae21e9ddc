//! The mean of the weights of the last steps (Polyak and Juditsky 1992): it lies nearer to the middle of the minimum that steps of a finite size walk
//! around, and is what is validated and kept.

use gatewise_kernels::{Cpu, GRAIN, deal, vectorize};

use super::trainer::Trainer;

/// Steps from one whose weights are entered to the next: neighbours differ little, and a pass over all weights is a good part of a step's work.
const EVERY: u64 = 4;

impl Trainer {
    /// Enters the weights of a step, one in [`EVERY`], in the mean, from the first step of the share that is averaged on. `total` steps are planned.
    pub(super) fn enter_average(&mut self, cpu: &Cpu, total: u64) {
        let share = self.config.average;
        let begun = self.progress.step as f64 > (1.0 - share) * total as f64;
        if share == 0.0 || !begun || !self.progress.step.is_multiple_of(EVERY) {
            return;
        }
        let values = &self.model.params().values;
        self.progress.averaged += 1;
        if self.average.is_empty() {
            self.average.extend_from_slice(values);
            return;
        }
        let weight = 1.0 / self.progress.averaged as f32;
        deal(cpu, (&mut self.average[..], &values[..]), GRAIN, |_, (mean, values)| {
            vectorize!(mean.iter_mut().zip(values).for_each(|(mean, &value)| *mean += weight * (value - *mean)));
        });
    }

    /// Puts the mean in the place of the weights, or back; nothing where there is none.
    pub(super) fn swap_average(&mut self) {
        if !self.average.is_empty() {
            std::mem::swap(&mut self.model.params_mut().values, &mut self.average);
        }
    }
}
