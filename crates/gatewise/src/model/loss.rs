//! The loss over a batch, and its gradient.

use gatewise_kernels::{Cpu, Layout, Real};

use super::{Model, Readout, head_input};
use crate::batch::Batch;
use crate::layer::activation::{mean_square, mean_squared_change};
use crate::layer::recurrent::State;
use crate::layer::sampled::SampledHead;
use crate::loss::Loss;
use crate::params::Params;

/// Outputs that a loss without gradient computes at once, 64 MiB of them.
const MOST_OUTPUTS: usize = 1 << 24;

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
    /// The gradient is that of the loss and of the penalties on the outputs of the last layer; the value is that of the loss alone. Where a
    /// step computes a sample of the outputs, the loss is about that over all.
    ///
    /// # Panics
    /// As [`forward`](Self::forward) with `train`.
    pub fn loss_and_grad_from(&mut self, cpu: &Cpu, batch: &Batch<F>, loss: &Loss, state: Option<&mut State<F>>) -> f64 {
        self.clear_touched(cpu);
        self.read(cpu, batch, true, true, state);
        let value = match self.sampled.take() {
            Some(mut sampled) => {
                let value = self.sampled_loss(cpu, batch, &mut sampled);
                self.sampled = Some(sampled);
                value
            }
            None => self.whole_loss(cpu, batch, loss),
        };
        self.penalised_backward(cpu, &batch.layout);
        self.stack_backward(cpu, batch, None, None);
        self.note_touched(&batch.symbols);
        value
    }

    /// The loss over all outputs; leaves the gradient of what the head read in `d_read`.
    fn whole_loss(&mut self, cpu: &Cpu, batch: &Batch<F>, loss: &Loss) -> f64 {
        self.apply_head(cpu, batch);
        let mut d_output = std::mem::take(&mut self.work.d_output);
        d_output.resize(self.head.output().len(), F::ZERO);
        let value = loss.loss(cpu, self.head.output(), &batch.target, weights(batch), &mut d_output);
        if let Some(skip) = &mut self.skip {
            skip.backward(cpu, &mut self.params.grads, &batch.skip, &d_output);
        }
        self.head_backward(cpu, &batch.layout, &d_output);
        self.work.d_output = d_output;
        value
    }

    /// The loss over a sample of the outputs; leaves the gradient of what the head read in `d_read`.
    fn sampled_loss(&mut self, cpu: &Cpu, batch: &Batch<F>, sampled: &mut SampledHead<F>) -> f64 {
        let mut d_read = std::mem::take(&mut self.work.d_read);
        let read = head_input(self.dropped.then_some(&self.dropout), None, &self.pool, &self.stack);
        d_read.resize(read.len(), F::ZERO);
        let Params { values, grads, .. } = &mut self.params;
        let value = sampled.loss_and_grad(cpu, values, grads, read, &batch.target, weights(batch), &mut d_read, &mut self.noise);
        self.work.d_read = d_read;
        value
    }

    /// Brings `d_read` back through dropout, with the gradients of the penalties on the outputs as they are read and as they were.
    fn penalised_backward(&mut self, cpu: &Cpu, layout: &Layout) {
        let mut d_read = std::mem::take(&mut self.work.d_read);
        let read = head_input(self.dropped.then_some(&self.dropout), None, &self.pool, &self.stack);
        let (activation, slowness) = (self.config.activation_penalty, self.config.slowness_penalty);
        self.penalty = if activation > 0.0 { mean_square(activation, read, &mut d_read) } else { 0.0 };
        self.work.d_read = d_read;
        self.read_backward(cpu, layout);
        if slowness > 0.0 {
            self.penalty += mean_squared_change(slowness, layout, self.stack.output(), &mut self.work.d_read);
        }
    }

    /// What the penalties added to the loss of the last [`loss_and_grad`](Self::loss_and_grad).
    pub fn penalty(&self) -> f64 {
        self.penalty
    }

    /// The loss over a batch, without dropout and gradient.
    pub fn loss(&mut self, cpu: &Cpu, batch: &Batch<F>, loss: &Loss) -> f64 {
        self.loss_from(cpu, batch, loss, None)
    }

    /// As [`loss`](Self::loss) from a carried state, which becomes the last one. The outputs of many steps over many classes are computed some steps at a
    /// time.
    pub fn loss_from(&mut self, cpu: &Cpu, batch: &Batch<F>, loss: &Loss, state: Option<&mut State<F>>) -> f64 {
        let rows = (MOST_OUTPUTS / self.config.outputs).max(1);
        if rows < batch.target.len()
            && self.config.readout == Readout::EachStep
            && matches!(loss, Loss::CrossEntropy { weights, .. } if weights.is_empty())
        {
            return self.loss_in_parts(cpu, batch, loss, state, rows);
        }
        self.forward(cpu, batch, false, state);
        let (output, d_output) = (self.head.output(), &mut self.work.d_output);
        d_output.resize(output.len(), F::ZERO);
        loss.loss(cpu, output, &batch.target, weights(batch), d_output)
    }

    /// The mean over parts of `rows` rows, each by what it counts.
    fn loss_in_parts(&mut self, cpu: &Cpu, batch: &Batch<F>, loss: &Loss, state: Option<&mut State<F>>, rows: usize) -> f64 {
        self.read(cpu, batch, false, false, state);
        self.pack_head(cpu);
        let (mut sum, mut counted) = (0.0, 0.0);
        for (part, target) in batch.target.chunks(rows).enumerate() {
            let first = part * rows;
            let read = head_input(None, None, &self.pool, &self.stack);
            let width = self.config.read_width();
            self.head.forward(cpu, &self.params.values, &read[first * width..][..target.len() * width]);
            let d_output = &mut self.work.d_output;
            d_output.resize(self.head.output().len(), F::ZERO);
            let weight = weights(batch).map(|all| &all[first..][..target.len()]);
            let of = |row: usize| weight.map_or(1.0, |weight| weight[row].to_f64());
            let count: f64 = target.iter().enumerate().filter(|(_, y)| **y >= F::ZERO).map(|(row, _)| of(row)).sum();
            if count > 0.0 {
                sum += count * loss.loss(cpu, self.head.output(), target, weight, d_output);
                counted += count;
            }
        }
        if counted > 0.0 { sum / counted } else { 0.0 }
    }
}

fn weights<F>(batch: &Batch<F>) -> Option<&[F]> {
    (!batch.weight.is_empty()).then_some(&batch.weight[..])
}
