//! Weight drop (Wan 2013; Merity 2018): training drops weights from the state, the same for every step of a batch.

use gatewise_kernels::{Cpu, GRAIN, Real, deal};

use crate::layer::dropout::Dropout;
use crate::rng::Rng;

/// The dropped copy of one cell's recurrent weights, and room for their gradient.
#[derive(Clone, Debug)]
pub struct WeightDrop<F> {
    mask: Dropout<F>,
    /// Gradient by the dropped weights.
    grad: Vec<F>,
}

impl<F: Real> WeightDrop<F> {
    /// Drops a share `p` of the weights and scales up the others.
    pub fn new(p: f64) -> Self {
        Self { mask: Dropout::new(p), grad: Vec::new() }
    }

    /// Draws a mask; the dropped weights are in [`weights`](Self::weights).
    pub fn drop(&mut self, cpu: &Cpu, w_hh: &[F], rng: &mut Rng) {
        self.mask.forward(cpu, w_hh, rng);
    }

    /// The weights after the last draw.
    pub fn weights(&self) -> &[F] {
        self.mask.output()
    }

    /// Zeros that take the gradient by the dropped weights.
    pub fn grad(&mut self, cpu: &Cpu) -> &mut [F] {
        self.grad.resize(self.mask.output().len(), F::ZERO);
        deal(cpu, &mut self.grad[..], GRAIN, |_, grad| grad.fill(F::ZERO));
        &mut self.grad
    }

    /// Adds the gradient by the weights themselves: that of the dropped ones, where they were kept.
    pub fn add(&self, cpu: &Cpu, d_w_hh: &mut [F]) {
        self.mask.add_backward(cpu, &self.grad, d_w_hh);
    }
}
