//! Arrays of numpy as slices, and what is said of those that are none.

use numpy::{Element, PyArrayMethods, PyReadonlyArrayDyn, PyReadwriteArrayDyn};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

/// A value that does not serve.
pub fn wrong(text: impl Into<String>) -> PyErr {
    PyValueError::new_err(text.into())
}

/// An array that is read.
pub type Read<'py, F> = PyReadonlyArrayDyn<'py, F>;
/// An array that is written.
pub type Write<'py, F> = PyReadwriteArrayDyn<'py, F>;

/// An argument as an array to read.
pub fn read<'py, F: Element>(what: &str, array: &Bound<'py, PyAny>) -> PyResult<Read<'py, F>> {
    array.extract().map_err(|_| PyTypeError::new_err(format!("{what}: an array of the layers' own dtype is wanted")))
}

/// An argument as an array to write.
pub fn write<'py, F: Element>(what: &str, array: &Bound<'py, PyAny>) -> PyResult<Write<'py, F>> {
    let array = array
        .cast::<numpy::PyArrayDyn<F>>()
        .map_err(|_| PyTypeError::new_err(format!("{what}: an array of the layers' own dtype is wanted")))?;
    array.try_readwrite().map_err(|problem| wrong(format!("{what}: {problem}")))
}

/// Its numbers.
pub fn flat<'a, F: Element>(what: &str, array: &'a Read<'_, F>) -> PyResult<&'a [F]> {
    array.as_slice().map_err(|_| wrong(format!("{what}: the array is not contiguous")))
}

/// Its numbers, to write.
pub fn flat_mut<'a, F: Element>(what: &str, array: &'a mut Write<'_, F>) -> PyResult<&'a mut [F]> {
    array.as_slice_mut().map_err(|_| wrong(format!("{what}: the array is not contiguous")))
}

/// An argument that may be left out.
pub fn maybe<'py, F: Element>(what: &str, array: Option<&Bound<'py, PyAny>>) -> PyResult<Option<Write<'py, F>>> {
    array.map(|array| write(what, array)).transpose()
}
