//! A readout over the steps so far, for sequences that are answered while they grow.

use gatewise_kernels::{Cpu, Real};

use super::{Model, ModelConfig, Readout};
use crate::error::ModelError;
use crate::layer::recurrent::State;

/// One sequence on its way: the state of the recurrent layers and what the readout has gathered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Running<F> {
    /// The recurrent layers' state.
    pub state: State<F>,
    /// Steps so far.
    pub steps: usize,
    /// Sum of the outputs: (H).
    pub sum: Vec<F>,
    /// Largest output of each unit: (H).
    pub max: Vec<F>,
    /// What the head reads: (P·H).
    row: Vec<F>,
}

impl<F: Real> Running<F> {
    /// Before the first step.
    pub fn new(config: &ModelConfig) -> Self {
        let mut running = Self::default();
        running.restart(config);
        running
    }

    /// Becomes a sequence before its first step, in the storage it has.
    pub fn restart(&mut self, config: &ModelConfig) {
        self.state.reset(config, 1);
        self.steps = 0;
        self.sum.clear();
        self.sum.resize(config.width(), F::ZERO);
        self.max.clear();
        self.max.resize(config.width(), F::ZERO);
    }
}

impl ModelConfig {
    /// Whether a sequence can be answered while it grows: as [`check_streaming`](Self::check_streaming), but that the mean and the largest of
    /// the steps so far are known too.
    ///
    /// # Errors
    /// Says what keeps it from that.
    pub fn check_running(&self) -> Result<(), ModelError> {
        match self.readout {
            Readout::Mean | Readout::Max | Readout::Concat => Self { readout: Readout::Last, ..self.clone() }.check_streaming(),
            _ => self.check_streaming(),
        }
    }
}

impl<F: Real> Model<F> {
    /// One step of one sequence, `x` (input) or `symbols` (1), and the answer to all of it so far: (outputs), as [`forward`](Self::forward) over
    /// those steps gives it.
    ///
    /// # Errors
    /// As [`ModelConfig::check_running`].
    ///
    /// # Panics
    /// If a slice has a wrong length.
    pub fn step_running(&mut self, cpu: &Cpu, x: &[F], symbols: &[u32], running: &mut Running<F>) -> Result<&[F], ModelError> {
        self.config.check_running()?;
        let mut one = std::mem::take(&mut self.work.step);
        one.set_full(1, 1, self.config.input);
        one.x.copy_from_slice(x);
        one.symbols.extend_from_slice(symbols);
        self.forward(cpu, &one, false, Some(&mut running.state));
        self.work.step = one;
        running.steps += 1;
        if matches!(self.config.readout, Readout::Last | Readout::EachStep) {
            return Ok(self.head.output());
        }
        let y = self.stack.output();
        let first = running.steps == 1;
        for ((sum, max), &y) in running.sum.iter_mut().zip(&mut running.max).zip(y) {
            *sum = if first { y } else { *sum + y };
            *max = if first || y > *max { y } else { *max };
        }
        let scale = F::ONE / F::from_f64(running.steps as f64);
        let mean = running.sum.iter().map(|&sum| sum * scale);
        running.row.clear();
        match self.config.readout {
            Readout::Mean => running.row.extend(mean),
            Readout::Max => running.row.extend_from_slice(&running.max),
            _ => {
                running.row.extend_from_slice(y);
                running.row.extend(mean);
                running.row.extend_from_slice(&running.max);
            }
        }
        self.head.forward(cpu, &self.params.values, &running.row);
        Ok(self.head.output())
    }
}
