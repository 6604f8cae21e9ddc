//! One step at a time: streaming, and a free run on the network's own outputs.

use gatewise_kernels::{Cpu, Real};

use super::{Model, ModelConfig, Readout};
use crate::error::ModelError;
use crate::layer::recurrent::State;

/// Makes the next input from an output: the number of the step just taken, its output (B, outputs), and the features and symbols to write.
pub type Feed<'a, F> = dyn FnMut(usize, &[F], &mut [F], &mut [u32]) + 'a;

impl ModelConfig {
    /// Whether the network can run step by step.
    ///
    /// # Errors
    /// Says what keeps it from that.
    pub fn check_streaming(&self) -> Result<(), ModelError> {
        let reason = match self {
            Self { bidirectional: true, .. } => "its second direction starts at a sequence's end",
            Self { readout: Readout::Mean | Readout::Max | Readout::Attention | Readout::Concat, .. } => {
                "it reads out a whole sequence at once"
            }
            Self { branch: Some(_), .. } => "the convolutions beside it read a whole sequence",
            Self { skip: Some(_), .. } => "its linear path reads a whole window",
            _ => return Ok(()),
        };
        Err(ModelError::NoStreaming { reason })
    }
}

impl<F: Real> Model<F> {
    /// One step of B sequences, in any order that the caller keeps: `x` (B, input), `symbols` (B) with an embedding, else empty.
    /// `state` goes from one step to the next. The output is (B, outputs).
    ///
    /// # Errors
    /// As [`ModelConfig::check_streaming`].
    ///
    /// # Panics
    /// If a slice has a wrong length.
    pub fn step(&mut self, cpu: &Cpu, x: &[F], symbols: &[u32], state: &mut State<F>) -> Result<&[F], ModelError> {
        self.config.check_streaming()?;
        let batch = state.h.len() / (self.config.layers * self.config.hidden);
        let mut one = std::mem::take(&mut self.work.step);
        one.set_full(batch, 1, self.config.input);
        one.x.copy_from_slice(x);
        one.symbols.extend_from_slice(symbols);
        self.forward(cpu, &one, false, Some(state));
        self.work.step = one;
        Ok(self.output())
    }

    /// Feeds outputs back as inputs for `steps` steps. `x` and `symbols` are the first input, which `feed` overwrites after
    /// each step with the next one.
    ///
    /// # Errors
    /// As [`ModelConfig::check_streaming`].
    pub fn free_run(
        &mut self,
        cpu: &Cpu,
        steps: usize,
        x: &mut [F],
        symbols: &mut [u32],
        state: &mut State<F>,
        feed: &mut Feed<'_, F>,
    ) -> Result<(), ModelError> {
        for step in 0..steps {
            let output = self.step(cpu, x, symbols, state)?;
            feed(step, output, x, symbols);
        }
        Ok(())
    }
}
