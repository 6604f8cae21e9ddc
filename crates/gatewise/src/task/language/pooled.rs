//! What the network holds of texts, a row for each of them or for each of their symbols.

use gatewise_kernels::Cpu;

use super::error::LanguageError;
use super::file::LanguageModel;
use super::ids::Ids;
use crate::options::Pool;

/// What takes a row: the number of the text; of a row for one symbol alone its place, from 0, and its number; the features: (H).
pub type EachRow<'a, E> = dyn FnMut(usize, Option<(u64, u32)>, &[f32]) -> Result<(), E> + 'a;

impl LanguageModel {
    /// Reads texts, each from its start, and gives `each` their rows in the order of the texts as their states come. A text without a symbol has a row
    /// of zeros, or none where every symbol has one.
    ///
    /// # Errors
    /// Numbers that cannot be read any more, or what `each` says.
    pub fn pooled<E: From<LanguageError>>(&mut self, cpu: &Cpu, texts: &[Ids], pool: Pool, each: &mut EachRow<'_, E>) -> Result<(), E> {
        let width = self.model.config().width();
        let (mut mean, zeros) = (vec![0.0_f64; width], vec![0.0_f32; width]);
        // Texts without symbols are not read: their rows stand before that of the next text that is.
        let mut due = 0;
        let empty_before = |due: &mut usize, text: usize, each: &mut EachRow<'_, E>| {
            let before = std::mem::replace(due, text + 1)..text;
            before.filter(|_| pool != Pool::None).try_for_each(|empty| each(empty, None, &zeros))
        };
        let all: Vec<&Ids> = texts.iter().collect();
        self.read_each::<E>(cpu, &all, &mut |text, place, symbol, features| {
            if place == 0 {
                empty_before(&mut due, text, each)?;
            }
            let last = place + 1 == texts[text].len();
            match pool {
                Pool::None => each(text, Some((place, symbol)), features),
                Pool::Last if last => each(text, None, features),
                Pool::Last => Ok(()),
                Pool::Mean => {
                    mean.iter_mut().zip(features).for_each(|(sum, &f)| *sum += f64::from(f));
                    if !last {
                        return Ok(());
                    }
                    let count = texts[text].len() as f64;
                    let row: Vec<f32> = mean.iter().map(|sum| (sum / count) as f32).collect();
                    mean.fill(0.0);
                    each(text, None, &row)
                }
            }
        })?;
        empty_before(&mut due, texts.len(), each)
    }
}
