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
use crate::attend::attended;
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
    let (cpu, table) = (kernels(settings.options().training.threads)?, table.clone().unbind());
    let (held, least) = (table.clone_ref(py), 2 * settings.options().horizon.unwrap_or_default());
    let options = BacktestOptions { windows, stride, refit };
    let (found, mut notes) = attended(py, callback.as_ref(), move |caller| {
        let (mut watch, dataset) = (Watch::new(caller), &held.get().dataset);
        let found = watch.session(&cpu, |session| Forecaster::backtest(dataset, settings.options(), &options, session))?;
        Ok((found.ok_or_else(stopped)?, watch.notes))
    })?;
    let dataset = &table.get().dataset;
    let mut answers = Answers::new(dataset, &found.quantiles).with_cutoffs().with_truth();
    for (forecast, came) in &found.forecasts {
        answers.add(dataset, forecast);
        answers.came(came, forecast.point.len());
    }
    notes.extend(left_out(found.short, least));
    notes.extend(score::warnings(&found.score).iter().map(|text| said(Severity::Warning, text)));
    let errors = watch::to_python(py, &score::json(&found.score))?;
    Ok((errors, score::text(&found.score), answers.into_python(py)?, watch::to_python(py, &Value::from(notes))?))
}
