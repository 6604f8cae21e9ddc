//! `--from`: training that begins with the weights of another forecaster, in the shape that it has.

use std::path::Path;

use gatewise::loss::Loss;
use gatewise::task::forecast::{ForecastConfig, Forecaster, Network, Plan};

use crate::args::{LossName, TrainArgs};
use crate::failure::Failure;
use crate::model::Loaded;
use gatewise::options::pin;

/// Reads the model and settles what its weights settle.
pub fn load(path: &Path, t: &mut TrainArgs) -> Result<Forecaster, Failure> {
    let (forecaster, place) = (Loaded::load(path)?.forecaster, path.display().to_string());
    crate::model::has_network(&forecaster)?;
    let seasons = forecaster.config().seasons();
    let ForecastConfig { horizon, lookback, segment, channels, normalize, log, quantiles, loss, network, .. } = forecaster.config().clone();
    let Network { cell, hidden, layers, layer_norm, skip, .. } = network;
    pin("horizon", &mut t.horizon, horizon, &place)?;
    pin("lookback", &mut t.lookback, lookback, &place)?;
    pin("segment", &mut t.segment, segment, &place)?;
    pin("season", &mut t.season, if seasons.is_empty() { vec![1] } else { seasons }, &place)?;
    pin("channels", &mut t.channels, channels, &place)?;
    pin("normalize", &mut t.normalize, normalize, &place)?;
    pin("log", &mut t.log, log, &place)?;
    pin("loss", &mut t.loss, loss_name(&loss), &place)?;
    if !quantiles.is_empty() {
        pin("quantiles", &mut t.quantiles, quantiles, &place)?;
    }
    pin("cell", &mut t.network.cell, cell, &place)?;
    pin("hidden", &mut t.network.hidden, hidden, &place)?;
    pin("layers", &mut t.network.layers, layers, &place)?;
    pin("layer-norm", &mut t.layer.layer_norm, layer_norm, &place)?;
    pin("skip", &mut t.skip, skip, &place)?;
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
