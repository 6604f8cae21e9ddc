//! Convolutions over time beside the recurrent stack (LSTM-FCN, Karim 2018), whose mean over a sequence's steps the head reads as well.

use gatewise_kernels::{Aligned, Cpu, Layout, Real};

use super::branch_config::BranchConfig;
use super::norm::LayerNorm;
use super::temporal::TemporalConv;
use crate::init;
use crate::params::Params;
use crate::rng::Rng;

/// Blocks of a convolution, a layer norm over its filters and max(0, ·), then the mean over each sequence's own steps.
///
/// The paper normalises by the batch. Here a step is normalised over its filters (Ba 2016): that keeps no running statistics, does not
/// let the answer for one item hang on those beside it, and has no padding to leave out.
#[derive(Debug)]
pub struct Branch<F> {
    blocks: Vec<Block<F>>,
    mean: Vec<F>,
    /// Gradients on both sides of a block.
    d: Vec<F>,
    d_next: Vec<F>,
    d_conv: Vec<F>,
}

#[derive(Debug)]
struct Block<F> {
    conv: TemporalConv<F>,
    norm: LayerNorm<F>,
    y: Aligned<F>,
}

impl<F: Real> Branch<F> {
    /// Adds `{prefix}.conv0.weight`, `.bias`, `{prefix}.norm0.weight`, `.bias` and so on for `input` features a step.
    pub fn new(params: &mut Params<F>, prefix: &str, config: &BranchConfig, input: usize) -> Self {
        let mut channels = input;
        let mut blocks = Vec::new();
        for (k, block) in config.blocks.iter().enumerate() {
            let conv = TemporalConv::new(params, &format!("{prefix}.conv{k}"), channels, block.filters, block.taps);
            let norm = LayerNorm::new(params, &format!("{prefix}.norm{k}"), block.filters);
            blocks.push(Block { conv, norm, y: Aligned::default() });
            channels = block.filters;
        }
        Self { blocks, mean: Vec::new(), d: Vec::new(), d_next: Vec::new(), d_conv: Vec::new() }
    }

    /// Draws starting weights (He 2015); biases stay zero.
    pub fn start(&self, rng: &mut Rng, values: &mut [F]) {
        for Block { conv, .. } in &self.blocks {
            init::before_relu(rng, conv.weight().of_mut(values), conv.inputs());
        }
    }

    /// `x`: (N, I). The result, (B, O) in the layout's order, is in [`output`](Self::output).
    ///
    /// # Panics
    /// If `x` has a wrong length.
    pub fn forward(&mut self, cpu: &Cpu, values: &[F], layout: &Layout, x: &[F]) {
        let mut x = x;
        for Block { conv, norm, y } in &mut self.blocks {
            conv.forward(cpu, values, layout, x);
            norm.forward(cpu, values, conv.output());
            y.resize(norm.output().len());
            for (y, &n) in y.iter_mut().zip(norm.output()) {
                // A NaN comes through, so that training can name it.
                *y = if n < F::ZERO { F::ZERO } else { n };
            }
            x = &y[..];
        }
        let width = x.len() / layout.rows().max(1);
        self.mean.clear();
        self.mean.resize(layout.batch() * width, F::ZERO);
        for (b, mean) in self.mean.chunks_exact_mut(width).enumerate() {
            for t in 0..layout.length(b) {
                mean.iter_mut().zip(&x[layout.row(t, b) * width..][..width]).for_each(|(sum, &x)| *sum += x);
            }
            let scale = F::ONE / F::from_f64(layout.length(b) as f64);
            mean.iter_mut().for_each(|sum| *sum *= scale);
        }
    }

    /// Means of the last forward: (B, O).
    pub fn output(&self) -> &[F] {
        &self.mean
    }

    /// `layout` and `x` as in the last forward; `d_mean`: (B, O). Adds the gradients of the parameters to `grads` and, where it is asked
    /// for, that of the input to `dx`: (N, I).
    ///
    /// # Panics
    /// If a slice has a wrong length.
    #[expect(clippy::too_many_arguments, reason = "the blocks of one backward")]
    pub fn backward(&mut self, cpu: &Cpu, values: &[F], grads: &mut [F], layout: &Layout, x: &[F], d_mean: &[F], dx: Option<&mut [F]>) {
        assert_eq!(d_mean.len(), self.mean.len(), "d_mean is (B, O)");
        let Self { blocks, d, d_next, d_conv, .. } = self;
        let width = d_mean.len() / layout.batch().max(1);
        d.resize(layout.rows() * width, F::ZERO);
        for (b, d_mean) in d_mean.chunks_exact(width).enumerate() {
            let scale = F::ONE / F::from_f64(layout.length(b) as f64);
            for t in 0..layout.length(b) {
                d[layout.row(t, b) * width..][..width].iter_mut().zip(d_mean).for_each(|(d, &mean)| *d = mean * scale);
            }
        }
        for k in (0..blocks.len()).rev() {
            let (before, rest) = blocks.split_at_mut(k);
            let Block { conv, norm, y } = &mut rest[0];
            for (d, &y) in d.iter_mut().zip(y.iter()) {
                if y <= F::ZERO {
                    *d = F::ZERO;
                }
            }
            d_conv.resize(d.len(), F::ZERO);
            norm.backward(cpu, values, grads, conv.output(), d, Some(d_conv));
            let x = before.last().map_or(x, |block| &block.y[..]);
            let wanted = k > 0 || dx.is_some();
            d_next.resize(x.len(), F::ZERO);
            conv.backward(cpu, values, grads, layout, x, d_conv, wanted.then_some(&mut d_next[..]));
            std::mem::swap(d, d_next);
        }
        if let Some(dx) = dx {
            dx.iter_mut().zip(&self.d).for_each(|(dx, &d)| *dx += d);
        }
    }
}
