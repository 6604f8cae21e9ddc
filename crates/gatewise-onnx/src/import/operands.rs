//! Where the values of a graph lie, and those that a node reads.

use super::buffers::Out;
use super::error::Fault;
use super::reader::Axes;
use super::shape::Shape;
use super::tensor::{Constant, Operand, TensorRef};

/// Where a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// It is not computed.
    Nowhere,
    /// The input of that number.
    Input(usize),
    /// The constant of that number.
    Constant(usize),
    /// The buffer of that number.
    Buffer(usize),
}

/// The values of a graph.
#[derive(Clone, Copy)]
pub(crate) struct Places<'a> {
    pub(crate) homes: &'a [Home],
    pub(crate) constants: &'a [Constant],
    pub(crate) given: &'a [TensorRef<'a>],
    pub(crate) buffers: &'a [Out],
    /// Shapes of the values; none where constants are all there is.
    pub(crate) shapes: Option<&'a [Shape]>,
}

impl<'a> Places<'a> {
    /// A value, if it is there.
    pub(crate) fn operand(&self, value: usize) -> Option<Operand<'a>> {
        let (values, own) = match *self.homes.get(value)? {
            Home::Nowhere => return None,
            Home::Input(at) => (self.given.get(at)?.values, Shape::default()),
            Home::Constant(at) => {
                let Operand { shape, values } = self.constants.get(at)?.operand();
                (values, shape)
            }
            Home::Buffer(at) => (self.buffers.get(at)?.store.values(), Shape::default()),
        };
        Some(Operand { shape: self.shapes.map_or(own, |shapes| shapes[value]), values })
    }
}

/// The inputs of a node.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a> {
    pub(crate) values: &'a [Option<usize>],
    pub(crate) places: Places<'a>,
}

impl<'a> Inputs<'a> {
    /// An input that may be left out.
    pub(crate) fn maybe(&self, at: usize) -> Option<Operand<'a>> {
        self.places.operand(self.values.get(at).copied().flatten()?)
    }

    /// An input.
    pub(crate) fn input(&self, at: usize) -> Result<Operand<'a>, Fault> {
        self.maybe(at).ok_or_else(|| Fault::new(format!("its input {} is missing", at + 1)))
    }

    /// Axes, wherever they come from.
    pub(crate) fn axes<'b>(&self, axes: &'b Axes) -> Result<Option<&'b [i64]>, Fault>
    where
        'a: 'b,
    {
        match axes {
            Axes::None => Ok(None),
            Axes::Fixed(axes) => Ok(Some(axes)),
            Axes::Input(at) => Ok(Some(self.input(*at)?.int()?)),
        }
    }
}
