//! What a network needs of memory, told from its configuration alone: held against the limit before anything is allocated.

use gatewise_kernels::{Dims, Real};
use gatewise_memory::{Budget, OverBudget, product};

use super::ModelConfig;
use crate::error::ModelError;

/// Blocks of all parameters that training holds: values, gradients, two moments, the best values, and packed ones for forward and backward.
const TRAINED: usize = 7;

impl ModelConfig {
    /// Bytes of the parameters in `F` with all that training holds of each: gradient, moments, best value, packed copies.
    pub fn training_bytes<F: Real>(&self) -> u128 {
        self.parameters().saturating_mul((TRAINED * size_of::<F>()) as u128)
    }

    /// Bytes that a training step over `sequences` sequences of `rows` steps in all needs beside the parameters: the batch, the tapes of the layers, outputs
    /// and their gradients.
    pub fn step_bytes<F: Real>(&self, sequences: u128, rows: u128) -> u128 {
        /// Rows (N, D·H) beside a tape: output, gradient, and what stands between norm and dropout.
        const ROWS: usize = 4;
        let Dims { hidden, .. } = self.dims(0);
        let tape = self.dims(0).tape_width() + 2 * self.dims(0).memory() + hidden;
        let layers = product(&[self.layers, self.directions()]).saturating_mul((tape + ROWS * hidden) as u128);
        let encoder = self.encoder.as_ref().map_or(0, |e| e.kept() as u128);
        let branch = self.branch.as_ref().map_or(0, |b| b.blocks.iter().map(|block| 4 * block.filters as u128).sum());
        // The features as they come and behind encoder and embedding, with their gradients.
        let features = 2 * (self.input as u128 + self.features() as u128);
        let read = if self.readout == super::Readout::EachStep { rows } else { sequences };
        let outputs = self.read_width() as u128 + 4 * self.computed_outputs(read);
        let skip = self.skip.map_or(0, |s| product(&[s.lookback, s.targets]));
        let of_rows = rows.saturating_mul(layers + encoder + branch + features);
        let all = of_rows.saturating_add(read.saturating_mul(outputs)).saturating_add(sequences.saturating_mul(skip));
        all.saturating_mul(size_of::<F>() as u128)
    }

    /// Outputs of a row that a step of training over so many rows computes: all, or a sample with the targets at most.
    pub(super) fn computed_outputs(&self, rows: u128) -> u128 {
        let all = self.outputs as u128;
        self.sampled.map_or(all, |sampled| rows.saturating_add((sampled.frequent + sampled.drawn) as u128).min(all))
    }

    /// Refuses a network whose training the budget does not allow, by the setting that makes it so large.
    ///
    /// # Errors
    /// [`OverBudget`].
    pub fn hold<F: Real>(&self, budget: Budget) -> Result<(), OverBudget> {
        let needed = self.training_bytes::<F>();
        budget.hold(format_args!("a network of {} parameters ({})", self.parameters(), self.largest()), needed)
    }

    /// Checks that a network of these sizes can be built and trained in this process.
    ///
    /// # Errors
    /// As [`check`](Self::check) and [`hold`](Self::hold).
    pub fn check_training(&self) -> Result<(), ModelError> {
        self.check()?;
        Ok(self.hold::<f32>(Budget::current())?)
    }

    /// The setting that most parameters are due to, with its value.
    pub(super) fn largest(&self) -> String {
        let wide = |n: usize| n as u128;
        let symbols = self.embedding.map_or(0, |e| wide(e.symbols) * wide(e.width));
        let head = wide(self.outputs) * wide(self.read_width());
        let skip = self.skip.map_or(0, |s| wide(s.horizon) * wide(s.lookback));
        let (directions, gates, hidden) = (wide(self.directions()), wide(self.cell.gates()), wide(self.hidden));
        let input = directions * gates * hidden * wide(self.features());
        // What reads the layer below is as large as what reads the state, where there is such.
        let matrices = wide(self.layers) - u128::from(!self.cell.spec().recurrent);
        let layers = matrices * directions * gates * hidden * hidden;
        let (sizes, layer) = (self.hidden, self.layers);
        let settings = [
            (
                symbols + if self.embedding.is_some() { head } else { 0 },
                format!("vocabulary = {}", self.embedding.map_or(0, |e| e.symbols)),
            ),
            (if self.embedding.is_some() { 0 } else { head }, format!("hidden = {sizes} and {} outputs", self.outputs)),
            (skip, format!("lookback = {}", self.skip.map_or(0, |s| s.lookback))),
            (input, format!("hidden = {sizes} and {} features of a step", self.features())),
            (layers, if layer > sizes { format!("layers = {layer}") } else { format!("hidden = {sizes}") }),
            (self.encoder.as_ref().map_or(0, super::EncoderConfig::parameters), "filters of the encoder".to_owned()),
            (self.branch.as_ref().map_or(0, |b| b.parameters(self.input)), "fcn".to_owned()),
        ];
        settings.into_iter().max_by_key(|(parameters, _)| *parameters).map_or_else(String::new, |(_, setting)| setting)
    }
}

#[cfg(test)]
mod tests {
    use gatewise_kernels::{Cell, Cpu, Isa};

    use super::*;
    use crate::batch::Batch;
    use crate::loss::Loss;
    use crate::model::{EmbeddingConfig, Model, Readout};

    #[test]
    fn what_is_too_large_is_refused_by_its_setting() {
        let small = ModelConfig::new(Cell::Gru, 3, 8, 6);
        assert!(small.hold::<f32>(Budget::of(1 << 20)).is_ok());
        let words = ModelConfig {
            embedding: Some(EmbeddingConfig { symbols: 1 << 20, width: 64 }),
            readout: Readout::EachStep,
            ..ModelConfig::new(Cell::Lstm, 0, 64, 1 << 20)
        };
        let cases = [
            (ModelConfig { hidden: 16_000, ..small.clone() }, "hidden = 16000"),
            (ModelConfig { layers: 900, ..small.clone() }, "layers = 900"),
            (ModelConfig { input: 1 << 20, ..small.clone() }, "1048576 features"),
            (ModelConfig { outputs: 1 << 22, ..small.clone() }, "4194304 outputs"),
            (words, "vocabulary = 1048576"),
        ];
        for (config, setting) in cases {
            let error = config.hold::<f32>(Budget::of(1 << 20)).unwrap_err().to_string();
            assert!(error.contains(setting) && error.contains("memory_limit is 1.0 MiB"), "{error}");
        }
    }

    #[test]
    fn the_bytes_of_a_step_are_those_that_it_keeps_and_somewhat_more() {
        let cpu = Cpu::with_isa(Isa::Scalar, 1);
        for config in [
            ModelConfig { layers: 2, bidirectional: true, ..ModelConfig::new(Cell::Lstm, 5, 16, 3) },
            ModelConfig { layer_norm: true, readout: Readout::EachStep, ..ModelConfig::new(Cell::Gru, 2, 24, 1) },
        ] {
            let mut model = Model::<f32>::new(&config, 1).unwrap();
            let mut batch = Batch::default();
            batch.set_full(6, 10, config.input);
            batch.target.resize(batch.layout.rows().min(if config.readout == Readout::EachStep { 60 } else { 6 }) * config.outputs, 0.0);
            model.loss_and_grad(&cpu, &batch, &Loss::Mse);
            let kept = u128::from(model.memory_bytes(&batch));
            let told = config.training_bytes::<f32>() + config.step_bytes::<f32>(6, 60);
            assert!((kept..4 * kept).contains(&told), "{kept} bytes are kept, {told} told");
        }
    }
}
