//! The weights of a layer as its kernels read them.

use crate::bf16;
use crate::buffer::Aligned;
use crate::cell::{Dims, Weights};
use crate::cpu::Isa;
use crate::fast::{FastWeights, Panels};
use crate::int8::Int8Weights;
use crate::real::Real;

/// Weights as the kernels read them. Made anew after every optimiser step.
#[derive(Clone, Debug)]
pub struct Packed<F> {
    pub(crate) isa: Option<Isa>,
    plain: Aligned<F>,
    pub(crate) fast: FastWeights,
    /// Whether products take numbers of sixteen bits.
    pub(crate) bf16: bool,
    /// With weights of eight bits: for the reference, and in panels.
    pub(crate) int8: Option<(Int8Weights, Panels)>,
}

impl<F> Default for Packed<F> {
    fn default() -> Self {
        Self { isa: None, plain: Aligned::default(), fast: FastWeights::default(), bf16: false, int8: None }
    }
}

impl<F: Real> Packed<F> {
    /// Keeps the weights for the reference kernels: as they are, or those that are multiplied rounded to bf16.
    pub(crate) fn set_plain(&mut self, dims: Dims, weights: Weights<'_, F>) {
        self.plain.resize(dims.parameters());
        let mut at = 0;
        for part in [weights.w_ih, weights.w_hh, weights.b_ih, weights.b_hh] {
            self.plain[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        if self.bf16 {
            let multiplied = weights.w_ih.len() + weights.w_hh.len();
            self.plain[..multiplied].iter_mut().for_each(|w| *w = bf16::round(*w));
        }
    }

    /// What a product takes of a value.
    pub(crate) fn factor(&self, value: F) -> F {
        if self.bf16 { bf16::round(value) } else { value }
    }

    /// The weights that are multiplied, and the biases; only after [`Packed::set_plain`].
    pub(crate) fn plain(&self, dims: Dims) -> Weights<'_, F> {
        let rows = dims.gate_rows();
        let (w_ih, rest) = self.plain.split_at(rows * dims.input);
        let (w_hh, rest) = rest.split_at(dims.recurrent_rows() * dims.hidden);
        let (b_ih, b_hh) = rest.split_at(rows);
        Weights { w_ih, w_hh, b_ih, b_hh }
    }
}
