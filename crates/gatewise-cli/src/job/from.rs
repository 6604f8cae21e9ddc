//! `--from`: training that begins with the weights of another forecaster, in the shape that it has.

use std::path::Path;

use gatewise::loss::Loss;
use gatewise::task::forecast::{ForecastConfig, Forecaster, Network, Plan};
use serde::Serialize;

use crate::args::{LossName, TrainArgs};
use crate::failure::Failure;
use crate::model::Loaded;

/// Settles a setting that the weights of a model settle; one that the user gave otherwise is an error.
pub fn settle<T: PartialEq + Clone + Serialize>(flag: &str, given: &mut Option<T>, own: T, path: &Path) -> Result<(), Failure> {
    let shown = |value: &T| serde_json::to_value(value).map_or(String::new(), |v| v.as_str().map_or(v.to_string(), str::to_owned));
    match given {
        Some(other) if *other != own => {
            let message = format!("--{flag} {}: the model in {} has {}", shown(other), path.display(), shown(&own));
            Err(Failure::usage(message).help(format!("leave --{flag} out; a model is trained on in the shape that it has")))
        }
        _ => {
            *given = Some(own);
            Ok(())
        }
    }
}

/// Reads the model and settles what its weights settle.
pub fn load(path: &Path, t: &mut TrainArgs) -> Result<Forecaster, Failure> {
    let forecaster = Loaded::load(path)?.forecaster;
    crate::model::has_network(&forecaster)?;
    let seasons = forecaster.config().seasons();
    let ForecastConfig { horizon, lookback, segment, channels, normalize, log, quantiles, loss, network, .. } = forecaster.config().clone();
    let Network { cell, hidden, layers, layer_norm, skip, .. } = network;
    settle("horizon", &mut t.horizon, horizon, path)?;
    settle("lookback", &mut t.lookback, lookback, path)?;
    settle("segment", &mut t.segment, segment, path)?;
    settle("season", &mut t.season, if seasons.is_empty() { vec![1] } else { seasons }, path)?;
    settle("channels", &mut t.channels, channels, path)?;
    settle("normalize", &mut t.normalize, normalize, path)?;
    settle("log", &mut t.log, log, path)?;
    settle("loss", &mut t.loss, loss_name(&loss), path)?;
    if !quantiles.is_empty() {
        settle("quantiles", &mut t.quantiles, quantiles, path)?;
    }
    settle("cell", &mut t.network.cell, cell, path)?;
    settle("hidden", &mut t.network.hidden, hidden, path)?;
    settle("layers", &mut t.network.layers, layers, path)?;
    settle("layer-norm", &mut t.layer.layer_norm, layer_norm, path)?;
    settle("skip", &mut t.skip, skip, path)?;
    Ok(forecaster)
}

/// Checks that the data ask for a network of the model's shape.
pub fn check(base: &Forecaster, plan: &Plan, path: &Path) -> Result<(), Failure> {
    let (own, asked) = (base.config(), &plan.config);
    let columns = |c: &ForecastConfig| format!("{} targets and {} covariates", c.window_targets(), c.covariates);
    if (own.window_targets(), own.covariates) != (asked.window_targets(), asked.covariates) {
        let message = format!("the model in {} reads {}, the data have {}", path.display(), columns(own), columns(asked));
        return Err(Failure::data(message).help("--target and --covariates choose columns"));
    }
    if own.loss != asked.loss {
        let message = format!("the model in {} was trained by another loss: {:?}", path.display(), own.loss);
        return Err(Failure::usage(message).help("leave --loss and --quantiles out"));
    }
    Ok(())
}

fn loss_name(loss: &Loss) -> LossName {
    match loss {
        Loss::Mse => LossName::Mse,
        Loss::Mae => LossName::Mae,
        Loss::Huber { .. } => LossName::Huber,
        Loss::Gaussian => LossName::Gaussian,
        Loss::StudentT => LossName::StudentT,
        Loss::Quantile { .. } | Loss::CrossEntropy { .. } => LossName::Quantile,
    }
}
