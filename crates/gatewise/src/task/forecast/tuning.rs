//! Fine-tuning of the prior on the rows of a table, beside the table's own networks.

use std::path::Path;

use super::config::ForecastConfig;
use super::split::Split;
use super::table::Table;
use super::window::Windows;
use crate::batch::Source;
use crate::error::TrainError;
use crate::prior::{HORIZON, OwnSeries, Prior, Supply, TuneConfig, tune};
use crate::train::{Control, Event, Session};

/// Windows that judge, at most.
const MOST_JUDGES: usize = 256;

/// Series that are learned from, at most: every so many where a table has more.
const MOST_SERIES: usize = 4_000;

/// How a fine-tuning ended.
#[derive(Debug)]
pub(super) enum Tuning {
    /// It was stopped.
    Stopped,
    /// Its weights were kept, after so many steps.
    Kept(Box<Prior>, u64),
    /// The weights that it began with forecast as well.
    Refused,
}

/// Fine-tunes the prior, the built-in one where none is given, on the training parts of `splits`, `steps` steps at most; the windows of `valid` judge it. Without them the last weights are
/// kept. A finished one that `file` holds is taken as it is.
pub(super) fn tune_prior(
    session: &mut Session<'_>,
    given: Option<&Prior>,
    (table, config, splits): (&Table<'_>, &ForecastConfig, &[Split]),
    valid: &Windows<'_>,
    (steps, seed): (u64, u64),
    file: &str,
) -> Result<Tuning, TrainError> {
    let file = session.checkpoint(file);
    if let Some((prior, taken)) = file.as_deref().filter(|path| path.exists()).map(|path| taken(session, path)).transpose()? {
        return Ok(if taken == 0 { Tuning::Refused } else { Tuning::Kept(prior, taken) });
    }
    if session.tell(&Event::Phase { name: "prior".to_owned() }) == Control::Stop {
        return Ok(Tuning::Stopped);
    }
    let cpu = session.cpu;
    let start = given.map_or_else(|| Prior::built_in(cpu), |prior| prior.clone_on(cpu));
    let targets = table.targets();
    let every = table.series().len().div_ceil(MOST_SERIES).max(1);
    // Farther ahead the prior forecasts means of stretches.
    let horizon = config.horizon.min(HORIZON);
    let (season, longer) = config.two_seasons();
    let own =
        |s: usize, channel: usize, end: usize| OwnSeries { values: table.series()[s].column(channel, 0, end).collect(), season, longer };
    let learned = (0..table.series().len()).step_by(every).flat_map(|s| (0..targets).map(move |channel| (s, channel)));
    let supply = Supply::own(learned.map(|(s, channel)| own(s, channel, splits[s].train_end)).collect(), 1.0, Some(horizon));
    let stride = valid.len().div_ceil(MOST_JUDGES).max(1);
    let (mut series, mut origins, mut place) = (Vec::new(), Vec::new(), None);
    for window in (0..valid.len()).step_by(stride).map(|item| valid.window(item)) {
        if place != Some((window.series, window.channel)) {
            place = Some((window.series, window.channel));
            series.push(own(window.series, window.channel, splits[window.series].valid_end));
        }
        origins.push((series.len() - 1, window.origin));
    }
    let asked = TuneConfig { steps, batch: 64, seed, horizon };
    let mut go_on = |step: u64, loss: f64, grad_norm: f64, lr: f64, elapsed: f64| {
        let event = Event::Step { step, epoch: 1, step_in_epoch: step, steps_per_epoch: steps, loss, grad_norm, lr, elapsed };
        (session.on_event)(&event) == Control::Continue
    };
    let Some(tuned) = tune(cpu, start.network(), &supply, (&series, &origins), asked, &mut go_on)? else {
        return Ok(Tuning::Stopped);
    };
    let kept = !tuned.values.is_empty();
    if let Some((before, after)) = tuned.losses {
        let change = 100.0 * (1.0 - after / before);
        let message = if kept {
            format!("the prior, fine-tuned for {} steps, forecasts rows that it did not see {change:.1} % better", tuned.steps)
        } else {
            format!("fine-tuning the prior gains {change:.1} % on rows that it did not see: too little, and it stays as it was")
        };
        (session.on_event)(&Event::Note { path: None, message });
    }
    let prior = if kept { start.with_weights(cpu, &tuned.values) } else { start };
    if let Some(path) = file {
        prior.save_tuned(&path, tuned.steps)?;
    }
    Ok(if kept { Tuning::Kept(Box::new(prior), tuned.steps) } else { Tuning::Refused })
}

/// A finished training: its prior, and its steps, 0 where it was refused.
fn taken(session: &Session<'_>, path: &Path) -> Result<(Box<Prior>, u64), TrainError> {
    let (prior, steps) = Prior::load_tuned(session.cpu, path)?;
    Ok((Box::new(prior), steps))
}
