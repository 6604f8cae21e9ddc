//! What a clip of sound or video becomes: a row of numbers for each step in time.

/// Steps of a sequence, each a row of `width` numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frames {
    /// Steps T.
    pub steps: usize,
    /// Numbers I of a step.
    pub width: usize,
    /// (T, I), step after step.
    pub values: Vec<f32>,
}

impl Frames {
    /// No step yet.
    pub fn new(width: usize) -> Self {
        Self { steps: 0, width, values: Vec::new() }
    }

    /// Step `t`: (I).
    ///
    /// # Panics
    /// If there is no such step.
    pub fn row(&self, t: usize) -> &[f32] {
        &self.values[t * self.width..][..self.width]
    }

    /// The steps in their order, each (I).
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.width.max(1))
    }
}
