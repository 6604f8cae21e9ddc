//! What training starts from: the windows of each part, and a network that says what the baseline says.

use super::config::ForecastConfig;
use super::error::ForecastError;
use super::predict::check_positive;
use super::scale::Scales;
use super::split::Split;
use super::table::Table;
use super::window::Windows;
use crate::batch::Source;
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
    let train = Windows::new(table, config, scales, 1, true, |s| {
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
