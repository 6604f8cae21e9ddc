//! What the candidates say of windows: trials on held-back rows, and the combined forecast of a trained forecaster.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use gatewise_baselines::Method;
use gatewise_data::Dataset;
use gatewise_kernels::Cpu;

use super::baseline::naive_error;
use super::combine::{Candidate, MethodRun, Output, Trial, is_intermittent};
use super::config::ForecastConfig;
use super::effects::Additions;
use super::predict::Forecaster;
use super::scale::Scales;
use super::table::Table;
use super::window::Windows;
use crate::error::Error;
use crate::prior::{self, History, Prior};

/// Series whose windows are forecast together: the network's batches are full, and what is held in memory is bounded.
const BLOCK: usize = 256;

/// A forecast of one channel of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelForecast {
    /// Which series.
    pub series: usize,
    /// Which target.
    pub channel: usize,
    /// First row forecast.
    pub origin: usize,
    /// Best single values, by step.
    pub point: Vec<f64>,
    /// Values at [`ForecastConfig::quantiles`]: (horizon, levels).
    pub quantiles: Vec<f64>,
}

impl ChannelForecast {
    /// What came of what was forecast, as far as `table` goes; not a number where it is missing.
    pub(super) fn truth(&self, table: &Table<'_>) -> Vec<f64> {
        let series = &table.series()[self.series];
        series.truth(self.channel, self.origin, series.len().min(self.origin + self.point.len())).collect()
    }
}

/// A window with what each candidate says of it.
struct Said {
    series: usize,
    channel: usize,
    origin: usize,
    outputs: Vec<Option<Output>>,
}

/// Which candidates are asked about which windows.
struct Asked<'a> {
    table: &'a Table<'a>,
    config: &'a ForecastConfig,
    candidates: &'a [Candidate],
    /// Origins of each series, in order of time, equally far apart.
    origins: &'a [Vec<usize>],
    /// Whether a candidate is asked about a series and channel.
    wanted: &'a (dyn Fn(usize, usize, Candidate) -> bool + Sync),
    /// Whether the point of a channel is to be the mean.
    means: &'a (dyn Fn(usize) -> bool + Sync),
}

