//! A batch of sequences as the network reads it, and the sources that training draws batches from.

use gatewise_kernels::{Layout, Real};

/// Sequences side by side, with what the network is to say about them.
///
/// The caller numbers its sequences 0 … B−1 ("items"). Inside, they are sorted by length, longest first, and stored
/// time-major without padding ([`Layout`]); `order` and [`place`](Self::place) lead from one numbering to the other.
#[derive(Clone, Debug, Default)]
pub struct Batch<F> {
    /// Where the steps of each sequence lie; N rows in all.
    pub layout: Layout,
    /// The item at each sorted place: (B).
    pub order: Vec<usize>,
    place: Vec<usize>,
    /// Features: (N, I).
    pub x: Vec<F>,
    /// Symbols for an embedding: (N), or empty.
    pub symbols: Vec<u32>,
    /// Windows for the linear skip: (B, lookback, targets), sorted, or empty.
    pub skip: Vec<F>,
    /// What the output is held against, sorted: (R, …) with R = B, or N for a readout at each step.
    pub target: Vec<F>,
    /// A weight per target, sorted; empty where all are 1.
    pub weight: Vec<F>,
}

impl<F: Real> Batch<F> {
    /// `batch` sequences of `time` steps with `input` features, all zero; the other blocks become empty.
    pub fn set_full(&mut self, batch: usize, time: usize, input: usize) {
        if (self.layout.batch(), self.layout.time(), self.layout.rows()) != (batch, time, batch * time) {
            self.layout.set_full(batch, time);
        }
        self.order.clear();
        self.order.extend(0..batch);
        self.clear(input);
    }

    /// Sequences of the given lengths, by item, with `input` features, all zero; the other blocks become empty.
    /// Equal lengths keep the items' order.
    ///
    /// # Panics
    /// If a length is zero.
    pub fn set_ragged(&mut self, lengths: &[usize], input: usize) {
        self.order.clear();
        self.order.extend(0..lengths.len());
        self.order.sort_by_key(|&item| std::cmp::Reverse(lengths[item]));
        let sorted: Vec<usize> = self.order.iter().map(|&item| lengths[item]).collect();
        self.layout.set_ragged(&sorted);
        self.clear(input);
    }

    fn clear(&mut self, input: usize) {
        self.place.clear();
        self.place.resize(self.order.len(), 0);
        for (place, &item) in self.order.iter().enumerate() {
            self.place[item] = place;
        }
        self.x.clear();
        self.x.resize(self.layout.rows() * input, F::ZERO);
        self.symbols.clear();
        self.skip.clear();
        self.target.clear();
        self.weight.clear();
    }

    /// Sequences B.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is no sequence.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The sorted place of an item.
    pub fn place(&self, item: usize) -> usize {
        self.place[item]
    }

    /// Writes the features of one item: `sequence` is (T, I) with that item's own T.
    ///
    /// # Panics
    /// If the sequence has not the length that the batch was shaped for.
    pub fn set_sequence(&mut self, item: usize, sequence: &[F]) {
        let place = self.place[item];
        let (length, rows) = (self.layout.length(place), self.layout.rows());
        let input = self.x.len() / rows.max(1);
        assert_eq!(sequence.len(), length * input, "a sequence is (T, I)");
        for (t, step) in sequence.chunks_exact(input.max(1)).enumerate() {
            let row = self.layout.row(t, place);
            self.x[row * input..][..input].copy_from_slice(step);
        }
    }

    /// Brings values of one row a sequence, sorted, into the items' order: both (B, width).
    ///
    /// # Panics
    /// If the lengths differ or are no multiple of B.
    pub fn unsort(&self, sorted: &[F], out: &mut [F]) {
        assert_eq!(sorted.len(), out.len(), "sorted and unsorted values have one shape");
        let width = sorted.len() / self.len().max(1);
        assert_eq!(width * self.len(), sorted.len(), "values are (B, width)");
        for (row, &item) in sorted.chunks_exact(width.max(1)).zip(&self.order) {
            out[item * width..][..width].copy_from_slice(row);
        }
    }
}

/// Where batches come from: numbered items, read in any order, and while another thread readies the network.
pub trait Source: Sync {
    /// How many items there are.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the k-th item of a full batch goes on where the k-th of the batch before ended. Such items are read in their order, the
    /// state is carried from batch to batch, and it starts at zero with item 0. Their number is a multiple of every batch.
    fn carries(&self) -> bool {
        false
    }

    /// Most steps that `items` items have in all, where it is known: by it a batch is held against the limit on memory before it is filled.
    fn rows(&self, items: usize) -> Option<u128> {
        let _ = items;
        None
    }

    /// Makes `batch` hold these items, the k-th of them as the batch's item k, with targets.
    /// The result depends on the items alone, not on what the batch held before.
    fn fill(&self, items: &[usize], batch: &mut Batch<f32>);

    /// As [`fill`](Self::fill), for training step `step`: a source that augments its items changes them at random here. The result
    /// depends on step and items alone.
    fn draw(&self, step: u64, items: &[usize], batch: &mut Batch<f32>) {
        let _ = step;
        self.fill(items, batch);
    }
}

/// A source without an item: a validation part where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Empty;

impl Source for Empty {
    fn len(&self) -> usize {
        0
    }

    fn fill(&self, _: &[usize], _: &mut Batch<f32>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ragged_items_are_sorted_and_come_back() {
        let mut batch = Batch::<f64>::default();
        batch.set_ragged(&[1, 3, 2], 2);
        assert_eq!(batch.order, [1, 2, 0]);
        batch.set_sequence(0, &[1.0, 2.0]);
        batch.set_sequence(2, &[3.0, 4.0, 5.0, 6.0]);
        assert_eq!(batch.x, [0.0, 0.0, 3.0, 4.0, 1.0, 2.0, 0.0, 0.0, 5.0, 6.0, 0.0, 0.0]);
        let mut out = [0.0; 3];
        batch.unsort(&[10.0, 20.0, 30.0], &mut out);
        assert_eq!(out, [30.0, 10.0, 20.0]);
    }
}
