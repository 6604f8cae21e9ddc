//! The tensors of a file as numbers.

use std::sync::Arc;

use gatewise_memory::{Budget, product};
use half::{bf16, f16};

use super::error::{ImportError, brief};
use super::shape::Shape;
use super::tensor::{Constant, Data, Dtype, type_name};
use crate::proto::TensorProto;
use crate::proto::data_type::*;

/// What is wrong with a tensor, and what to do about it.
type Wrong = (String, Option<String>);

/// The numbers of a tensor; `held` counts the bytes of all that there are.
///
/// # Errors
/// A type that is not supported, sizes that do not agree, and more than the limit on memory.
pub(crate) fn read(tensor: &TensorProto, name: &str, held: &mut u128) -> Result<Constant, ImportError> {
    let told = |(reason, remedy): Wrong| ImportError::Constant { name: brief(name), reason, remedy };
    let code = tensor.data_type.unwrap_or(0);
    let dtype = Dtype::of(code).ok_or_else(|| told(unsupported(code)))?;
    if tensor.data_location.unwrap_or(0) != 0 {
        return Err(told((
            "its numbers lie in another file".to_owned(),
            Some("load the model by its path, with that file beside it".to_owned()),
        )));
    }
    let shape = shape(tensor).map_err(told)?;
    let needed = product(&[shape.count(), dtype.bytes()]);
    Budget::current().hold(format!("constant \"{}\"", brief(name)), held.saturating_add(needed))?;
    *held += needed;
    let data = match &tensor.raw_data {
        Some(raw) => of_bytes(raw, code, shape.count()),
        None => of_fields(tensor, code, shape.count()),
    };
    Ok(Constant { shape, data: Arc::new(data.map_err(told)?) })
}

/// Its shape.
pub(super) fn shape(tensor: &TensorProto) -> Result<Shape, Wrong> {
    Shape::of(&tensor.dims)
        .map_err(|_| (format!("its shape {:?} has a negative length or more than 8 axes", &tensor.dims[..tensor.dims.len().min(9)]), None))
}

fn unsupported(code: i32) -> Wrong {
    let problem = format!("its values are of {}, which is not supported", type_name(code));
    (problem, Some("give it as float32, float64, int64 or bool".to_owned()))
}

/// Bytes of a number of a type.
pub(super) fn width(code: i32) -> Option<usize> {
    match code {
        BOOL | INT8 | UINT8 => Some(1),
        FLOAT16 | BFLOAT16 | INT16 | UINT16 => Some(2),
        FLOAT | INT32 | UINT32 => Some(4),
        DOUBLE | INT64 => Some(8),
        _ => None,
    }
}

fn numbers<const N: usize, T>(raw: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
    raw.as_chunks().0.iter().map(|bytes| number(*bytes)).collect()
}

fn of_bytes(raw: &[u8], code: i32, count: usize) -> Result<Data, Wrong> {
    let width = width(code).ok_or_else(|| unsupported(code))?;
    if count.checked_mul(width) != Some(raw.len()) {
        return Err((format!("it has {} bytes, and {count} values of {} are as many times {width}", raw.len(), type_name(code)), None));
    }
    Ok(match code {
        FLOAT => Data::Float(numbers(raw, f32::from_le_bytes)),
        DOUBLE => Data::Double(numbers(raw, f64::from_le_bytes)),
        FLOAT16 => Data::Float(numbers(raw, |bytes| f16::from_le_bytes(bytes).to_f32())),
        BFLOAT16 => Data::Float(numbers(raw, |bytes| bf16::from_le_bytes(bytes).to_f32())),
        INT64 => Data::Int(numbers(raw, i64::from_le_bytes)),
        INT32 => Data::Int(numbers(raw, |bytes| i32::from_le_bytes(bytes).into())),
        UINT32 => Data::Int(numbers(raw, |bytes| u32::from_le_bytes(bytes).into())),
        INT16 => Data::Int(numbers(raw, |bytes| i16::from_le_bytes(bytes).into())),
        UINT16 => Data::Int(numbers(raw, |bytes| u16::from_le_bytes(bytes).into())),
        INT8 => Data::Int(raw.iter().map(|&byte| (byte as i8).into()).collect()),
        UINT8 => Data::Int(raw.iter().map(|&byte| byte.into()).collect()),
        _ => Data::Bool(raw.iter().map(|&byte| byte != 0).collect()),
    })
}

/// The field that is for numbers of the type.
fn of_fields(tensor: &TensorProto, code: i32, count: usize) -> Result<Data, Wrong> {
    let agrees = |found: usize| {
        if found == count { Ok(()) } else { Err((format!("it has {found} values, and its shape asks for {count}"), None)) }
    };
    let small = &tensor.int32_data;
    Ok(match code {
        FLOAT => {
            agrees(tensor.float_data.len())?;
            Data::Float(tensor.float_data.clone())
        }
        DOUBLE => {
            agrees(tensor.double_data.len())?;
            Data::Double(tensor.double_data.clone())
        }
        INT64 => {
            agrees(tensor.int64_data.len())?;
            Data::Int(tensor.int64_data.clone())
        }
        UINT32 => return Err(unsupported(code)),
        _ => {
            agrees(small.len())?;
            match code {
                FLOAT16 => Data::Float(small.iter().map(|&bits| f16::from_bits(bits as u16).to_f32()).collect()),
                BFLOAT16 => Data::Float(small.iter().map(|&bits| bf16::from_bits(bits as u16).to_f32()).collect()),
                BOOL => Data::Bool(small.iter().map(|&x| x != 0).collect()),
                _ => Data::Int(small.iter().map(|&x| x.into()).collect()),
            }
        }
    })
}
