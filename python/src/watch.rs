//! Who sees a training: a callback of the user's, and Ctrl-C.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use gatewise::data::Severity;
use gatewise::train::{Control, Event, Session};
use gatewise::{Cpu, Error, Kind};
use gatewise_report::EpochRow;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde_json::Value;

use crate::errors::{in_python, raised};
use crate::told::said;

/// Between two looks for Ctrl-C.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Follows one training after the other.
pub struct Watch {
    callback: Option<Py<PyAny>>,
    /// What is trained, as "held back" or "all rows".
    phase: String,
    epochs: Vec<EpochRow>,
    looked: Instant,
    failure: Option<PyErr>,
    /// Folder of checkpoints; none where nothing is kept.
    pub checkpoints: Option<PathBuf>,
    /// What was said.
    pub notes: Vec<Value>,
}

impl Watch {
    /// Of a training that `callback` hears of.
    pub fn new(callback: Option<Py<PyAny>>) -> Self {
        let epochs = Vec::new();
        Self { callback, phase: String::new(), epochs, looked: Instant::now(), failure: None, checkpoints: None, notes: Vec::new() }
    }

    /// Calls the engine. What the callback raises ends the call and comes out of it, as Ctrl-C does.
    pub fn session<T>(&mut self, cpu: &Cpu, call: impl FnOnce(&mut Session<'_>) -> Result<T, Error>) -> PyResult<T> {
        let checkpoints = self.checkpoints.clone();
        let result = call(&mut Session { cpu, checkpoints, on_event: &mut |event| self.hear(event) });
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => result.map_err(raised).and_then(|value| self.check().map(|()| value)),
        }
    }

    /// Looks for Ctrl-C.
    pub fn check(&mut self) -> PyResult<()> {
        self.looked = Instant::now();
        Python::attach(|py| py.check_signals())
    }

    /// The epochs of the training at hand; the one whose weights were kept is marked.
    pub fn epochs(&self, best: Option<u64>) -> Vec<EpochRow> {
        self.epochs.iter().map(|row| EpochRow { best: best == Some(row.epoch as u64), ..row.clone() }).collect()
    }

    fn hear(&mut self, event: &Event) -> Control {
        if self.failure.is_some() {
            return Control::Stop;
        }
        match event {
            Event::Phase { name } => {
                self.phase.clone_from(name);
                self.epochs.clear();
            }
            Event::Note { message, .. } => self.notes.push(said(Severity::Note, message)),
            Event::Warning { message } => self.notes.push(said(Severity::Warning, message)),
            _ => self.epochs.extend(EpochRow::of(event)),
        }
        let result = if self.looked.elapsed() >= LOOK_EVERY { self.check() } else { Ok(()) };
        match result.and_then(|()| self.tell(event)) {
            Ok(()) => Control::Continue,
            Err(failure) => {
                self.failure = Some(failure);
                Control::Stop
            }
        }
    }

    fn tell(&self, event: &Event) -> PyResult<()> {
        let Some(callback) = &self.callback else { return Ok(()) };
        let mut value = serde_json::to_value(event).unwrap_or_default();
        if let Value::Object(fields) = &mut value {
            fields.insert("phase".to_owned(), self.phase.as_str().into());
        }
        Python::attach(|py| callback.call1(py, (to_python(py, &value)?,)).map(drop))
    }
}

/// A value of JSON as Python has it; its texts name settings as Python writes them.
pub fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(truth) => truth.into_pyobject(py)?.to_owned().into_any(),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), ..) => number.into_pyobject(py)?.into_any(),
            (_, Some(number), _) => number.into_pyobject(py)?.into_any(),
            (.., number) => number.unwrap_or(f64::NAN).into_pyobject(py)?.into_any(),
        },
        Value::String(text) => in_python(text).into_pyobject(py)?.into_any(),
        Value::Array(values) => {
            let values = values.iter().map(|value| to_python(py, value)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, values)?.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (key, value) in fields {
                dict.set_item(key, to_python(py, value)?)?;
            }
            dict.into_any()
        }
    })
}

/// A training that an event was answered to with a stop, which only a failure does.
pub fn stopped() -> PyErr {
    raised(Error::new(Kind::Io, "the training was stopped"))
}
