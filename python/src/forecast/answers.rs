//! Forecasts as columns, with the numbers of the command line's `forecast.csv`.

use gatewise::data::{Dataset, Time};
use gatewise::forecast::{ChannelForecast, time_at};
use gatewise_report::number::exact;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Forecasts, a row a step.
pub struct Answers {
    ids: Option<Vec<String>>,
    channels: Option<Vec<String>>,
    cutoffs: Option<Times>,
    times: Times,
    /// What came.
    truth: Option<Vec<f64>>,
    points: Vec<f64>,
    levels: Vec<(String, Vec<f64>)>,
}

/// Times of rows.
#[derive(Default)]
struct Times {
    /// As the table writes them.
    texts: Vec<String>,
    /// As ISO dates, or numbers of rows.
    plain: Vec<Time>,
}

impl Times {
    fn push(&mut self, dataset: &Dataset, series: usize, row: usize) {
        let time = time_at(dataset, series, row);
        self.texts.push(dataset.format_time(&time));
        self.plain.push(time);
    }

    /// Texts under `name`; under `name` with a mark the numbers of rows, or dates in ISO form.
    fn set(self, py: Python<'_>, columns: &Bound<'_, PyDict>, name: &str) -> PyResult<()> {
        let steps: Option<Vec<i64>> = self.plain.iter().map(|time| if let Time::Index(at) = time { Some(*at) } else { None }).collect();
        columns.set_item(name, self.texts)?;
        match steps {
            Some(steps) => columns.set_item(format!("{name}:step"), PyArray1::from_vec(py, steps)),
            None => columns.set_item(format!("{name}:iso"), self.plain.iter().map(ToString::to_string).collect::<Vec<_>>()),
        }
    }
}

impl Answers {
    /// None yet, for a table at `levels`.
    pub fn new(dataset: &Dataset, levels: &[f64]) -> Self {
        let (with_id, with_channel) = (dataset.series.len() > 1 || dataset.id_column.is_some(), dataset.targets > 1);
        Self {
            ids: with_id.then(Vec::new),
            channels: with_channel.then(Vec::new),
            cutoffs: None,
            times: Times::default(),
            truth: None,
            points: Vec::new(),
            levels: levels.iter().map(|level| (format!("q{level}"), Vec::new())).collect(),
        }
    }

    /// With the last time that each forecast saw.
    pub fn with_cutoffs(self) -> Self {
        Self { cutoffs: Some(Times::default()), ..self }
    }

    /// With what came.
    pub fn with_truth(self) -> Self {
        Self { truth: Some(Vec::new()), ..self }
    }

    /// What came of the last forecast, of `steps` steps.
    pub fn came(&mut self, truth: &[f64], steps: usize) {
        let all = truth.iter().copied().chain(std::iter::repeat(f64::NAN)).take(steps);
        self.truth.iter_mut().for_each(|column| column.extend(all.clone()));
    }

    /// With a further forecast.
    pub fn add(&mut self, dataset: &Dataset, forecast: &ChannelForecast) {
        let ChannelForecast { series, channel, origin, point, quantiles } = forecast;
        let levels = self.levels.len();
        for (h, point) in point.iter().enumerate() {
            self.ids.iter_mut().for_each(|ids| ids.push(dataset.series[*series].id.clone()));
            self.channels.iter_mut().for_each(|channels| channels.push(dataset.channels[*channel].clone()));
            self.cutoffs.iter_mut().for_each(|cutoffs| cutoffs.push(dataset, *series, origin - 1));
            self.times.push(dataset, *series, origin + h);
            let quantiles = &quantiles[h * levels..][..levels];
            let width = quantiles.last().zip(quantiles.first()).map_or(0.0, |(high, low)| high - low);
            let shown = |value: f64| exact(value, width).parse().unwrap_or(value);
            self.points.push(shown(*point));
            self.levels.iter_mut().zip(quantiles).for_each(|((_, column), &quantile)| column.push(shown(quantile)));
        }
    }

    /// Columns by name, in the order of `forecast.csv`.
    pub fn into_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let columns = PyDict::new(py);
        if let Some(ids) = self.ids {
            columns.set_item("unique_id", ids)?;
        }
        if let Some(channels) = self.channels {
            columns.set_item("channel", channels)?;
        }
        if let Some(cutoffs) = self.cutoffs {
            cutoffs.set(py, &columns, "cutoff")?;
        }
        self.times.set(py, &columns, "ds")?;
        if let Some(truth) = self.truth {
            columns.set_item("y", PyArray1::from_vec(py, truth))?;
        }
        columns.set_item("forecast", PyArray1::from_vec(py, self.points))?;
        for (name, values) in self.levels {
            columns.set_item(name, PyArray1::from_vec(py, values))?;
        }
        Ok(columns)
    }
}
