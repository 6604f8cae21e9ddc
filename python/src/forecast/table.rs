//! Tables where Python has them, as series.

use std::path::PathBuf;

use gatewise::Error;
use gatewise::data::{Columns, Dataset, ReadOptions, Values, read_columns, read_table};
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use serde_json::Value;

use super::Settings;
use crate::attend::attended;
use crate::errors::raised;
use crate::settings::Settings as _;
use crate::told::finding;
use crate::watch;

/// A table that was read.
#[pyclass(frozen, module = "gatewise._gatewise", name = "_Table")]
pub struct ReadTable {
    pub dataset: Dataset,
    /// What was noticed in it, and in what a model looks back on.
    pub notes: Vec<Value>,
}

#[pymethods]
impl ReadTable {
    /// What was found in the table, and whether it warns.
    #[getter]
    fn notes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        watch::to_python(py, &Value::from(self.notes.clone()))
    }

    /// The time column; None where rows are counted.
    #[getter]
    fn time_column(&self) -> Option<String> {
        self.dataset.time_column.clone()
    }
}

/// A table where Python has it.
pub enum Given {
    File(PathBuf),
    Columns(Columns),
}

impl Given {
    /// A path, or pairs of a name and an array of numbers or a list of texts.
    pub fn of(table: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(path) = table.extract::<PathBuf>() {
            return Ok(Self::File(path));
        }
        let mut columns = Columns::new();
        for column in table.try_iter()? {
            let (name, values): (String, Bound<'_, PyAny>) = column?.extract()?;
            let values = match values.extract::<PyReadonlyArray1<'_, f64>>() {
                Ok(numbers) => Values::Numbers(numbers.as_array().to_vec()),
                Err(_) => Values::Texts(values.extract::<Vec<Option<String>>>()?.into_iter().map(Option::unwrap_or_default).collect()),
            };
            columns = columns.with(name, values);
        }
        Ok(Self::Columns(columns))
    }

    /// Reads it; `label` names a table that has no path.
    pub fn read(&self, label: &str, options: &ReadOptions) -> Result<Dataset, Error> {
        Ok(match self {
            Self::File(path) => read_table(path, options)?,
            Self::Columns(columns) => read_columns(label, columns, options)?,
        })
    }
}

/// Reads a table that is learned from. `settings` are JSON, `label` names a table that has no path.
#[pyfunction]
pub fn _read_table(py: Python<'_>, table: &Bound<'_, PyAny>, label: &str, settings: &str) -> PyResult<ReadTable> {
    let (given, settings) = (Given::of(table)?, Settings::of(settings)?);
    let (options, label) = (settings.reading(ReadOptions::default()), label.to_owned());
    let dataset = attended(py, None, move |_| given.read(&label, &options).map_err(raised))?;
    let notes = dataset.findings.iter().map(|found| finding(&dataset.path, found)).collect();
    Ok(ReadTable { dataset, notes })
}
