//! A trained forecaster against rows whose truth is known, beside simple methods.

use std::collections::HashMap;
use std::ops::Range;

use gatewise_baselines::Method;
use gatewise_data::{Dataset, Series};
use gatewise_kernels::Cpu;

use super::combine::Candidate;
use super::metrics::Metrics;
use super::outputs::ChannelForecast;
use super::plan::Place;
use super::predict::Forecaster;
use super::score::{BASELINE, Score, Scorer};
use super::spec::DataSpec;
use super::table::Table;
use crate::error::Error;
use crate::evaluation::{Better, Evaluation, Measure};

/// Which rows of a table a forecaster is held against.
#[derive(Clone, Debug, Default)]
pub struct TestOptions {
    /// First of them: a time, or a row number from 1; none for the rows that the model was told of in training, else the last horizon.
    pub from: Option<String>,
    /// The first behind them; none for all to the end.
    pub to: Option<String>,
    /// Whether forecasts begin at every `stride`-th row, and not at the first alone.
    pub rolling: bool,
    /// Rows between two forecasts.
    pub stride: usize,
    /// Of each series its first row that is new, where [`prepend`] put others in front.
    pub starts: Option<Vec<usize>>,
}

/// The windows that a forecaster is held against.
#[derive(Clone, Debug)]
pub struct TestWindows {
    /// Rows of each series that are held against forecasts.
    pub parts: Vec<Range<usize>>,
    /// First rows of the forecasts of each series.
    pub origins: Vec<Vec<usize>>,
}

impl TestWindows {
    /// Those of a table that `options` name.
    ///
    /// # Errors
    /// Places that are none of the table's, rows that the model has seen, and rows too few for a window.
    pub fn of(dataset: &Dataset, forecaster: &Forecaster, spec: &DataSpec, options: &TestOptions) -> Result<Self, Error> {
        let parts = parts(dataset, forecaster.config().horizon, spec, options)?;
        let config = forecaster.config();
        let least = if forecaster.combination().is_some() { 1 } else { config.least_past() };
        let origins: Vec<Vec<usize>> = parts.iter().map(|part| origins(part, options, config.horizon, least)).collect();
        if origins.iter().all(Vec::is_empty) {
            let error = Error::data(format!(
                "no window of {} rows to look back on and {} to forecast lies in the test part",
                config.least_past(),
                config.horizon
            ));
            return Err(error.help("⦃test-from⦄ an earlier time, or ⦃history⦄ FILE with the rows before"));
        }
        Ok(Self { parts, origins })
    }
}

impl Forecaster {
    /// Forecasts every window of `test` and holds it against the truth, beside the seasonal-naive forecast and the last value; `each` sees
    /// every forecast.
    ///
    /// # Errors
    /// Windows behind which no truth lies.
    pub fn evaluate(
        &mut self,
        cpu: &Cpu,
        table: &Table<'_>,
        test: &TestWindows,
        each: &mut dyn FnMut(&ChannelForecast),
    ) -> Result<Score, Error> {
        // The truth is what it is; what is looked back on counts as in every forecast.
        let calm = self.looked_back_on(table.clone());
        let whole = calm.whole();
        let known = |s: usize| test.parts[s].start;
        let (season, quantiles) = (self.config().season, self.config().quantiles.clone());
        let (scales, mut scorer) = (self.scales_for(&calm, known), Scorer::new(season, &quantiles));
        self.forecast(cpu, &calm, &scales, &test.origins, &mut |forecast| {
            each(forecast);
            let series = &whole.series()[forecast.series];
            let last = series.at(series.known_until(forecast.channel, forecast.origin) - 1, forecast.channel);
            scorer.add(
                &whole,
                &forecast.truth(table),
                forecast,
                &[(Candidate::Method(Method::LastValue), &vec![last; forecast.point.len()])],
            );
        });
        scorer.finish(&whole, known).ok_or_else(|| Error::data("there is no truth to hold the forecasts against"))
    }
}

