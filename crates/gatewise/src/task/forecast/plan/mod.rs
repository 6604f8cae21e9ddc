//! From settings and data to everything a training needs; what the user left open is decided here.

mod ends;
mod place;
mod shape;
mod training;

use gatewise_data::{Choice, Dataset};

use super::limits::limits;
use super::{
    CellName, Channels, Combine, Effects, ForecastConfig, ForecastError, LossName, Network, Normalize, Options, Outlier, Outliers, Scales,
    Table, Train, training_windows,
};
use crate::batch::Source;
use crate::choice::Choices;
use crate::error::Error;
use crate::loss::Loss;
use crate::options::Preset;
use ends::Ends;
pub use ends::Parts;
pub use place::Place;
pub use training::{TRAINED_LR, Training};

/// Quantiles where the user names none: the median, and the ends of the 80 and 95 % intervals.
const QUANTILES: [f64; 5] = [0.025, 0.1, 0.5, 0.9, 0.975];

/// Training windows below which a small network learns all there is.
const FEW_WINDOWS: usize = 2_000;

/// Training windows from which a large network pays.
const MANY_WINDOWS: usize = 20_000;

/// Training windows from which a network is worth its training; with fewer the simple methods forecast alone.
const LEAST_WINDOWS: usize = 8;

/// Rows, and horizons, that the longest series needs for a network of its own: with fewer the prior has learned more from synthetic series, unless
/// many series are learned from together.
const LEAST_ROWS: usize = 60;
const LEAST_HORIZONS: usize = 5;

/// Share of missing values from which a network reads which they are: an hour a year that clocks skip is not worth twice the inputs.
const LEAST_MISSING: f64 = 1e-3;

/// Choices that say nothing where no network is trained.
const OF_NETWORKS: [&str; 6] = ["lookback", "segment", "hidden", "batch", "epochs", "lr"];

/// What is usual where nothing in the data decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// Held-back windows of each series at most.
    pub windows: usize,
    /// How forecasts are combined.
    pub combine: Combine,
    /// Whether long series are learned from by some of their windows.
    pub sampled: bool,
    /// Whether networks are trained.
    pub train: Train,
    /// What becomes of outliers.
    pub outliers: Outliers,
}

impl Usual {
    /// Of a run that begins.
    pub const NEW: Usual = Usual { windows: 20, combine: Combine::Auto, sampled: true, train: Train::Auto, outliers: Outliers::Replace };

    /// Of a run that an earlier version began, whose networks stand alone: `held_back` says whether their last rows were.
    pub const fn before(held_back: bool) -> Self {
        Usual {
            windows: if held_back { 1 } else { 0 },
            combine: Combine::Network,
            sampled: false,
            train: Train::Full,
            outliers: Outliers::Keep,
        }
    }
}

/// All that a training needs.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The forecaster.
    pub config: ForecastConfig,
    /// Its training.
    pub training: Training,
    /// What known covariates add to the targets, as all rows show it.
    pub effects: Option<Effects>,
    /// The parts of every series, and the windows that judge.
    pub parts: Parts,
    /// Whether there are rows enough to train a network.
    pub network: bool,
    /// How candidates are combined; none where nothing is: the network stands alone.
    pub combine: Option<Combine>,
    /// Every option, the chosen ones too.
    pub options: Options,
    /// What was chosen, in reading the data too.
    pub choices: Vec<Choice>,
}

impl Plan {
    /// Fills in what the options leave open.
    ///
    /// # Errors
    /// No horizon, an option that does not fit the others or the data, and data too short for a forecast.
    pub fn new(dataset: &Dataset, options: &Options) -> Result<Self, Error> {
        Self::with(dataset, options, Usual::NEW, false)
    }

