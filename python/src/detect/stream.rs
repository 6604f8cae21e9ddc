//! Rows one at a time: each is read as the rows of a table are, and scored by those before it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gatewise::data::{DataError, RowReader, Spans};
use gatewise::detect::{Cause, Fleet, Reading};
use gatewise::format::ModelFile;
use gatewise::{Error, Kind};
use gatewise_report::detect::{Names, alert};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::Value;

use super::Setup;
use super::scan::{failed, fraction, known, names, single};
use super::settings::Settings;
use super::source::{Head, Source};
use crate::errors::raised;
use crate::settings::Settings as _;
use crate::watch::to_python;

/// A head as JSON.
pub fn written(head: &Head) -> PyResult<String> {
    serde_json::to_string(head).map_err(|e| raised(Error::new(Kind::Io, e.to_string())))
}

/// A head out of JSON.
pub fn head(text: &str) -> PyResult<Head> {
    serde_json::from_str(text).map_err(|e| raised(Error::data(format!("<pickle>: its first rows cannot be read: {e}"))))
}

/// A cell as Python has it.
#[derive(FromPyObject)]
pub enum Cell {
    Text(String),
    Number(f64),
}

impl Cell {
    /// As a table in memory has it.
    fn text(cell: Option<Self>) -> String {
        match cell {
            None => String::new(),
            Some(Self::Text(text)) => text.replace(['\n', '\r'], " "),
            Some(Self::Number(number)) if number.is_nan() => String::new(),
            Some(Self::Number(number)) => number.to_string(),
        }
    }
}

/// Rows that come one at a time.
#[pyclass(frozen, module = "gatewise._gatewise", name = "_DetectorStream")]
pub struct Stream {
    state: Mutex<State>,
    head: Head,
    ignore: Option<PathBuf>,
    learn: bool,
}

struct State {
    fleet: Fleet,
    reader: RowReader,
    spans: Option<Spans>,
    names: Names,
    /// Series that came in this stream.
    seen: HashSet<String>,
    rows: u64,
}

/// What is said of a row.
struct Said {
    score: f64,
    threshold: f64,
    anomaly: bool,
    alarm: bool,
    ignored: bool,
    expected: Vec<f64>,
    /// Who is to blame.
    channels: Value,
    /// Rows that are missing before it.
    missing: u64,
}

impl Stream {
    /// Of a fleet that has seen the rows before, whose rows are laid out as those of `head`.
    pub fn new(mut fleet: Fleet, head: Head, ignore: Option<PathBuf>, learn: bool) -> PyResult<Self> {
        // Known maintenance is written as the first rows write their times.
        let spans = match &ignore {
            Some(path) => Some(head.open().and_then(|reader| Ok(reader.read_spans(path)?)).map_err(raised)?),
            None => None,
        };
        let reader = head.reader().map_err(raised)?;
        fleet.set_learning(learn);
        let names = names(&reader);
        let state = State { fleet, reader, spans, names, seen: HashSet::new(), rows: 0 };
        Ok(Self { state: Mutex::new(state), head, ignore, learn })
    }

    /// What goes on from row to row. Whoever waits for it must not hold up Python, which who has it may wait for.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn update(&mut self, cells: &[String]) -> PyResult<Said> {
        let Self { fleet, reader, spans, names, seen, rows } = self;
        reader.push_row(cells);
        let number = *rows + 1;
        let row = reader.next_row().map_err(|error| raised(about(error, number)))?;
        let Some(row) = row else { return Err(raised(Error::new(Kind::Io, "the row is not there"))) };
        let time = row.seconds.map(|seconds| (seconds, row.nanos));
        let place = fleet.series(row.id).map_err(|e| raised(e.about("row", number)))?;
        if !seen.contains(row.id) {
            fleet.resume(place, time);
            seen.insert(row.id.to_owned());
        }
        let states: Vec<Option<&str>> = row.states().collect();
        let (ignored, known_hole) = known(spans.as_mut(), row.id, time, fleet.rows_of(place), fleet.last_time(place));
        let reading = Reading { time, values: row.values, states: &states, ignored, known_hole };
        let judged = fleet.push(place, &reading).map_err(|error| failed(&error))?;
        *rows = number;
        let channels = if judged.verdict.anomaly { alert("", None, &judged, names)["channels"].take() } else { Value::Array(Vec::new()) };
        Ok(Said {
            score: fraction(judged.verdict.score),
            threshold: fraction(judged.verdict.threshold),
            anomaly: judged.verdict.anomaly,
            alarm: judged.verdict.alarm,
            ignored,
            expected: judged.expected.iter().map(|value| single(*value)).collect(),
            channels: blamed(channels, judged.causes, names),
            missing: judged.hole.map_or(0, |hole| hole.missing),
        })
    }
}