impl Asked<'_> {
    /// Asks about every window, series by series, channel by channel, in order of time. The networks of `forecaster` forecast with the scales given.
    fn ask(&self, cpu: &Cpu, forecaster: &mut Forecaster, scales: &Scales, each: &mut dyn FnMut(Said)) {
        let series = self.table.series().len();
        let counts = |s: usize| (0..self.table.targets()).any(|channel| (self.wanted)(s, channel, Candidate::Prior));
        let asked = self.candidates.contains(&Candidate::Prior) && (0..series).any(counts);
        let mut prior = asked.then(|| forecaster.take_prior(cpu));
        for first in (0..series).step_by(BLOCK) {
            let block = first..(first + BLOCK).min(series);
            let mut networks = self.networks(cpu, forecaster, scales, &block);
            let mut priors = self.priors(cpu, prior.as_deref_mut(), &block);
            let channels: Vec<(usize, usize)> = block.flat_map(|s| (0..self.table.targets()).map(move |c| (s, c))).collect();
            let methods = self.methods(cpu, &channels);
            for (&(s, channel), mut methods) in channels.iter().zip(methods) {
                for (k, &origin) in self.origins[s].iter().enumerate() {
                    let output = |(at, candidate): (usize, &Candidate)| match candidate {
                        Candidate::Network => networks.remove(&(s, channel, origin)),
                        Candidate::Prior => priors.remove(&(s, channel, origin)),
                        Candidate::Method(_) => methods[at].get_mut(k).and_then(Option::take),
                    };
                    let mut outputs: Vec<Option<Output>> = self.candidates.iter().enumerate().map(output).collect();
                    if let Some(additions) = self.table.additions() {
                        outputs.iter_mut().flatten().for_each(|output| put_back(additions, (s, channel, origin), output));
                    }
                    each(Said { series: s, channel, origin, outputs });
                }
            }
        }
        prior.into_iter().for_each(|prior| forecaster.keep_prior(prior));
    }

    /// The network's forecasts by series, channel and origin.
    fn networks(
        &self,
        cpu: &Cpu,
        forecaster: &mut Forecaster,
        scales: &Scales,
        block: &Range<usize>,
    ) -> BTreeMap<(usize, usize, usize), Output> {
        let mut found = BTreeMap::new();
        if forecaster.members().is_empty() || !self.candidates.contains(&Candidate::Network) {
            return found;
        }
        let wanted = |s: usize| block.contains(&s) && (0..self.table.targets()).any(|c| (self.wanted)(s, c, Candidate::Network));
        let origins: Vec<Vec<usize>> =
            (0..self.table.series().len()).map(|s| if wanted(s) { self.origins[s].clone() } else { Vec::new() }).collect();
        let windows = Windows::at(self.table, self.config, scales, &origins);
        let (targets, levels) = (windows.targets(), self.config.quantiles.len());
        forecaster.predict_windows(cpu, &windows, &mut |prediction| {
            let window = prediction.window;
            for index in 0..targets {
                let channel = windows.channel(&window, index);
                let steps = || (index..prediction.point.len()).step_by(targets);
                let quantiles: Vec<f64> = steps().flat_map(|at| &prediction.quantiles[at * levels..][..levels]).copied().collect();
                let mut point: Vec<f64> = steps().map(|at| prediction.point[at]).collect();
                if (self.means)(channel) && levels > 1 {
                    point = quantiles.chunks_exact(levels).map(|q| mean_of(q, &self.config.quantiles)).collect();
                }
                found.insert((window.series, channel, window.origin), Output { point, quantiles, fitted_deviation: None });
            }
        });
        found
    }

    /// The prior's forecasts by series, channel and origin.
    fn priors(&self, cpu: &Cpu, prior: Option<&mut Prior>, block: &Range<usize>) -> BTreeMap<(usize, usize, usize), Output> {
        let Some(prior) = prior else { return BTreeMap::new() };
        let (season, longer) = self.config.two_seasons();
        let horizon = self.config.horizon;
        let rows = if horizon > prior::MOST_STEPS { usize::MAX } else { prior::rows_read(season, longer) };
        let mut windows = Vec::new();
        for s in block.clone() {
            for channel in (0..self.table.targets()).filter(|&channel| (self.wanted)(s, channel, Candidate::Prior)) {
                let origins = &self.origins[s];
                windows.extend(origins.iter().map(|&origin| (s, channel, origin)));
            }
        }
        let past = |&(s, channel, origin): &(usize, usize, usize)| -> Vec<f64> {
            self.table.series()[s].column(channel, origin.saturating_sub(rows), origin).collect()
        };
        let mut found = BTreeMap::new();
        for windows in windows.chunks(BLOCK) {
            let pasts: Vec<Vec<f64>> = windows.iter().map(past).collect();
            let histories: Vec<History<'_>> = pasts.iter().map(|values| History { values, season, longer }).collect();
            for ((&(s, channel, origin), past), quantiles) in windows.iter().zip(&pasts).zip(prior.forecast(cpu, &histories, horizon)) {
                let mut point = if (self.means)(channel) {
                    quantiles.chunks_exact(prior::LEVELS.len()).map(|q| mean_of(q, &prior::LEVELS)).collect()
                } else {
                    prior::at_levels(&quantiles, &[0.5])
                };
                let mut quantiles = prior::at_levels(&quantiles, &self.config.quantiles);
                none_below_the_least(past, &mut quantiles);
                if !(self.means)(channel) {
                    none_below_the_least(past, &mut point);
                }
                let output = Output { point, quantiles, fitted_deviation: None };
                if output.is_finite() {
                    found.insert((s, channel, origin), output);
                }
            }
        }
        found
    }

    /// Forecasts of the methods: by series and channel, candidate, and origin. Channels are shared out to threads; each is computed alike whoever does it.
    fn methods(&self, cpu: &Cpu, channels: &[(usize, usize)]) -> Vec<Vec<Vec<Option<Output>>>> {
        let results: Vec<Mutex<Vec<Vec<Option<Output>>>>> = channels.iter().map(|_| Mutex::new(Vec::new())).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(&(s, channel)) = channels.get(at) else { return };
                let found = self.candidates.iter().map(|&candidate| match candidate {
                    Candidate::Method(method) if (self.wanted)(s, channel, candidate) => self.method(method, s, channel),
                    _ => Vec::new(),
                });
                let found = found.collect();
                *results[at].lock().expect("no thread panics with a result in hand") = found;
            }
        };
        let threads = cpu.threads().min(channels.len());
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        results.into_iter().map(|found| found.into_inner().expect("no thread panics with a result in hand")).collect()
    }

    fn method(&self, method: Method, s: usize, channel: usize) -> Vec<Option<Output>> {
        let origins = &self.origins[s];
        let (Some(&first), Some(&last)) = (origins.first(), origins.last()) else { return Vec::new() };
        let mut run = MethodRun::new(method, &self.table.series()[s], channel, self.config, (first, last));
        origins.iter().map(|&origin| run.at(origin, self.config.horizon, &self.config.quantiles)).collect()
    }
}

