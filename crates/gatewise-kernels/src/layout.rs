//! Time-major storage of a batch of sequences of any lengths, without padding.

/// Where the rows of a batch lie: step after step, at step t the B_t sequences that are that long.
///
/// Sequences are sorted by length, longest first, so the active ones are always the first B_t.
/// Row `offset(t) + b` belongs to step t of sequence b. A batch of equal lengths is the case B_t = B.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    active: Vec<usize>,
    offset: Vec<usize>,
}

impl Layout {
    /// `batch` sequences of `time` steps each.
    ///
    /// # Panics
    /// If memory cannot hold the steps, or the rows cannot be counted.
    pub fn full(batch: usize, time: usize) -> Self {
        let mut layout = Self::default();
        layout.set_full(batch, time);
        layout
    }

    /// Becomes a batch of equal lengths, in the storage it has.
    pub fn set_full(&mut self, batch: usize, time: usize) {
        self.clear();
        self.reserve(time);
        self.active.resize(time, batch);
        self.index();
    }

    /// Sequences of the given lengths.
    ///
    /// # Panics
    /// If the lengths are not sorted, longest first, or one is zero.
    pub fn ragged(lengths: &[usize]) -> Self {
        let mut layout = Self::default();
        layout.set_ragged(lengths);
        layout
    }

    /// Becomes a batch of the given lengths, in the storage it has; panics as [`Layout::ragged`] does.
    pub fn set_ragged(&mut self, lengths: &[usize]) {
        assert!(lengths.windows(2).all(|w| w[0] >= w[1]), "lengths are sorted, longest first");
        assert!(lengths.last().is_none_or(|&l| l > 0), "every sequence has a step");
        let time = lengths.first().copied().unwrap_or(0);
        self.clear();
        self.reserve(time);
        let mut alive = lengths.len();
        for t in 0..time {
            while alive > 0 && lengths[alive - 1] <= t {
                alive -= 1;
            }
            self.active.push(alive);
        }
        self.index();
    }

    /// No sequence at all: what a call finds that follows on a panic.
    fn clear(&mut self) {
        self.active.clear();
        self.offset.clear();
    }

    /// Room for `time` steps; the alternative to a panic would be an abort.
    fn reserve(&mut self, time: usize) {
        let room = self.active.try_reserve(time).and_then(|()| self.offset.try_reserve(time.saturating_add(1)));
        room.expect("memory holds the steps of a batch");
    }

    fn index(&mut self) {
        let rows = self.active.iter().try_fold(0_usize, |sum, &b| sum.checked_add(b));
        if rows.is_none() {
            self.clear();
        }
        assert!(rows.is_some(), "the rows of a batch can be counted");
        self.offset.push(0);
        let mut sum = 0;
        for &b in &self.active {
            sum += b;
            self.offset.push(sum);
        }
    }

    /// Sequences B.
    pub fn batch(&self) -> usize {
        self.active.first().copied().unwrap_or(0)
    }

    /// Steps T of the longest sequence.
    pub fn time(&self) -> usize {
        self.active.len()
    }

    /// Stored rows N = Σ B_t.
    pub fn rows(&self) -> usize {
        self.offset.last().copied().unwrap_or(0)
    }

    /// Sequences B_t that have a step t.
    pub fn active(&self, t: usize) -> usize {
        self.active.get(t).copied().unwrap_or(0)
    }

    /// First row of step t.
    pub fn offset(&self, t: usize) -> usize {
        self.offset[t]
    }

    /// Row of step t of sequence b.
    pub fn row(&self, t: usize, b: usize) -> usize {
        debug_assert!(b < self.active(t));
        self.offset[t] + b
    }

    /// The step that a stored row belongs to.
    ///
    /// # Panics
    /// If there are no rows.
    pub fn step_of(&self, row: usize) -> usize {
        assert!(self.batch() > 0, "a batch without rows has no row {row}");
        if self.active.last() == self.active.first() { row / self.batch() } else { self.offset.partition_point(|&o| o <= row) - 1 }
    }

    /// Steps of sequence b.
    pub fn length(&self, b: usize) -> usize {
        self.active.partition_point(|&n| n > b)
    }

    /// The row a direction visits before (t, b), or `None` where the initial state stands there.
    pub fn previous(&self, t: usize, b: usize, reverse: bool) -> Option<usize> {
        if reverse {
            (b < self.active(t.saturating_add(1))).then(|| self.offset[t + 1] + b)
        } else {
            t.checked_sub(1).map(|p| self.offset[p] + b)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ragged_rows_count_only_real_steps() {
        let layout = Layout::ragged(&[4, 2, 2, 1]);
        assert_eq!((layout.batch(), layout.time(), layout.rows()), (4, 4, 9));
        assert_eq!((0..4).map(|t| layout.active(t)).collect::<Vec<_>>(), [4, 3, 1, 1]);
        assert_eq!((0..4).map(|b| layout.length(b)).collect::<Vec<_>>(), [4, 2, 2, 1]);
        assert_eq!((0..9).map(|row| layout.step_of(row)).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 1, 1, 2, 3]);
    }

    #[test]
    fn each_direction_starts_at_its_own_end() {
        let layout = Layout::ragged(&[3, 1]);
        assert_eq!(layout.previous(0, 1, false), None);
        assert_eq!(layout.previous(0, 1, true), None, "length 1: the reverse direction starts here");
        assert_eq!(layout.previous(0, 0, true), Some(2));
        assert_eq!(layout.previous(2, 0, false), Some(2));
    }

    #[test]
    fn full_equals_ragged_of_equal_lengths() {
        assert_eq!(Layout::full(3, 5), Layout::ragged(&[5, 5, 5]));
    }
}
