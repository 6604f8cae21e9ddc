//! A convolution over time, yₜ = Σₖ wₖ x₍ₜ₊ₖ₋ₗ₎ + b, with zeros before and behind each sequence so that lengths stay.
//!
//! With K taps, l = ⌊(K − 1) / 2⌋ of them reach back. Taps of a step are gathered into a row of K·C numbers (Chellapilla 2006, "im2col"), so
//! that the convolution is a product with the weights, and so are both gradients. Steps lie as in a ragged batch: nothing is padded, and
//! no tap reaches from one sequence into another.

use gatewise_kernels::{Aligned, Cpu, Layout, Mat, Real, Scratch, matmul};

use crate::params::{Params, View};

/// Steps gathered at once, so that their taps stay in the second cache. Sums do not depend on it.
const CHUNK: usize = 512;

/// Weights `{prefix}.weight` (O, C, K) and `{prefix}.bias` (O), with the buffers of the layer.
#[derive(Debug)]
pub struct TemporalConv<F> {
    weight: View,
    bias: View,
    taps: usize,
    channels: usize,
    filters: usize,
    y: Aligned<F>,
    /// Weights, then their gradients, with the taps outside the channels: (O, K, C).
    outside: Vec<F>,
    /// Taps of a chunk of steps, (P, K, C), or their gradients.
    gathered: Aligned<F>,
    scratch: Scratch<F>,
}

impl<F: Real> TemporalConv<F> {
    /// Adds the layer's tensors to `params`, all zero; [`crate::init::before_relu`] gives them a start.
    pub fn new(params: &mut Params<F>, prefix: &str, channels: usize, filters: usize, taps: usize) -> Self {
        let weight = params.add(format!("{prefix}.weight"), &[filters, channels, taps]);
        let bias = params.add(format!("{prefix}.bias"), &[filters]);
        let (y, gathered) = (Aligned::default(), Aligned::default());
        Self { weight, bias, taps, channels, filters, y, outside: Vec::new(), gathered, scratch: Scratch::default() }
    }

    /// The weights.
    pub fn weight(&self) -> View {
        self.weight
    }

    /// Numbers that an output hangs on: K·C.
    pub fn inputs(&self) -> usize {
        self.taps * self.channels
    }

    /// `x`: (N, C) in the order of `layout`. The result, (N, O), is in [`output`](Self::output).
    ///
    /// # Panics
    /// If `x` has a wrong length.
    pub fn forward(&mut self, cpu: &Cpu, values: &[F], layout: &Layout, x: &[F]) {
        assert_eq!(x.len(), layout.rows() * self.channels, "x is (N, C)");
        let (inputs, filters) = (self.inputs(), self.filters);
        self.y.resize(layout.rows() * filters);
        for y in self.y.chunks_exact_mut(filters) {
            y.copy_from_slice(self.bias.of(values));
        }
        self.turn(values);
        for (k, y) in self.y.chunks_mut(CHUNK * filters).enumerate() {
            let steps = y.len() / filters;
            self.gathered.resize(steps * inputs);
            gather(layout, (self.taps, self.channels), k * CHUNK, x, &mut self.gathered);
            let weight = Mat::transposed(&self.outside, inputs, filters);
            matmul(cpu, Mat::new(&self.gathered, steps, inputs), weight, true, y, &mut self.scratch);
        }
    }

    /// Outputs of the last forward: (N, O).
    pub fn output(&self) -> &[F] {
        &self.y
    }

