//! A growable buffer on cache-line boundaries.

use std::fmt;
use std::ops::{Deref, DerefMut};

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line<F>([F; LINE]);

const LINE: usize = 16;

/// Numbers that start on a cache line. Grows, never shrinks, so that a warm buffer allocates nothing.
#[derive(Clone)]
pub struct Aligned<F> {
    lines: Vec<Line<F>>,
    len: usize,
}

impl<F> Default for Aligned<F> {
    fn default() -> Self {
        Self { lines: Vec::new(), len: 0 }
    }
}

impl<F: Copy + Default> Aligned<F> {
    /// Sets the length; new elements are zero, old ones stay.
    pub fn resize(&mut self, len: usize) {
        let lines = len.div_ceil(LINE);
        if lines > self.lines.len() {
            self.lines.resize(lines, Line([F::default(); LINE]));
        }
        self.len = len;
    }
}

impl<F> Deref for Aligned<F> {
    type Target = [F];
    fn deref(&self) -> &[F] {
        // SAFETY: the lines are contiguous arrays of F and hold at least `len` of them.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<F> DerefMut for Aligned<F> {
    fn deref_mut(&mut self) -> &mut [F] {
        // SAFETY: as above, and the borrow is unique.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

impl<F> fmt::Debug for Aligned<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aligned({})", self.len)
    }
}
