//! Simple methods at work on one channel of a series, origin after origin.

use gatewise_baselines::{Fitted, Method, fit};

use super::super::config::ForecastConfig;
use super::super::table::Series;
use super::trial::Output;
use super::weights::is_intermittent;
use crate::loss::normal_quantile;

/// Rows that a method is fitted to, the latest ones, where its longest season does not ask for more.
const MOST_ROWS: usize = 1_500;
/// Longest seasons in the rows that a method is fitted to.
const SEASONS: usize = 4;
/// Rows over all fits of one method to one channel: short series are fitted anew at each origin, in long ones parameters stay for a while.
const FITTED_ROWS: usize = 12_000;

/// Share of the mean change from row to row, over the square root of the rows, that a forecast's deviation is at least.
const LEAST_DEVIATION: f64 = 0.5;

/// One method on one channel. Origins are asked for in rising order.
#[derive(Debug)]
pub struct MethodRun<'a> {
    method: Method,
    series: &'a Series<'a>,
    channel: usize,
    seasons: Vec<usize>,
    log: bool,
    /// Whether the rows are intermittent demand, whose quantiles are counted.
    counted: bool,
    /// Rows between two fits.
    refit_after: usize,
    fitted: Option<Fitted>,
    fitted_at: usize,
    seen: usize,
}

impl<'a> MethodRun<'a> {
    /// A run over the rows of `channel` from origin `first` to `last`.
    pub fn new(method: Method, series: &'a Series<'a>, channel: usize, config: &ForecastConfig, (first, last): (usize, usize)) -> Self {
        let seasons = config.seasons();
        let rows = rows_to_fit(&seasons).min(last.max(1));
        let fits = (FITTED_ROWS / rows).max(1);
        let refit_after = last.saturating_sub(first) / fits + 1;
        let counted = !config.log && is_intermittent(series.column(channel, 0, last.min(series.len())));
        Self { method, series, channel, seasons, log: config.log, counted, refit_after, fitted: None, fitted_at: 0, seen: 0 }
    }

    /// The forecast from `origin`, for `horizon` rows, with quantiles at `levels`; `None` where the method does not apply.
    ///
    /// # Panics
    /// If an earlier call asked for a later origin.
    pub fn at(&mut self, origin: usize, horizon: usize, levels: &[f64]) -> Option<Output> {
        assert!(origin >= self.seen, "origins rise");
        let stale = self.fitted.is_none() || origin >= self.fitted_at + self.refit_after;
        if stale {
            let rows = self.rows(origin.saturating_sub(rows_to_fit(&self.seasons)), origin);
            self.fitted = fit(self.method, &rows, &self.seasons);
            self.fitted_at = origin;
        } else {
            let rows = self.rows(self.seen, origin);
            self.fitted.as_mut()?.extend(&rows);
        }
        self.seen = origin;
        let mut forecast = self.fitted.as_ref()?.forecast(horizon);
        let back = |value: f64| if self.log { value.exp() } else { value };
        if self.counted {
            return self.counted(origin, &forecast.mean, &forecast.sd, levels);
        }
        let floor = self.least_deviation(origin);
        forecast.sd.iter_mut().for_each(|sd| *sd = sd.max(floor));
        let z: Vec<f64> = levels.iter().map(|&level| normal_quantile(level)).collect();
        let quantiles = forecast.mean.iter().zip(&forecast.sd).flat_map(|(mean, sd)| z.iter().map(move |z| back(mean + z * sd)));
        let fitted_deviation = forecast.sd.first().copied();
        Some(Output { quantiles: quantiles.collect(), point: forecast.mean.iter().map(|&mean| back(mean)).collect(), fitted_deviation })
            .filter(Output::is_finite)
    }

    /// The form of the method that was chosen at the last fit.
    pub fn label(&self) -> Option<String> {
        self.fitted.as_ref().map(Fitted::label)
    }

    /// Deviation below which no forecast's is believed: a part of the mean change from row to row that shrinks with their number. A fit without
    /// an error on four rows is luck.
    fn least_deviation(&self, origin: usize) -> f64 {
        let rows = self.rows(origin.saturating_sub(rows_to_fit(&self.seasons)), origin);
        let change = rows.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>() / rows.len().saturating_sub(1).max(1) as f64;
        LEAST_DEVIATION * change / (rows.len() as f64).sqrt()
    }

    /// Quantiles of intermittent demand: those of the rows, which are mostly zero, brought to the forecast's mean.
    fn counted(&self, origin: usize, means: &[f64], deviations: &[f64], levels: &[f64]) -> Option<Output> {
        let mut rows = self.rows(origin.saturating_sub(rows_to_fit(&self.seasons)), origin);
        let mean = rows.iter().sum::<f64>() / rows.len() as f64;
        rows.sort_unstable_by(f64::total_cmp);
        let at = |level: f64| rows[((rows.len() as f64 * level).ceil() as usize).clamp(1, rows.len()) - 1];
        let scale = |forecast: f64| if mean > 0.0 { (forecast / mean).max(0.0) } else { 1.0 };
        let quantiles = means
            .iter()
            .flat_map(|&forecast| levels.iter().map(move |&level| (scale(forecast), level)))
            .map(|(scale, level)| scale * at(level));
        let output = Output { quantiles: quantiles.collect(), point: means.to_vec(), fitted_deviation: deviations.first().copied() };
        Some(output).filter(Output::is_finite)
    }

    fn rows(&self, first: usize, end: usize) -> Vec<f64> {
        let values = self.series.column(self.channel, first, end);
        if self.log { values.map(f64::ln).collect() } else { values.collect() }
    }
}

/// Rows that a method is fitted to.
fn rows_to_fit(seasons: &[usize]) -> usize {
    MOST_ROWS.max(SEASONS * seasons.last().copied().unwrap_or(1))
}
