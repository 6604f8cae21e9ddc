//! Detectors of anomalies: rows of tables scored as the command line scores them, and rows one at a time.

mod scan;
mod settings;
mod source;
mod stream;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gatewise::data::{Choice, RowOptions, RowReader, Severity, Spans};
use gatewise::detect::{DataSpec, DetectError, Fleet, Plan, TableShape, check_rate};
use gatewise::format::ModelFile;
use gatewise::{Error, Kind};
use gatewise_report::detect::{DetectReport, metric_rows, metrics_json, render_detect};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde_json::{Value, json};

use crate::attend::attended;
use crate::errors::{in_page, raised, refused};
use crate::model::opened;
use crate::settings::Settings as _;
use crate::told::{choices, finding, line, said};
use crate::watch::to_python;
use scan::{Found, Stop};
pub use settings::Settings;
use source::{Head, Source};

/// Lines of a file of known maintenance that are told of one by one.
const SAID: usize = 8;

fn usage(error: &DetectError) -> PyErr {
    raised(Error::usage(error.to_string()))
}

/// Settings that do not fit the table, which the engine calls by the names of its own.
fn unfit(error: Error) -> PyErr {
    let text = error.to_string();
    match text.strip_prefix("`seasons`") {
        Some(rest) => refused("season", &format!("season{rest}"), error.remedy()),
        None => raised(error),
    }
}

/// What became of the spans of known maintenance.
fn notes_on_spans(spans: &Spans) -> Vec<Value> {
    let path = spans.path();
    let rows: u64 = spans.spans().iter().map(|span| span.rows).sum();
    let count = spans.spans().len();
    let first =
        said(Severity::Note, &format!("{rows} rows lie in the {count} spans of {path}: they raise nothing and are not learned from"));
    let unmatched = |span: &gatewise::data::Span| format!("{path}:{}: no row lies in \"{}\"", span.line, span.text);
    let mut notes: Vec<Value> =
        std::iter::once(first).chain(spans.unmatched().take(SAID).map(|s| said(Severity::Warning, &unmatched(s)))).collect();
    let more = spans.unmatched().count().saturating_sub(SAID);
    notes.extend((more > 0).then(|| said(Severity::Warning, &format!("{path}: nor in {more} more"))));
    notes
}

/// A detector that was made for a table, which is yet to be gone through.
struct Setup {
    reader: RowReader,
    options: RowOptions,
    choices: Vec<Choice>,
    notes: Vec<Value>,
    spans: Option<Spans>,
    fleet: Fleet,
}

impl Setup {
    fn of(source: &Source, settings: &Settings) -> PyResult<Self> {
        let options = settings.rows();
        let reader = source.open(&options).map_err(raised)?;
        let plan = Plan::new(&TableShape::from(&reader), settings.options(), || source.rows()).map_err(unfit)?;
        let spans = spans(&reader, settings)?;
        let notes = reader.findings().iter().map(|found| finding(reader.path(), found)).collect();
        let choices = [reader.guesses(), &plan.choices].concat();
        let fleet = Fleet::new(&plan.config).map_err(|error| usage(&error))?;
        Ok(Self { reader, options, choices, notes, spans, fleet })
    }

    /// Learns from every row; gives the time of the last one.
    fn learn(&mut self) -> PyResult<Option<i64>> {
        let (mut stop, mut failure) = (Stop::new(), None);
        let mut asked = || {
            failure = stop.check().err();
            failure.is_some()
        };
        // Spans count the rows that lie in them: those of the pass that marks rows are the ones that are told of.
        let mut spans = self.spans.clone();
        let last = self.fleet.learn(&mut self.reader, spans.as_mut(), &mut asked);
        match failure {
            Some(failure) => Err(failure),
            None => last.map_err(raised),
        }
    }
}

fn spans(reader: &RowReader, settings: &Settings) -> PyResult<Option<Spans>> {
    settings.ignore().map(|path| reader.read_spans(path).map_err(raised)).transpose()
}

