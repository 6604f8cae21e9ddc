//! Who sees a training: whoever called it, with a callback or without.

use std::path::PathBuf;

use gatewise::data::{Interrupt, Severity};
use gatewise::train::{Control, Event, Session};
use gatewise::{Cpu, Error, Kind};
use gatewise_report::EpochRow;
use gatewise_report::language::Sample;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde_json::Value;

use crate::attend::Caller;
use crate::errors::{in_python, raised};
use crate::told::said;

/// Follows one training after the other.
pub struct Watch {
    caller: Caller,
    /// What is trained, as "held back" or "all rows".
    phase: String,
    epochs: Vec<EpochRow>,
    /// Folder of checkpoints; none where nothing is kept.
    pub checkpoints: Option<PathBuf>,
    /// What was said.
    pub notes: Vec<Value>,
    /// What a language model wrote on the way.
    pub samples: Vec<Sample>,
}

impl Watch {
    /// Of a training that `caller` waits for.
    pub fn new(caller: Caller) -> Self {
        Self { caller, phase: String::new(), epochs: Vec::new(), checkpoints: None, notes: Vec::new(), samples: Vec::new() }
    }

    /// Calls the engine. It ends where the caller has left.
    pub fn session<T>(&mut self, cpu: &Cpu, call: impl FnOnce(&mut Session<'_>) -> Result<T, Error>) -> PyResult<T> {
        let checkpoints = self.checkpoints.clone();
        let result = call(&mut Session { cpu, checkpoints, on_event: &mut |event| self.hear(event) });
        self.check()?;
        result.map_err(raised)
    }

    /// An error where the caller has left.
    pub fn check(&self) -> PyResult<()> {
        if self.caller.has_left() { Err(stopped()) } else { Ok(()) }
    }

    /// For what asks while it reads.
    pub fn interrupt(&self) -> Interrupt {
        self.caller.interrupt()
    }

    /// The epochs of the training at hand; the one whose weights were kept is marked.
    pub fn epochs(&self, best: Option<u64>) -> Vec<EpochRow> {
        self.epochs.iter().map(|row| EpochRow { best: best == Some(row.epoch as u64), ..row.clone() }).collect()
    }

    fn hear(&mut self, event: &Event) -> Control {
        match event {
            Event::Phase { name } => {
                self.phase.clone_from(name);
                self.epochs.clear();
            }
            Event::Note { message, .. } => self.notes.push(said(Severity::Note, message)),
            Event::Warning { message } => self.notes.push(said(Severity::Warning, message)),
            Event::Sample { epoch, text } => self.samples.push(Sample { epoch: *epoch, text: text.clone() }),
            _ => self.epochs.extend(EpochRow::of(event)),
        }
        self.caller.tell(|| {
            let mut value = serde_json::to_value(event).unwrap_or_default();
            if let Value::Object(fields) = &mut value {
                fields.insert("phase".to_owned(), self.phase.as_str().into());
            }
            value
        })
    }
}

/// A value of JSON as Python has it; its texts name settings as Python writes them.
pub fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    converted(py, value, &in_python)
}

/// A value of JSON as Python has it, with its texts as they are.
pub fn as_it_is<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    converted(py, value, &str::to_owned)
}

fn converted<'py>(py: Python<'py>, value: &Value, spelled: &dyn Fn(&str) -> String) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(truth) => truth.into_pyobject(py)?.to_owned().into_any(),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), ..) => number.into_pyobject(py)?.into_any(),
            (_, Some(number), _) => number.into_pyobject(py)?.into_any(),
            (.., number) => number.unwrap_or(f64::NAN).into_pyobject(py)?.into_any(),
        },
        Value::String(text) => spelled(text).into_pyobject(py)?.into_any(),
        Value::Array(values) => {
            let values = values.iter().map(|value| converted(py, value, spelled)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, values)?.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (key, value) in fields {
                dict.set_item(key, converted(py, value, spelled)?)?;
            }
            dict.into_any()
        }
    })
}

/// A training that was stopped, which only a caller that leaves does.
pub fn stopped() -> PyErr {
    raised(Error::new(Kind::Io, "the training was stopped"))
}