    /// As [`new`](Self::new); what nothing in the data decides is as `usual` says. `trained` weights are trained on in smaller steps.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(dataset: &Dataset, options: &Options, usual: Usual, trained: bool) -> Result<Self, Error> {
        let mut options = options.clone();
        let mut choices = Choices::new(&dataset.guesses);
        let t = &mut options;
        let outliers = Choices::or_default(&mut t.outliers, usual.outliers);
        let plain = Table::of(dataset);
        // What a plan adds is no season, no outlier and no swing.
        let effects = Effects::of(
            &plain,
            &t.season.clone().unwrap_or_else(|| vec![shape::likely_season(dataset, &plain)]),
            |s| plain.series()[s].len(),
            t.log == Some(true),
        );
        let table = plain.less(effects.as_ref());
        if let Some(effects) = &effects {
            choices.note("future", effects.tell(dataset));
        } else if !dataset.known.is_empty() {
            choices.note("future", format!("{}: the targets do not follow", dataset.known.join(", ")));
        }
        let found = if outliers == Outliers::Replace { table.outliers() } else { Vec::new() };
        if let Some(told) = Outlier::tell(&found, dataset) {
            choices.note("outliers", format!("replace ({told})"));
        }
        let table = table.with(&found);
        let ahead = (0..table.series().len()).map(|s| table.rows_ahead(s)).min().unwrap_or(0);
        let horizon = match t.horizon {
            None if ahead > 0 => {
                choices.infer(&mut t.horizon, "horizon", || (ahead, "rows of ⦃future⦄ behind the last target".to_string()))
            }
            _ => t.asked_horizon()?,
        };
        let longest = table.series().iter().map(|s| s.len()).max().unwrap_or(0);
        let preset = Choices::or_default(&mut t.training.preset, Preset::Balanced);
        let mut seasons = choices.infer_list(&mut t.season, "season", || shape::seasons(dataset, &table, longest));
        seasons.sort_unstable();
        seasons.dedup();
        if seasons.len() > 1 {
            seasons.retain(|s| *s > 1);
        }
        let season = seasons[0];

        let train = Choices::or_default(&mut t.train, usual.train);
        check_train(train, t, trained)?;
        let windows = Choices::or_default(&mut t.backtest_windows, if train == Train::None { 0 } else { usual.windows });
        let combine = Choices::or_default(&mut t.combine, usual.combine);
        let ends = Ends::find(dataset, t.valid_from.as_deref(), t.test_from.as_deref(), windows)?;
        let rows = ends.longest_training(&table, horizon);
        let lookback = choices.infer(&mut t.lookback, "lookback", || shape::lookback(&seasons, horizon, rows));
        let segment = choices.infer(&mut t.segment, "segment", || shape::segment(season, lookback));
        let parts = ends.parts(&table, horizon, lookback);
        let splits = &parts.splits;
        let known = |s: usize| splits[s].valid_end;
        let log = choices.infer(&mut t.log, "log", || {
            let log = !effects.as_ref().is_some_and(Effects::adds) && shape::grows_with_level(&table, season, known);
            (log, if log { "swings grow with the level" } else { "" }.to_string())
        });
        let mut least = vec![None; table.targets()];
        let nonnegative = choices.infer(&mut t.nonnegative, "nonnegative", || {
            let never = shape::never_negative(&table.whole());
            let all = !never.contains(&false);
            let named: Vec<&str> =
                dataset.channels.iter().zip(&never).filter(|(_, never)| **never).map(|(name, _)| name.as_str()).collect();
            if !all {
                least.iter_mut().zip(&never).filter(|(_, never)| **never).for_each(|(least, _)| *least = Some(0.0));
            }
            let reason = match (all, named.is_empty()) {
                (true, _) => "no value is below 0".to_owned(),
                (false, false) => format!("but of {}, where no value is below 0", some_of(&named)),
                (false, true) => String::new(),
            };
            (all, reason)
        });
        let given = (t.min.as_deref().unwrap_or_default(), t.max.as_deref().unwrap_or_default(), t.whole.as_deref().unwrap_or_default());
        let limits = limits(&dataset.channels[..table.targets()], given, &least)?;
        let channels = Choices::or_default(&mut t.channels, Channels::Independent);
        let normalize = Choices::or_default(&mut t.normalize, Normalize::Window);
        let loss_name = Choices::or_default(&mut t.loss, LossName::Quantile);
        let quantiles = Choices::or_default(&mut t.quantiles, QUANTILES.to_vec());
        let (loss, quantiles) = loss(loss_name, quantiles);
        let mut config = ForecastConfig {
            horizon,
            lookback,
            segment,
            season,
            longer_seasons: seasons[1..].to_vec(),
            stride: if usual.sampled { shape::stride(rows) } else { 1 },
            channels,
            normalize,
            log,
            nonnegative,
            limits,
            outliers,
            targets: table.targets(),
            covariates: table.channels() - table.targets(),
            mask: table.missing_share() >= LEAST_MISSING,
            quantiles,
            loss,
            network: Network {
                cell: Choices::or_default(&mut t.network.cell, CellName::Gru),
                hidden: t.network.hidden.unwrap_or(1),
                layers: Choices::or_default(&mut t.network.layers, 1),
                dropout: t.layer.dropout.unwrap_or(0.0),
                layer_norm: Choices::or_default(&mut t.layer.layer_norm, false),
                skip: Choices::or_default(&mut t.skip, true),
            },
        };
        config.check()?;
        let alone = combine == Combine::Network || windows == 0;
        let windows = match training_windows(&table, &config, &Scales::default(), splits) {
            Ok((train, _)) => train.len(),
            Err(ForecastError::TooShort { .. }) if combine == Combine::Network && train != Train::None => {
                return Err(too_short(rows, &config));
            }
            Err(ForecastError::TooShort { .. }) => 0,
            Err(other) => return Err(other.into()),
        };
        let short = longest < LEAST_ROWS.max(LEAST_HORIZONS * horizon) && windows < FEW_WINDOWS;
        let network = match train {
            Train::None => false,
            Train::Auto if short && !alone && !trained => false,
            Train::Auto if !alone && !trained => windows >= LEAST_WINDOWS,
            Train::Auto | Train::Full => windows >= 1,
        };
        let combine = (!alone || !network || combine == Combine::Network && !parts.judged.iter().all(Vec::is_empty)).then_some(combine);
        config.network.hidden =
            choices.infer(&mut t.network.hidden, "hidden", || (hidden(windows, segment, preset), format!("{windows} training windows")));
        config.network.dropout = Choices::or_default(&mut t.layer.dropout, 0.0);
        config.check()?;
        config.model().check_training().map_err(ForecastError::from)?;
        let mut training = Training::new(t, &mut choices, (windows, table.series().len() * table.targets()), preset, trained)?;
        if !network || combine.is_none_or(|combine| combine == Combine::Network) {
            // Nobody asks it.
            training.prior_steps = 0;
        }
        let mut choices = choices.finish();
        if !network {
            choices.retain(|choice| !OF_NETWORKS.contains(&choice.what.as_str()));
        }
        Ok(Self { config, training, effects, parts, network, combine, options, choices })
    }
}