    /// `layout` and `x` as in the last forward; `dy`: (N, O). Adds the gradients of weight and bias to `grads`; `dx`: (N, C) is written.
    ///
    /// # Panics
    /// If a slice has a wrong length.
    #[expect(clippy::too_many_arguments, reason = "the blocks of one backward")]
    pub fn backward(&mut self, cpu: &Cpu, values: &[F], grads: &mut [F], layout: &Layout, x: &[F], dy: &[F], dx: Option<&mut [F]>) {
        let (inputs, filters, shape) = (self.inputs(), self.filters, (self.taps, self.channels));
        assert_eq!(dy.len(), layout.rows() * filters, "dy is (N, O)");
        let d_bias = self.bias.of_mut(grads);
        for dy in dy.chunks_exact(filters) {
            d_bias.iter_mut().zip(dy).for_each(|(sum, &d)| *sum += d);
        }
        self.outside.clear();
        self.outside.resize(filters * inputs, F::ZERO);
        for (k, dy) in dy.chunks(CHUNK * filters).enumerate() {
            let steps = dy.len() / filters;
            self.gathered.resize(steps * inputs);
            gather(layout, shape, k * CHUNK, x, &mut self.gathered);
            let left = Mat::transposed(dy, filters, steps);
            matmul(cpu, left, Mat::new(&self.gathered, steps, inputs), true, &mut self.outside, &mut self.scratch);
        }
        for (outside, filter) in self.outside.chunks_exact(inputs).zip(self.weight.of_mut(grads).chunks_exact_mut(inputs)) {
            for (k, &d) in outside.iter().enumerate() {
                filter[k % self.channels * self.taps + k / self.channels] += d;
            }
        }
        let Some(dx) = dx else { return };
        assert_eq!(dx.len(), x.len(), "dx is (N, C)");
        self.turn(values);
        dx.fill(F::ZERO);
        for (k, dy) in dy.chunks(CHUNK * filters).enumerate() {
            let steps = dy.len() / filters;
            self.gathered.resize(steps * inputs);
            let weight = Mat::new(&self.outside, filters, inputs);
            matmul(cpu, Mat::new(dy, steps, filters), weight, false, &mut self.gathered, &mut self.scratch);
            scatter(layout, shape, k * CHUNK, &self.gathered, dx);
        }
    }

    /// (O, C, K) becomes (O, K, C).
    fn turn(&mut self, values: &[F]) {
        self.outside.clear();
        for filter in self.weight.of(values).chunks_exact(self.inputs()) {
            for tap in 0..self.taps {
                self.outside.extend((0..self.channels).map(|c| filter[c * self.taps + tap]));
            }
        }
    }
}

/// The rows that the taps of some rows from `first` on stand for; none outside a sequence.
fn sources(layout: &Layout, taps: usize, first: usize, rows: usize) -> impl Iterator<Item = Option<usize>> {
    let back = (taps - 1) / 2;
    let mut t = layout.step_of(first);
    (first..first + rows).flat_map(move |row| {
        while row >= layout.offset(t) + layout.active(t) {
            t += 1;
        }
        let (now, b) = (t, row - layout.offset(t));
        (0..taps).map(move |k| {
            let step = (now + k).checked_sub(back).filter(|&step| step < layout.time() && b < layout.active(step))?;
            Some(layout.row(step, b))
        })
    })
}

/// Some rows from `first` on of (N, C) become their taps, (P, K, C).
fn gather<F: Real>(layout: &Layout, (taps, channels): (usize, usize), first: usize, x: &[F], gathered: &mut [F]) {
    let rows = gathered.len() / (taps * channels);
    for (to, from) in gathered.chunks_exact_mut(channels).zip(sources(layout, taps, first, rows)) {
        match from {
            Some(row) => to.copy_from_slice(&x[row * channels..][..channels]),
            None => to.fill(F::ZERO),
        }
    }
}

/// The transpose of [`gather`]: adds the gradients of the taps, (P, K, C), to their rows of (N, C).
fn scatter<F: Real>(layout: &Layout, (taps, channels): (usize, usize), first: usize, gathered: &[F], dx: &mut [F]) {
    let rows = gathered.len() / (taps * channels);
    for (from, to) in gathered.chunks_exact(channels).zip(sources(layout, taps, first, rows)) {
        if let Some(row) = to {
            dx[row * channels..][..channels].iter_mut().zip(from).for_each(|(sum, &d)| *sum += d);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewise_kernels::Isa;

    #[test]
    fn taps_stay_inside_their_sequence() {
        let mut params = Params::<f64>::new();
        let mut conv = TemporalConv::new(&mut params, "conv", 1, 1, 4);
        // One tap back, the step itself, two ahead; then the bias.
        params.values.copy_from_slice(&[1000.0, 100.0, 10.0, 1.0, 0.5]);
        // Sequences 1 2 3 and 7: rows (t0, b0), (t0, b1), (t1, b0), (t2, b0).
        conv.forward(&Cpu::with_isa(Isa::Scalar, 1), &params.values, &Layout::ragged(&[3, 1]), &[1.0, 7.0, 2.0, 3.0]);
        assert_eq!(conv.output(), [123.5, 700.5, 1230.5, 2300.5]);
    }
}
