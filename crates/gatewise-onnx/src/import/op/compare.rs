//! Comparisons, and logic of truth values.

use super::broadcast::{Walk, zip};
use super::{Built, Call, Op, Reader};
use crate::import::error::{Fault, fault};
use crate::import::tensor::{Dtype, Values};

#[derive(Clone, Copy, Debug)]
enum Compare {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    let compare = match reader.proto.op_type.as_deref() {
        Some("Equal") => Compare::Equal,
        Some("Less") => Compare::Less,
        Some("LessOrEqual") => Compare::LessOrEqual,
        Some("Greater") => Compare::Greater,
        _ => Compare::GreaterOrEqual,
    };
    reader.arity(2..=2, 1)?;
    let dtype = reader.dtype(0)?;
    reader.expect(1, dtype)?;
    if dtype == Dtype::Bool && !matches!(compare, Compare::Equal) {
        return fault("its inputs are bool; they must be numbers");
    }
    Ok(Built::one(compare, Dtype::Bool))
}

impl Compare {
    fn holds<T: PartialOrd>(self, a: T, b: T) -> bool {
        match self {
            Self::Equal => a == b,
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
        }
    }
}

impl Op for Compare {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let (a, b) = (call.input(0)?, call.input(1)?);
        let whole = a.shape.broadcast(&b.shape)?;
        let walk = Walk::new(&whole, [&a.shape, &b.shape]);
        let out = call.bool(0, whole)?;
        match (a.values, b.values) {
            (Values::Float(a), Values::Float(b)) => zip(&walk, a, b, out, |a, b| self.holds(a, b)),
            (Values::Double(a), Values::Double(b)) => zip(&walk, a, b, out, |a, b| self.holds(a, b)),
            (Values::Int(a), Values::Int(b)) => zip(&walk, a, b, out, |a, b| self.holds(a, b)),
            (Values::Bool(a), Values::Bool(b)) => zip(&walk, a, b, out, |a, b| self.holds(a, b)),
            _ => return fault("its inputs are of two types"),
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug)]
enum Logic {
    And,
    Or,
    Xor,
}

pub(super) fn logic(reader: &Reader<'_>) -> Result<Built, Fault> {
    let logic = match reader.proto.op_type.as_deref() {
        Some("And") => Logic::And,
        Some("Or") => Logic::Or,
        _ => Logic::Xor,
    };
    reader.arity(2..=2, 1)?;
    reader.expect(0, Dtype::Bool)?;
    reader.expect(1, Dtype::Bool)?;
    Ok(Built::one(logic, Dtype::Bool))
}

impl Op for Logic {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let (a, b) = (call.input(0)?, call.input(1)?);
        let whole = a.shape.broadcast(&b.shape)?;
        let walk = Walk::new(&whole, [&a.shape, &b.shape]);
        let (a, b, out) = (a.bool()?, b.bool()?, call.bool(0, whole)?);
        match self {
            Self::And => zip(&walk, a, b, out, |a, b| a && b),
            Self::Or => zip(&walk, a, b, out, |a, b| a || b),
            Self::Xor => zip(&walk, a, b, out, |a, b| a ^ b),
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Not;

pub(super) fn not(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=1, 1)?;
    reader.expect(0, Dtype::Bool)?;
    Ok(Built::one(Not, Dtype::Bool))
}

impl Op for Not {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        let values = x.bool()?;
        call.bool(0, x.shape)?.iter_mut().zip(values).for_each(|(out, x)| *out = !x);
        Ok(())
    }
}

#[derive(Debug)]
struct IsNan;

pub(super) fn is_nan(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=1, 1)?;
    match reader.dtype(0)? {
        Dtype::Float | Dtype::Double => Ok(Built::one(IsNan, Dtype::Bool)),
        other => fault(format!("its input is {other}; it must be float32 or float64")),
    }
}

impl Op for IsNan {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        let out = call.bool(0, x.shape)?;
        match x.values {
            Values::Float(x) => out.iter_mut().zip(x).for_each(|(out, x)| *out = x.is_nan()),
            Values::Double(x) => out.iter_mut().zip(x).for_each(|(out, x)| *out = x.is_nan()),
            _ => return fault("its input is no number in single or double precision"),
        }
        Ok(())
    }
}
