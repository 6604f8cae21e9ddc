//! From settings and data to everything a training needs; what the user left open is decided here.

mod ends;
pub mod from;
mod shape;
mod training;

use gatewise::batch::Source;
use gatewise::loss::Loss;
use gatewise::task::forecast::{CellName, Channels, ForecastConfig, ForecastError, Network, Normalize, Scales, Split, training_windows};
use gatewise_data::{Dataset, Guess};

use crate::args::{ForecastSettings, LossName, Preset};
use crate::data;
use crate::failure::{Failure, Status};
use crate::settings::guess::Guesses;
use ends::Ends;
pub use training::{TRAINED_LR, Training};

/// Quantiles where the user names none: the median, and the ends of the 80 and 95 % intervals.
const QUANTILES: [f64; 5] = [0.025, 0.1, 0.5, 0.9, 0.975];

/// Training windows below which a small network learns all there is.
const FEW_WINDOWS: usize = 2_000;

/// Training windows from which a large network pays.
const MANY_WINDOWS: usize = 20_000;

/// All that a training needs.
#[derive(Debug, Clone)]
pub struct Plan {
    pub config: ForecastConfig,
    pub training: Training,
    /// By series.
    pub splits: Vec<Split>,
    /// Every setting, the guessed ones too.
    pub settings: ForecastSettings,
    pub guesses: Vec<Guess>,
}

impl Plan {
    /// Fills in what the user left open. `hold_back` keeps the last horizon of each series from training where --test-from does not say what to keep.
    /// `trained` weights are trained on in smaller steps.
    pub fn new(dataset: &Dataset, settings: &ForecastSettings, hold_back: bool, trained: bool) -> Result<Self, Failure> {
        let mut settings = settings.clone();
        let mut guesses = Guesses::new(&dataset.guesses);
        let t = &mut settings.forecast;
        let table = data::table(dataset);
        let horizon = t.horizon.ok_or_else(|| Failure::usage("how many rows to forecast?").help("--horizon N, such as --horizon 12"))?;
        let longest = table.series().iter().map(|s| s.len()).max().unwrap_or(0);
        let preset = Guesses::usual(&mut t.training.preset, Preset::Balanced);
        let season = guesses.or(&mut t.season, "--season", || shape::season(dataset, &table, longest));

        let ends = Ends::find(dataset, t.valid_from.as_deref(), t.test_from.as_deref(), hold_back.then_some(horizon))?;
        let rows = ends.longest_training(&table, horizon);
        let lookback = guesses.or(&mut t.lookback, "--lookback", || shape::lookback(season, horizon, rows));
        let segment = guesses.or(&mut t.segment, "--segment", || shape::segment(season, lookback));
        let splits = ends.splits(&table, horizon, lookback);
        let known = |s: usize| splits[s].valid_end;
        let log = guesses.or(&mut t.log, "--log", || {
            let log = shape::grows_with_level(&table, season, known);
            (log, if log { "swings grow with the level" } else { "" }.to_string())
        });
        let nonnegative = guesses.or(&mut t.nonnegative, "--nonnegative", || {
            let never = shape::never_negative(&table, known);
            (never, if never { "no value is below 0" } else { "" }.to_string())
        });
        let channels = Guesses::usual(&mut t.channels, Channels::Independent);
        let normalize = Guesses::usual(&mut t.normalize, Normalize::Window);
        let loss_name = Guesses::usual(&mut t.loss, LossName::Quantile);
        let quantiles = Guesses::usual(&mut t.quantiles, QUANTILES.to_vec());
        let (loss, quantiles) = loss(loss_name, quantiles);
        let mut config = ForecastConfig {
            horizon,
            lookback,
            segment,
            season,
            channels,
            normalize,
            log,
            nonnegative,
            targets: table.targets(),
            covariates: table.channels() - table.targets(),
            quantiles,
            loss,
            network: Network {
                cell: Guesses::usual(&mut t.network.cell, CellName::Gru),
                hidden: t.network.hidden.unwrap_or(1),
                layers: Guesses::usual(&mut t.network.layers, 1),
                dropout: t.layer.dropout.unwrap_or(0.0),
                layer_norm: Guesses::usual(&mut t.layer.layer_norm, false),
                skip: Guesses::usual(&mut t.skip, true),
            },
        };
        config.check().map_err(failure)?;
        let windows = match training_windows(&table, &config, &Scales::default(), &splits) {
            Ok((train, _)) => train.len(),
            Err(ForecastError::TooShort { .. }) => return Err(too_short(rows, &config)),
            Err(other) => return Err(failure(other)),
        };
        config.network.hidden =
            guesses.or(&mut t.network.hidden, "--hidden", || (hidden(windows, preset), format!("{windows} training windows")));
        config.network.dropout = Guesses::usual(&mut t.layer.dropout, 0.0);
        config.check().map_err(failure)?;
        let training = Training::new(t, &mut guesses, windows, preset, trained)?;
        Ok(Self { config, training, splits, settings, guesses: guesses.finish() })
    }
}

/// An error of the library, as the user sees it.
pub fn failure(error: gatewise::task::forecast::ForecastError) -> Failure {
    let failure = Failure::data(error.to_string());
    if error.is_usage() { failure.status(Status::Usage) } else { failure }
}

/// No series holds a window.
fn too_short(rows: usize, config: &ForecastConfig) -> Failure {
    let needed = config.least_past() + config.horizon;
    let failure = Failure::data(format!(
        "the data are too short to forecast {} rows: the longest series leaves {rows} for training, and a window needs {needed}",
        config.horizon
    ));
    match rows.saturating_sub(config.least_past()) {
        0 => failure.help("give more rows"),
        most => failure.help(format!("--horizon {most} or less, or give more rows")),
    }
}

/// The loss, and the quantiles that it can name.
fn loss(name: LossName, quantiles: Vec<f64>) -> (Loss, Vec<f64>) {
    match name {
        LossName::Quantile => (Loss::Quantile { levels: quantiles.clone() }, quantiles),
        LossName::Gaussian => (Loss::Gaussian, quantiles),
        LossName::StudentT => (Loss::StudentT, quantiles),
        LossName::Mse => (Loss::Mse, Vec::new()),
        LossName::Mae => (Loss::Mae, Vec::new()),
        LossName::Huber => (Loss::Huber { delta: 1.0 }, Vec::new()),
    }
}

/// Hidden units for a number of training windows.
fn hidden(windows: usize, preset: Preset) -> usize {
    let usual = if windows < FEW_WINDOWS {
        32
    } else if windows < MANY_WINDOWS {
        64
    } else {
        128
    };
    match preset {
        Preset::Fast => usual / 2,
        Preset::Balanced => usual,
        Preset::Best => usual * 2,
    }
}
