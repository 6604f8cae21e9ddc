//! Graphs of ONNX that run.

use std::path::PathBuf;

use gatewise_onnx::import::{Axis, Data, Dtype, ImportError, Port, RecurrentNode, Session, TensorRef, Values};
use numpy::{Element, PyArray1, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::arrays::{Read, flat, read};
use crate::errors::raised;
use crate::threads::cpu;

/// A graph ready to run. What Python's class is made of: arrays come in the graph's own types, contiguous.
#[pyclass(frozen, module = "gatewise._gatewise")]
pub struct OnnxSession {
    session: Session,
    /// The file, with all of its numbers.
    bytes: Vec<u8>,
}

/// An input or output: name, type in the file, type here, axes.
type PortParts = (String, &'static str, String, Option<Vec<Option<usize>>>);

fn parts(port: &Port) -> PortParts {
    let length = |axis: &Axis| if let Axis::Fixed(length) = axis { Some(*length) } else { None };
    let axes = port.axes.as_ref().map(|axes| axes.iter().map(length).collect());
    (port.name.clone(), port.declared, port.dtype.to_string(), axes)
}

/// The exception of an error, with the node it is about.
fn failed(error: ImportError) -> PyErr {
    let node = error.place().map(|place| if place.name.is_empty() { place.to_string() } else { place.name.clone() });
    let exception = raised(error);
    Python::attach(|py| match exception.value(py).setattr("node", node) {
        Ok(()) => exception,
        Err(failure) => failure,
    })
}

/// An array of one of the types that graphs compute in.
enum Array<'py> {
    Float(Read<'py, f32>),
    Double(Read<'py, f64>),
    Int(Read<'py, i64>),
    Bool(Read<'py, bool>),
}

impl<'py> Array<'py> {
    fn read(name: &str, dtype: Dtype, array: &Bound<'py, PyAny>) -> PyResult<Self> {
        Ok(match dtype {
            Dtype::Float => Self::Float(read(name, array)?),
            Dtype::Double => Self::Double(read(name, array)?),
            Dtype::Int => Self::Int(read(name, array)?),
            Dtype::Bool => Self::Bool(read(name, array)?),
        })
    }

    fn tensor(&self, name: &str) -> PyResult<TensorRef<'_>> {
        Ok(match self {
            Self::Float(array) => TensorRef { shape: array.shape(), values: Values::Float(flat(name, array)?) },
            Self::Double(array) => TensorRef { shape: array.shape(), values: Values::Double(flat(name, array)?) },
            Self::Int(array) => TensorRef { shape: array.shape(), values: Values::Int(flat(name, array)?) },
            Self::Bool(array) => TensorRef { shape: array.shape(), values: Values::Bool(flat(name, array)?) },
        })
    }
}

/// An array of numpy that takes the elements over.
fn array<'py, T: Element>(py: Python<'py>, values: Vec<T>, shape: &[usize]) -> PyResult<Bound<'py, PyAny>> {
    Ok(PyArray1::from_vec(py, values).reshape(shape)?.into_any())
}

#[pymethods]
impl OnnxSession {
    /// A file; numbers of it may lie in files beside it.
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let cpu = cpu()?;
        let (session, bytes) = py.detach(|| Session::open_whole(&cpu, &path)).map_err(failed)?;
        Ok(Self { session, bytes })
    }

    /// The bytes of a file.
    #[staticmethod]
    fn of_bytes(py: Python<'_>, bytes: Vec<u8>) -> PyResult<Self> {
        let cpu = cpu()?;
        let session = py.detach(|| Session::from_bytes(&cpu, &bytes)).map_err(failed)?;
        Ok(Self { session, bytes })
    }

    /// The bytes of a file that holds all numbers itself.
    fn content<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.bytes)
    }

    fn inputs(&self) -> Vec<PortParts> {
        self.session.inputs().iter().map(parts).collect()
    }

    /// Inputs that may be left out.
    fn defaults(&self) -> Vec<PortParts> {
        self.session.defaults().iter().map(parts).collect()
    }

    fn outputs(&self) -> Vec<PortParts> {
        self.session.outputs().map(parts).collect()
    }

    /// What the file says of itself, and what it consists of.
    fn about<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (about, dict) = (self.session.about(), PyDict::new(py));
        dict.set_item("producer", format!("{} {}", about.producer, about.producer_version).trim())?;
        dict.set_item("opset", about.opset)?;
        dict.set_item("ir_version", about.ir_version)?;
        dict.set_item("metadata", about.metadata.clone())?;
        dict.set_item("parameters", self.session.parameters())?;
        dict.set_item("nodes", self.session.nodes())?;
        let layers = self.session.recurrent().into_iter().map(|node| layer(py, node)).collect::<PyResult<Vec<_>>>()?;
        dict.set_item("layers", layers)?;
        Ok(dict)
    }

    /// Arrays by the names of their inputs; those of all outputs in their order.
    fn run<'py>(&self, py: Python<'py>, names: Vec<String>, arrays: Vec<Bound<'py, PyAny>>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let cpu = cpu()?;
        let ports = || self.session.inputs().iter().chain(self.session.defaults());
        let dtype = |name: &str| ports().find(|port| port.name == name).map_or(Dtype::Float, |port| port.dtype);
        let arrays = names.iter().zip(&arrays).map(|(name, array)| Array::read(name, dtype(name), array)).collect::<PyResult<Vec<_>>>()?;
        let named =
            names.iter().zip(&arrays).map(|(name, array)| Ok((name.as_str(), array.tensor(name)?))).collect::<PyResult<Vec<_>>>()?;
        let outputs = py.detach(|| self.session.run(&cpu, &named)).map_err(failed)?;
        let taken = outputs.into_iter().map(|tensor| match tensor.data {
            Data::Float(values) => array(py, values, &tensor.shape),
            Data::Double(values) => array(py, values, &tensor.shape),
            Data::Int(values) => array(py, values, &tensor.shape),
            Data::Bool(values) => array(py, values, &tensor.shape),
        });
        taken.collect()
    }

    /// Tensors under PyTorch's names, where the graph is a stack of layers alone.
    fn state_dict<'py>(&self, py: Python<'py>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
        let stack = self.session.stack().map_err(failed)?;
        stack.tensors.into_iter().map(|(name, shape, values)| Ok((name, array(py, values, &shape)?))).collect()
    }
}

fn layer<'py>(py: Python<'py>, node: RecurrentNode) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("name", node.place.name)?;
    dict.set_item("cell", node.cell)?;
    dict.set_item("direction", node.direction)?;
    dict.set_item("input_size", node.sizes.map(|sizes| sizes.0))?;
    dict.set_item("hidden_size", node.sizes.map(|sizes| sizes.1))?;
    dict.set_item("in_loops", node.in_loops)?;
    Ok(dict)
}
