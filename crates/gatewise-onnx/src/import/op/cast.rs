//! Values of one type as those of another.

use super::{Built, Call, Op, Reader};
use crate::import::error::{Fault, fault};
use crate::import::tensor::{Dtype, Values, type_name};
use crate::proto::data_type::*;

/// To a type of the format: what the program holds in its place may be wider.
#[derive(Debug)]
struct Cast {
    code: i32,
    to: Dtype,
}

pub(super) fn build(reader: &Reader<'_>) -> Result<Built, Fault> {
    reader.arity(1..=1, 1)?;
    reader.dtype(0)?;
    let code = reader.int("to")?.and_then(|code| i32::try_from(code).ok()).unwrap_or(0);
    // Of eight-bit floats alone.
    if reader.opset >= 19 {
        reader.flag("saturate", true)?;
    }
    match Dtype::of(code) {
        Some(to) => Ok(Built::one(Cast { code, to }, to)),
        None => fault(format!("it casts to {}, which is not supported", type_name(code))),
    }
}

impl Cast {
    /// A whole number as far as the type has room: what is above is cut off.
    fn cut(&self, x: i64) -> i64 {
        match self.code {
            INT32 => i64::from(x as i32),
            UINT32 => i64::from(x as u32),
            INT16 => i64::from(x as i16),
            UINT16 => i64::from(x as u16),
            INT8 => i64::from(x as i8),
            UINT8 => i64::from(x as u8),
            _ => x,
        }
    }
}

impl Op for Cast {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Fault> {
        let x = call.input(0)?;
        match self.to {
            Dtype::Float => {
                let out = call.float(0, x.shape)?;
                match x.values {
                    Values::Float(x) => out.copy_from_slice(x),
                    Values::Double(x) => each(x, out, |x| x as f32),
                    Values::Int(x) => each(x, out, |x| x as f32),
                    Values::Bool(x) => each(x, out, |x| f32::from(u8::from(x))),
                }
            }
            Dtype::Double => {
                let out = call.double(0, x.shape)?;
                match x.values {
                    Values::Float(x) => each(x, out, f64::from),
                    Values::Double(x) => out.copy_from_slice(x),
                    Values::Int(x) => each(x, out, |x| x as f64),
                    Values::Bool(x) => each(x, out, |x| f64::from(u8::from(x))),
                }
            }
            Dtype::Int => {
                let out = call.int(0, x.shape)?;
                match x.values {
                    Values::Float(x) => each(x, out, |x| self.cut(x as i64)),
                    Values::Double(x) => each(x, out, |x| self.cut(x as i64)),
                    Values::Int(x) => each(x, out, |x| self.cut(x)),
                    Values::Bool(x) => each(x, out, i64::from),
                }
            }
            Dtype::Bool => {
                let out = call.bool(0, x.shape)?;
                match x.values {
                    Values::Float(x) => each(x, out, |x| x != 0.0),
                    Values::Double(x) => each(x, out, |x| x != 0.0),
                    Values::Int(x) => each(x, out, |x| x != 0),
                    Values::Bool(x) => out.copy_from_slice(x),
                }
            }
        }
        Ok(())
    }
}

fn each<A: Copy, B>(x: &[A], out: &mut [B], f: impl Fn(A) -> B) {
    out.iter_mut().zip(x).for_each(|(out, &x)| *out = f(x));
}

/// A cast to a type that this program computes in.
pub(crate) fn to(dtype: Dtype) -> impl Op {
    let code = match dtype {
        Dtype::Float => FLOAT,
        Dtype::Double => DOUBLE,
        Dtype::Int => INT64,
        Dtype::Bool => BOOL,
    };
    Cast { code, to: dtype }
}
