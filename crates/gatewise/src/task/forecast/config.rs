//! What a forecaster is: the shape of its windows, how they are scaled, and its network.

use gatewise_kernels::Cell;
use serde::{Deserialize, Serialize};

use super::error::ForecastError;
use super::limits::Limits;
use super::outliers::Outliers;
use super::scale::{Normalize, Scale};
use crate::loss::Loss;
use crate::model::{LinearSkipConfig, MAX_SIZE, ModelConfig};

/// How the channels of a table meet the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channels {
    /// Every channel of every series is a sequence of its own; one network serves all.
    #[default]
    Independent,
    /// A window holds all channels and forecasts all targets.
    Joint,
}

/// Everything about a forecaster but its weights and the scales of known series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastConfig {
    /// Rows forecast at once.
    pub horizon: usize,
    /// Rows a window looks back on; a multiple of `segment`.
    pub lookback: usize,
    /// Rows the recurrent network reads in one step (SegRNN, Lin 2023).
    pub segment: usize,
    /// Rows of a season; 1 where there is none. Of several, the one that errors are scaled by.
    pub season: usize,
    /// Further seasons, longer than `season`, shortest first: 672 beside 96 for a week of quarter hours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub longer_seasons: Vec<usize>,
    /// Rows between the windows that are learned from: 1 for every one, more where a long series has more than teach anything new.
    #[serde(default = "every", skip_serializing_if = "is_every")]
    pub stride: usize,
    /// One channel a window, or all.
    pub channels: Channels,
    /// Where a window's level and spread come from.
    pub normalize: Normalize,
    /// Whether targets are forecast on a logarithmic scale.
    pub log: bool,
    /// Whether forecasts below zero become zero: for counts, amounts and concentrations.
    pub nonnegative: bool,
    /// What the values of each target can be, beside that; empty where they can be anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limits>,
    /// What becomes of outliers in what is looked back on.
    #[serde(default)]
    pub outliers: Outliers,
    /// Target columns of the table.
    pub targets: usize,
    /// Covariate columns behind them, known for the past alone.
    pub covariates: usize,
    /// Whether each channel a window reads is followed, behind them all, by a mark that is 1 where its value is missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mask: bool,
    /// Levels of the intervals in what is printed, rising, each in (0, 1); empty where the loss has none.
    pub quantiles: Vec<f64>,
    /// What the network is trained by; it decides what the head says of each step.
    pub loss: Loss,
    /// The network.
    pub network: Network,
}

fn every() -> usize {
    1
}

fn is_every(stride: &usize) -> bool {
    *stride == 1
}

/// The part of a [`ModelConfig`] that a forecast leaves open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Recurrent cell.
    pub cell: Cell,
    /// Hidden units of each layer.
    pub hidden: usize,
    /// Recurrent layers.
    pub layers: usize,
    /// Share of outputs dropped in training.
    pub dropout: f64,
    /// Whether each layer's outputs are normalised.
    pub layer_norm: bool,
    /// Whether a linear path runs beside the network, starting as the seasonal-naive forecast.
    pub skip: bool,
}

impl ForecastConfig {
    /// Steps of the recurrent network over a full window.
    pub fn steps(&self) -> usize {
        self.lookback / self.segment
    }

    /// Channels a window reads.
    pub fn window_channels(&self) -> usize {
        self.window_targets() + self.covariates
    }

    /// Targets a window forecasts.
    pub fn window_targets(&self) -> usize {
        match self.channels {
            Channels::Independent => 1,
            Channels::Joint => self.targets,
        }
    }

    /// Features of a row: its channels, and their marks where it has them.
    pub fn row_width(&self) -> usize {
        self.window_channels() * if self.mask { 2 } else { 1 }
    }

    /// Features of one step: (segment, [`row_width`](Self::row_width)).
    pub fn step_width(&self) -> usize {
        self.segment.saturating_mul(self.row_width())
    }

    /// Every season, shortest first; none where `season` is 1.
    pub fn seasons(&self) -> Vec<usize> {
        std::iter::once(self.season).chain(self.longer_seasons.iter().copied()).filter(|s| *s > 1).collect()
    }

