//! States of some of the sequences that run side by side.

use gatewise_kernels::Real;

use crate::layer::StackConfig;
use crate::layer::recurrent::State;

impl<F: Real> State<F> {
    /// Becomes the state of sequences of `from`, in the storage it has: its k-th is the one at `rows[k]`. What is left out is dropped, what is
    /// named twice is there twice.
    ///
    /// # Panics
    /// If `from` is no state of such a network, or has no such sequence.
    pub fn gather(&mut self, config: impl Into<StackConfig>, from: &Self, rows: &[usize]) {
        let config = config.into();
        let blocks = config.layers * config.directions();
        take(&mut self.h, &from.h, blocks, config.hidden, rows);
        take(&mut self.c, &from.c, blocks, config.dims(0).memory(), rows);
    }
}

/// Rows of (blocks, B, width).
fn take<F: Real>(to: &mut Vec<F>, from: &[F], blocks: usize, width: usize, rows: &[usize]) {
    to.clear();
    if width == 0 {
        return;
    }
    assert_eq!(from.len() % (blocks * width), 0, "a state is (L·D, B, H)");
    for block in from.chunks_exact((from.len() / blocks).max(1)) {
        for &row in rows {
            to.extend_from_slice(&block[row * width..][..width]);
        }
    }
}

#[cfg(test)]
mod tests {
    use gatewise_kernels::Cell;

    use super::*;
    use crate::model::ModelConfig;

    #[test]
    fn sequences_are_dropped_and_doubled_in_every_block() {
        for (cell, memory) in [(Cell::Lstm, 3), (Cell::Gru, 0)] {
            let config = ModelConfig { layers: 2, ..ModelConfig::new(cell, 1, 3, 1) };
            let mut state = State::<f32>::zeros(&config, 3);
            // The value says block and sequence.
            let number = |place: usize| (place / 9 * 10 + place % 9 / 3) as f32;
            state.h.iter_mut().enumerate().for_each(|(place, h)| *h = number(place));
            state.c.iter_mut().enumerate().for_each(|(place, c)| *c = 100.0 + number(place));
            let mut gathered = State::default();
            for rows in [&[2, 0][..], &[1, 1, 0, 2], &[]] {
                gathered.gather(&config, &state, rows);
                let of = |start: f32| -> Vec<f32> {
                    (0..2).flat_map(|block| rows.iter().flat_map(move |&row| [start + (10 * block + row) as f32; 3])).collect()
                };
                assert_eq!(gathered.h, of(0.0), "{cell:?} {rows:?}");
                assert_eq!(gathered.c, if memory > 0 { of(100.0) } else { Vec::new() }, "{cell:?} {rows:?}");
            }
        }
    }
}
