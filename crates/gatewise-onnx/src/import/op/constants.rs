//! Tensors that stand in the graph, or follow from shapes and numbers.

use std::sync::Arc;

use super::{Action, Built, Call, Op, Reader};
use crate::import::constant;
use crate::import::error::{Fault, ImportError, fault};
use crate::import::shape::Shape;
use crate::import::tensor::{Constant, Data, Dtype, Values};

pub(super) fn constant(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(0..=0, 1)?;
    let one = |data, length: Option<usize>| Ok::<_, Fault>(Constant { shape: Shape::new(length.as_slice())?, data: Arc::new(data) });
    let constant = if let Some(tensor) = reader.tensor("value")? {
        // What it holds is in memory already, and a second time no more than that.
        constant::read(tensor, "value", &mut 0).map_err(told)?
    } else if let Some(value) = reader.float("value_float")? {
        one(Data::Float(vec![value]), None)?
    } else if let Some(values) = reader.floats("value_floats")? {
        one(Data::Float(values.to_vec()), Some(values.len()))?
    } else if let Some(value) = reader.int("value_int")? {
        one(Data::Int(vec![value]), None)?
    } else if let Some(values) = reader.ints("value_ints")? {
        one(Data::Int(values.to_vec()), Some(values.len()))?
    } else {
        return fault("it has none of the attributes value, value_float, value_floats, value_int, value_ints");
    };
    let dtype = constant.data.values().dtype();
    Ok(Built { action: Action::Constant(constant), outputs: vec![dtype], settles: Vec::new(), absorbed: Vec::new() })
}

/// What is wrong with a constant, of its node.
fn told(error: ImportError) -> Fault {
    match error {
        ImportError::Memory(over) => Fault::Memory(over),
        ImportError::Constant { name, reason, remedy } => {
            let fault = Fault::new(format!("its attribute {name}: {reason}"));
            if let Some(remedy) = remedy { fault.help(remedy) } else { fault }
        }
        other => Fault::new(other.to_string()),
    }
}

/// One value again and again.
#[derive(Debug)]
struct OfShape(Arc<Data>);

pub(super) fn of_shape(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=1, 1)?;
    reader.expect(0, Dtype::Int)?;
    let value = match reader.tensor("value")? {
        Some(tensor) => constant::read(tensor, "value", &mut 0).map_err(told)?.data,
        None => Arc::new(Data::Float(vec![0.0])),
    };
    if value.values().len() != 1 {
        return fault("its attribute value is no single number");
    }
    let dtype = value.values().dtype();
    Ok(Built::one(OfShape(value), dtype).settled_by([0]))
}

impl Op for OfShape {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let shape = Shape::of(call.input(0)?.int()?)?;
        match &*self.0 {
            Data::Float(value) => call.float(0, shape)?.fill(value[0]),
            Data::Double(value) => call.double(0, shape)?.fill(value[0]),
            Data::Int(value) => call.int(0, shape)?.fill(value[0]),
            Data::Bool(value) => call.bool(0, shape)?.fill(value[0]),
        }
        Ok(())
    }
}

/// The lengths of the axes from one on and up to another.
#[derive(Debug)]
struct ShapeOf {
    start: i64,
    end: i64,
}

pub(super) fn shape(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=1, 1)?;
    reader.dtype(0)?;
    let (mut start, mut end) = (0, i64::MAX);
    if reader.opset >= 15 {
        start = reader.int("start")?.unwrap_or(start);
        end = reader.int("end")?.unwrap_or(end);
    }
    Ok(Built::one(ShapeOf { start, end }, Dtype::Int))
}

impl Op for ShapeOf {
    fn reads_shapes(&self) -> bool {
        true
    }

    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let shape = call.input(0)?.shape;
        let rank = shape.rank() as i64;
        let place = |at: i64| (if at < 0 { at.saturating_add(rank) } else { at }).clamp(0, rank) as usize;
        let (start, end) = (place(self.start), place(self.end));
        let axes = &shape.axes()[start..end.max(start)];
        let out = call.int(0, Shape::new(&[axes.len()])?)?;
        out.iter_mut().zip(axes).for_each(|(out, &axis)| *out = axis as i64);
        Ok(())
    }
}

/// Numbers from one on, up to another, in steps.
#[derive(Debug)]
struct Range;

pub(super) fn range(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(3..=3, 1)?;
    let dtype = reader.dtype(0)?;
    if dtype == Dtype::Bool {
        return fault("its inputs are bool; they must be numbers");
    }
    reader.expect(1, dtype)?;
    reader.expect(2, dtype)?;
    if reader.opset >= 27 {
        // How numbers of sixteen bits are summed.
        reader.int("stash_type")?;
    }
    Ok(Built::one(Range, dtype).settled_by([0, 1, 2]))
}

impl Op for Range {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let bounds = [call.input(0)?, call.input(1)?, call.input(2)?];
        if bounds.iter().any(|bound| bound.shape.count() != 1) {
            return fault("its start, limit and step are no single numbers");
        }
        match bounds.map(|bound| bound.values) {
            [Values::Int(&[start]), Values::Int(&[limit]), Values::Int(&[step])] => {
                if step == 0 {
                    return fault("its step is 0");
                }
                let (start_wide, limit, step_wide) = (i128::from(start), i128::from(limit), i128::from(step));
                // Rounded up, for a step of either sign.
                let distance = limit - start_wide;
                let count = (distance / step_wide + i128::from(distance % step_wide != 0 && (distance < 0) == (step_wide < 0))).max(0);
                let out = call.int(0, Shape::new(&[usize::try_from(count).unwrap_or(usize::MAX)])?)?;
                out.iter_mut().enumerate().for_each(|(k, out)| *out = start.wrapping_add(step.wrapping_mul(k as i64)));
            }
            [Values::Float(&[start]), Values::Float(&[limit]), Values::Float(&[step])] => {
                let shape = stretch(start.into(), limit.into(), step.into())?;
                call.float(0, shape)?.iter_mut().enumerate().for_each(|(k, out)| *out = start + step * k as f32);
            }
            [Values::Double(&[start]), Values::Double(&[limit]), Values::Double(&[step])] => {
                let shape = stretch(start, limit, step)?;
                call.double(0, shape)?.iter_mut().enumerate().for_each(|(k, out)| *out = start + step * k as f64);
            }
            _ => return fault("its inputs are of two types"),
        }
        Ok(())
    }
}

/// How many numbers there are from one on, below another, in steps.
fn stretch(start: f64, limit: f64, step: f64) -> Result<Shape, Fault> {
    let count = ((limit - start) / step).ceil();
    if !count.is_finite() {
        return fault(format!("from {start} to {limit} in steps of {step} there is no number of numbers"));
    }
    Shape::new(&[count.max(0.0) as usize])
}
