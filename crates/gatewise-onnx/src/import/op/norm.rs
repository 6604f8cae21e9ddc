//! Normalisation over the axes from one on.

use gatewise_kernels::vectorize;

use super::{Built, Call, Op, Reader};
use crate::import::error::{Fault, fault};
use crate::import::shape::{Shape, count};
use crate::import::tensor::Dtype;

#[derive(Debug)]
struct LayerNormalization {
    axis: i64,
    epsilon: f32,
}

pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(2..=3, 3)?;
    reader.expect(0, Dtype::Float)?;
    reader.expect(1, Dtype::Float)?;
    reader.expect_any(2, Dtype::Float)?;
    // In which precision the mean is; here in double.
    reader.int("stash_type")?;
    let norm = LayerNormalization { axis: reader.int("axis")?.unwrap_or(-1), epsilon: reader.float("epsilon")?.unwrap_or(1e-5) };
    Ok(Built { outputs: vec![Dtype::Float; 3], ..Built::one(norm, Dtype::Float) })
}

impl Op for LayerNormalization {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let (x, scale, bias) = (call.input(0)?, call.input(1)?, call.maybe(2));
        let axis = x.shape.axis(self.axis)?;
        let (outer, own) = x.shape.axes().split_at(axis);
        let (rows, width) = (count(outer), count(own));
        let own = Shape::new(own)?;
        for part in [Some(scale), bias].into_iter().flatten() {
            // As long as the axes that are normalised, but for axes of 1 in front.
            if part.shape.count() != width || own.broadcast(&part.shape)?.count() != width {
                return fault(format!("its scale or bias of shape {} is not that of the normalised axes {own}", part.shape));
            }
        }
        let (scale, bias) = (scale.float()?, bias.map(|bias| bias.float()).transpose()?);
        let values = x.float()?;
        let mut shape = x.shape;
        shape.axes_mut()[axis..].fill(1);
        let out = call.float(0, x.shape)?;
        let stats = |row: &[f32]| {
            let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / width as f64;
            let variance = row.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / width as f64;
            (mean as f32, ((variance + f64::from(self.epsilon)).sqrt().recip()) as f32)
        };
        if !out.is_empty() {
            for (row, out) in values.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                let (mean, inverse) = stats(row);
                match bias {
                    Some(bias) => vectorize!(
                        out.iter_mut().zip(row).zip(scale).zip(bias).for_each(|(((out, x), s), b)| *out = (x - mean) * inverse * s + b)
                    ),
                    None => vectorize!(out.iter_mut().zip(row).zip(scale).for_each(|((out, x), s)| *out = (x - mean) * inverse * s)),
                }
            }
        }
        for (at, first) in [(1, true), (2, false)] {
            if call.wants(at) && rows > 0 {
                let out = call.float(at, shape)?;
                for (out, row) in out.iter_mut().zip(values.chunks_exact(width.max(1))) {
                    let (mean, inverse) = stats(row);
                    *out = if first { mean } else { inverse };
                }
            } else if call.wants(at) {
                call.float(at, shape)?;
            }
        }
        Ok(())
    }
}
