//! Forecasters of tables: fit, predict, evaluate, save and load, as the command line does each.

mod answers;
mod backtest;
mod base;
mod checkpoint;
mod settings;
mod stream;
mod table;
mod training;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gatewise::data::{ReadOptions, Severity};
use gatewise::forecast::{DataSpec, Forecaster, Outlier, Outliers, Table, TestOptions, TestWindows, prepend};
use gatewise::{Error, Kind, Precision};
use gatewise_report::forecast::{ForecastReport, render_forecast, score};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde_json::{Value, json};

use crate::attend::attended;
use crate::errors::{in_page, raised};
use crate::model::opened;
use crate::settings::{Settings as _, kernels};
use crate::told::{finding, said};
use crate::watch::{self, Watch};
use answers::Answers;
use base::Base;
pub use settings::Settings;
use table::{Given, ReadTable};
use training::{Work, left_out, train};

/// Errors, the same as text, forecasts, and what is to be said.
type Evaluated<'py> = (Bound<'py, PyAny>, String, Bound<'py, PyDict>, Bound<'py, PyAny>);

/// A forecaster that was trained.
#[pyclass(frozen, module = "gatewise._gatewise", name = "_Forecaster")]
pub struct Fitted {
    forecaster: Mutex<Forecaster>,
    spec: DataSpec,
    /// What the page shows of the training; none of a model that was read from a file.
    report: Option<Box<ForecastReport>>,
}

impl Fitted {
    /// The forecaster. Whoever waits for it must not hold up Python, which who has it may wait for.
    fn forecaster(&self) -> MutexGuard<'_, Forecaster> {
        self.forecaster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a table as the model's own was read, where `settings` do not say otherwise, and checks that the model fits it.
    fn dataset(&self, given: &Given, label: &str, settings: &Settings) -> Result<ReadTable, Error> {
        let mut base = ReadOptions { ahead: self.forecaster().config().horizon, ..self.spec.options() };
        if settings.names_targets() && settings.reading(ReadOptions::default()).target != base.target {
            // Other targets come with other covariates, or none.
            (base.covariates, base.future) = (Vec::new(), Vec::new());
        }
        let dataset = given.read(label, &settings.reading(base))?;
        let mut notes: Vec<Value> = dataset.findings.iter().map(|found| finding(&dataset.path, found)).collect();
        let forecaster = self.forecaster();
        forecaster.check(&forecaster.looked_back_on(Table::of(&dataset)))?;
        if forecaster.config().outliers == Outliers::Replace
            && let Some(told) = Outlier::tell(&Table::of(&dataset).less(forecaster.effects()).outliers(), &dataset)
        {
            notes.push(said(Severity::Note, &format!("in what is looked back on {told}")));
        }
        if dataset.frequency != self.spec.frequency {
            let text = format!("the data are {}, the model was trained on {} ones (freq)", dataset.frequency, self.spec.frequency);
            notes.push(said(Severity::Warning, &text));
        }
        Ok(ReadTable { dataset, notes })
    }

    fn spec_value(&self) -> PyResult<Value> {
        serde_json::to_value(&self.spec).map_err(|e| raised(Error::new(Kind::Io, e.to_string())))
    }
}

