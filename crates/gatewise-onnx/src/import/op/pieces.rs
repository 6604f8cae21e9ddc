//! Tensors joined along an axis, and cut into pieces along one.

use super::copy::by_type;
use super::{Axes, Built, Call, Op, Reader};
use crate::import::error::{Fault, fault};
use crate::import::shape::{Shape, count};
use crate::import::tensor::{Dtype, Element, Operand};

#[derive(Debug)]
struct Concat {
    axis: i64,
    inputs: usize,
}

pub(super) fn concat(reader: &Reader<'_>) -> Result<Built, Fault> {
    let inputs = reader.inputs.len();
    reader.arity(1..=usize::MAX, 1)?;
    let dtype = reader.dtype(0)?;
    (1..inputs).try_for_each(|at| reader.expect(at, dtype))?;
    let Some(axis) = reader.int("axis")? else { return fault("its attribute axis is missing") };
    Ok(Built::one(Concat { axis, inputs }, dtype))
}

impl Op for Concat {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let first = call.input(0)?;
        let axis = first.shape.axis(self.axis)?;
        let mut shape = first.shape;
        for at in 1..self.inputs {
            let next = call.input(at)?.shape;
            let mut alike = next;
            if next.rank() == shape.rank() {
                alike.axes_mut()[axis] = shape.axes()[axis];
            }
            if alike != shape {
                return fault(format!("it joins shapes {} and {next} along axis {axis}", first.shape));
            }
            let length = shape.axes()[axis].checked_add(next.axes()[axis]);
            shape.axes_mut()[axis] = length.ok_or_else(|| Fault::new("what it joins is too long"))?;
        }
        let inputs = call.inputs;
        by_type!(first.values, call, 0, shape, |_same, out| join(|at| inputs.input(at), self.inputs, axis, &shape, out))
    }
}

fn join<'a, T: Element + 'a>(
    input: impl Fn(usize) -> Result<Operand<'a>, Fault>,
    inputs: usize,
    axis: usize,
    shape: &Shape,
    out: &mut [T],
) -> Result<(), Fault> {
    if out.is_empty() {
        return Ok(());
    }
    let (behind, whole) = (count(&shape.axes()[axis + 1..]), count(&shape.axes()[axis..]));
    let mut from = 0;
    for at in 0..inputs {
        let piece = input(at)?;
        let width = piece.shape.axes()[axis] * behind;
        if width == 0 {
            continue;
        }
        for (out, piece) in out.chunks_exact_mut(whole).zip(T::of(&piece)?.chunks_exact(width)) {
            out[from..from + width].copy_from_slice(piece);
        }
        from += width;
    }
    Ok(())
}

#[derive(Debug)]
struct Split {
    axis: i64,
    /// Lengths of the pieces; without them all are as long, the last one maybe shorter.
    lengths: Axes,
    pieces: usize,
}

pub(super) fn split(reader: &Reader<'_>) -> Result<Built, Fault> {
    let since = 13;
    reader.arity(1..=if reader.opset >= since { 2 } else { 1 }, usize::MAX)?;
    let pieces = reader.outputs.len();
    let lengths = if reader.opset >= since {
        reader.expect_any(1, Dtype::Int)?;
        if reader.has(1) { Axes::Input(1) } else { Axes::None }
    } else {
        reader.ints("split")?.map_or(Axes::None, |lengths| Axes::Fixed(lengths.to_vec()))
    };
    if reader.opset >= 18 && reader.int("num_outputs")?.is_some_and(|count| count != pieces as i64) {
        return fault(format!("its attribute num_outputs is not the {pieces} outputs it has"));
    }
    let dtype = reader.dtype(0)?;
    let settles = lengths.inputs();
    let split = Split { axis: reader.int("axis")?.unwrap_or(0), lengths, pieces };
    Ok(Built { outputs: vec![dtype; pieces], ..Built::one(split, dtype).settled_by(settles) })
}

impl Op for Split {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        let axis = x.shape.axis(self.axis)?;
        let length = x.shape.axes()[axis];
        let lists = call.inputs;
        let lengths = match lists.axes(&self.lengths)? {
            Some(lengths) if lengths.len() == self.pieces => Shapes::Given(lengths),
            Some(lengths) => return fault(format!("it has {} lengths for {} pieces", lengths.len(), self.pieces)),
            None => Shapes::Even(length.div_ceil(self.pieces.max(1))),
        };
        let behind = count(&x.shape.axes()[axis + 1..]);
        let mut from = 0_usize;
        for at in 0..self.pieces {
            let taken = match lengths {
                Shapes::Given(lengths) => usize::try_from(lengths[at]).unwrap_or(usize::MAX),
                Shapes::Even(even) => even.min(length - from),
            };
            let end = from.checked_add(taken).filter(|end| *end <= length);
            let Some(end) = end.filter(|end| at + 1 < self.pieces || *end == length) else {
                return fault(format!("its pieces are not as long as axis {axis} of shape {}", x.shape));
            };
            if call.wants(at) {
                let mut shape = x.shape;
                shape.axes_mut()[axis] = taken;
                by_type!(x.values, call, at, shape, |source, out| cut(source, (from * behind, taken * behind, length * behind), out));
            }
            from = end;
        }
        Ok(())
    }
}

/// How long the pieces are.
#[derive(Clone, Copy)]
enum Shapes<'a> {
    Given(&'a [i64]),
    Even(usize),
}

/// Of every `whole` elements those from one on, so many.
fn cut<T: Copy>(source: &[T], (from, taken, whole): (usize, usize, usize), out: &mut [T]) {
    if !out.is_empty() {
        for (source, out) in source.chunks_exact(whole).zip(out.chunks_exact_mut(taken)) {
            out.copy_from_slice(&source[from..from + taken]);
        }
    }
}
