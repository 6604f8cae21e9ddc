//! A plan held against the last rows of its own table: trained on the rows before them, once or anew for every window.

use gatewise_baselines::Method;
use gatewise_data::{Dataset, Series};

use super::combine::Candidate;
use super::outputs::ChannelForecast;
use super::score::{Score, Scorer};
use super::{Forecaster, Options, Outliers, Plan, Table};
use crate::error::Error;
use crate::train::{Event, Session};

/// Which windows a plan is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BacktestOptions {
    /// Windows of each series: the last ones, each as long as the horizon.
    pub windows: usize,
    /// Rows between the starts of two windows; none for the horizon, so that windows follow each other.
    pub stride: Option<usize>,
    /// Whether every window is forecast by a forecaster of its own, trained on the rows before that window, and not by one that was trained on
    /// the rows before the first.
    pub refit: bool,
}

/// What a backtest gives.
#[derive(Clone, Debug)]
pub struct Backtest {
    /// The errors, beside the seasonal-naive forecast and the last value. MASE is scaled by the rows before the first window.
    pub score: Score,
    /// The forecasts with what came, series by series, target by target, in order of time.
    pub forecasts: Vec<(ChannelForecast, Vec<f64>)>,
    /// Levels of the quantiles.
    pub quantiles: Vec<f64>,
    /// Series that have too few rows for a window.
    pub short: usize,
}

impl BacktestOptions {
    /// First rows of the windows of a series, in order of time, each at its place among all; none where rows are too few. Before the first window
    /// lie at least as many rows as a window has.
    fn origins(&self, rows: usize, horizon: usize) -> Vec<Option<usize>> {
        let stride = self.stride.unwrap_or(horizon);
        let origin = |back: usize| rows.checked_sub(horizon.checked_add(back.checked_mul(stride)?)?).filter(|origin| *origin >= horizon);
        (0..self.windows).rev().map(origin).collect()
    }

    /// The origins of every series; refuses what no series has rows for.
    fn windows(&self, dataset: &Dataset, horizon: usize) -> Result<Vec<Vec<Option<usize>>>, Error> {
        let zero = |setting: &str| Err(Error::usage(format!("⦃{setting}⦄ is 0")).help(format!("⦃{setting}⦄ 1, or more")));
        if self.windows == 0 {
            return zero("windows");
        }
        if self.stride == Some(0) {
            return zero("stride");
        }
        let longest = dataset.series.iter().map(Series::len).max().unwrap_or(0);
        let (stride, room) = (self.stride.unwrap_or(horizon), longest.saturating_sub(2 * horizon));
        if longest < 2 * horizon || self.windows > room / stride + 1 {
            let what = format!("{} windows of {horizon} rows, {stride} apart, behind as many rows to learn from", self.windows);
            let error = Error::data(format!("{}: {longest} rows hold no {what}", dataset.path));
            return Err(match longest < 2 * horizon {
                true => error.help("give more rows, or a smaller ⦃horizon⦄"),
                false => error.help(format!("⦃windows⦄ {} at most, or a smaller ⦃stride⦄", room / stride + 1)),
            });
        }
        Ok(dataset.series.iter().map(|series| self.origins(series.len(), horizon)).collect())
    }
}

