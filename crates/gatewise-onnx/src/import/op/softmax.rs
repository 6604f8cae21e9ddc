//! Softmax and its logarithm along an axis; before opset 13, along all axes from one on as one.

use gatewise_kernels::{exp_below, vectorize};

use super::{Built, Call, Op, Reader, Work};
use crate::import::error::Fault;
use crate::import::shape::count;
use crate::import::tensor::Dtype;

#[derive(Debug)]
struct Softmax {
    axis: i64,
    /// Whether all axes behind go with it.
    flattens: bool,
    logarithm: bool,
}

pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=1, 1)?;
    reader.expect(0, Dtype::Float)?;
    let flattens = reader.opset < 13;
    let axis = reader.int("axis")?.unwrap_or(if flattens { 1 } else { -1 });
    let logarithm = reader.proto.op_type.as_deref() == Some("LogSoftmax");
    Ok(Built::one(Softmax { axis, flattens, logarithm }, Dtype::Float))
}

impl Op for Softmax {
    fn work(&self) -> Work {
        Work::Aside(Vec::new())
    }

    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        let rank = x.shape.rank();
        // A scalar, or an axis behind the last one, is one value of its own.
        let behind_all = (rank == 0 && matches!(self.axis, 0 | -1)) || (self.flattens && self.axis == rank as i64);
        let axis = if behind_all { rank } else { x.shape.axis(self.axis)? };
        let axes = x.shape.axes();
        let (length, apart) = match axes.get(axis) {
            None => (1, 1),
            Some(_) if self.flattens => (count(&axes[axis..]), 1),
            Some(&length) => (length, count(&axes[axis + 1..])),
        };
        let (values, isa) = (x.float()?, call.cpu.isa());
        let Work::Aside(aside) = &mut *call.work else { return Err(Fault::new("its working space is another operator's")) };
        let mut aside = std::mem::take(aside);
        let out = call.outs[0].float(x.shape, call.held)?;
        if !out.is_empty() {
            aside.resize(2 * length, 0.0);
            let (row, result) = aside.split_at_mut(length);
            for (block, out) in values.chunks_exact(length * apart).zip(out.chunks_exact_mut(length * apart)) {
                for k in 0..apart {
                    if apart == 1 {
                        self.row(isa, block, out);
                        continue;
                    }
                    row.iter_mut().zip(block[k..].iter().step_by(apart)).for_each(|(row, x)| *row = *x);
                    self.row(isa, row, result);
                    out[k..].iter_mut().step_by(apart).zip(&*result).for_each(|(out, x)| *out = *x);
                }
            }
        }
        *call.work = Work::Aside(aside);
        Ok(())
    }
}

impl Softmax {
    fn row(&self, isa: gatewise_kernels::Isa, x: &[f32], out: &mut [f32]) {
        let top = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        exp_below(isa, x, top, out);
        let sum: f32 = out.iter().sum();
        if self.logarithm {
            let level = sum.ln();
            vectorize!(out.iter_mut().zip(x).for_each(|(out, &x)| *out = (x - top) - level));
        } else {
            vectorize!(out.iter_mut().for_each(|out| *out /= sum));
        }
    }
}
