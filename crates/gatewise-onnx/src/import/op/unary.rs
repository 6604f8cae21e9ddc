//! Functions of each number by itself.

use gatewise_kernels::vectorize;

use super::maths::{erf, exp};
use super::{Built, Call, Op, Reader};
use crate::import::activation::Activation;
use crate::import::error::{Fault, fault};
use crate::import::tensor::{Dtype, Values};

#[derive(Clone, Copy, Debug)]
enum Unary {
    Activation(Activation),
    Abs,
    Neg,
    Sign,
    Exp,
    Log,
    Sqrt,
    Reciprocal,
    Floor,
    Ceil,
    Erf,
    Sin,
    Cos,
    Sinh,
}

pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=1, 1)?;
    let operator = reader.proto.op_type.as_deref().unwrap_or_default();
    let unary = match operator {
        "Abs" => Unary::Abs,
        "Neg" => Unary::Neg,
        "Sign" => Unary::Sign,
        "Exp" => Unary::Exp,
        "Log" => Unary::Log,
        "Sqrt" => Unary::Sqrt,
        "Reciprocal" => Unary::Reciprocal,
        "Floor" => Unary::Floor,
        "Ceil" => Unary::Ceil,
        "Erf" => Unary::Erf,
        "Sin" => Unary::Sin,
        "Cos" => Unary::Cos,
        "Sinh" => Unary::Sinh,
        name => {
            let Some(usual) = Activation::named(name) else { return fault("its operator is not supported") };
            // Asked for by those alone that have them.
            let alpha = if matches!(name, "LeakyRelu" | "HardSigmoid" | "Elu") { reader.float("alpha")? } else { None };
            let beta = if name == "HardSigmoid" { reader.float("beta")? } else { None };
            Unary::Activation(usual.with(&mut alpha.into_iter(), &mut beta.into_iter()))
        }
    };
    let dtype = reader.dtype(0)?;
    let of_wholes = matches!(unary, Unary::Abs | Unary::Neg | Unary::Sign | Unary::Activation(Activation::Relu));
    if dtype == Dtype::Bool || (dtype == Dtype::Int && !of_wholes) {
        return fault(format!("its input is {dtype}; it must be float32 or float64"));
    }
    Ok(Built::one(unary, dtype))
}

impl Op for Unary {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        match x.values {
            Values::Float(values) => self.single(values, call.float(0, x.shape)?),
            Values::Double(values) => self.double(values, call.double(0, x.shape)?),
            Values::Int(values) => call.int(0, x.shape)?.iter_mut().zip(values).for_each(|(out, &x)| {
                *out = match self {
                    Self::Abs => x.wrapping_abs(),
                    Self::Neg => x.wrapping_neg(),
                    Self::Sign => x.signum(),
                    _ => x.max(0),
                }
            }),
            Values::Bool(_) => return fault("its input is bool; it must be a number"),
        }
        Ok(())
    }
}

impl Unary {
    fn single(self, values: &[f32], out: &mut [f32]) {
        /// Each number by a function, with vectors.
        macro_rules! each {
            ($f:expr) => {{
                let f = $f;
                vectorize!(out.iter_mut().zip(values).for_each(|(out, &x)| *out = f(x)))
            }};
        }
        match self {
            Self::Activation(activation) => {
                out.copy_from_slice(values);
                activation.apply(out);
            }
            Self::Abs => each!(f32::abs),
            Self::Neg => each!(|x: f32| -x),
            Self::Sign => each!(|x: f32| if x == 0.0 { 0.0 } else { x.signum() }),
            Self::Exp => each!(exp),
            Self::Log => each!(f32::ln),
            Self::Sqrt => each!(f32::sqrt),
            Self::Reciprocal => each!(|x: f32| 1.0 / x),
            Self::Floor => each!(f32::floor),
            Self::Ceil => each!(f32::ceil),
            Self::Erf => each!(|x: f32| erf(f64::from(x)) as f32),
            Self::Sin => each!(f32::sin),
            Self::Cos => each!(f32::cos),
            Self::Sinh => each!(f32::sinh),
        }
    }

    fn double(self, values: &[f64], out: &mut [f64]) {
        let f: fn(f64) -> f64 = match self {
            Self::Activation(activation) => {
                out.iter_mut().zip(values).for_each(|(out, &x)| *out = activation.of(x));
                return;
            }
            Self::Abs => f64::abs,
            Self::Neg => |x| -x,
            Self::Sign => |x| if x == 0.0 { 0.0 } else { x.signum() },
            Self::Exp => f64::exp,
            Self::Log => f64::ln,
            Self::Sqrt => f64::sqrt,
            Self::Reciprocal => f64::recip,
            Self::Floor => f64::floor,
            Self::Ceil => f64::ceil,
            Self::Erf => erf,
            Self::Sin => f64::sin,
            Self::Cos => f64::cos,
            Self::Sinh => f64::sinh,
        };
        out.iter_mut().zip(values).for_each(|(out, &x)| *out = f(x));
    }
}
