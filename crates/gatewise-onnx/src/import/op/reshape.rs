//! The same numbers under another shape.

use super::{Axes, Built, Inputs, Reader, View};
use crate::import::error::{Fault, fault};
use crate::import::shape::{MOST_AXES, Shape, axis_of, count};
use crate::import::tensor::Dtype;

/// To a shape in which 0 is the length there was, unless `zeros` are meant, and −1 what is left.
#[derive(Debug)]
struct Reshape {
    zeros: bool,
}

pub(super) fn reshape(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(2..=2, 1)?;
    reader.expect(1, Dtype::Int)?;
    let zeros = if reader.opset >= 14 { reader.flag("allowzero", false)? } else { false };
    Ok(Built::view(Reshape { zeros }, reader.dtype(0)?).settled_by([1]))
}

impl View for Reshape {
    fn shape(&self, call: &Inputs<'_>) -> Result<Shape, Fault> {
        let (old, wanted) = (call.input(0)?.shape, call.input(1)?.int()?);
        if wanted.len() > MOST_AXES {
            return fault(format!("it asks for {} axes; at most {MOST_AXES} are supported", wanted.len()));
        }
        let (mut shape, mut open) = (Shape::default(), None);
        for (at, &length) in wanted.iter().enumerate() {
            let length = match length {
                0 if !self.zeros => match old.axes().get(at) {
                    Some(&length) => length,
                    None => return fault(format!("it keeps axis {at} of shape {old}, which has none")),
                },
                -1 if open.is_none() => {
                    open = Some(at);
                    1
                }
                length => usize::try_from(length).map_err(|_| Fault::new(format!("it asks for shape {wanted:?}")))?,
            };
            shape.push(length)?;
        }
        let (all, known) = (old.count(), shape.count());
        if let Some(at) = open {
            if known == 0 || all % known != 0 {
                return fault(format!("{all} values of shape {old} do not fill shape {wanted:?}"));
            }
            shape.axes_mut()[at] = all / known;
        }
        if shape.count() != all {
            return fault(format!("shape {old} has {all} values, and shape {wanted:?} asks for {}", shape.count()));
        }
        Ok(shape)
    }
}

/// The axes before one as the first, those from it on as the second.
#[derive(Debug)]
struct Flatten {
    axis: i64,
}

pub(super) fn flatten(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=1, 1)?;
    Ok(Built::view(Flatten { axis: reader.int("axis")?.unwrap_or(1) }, reader.dtype(0)?))
}

impl View for Flatten {
    fn shape(&self, call: &Inputs<'_>) -> Result<Shape, Fault> {
        let old = call.input(0)?.shape;
        // Behind the last one is allowed.
        let axis = if self.axis == old.rank() as i64 { old.rank() } else { old.axis(self.axis)? };
        let (before, behind) = old.axes().split_at(axis);
        Shape::new(&[count(before), count(behind)])
    }
}

/// Without axes of 1: those named, else all.
#[derive(Debug)]
struct Squeeze(Axes);

pub(super) fn squeeze(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=if reader.opset >= 13 { 2 } else { 1 }, 1)?;
    let axes = reader.axes(1, 13)?;
    let settles = axes.inputs();
    Ok(Built::view(Squeeze(axes), reader.dtype(0)?).settled_by(settles))
}

impl View for Squeeze {
    fn shape(&self, call: &Inputs<'_>) -> Result<Shape, Fault> {
        let old = call.input(0)?.shape;
        let gone = match call.axes(&self.0)? {
            None => old.axes().iter().map(|&length| length == 1).collect(),
            Some(axes) => marked(axes, old.rank())?,
        };
        let mut shape = Shape::default();
        for (at, (&length, gone)) in old.axes().iter().zip(gone).enumerate() {
            match (gone, length) {
                (false, _) => shape.push(length)?,
                (true, 1) => {}
                (true, _) => return fault(format!("axis {at} of shape {old} is not 1")),
            }
        }
        Ok(shape)
    }
}

/// Which of so many axes a list names.
pub(super) fn marked(axes: &[i64], rank: usize) -> Result<Vec<bool>, Fault> {
    let mut marked = vec![false; rank];
    for &axis in axes {
        let at = axis_of(axis, rank)?;
        if std::mem::replace(&mut marked[at], true) {
            return fault(format!("axis {axis} is named twice"));
        }
    }
    Ok(marked)
}

/// With axes of 1 at the places of the result that are named.
#[derive(Debug)]
struct Unsqueeze(Axes);

pub(super) fn unsqueeze(reader: &Reader<'_>) -> Result<Built, Fault> {
    let wanted = if reader.opset >= 13 { 2 } else { 1 };
    reader.arity(wanted..=wanted, 1)?;
    let axes = reader.axes(1, 13)?;
    if axes == Axes::None {
        return fault("its axes are missing");
    }
    let settles = axes.inputs();
    Ok(Built::view(Unsqueeze(axes), reader.dtype(0)?).settled_by(settles))
}

impl View for Unsqueeze {
    fn shape(&self, call: &Inputs<'_>) -> Result<Shape, Fault> {
        let old = call.input(0)?.shape;
        let axes = call.axes(&self.0)?.unwrap_or_default();
        let rank = old.rank() + axes.len();
        if rank > MOST_AXES {
            return fault(format!("it asks for {rank} axes; at most {MOST_AXES} are supported"));
        }
        let (mut shape, mut lengths) = (Shape::default(), old.axes().iter());
        for new in marked(axes, rank)? {
            shape.push(if new { 1 } else { lengths.next().copied().unwrap_or(1) })?;
        }
        Ok(shape)
    }
}

/// The input as it is.
#[derive(Debug)]
struct Same;

impl View for Same {
    fn shape(&self, call: &Inputs<'_>) -> Result<Shape, Fault> {
        Ok(call.input(0)?.shape)
    }
}

pub(super) fn identity(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=1, 1)?;
    Ok(Built::view(Same, reader.dtype(0)?))
}

pub(super) fn dropout(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=if reader.opset >= 12 { 3 } else { 1 }, 2)?;
    // What training drops, and by which draws.
    reader.float("ratio")?;
    reader.int("seed")?;
    let trains = match reader.constant(2) {
        None => reader.has(2),
        Some(constant) => constant.operand().bool()?.contains(&true),
    };
    if trains {
        return Err(Fault::new("it drops values as in training").help("export the model in evaluation mode"));
    }
    if reader.outputs.get(1) == Some(&true) {
        return fault("its mask is read, which is not supported");
    }
    let mut built = Built::view(Same, reader.dtype(0)?);
    built.outputs.resize(reader.outputs.len().max(1), Dtype::Bool);
    Ok(built)
}
