//! A sequence as it comes, in the numbers or the words that the user has.

use gatewise_kernels::Cpu;

use super::encode::text_error;
use super::{ClassifierModel, ClassifierStream};
use crate::error::Error;
use crate::task::language::{Unknown, Vocabulary};

/// A [`ClassifierStream`] that takes rows as they are, and texts.
#[derive(Debug)]
pub struct ItemStream<'m> {
    stream: ClassifierStream<'m>,
    level: &'m [f64],
    vocabulary: Option<&'m Vocabulary>,
    row: Vec<f32>,
    ids: Vec<u32>,
}

impl ClassifierModel {
    /// Begins a sequence: rows or texts go in one after the other, and the answer to all of them so far comes out.
    ///
    /// # Errors
    /// As [`Classifier::stream`](super::Classifier::stream), where the whole of a sequence has to be seen first.
    pub fn stream<'m>(&'m mut self, cpu: &'m Cpu) -> Result<ItemStream<'m>, Error> {
        let Self { classifier, spec, vocabulary } = self;
        let (row, ids) = (Vec::with_capacity(spec.level.len()), Vec::new());
        Ok(ItemStream { stream: classifier.stream(cpu)?, level: &spec.level, vocabulary: vocabulary.as_ref(), row, ids })
    }
}

impl ItemStream<'_> {
    /// Reads a row of numbers, (C), and gives the probability of each class, or each of the values: (K). `None` while a segment of rows is not
    /// whole. Allocates nothing once it is warm.
    ///
    /// # Errors
    /// As [`ClassifierStream::push`].
    pub fn push(&mut self, row: &[f64]) -> Result<Option<&[f32]>, Error> {
        self.row.clear();
        // The level is taken off before the rounding to single precision, which would cost its digits.
        let levels = self.level.iter().copied().chain(std::iter::repeat(0.0));
        self.row.extend(row.iter().zip(levels).map(|(value, level)| (value - level) as f32));
        self.stream.push(&self.row)
    }

    /// Reads a further piece of a text and gives the probability of each class, or each of the values, (K); what it was before of an empty
    /// piece.
    ///
    /// # Errors
    /// A model that reads numbers.
    pub fn push_text(&mut self, text: &str) -> Result<&[f32], Error> {
        let Some(vocabulary) = self.vocabulary else {
            return Err(Error::data("a text is given, the model reads numbers").help("push rows"));
        };
        self.ids.clear();
        vocabulary.encode(text, &mut self.ids, &mut Unknown::new()).map_err(|e| text_error(&e, "the text"))?;
        for &id in &self.ids {
            self.stream.push_symbol(id)?;
        }
        Ok(self.stream.answer())
    }

    /// The last answer: (K); empty before the first.
    pub fn answer(&self) -> &[f32] {
        self.stream.answer()
    }

    /// Begins a new sequence.
    pub fn restart(&mut self) {
        self.stream.restart();
    }

    /// Where the sequence stands, to go on from.
    pub fn save(&self) -> Vec<u8> {
        self.stream.save()
    }

    /// Goes on where [`save`](Self::save) left off.
    ///
    /// # Errors
    /// As [`ClassifierStream::restore`].
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.stream.restore(bytes)
    }
}
