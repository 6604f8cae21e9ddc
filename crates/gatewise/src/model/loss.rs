//! The loss over a batch, and its gradient.

use gatewise_kernels::{Cpu, Real, deal};

use super::Model;
use crate::batch::Batch;
use crate::layer::recurrent::State;
use crate::loss::Loss;
use crate::optim::GRAIN;

impl<F: Real> Model<F> {
    /// The loss over a batch with its gradient by every parameter, set anew.
    ///
    /// # Panics
    /// As [`forward`](Self::forward) with `train`.
    pub fn loss_and_grad(&mut self, cpu: &Cpu, batch: &Batch<F>, loss: &Loss) -> f64 {
        self.loss_and_grad_from(cpu, batch, loss, None)
    }

    /// As [`loss_and_grad`](Self::loss_and_grad) from a carried state, which becomes the last one: truncated backpropagation through time.
    /// No gradient flows into the state that was carried in.
    ///
    /// # Panics
    /// As [`forward`](Self::forward) with `train`.
    pub fn loss_and_grad_from(&mut self, cpu: &Cpu, batch: &Batch<F>, loss: &Loss, state: Option<&mut State<F>>) -> f64 {
        deal(cpu, &mut self.params.grads[..], GRAIN, |_, grads| grads.fill(F::ZERO));
        self.forward(cpu, batch, true, state);
        let mut d_output = std::mem::take(&mut self.work.d_output);
        d_output.resize(self.head.output().len(), F::ZERO);
        let value = loss.loss(cpu, self.head.output(), &batch.target, weights(batch), &mut d_output);
        self.backward(cpu, batch, &d_output, None, None);
        self.work.d_output = d_output;
        value
    }

    /// The loss over a batch, without dropout and gradient.
    pub fn loss(&mut self, cpu: &Cpu, batch: &Batch<F>, loss: &Loss) -> f64 {
        self.loss_from(cpu, batch, loss, None)
    }

    /// As [`loss`](Self::loss) from a carried state, which becomes the last one.
    pub fn loss_from(&mut self, cpu: &Cpu, batch: &Batch<F>, loss: &Loss, state: Option<&mut State<F>>) -> f64 {
        self.forward(cpu, batch, false, state);
        let (output, d_output) = (self.head.output(), &mut self.work.d_output);
        d_output.resize(output.len(), F::ZERO);
        loss.loss(cpu, output, &batch.target, weights(batch), d_output)
    }
}

fn weights<F>(batch: &Batch<F>) -> Option<&[F]> {
    (!batch.weight.is_empty()).then_some(&batch.weight[..])
}
