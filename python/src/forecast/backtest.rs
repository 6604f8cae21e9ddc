//! Backtests: forecasts of the last rows of a table, by what is trained on the rows before them.

use gatewise::data::Severity;
use gatewise::forecast::{BacktestOptions, Forecaster};
use gatewise_report::forecast::score;
use pyo3::prelude::*;
use serde_json::Value;

use super::answers::Answers;
use super::table::ReadTable;
use super::training::left_out;
use super::{Evaluated, Settings};
use crate::settings::{Settings as _, kernels};
use crate::told::said;
use crate::watch::{self, Watch, stopped};

/// Trains on the rows before the last `windows` of a table, `stride` rows apart, and holds the forecasts against what came; anew for each with
/// `refit`.
#[pyfunction]
pub fn _backtest<'py>(
    py: Python<'py>,
    table: &Bound<'py, ReadTable>,
    settings: &str,
    windows: usize,
    stride: Option<usize>,
    refit: bool,
    callback: Option<Py<PyAny>>,
) -> PyResult<Evaluated<'py>> {
    let settings = Settings::of(settings)?;
    let (cpu, dataset) = (kernels(settings.options().training.threads)?, &table.get().dataset);
    let mut watch = Watch::new(callback);
    let options = BacktestOptions { windows, stride, refit };
    let found = py.detach(|| {
        watch.session(&cpu, |session| Forecaster::backtest(dataset, settings.options(), &options, session))?.ok_or_else(stopped)
    })?;
    let mut answers = Answers::new(dataset, &found.quantiles).with_cutoffs().with_truth();
    for (forecast, came) in &found.forecasts {
        answers.add(dataset, forecast);
        answers.came(came, forecast.point.len());
    }
    let mut notes = std::mem::take(&mut watch.notes);
    notes.extend(left_out(found.short, 2 * settings.options().horizon.unwrap_or_default()));
    notes.extend(score::warnings(&found.score).iter().map(|text| said(Severity::Warning, text)));
    let errors = watch::to_python(py, &score::json(&found.score))?;
    Ok((errors, score::text(&found.score), answers.into_python(py)?, watch::to_python(py, &Value::from(notes))?))
}