#[pymethods]
impl Fitted {
    /// Trains on a table; gives the forecaster, its forecast beyond the end, and what is known of both. `base` has the weights that it begins
    /// with, `checkpoint` names the folder from which it goes on.
    #[staticmethod]
    #[pyo3(signature = (table, settings, base, checkpoint, callback, command, created))]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword argument in Python")]
    fn fit<'py>(
        py: Python<'py>,
        table: &Bound<'py, ReadTable>,
        settings: &str,
        base: Option<base::Given>,
        checkpoint: Option<PathBuf>,
        callback: Option<Py<PyAny>>,
        command: String,
        created: String,
    ) -> PyResult<(Self, Bound<'py, PyDict>, Bound<'py, PyAny>)> {
        let settings = Settings::of(settings)?;
        let (cpu, table) = (kernels(settings.options().training.threads)?, table.clone().unbind());
        let outcome = attended(py, callback.as_ref(), move |caller| {
            let base = Base::of(base, &cpu).map_err(raised)?;
            let work = Work { dataset: &table.get().dataset, settings: &settings, base: &base, checkpoint, command, created };
            train(work, &cpu, &mut Watch::new(caller))
        })?;
        let details = watch::to_python(py, &outcome.details)?;
        let fitted = Self { forecaster: Mutex::new(outcome.forecaster), spec: outcome.spec, report: Some(Box::new(outcome.report)) };
        Ok((fitted, outcome.answers.into_python(py)?, details))
    }

    /// Reads a table for this model.
    fn read(slf: Py<Self>, py: Python<'_>, table: &Bound<'_, PyAny>, label: String, settings: &str) -> PyResult<ReadTable> {
        let (given, settings) = (Given::of(table)?, Settings::of(settings)?);
        attended(py, None, move |_| slf.get().dataset(&given, &label, &settings).map_err(raised))
    }

    /// Forecasts beyond the end of every series of a table; gives them and what is to be said.
    fn predict<'py>(
        slf: Py<Self>,
        py: Python<'py>,
        table: &Bound<'py, ReadTable>,
        settings: &str,
    ) -> PyResult<(Bound<'py, PyDict>, Bound<'py, PyAny>)> {
        let (cpu, table) = (kernels(Settings::of(settings)?.options().training.threads)?, table.clone().unbind());
        let (answers, notes) = attended(py, None, move |_| {
            let (dataset, mut forecaster) = (&table.get().dataset, slf.get().forecaster());
            forecaster.set_precision(Precision::F32);
            let levels = forecaster.config().quantiles.clone();
            let mut answers = Answers::new(dataset, &levels);
            let short =
                forecaster.predict_table(&cpu, &Table::of(dataset), &mut |forecast| answers.add(dataset, forecast)).map_err(raised)?;
            Ok((answers, left_out(short, forecaster.least_rows())))
        })?;
        Ok((answers.into_python(py)?, watch::to_python(py, &notes.into_iter().collect())?))
    }

    /// Holds forecasts of a table's last rows, or of those from `test_from` to `test_to`, against the truth; gives the errors, the same as
    /// text, the forecasts and what is to be said.
    #[pyo3(signature = (table, settings, history, test_from, test_to, rolling, stride))]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword argument in Python")]
    fn evaluate<'py>(
        slf: Py<Self>,
        py: Python<'py>,
        table: &Bound<'py, ReadTable>,
        settings: &str,
        history: Option<Bound<'py, ReadTable>>,
        test_from: Option<String>,
        test_to: Option<String>,
        rolling: bool,
        stride: usize,
    ) -> PyResult<Evaluated<'py>> {
        let cpu = kernels(Settings::of(settings)?.options().training.threads)?;
        let (table, history) = (table.clone().unbind(), history.map(Bound::unbind));
        let evaluated = move || -> Result<_, Error> {
            let (given, before) = (&table.get().dataset, history.as_ref().map(|table| &table.get().dataset));
            let (spec, mut forecaster) = (&slf.get().spec, slf.get().forecaster());
            forecaster.set_precision(Precision::F32);
            let mut joined;
            let (mut dataset, mut starts) = (given, None);
            if let Some(before) = before {
                joined = given.clone();
                starts = Some(prepend(&mut joined, before.clone())?);
                dataset = &joined;
                forecaster.check(&forecaster.looked_back_on(Table::of(dataset)))?;
            }
            let options = TestOptions { from: test_from, to: test_to, rolling, stride, starts };
            let test = TestWindows::of(dataset, &forecaster, spec, &options)?;
            let levels = forecaster.config().quantiles.clone();
            let answers = Answers::new(dataset, &levels);
            let mut answers = if rolling { answers.with_cutoffs() } else { answers };
            let score = forecaster.evaluate(&cpu, &Table::of(dataset), &test, &mut |forecast| answers.add(dataset, forecast))?;
            let seen = spec.seen_in(dataset, |s| test.parts[s].start);
            Ok((score, answers, seen, dataset.series.len()))
        };
        let (score, answers, seen, series) = attended(py, None, move |_| evaluated().map_err(raised))?;
        let of = if series == 1 { String::new() } else { format!(" (in {seen} of {series} series)") };
        let trained =
            (seen > 0).then(|| format!("the model was trained on rows of this test part{of}: on new data its errors will be larger"));
        let warnings = trained.into_iter().chain(score::warnings(&score)).map(|text| said(Severity::Warning, &text));
        let notes = watch::to_python(py, &warnings.collect())?;
        let mut result = score::json(&score);
        result["seen_in_training"] = seen.into();
        Ok((watch::to_python(py, &result)?, score::text(&score), answers.into_python(py)?, notes))
    }

    /// The page of the training; None of a model that was read from a file.
    fn page(&self, py: Python<'_>) -> Option<String> {
        let report = self.report.as_deref()?;
        Some(py.detach(|| in_page(&render_forecast(report))))
    }

    /// The bytes of the model file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let spec = self.spec_value()?;
        let bytes = py.detach(|| self.forecaster().to_bytes(&spec));
        Ok(PyBytes::new(py, &bytes))
    }

    /// Writes the model file, beside its place first and then renamed.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let spec = self.spec_value()?;
        py.detach(|| self.forecaster().save(&path, &spec)).map_err(raised)
    }

    /// Reads a model file, or that of a run folder.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        py.detach(|| {
            let file = opened(&path).map_err(raised)?;
            let place = file.path().to_owned();
            let (forecaster, data) = Forecaster::of_file(file).map_err(raised)?;
            let damaged = |reason: String| {
                let message = format!("{}: what it says of its table cannot be read: {reason}", place.display());
                raised(Error::data(message).help("train the model anew"))
            };
            let spec: DataSpec = serde_json::from_value(data).map_err(|e| damaged(e.to_string()))?;
            spec.check().map_err(damaged)?;
            Ok(Self { forecaster: Mutex::new(forecaster), spec, report: None })
        })
    }

    /// What the model forecasts and how its table was read.
    fn about<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let about = py.detach(|| {
            let forecaster = self.forecaster();
            json!({
                "config": forecaster.config(),
                "networks": forecaster.members().len(),
                "parameters": forecaster.members().iter().map(|model| model.params().values.len()).sum::<usize>(),
                "table": self.spec,
            })
        });
        watch::to_python(py, &about)
    }
}

/// Adds the forecaster to a module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<ReadTable>()?;
    module.add_class::<Fitted>()?;
    module.add_class::<stream::Stream>()?;
    module.add_function(wrap_pyfunction!(table::_read_table, module)?)?;
    module.add_function(wrap_pyfunction!(backtest::_backtest, module)?)?;
    Ok(())
}
