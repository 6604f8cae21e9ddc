//! A forecaster on rows of one series as they come.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gatewise::data::{Dataset, Frequency, Time, TimeFormat};
use gatewise::forecast::{DataSpec, ForecastStream, Forecaster};
use gatewise::format::ModelFile;
use gatewise::{Cpu, Error, Kind, Precision};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answers::Answers;
use super::table::ReadTable;
use super::{Fitted, Settings};
use crate::attend::attended;
use crate::errors::raised;
use crate::settings::{Settings as _, kernels};

/// Rows of one series that come one at a time.
#[pyclass(frozen, module = "gatewise._gatewise", name = "_ForecasterStream")]
pub struct Stream {
    state: Mutex<State>,
    /// The model file that it was made of.
    model: Vec<u8>,
    spec: DataSpec,
    series: String,
}

struct State {
    stream: ForecastStream<'static>,
    clock: Clock,
}

/// When the last row was; none where rows are counted.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    last: Option<Time>,
}

impl Clock {
    /// When the next row is, where it says so or rows before it did.
    fn next(self, spec: &DataSpec, rows: usize, given: Option<&str>) -> Result<Self, Error> {
        let due = self.last.map(|last| spec.frequency.next(&last, 1));
        let Some(text) = given else { return Ok(Self { last: due }) };
        let format = |time: &Time| spec.time_format.format(time);
        let time = spec.time_format.parse_loosely(text).ok_or_else(|| {
            let example = self.last.map_or_else(|| "the table does".to_owned(), |last| format!("\"{}\"", format(&last)));
            Error::data(format!("row {}: \"{text}\" is no time", rows + 1)).help(format!("write it as {example}"))
        })?;
        match due {
            Some(due) if due != time => {
                let message = format!("row {} is of {}, and the one due is of {}", rows + 1, format(&time), format(&due));
                Err(Error::data(message)
                    .help("give every row once, in order; one that is missing is filled in, as with the value before it"))
            }
            None if rows > 0 => Err(Error::usage(format!("row {}: the rows before it were given without times", rows + 1))
                .help("leave ⦃time⦄ out, or begin a stream whose first row has a time")),
            _ => Ok(Self { last: Some(time) }),
        }
    }

    /// A table without rows that ends where the stream is, for times of a forecast.
    fn end(self, spec: &DataSpec, rows: usize) -> Result<Dataset, Error> {
        let names: Vec<(&str, &[f64])> = spec.channels.iter().map(|name| (name.as_str(), &[][..])).collect();
        let mut end = Dataset::from_columns(&names, spec.targets).map_err(|e| Error::data(e.to_string()))?;
        let counted = Time::Index(i64::try_from(rows).unwrap_or(i64::MAX));
        (end.time_format, end.frequency) = match self.last {
            Some(_) => (spec.time_format.clone(), spec.frequency),
            None => (TimeFormat::Row, Frequency::Steps(1)),
        };
        end.series[0].times = vec![self.last.unwrap_or(counted)];
        Ok(end)
    }
}

impl Stream {
    /// A stream of `series` that has read nothing yet.
    fn new(model: Vec<u8>, spec: DataSpec, series: String, cpu: Arc<Cpu>) -> Result<Self, Error> {
        let (mut forecaster, _) = Forecaster::of_file(ModelFile::of_bytes(Path::new("<stream>"), &model)?)?;
        forecaster.set_precision(Precision::F32);
        let state = State { stream: forecaster.into_stream(cpu, &series), clock: Clock::default() };
        Ok(Self { state: Mutex::new(state), model, spec, series })
    }

    /// What goes on from row to row. Whoever waits for it must not hold up Python, which who has it may wait for.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The forecast behind the last row; none before there is one.
    fn answers(&self, state: &State) -> Result<Option<Answers>, Error> {
        let State { stream, clock } = state;
        if stream.forecasts().is_empty() {
            return Ok(None);
        }
        let end = clock.end(&self.spec, stream.len())?;
        let mut answers = Answers::new(&end, &stream.forecaster().config().quantiles);
        for forecast in stream.forecasts() {
            let mut behind = forecast.clone();
            (behind.series, behind.origin) = (0, 1);
            answers.add(&end, &behind);
        }
        Ok(Some(answers))
    }
}

/// The rows of the series of this name, which may be left out where there is one: its place, and its name.
fn of_series(dataset: &Dataset, name: Option<&str>) -> Result<usize, Error> {
    let found = match name {
        None if dataset.series.len() == 1 => Some(0),
        None => None,
        Some(name) => dataset.series.iter().position(|series| series.id == name),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = dataset.series.iter().take(3).map(|series| series.id.as_str()).collect();
        let more = if dataset.series.len() > names.len() { ", …" } else { "" };
        let message = match name {
            None => format!("{}: {} series, and a stream is of one", dataset.path, dataset.series.len()),
            Some(name) => format!("{}: no series \"{name}\"", dataset.path),
        };
        Error::data(message).help(format!("name one of them as ⦃series⦄: {}{more}", names.join(", ")))
    })
}

