//! A text read once from its start: what the network holds after each symbol, and what it expects behind the last.

use gatewise_kernels::Cpu;

use super::error::LanguageError;
use super::file::LanguageModel;
use super::ids::Ids;
use crate::batch::Batch;
use crate::layer::recurrent::State;

/// Symbols read at once.
const WINDOW: u64 = 256;

/// What takes a symbol's place, its number and the features: (H).
pub type Each<'a, E> = dyn FnMut(u64, u32, &[f32]) -> Result<(), E> + 'a;

impl LanguageModel {
    /// Reads a text from its start with a carried state. `each` gets every symbol's place, its number, and the features the network has then: (H).
    ///
    /// # Errors
    /// Numbers that cannot be read any more, or what `each` says.
    pub fn read<E: From<LanguageError>>(&mut self, cpu: &Cpu, ids: &Ids, each: &mut Each<'_, E>) -> Result<(), E> {
        let mut state = State::zeros(self.model.config(), 1);
        let (mut batch, width) = (Batch::default(), self.model.config().width());
        let mut at = 0;
        while at < ids.len() {
            let time = (ids.len() - at).min(WINDOW);
            batch.set_full(1, time as usize, 0);
            batch.symbols.resize(time as usize, 0);
            ids.read(at, &mut batch.symbols)?;
            self.model.forward(cpu, &batch, false, Some(&mut state));
            for ((place, &symbol), features) in (at..).zip(&batch.symbols).zip(self.model.features().chunks_exact(width)) {
                each(place, symbol, features)?;
            }
            at += time;
        }
        Ok(())
    }

    /// The probability of each symbol behind the end of a text, by its number.
    ///
    /// # Errors
    /// A text without a symbol, or numbers that cannot be read any more.
    pub fn next(&mut self, cpu: &Cpu, ids: &Ids) -> Result<Vec<f64>, LanguageError> {
        if ids.is_empty() {
            return Err(LanguageError::Empty);
        }
        self.read(cpu, ids, &mut |_, _, _| Ok::<(), LanguageError>(()))?;
        let output = self.model.output();
        let last = &output[output.len() - self.vocabulary.len()..];
        let top = last.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let shares: Vec<f64> = last.iter().map(|&x| f64::from(x - top).exp()).collect();
        let total: f64 = shares.iter().sum();
        Ok(shares.into_iter().map(|share| share / total).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Builder, IdsWriter, LanguageConfig, Unit};
    use super::*;

    #[test]
    fn a_text_read_in_pieces_ends_where_single_steps_end() {
        let vocabulary = Builder::new(Unit::Char, 10).build(std::iter::once("abc".to_owned())).unwrap();
        let config = LanguageConfig { hidden: 6, embedding: 4, ..LanguageConfig::default() };
        let mut model = LanguageModel::new(config.starting_model(3, 1).unwrap(), vocabulary).unwrap();
        let cpu = Cpu::new(1).unwrap();
        // Longer than a window.
        let symbols: Vec<u32> = (0..600).map(|i| i * 7 % 3).collect();
        let mut writer = IdsWriter::new(3, std::path::Path::new("."));
        writer.push(&symbols).unwrap();
        let ids = writer.finish().unwrap();
        let mut seen = Vec::new();
        let each = &mut |place: u64, symbol: u32, features: &[f32]| {
            seen.push((place, symbol, features.to_vec()));
            Ok::<(), LanguageError>(())
        };
        model.read(&cpu, &ids, each).unwrap();
        let next = model.next(&cpu, &ids).unwrap();
        let mut state = State::zeros(model.model.config(), 1);
        for (place, &symbol) in symbols.iter().enumerate() {
            model.model.step(&cpu, &[], &[symbol], &mut state).unwrap();
            assert_eq!((seen[place].0, seen[place].1, &seen[place].2[..]), (place as u64, symbol, &state.h[..]));
        }
        assert!((next.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let logits = model.model.output();
        let best = |values: &[f64]| (0..3).max_by(|&a, &b| values[a].total_cmp(&values[b]));
        assert_eq!(best(&next), best(&logits.iter().map(|&x| f64::from(x)).collect::<Vec<_>>()));
    }
}