/// Adds what known covariates add to a forecast from `origin` on.
fn put_back(additions: &Additions, (series, channel, origin): (usize, usize, usize), output: &mut Output) {
    let levels = output.quantiles.len() / output.point.len().max(1);
    output.point.iter_mut().enumerate().for_each(|(h, v)| *v = additions.with(series, origin + h, channel, *v));
    output.quantiles.iter_mut().enumerate().for_each(|(at, v)| *v = additions.with(series, origin + at / levels, channel, *v));
}

/// Quantiles of intermittent demand that lie below half of the least there was are none at all.
fn none_below_the_least(past: &[f64], quantiles: &mut [f64]) {
    if is_intermittent(past.iter().copied()) {
        let least = past.iter().copied().filter(|v| *v > 0.0).fold(f64::INFINITY, f64::min);
        quantiles.iter_mut().filter(|q| **q < 0.5 * least).for_each(|q| *q = 0.0);
    }
}

/// The mean of a distribution with these quantiles, straight between them and at its ends beyond them.
fn mean_of(quantiles: &[f64], levels: &[f64]) -> f64 {
    let (first, last) = (0, levels.len() - 1);
    let ends = levels[first] * quantiles[first] + (1.0 - levels[last]) * quantiles[last];
    let between = |k: usize| (levels[k + 1] - levels[k]) * 0.5 * (quantiles[k] + quantiles[k + 1]);
    ends + (first..last).map(between).sum::<f64>()
}

/// Held-back windows of a table: what they are and who is asked about them.
pub struct TrialOptions<'a> {
    /// Settings of the forecaster.
    pub config: &'a ForecastConfig,
    /// Candidates, in the order of [`Trial::outputs`].
    pub candidates: &'a [Candidate],
    /// Origins of each series, in order of time, equally far apart.
    pub origins: &'a [Vec<usize>],
    /// What they are held against: the table's rows, as they are or as they count.
    pub truth: &'a Table<'a>,
    /// Whether a column is intermittent demand, by target column.
    pub intermittent: &'a [bool],
    /// Whether a candidate is asked about a series: costly ones need not be asked about all of many.
    pub asks: &'a (dyn Fn(usize, Candidate) -> bool + Sync),
}

/// Lets every candidate forecast held-back windows. The network, if there is one, has to be trained on the rows before them alone.
pub fn trials(cpu: &Cpu, forecaster: &mut Forecaster, table: &Table<'_>, options: &TrialOptions<'_>) -> Vec<Trial> {
    let TrialOptions { config, candidates, origins, truth, intermittent, asks } = *options;
    let known = |s: usize| origins[s].first().copied().unwrap_or(table.series()[s].len());
    let scales = forecaster.scales_for(table, known);
    let asked = Asked { table, config, candidates, origins, wanted: &|s, _, candidate| asks(s, candidate), means: &|c| intermittent[c] };
    let (whole, mut trials) = (table.whole(), Vec::new());
    asked.ask(cpu, forecaster, &scales, &mut |Said { series: s, channel, origin, mut outputs }| {
        let series = &whole.series()[s];
        let steps = config.horizon.min(series.len() - origin);
        let truth = truth.series()[s].truth(channel, origin, origin + steps).collect();
        outputs.iter_mut().flatten().for_each(|output| config.limits(channel).limit(output));
        let scale = naive_error(series, channel, config.season, known(s)).unwrap_or(0.0);
        trials.push(Trial { series: s, channel, origin, scale, truth, outputs });
    });
    trials
}

impl Forecaster {
    /// Rows that a series needs to be forecast.
    pub fn least_rows(&self) -> usize {
        if self.combination().is_some() { 1 } else { self.config().least_past() }
    }

    /// Checks that what known covariates add is known of all rows to be forecast.
    ///
    /// # Errors
    /// A series whose plan is too short.
    pub fn check_ahead(&self, table: &Table<'_>) -> Result<(), Error> {
        if self.effects().is_some() { check_ahead(table, self.config().horizon) } else { Ok(()) }
    }

    /// Forecasts beyond the end of every series that has [`least_rows`](Self::least_rows): series by series, target by target, in units of the
    /// data.
    ///
    /// # Errors
    /// Other columns than the model's, a value without logarithm where one is needed, and data in which every series is too short.
    pub fn predict(&mut self, cpu: &Cpu, dataset: &Dataset) -> Result<Vec<ChannelForecast>, Error> {
        let table = self.looked_back_on(Table::of(dataset));
        self.check(&table)?;
        let mut forecasts = Vec::new();
        self.predict_table(cpu, &table, &mut |forecast| forecasts.push(forecast.clone()))?;
        Ok(forecasts)
    }

