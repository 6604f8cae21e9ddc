//! Arithmetic of two tensors, and the largest and smallest of several.

use gatewise_kernels::vectorize;

use super::broadcast::{Walk, zip};
use super::copy::by_type;
use super::{Built, Call, Op, Reader};
use crate::import::error::{Fault, fault};
use crate::import::tensor::{Dtype, Operand, Values};

/// What is made of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Max,
    Min,
    /// What a division leaves, with the sign of the divisor.
    Remainder,
    /// What a division leaves, with the sign of the dividend.
    Fmod,
}

use Arithmetic::*;

#[derive(Debug)]
struct Combine(Arithmetic);

pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    let arithmetic = match reader.proto.op_type.as_deref() {
        Some("Add") => Add,
        Some("Sub") => Sub,
        Some("Mul") => Mul,
        Some("Div") => Div,
        Some("Max") => Max,
        Some("Mod") if reader.flag("fmod", false)? => Fmod,
        Some("Mod") => Remainder,
        _ => Min,
    };
    reader.arity(if matches!(arithmetic, Max | Min) { 1..=usize::MAX } else { 2..=2 }, 1)?;
    let dtype = reader.dtype(0)?;
    if dtype == Dtype::Bool {
        return fault("its inputs are bool; they must be numbers");
    }
    (1..reader.inputs.len()).try_for_each(|at| reader.expect(at, dtype))?;
    Ok(Built::one(Combine(arithmetic), dtype))
}

impl Op for Combine {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let a = call.input(0)?;
        let Some(b) = call.maybe(1) else {
            // The only input as it is.
            by_type!(a.values, call, 0, a.shape, |source, out| out.copy_from_slice(source));
            return Ok(());
        };
        self.two(call, a, b)?;
        // What is there so far, beside each further one.
        for at in 2.. {
            let Some(next) = call.maybe(at) else { break };
            let (shape, kept) = (call.outs[0].shape, call.outs[0].store.data());
            self.two(call, Operand { shape, values: kept.values() }, next)?;
        }
        Ok(())
    }
}

/// Numbers of either precision by an operation.
macro_rules! floats {
    ($arithmetic:expr, $walk:expr, $a:expr, $b:expr, $out:expr) => {{
        let out = $out;
        match $arithmetic {
            Add => vectorize!(zip($walk, $a, $b, out, |a, b| a + b)),
            Sub => vectorize!(zip($walk, $a, $b, out, |a, b| a - b)),
            Mul => vectorize!(zip($walk, $a, $b, out, |a, b| a * b)),
            Div => vectorize!(zip($walk, $a, $b, out, |a, b| a / b)),
            // A number that is none stays so.
            Max => vectorize!(zip($walk, $a, $b, out, |a, b| if a > b || a != a { a } else { b })),
            Min => vectorize!(zip($walk, $a, $b, out, |a, b| if a < b || a != a { a } else { b })),
            Fmod => zip($walk, $a, $b, out, |a, b| a % b),
            Remainder => zip($walk, $a, $b, out, |a, b| {
                let rest = a % b;
                if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
            }),
        }
    }};
}

impl Combine {
    #[allow(clippy::eq_op, reason = "what is not itself is no number")]
    fn two(&self, call: &mut Call<'_>, a: Operand<'_>, b: Operand<'_>) -> Result<(), Fault> {
        let whole = a.shape.broadcast(&b.shape)?;
        let walk = Walk::new(&whole, [&a.shape, &b.shape]);
        match (a.values, b.values) {
            (Values::Float(a), Values::Float(b)) => floats!(self.0, &walk, a, b, call.float(0, whole)?),
            (Values::Double(a), Values::Double(b)) => floats!(self.0, &walk, a, b, call.double(0, whole)?),
            (Values::Int(a), Values::Int(b)) => {
                if matches!(self.0, Div | Fmod | Remainder) && b.contains(&0) {
                    return fault("it divides a whole number by 0");
                }
                let out = call.int(0, whole)?;
                match self.0 {
                    Add => zip(&walk, a, b, out, i64::wrapping_add),
                    Sub => zip(&walk, a, b, out, i64::wrapping_sub),
                    Mul => zip(&walk, a, b, out, i64::wrapping_mul),
                    Div => zip(&walk, a, b, out, i64::wrapping_div),
                    Max => zip(&walk, a, b, out, i64::max),
                    Min => zip(&walk, a, b, out, i64::min),
                    Fmod => zip(&walk, a, b, out, i64::wrapping_rem),
                    Remainder => zip(&walk, a, b, out, |a: i64, b: i64| {
                        let rest = a.wrapping_rem(b);
                        if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
                    }),
                }
            }
            _ => return fault("its inputs are of two types"),
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Pow;

pub(super) fn pow(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(2..=2, 1)?;
    let dtype = reader.dtype(0)?;
    if !matches!(dtype, Dtype::Float | Dtype::Double) {
        return fault(format!("its base is {dtype}; it must be float32 or float64"));
    }
    if reader.dtype(1)? == Dtype::Bool {
        return fault("its exponent is bool; it must be a number");
    }
    Ok(Built::one(Pow, dtype))
}

impl Op for Pow {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let (a, b) = (call.input(0)?, call.input(1)?);
        let whole = a.shape.broadcast(&b.shape)?;
        let walk = Walk::new(&whole, [&a.shape, &b.shape]);
        match (a.values, b.values) {
            (Values::Float(a), Values::Float([two])) if *two == 2.0 => {
                let out = call.float(0, whole)?;
                vectorize!(out.iter_mut().zip(a).for_each(|(out, &x)| *out = x * x));
            }
            (Values::Float(a), Values::Float(b)) => zip(&walk, a, b, call.float(0, whole)?, f32::powf),
            (Values::Float(a), Values::Double(b)) => zip(&walk, a, b, call.float(0, whole)?, |a, b| f64::from(a).powf(b) as f32),
            (Values::Float(a), Values::Int(b)) => zip(&walk, a, b, call.float(0, whole)?, |a, b| a.powf(b as f32)),
            (Values::Double(a), Values::Float(b)) => zip(&walk, a, b, call.double(0, whole)?, |a, b| a.powf(b.into())),
            (Values::Double(a), Values::Double(b)) => zip(&walk, a, b, call.double(0, whole)?, f64::powf),
            (Values::Double(a), Values::Int(b)) => zip(&walk, a, b, call.double(0, whole)?, |a, b| a.powf(b as f64)),
            _ => return fault("its base is no number in single or double precision"),
        }
        Ok(())
    }
}
