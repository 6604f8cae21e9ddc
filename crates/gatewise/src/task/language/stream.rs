//! A text as B parallel streams of windows, each window going on where the one before ended.

use std::ops::Range;
use std::sync::OnceLock;

use super::error::LanguageError;
use super::ids::Ids;
use crate::batch::{Batch, Source};
use crate::rng::Rng;

/// Part of a text, cut into B streams of equal length. Item w·B + b is window w of stream b; the targets are the symbols one further on.
#[derive(Debug)]
pub struct BpttBatches<'a> {
    ids: &'a Ids,
    start: u64,
    streams: usize,
    /// Symbols predicted in a stream.
    length: u64,
    window: usize,
    /// Symbols of the part, and what draws where a pass begins in it.
    total: u64,
    shift: Option<u64>,
    carries: bool,
    failure: OnceLock<LanguageError>,
}

/// Stream of a seed that the beginnings of passes are drawn from; that of pass p lies p behind it.
const SHIFT_STREAM: u64 = 3 << 32;

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
        Ok(Self { ids, start: part.start, streams, length, window, total: found, shift: None, carries: true, failure: OnceLock::new() })
    }

    /// With a new place drawn from `seed` for every pass of training, at which the part is cut into streams and windows, so that no symbol stands at
    /// the end of a window in every pass. The part is then read as a ring: one symbol a pass follows one that it does not follow in the text.
    #[must_use]
    pub fn shifted(self, seed: Option<u64>) -> Self {
        Self { shift: seed, ..self }
    }

    /// With windows that begin at the zero state and come in a random order, unless `carries`: then each begins where the one before ended. Without, what
    /// is left of a stream behind its last whole window is not read.
    #[must_use]
    pub fn carried(self, carries: bool) -> Self {
        Self { carries, ..self }
    }

    /// Steps in which all streams are read once.
    pub fn windows(&self) -> u64 {
        let window = self.window as u64;
        if self.carries { self.length.div_ceil(window) } else { (self.length / window).max(1) }
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
        self.carries
    }

    fn fill(&self, items: &[usize], batch: &mut Batch<f32>) {
        self.fill_from(0, items, batch);
    }

    fn draw(&self, step: u64, items: &[usize], batch: &mut Batch<f32>) {
        let first = self.shift.map_or(0, |seed| {
            let pass = step / self.windows();
            Rng::new(seed, SHIFT_STREAM + pass).below(self.total as usize) as u64
        });
        self.fill_from(first, items, batch);
    }
}

impl BpttBatches<'_> {
    /// Fills a batch from streams that begin at symbol `first` of the part.
    fn fill_from(&self, first: u64, items: &[usize], batch: &mut Batch<f32>) {
        let begin = |item: usize| (item / self.streams) as u64 * self.window as u64;
        let done = items.first().map_or(0, |&item| begin(item));
        let time = (self.length - done).min(self.window as u64) as usize;
        batch.set_full(items.len(), time, 0);
        let rows = batch.layout.rows();
        batch.symbols.resize(rows, 0);
        batch.target.resize(rows, 0.0);
        let mut read = vec![0; time + 1];
        for (place, &item) in items.iter().enumerate() {
            self.read_ring(first + (item % self.streams) as u64 * self.length + begin(item), &mut read);
            for t in 0..time {
                let row = batch.layout.row(t, place);
                batch.symbols[row] = read[t];
                batch.target[row] = read[t + 1] as f32;
            }
        }
    }

    /// Symbols of the part from `at` on, its first ones behind its last.
    fn read_ring(&self, at: u64, out: &mut [u32]) {
        let mut at = at % self.total;
        let mut rest = out;
        while !rest.is_empty() {
            let count = (self.total - at).min(rest.len() as u64) as usize;
            let (now, later) = rest.split_at_mut(count);
            if let Err(failure) = self.ids.read(self.start + at, now) {
                // The first one is enough.
                let _ = self.failure.set(failure);
            }
            (rest, at) = (later, 0);
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
    fn windows_without_a_state_can_stand_beside_any_others() {
        let ids = ids(30);
        // Two streams of 14: two whole windows of 5 in each.
        let windows = BpttBatches::new(&ids, 0..30, 2, 5).unwrap().carried(false);
        assert_eq!((windows.len(), windows.carries()), (4, false));
        let mut batch = Batch::default();
        for items in [[3, 0], [1, 2], [2, 3]] {
            windows.fill(&items, &mut batch);
            assert_eq!(batch.layout.time(), 5);
            assert!(batch.symbols.iter().zip(&batch.target).all(|(&symbol, &target)| target == symbol as f32 + 1.0), "{batch:?}");
        }
        // A text shorter than a window is one.
        assert_eq!(BpttBatches::new(&ids, 0..5, 2, 10).unwrap().carried(false).len(), 2);
    }

    #[test]
    fn shifted_passes_read_every_symbol_once_at_places_of_their_own() {
        let ids = ids(31);
        let plain = BpttBatches::new(&ids, 0..31, 2, 4).unwrap();
        let shifted = BpttBatches::new(&ids, 0..31, 2, 4).unwrap().shifted(Some(5));
        let mut batch = Batch::default();
        let mut pass = |source: &BpttBatches<'_>, number: u64| {
            let mut seen = Vec::new();
            for w in 0..source.windows() {
                source.draw(number * source.windows() + w, &[2 * w as usize, 2 * w as usize + 1], &mut batch);
                for (&symbol, &target) in batch.symbols.iter().zip(&batch.target) {
                    assert_eq!(target as u32, (symbol + 1) % 31);
                    seen.push(symbol);
                }
            }
            seen
        };
        let (first, second) = (pass(&shifted, 0), pass(&shifted, 1));
        assert_ne!(first, second);
        assert_eq!(pass(&shifted, 1), second, "a pass depends on its number alone");
        assert_eq!(pass(&plain, 0), pass(&plain, 1));
        for mut seen in [first, second] {
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 30, "each symbol once, but for the one that two equal streams leave out");
        }
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
