//! Safetensors files of any program, and model files with other weights in them.

use std::path::{Path, PathBuf};

use gatewise::format::{NamedTensor, Numbers, TensorFile, write_tensors as write};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArrayDyn};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arrays::wrong;
use crate::errors::raised;

/// What errors call bytes that are no file.
const IN_MEMORY: &str = "<bytes>";

/// A safetensors file in memory.
#[pyclass(frozen, module = "gatewise._gatewise", name = "TensorFile")]
pub struct Tensors(TensorFile);

/// Tensors out of arrays of float32 or float64 in C order.
fn given(tensors: &[(String, Bound<'_, PyAny>)]) -> PyResult<Vec<NamedTensor>> {
    let of = |(name, array): &(String, Bound<'_, PyAny>)| {
        let (shape, numbers) = if let Ok(array) = array.extract::<PyReadonlyArrayDyn<'_, f32>>() {
            (array.as_array().shape().to_vec(), array.as_slice().map(|values| Numbers::F32(values.to_vec())))
        } else if let Ok(array) = array.extract::<PyReadonlyArrayDyn<'_, f64>>() {
            (array.as_array().shape().to_vec(), array.as_slice().map(|values| Numbers::F64(values.to_vec())))
        } else {
            return Err(PyTypeError::new_err(format!("{name}: an array of float32 or float64 is wanted")));
        };
        let numbers = numbers.map_err(|_| wrong(format!("{name}: the array is not contiguous")))?;
        Ok(NamedTensor { name: name.clone(), shape, numbers })
    };
    tensors.iter().map(of).collect()
}

#[pymethods]
impl Tensors {
    /// Reads a file.
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        py.detach(|| TensorFile::open(&path)).map(Self).map_err(raised)
    }

    /// Out of the bytes of a file.
    #[staticmethod]
    fn of_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        py.detach(|| TensorFile::of_bytes(Path::new(IN_MEMORY), bytes.to_vec())).map(Self).map_err(raised)
    }

    /// Names of all tensors, sorted.
    fn names(&self) -> Vec<String> {
        self.0.names().to_vec()
    }

    /// A tensor as float64 where the file has it so, else as float32.
    fn tensor<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let NamedTensor { shape, numbers, .. } = py.detach(|| self.0.tensor(name)).map_err(raised)?;
        Ok(match numbers {
            Numbers::F32(values) => PyArray1::from_vec(py, values).reshape(shape)?.into_any(),
            Numbers::F64(values) => PyArray1::from_vec(py, values).reshape(shape)?.into_any(),
        })
    }

    /// The bytes of the same file with other values in all of its tensors.
    fn exchanged<'py>(&self, py: Python<'py>, tensors: Vec<(String, Bound<'py, PyAny>)>) -> PyResult<Bound<'py, PyBytes>> {
        let tensors = given(&tensors)?;
        let bytes = py.detach(|| self.0.exchanged(&tensors)).map_err(raised)?;
        Ok(PyBytes::new(py, &bytes))
    }
}

/// Writes tensors to a file, beside its place first and then renamed.
#[pyfunction]
fn write_tensors(py: Python<'_>, path: PathBuf, tensors: Vec<(String, Bound<'_, PyAny>)>) -> PyResult<()> {
    let tensors = given(&tensors)?;
    py.detach(|| write(&path, &tensors)).map_err(raised)
}

/// Adds tensors to a module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Tensors>()?;
    module.add_function(wrap_pyfunction!(write_tensors, module)?)?;
    Ok(())
}
