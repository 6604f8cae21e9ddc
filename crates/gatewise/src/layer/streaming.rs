//! A stack of recurrent layers for one sequence that comes row by row.

use gatewise_kernels::Streaming;

/// Layers that read one sequence a step, or a block of steps, at a time: see [`Streaming`]. Made by
/// [`Stack::streaming`](super::recurrent::Stack::streaming), with the weights of that moment.
#[derive(Clone, Debug)]
pub struct StreamingStack {
    first: Streaming,
    more: Vec<Streaming>,
    /// Outputs of two neighbouring layers over a block of steps.
    blocks: [Vec<f32>; 2],
}

impl StreamingStack {
    /// The layers, the first one first; none without one.
    pub(crate) fn new(layers: impl IntoIterator<Item = Streaming>) -> Option<Self> {
        let mut layers = layers.into_iter();
        Some(Self { first: layers.next()?, more: layers.collect(), blocks: Default::default() })
    }

    /// The layers, the first one first.
    pub fn layers(&self) -> impl Iterator<Item = &Streaming> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// The layers, the first one first: to read or set the state of each.
    pub fn layers_mut(&mut self) -> impl Iterator<Item = &mut Streaming> {
        std::iter::once(&mut self.first).chain(&mut self.more)
    }

    /// Back to the zero state.
    pub fn reset(&mut self) {
        self.layers_mut().for_each(Streaming::reset);
    }

    /// One step: `x` (I), the outputs of the last layer (H). Allocates nothing.
    ///
    /// # Panics
    /// If `x` has a wrong length.
    #[inline]
    pub fn step(&mut self, x: &[f32]) -> &[f32] {
        let mut y = self.first.step(x);
        for layer in &mut self.more {
            y = layer.step(y);
        }
        y
    }

    /// T steps in one call: `x` (T, I), the outputs of the last layer to `y` (T, H), with the bits of as many steps. Allocates nothing once
    /// it has seen the longest block.
    ///
    /// # Panics
    /// If a slice has a wrong length.
    pub fn step_many(&mut self, x: &[f32], y: &mut [f32]) {
        let Some((last, between)) = self.more.split_last_mut() else { return self.first.step_many(x, y) };
        let [below, above] = &mut self.blocks;
        below.resize(y.len(), 0.0);
        above.resize(y.len(), 0.0);
        self.first.step_many(x, below);
        for layer in between {
            layer.step_many(below, above);
            std::mem::swap(below, above);
        }
        last.step_many(below, y);
    }
}
