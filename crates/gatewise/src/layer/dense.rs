//! A dense layer, y = x Wᵀ + b.

use gatewise_kernels::{Aligned, Cpu, Mat, PackedRight, Real, Scratch, matmul, matmul_packed};

use crate::params::{Params, View};

/// Weights `{prefix}.weight` (O, I) and `{prefix}.bias` (O), with the buffers of the layer.
#[derive(Debug)]
pub struct Dense<F> {
    weight: View,
    bias: View,
    inputs: usize,
    outputs: usize,
    y: Aligned<F>,
    scratch: Scratch<F>,
    packed: PackedRight<F>,
}

impl<F: Real> Dense<F> {
    /// Adds the layer's tensors to `params`, all zero; [`crate::init::dense`] gives them a start.
    pub fn new(params: &mut Params<F>, prefix: &str, inputs: usize, outputs: usize) -> Self {
        let weight = params.add(format!("{prefix}.weight"), &[outputs, inputs]);
        let bias = params.add(format!("{prefix}.bias"), &[outputs]);
        Self { weight, bias, inputs, outputs, y: Aligned::default(), scratch: Scratch::default(), packed: PackedRight::default() }
    }

    /// Takes `weight`, a tensor of another layer with (O, I) values, and adds a bias of its own.
    pub fn tied(params: &mut Params<F>, prefix: &str, weight: View, inputs: usize, outputs: usize) -> Self {
        assert_eq!(weight.len(), inputs * outputs, "a shared weight is (O, I)");
        let bias = params.add(format!("{prefix}.bias"), &[outputs]);
        Self { weight, bias, inputs, outputs, y: Aligned::default(), scratch: Scratch::default(), packed: PackedRight::default() }
    }

    /// Inputs I.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Outputs O.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Weight and bias.
    pub fn views(&self) -> [View; 2] {
        [self.weight, self.bias]
    }

    /// Takes over the weights; before the first forward and after every change of `values`.
    pub fn pack(&mut self, cpu: &Cpu, values: &[F]) {
        self.packed.pack(cpu, Mat::transposed(self.weight.of(values), self.inputs, self.outputs));
    }

    /// `x`: (R, I). The result is in [`output`](Self::output).
    ///
    /// # Panics
    /// If `x` is no whole number of rows, or the weights were not packed.
    pub fn forward(&mut self, cpu: &Cpu, values: &[F], x: &[F]) {
        let rows = self.rows(x);
        self.y.resize(rows * self.outputs);
        for y in self.y.chunks_exact_mut(self.outputs) {
            y.copy_from_slice(self.bias.of(values));
        }
        matmul_packed(cpu, Mat::new(x, rows, self.inputs), &self.packed, true, &mut self.y);
    }

    /// Outputs of the last forward: (R, O).
    pub fn output(&self) -> &[F] {
        &self.y
    }

    /// As [`output`](Self::output), to change: where another path is added.
    pub fn output_mut(&mut self) -> &mut [F] {
        &mut self.y
    }

    /// `x`: (R, I) as in the last forward, `dy`: (R, O). Adds dW = dyᵀ x and db = Σ dy to `grads`; `dx` = dy W: (R, I) is written.
    ///
    /// # Panics
    /// If a slice has a wrong length.
    pub fn backward(&mut self, cpu: &Cpu, values: &[F], grads: &mut [F], x: &[F], dy: &[F], dx: Option<&mut [F]>) {
        let (rows, inputs, outputs) = (self.rows(x), self.inputs, self.outputs);
        assert_eq!(dy.len(), rows * outputs, "dy is (R, O)");
        let d_bias = self.bias.of_mut(grads);
        for dy in dy.chunks_exact(outputs) {
            for (sum, &d) in d_bias.iter_mut().zip(dy) {
                *sum += d;
            }
        }
        let d_weight = self.weight.of_mut(grads);
        matmul(cpu, Mat::transposed(dy, outputs, rows), Mat::new(x, rows, inputs), true, d_weight, &mut self.scratch);
        if let Some(dx) = dx {
            let weight = Mat::new(self.weight.of(values), outputs, inputs);
            matmul(cpu, Mat::new(dy, rows, outputs), weight, false, dx, &mut self.scratch);
        }
    }

    fn rows(&self, x: &[F]) -> usize {
        assert_eq!(x.len() % self.inputs, 0, "x is (R, I)");
        x.len() / self.inputs
    }
}