/// What is known of a pass over rows, beside the table.
fn details(found: &Found, fleet: &Fleet, reader: &RowReader, spans: Option<&Spans>) -> Value {
    let outcome = found.outcome(fleet);
    let mut notes: Vec<Value> = spans.into_iter().flat_map(notes_on_spans).collect();
    notes.extend(outcome.notes(reader).iter().map(|text| line(text)));
    notes.extend(found.label_note.iter().map(|text| said(Severity::Note, text)));
    let event = |mut event: Value| {
        event.as_object_mut().map(|fields| fields.remove("event"));
        event
    };
    json!({
        "notes": notes,
        "verdict": outcome.verdict(),
        "events": found.events.iter().map(|one| event(one.json())).collect::<Vec<_>>(),
        "metrics": found.metrics.as_ref().map(|metrics| event(metrics_json(metrics))),
        "threshold": fleet.threshold(),
        "rows": found.rows,
        "series": found.series.len(),
    })
}

/// The table of scores as columns: those of the input by their names, then those that are added.
fn into_python<'py>(py: Python<'py>, found: Found, reader: &RowReader) -> PyResult<Bound<'py, PyDict>> {
    let (scores, table) = (found.scores, PyDict::new(py));
    let (times, ids, channels) = (reader.time_columns(), reader.id_columns(), reader.channels());
    let (input, added) = (PyDict::new(py), PyDict::new(py));
    if let Some(numbers) = scores.numbers {
        table.set_item("numbers", PyArray1::from_vec(py, numbers))?;
    }
    match scores.cells {
        Some(cells) => {
            for (name, texts) in times.iter().chain(&ids).zip(cells.before) {
                input.set_item(name, texts)?;
            }
            for (name, values) in channels.iter().zip(cells.values) {
                input.set_item(name, PyArray1::from_vec(py, values))?;
            }
            for (name, texts) in reader.state_columns().iter().zip(cells.states) {
                input.set_item(name, texts)?;
            }
        }
        None => {
            for name in times.into_iter().chain(ids).chain(channels.iter().copied()).chain(reader.state_columns()) {
                input.set_item(name, py.None())?;
            }
        }
    }
    added.set_item("score", PyArray1::from_vec(py, scores.score))?;
    added.set_item("threshold", PyArray1::from_vec(py, scores.threshold))?;
    added.set_item("is_anomaly", PyArray1::from_vec(py, scores.anomaly))?;
    for (name, values) in channels.iter().zip(scores.expected) {
        let heading = if channels.len() == 1 { "expected".to_owned() } else { format!("expected_{name}") };
        added.set_item(heading, PyArray1::from_vec(py, values))?;
    }
    if let Some(ignored) = scores.ignored {
        added.set_item("ignored", PyArray1::from_vec(py, ignored))?;
    }
    table.set_item("input", input)?;
    table.set_item("added", added)?;
    Ok(table)
}

/// A detector that has learned from rows.
#[pyclass(frozen, module = "gatewise._gatewise", name = "_Detector")]
pub struct Fitted {
    kept: Mutex<Kept>,
    /// The first rows of the table that was learned from; none of a detector that was read from a file.
    head: Option<Head>,
    /// What the page shows; none where no rows were marked.
    report: Option<Box<DetectReport>>,
}

struct Kept {
    fleet: Fleet,
    spec: DataSpec,
}

/// A copy of a fleet.
fn copy(fleet: &Fleet) -> PyResult<Fleet> {
    let bytes = fleet.to_bytes(&Value::Null);
    let file = ModelFile::of_bytes(Path::new("<copy>"), &bytes).map_err(raised)?;
    Ok(Fleet::of_file(file).map_err(raised)?.0)
}

/// A fleet out of a model file, and what it keeps of its table.
fn of_file(file: ModelFile) -> PyResult<Kept> {
    let path = file.path().to_owned();
    let (fleet, data) = Fleet::of_file(file).map_err(raised)?;
    let damaged = |reason: String| {
        let message = format!("{}: what it says of its table cannot be read: {reason}", path.display());
        raised(Error::data(message).help("train the model anew"))
    };
    Ok(Kept { fleet, spec: serde_json::from_value(data).map_err(|e| damaged(e.to_string()))? })
}

impl Kept {
    fn to_bytes(&self) -> PyResult<Vec<u8>> {
        Ok(self.fleet.to_bytes(&self.data()?))
    }

    fn data(&self) -> PyResult<Value> {
        serde_json::to_value(&self.spec).map_err(|e| raised(Error::new(Kind::Io, e.to_string())))
    }