#[pymethods]
impl Stream {
    /// A stream that goes on where the rows of `table` end; without one it has read nothing.
    #[staticmethod]
    fn start(
        py: Python<'_>,
        model: &Bound<'_, Fitted>,
        table: Option<&Bound<'_, ReadTable>>,
        series: Option<String>,
        settings: &str,
    ) -> PyResult<Self> {
        let cpu = kernels(Settings::of(settings)?.options().training.threads)?;
        let (model, table) = (model.clone().unbind(), table.map(|table| table.clone().unbind()));
        attended(py, None, move |_| {
            let model = model.get();
            let bytes = model.bytes()?;
            let Some(table) = table.as_ref().map(|table| table.get()) else {
                return Self::new(bytes, model.spec.clone(), series.unwrap_or_default(), cpu).map_err(raised);
            };
            let place = of_series(&table.dataset, series.as_deref()).map_err(raised)?;
            let rows = &table.dataset.series[place];
            let mut spec = model.spec.clone();
            // Times go on as this table has them.
            (spec.frequency, spec.time_format) = (table.dataset.frequency, table.dataset.time_format.clone());
            let stream = Self::new(bytes, spec, rows.id.clone(), cpu).map_err(raised)?;
            {
                let mut state = stream.state();
                state.stream.extend(&rows.values).map_err(raised)?;
                state.clock.last = rows.times.last().copied();
            }
            Ok(stream)
        })
    }

    /// Reads a row: targets, then covariates; gives the forecast behind it, none before there are rows enough. A refused row changes nothing.
    fn update<'py>(&self, py: Python<'py>, row: Vec<f64>, time: Option<String>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let answers = py.detach(|| {
            let mut state = self.state();
            let clock = state.clock.next(&self.spec, state.stream.len(), time.as_deref())?;
            state.stream.push(&row)?;
            state.clock = clock;
            self.answers(&state)
        });
        answers.map_err(raised)?.map(|answers| answers.into_python(py)).transpose()
    }

    /// The forecast behind the last row.
    fn forecast<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let answers = py.detach(|| self.answers(&self.state())).map_err(raised)?;
        answers.map(|answers| answers.into_python(py)).transpose()
    }

    /// Rows that were read.
    #[getter]
    fn rows(&self, py: Python<'_>) -> usize {
        py.detach(|| self.state().stream.len())
    }

    /// Columns of a row: targets, then covariates.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.spec.channels.clone()
    }

    /// The name of the series.
    #[getter]
    fn series(&self) -> String {
        self.series.clone()
    }

    /// Where it stands, as bytes.
    fn save<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| {
            let state = self.state();
            let mut bytes = serde_json::to_vec(&state.clock).map_err(|e| raised(Error::new(Kind::Io, e.to_string())))?;
            bytes.push(b'\n');
            bytes.extend(state.stream.save());
            PyResult::Ok(bytes)
        })?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Goes on where `save` left off.
    fn restore(&self, py: Python<'_>, bytes: &[u8]) -> PyResult<()> {
        py.detach(|| {
            let foreign = || Error::data("these bytes are no state of a stream").help("give what save() of a stream gave");
            let line = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(foreign)?;
            let clock: Clock = serde_json::from_slice(&bytes[..line]).map_err(|_| foreign())?;
            let mut state = self.state();
            state.stream.restore(&bytes[line + 1..])?;
            state.clock = clock;
            Ok::<(), Error>(())
        })
        .map_err(raised)
    }

    /// All that a copy is made of, beside where it stands: the model file, what is known of its tables, the series.
    fn parts<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyBytes>, String, String)> {
        let spec = serde_json::to_string(&self.spec).map_err(|e| raised(Error::new(Kind::Io, e.to_string())))?;
        Ok((PyBytes::new(py, &self.model), spec, self.series.clone()))
    }

    /// A stream that has read nothing yet, out of its parts.
    #[staticmethod]
    fn of_parts(py: Python<'_>, model: Vec<u8>, spec: &str, series: String) -> PyResult<Self> {
        let cpu = kernels(None)?;
        py.detach(|| {
            let damaged = |reason: String| Error::data(format!("<pickle>: what it says of its table cannot be read: {reason}"));
            let spec: DataSpec = serde_json::from_str(spec).map_err(|e| damaged(e.to_string()))?;
            spec.check().map_err(damaged)?;
            Self::new(model, spec, series, cpu)
        })
        .map_err(raised)
    }
}

impl Fitted {
    /// The bytes of the model file.
    fn bytes(&self) -> PyResult<Vec<u8>> {
        let spec: Value = self.spec_value()?;
        Ok(self.forecaster().to_bytes(&spec))
    }
}
