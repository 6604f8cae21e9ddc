//! The choice of a kernel by number type and instruction set.

use crate::cell::{Dims, Weights};
use crate::cpu::{Cpu, Isa};
use crate::matmul::{Mat, Scratch};
use crate::real::Real;
use crate::recurrent::{BackwardArgs, ForwardArgs, Packed};
use crate::reference;

/// The kernels of a number type. Not for use outside this crate; call [`crate::Recurrent`] and [`crate::matmul()`].
#[doc(hidden)]
pub trait Kernels: Sized {
    fn pack(isa: Isa, dims: Dims, weights: Weights<'_, Self>, packed: &mut Packed<Self>);
    fn forward(cpu: &Cpu, args: ForwardArgs<'_, Self>);
    fn backward(cpu: &Cpu, args: BackwardArgs<'_, Self>);
    fn matmul(cpu: &Cpu, a: Mat<'_, Self>, b: Mat<'_, Self>, accumulate: bool, c: &mut [Self], scratch: &mut Scratch<Self>);
}

impl Kernels for f64 {
    fn pack(_: Isa, dims: Dims, weights: Weights<'_, Self>, packed: &mut Packed<Self>) {
        packed.set_plain(dims, weights);
    }
    fn forward(_: &Cpu, args: ForwardArgs<'_, Self>) {
        reference::forward(args);
    }
    fn backward(_: &Cpu, args: BackwardArgs<'_, Self>) {
        reference::backward(args);
    }
    fn matmul(_: &Cpu, a: Mat<'_, Self>, b: Mat<'_, Self>, accumulate: bool, c: &mut [Self], _: &mut Scratch<Self>) {
        reference::matmul(a, b, accumulate, c, b.cols);
    }
}

impl Kernels for f32 {
    fn pack(isa: Isa, dims: Dims, weights: Weights<'_, Self>, packed: &mut Packed<Self>) {
        let _ = isa;
        packed.set_plain(dims, weights);
    }
    fn forward(_: &Cpu, args: ForwardArgs<'_, Self>) {
        reference::forward(args);
    }
    fn backward(_: &Cpu, args: BackwardArgs<'_, Self>) {
        reference::backward(args);
    }
    fn matmul(_: &Cpu, a: Mat<'_, Self>, b: Mat<'_, Self>, accumulate: bool, c: &mut [Self], _: &mut Scratch<Self>) {
        reference::matmul(a, b, accumulate, c, b.cols);
    }
}

const _: fn() = || {
    fn is_real<F: Real>() {}
    is_real::<f32>();
    is_real::<f64>();
};