impl Score {
    /// As every task tells it: MASE, sMAPE, MAPE, MAE and RMSE of the forecast and of every simple method.
    pub fn evaluation(&self, part: &str) -> Evaluation {
        let simple = self.methods.iter().filter(|method| method.candidate.is_simple());
        let mut others: Vec<(String, &Metrics)> = simple.map(|method| (method.candidate.key(), &method.metrics)).collect();
        if self.baseline_stands_alone() {
            others.push((BASELINE.to_owned(), &self.baseline));
        }
        let measure = |key: &str, name: &str, of: &dyn Fn(&Metrics) -> Option<f64>| Measure {
            key: key.to_owned(),
            name: name.to_owned(),
            model: of(&self.model),
            baselines: others.iter().map(|(name, metrics)| (name.clone(), of(metrics))).collect(),
            better: Better::Lower,
        };
        Evaluation {
            part: part.to_owned(),
            count: self.windows as u64,
            unit: "windows".to_owned(),
            measures: vec![
                measure("mase", "MASE", &|m| m.mase),
                measure("smape", "sMAPE", &|m| Some(m.smape)),
                measure("mape", "MAPE", &|m| m.mape),
                measure("mae", "MAE", &|m| Some(m.mae)),
                measure("rmse", "RMSE", &|m| Some(m.rmse)),
            ],
        }
    }
}

/// First rows of the forecasts of a part: every stride, where all that is forecast lies in the part, or the first row of the part alone.
fn origins(part: &Range<usize>, options: &TestOptions, horizon: usize, least: usize) -> Vec<usize> {
    let Range { start, end } = *part;
    if options.rolling {
        // Origins without rows to look back on are left out in whole strides.
        (start..(end + 1).saturating_sub(horizon)).step_by(options.stride.max(1)).filter(|&origin| origin >= least).collect()
    } else if start < end && start >= least {
        vec![start]
    } else {
        Vec::new()
    }
}

/// The rows of each series that are held against the forecasts.
fn parts(dataset: &Dataset, horizon: usize, spec: &DataSpec, options: &TestOptions) -> Result<Vec<Range<usize>>, Error> {
    let place = |setting: &str, text: &Option<String>| text.as_deref().map(|text| Place::parse(dataset, setting, text)).transpose();
    // The test part of the training is that of its own table; on another one it may lie anywhere.
    let trained = spec.test_from.as_deref().and_then(|text| Place::parse(dataset, "⦃test-from⦄", text).ok());
    let (from, to) = (place("⦃test-from⦄", &options.from)?, place("⦃test-to⦄", &options.to)?);
    let part = |(s, series): (usize, &Series)| {
        let end = to.map_or(series.len(), |to| to.row(series));
        let start = match (from, options.starts.as_deref(), trained) {
            (Some(from), ..) => from.row(series),
            (None, Some(starts), _) => starts[s],
            (None, None, Some(trained)) if trained.row(series) < end => trained.row(series),
            (None, None, _) if options.rolling => spec.unseen_from(series).min(end),
            _ => end.saturating_sub(horizon),
        };
        start..end
    };
    let parts: Vec<Range<usize>> = dataset.series.iter().enumerate().map(part).collect();
    let unseen_is_short = options.rolling && from.is_none() && options.starts.is_none() && parts.iter().all(|part| part.len() < horizon);
    if unseen_is_short {
        let most = parts.iter().map(Range::len).max().unwrap_or(0);
        let error = Error::data(format!(
            "{}: the model has seen all but the last {most} rows, and a forecast takes {horizon}: on rows it has seen its errors would be too small",
            dataset.path
        ));
        return Err(error.help("give newer rows, a model trained with ⦃test-from⦄, or ⦃test-from⦄ here to look at rows that it has seen"));
    }
    Ok(parts)
}

/// Puts the rows of `before` in front of the series of the same names; gives the first row of each that is new.
///
/// # Errors
/// A series that `before` does not have, or whose rows do not end where these begin.
pub fn prepend(dataset: &mut Dataset, before: Dataset) -> Result<Vec<usize>, Error> {
    let history: HashMap<String, Series> = before.series.into_iter().map(|s| (s.id.clone(), s)).collect();
    let mut starts = Vec::new();
    for series in &mut dataset.series {
        let Some(earlier) = history.get(&series.id) else {
            return Err(Error::data(format!("{}: no series \"{}\"", before.path, series.id))
                .help("⦃history⦄ takes the table with the rows before those of DATA"));
        };
        let follows = earlier.times.last().zip(series.times.first()).is_none_or(|(last, first)| dataset.frequency.next(last, 1) == *first);
        if !follows {
            let message = format!("series \"{}\": {} does not end where {} begins", series.id, before.path, dataset.path);
            return Err(Error::data(message).help("⦃history⦄ takes the table with the rows before those of DATA"));
        }
        starts.push(earlier.len());
        series.imputed = earlier.imputed.iter().copied().chain(series.imputed.iter().map(|row| row + earlier.len())).collect();
        series.times.splice(0..0, earlier.times.iter().copied());
        series.values.splice(0..0, earlier.values.iter().copied());
    }
    Ok(starts)
}