impl Forecaster {
    /// Trains as `options` say on the rows before the windows of `backtest`, and holds the forecasts against what came. Nothing of a window is
    /// known to what forecasts it. `None` where an event was answered with [`Control::Stop`](crate::train::Control::Stop). No checkpoints are kept.
    ///
    /// # Errors
    /// Windows that no series has rows for, options that hold back rows of their own, and those of [`Fit::train`](super::Fit::train).
    pub fn backtest(
        dataset: &Dataset,
        options: &Options,
        backtest: &BacktestOptions,
        session: &mut Session<'_>,
    ) -> Result<Option<Backtest>, Error> {
        if options.test_from.is_some() {
            return Err(Error::usage("the windows are held back, and no rows of ⦃test-from⦄").help("leave ⦃test-from⦄ out"));
        }
        let horizon = options.asked_horizon()?;
        let windows = backtest.windows(dataset, horizon)?;
        let first = |s: usize| windows[s].iter().flatten().next().copied();
        let trainings = if backtest.refit { backtest.windows } else { 1 };
        let mut tested: Option<Tested> = None;
        for k in 0..trainings {
            let origins: Vec<Vec<usize>> = match backtest.refit {
                true => windows.iter().map(|own| own[k].into_iter().collect()).collect(),
                false => windows.iter().map(|own| own.iter().flatten().copied().collect()).collect(),
            };
            let known = dataset.heads(|s| origins[s].first().copied());
            let mut told = |event: &Event| match event {
                Event::Phase { name } if trainings > 1 => {
                    (session.on_event)(&Event::Phase { name: format!("window {} of {trainings}, {name}", k + 1) })
                }
                event => (session.on_event)(event),
            };
            let mut own = Session { cpu: session.cpu, checkpoints: None, on_event: &mut told };
            let plan = Plan::new(&known, options)?;
            let Some(fitted) = Self::fit(&known, &plan, &mut own)? else { return Ok(None) };
            let mut forecaster = fitted.model;
            let tested = tested.get_or_insert_with(|| Tested::by(&forecaster));
            tested.add(&mut forecaster, session, dataset, &origins)?;
        }
        let Some(Tested { scorer, mut forecasts, quantiles, outliers }) = tested else { return Ok(None) };
        let known = dataset.heads(|s| Some(first(s).unwrap_or(0)));
        let score = scorer.finish(&Table::of(&known).calmed(outliers), |s| known.series[s].len());
        let score = score.ok_or_else(|| Error::data("there is no truth to hold the forecasts against"))?;
        forecasts.sort_by_key(|(forecast, _)| (forecast.series, forecast.channel, forecast.origin));
        let short = (0..windows.len()).filter(|s| first(*s).is_none()).count();
        Ok(Some(Backtest { score, forecasts, quantiles, short }))
    }
}

/// What was forecast so far.
struct Tested {
    scorer: Scorer,
    forecasts: Vec<(ChannelForecast, Vec<f64>)>,
    quantiles: Vec<f64>,
    outliers: Outliers,
}

impl Tested {
    /// Nothing yet; the season and the levels and outliers of the first forecaster are those of all.
    fn by(forecaster: &Forecaster) -> Self {
        let config = forecaster.config();
        let (quantiles, outliers) = (config.quantiles.clone(), config.outliers);
        Self { scorer: Scorer::new(config.season, &quantiles), forecasts: Vec::new(), quantiles, outliers }
    }

    /// The forecasts from `origins` of each series, by a forecaster that has seen the rows before the first of them.
    fn add(&mut self, forecaster: &mut Forecaster, session: &Session<'_>, dataset: &Dataset, origins: &[Vec<usize>]) -> Result<(), Error> {
        // What lies behind the last origin cannot speak for what lies before it.
        let seen = dataset.heads(|s| Some(origins[s].last().copied().unwrap_or(0)));
        let table = forecaster.looked_back_on(Table::of(&seen));
        let whole = table.whole();
        forecaster.check(&table)?;
        let scales = forecaster.scales_for(&table, |s| origins[s].first().copied().unwrap_or(0));
        let truth = Table::of(dataset);
        let Self { scorer, forecasts, .. } = self;
        forecaster.forecast(session.cpu, &table, &scales, origins, &mut |forecast| {
            let series = &whole.series()[forecast.series];
            let last = series.at(series.known_until(forecast.channel, forecast.origin) - 1, forecast.channel);
            let came = forecast.truth(&truth);
            scorer.add(&whole, &came, forecast, &[(Candidate::Method(Method::LastValue), &vec![last; forecast.point.len()])]);
            forecasts.push((forecast.clone(), came));
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_end_with_the_series_behind_rows_to_learn_from() {
        let options = |windows, stride| BacktestOptions { windows, stride, refit: false };
        assert_eq!(options(3, None).origins(60, 12), [Some(24), Some(36), Some(48)]);
        assert_eq!(options(3, Some(1)).origins(26, 12), [Some(12), Some(13), Some(14)]);
        assert_eq!(options(3, None).origins(36, 12), [None, Some(12), Some(24)], "an early window has no rows before it");
        assert_eq!(options(2, Some(usize::MAX)).origins(36, 12), [None, Some(24)]);
        assert_eq!(options(1, None).origins(23, 12), [None]);
    }
}
