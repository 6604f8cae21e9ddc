//! Where a run keeps what it computes, from one run to the next.

use gatewise_kernels::Aligned;
use gatewise_memory::{Budget, product};

use super::error::Fault;
use super::shape::Shape;
use super::tensor::{Data, Dtype, Values};

/// A buffer of elements of one type.
#[derive(Debug)]
pub(crate) enum Store {
    Float(Aligned<f32>),
    Double(Vec<f64>),
    Int(Vec<i64>),
    Bool(Vec<bool>),
}

impl Store {
    pub(crate) fn new(dtype: Dtype) -> Self {
        match dtype {
            Dtype::Float => Self::Float(Aligned::default()),
            Dtype::Double => Self::Double(Vec::new()),
            Dtype::Int => Self::Int(Vec::new()),
            Dtype::Bool => Self::Bool(Vec::new()),
        }
    }

    pub(crate) fn values(&self) -> Values<'_> {
        match self {
            Self::Float(values) => Values::Float(values),
            Self::Double(values) => Values::Double(values),
            Self::Int(values) => Values::Int(values),
            Self::Bool(values) => Values::Bool(values),
        }
    }

    pub(crate) fn data(&self) -> Data {
        self.values().to_data()
    }
}

/// What a node writes.
#[derive(Debug)]
pub(crate) struct Out {
    pub(crate) shape: Shape,
    pub(crate) store: Store,
    /// Bytes that the buffer has had.
    pub(crate) room: u128,
    /// Whether anybody reads it.
    pub(crate) wanted: bool,
}

impl Out {
    pub(crate) fn new(dtype: Dtype, wanted: bool) -> Self {
        Self { shape: Shape::default(), store: Store::new(dtype), room: 0, wanted }
    }

    /// Makes room for a shape, held against the limit on memory; `held` are the bytes of all buffers.
    fn make(&mut self, shape: Shape, width: usize, held: &mut u128) -> Result<usize, Fault> {
        let needed = product(&[shape.count(), width]);
        if needed > self.room {
            let all = held.saturating_add(needed - self.room);
            Budget::current().hold(format!("an output of shape {shape}"), all)?;
            (*held, self.room) = (all, needed);
        }
        self.shape = shape;
        Ok(shape.count())
    }

    pub(crate) fn float(&mut self, shape: Shape, held: &mut u128) -> Result<&mut [f32], Fault> {
        let count = self.make(shape, 4, held)?;
        self.aligned()?.resize(count);
        Ok(&mut self.aligned()?[..])
    }

    /// The buffer itself, to be exchanged for one that holds what is to be written.
    pub(crate) fn aligned(&mut self) -> Result<&mut Aligned<f32>, Fault> {
        if let Store::Float(values) = &mut self.store { Ok(values) } else { Err(Fault::new("its output is no float32")) }
    }

    pub(crate) fn double(&mut self, shape: Shape, held: &mut u128) -> Result<&mut [f64], Fault> {
        let count = self.make(shape, 8, held)?;
        let Store::Double(values) = &mut self.store else { return Err(Fault::new("its output is no float64")) };
        values.resize(count, 0.0);
        Ok(values)
    }

    pub(crate) fn int(&mut self, shape: Shape, held: &mut u128) -> Result<&mut [i64], Fault> {
        let count = self.make(shape, 8, held)?;
        let Store::Int(values) = &mut self.store else { return Err(Fault::new("its output is no int64")) };
        values.resize(count, 0);
        Ok(values)
    }

    pub(crate) fn bool(&mut self, shape: Shape, held: &mut u128) -> Result<&mut [bool], Fault> {
        let count = self.make(shape, 1, held)?;
        let Store::Bool(values) = &mut self.store else { return Err(Fault::new("its output is no bool")) };
        values.resize(count, false);
        Ok(values)
    }
}
