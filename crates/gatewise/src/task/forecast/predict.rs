//! A trained forecaster at work: windows in, quantiles in units of the data out.

use gatewise_kernels::{Cpu, Precision};

use super::combine::{Candidate, Combination, intermittent_columns};
use super::config::{Channels, ForecastConfig};
use super::effects::Effects;
use super::error::ForecastError;
use super::outputs::ChannelForecast;
use super::scale::{Scale, Scales};
use super::table::Table;
use super::window::{Window, Windows, fill_past};
use crate::batch::{Batch, Source};
use crate::model::Model;
use crate::prior::Prior;

/// Windows forecast in one pass.
const BATCH: usize = 256;

/// Networks that forecast together, with all they need beside their weights.
#[derive(Debug)]
pub struct Forecaster {
    config: ForecastConfig,
    scales: Scales,
    members: Vec<Model<f32>>,
    combination: Option<Combination>,
    effects: Option<Effects>,
    /// The prior that was asked last, and whether it stands for the built-in one.
    prior: Option<Box<Prior>>,
    has_own_prior: bool,
    work: Work,
}

#[derive(Debug, Default)]
struct Work {
    batch: Batch<f32>,
    raw: Vec<f32>,
    point: Vec<f32>,
    quantiles: Vec<f32>,
    /// Means over members, by item: (B, horizon, targets) and (B, horizon, targets, levels).
    points: Vec<f64>,
    intervals: Vec<f64>,
}

/// What is forecast of one window, in units of the data.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// The window.
    pub window: Window,
    /// Best single values: (horizon, targets of a window).
    pub point: Vec<f64>,
    /// Values at [`ForecastConfig::quantiles`]: (horizon, targets of a window, levels).
    pub quantiles: Vec<f64>,
}

/// Hidden states of one window.
#[derive(Clone, Debug)]
pub struct Features {
    /// The window.
    pub window: Window,
    /// Steps the network took over it.
    pub steps: usize,
    /// Outputs of the last layer at each step: (steps, width).
    pub states: Vec<f32>,
}

impl Forecaster {
    /// Networks that agree with `config`; their forecasts are averaged. `scales` are those of the series they were trained on.
    ///
    /// # Errors
    /// A config that does not fit itself, or networks of other sizes.
    pub fn new(config: ForecastConfig, scales: Scales, members: Vec<Model<f32>>) -> Result<Self, ForecastError> {
        config.check()?;
        if members.iter().any(|m| *m.config() != config.model()) {
            return Err(ForecastError::setting("network", "is not that of the model's settings"));
        }
        Ok(Self { config, scales, members, combination: None, effects: None, prior: None, has_own_prior: false, work: Work::default() })
    }

    /// Combines the networks' forecasts with those of other candidates from now on; without networks the others stand alone.
    ///
    /// # Errors
    /// A combination of other columns or quantiles than the forecaster has.
    pub fn set_combination(&mut self, combination: Combination) -> Result<(), ForecastError> {
        if !combination.is_sound(self.config.quantiles.len(), self.config.targets) {
            return Err(ForecastError::setting("combination", "is not that of the model's settings"));
        }
        self.combination = Some(combination);
        Ok(())
    }

    /// Takes what known covariates add off the targets from now on, and puts it back on forecasts.
    ///
    /// # Errors
    /// Effects on other targets.
    pub fn set_effects(&mut self, effects: Option<Effects>) -> Result<(), ForecastError> {
        if effects.as_ref().is_some_and(|effects| !effects.is_sound(self.config.targets)) {
            return Err(ForecastError::setting("effects", "are not those of the model's targets"));
        }
        self.effects = effects;
        Ok(())
    }

    /// What known covariates add to the targets; `None` where there are none, or nothing.
    pub fn effects(&self) -> Option<&Effects> {
        self.effects.as_ref()
    }

