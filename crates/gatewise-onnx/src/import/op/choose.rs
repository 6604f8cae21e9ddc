//! Elements of one of two tensors, and numbers brought within bounds.

use gatewise_kernels::vectorize;

use super::broadcast::{self, Walk};
use super::{Built, Call, Op, Reader};
use crate::import::error::{Fault, fault};
use crate::import::tensor::{Dtype, Operand, Values};

#[derive(Debug)]
struct Select;

pub(super) fn select(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(3..=3, 1)?;
    reader.expect(0, Dtype::Bool)?;
    let dtype = reader.dtype(1)?;
    reader.expect(2, dtype)?;
    Ok(Built::one(Select, dtype))
}

impl Op for Select {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let (choice, a, b) = (call.input(0)?, call.input(1)?, call.input(2)?);
        let whole = choice.shape.broadcast(&a.shape)?.broadcast(&b.shape)?;
        let walk = Walk::new(&whole, [&choice.shape, &a.shape, &b.shape]);
        let choice = choice.bool()?;
        match (a.values, b.values) {
            (Values::Float(a), Values::Float(b)) => broadcast::select(&walk, choice, a, b, call.float(0, whole)?),
            (Values::Double(a), Values::Double(b)) => broadcast::select(&walk, choice, a, b, call.double(0, whole)?),
            (Values::Int(a), Values::Int(b)) => broadcast::select(&walk, choice, a, b, call.int(0, whole)?),
            (Values::Bool(a), Values::Bool(b)) => broadcast::select(&walk, choice, a, b, call.bool(0, whole)?),
            _ => return fault("its inputs are of two types"),
        }
        Ok(())
    }
}

/// Bounds of an old version, as attributes.
#[derive(Debug)]
struct Clip {
    least: Option<f32>,
    most: Option<f32>,
}

pub(super) fn clip(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=3, 1)?;
    let dtype = reader.dtype(0)?;
    if dtype == Dtype::Bool {
        return fault("its input is bool; it must be a number");
    }
    reader.expect_any(1, dtype)?;
    reader.expect_any(2, dtype)?;
    let old = reader.opset < 11;
    let bound = |name| if old { reader.float(name) } else { Ok(None) };
    Ok(Built::one(Clip { least: bound("min")?, most: bound("max")? }, dtype))
}

/// The only number of a bound.
fn bound<T: Copy>(operand: Option<Operand<'_>>, values: impl Fn(&Operand<'_>) -> Result<Option<T>, Fault>) -> Result<Option<T>, Fault> {
    let Some(operand) = operand else { return Ok(None) };
    match values(&operand)? {
        Some(value) => Ok(Some(value)),
        None => fault(format!("a bound has shape {}; it must be a single number", operand.shape)),
    }
}

fn single<T: Copy>(values: &[T]) -> Option<T> {
    if let [value] = values { Some(*value) } else { None }
}

impl Op for Clip {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        let (least, most) = (call.maybe(1), call.maybe(2));
        // Where the bounds cross, the upper one holds; a number that is none stays so.
        match x.values {
            Values::Float(values) => {
                let bound = |operand| bound(operand, |operand| Ok(single(operand.float()?)));
                let least = bound(least)?.or(self.least).unwrap_or(f32::NEG_INFINITY);
                let most = bound(most)?.or(self.most).unwrap_or(f32::INFINITY);
                let out = call.float(0, x.shape)?;
                vectorize!(out.iter_mut().zip(values).for_each(|(out, &x)| {
                    let x = if x < least { least } else { x };
                    *out = if x > most { most } else { x };
                }));
            }
            Values::Double(values) => {
                let bound = |operand| bound(operand, |operand| Ok(single(operand.double()?)));
                let least = bound(least)?.or(self.least.map(f64::from)).unwrap_or(f64::NEG_INFINITY);
                let most = bound(most)?.or(self.most.map(f64::from)).unwrap_or(f64::INFINITY);
                let out = call.double(0, x.shape)?;
                out.iter_mut().zip(values).for_each(|(out, &x)| {
                    let x = if x < least { least } else { x };
                    *out = if x > most { most } else { x };
                });
            }
            Values::Int(values) => {
                let bound = |operand| bound(operand, |operand| Ok(single(operand.int()?)));
                let (least, most) = (bound(least)?.unwrap_or(i64::MIN), bound(most)?.unwrap_or(i64::MAX));
                call.int(0, x.shape)?.iter_mut().zip(values).for_each(|(out, &x)| *out = x.max(least).min(most));
            }
            Values::Bool(_) => return fault("its input is bool; it must be a number"),
        }
        Ok(())
    }
}
