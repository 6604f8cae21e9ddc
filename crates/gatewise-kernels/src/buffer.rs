//! A growable buffer on cache-line boundaries.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::real::Element;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

/// Bytes of a cache line.
const LINE: usize = 64;

/// Numbers that start on a cache line. Grows, never shrinks, so that a warm buffer allocates nothing.
#[derive(Clone)]
pub struct Aligned<F> {
    lines: Vec<Line>,
    len: usize,
    numbers: std::marker::PhantomData<F>,
}

impl<F> Default for Aligned<F> {
    fn default() -> Self {
        Self { lines: Vec::new(), len: 0, numbers: std::marker::PhantomData }
    }
}

impl<F: Element> Aligned<F> {
    /// Sets the length; new elements are zero, old ones stay.
    ///
    /// # Panics
    /// If memory cannot hold so many.
    pub fn resize(&mut self, len: usize) {
        let bytes = len.checked_mul(size_of::<F>()).expect("the bytes of a buffer can be counted");
        let lines = bytes.div_ceil(LINE);
        if lines > self.lines.len() {
            self.lines.try_reserve(lines - self.lines.len()).expect("memory holds a buffer");
            self.lines.resize(lines, Line([0; LINE]));
        }
        self.len = len;
    }
}

impl<F> Deref for Aligned<F> {
    type Target = [F];
    fn deref(&self) -> &[F] {
        // SAFETY: `len` is above zero only for an `Element`, any bytes of which are a number; the lines hold the bytes of `len` of them, aligned for all.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_of_every_type_is_a_number_that_was_written() {
        fn fill<F: Element + PartialEq + fmt::Debug>(values: &[F]) {
            let mut buffer = Aligned::<F>::default();
            buffer.resize(values.len());
            assert!(buffer.iter().all(|v| *v == F::default()) && buffer.as_ptr().addr().is_multiple_of(LINE));
            buffer.copy_from_slice(values);
            buffer.resize(2 * values.len());
            assert_eq!(&buffer[..values.len()], values);
            assert!(buffer[values.len()..].iter().all(|v| *v == F::default()));
        }
        fill(&Vec::from_iter((0..100).map(|i| i as f32)));
        fill(&Vec::from_iter((0..100).map(f64::from)));
        fill(&Vec::from_iter(-50..50_i8));
    }
}
