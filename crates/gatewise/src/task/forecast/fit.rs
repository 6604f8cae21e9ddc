//! What training starts from: the windows of each part, and a network that says what the baseline says.

use super::config::ForecastConfig;
use super::error::ForecastError;
use super::predict::check_positive;
use super::scale::Scales;
use super::split::Split;
use super::table::Table;
use super::window::Windows;
use crate::batch::{Batch, Source};
use crate::loss::Loss;
use crate::model::Model;

/// The scales of the training part, by series. A series that has none is scaled by what it shows before its held-back rows.
pub fn training_scales(table: &Table<'_>, config: &ForecastConfig, splits: &[Split]) -> Scales {
    let known = |s: usize| if splits[s].train_end > 0 { splits[s].train_end } else { splits[s].valid_end };
    Scales::of(table, known, config.log)
}

/// Windows to learn from and windows to decide by when to stop, with their targets.
///
/// A training window forecasts rows before its series' `train_end` alone. It looks back on a whole lookback, but in a series too short for
/// any such window on what there is.
///
/// # Errors
/// A value without logarithm where one is needed, or no window to learn from.
pub fn training_windows<'a>(
    table: &'a Table<'a>,
    config: &ForecastConfig,
    scales: &Scales,
    splits: &[Split],
) -> Result<(Windows<'a>, Windows<'a>), ForecastError> {
    if config.log {
        check_positive(table)?;
    }
    let origins = |first: usize, end: usize| first..(end + 1).saturating_sub(config.horizon);
    let train = Windows::new(table, config, scales, config.stride, true, |s| {
        let end = splits[s].train_end;
        origins(if end >= config.lookback + config.horizon { config.lookback } else { 0 }, end)
    });
    if train.is_empty() {
        let longest = splits.iter().map(|s| s.train_end).max().unwrap_or(0);
        return Err(ForecastError::TooShort { longest, past: config.least_past(), horizon: config.horizon });
    }
    let valid = Windows::new(table, config, scales, 1, true, |s| origins(splits[s].train_end, splits[s].valid_end));
    Ok((train, valid))
}

/// A network at its start. With the linear path its head begins at zero, so that its first word is the seasonal-naive forecast.
///
/// # Errors
/// As [`ForecastConfig::check`].
pub fn starting_model(config: &ForecastConfig, seed: u64) -> Result<Model<f32>, ForecastError> {
    config.check()?;
    let mut model = Model::new(&config.model(), seed)?;
    if config.network.skip {
        model.set("skip.weight", &config.skip_start())?;
        for name in ["head.weight", "head.bias"] {
            let zeros = vec![0.0; model.get(name).map_or(0, <[f32]>::len)];
            model.set(name, &zeros)?;
        }
    }
    Ok(model)
}

/// Windows that the start of the quantiles is taken from.
const START_WINDOWS: usize = 512;
/// Share of the spread of the baseline's errors that quantiles start with: a network that starts with all of it soon learns its rows by heart.
const START_SHARE: f32 = 0.3;

/// Starts the heads of quantiles at a share of the spread of the baseline's own errors, by step: at first the network then says what the baseline says, with
/// intervals of the right order. Leaves networks of other losses, and those without a linear path, as they are.
pub fn start_quantiles(model: &mut Model<f32>, config: &ForecastConfig, train: &Windows<'_>) {
    let Loss::Quantile { levels } = &config.loss else { return };
    if !config.network.skip || train.is_empty() {
        return;
    }
    let (targets, horizon, lookback) = (config.window_targets(), config.horizon, config.lookback);
    let stride = train.len().div_ceil(START_WINDOWS);
    let items: Vec<usize> = (0..train.len()).step_by(stride).collect();
    let mut batch = Batch::default();
    train.fill(&items, &mut batch);
    let season = if config.season <= lookback { config.season } else { 1 };
    let mut bias = vec![0.0f32; horizon * targets * levels.len()];
    for h in 0..horizon {
        for target in 0..targets {
            let error = |place: usize| {
                let seen = batch.skip[(place * lookback + lookback - season + h % season) * targets + target];
                batch.target[(place * horizon + h) * targets + target] - seen
            };
            let mut errors: Vec<f32> = (0..items.len()).map(error).collect();
            errors.sort_unstable_by(f32::total_cmp);
            let at = |level: f64| errors[((errors.len() - 1) as f64 * level).round() as usize];
            let median = at(0.5);
            for (k, &level) in levels.iter().enumerate() {
                bias[(h * targets + target) * levels.len() + k] = START_SHARE * (at(level) - median);
            }
        }
    }
    // A head of another size is that of another loss.
    let _ = model.set("head.bias", &bias);
}
