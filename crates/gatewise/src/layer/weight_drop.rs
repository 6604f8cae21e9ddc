//! Weight drop (Wan 2013; Merity 2018): training drops weights from the state, the same for every step of a batch.

use gatewise_kernels::Real;

use crate::layer::dropout::Dropout;
use crate::rng::Rng;

/// The dropped copy of one cell's recurrent weights, and room for their gradient.
#[derive(Clone, Debug)]
pub struct WeightDrop<F> {
    mask: Dropout<F>,
    /// Gradient by the dropped weights, and by those that were kept.
    grad: Vec<F>,
    kept: Vec<F>,
}

impl<F: Real> WeightDrop<F> {
    /// Drops a share `p` of the weights and scales up the others.
    pub fn new(p: f64) -> Self {
        Self { mask: Dropout::new(p), grad: Vec::new(), kept: Vec::new() }
    }

    /// Draws a mask; the dropped weights are in [`weights`](Self::weights).
    pub fn drop(&mut self, w_hh: &[F], rng: &mut Rng) {
        self.mask.forward(w_hh, rng);
    }

    /// The weights after the last draw.
    pub fn weights(&self) -> &[F] {
        self.mask.output()
    }

    /// Zeros that take the gradient by the dropped weights.
    pub fn grad(&mut self) -> &mut [F] {
        self.grad.clear();
        self.grad.resize(self.mask.output().len(), F::ZERO);
        &mut self.grad
    }

    /// Adds the gradient by the weights themselves: that of the dropped ones, where they were kept.
    pub fn add(&mut self, d_w_hh: &mut [F]) {
        self.kept.resize(self.grad.len(), F::ZERO);
        self.mask.backward(&self.grad, &mut self.kept);
        for (sum, &d) in d_w_hh.iter_mut().zip(&self.kept) {
            *sum += d;
        }
    }
}
