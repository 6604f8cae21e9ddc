//! A text as B parallel streams of windows, each window going on where the one before ended.

use std::ops::Range;
use std::sync::OnceLock;

use super::error::LanguageError;
use super::ids::Ids;
use crate::batch::{Batch, Source};

/// Part of a text, cut into B streams of equal length. Item w·B + b is window w of stream b; the targets are the symbols one further on.
#[derive(Debug)]
pub struct BpttBatches<'a> {
    ids: &'a Ids,
    start: u64,
    streams: usize,
    /// Symbols predicted in a stream.
    length: u64,
    window: usize,
    failure: OnceLock<LanguageError>,
}

impl<'a> BpttBatches<'a> {
    /// `streams` texts side by side out of `part`, read `window` symbols at a time. At most `streams` symbols at the end are left out.
    ///
    /// # Errors
    /// A part that is too short for a symbol and its successor in every stream, or that lies outside the text.
    pub fn new(ids: &'a Ids, part: Range<u64>, streams: usize, window: usize) -> Result<Self, LanguageError> {
        let found = part.end.saturating_sub(part.start);
        let length = found.saturating_sub(1) / streams.max(1) as u64;
        if length == 0 || streams == 0 || window == 0 || part.end > ids.len() {
            return Err(LanguageError::TooShort { found, needed: streams as u64 + 1 });
        }
        Ok(Self { ids, start: part.start, streams, length, window, failure: OnceLock::new() })
    }

    /// Steps in which all streams are read once.
    pub fn windows(&self) -> u64 {
        self.length.div_ceil(self.window as u64)
    }

    /// Why symbols could not be read any more, if so: training then goes on with others until it is stopped.
    pub fn failure(&self) -> Option<&LanguageError> {
        self.failure.get()
    }

    /// Symbols predicted in all streams.
    pub fn symbols(&self) -> u64 {
        self.length * self.streams as u64
    }
}

impl Source for BpttBatches<'_> {
    fn len(&self) -> usize {
        usize::try_from(self.windows()).unwrap_or(usize::MAX).saturating_mul(self.streams)
    }

    fn rows(&self, items: usize) -> Option<u128> {
        Some(items as u128 * u128::from(self.length.min(self.window as u64)))
    }

    fn carries(&self) -> bool {
        true
    }

    fn fill(&self, items: &[usize], batch: &mut Batch<f32>) {
        let begin = |item: usize| (item / self.streams) as u64 * self.window as u64;
        let first = items.first().map_or(0, |&item| begin(item));
        let time = (self.length - first).min(self.window as u64) as usize;
        batch.set_full(items.len(), time, 0);
        let rows = batch.layout.rows();
        batch.symbols.resize(rows, 0);
        batch.target.resize(rows, 0.0);
        let mut read = vec![0; time + 1];
        for (place, &item) in items.iter().enumerate() {
            let start = self.start + (item % self.streams) as u64 * self.length + begin(item);
            if let Err(failure) = self.ids.read(start, &mut read) {
                // The first one is enough.
                let _ = self.failure.set(failure);
            }
            for t in 0..time {
                let row = batch.layout.row(t, place);
                batch.symbols[row] = read[t];
                batch.target[row] = read[t + 1] as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ids::IdsWriter;
    use super::*;

    fn ids(n: u32) -> Ids {
        let mut writer = IdsWriter::new(1000, std::path::Path::new("."));
        writer.push(&(0..n).collect::<Vec<_>>()).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn windows_go_on_where_the_one_before_ended() {
        let ids = ids(30);
        // 26 symbols from 2 on: two streams of twelve, windows of 5, 5 and 2.
        let streams = BpttBatches::new(&ids, 2..28, 2, 5).unwrap();
        assert_eq!((streams.len(), streams.windows(), streams.symbols()), (6, 3, 24));
        let mut batch = Batch::default();
        let mut seen = [Vec::new(), Vec::new()];
        for w in 0..3 {
            streams.fill(&[2 * w, 2 * w + 1], &mut batch);
            assert_eq!(batch.layout.time(), [5, 5, 2][w]);
            for (row, (&symbol, &target)) in batch.symbols.iter().zip(&batch.target).enumerate() {
                assert_eq!(target, symbol as f32 + 1.0);
                seen[row % 2].push(symbol);
            }
        }
        assert_eq!(seen, [(2..14).collect::<Vec<u32>>(), (14..26).collect()]);
    }

    #[test]
    fn what_is_too_short_is_an_error() {
        let ids = ids(30);
        for (part, streams) in [(0..0, 1), (5..6, 1), (0..8, 8), (20..40, 2)] {
            assert!(BpttBatches::new(&ids, part.clone(), streams, 4).is_err(), "{part:?} in {streams}");
        }
        assert!(BpttBatches::new(&ids, 0..9, 8, 4).is_ok());
    }
}