    /// The season and the longest one beyond it; 1 for none.
    pub fn two_seasons(&self) -> (usize, usize) {
        (self.season, self.longer_seasons.last().copied().unwrap_or(1))
    }

    /// Rows a window needs at least before its origin; what is missing up to `lookback` is left out.
    pub fn least_past(&self) -> usize {
        self.season.min(self.lookback).max(1)
    }

    /// A value of the network back in the units of the data.
    pub(super) fn undo(&self, scale: Scale, z: f64) -> f64 {
        let value = scale.undo(z);
        let value = if self.log { value.exp() } else { value };
        if self.nonnegative { value.max(0.0) } else { value }
    }

    /// What the values of a target can be.
    pub fn limits(&self, target: usize) -> Limits {
        let own = self.limits.get(target).copied().unwrap_or_default();
        if self.nonnegative { Limits { min: Some(own.min.map_or(0.0, |min| min.max(0.0))), ..own } } else { own }
    }

    /// The network's sizes.
    pub fn model(&self) -> ModelConfig {
        let Network { cell, hidden, layers, dropout, layer_norm, skip } = self.network.clone();
        let targets = self.window_targets();
        let width = self.loss.width();
        let outputs = self.horizon.saturating_mul(targets).saturating_mul(width);
        // Of a distribution the path moves the location; scale and tail are the network's.
        let all = !matches!(self.loss, Loss::Gaussian | Loss::StudentT);
        let skip = skip.then_some(LinearSkipConfig { lookback: self.lookback, horizon: self.horizon, targets, width, all });
        ModelConfig { layers, dropout, layer_norm, skip, ..ModelConfig::new(cell, self.step_width(), hidden, outputs) }
    }

    /// The linear path's first weights, (horizon, lookback): the seasonal-naive forecast, or the last value without a season.
    pub fn skip_start(&self) -> Vec<f32> {
        let season = if self.season <= self.lookback { self.season } else { 1 };
        let mut weights = vec![0.0; self.horizon * self.lookback];
        for h in 0..self.horizon {
            weights[h * self.lookback + self.lookback - season + h % season] = 1.0;
        }
        weights
    }

    /// Checks that the parts fit.
    ///
    /// # Errors
    /// Names the first setting that does not, and what would.
    pub fn check(&self) -> Result<(), ForecastError> {
        let positive = [
            ("horizon", self.horizon),
            ("lookback", self.lookback),
            ("segment", self.segment),
            ("season", self.season),
            ("stride", self.stride),
            ("targets", self.targets),
        ];
        if let Some((setting, _)) = positive.into_iter().find(|&(_, value)| value == 0) {
            return Err(ForecastError::setting(setting, "must be at least 1"));
        }
        let longer = self.longer_seasons.iter().map(|&season| ("season", season));
        let sizes = positive.into_iter().chain(longer).chain([("covariates", self.covariates)]);
        if let Some((setting, value)) = sizes.into_iter().find(|&(_, value)| value > MAX_SIZE) {
            return Err(ForecastError::setting(setting, format!("is {value}; it must be at most {MAX_SIZE}")));
        }
        let most = MAX_SIZE / self.window_targets().saturating_mul(self.loss.width()).max(1);
        if self.horizon > most {
            return Err(ForecastError::setting("horizon", format!("is {}; at most {most} fit a network with such outputs", self.horizon)));
        }
        if !self.lookback.is_multiple_of(self.segment) {
            let near = (self.lookback / self.segment).max(1).saturating_mul(self.segment);
            return Err(ForecastError::setting(
                "segment",
                format!("{} does not divide the lookback of {}; a lookback of {near} fits", self.segment, self.lookback),
            ));
        }
        let rising = self.quantiles.windows(2).all(|q| q[0] < q[1]);
        if !rising || self.quantiles.iter().any(|q| !(*q > 0.0 && *q < 1.0)) {
            return Err(ForecastError::setting("quantiles", "must rise from above 0 to below 1, such as 0.1,0.5,0.9"));
        }
        if let Some(target) = self.limits.iter().position(|limits| !limits.is_sound()) {
            return Err(ForecastError::setting("min", format!("is above the greatest value of target {}", target + 1)));
        }
        self.loss.validate()?;
        Ok(self.model().check()?)
    }
}
