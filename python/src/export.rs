//! Models as graphs of ONNX.

use std::path::{Path, PathBuf};

use gatewise::data::Severity;
use gatewise::format::{ModelFile, write_atomic};
use gatewise_onnx::export;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::Value;

use crate::errors::raised;
use crate::told::said;
use crate::watch::to_python;

/// The bytes of a model file as those of a graph, written to `path` too where there is one, and what of its answers is not in there. `series` names one of
/// those of a detector.
#[pyfunction]
fn _to_onnx<'py>(
    py: Python<'py>,
    model: &[u8],
    series: Option<&str>,
    path: Option<PathBuf>,
) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyAny>)> {
    let exported = py.detach(|| -> Result<_, gatewise::Error> {
        let exported = export::file(ModelFile::of_bytes(Path::new("model.safetensors"), model)?, series)?;
        let bytes = exported.to_bytes();
        if let Some(path) = path {
            write_atomic(&path, &bytes)?;
        }
        Ok((bytes, exported))
    });
    let (bytes, exported) = exported.map_err(raised)?;
    let severity = |sentence: &str| if exported.others() == Some(sentence) { Severity::Warning } else { Severity::Note };
    let notes: Value = exported.left_out().map(|sentence| said(severity(sentence), sentence)).collect();
    Ok((PyBytes::new(py, &bytes), to_python(py, &notes)?))
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(_to_onnx, m)?)
}