    /// How rows of another table are read, where `settings` do not say otherwise as the own ones were, and a reader of them.
    fn open(&self, source: &Source, settings: &Settings) -> PyResult<(RowReader, RowOptions)> {
        let options = self.spec.options(settings.rows());
        let reader = source.open(&options).map_err(raised)?;
        for (what, flag, found, expected) in [
            ("columns", "target", reader.channels(), &self.spec.channels),
            ("columns of states", "states", reader.state_columns(), &self.spec.states),
        ] {
            if found.len() != expected.len() {
                let (found, count, names) = (found.len(), expected.len(), expected.join(", "));
                let message = format!("{}: {found} {what} to watch, the model watches {count}: {names}", reader.path());
                return Err(raised(Error::data(message).help(format!("name as many with ⦃{flag}⦄"))));
            }
        }
        Ok((reader, options))
    }
}

/// Sets the rate of false alarms, where another one is given.
fn set_rate(fleet: &mut Fleet, settings: &Settings) -> PyResult<()> {
    let own = fleet.config().detect.rate;
    if let Some(rate) = settings.options().false_alarms.filter(|rate| *rate != own) {
        fleet.set_rate(check_rate("false-alarms", rate, rate).map_err(raised)?);
    }
    Ok(())
}

impl Fitted {
    /// What was learned. Whoever waits for it must not hold up Python, which who has it may wait for.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Fitted {
    /// Learns from a table. `settings` are JSON, `label` names a table that has no path.
    #[staticmethod]
    fn fit<'py>(py: Python<'py>, table: &Bound<'py, PyAny>, label: &str, settings: &str) -> PyResult<(Self, Bound<'py, PyAny>)> {
        let (source, settings) = (Source::of(table, label)?, Settings::of(settings)?);
        let (fitted, told) = attended(py, None, move |_| {
            let mut setup = Setup::of(&source, &settings)?;
            let last = setup.learn()?;
            let Setup { reader, options, fleet, .. } = setup;
            let told = json!({
                "choices": choices(&setup.choices), "notes": setup.notes, "threshold": fleet.threshold(), "rows": fleet.rows(),
                "series": fleet.names().len(),
            });
            let spec = DataSpec { last, ..DataSpec::of(&reader, &options) };
            let head = source.head(&options).map_err(raised)?;
            Ok((Self { kept: Mutex::new(Kept { fleet, spec }), head: Some(head), report: None }, told))
        })?;
        Ok((fitted, to_python(py, &told)?))
    }

    /// Learns from a table and marks its own anomalies; gives the detector, the table of scores, and what is known of both.
    #[staticmethod]
    fn detect<'py>(
        py: Python<'py>,
        table: &Bound<'py, PyAny>,
        label: &str,
        settings: &str,
        command: String,
    ) -> PyResult<(Self, Bound<'py, PyDict>, Bound<'py, PyAny>)> {
        let (source, settings) = (Source::of(table, label)?, Settings::of(settings)?);
        let (fitted, found, reader, told) = attended(py, None, move |_| {
            let mut setup = Setup::of(&source, &settings)?;
            if !settings.online() {
                setup.learn()?;
                setup.fleet.review();
                setup.reader = source.open(&setup.options).map_err(raised)?;
            }
            let Setup { mut reader, options, choices: guesses, mut notes, mut spans, mut fleet } = setup;
            let found = Found::of(&mut fleet, &mut reader, spans.as_mut(), false, source.is_file())?;
            fleet.set_learning(true);
            let mut told = details(&found, &fleet, &reader, spans.as_ref());
            told["choices"] = choices(&guesses);
            if let Value::Array(more) = told["notes"].take() {
                notes.extend(more);
            }
            told["notes"] = notes.into();
            let report = DetectReport {
                title: Path::new(reader.path()).file_name().unwrap_or(reader.path().as_ref()).to_string_lossy().into_owned(),
                command,
                verdict: found.outcome(&fleet).verdict(),
                facts: found.outcome(&fleet).facts(settings.online()),
                guesses,
                metrics: found.metrics.map(metric_rows).unwrap_or_default(),
                panels: found.charts.panels(found.names.by_series.then_some(&found.series[..]), &reader.channels()),
                by_series: found.names.by_series,
                events: found.events.iter().map(|event| event.cells()).collect(),
            };
            let spec = DataSpec { last: found.last, ..DataSpec::of(&reader, &options) };
            let head = source.head(&options).map_err(raised)?;
            let fitted = Self { kept: Mutex::new(Kept { fleet, spec }), head: Some(head), report: Some(Box::new(report)) };
            Ok((fitted, found, reader, told))
        })?;
        Ok((fitted, into_python(py, found, &reader)?, to_python(py, &told)?))
    }

    /// Scores the rows of another table, each by those before it and by what was learned; gives the table of scores and what is known of
    /// it. With `learn` rows are learned from as they come; with `keep` this detector goes on from them.
    fn predict<'py>(
        slf: Py<Self>,
        py: Python<'py>,
        table: &Bound<'py, PyAny>,
        label: &str,
        settings: &str,
        learn: bool,
        keep: bool,
    ) -> PyResult<(Bound<'py, PyDict>, Bound<'py, PyAny>)> {
        let (source, settings) = (Source::of(table, label)?, Settings::of(settings)?);
        let (found, reader, told) = attended(py, None, move |_| {
            let own = slf.get();
            let (mut fleet, (mut reader, options)) = {
                let kept = own.kept();
                (copy(&kept.fleet)?, kept.open(&source, &settings)?)
            };
            let mut spans = spans(&reader, &settings)?;
            set_rate(&mut fleet, &settings)?;
            fleet.set_learning(learn);
            let found = Found::of(&mut fleet, &mut reader, spans.as_mut(), true, source.is_file())?;
            fleet.set_learning(true);
            let told = details(&found, &fleet, &reader, spans.as_ref());
            if keep {
                *own.kept() = Kept { fleet, spec: DataSpec { last: found.last, ..DataSpec::of(&reader, &options) } };
            }
            Ok((found, reader, told))
        })?;
        Ok((into_python(py, found, &reader)?, to_python(py, &told)?))
    }

    /// A stream of rows that goes on where the rows of this detector ended. `table` tells how its rows are laid out; None for that which
    /// was learned from.
    fn stream(
        &self,
        py: Python<'_>,
        table: Option<&Bound<'_, PyAny>>,
        label: &str,
        settings: &str,
        learn: bool,
    ) -> PyResult<Option<stream::Stream>> {
        let (source, settings) = (table.map(|table| Source::of(table, label)).transpose()?, Settings::of(settings)?);
        py.detach(|| {
            let kept = self.kept();
            let head = match &source {
                Some(source) => {
                    let (_, options) = kept.open(source, &settings)?;
                    source.head(&options).map_err(raised)?
                }
                None => match &self.head {
                    Some(head) => head.clone(),
                    None => return Ok(None),
                },
            };
            let mut fleet = copy(&kept.fleet)?;
            set_rate(&mut fleet, &settings)?;
            stream::Stream::new(fleet, head, settings.ignore().cloned(), learn).map(Some)
        })
    }

    /// The page; None where no rows were marked.
    fn page(&self, py: Python<'_>) -> Option<String> {
        let report = self.report.as_deref()?;
        Some(py.detach(|| in_page(&render_detect(report))))
    }

    /// The bytes of the model file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.kept().to_bytes())?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The first rows of the table that was learned from, as JSON; None of a detector that was read from a file.
    fn head(&self, py: Python<'_>) -> PyResult<Option<String>> {
        py.detach(|| self.head.as_ref().map(stream::written).transpose())
    }

    /// Out of the bytes of a model file, and the first rows of its table.
    #[staticmethod]
    fn of_bytes(py: Python<'_>, bytes: &[u8], head: Option<&str>) -> PyResult<Self> {
        py.detach(|| {
            let kept = of_file(ModelFile::of_bytes(Path::new("<pickle>"), bytes).map_err(raised)?)?;
            Ok(Self { kept: Mutex::new(kept), head: head.map(stream::head).transpose()?, report: None })
        })
    }

    /// Writes the model file, beside its place first and then renamed.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| {
            let kept = self.kept();
            kept.fleet.save(&path, &kept.data()?).map_err(raised)
        })
    }

    /// Reads a model file, or that of a run folder.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        py.detach(|| {
            let file = opened(&path).map_err(raised)?;
            Ok(Self { kept: Mutex::new(of_file(file)?), head: None, report: None })
        })
    }

    /// What is watched, and how.
    fn about<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let about = py.detach(|| {
            let kept = self.kept();
            json!({
                "config": kept.fleet.config(),
                "rows": kept.fleet.rows(),
                "series": kept.fleet.names(),
                "threshold": kept.fleet.threshold(),
                "table": kept.spec,
            })
        });
        to_python(py, &about)
    }
}

/// Adds the detector to a module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Fitted>()?;
    module.add_class::<stream::Stream>()?;
    Ok(())
}