/// Names shown of targets that share a choice.
const NAMED: usize = 4;

/// The first names of a list, and how many follow.
fn some_of(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMED);
    names[..names.len() - more].join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

impl Plan {
    /// What known covariates add, as the first `rows(s)` rows of each series show it.
    pub(super) fn find_effects(&self, table: &Table<'_>, rows: impl Fn(usize) -> usize) -> Option<Effects> {
        Effects::of(table, &self.config.seasons(), rows, self.config.log)
    }
}

/// What asks for networks does not go with training none.
fn check_train(train: Train, options: &Options, trained: bool) -> Result<(), Error> {
    let other = if options.combine == Some(Combine::Network) {
        "⦃combine⦄ network"
    } else if options.tune_prior == Some(true) {
        "⦃tune_prior⦄ true"
    } else if trained {
        "a trained model to begin with"
    } else {
        return Ok(());
    };
    match train {
        Train::None => {
            Err(Error::usage(format!("⦃train⦄ none trains nothing, and {other} asks for a network")).help("leave one of them out"))
        }
        Train::Auto | Train::Full => Ok(()),
    }
}

/// No series holds a window.
fn too_short(rows: usize, config: &ForecastConfig) -> Error {
    let needed = config.least_past() + config.horizon;
    let error = Error::data(format!(
        "the data are too short to forecast {} rows: the longest series leaves {rows} for training, and a window needs {needed}",
        config.horizon
    ));
    match rows.saturating_sub(config.least_past()) {
        0 => error.help("give more rows"),
        most => error.help(format!("⦃horizon⦄ {most} or less, or give more rows")),
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

/// Segments from which windows that begin in the same one count as fewer: they are nearly alike.
const LONG_SEGMENT: usize = 24;

/// Hidden units for a number of training windows that are read in segments.
fn hidden(windows: usize, segment: usize, preset: Preset) -> usize {
    let windows = windows * LONG_SEGMENT / segment.max(LONG_SEGMENT);
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
