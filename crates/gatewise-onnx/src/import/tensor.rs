//! Tensors of the three kinds of values that a graph computes with.

use std::fmt;
use std::sync::Arc;

use super::error::Fault;
use super::shape::Shape;
use crate::proto::data_type;

/// What the elements of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// Numbers in single precision; those that a file has in half precision are widened.
    Float,
    /// Numbers in double precision.
    Double,
    /// Whole numbers of 64 bits; those that a file has in fewer are widened.
    Int,
    /// Truth values.
    Bool,
}

impl Dtype {
    /// What holds the values of a type of the format; none where nothing does.
    pub fn of(code: i32) -> Option<Self> {
        use data_type::*;
        match code {
            FLOAT | FLOAT16 | BFLOAT16 => Some(Self::Float),
            DOUBLE => Some(Self::Double),
            UINT8 | INT8 | UINT16 | INT16 | INT32 | INT64 | UINT32 => Some(Self::Int),
            BOOL => Some(Self::Bool),
            _ => None,
        }
    }

    /// Bytes of an element.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Float => 4,
            Self::Double | Self::Int => 8,
            Self::Bool => 1,
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Float => "float32",
            Self::Double => "float64",
            Self::Int => "int64",
            Self::Bool => "bool",
        })
    }
}

/// The name of a type of the format, as numpy has it.
pub fn type_name(code: i32) -> &'static str {
    use data_type::*;
    match code {
        FLOAT => "float32",
        DOUBLE => "float64",
        FLOAT16 => "float16",
        BFLOAT16 => "bfloat16",
        UINT8 => "uint8",
        INT8 => "int8",
        UINT16 => "uint16",
        INT16 => "int16",
        UINT32 => "uint32",
        INT32 => "int32",
        UINT64 => "uint64",
        INT64 => "int64",
        BOOL => "bool",
        STRING => "string",
        14 => "complex64",
        15 => "complex128",
        _ => "a type without a name",
    }
}

/// Elements of a tensor, row-major.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Values<'a> {
    /// Numbers in single precision.
    Float(&'a [f32]),
    /// Numbers in double precision.
    Double(&'a [f64]),
    /// Whole numbers.
    Int(&'a [i64]),
    /// Truth values.
    Bool(&'a [bool]),
}

impl<'a> Values<'a> {
    /// What they are.
    pub fn dtype(self) -> Dtype {
        match self {
            Self::Float(_) => Dtype::Float,
            Self::Double(_) => Dtype::Double,
            Self::Int(_) => Dtype::Int,
            Self::Bool(_) => Dtype::Bool,
        }
    }

    /// How many.
    pub fn len(self) -> usize {
        match self {
            Self::Float(values) => values.len(),
            Self::Double(values) => values.len(),
            Self::Int(values) => values.len(),
            Self::Bool(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    pub(crate) fn to_data(self) -> Data {
        match self {
            Self::Float(values) => Data::Float(values.to_vec()),
            Self::Double(values) => Data::Double(values.to_vec()),
            Self::Int(values) => Data::Int(values.to_vec()),
            Self::Bool(values) => Data::Bool(values.to_vec()),
        }
    }
}

/// Elements that are owned.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Numbers in single precision.
    Float(Vec<f32>),
    /// Numbers in double precision.
    Double(Vec<f64>),
    /// Whole numbers.
    Int(Vec<i64>),
    /// Truth values.
    Bool(Vec<bool>),
}

impl Data {
    /// As a slice.
    pub fn values(&self) -> Values<'_> {
        match self {
            Self::Float(values) => Values::Float(values),
            Self::Double(values) => Values::Double(values),
            Self::Int(values) => Values::Int(values),
            Self::Bool(values) => Values::Bool(values),
        }
    }
}

/// A tensor that a call is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TensorRef<'a> {
    /// Lengths of the axes.
    pub shape: &'a [usize],
    /// Row-major.
    pub values: Values<'a>,
}

/// A tensor that a call gives back.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// Row-major.
    pub data: Data,
}

impl Tensor {
    /// To be given to a call.
    pub fn view(&self) -> TensorRef<'_> {
        TensorRef { shape: &self.shape, values: self.data.values() }
    }
}

/// A tensor that nodes read: a constant, an input, or what another node has computed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand<'a> {
    pub(crate) shape: Shape,
    pub(crate) values: Values<'a>,
}

impl<'a> Operand<'a> {
    pub(crate) fn float(&self) -> Result<&'a [f32], Fault> {
        match self.values {
            Values::Float(values) => Ok(values),
            other => Err(Fault::new(format!("{} stands where float32 is needed", other.dtype()))),
        }
    }

    pub(crate) fn double(&self) -> Result<&'a [f64], Fault> {
        match self.values {
            Values::Double(values) => Ok(values),
            other => Err(Fault::new(format!("{} stands where float64 is needed", other.dtype()))),
        }
    }

    pub(crate) fn int(&self) -> Result<&'a [i64], Fault> {
        match self.values {
            Values::Int(values) => Ok(values),
            other => Err(Fault::new(format!("{} stands where whole numbers are needed", other.dtype()))),
        }
    }

    pub(crate) fn bool(&self) -> Result<&'a [bool], Fault> {
        match self.values {
            Values::Bool(values) => Ok(values),
            other => Err(Fault::new(format!("{} stands where truth values are needed", other.dtype()))),
        }
    }
}

/// A tensor of the file.
#[derive(Clone, Debug)]
pub(crate) struct Constant {
    pub(crate) shape: Shape,
    /// Shared with those that have it under another shape.
    pub(crate) data: Arc<Data>,
}

impl Constant {
    pub(crate) fn operand(&self) -> Operand<'_> {
        Operand { shape: self.shape, values: self.data.values() }
    }
}

/// A type of elements.
pub(crate) trait Element: Copy {
    /// Those of an operand.
    ///
    /// # Errors
    /// An operand of another type.
    fn of<'a>(operand: &Operand<'a>) -> Result<&'a [Self], Fault>;

    /// The one that a number stands for.
    fn from_number(x: f32) -> Self;
}

macro_rules! element {
    ($type:ty, $of:ident, $from:expr) => {
        impl Element for $type {
            fn of<'a>(operand: &Operand<'a>) -> Result<&'a [Self], Fault> {
                operand.$of()
            }
            fn from_number(x: f32) -> Self {
                let from: fn(f32) -> Self = $from;
                from(x)
            }
        }
    };
}
element!(f32, float, |x| x);
element!(f64, double, f64::from);
element!(i64, int, |x| x as i64);
element!(bool, bool, |x| x != 0.0);