    /// As [`predict`](Self::predict), of a table that was checked, one forecast at a time; outliers count as the configuration says. Gives the number of series that are too short.
    ///
    /// # Errors
    /// A table in which every series is too short.
    pub fn predict_table(&mut self, cpu: &Cpu, table: &Table<'_>, each: &mut dyn FnMut(&ChannelForecast)) -> Result<usize, Error> {
        let table = &self.looked_back_on(table.clone());
        self.check_ahead(table)?;
        let (least, series) = (self.least_rows(), table.series());
        let origins: Vec<Vec<usize>> = series.iter().map(|s| if s.len() >= least { vec![s.len()] } else { Vec::new() }).collect();
        let short = origins.iter().filter(|origins| origins.is_empty()).count();
        if short == series.len() {
            return Err(Error::data(format!("the data are too short: the model needs {least} rows to look back on")).help("give more rows"));
        }
        let scales = self.scales_for(table, |s| series[s].len());
        self.forecast(cpu, table, &scales, &origins, each);
        Ok(short)
    }

    /// Forecasts from `origins` of each series, equally far apart: the combination's forecast with calibrated intervals where the forecaster has one,
    /// else the network's. Series by series, channel by channel, in order of time. `scales`: those of the windows, see [`Forecaster::scales_for`].
    ///
    /// With a combination every window is forecast; without one, those with [`ForecastConfig::least_past`] rows before them.
    pub fn forecast(
        &mut self,
        cpu: &Cpu,
        table: &Table<'_>,
        scales: &Scales,
        origins: &[Vec<usize>],
        each: &mut dyn FnMut(&ChannelForecast),
    ) {
        let config = self.config().clone();
        let network_alone = [Candidate::Network];
        let combination = self.combination().cloned();
        let candidates = combination.as_ref().map_or(&network_alone[..], |c| c.candidates());
        let id = |s: usize| table.series()[s].id;
        // The last value is asked too: it can forecast what none of the others can.
        let wanted = |s: usize, channel: usize, candidate: Candidate| match &combination {
            None => true,
            Some(combination) => {
                let at = candidates.iter().position(|c| *c == candidate).unwrap_or(0);
                combination.weights(id(s), channel)[at] > 0.0 || candidate == Candidate::Method(Method::LastValue)
            }
        };
        let means = |channel: usize| combination.as_ref().is_some_and(|c| c.is_mean(channel));
        let asked = Asked { table, config: &config, candidates, origins, wanted: &wanted, means: &means };
        asked.ask(cpu, self, scales, &mut |Said { series, channel, origin, mut outputs }| {
            let output = match &combination {
                Some(combination) if outputs.iter().any(Option::is_some) => Some(combination.apply(id(series), channel, &outputs)),
                _ => outputs.swap_remove(0),
            };
            if let Some(mut output) = output {
                config.limits(channel).limit(&mut output);
                let Output { point, quantiles, .. } = output;
                each(&ChannelForecast { series, channel, origin, point, quantiles });
            }
        });
    }
}

/// Refuses a table whose known covariates do not reach as far as a forecast.
pub(super) fn check_ahead(table: &Table<'_>, horizon: usize) -> Result<(), Error> {
    let short = (0..table.series().len()).find(|s| table.rows_ahead(*s) < horizon);
    let Some(short) = short else { return Ok(()) };
    let (id, rows) = (table.series()[short].id, table.rows_ahead(short));
    let place = if id.is_empty() { String::new() } else { format!("series \"{id}\": ") };
    let message = format!("{place}the columns of ⦃future⦄ reach {rows} rows beyond the last target, and a forecast takes {horizon}");
    let cure = if rows > 0 { format!("or ⦃horizon⦄ {rows}") } else { "or leave ⦃future⦄ out".to_owned() };
    Err(Error::data(message).help(format!("add rows without a target, with a value of each of these columns, {cure}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_quantiles() {
        let levels = [0.025, 0.1, 0.5, 0.9, 0.975];
        assert!((mean_of(&[1.0; 5], &levels) - 1.0).abs() < 1e-12);
        let skewed = mean_of(&[0.0, 0.0, 0.0, 10.0, 20.0], &levels);
        assert!((skewed - (0.4 * 5.0 + 0.075 * 15.0 + 0.025 * 20.0)).abs() < 1e-12, "{skewed}");
    }
}
