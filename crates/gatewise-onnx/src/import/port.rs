//! What goes into a graph and what comes out of it.

use super::error::{ImportError, brief};
use super::shape::MOST_AXES;
use super::tensor::{Dtype, TensorRef, type_name};
use crate::proto::{DimensionValue, TensorShapeProto, ValueInfoProto};

/// An axis of an input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Axis {
    /// As long as that.
    Fixed(usize),
    /// Of any length, under a name where it has one.
    Free(Option<String>),
}

/// An input or output of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// What its elements are here.
    pub dtype: Dtype,
    /// What its elements are in the file, as numpy names it: "float32", "int32", "float64" and so on.
    pub declared: &'static str,
    /// Its axes, where the file says them.
    pub axes: Option<Vec<Axis>>,
}

impl Port {
    pub(crate) fn read(value: &ValueInfoProto) -> Result<Self, ImportError> {
        let name = value.name.clone().unwrap_or_default();
        let wrong = |reason: String| ImportError::Graph { reason: format!("\"{}\": {reason}", brief(&name)) };
        let tensor = value.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
        let Some(tensor) = tensor else { return Err(wrong("it is no tensor, and nothing else is supported".to_owned())) };
        let code = tensor.elem_type.unwrap_or(0);
        let dtype = Dtype::of(code).ok_or_else(|| wrong(format!("its values are of {}, which is not supported", type_name(code))))?;
        let axes = tensor.shape.as_ref().map(axes).transpose().map_err(wrong)?;
        Ok(Self { name, dtype, declared: type_name(code), axes })
    }

    /// What else a tensor would have to be.
    ///
    /// # Errors
    /// Another type or another shape than this one's.
    pub(crate) fn check(&self, tensor: &TensorRef<'_>) -> Result<(), ImportError> {
        let wrong = |problem: String| ImportError::Input {
            name: Some(self.name.clone()),
            problem: format!("input \"{}\" {problem}", brief(&self.name)),
            remedy: Some(format!("give {} of shape {}", self.declared, self.shape_text())),
        };
        let found = tensor.values.dtype();
        if found != self.dtype {
            return Err(wrong(format!("is {found}")));
        }
        let fits = |(axis, length): (&Axis, &usize)| matches!(axis, Axis::Free(_)) || *axis == Axis::Fixed(*length);
        let shape = tensor.shape;
        let fit = self.axes.as_ref().is_none_or(|axes| axes.len() == shape.len() && axes.iter().zip(shape).all(fits));
        if !fit || shape.len() > MOST_AXES {
            return Err(wrong(format!("has shape {shape:?}")));
        }
        if super::shape::count(shape) != tensor.values.len() {
            return Err(wrong(format!("has {} values, which are not those of shape {shape:?}", tensor.values.len())));
        }
        Ok(())
    }

    /// Its shape in words: `(batch, ?, 5)`.
    pub fn shape_text(&self) -> String {
        let Some(axes) = &self.axes else { return "any".to_owned() };
        let texts: Vec<String> = axes
            .iter()
            .map(|axis| match axis {
                Axis::Fixed(length) => length.to_string(),
                Axis::Free(Some(name)) => brief(name),
                Axis::Free(None) => "?".to_owned(),
            })
            .collect();
        format!("({})", texts.join(", "))
    }
}

fn axes(shape: &TensorShapeProto) -> Result<Vec<Axis>, String> {
    if shape.dim.len() > MOST_AXES {
        return Err(format!("it has {} axes; at most {MOST_AXES} are supported", shape.dim.len()));
    }
    let axis = |value: &Option<DimensionValue>| match value {
        Some(DimensionValue::DimValue(length)) => {
            usize::try_from(*length).map(Axis::Fixed).map_err(|_| format!("an axis is {length} long"))
        }
        Some(DimensionValue::DimParam(name)) => Ok(Axis::Free(Some(name.clone()).filter(|name| !name.is_empty()))),
        None => Ok(Axis::Free(None)),
    };
    shape.dim.iter().map(|dim| axis(&dim.value)).collect()
}
