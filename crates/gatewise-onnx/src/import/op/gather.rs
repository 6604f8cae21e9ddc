//! Elements by their places: along an axis, beside each other, or on several axes.

use super::copy::by_type;
use super::{Built, Call, Op, Reader};
use crate::import::error::{Fault, fault};
use crate::import::shape::{MOST_AXES, Shape, count};
use crate::import::tensor::Dtype;

#[derive(Debug)]
struct Gather {
    axis: i64,
}

pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(2..=2, 1)?;
    reader.expect(1, Dtype::Int)?;
    Ok(Built::one(Gather { axis: reader.int("axis")?.unwrap_or(0) }, reader.dtype(0)?))
}

/// The place along an axis of a length that a number means, of which a negative one counts from the end.
pub(super) fn place(number: i64, length: usize) -> Result<usize, Fault> {
    let at = if number < 0 { number.wrapping_add(length as i64) } else { number };
    let at = usize::try_from(at).ok().filter(|&at| at < length);
    at.ok_or_else(|| Fault::new(format!("it takes element {number} along an axis of {length}")))
}

impl Op for Gather {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let (x, places) = (call.input(0)?, call.input(1)?);
        let axis = x.shape.axis(self.axis)?;
        let (before, behind) = (&x.shape.axes()[..axis], &x.shape.axes()[axis + 1..]);
        let mut shape = Shape::new(before)?;
        places.shape.axes().iter().chain(behind).try_for_each(|&length| shape.push(length))?;
        let length = x.shape.axes()[axis];
        let places = places.int()?;
        let width = count(behind);
        by_type!(x.values, call, 0, shape, |source, out| {
            if out.is_empty() {
                return places.iter().try_for_each(|&number| place(number, length).map(|_| ()));
            }
            for (block, out) in source.chunks_exact(length.max(1) * width).zip(out.chunks_exact_mut(places.len() * width)) {
                for (&number, out) in places.iter().zip(out.chunks_exact_mut(width)) {
                    out.copy_from_slice(&block[place(number, length)? * width..][..width]);
                }
            }
            if source.is_empty() {
                // There is no block that could have refused it.
                places.iter().try_for_each(|&number| place(number, length).map(|_| ()))?;
            }
        });
        Ok(())
    }
}

/// Of each line along an axis as many elements as there are numbers beside it.
#[derive(Debug)]
struct GatherElements {
    axis: i64,
}

pub(super) fn elements(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(2..=2, 1)?;
    reader.expect(1, Dtype::Int)?;
    Ok(Built::one(GatherElements { axis: reader.int("axis")?.unwrap_or(0) }, reader.dtype(0)?))
}

impl Op for GatherElements {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let (x, places) = (call.input(0)?, call.input(1)?);
        let axis = x.shape.axis(self.axis)?;
        let fits = |(at, (inner, outer)): (usize, (&usize, &usize))| at == axis || inner <= outer;
        if places.shape.rank() != x.shape.rank() || !places.shape.axes().iter().zip(x.shape.axes()).enumerate().all(fits) {
            return fault(format!("it takes places of shape {} out of shape {}", places.shape, x.shape));
        }
        let (length, strides, shape) = (x.shape.axes()[axis], x.shape.strides(), places.shape);
        let numbers = places.int()?;
        by_type!(x.values, call, 0, shape, |source, out| {
            let mut at = [0_usize; MOST_AXES];
            for (out, &number) in out.iter_mut().zip(numbers) {
                let from = (0..shape.rank()).map(|k| strides[k] * if k == axis { 0 } else { at[k] }).sum::<usize>();
                *out = source[from + strides[axis] * place(number, length)?];
                for k in (0..shape.rank()).rev() {
                    at[k] += 1;
                    if at[k] < shape.axes()[k] {
                        break;
                    }
                    at[k] = 0;
                }
            }
        });
        Ok(())
    }
}

/// Elements or blocks by their places on several axes, behind axes that both have.
#[derive(Debug)]
struct GatherNd {
    batch: usize,
}

pub(super) fn nd(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(2..=2, 1)?;
    reader.expect(1, Dtype::Int)?;
    let batch = if reader.opset >= 12 { reader.int("batch_dims")?.unwrap_or(0) } else { 0 };
    let batch = usize::try_from(batch).map_err(|_| Fault::new(format!("its attribute batch_dims is {batch}")))?;
    Ok(Built::one(GatherNd { batch }, reader.dtype(0)?))
}

impl Op for GatherNd {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let (x, places) = (call.input(0)?, call.input(1)?);
        let wrong = || Fault::new(format!("it takes places of shape {} out of shape {}", places.shape, x.shape));
        let [outer @ .., depth] = places.shape.axes() else { return Err(wrong()) };
        let (depth, batch) = (*depth, self.batch);
        let axes = x.shape.axes();
        if batch > outer.len() || batch.saturating_add(depth) > axes.len() || outer[..batch] != axes[..batch] {
            return Err(wrong());
        }
        let (taken, block) = (&axes[batch..batch + depth], &axes[batch + depth..]);
        let mut shape = Shape::new(outer)?;
        block.iter().try_for_each(|&length| shape.push(length))?;
        let (width, whole) = (count(block), count(&axes[batch..]));
        let each = count(&outer[batch..]);
        let numbers = places.int()?;
        by_type!(x.values, call, 0, shape, |source, out| {
            if !out.is_empty() {
                for (k, out) in out.chunks_exact_mut(width).enumerate() {
                    let mut at = 0;
                    for (&number, &length) in numbers[k * depth..][..depth].iter().zip(taken) {
                        at = at * length + place(number, length)?;
                    }
                    out.copy_from_slice(&source[k / each * whole + at * width..][..width]);
                }
            }
        });
        Ok(())
    }
}
