//! A text read once from its start: what the network holds after each symbol, and what it expects behind the last.

use gatewise_kernels::Cpu;

use super::error::LanguageError;
use super::file::LanguageModel;
use super::ids::Ids;
use crate::batch::Batch;
use crate::layer::recurrent::State;

/// Symbols read at once.
const WINDOW: u64 = 256;

/// Texts that are read side by side at most, symbols of all of them, and of each of them: a longer one is read by itself.
const TEXTS: usize = 64;
const SYMBOLS: u64 = 8192;
const LONG: u64 = 1024;

/// What takes a symbol's place, its number and the features: (H).
pub type Each<'a, E> = dyn FnMut(u64, u32, &[f32]) -> Result<(), E> + 'a;

/// The same of one of several texts, whose number comes first.
pub type EachOf<'a, E> = dyn FnMut(usize, u64, u32, &[f32]) -> Result<(), E> + 'a;

impl LanguageModel {
    /// Reads a text from its start with a carried state. `each` gets every symbol's place, its number, and the features the network has then: (H).
    ///
    /// # Errors
    /// Numbers that cannot be read any more, or what `each` says.
    pub fn read<E: From<LanguageError>>(&mut self, cpu: &Cpu, ids: &Ids, each: &mut Each<'_, E>) -> Result<(), E> {
        self.run(cpu, ids, false, each)
    }

    /// Reads texts, each from its start, those that are short side by side; `each` gets their symbols as [`read`](Self::read) gives them, text by
    /// text in their order.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_each<E: From<LanguageError>>(&mut self, cpu: &Cpu, texts: &[&Ids], each: &mut EachOf<'_, E>) -> Result<(), E> {
        let (mut batch, mut symbols, width) = (Batch::default(), Vec::new(), self.model.config().width());
        let mut first = 0;
        while first < texts.len() {
            let (mut end, mut sum) = (first, 0);
            while end < texts.len().min(first + TEXTS) && texts[end].len() <= LONG && sum + texts[end].len() <= SYMBOLS {
                sum += texts[end].len();
                end += 1;
            }
            if end == first {
                self.run(cpu, texts[first], false, &mut |place, symbol, features| each(first, place, symbol, features))?;
                first += 1;
                continue;
            }
            let chosen: Vec<usize> = (first..end).filter(|text| !texts[*text].is_empty()).collect();
            let lengths: Vec<usize> = chosen.iter().map(|&text| texts[text].len() as usize).collect();
            batch.set_ragged(&lengths, 0);
            batch.symbols.resize(batch.layout.rows(), 0);
            for (item, &text) in chosen.iter().enumerate() {
                symbols.resize(lengths[item], 0);
                texts[text].read(0, &mut symbols)?;
                let place = batch.place(item);
                for (t, &symbol) in symbols.iter().enumerate() {
                    batch.symbols[batch.layout.row(t, place)] = symbol;
                }
            }
            if !chosen.is_empty() {
                self.model.encode(cpu, &batch, None);
            }
            for (item, &text) in chosen.iter().enumerate() {
                for t in 0..lengths[item] {
                    let row = batch.layout.row(t, batch.place(item));
                    each(text, t as u64, batch.symbols[row], &self.model.features()[row * width..][..width])?;
                }
            }
            first = end;
        }
        Ok(())
    }

    /// As [`read`](Self::read); `head`: whether outputs are computed too.
    fn run<E: From<LanguageError>>(&mut self, cpu: &Cpu, ids: &Ids, head: bool, each: &mut Each<'_, E>) -> Result<(), E> {
        let mut state = State::zeros(self.model.config(), 1);
        let (mut batch, width) = (Batch::default(), self.model.config().width());
        let mut at = 0;
        while at < ids.len() {
            let time = (ids.len() - at).min(WINDOW);
            batch.set_full(1, time as usize, 0);
            batch.symbols.resize(time as usize, 0);
            ids.read(at, &mut batch.symbols)?;
            if head {
                self.model.forward(cpu, &batch, false, Some(&mut state));
            } else {
                self.model.encode(cpu, &batch, Some(&mut state));
            }
            for ((place, &symbol), features) in (at..).zip(&batch.symbols).zip(self.model.features().chunks_exact(width)) {
                each(place, symbol, features)?;
            }
            at += time;
        }
        Ok(())
    }

    /// The symbols that are the likeliest behind the end of a text, `most` of them, with their probabilities.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn likeliest(&mut self, cpu: &Cpu, ids: &Ids, most: usize) -> Result<Vec<(u32, f64)>, LanguageError> {
        let next = self.next(cpu, ids)?;
        let mut order: Vec<(u32, f64)> = (0..).zip(next).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        order.truncate(most);
        Ok(order)
    }

    /// The probability of each symbol behind the end of a text, by its number.
    ///
    /// # Errors
    /// A text without a symbol, or numbers that cannot be read any more.
    pub fn next(&mut self, cpu: &Cpu, ids: &Ids) -> Result<Vec<f64>, LanguageError> {
        if ids.is_empty() {
            return Err(LanguageError::Empty);
        }
        self.run(cpu, ids, true, &mut |_, _, _| Ok::<(), LanguageError>(()))?;
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
        // Several texts, empty ones and one too long to be read beside others among them.
        let text = |symbols: &[u32]| {
            let mut writer = IdsWriter::new(3, std::path::Path::new("."));
            writer.push(symbols).unwrap();
            writer.finish().unwrap()
        };
        let long: Vec<u32> = (0..LONG as u32 + 7).map(|i| i * 5 % 3).collect();
        let texts = [text(&symbols[..5]), text(&[]), text(&long), text(&symbols[..9]), text(&symbols[2..4])];
        let mut together = Vec::new();
        let sink = &mut |text: usize, place: u64, symbol: u32, features: &[f32]| {
            together.push((text, place, symbol, features.to_vec()));
            Ok::<(), LanguageError>(())
        };
        model.read_each(&cpu, &texts.iter().collect::<Vec<_>>(), sink).unwrap();
        let mut alone = Vec::new();
        for (number, ids) in texts.iter().enumerate() {
            let each = &mut |place: u64, symbol: u32, features: &[f32]| {
                alone.push((number, place, symbol, features.to_vec()));
                Ok::<(), LanguageError>(())
            };
            model.read(&cpu, ids, each).unwrap();
        }
        assert_eq!(together.len(), alone.len());
        for (a, b) in together.iter().zip(&alone) {
            assert_eq!((a.0, a.1, a.2), (b.0, b.1, b.2));
            assert!(a.3.iter().zip(&b.3).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?} {b:?}");
        }
        let logits = model.model.output();
        let best = |values: &[f64]| (0..3).max_by(|&a, &b| values[a].total_cmp(&values[b]));
        assert_eq!(best(&next), best(&logits.iter().map(|&x| f64::from(x)).collect::<Vec<_>>()));
    }
}