/// The columns to blame alone, of all that an alert names.
fn blamed(channels: Value, causes: &[Cause], names: &Names) -> Value {
    let Value::Array(all) = channels else { return channels };
    let name = |cause: &Cause| match cause {
        Cause::Value(blame) => &names.columns[blame.channel],
        Cause::State { column, .. } => &names.columns[names.values + column],
        Cause::Missing { column, .. } => &names.columns[*column],
    };
    let own: HashSet<&str> = causes.iter().map(|cause| name(cause).as_str()).collect();
    all.into_iter().filter(|channel| channel["name"].as_str().is_some_and(|name| own.contains(name))).collect()
}

/// An error of a row, which has a number and no line.
fn about(mut error: DataError, row: u64) -> DataError {
    if let DataError::Invalid { path, finding, .. } = &mut error {
        *path = format!("row {row}");
        finding.line = None;
    }
    error
}

/// Score, threshold, whether it is an anomaly, expected values, whether it is an alarm, columns to blame, rows missing before it, whether
/// it is known maintenance.
type Told<'py> = (f64, f64, bool, Vec<f64>, bool, Bound<'py, PyAny>, u64, bool);

/// Names of all columns, of those that a row has to have, of the channels, and of those that tell when a row is.
type Layout = (Vec<String>, Vec<String>, Vec<String>, Vec<String>);

/// Detector, layout, file of known maintenance, whether it learns, series that came, rows that did.
type Parts<'py> = (Bound<'py, PyBytes>, String, Option<PathBuf>, bool, Vec<String>, u64);

#[pymethods]
impl Stream {
    /// A stream that has learned nothing yet, whose rows are laid out as those of a table.
    #[staticmethod]
    fn start(py: Python<'_>, table: &Bound<'_, PyAny>, label: &str, settings: &str) -> PyResult<Self> {
        let (source, settings) = (Source::of(table, label)?, Settings::of(settings)?);
        py.detach(|| {
            let Setup { options, fleet, .. } = Setup::of(&source, &settings)?;
            Self::new(fleet, source.head(&options).map_err(raised)?, settings.ignore().cloned(), true)
        })
    }

    /// Scores a row, whose cells are in the order of all columns, and takes it in.
    fn update<'py>(&self, py: Python<'py>, cells: Vec<Option<Cell>>) -> PyResult<Told<'py>> {
        let cells: Vec<String> = cells.into_iter().map(Cell::text).collect();
        let said = py.detach(|| self.state().update(&cells))?;
        let channels = to_python(py, &said.channels)?;
        Ok((said.score, said.threshold, said.anomaly, said.expected, said.alarm, channels, said.missing, said.ignored))
    }

    /// Names of all columns, of those that a row has to have, of the channels, and of those that tell when a row is.
    fn layout(&self, py: Python<'_>) -> Layout {
        py.detach(|| {
            let state = self.state();
            let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
            let reader = &state.reader;
            let needed = [reader.time_columns(), reader.id_columns(), reader.channels(), reader.state_columns()].concat();
            (reader.columns().to_vec(), owned(needed), owned(reader.channels()), owned(reader.time_columns()))
        })
    }

    /// Rows that came.
    #[getter]
    fn rows(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.state().rows)
    }

    /// The score from which the next row would be an anomaly; of several series, the median.
    #[getter]
    fn threshold(&self, py: Python<'_>) -> f64 {
        py.detach(|| fraction(self.state().fleet.threshold()))
    }

    /// All that the stream is: the detector as bytes, the layout as JSON, the file of known maintenance, whether it learns, the series that
    /// came, and how many rows did.
    fn parts<'py>(&self, py: Python<'py>) -> PyResult<Parts<'py>> {
        let (bytes, head, seen, rows) = py.detach(|| -> PyResult<_> {
            let state = self.state();
            let mut seen: Vec<String> = state.seen.iter().cloned().collect();
            seen.sort_unstable();
            Ok((state.fleet.to_bytes(&Value::Null), written(&self.head)?, seen, state.rows))
        })?;
        Ok((PyBytes::new(py, &bytes), head, self.ignore.clone(), self.learn, seen, rows))
    }

    /// A stream out of its parts.
    #[staticmethod]
    fn of_parts(
        py: Python<'_>,
        bytes: &[u8],
        head: &str,
        ignore: Option<PathBuf>,
        learn: bool,
        seen: Vec<String>,
        rows: u64,
    ) -> PyResult<Self> {
        py.detach(|| {
            let file = ModelFile::of_bytes(Path::new("<pickle>"), bytes).map_err(raised)?;
            let (fleet, _) = Fleet::of_file(file).map_err(raised)?;
            let stream = Self::new(fleet, self::head(head)?, ignore, learn)?;
            {
                let mut state = stream.state();
                (state.seen, state.rows) = (seen.into_iter().collect(), rows);
            }
            Ok(stream)
        })
    }
}