    /// The series of a table as they are looked back on: without what known covariates add, outliers as they count.
    pub fn looked_back_on<'a>(&self, table: Table<'a>) -> Table<'a> {
        table.less(self.effects.as_ref()).calmed(self.config.outliers)
    }

    /// A forecaster without networks of its own, for the series of `table`: a prior forecasts alone, the built-in one where none is given.
    ///
    /// # Errors
    /// A config that does not fit itself.
    pub fn of_prior(config: ForecastConfig, prior: Option<Box<Prior>>, table: &Table<'_>) -> Result<Self, ForecastError> {
        let mut forecaster = Self::new(config, Scales::default(), Vec::new())?;
        forecaster.set_combination(Combination::alone(Candidate::Prior, &intermittent_columns(table)))?;
        prior.into_iter().for_each(|prior| forecaster.set_prior(prior));
        Ok(forecaster)
    }

    /// The prior that stands for the built-in one, where there is one.
    pub fn own_prior(&self) -> Option<&Prior> {
        self.prior.as_deref().filter(|_| self.has_own_prior)
    }

    /// The prior to ask; [`keep_prior`](Self::keep_prior) gives it back, so that it is not made anew.
    pub(super) fn take_prior(&mut self, cpu: &Cpu) -> Box<Prior> {
        self.prior.take().unwrap_or_else(|| Box::new(Prior::built_in(cpu)))
    }

    pub(super) fn keep_prior(&mut self, prior: Box<Prior>) {
        self.prior = Some(prior);
    }

    /// Asks another prior than the built-in one from now on.
    pub fn set_prior(&mut self, prior: Box<Prior>) {
        self.prior = Some(prior);
        self.has_own_prior = true;
    }

    pub(super) fn drop_prior(&mut self) {
        (self.prior, self.has_own_prior) = (None, false);
    }

    /// How forecasts are combined; `None` where the networks stand alone.
    pub fn combination(&self) -> Option<&Combination> {
        self.combination.as_ref()
    }

    /// Settings.
    pub fn config(&self) -> &ForecastConfig {
        &self.config
    }

    /// Scales of the series trained on.
    pub fn scales(&self) -> &Scales {
        &self.scales
    }

    /// How the networks hold their weights from the next forecast on; see [`Model::set_precision`].
    pub fn set_precision(&mut self, precision: Precision) {
        self.members.iter_mut().for_each(|model| model.set_precision(precision));
    }

    /// The networks; none where there were too few rows to train one.
    pub fn members(&self) -> &[Model<f32>] {
        &self.members
    }

    /// Checks that a table can be forecast.
    ///
    /// # Errors
    /// Other columns than the model's, or a value without logarithm where one is needed.
    pub fn check(&self, table: &Table<'_>) -> Result<(), ForecastError> {
        let (targets, covariates) = (table.targets(), table.channels() - table.targets());
        let fits = match self.config.channels {
            Channels::Independent => true,
            Channels::Joint => targets == self.config.targets,
        };
        if !fits || covariates != self.config.covariates {
            let (expected_targets, expected_covariates) = (self.config.targets, self.config.covariates);
            return Err(ForecastError::Columns { expected_targets, expected_covariates, targets, covariates });
        }
        if let Some(effects) = &self.effects
            && effects.columns() != table.known()
        {
            return Err(ForecastError::Known { expected: effects.columns(), known: table.known() });
        }
        if self.config.log { check_positive(table) } else { Ok(()) }
    }

    /// The scales that a table's windows are brought to: those of training for series it knew, for others those of their first `known(s)` rows.
    pub fn scales_for(&self, table: &Table<'_>, known: impl Fn(usize) -> usize) -> Scales {
        let mut scales = Scales::of(table, known, self.config.log);
        scales.overlay(&self.scales);
        scales
    }

    /// Forecasts every window, in their order.
    ///
    /// # Panics
    /// If the windows were made for another configuration.
    pub fn predict_windows(&mut self, cpu: &Cpu, windows: &Windows<'_>, each: &mut dyn FnMut(&Prediction)) {
        let (targets, levels) = (self.config.window_targets(), self.config.quantiles.len());
        let values = self.config.horizon * targets;
        let mut prediction = Prediction {
            window: Window { series: 0, channel: 0, origin: 0 },
            point: vec![0.0; values],
            quantiles: vec![0.0; values * levels],
        };
        let items: Vec<usize> = (0..windows.len()).collect();
        for items in items.chunks(BATCH) {
            self.predict_batch(cpu, windows, items);
            for (k, &item) in items.iter().enumerate() {
                let window = windows.window(item);
                prediction.window = window;
                for index in 0..targets {
                    let scale = windows.scale(&window, windows.channel(&window, index));
                    for at in (index..values).step_by(targets) {
                        prediction.point[at] = windows.undo(scale, self.work.points[k * values + at]);
                        for level in at * levels..(at + 1) * levels {
                            prediction.quantiles[level] = windows.undo(scale, self.work.intervals[k * values * levels + level]);
                        }
                    }
                }
                each(&prediction);
            }
        }
    }

    /// Fills `points` and `intervals` for these items, on the scale of the network.
    fn predict_batch(&mut self, cpu: &Cpu, windows: &Windows<'_>, items: &[usize]) {
        windows.fill(items, &mut self.work.batch);
        self.forward(cpu);
    }

    /// Fills `points` and `intervals` for the batch that is held.
    fn forward(&mut self, cpu: &Cpu) {
        let Work { batch, raw, point, quantiles, points, intervals } = &mut self.work;
        let config = &self.config;
        let values = batch.len() * config.horizon * config.window_targets();
        points.clear();
        points.resize(values, 0.0);
        intervals.clear();
        intervals.resize(values * config.quantiles.len(), 0.0);
        point.resize(values, 0.0);
        quantiles.resize(values * config.quantiles.len(), 0.0);
        let share = 1.0 / self.members.len() as f64;
        for member in &mut self.members {
            let output = member.forward(cpu, batch, false, None);
            raw.resize(output.len(), 0.0);
            batch.unsort(output, raw);
            config.loss.point(raw, point);
            points.iter_mut().zip(&*point).for_each(|(sum, p)| *sum += share * f64::from(*p));
            if !config.quantiles.is_empty() && config.loss.quantiles(raw, &config.quantiles, quantiles).is_ok() {
                intervals.iter_mut().zip(&*quantiles).for_each(|(sum, q)| *sum += share * f64::from(*q));
            }
        }
    }

    /// Forecasts `windows` of the same `past` rows; `row(window, r, out)` writes row r of them, the oldest one 0, as that window sees it.
    pub(super) fn answer(&mut self, cpu: &Cpu, windows: usize, past: usize, row: impl Fn(usize, usize, &mut [f32])) {
        let (config, batch) = (&self.config, &mut self.work.batch);
        batch.set_full(windows, past.div_ceil(config.segment), config.step_width());
        if config.network.skip {
            batch.skip.resize(windows * config.lookback * config.window_targets(), 0.0);
        }
        for window in 0..windows {
            fill_past(config, batch, window, past, |back, seen| row(window, past - back, seen));
        }
        self.forward(cpu);
    }

    /// Target `index` of window `window` of those that [`answer`](Self::answer) forecast, in units of the data.
    pub(super) fn answered(&self, window: usize, index: usize, scale: Scale, forecast: &mut ChannelForecast) {
        let (config, targets, levels) = (&self.config, self.config.window_targets(), self.config.quantiles.len());
        let limits = config.limits(forecast.channel);
        for (step, point) in forecast.point.iter_mut().enumerate() {
            let at = (window * config.horizon + step) * targets + index;
            *point = limits.apply(config.undo(scale, self.work.points[at]));
            let quantiles = forecast.quantiles[step * levels..][..levels].iter_mut().zip(&self.work.intervals[at * levels..][..levels]);
            quantiles.for_each(|(quantile, &z)| *quantile = limits.apply(config.undo(scale, z)));
        }
    }

    /// Hidden states of the first network over every window, in their order.
    pub fn features(&mut self, cpu: &Cpu, windows: &Windows<'_>, each: &mut dyn FnMut(&Features)) {
        let Some(member) = self.members.first_mut() else { return };
        let width = member.config().width();
        let items: Vec<usize> = (0..windows.len()).collect();
        let batch = &mut self.work.batch;
        for items in items.chunks(BATCH) {
            windows.fill(items, batch);
            member.forward(cpu, batch, false, None);
            let states = member.stack().output();
            for (k, &item) in items.iter().enumerate() {
                let place = batch.place(k);
                let steps = batch.layout.length(place);
                let rows = (0..steps).flat_map(|t| &states[batch.layout.row(t, place) * width..][..width]);
                each(&Features { window: windows.window(item), steps, states: rows.copied().collect() });
            }
        }
    }
}

/// Every target has a logarithm.
pub(super) fn check_positive(table: &Table<'_>) -> Result<(), ForecastError> {
    for series in table.series() {
        for channel in 0..table.targets() {
            let bad = series.column(channel, 0, series.len()).enumerate().find(|(_, v)| *v <= 0.0);
            if let Some((row, value)) = bad {
                return Err(ForecastError::NotPositive { series: series.id.to_string(), channel: channel + 1, row: row + 1, value });
            }
        }
    }
    Ok(())
}
