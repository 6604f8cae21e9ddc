//! Elements in another order, or again and again.

use super::{Built, Call, Op, Reader};
use crate::import::error::{Fault, fault};
use crate::import::shape::{MOST_AXES, Shape, axis_of};
use crate::import::tensor::{Dtype, Values};

/// Runs code over the elements of a tensor of whatever type, and a buffer for as many of a shape.
macro_rules! by_type {
    ($values:expr, $call:expr, $at:expr, $shape:expr, |$source:ident, $out:ident| $body:expr) => {
        match $values {
            $crate::import::tensor::Values::Float($source) => {
                let $out = $call.float($at, $shape)?;
                $body
            }
            $crate::import::tensor::Values::Double($source) => {
                let $out = $call.double($at, $shape)?;
                $body
            }
            $crate::import::tensor::Values::Int($source) => {
                let $out = $call.int($at, $shape)?;
                $body
            }
            $crate::import::tensor::Values::Bool($source) => {
                let $out = $call.bool($at, $shape)?;
                $body
            }
        }
    };
}
pub(super) use by_type;

/// Lines of a transpose that are read side by side, so that each of their cache lines is used up.
const ABREAST: usize = 16;

/// Copies elements that lie `strides` apart along the axes of `shape`, the first at `start`, to `out`, one behind the other.
pub(super) fn strided<T: Copy>(source: &[T], start: usize, strides: &[isize], shape: &Shape, out: &mut [T]) {
    if out.is_empty() {
        return;
    }
    let (mut axes, mut rank) = ([(1_usize, 0_isize); MOST_AXES], 0_usize);
    for (&length, &stride) in shape.axes().iter().zip(strides).filter(|(length, _)| **length != 1) {
        match rank.checked_sub(1).map(|last| &mut axes[last]) {
            // What lies one behind the other is one axis.
            Some((before, wide)) if *wide == stride * length as isize => (*before, *wide) = (*before * length, stride),
            _ => {
                axes[rank] = (length, stride);
                rank += 1;
            }
        }
    }
    let rank = rank.max(1);
    let (length, stride) = axes[rank - 1];
    let (lines, apart) = if rank > 1 { axes[rank - 2] } else { (1, 0) };
    let block = lines * length;
    let outer = &axes[..rank.saturating_sub(2)];
    let (mut at, mut counts) = (start as isize, [0; MOST_AXES]);
    for out in out.chunks_exact_mut(block) {
        if stride == 1 {
            for (line, out) in out.chunks_exact_mut(length).enumerate() {
                out.copy_from_slice(&source[(at + line as isize * apart) as usize..][..length]);
            }
        } else {
            for first in (0..length).step_by(ABREAST) {
                let end = length.min(first + ABREAST);
                for line in 0..lines {
                    let from = at + line as isize * apart;
                    for k in first..end {
                        out[line * length + k] = source[(from + k as isize * stride) as usize];
                    }
                }
            }
        }
        for axis in (0..outer.len()).rev() {
            counts[axis] += 1;
            at += outer[axis].1;
            if counts[axis] < outer[axis].0 {
                break;
            }
            counts[axis] = 0;
            at -= outer[axis].1 * outer[axis].0 as isize;
        }
    }
}

/// Strides as they may also run backwards.
pub(super) fn signed(strides: [usize; MOST_AXES]) -> [isize; MOST_AXES] {
    // Of a tensor that has elements they are below what memory holds.
    strides.map(|stride| isize::try_from(stride).unwrap_or(0))
}

/// Axes in another order; the reverse one where none is given.
#[derive(Debug)]
struct Transpose(Option<Vec<usize>>);

pub(super) fn transpose(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=1, 1)?;
    let order = match reader.ints("perm")? {
        None => None,
        Some(order) => {
            super::reshape::marked(order, order.len())?;
            Some(order.iter().map(|&axis| axis_of(axis, order.len())).collect::<Result<_, _>>()?)
        }
    };
    Ok(Built::one(Transpose(order), reader.dtype(0)?))
}

impl Op for Transpose {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        let (rank, own) = (x.shape.rank(), signed(x.shape.strides()));
        let mut order = [0; MOST_AXES];
        match &self.0 {
            Some(perm) if perm.len() == rank => order[..rank].copy_from_slice(perm),
            Some(perm) => return fault(format!("its order of {} axes is none of shape {}", perm.len(), x.shape)),
            None => (0..rank).for_each(|at| order[at] = rank - 1 - at),
        }
        let (mut shape, mut strides) = (x.shape, [0; MOST_AXES]);
        for (at, &from) in order[..rank].iter().enumerate() {
            shape.axes_mut()[at] = x.shape.axes()[from];
            strides[at] = own[from];
        }
        by_type!(x.values, call, 0, shape, |source, out| strided(source, 0, &strides, &shape, out));
        Ok(())
    }
}

/// Repeated along axes of 1.
#[derive(Debug)]
struct Expand;

pub(super) fn expand(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(2..=2, 1)?;
    reader.expect(1, Dtype::Int)?;
    Ok(Built::one(Expand, reader.dtype(0)?).settled_by([1]))
}

impl Op for Expand {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        let shape = x.shape.broadcast(&Shape::of(call.input(1)?.int()?)?)?;
        let strides = signed(x.shape.strides_in(&shape));
        match x.values {
            Values::Float([one]) => call.float(0, shape)?.fill(*one),
            values => by_type!(values, call, 0, shape, |source, out| strided(source, 0, &strides, &shape, out)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(strides: &[isize], start: usize, axes: &[usize]) -> Vec<usize> {
        let source: Vec<usize> = (0..10_000).collect();
        let shape = Shape::new(axes).unwrap();
        let mut out = vec![0; shape.count()];
        strided(&source, start, strides, &shape, &mut out);
        out
    }

    #[test]
    fn every_element_where_it_belongs() {
        for (strides, start, axes) in [
            (&[12, 4, 1][..], 0, &[2, 3, 4][..]),
            (&[1, 4, 12], 0, &[4, 3, 2]),
            (&[4, 12, 1], 0, &[3, 2, 4]),
            (&[1, 60], 0, &[60, 50]),
            (&[-12, 4, -1], 23, &[2, 3, 4]),
            (&[0, 1], 5, &[3, 4]),
            (&[1, 0], 5, &[3, 4]),
            (&[100, 7, 1, 0], 0, &[2, 1, 3, 2]),
            (&[], 7, &[]),
            (&[3], 1, &[1]),
            (&[3, 1], 1, &[0, 1]),
        ] {
            let mut expected = vec![start as isize];
            for (&axis, &stride) in axes.iter().zip(strides) {
                expected = expected.iter().flat_map(|at| (0..axis).map(move |k| at + k as isize * stride)).collect();
            }
            let expected: Vec<usize> = expected.into_iter().map(|at| at as usize).collect();
            assert_eq!(copied(strides, start, axes), expected, "{strides:?} {axes:?}");
        }
    }
}
