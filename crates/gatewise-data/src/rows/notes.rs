//! What is odd about the times of rows that follow each other.

use std::cmp::Ordering;

/// What was odd about the times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeNotes {
    /// Rows with the time of the row before, and the line of the first.
    pub repeated: u64,
    /// Line of the first repeated time.
    pub repeated_line: u64,
    /// Rows with an earlier time than the row before.
    pub backward: u64,
    /// Line of the first of them.
    pub backward_line: u64,
    /// Steps longer than one and a half times the usual one.
    pub gaps: u64,
    /// Line behind the first gap.
    pub gap_line: u64,
}

impl TimeNotes {
    /// Notes a step of so many nanoseconds that ends in `line`, where rows are usually `usual` apart.
    pub(super) fn add(&mut self, step: i128, usual: Option<i128>, line: u64) {
        let (count, first) = match step.cmp(&0) {
            Ordering::Equal => (&mut self.repeated, &mut self.repeated_line),
            Ordering::Less => (&mut self.backward, &mut self.backward_line),
            Ordering::Greater if usual.is_some_and(|usual| 2 * step > 3 * usual) => (&mut self.gaps, &mut self.gap_line),
            Ordering::Greater => return,
        };
        if *count == 0 {
            *first = line;
        }
        *count += 1;
    }
}
