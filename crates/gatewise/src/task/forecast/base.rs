//! Training that begins with the weights of another forecaster, in the shape that it has.

use super::options::{LossName, Options};
use super::{ForecastConfig, Forecaster, Network, Plan};
use crate::error::Error;
use crate::loss::Loss;
use crate::options::pin;

impl Forecaster {
    /// Refuses a forecaster without networks, where it is the network that is asked for.
    ///
    /// # Errors
    /// There is none.
    pub fn check_network(&self) -> Result<(), Error> {
        if self.members().is_empty() {
            let error = Error::data("the model has no network: none was trained, and the prior and simple methods forecast alone");
            return Err(error.help("train on more rows, or with ⦃combine⦄ network"));
        }
        Ok(())
    }
}

impl Options {
    /// Settles what the weights of `base` settle: rows, seasons, the loss, sizes, the cell. `place` names the model in errors.
    ///
    /// # Errors
    /// A setting that was given otherwise, and a model without a network.
    pub fn pin(&mut self, base: &Forecaster, place: &str) -> Result<(), Error> {
        base.check_network()?;
        let seasons = base.config().seasons();
        let ForecastConfig { horizon, lookback, segment, channels, normalize, log, quantiles, loss, network, .. } = base.config().clone();
        let Network { cell, hidden, layers, layer_norm, skip, .. } = network;
        pin("horizon", &mut self.horizon, horizon, place)?;
        pin("lookback", &mut self.lookback, lookback, place)?;
        pin("segment", &mut self.segment, segment, place)?;
        pin("season", &mut self.season, if seasons.is_empty() { vec![1] } else { seasons }, place)?;
        pin("channels", &mut self.channels, channels, place)?;
        pin("normalize", &mut self.normalize, normalize, place)?;
        pin("log", &mut self.log, log, place)?;
        pin("loss", &mut self.loss, loss_name(&loss), place)?;
        if !quantiles.is_empty() {
            pin("quantiles", &mut self.quantiles, quantiles, place)?;
        }
        pin("cell", &mut self.network.cell, cell, place)?;
        pin("hidden", &mut self.network.hidden, hidden, place)?;
        pin("layers", &mut self.network.layers, layers, place)?;
        pin("layer-norm", &mut self.layer.layer_norm, layer_norm, place)?;
        pin("skip", &mut self.skip, skip, place)
    }
}

impl Plan {
    /// Checks that the data ask for a network of the shape of `base`, the model in `place`.
    ///
    /// # Errors
    /// Other columns, or another loss.
    pub fn check_base(&self, base: &Forecaster, place: &str) -> Result<(), Error> {
        let (own, asked) = (base.config(), &self.config);
        let columns = |c: &ForecastConfig| format!("{} targets and {} covariates", c.window_targets(), c.covariates);
        if (own.window_targets(), own.covariates) != (asked.window_targets(), asked.covariates) {
            let message = format!("the model in {place} reads {}, the data have {}", columns(own), columns(asked));
            return Err(Error::data(message).help("⦃target⦄ and ⦃covariates⦄ choose columns"));
        }
        if own.loss != asked.loss {
            let message = format!("the model in {place} was trained by another loss: {:?}", own.loss);
            return Err(Error::usage(message).help("leave ⦃loss⦄ and ⦃quantiles⦄ out"));
        }
        Ok(())
    }
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
