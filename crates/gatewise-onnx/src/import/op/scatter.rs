//! Elements put to their places along an axis, and the places of those that are not zero.

use super::copy::by_type;
use super::gather::place;
use super::{Built, Call, Op, Reader};
use crate::import::error::{Fault, brief, fault};
use crate::import::shape::{MOST_AXES, Shape};
use crate::import::tensor::{Dtype, Element, Operand, Values};

/// A tensor with other elements at some places of each line along an axis.
#[derive(Debug)]
struct Scatter {
    axis: i64,
}

pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(3..=3, 1)?;
    let dtype = reader.dtype(0)?;
    reader.expect(1, Dtype::Int)?;
    reader.expect(2, dtype)?;
    if reader.opset >= 16
        && let Some(reduction) = reader.text("reduction")?.filter(|reduction| *reduction != "none")
    {
        return fault(format!("its reduction is {}; only none is supported", brief(reduction)));
    }
    Ok(Built::one(Scatter { axis: reader.int("axis")?.unwrap_or(0) }, dtype))
}

impl Op for Scatter {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let (x, places, updates) = (call.input(0)?, call.input(1)?, call.input(2)?);
        let axis = x.shape.axis(self.axis)?;
        let fits = |(at, (inner, outer)): (usize, (&usize, &usize))| at == axis || inner <= outer;
        let fit = places.shape.rank() == x.shape.rank() && places.shape.axes().iter().zip(x.shape.axes()).enumerate().all(fits);
        if !fit || places.shape != updates.shape {
            return fault(format!("it puts shape {} to places of shape {} in {}", updates.shape, places.shape, x.shape));
        }
        by_type!(x.values, call, 0, x.shape, |source, out| {
            out.copy_from_slice(source);
            scatter(&x.shape, axis, &places, &updates, out)
        })
    }
}

fn scatter<T: Element>(shape: &Shape, axis: usize, places: &Operand<'_>, updates: &Operand<'_>, out: &mut [T]) -> Result<(), Fault> {
    let (strides, inner, length) = (shape.strides(), places.shape, shape.axes()[axis]);
    let mut at = [0_usize; MOST_AXES];
    for (&update, &number) in T::of(updates)?.iter().zip(places.int()?) {
        let line: usize = (0..inner.rank()).filter(|&k| k != axis).map(|k| strides[k] * at[k]).sum();
        out[line + strides[axis] * place(number, length)?] = update;
        for k in (0..inner.rank()).rev() {
            at[k] += 1;
            if at[k] < inner.axes()[k] {
                break;
            }
            at[k] = 0;
        }
    }
    Ok(())
}

/// The places of elements that are not zero, in order: (axes, as many as there are).
#[derive(Debug)]
struct NonZero;

pub(super) fn non_zero(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=1, 1)?;
    reader.dtype(0)?;
    Ok(Built::one(NonZero, Dtype::Int).settled_by([0]))
}

impl Op for NonZero {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        let is_set = |k: usize| match x.values {
            Values::Float(x) => x[k] != 0.0,
            Values::Double(x) => x[k] != 0.0,
            Values::Int(x) => x[k] != 0,
            Values::Bool(x) => x[k],
        };
        let all = 0..x.values.len();
        let count = all.clone().filter(|&k| is_set(k)).count();
        // A scalar has one place, on an axis that there is not.
        let rank = x.shape.rank();
        let strides = x.shape.strides();
        let out = call.int(0, Shape::new(&[rank, count])?)?;
        for (at, k) in all.filter(|&k| is_set(k)).enumerate() {
            for axis in 0..rank {
                out[axis * count + at] = (k / strides[axis] % x.shape.axes()[axis]) as i64;
            }
        }
        Ok(())
    }
}
