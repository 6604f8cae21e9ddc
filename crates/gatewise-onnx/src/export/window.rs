//! Rows of a table as the windows that networks read.

use gatewise::forecast::{Channels, ForecastConfig, Forecaster, Normalize};

use super::effects::{self, Ahead};
use super::graph::{Dim, Graph, Value};
use super::network::Read;
use super::scale::{self, Scale};
use super::series::Series;
use crate::proto::data_type;

/// Windows of a batch, N = B of them or, where each target is one, B·targets.
pub(super) struct Windows {
    /// Features of the steps: (N, T, segment·channels).
    pub read: Read,
    /// What the linear path reads: (N, lookback, targets of a window).
    pub window: Option<Value>,
    /// By target: (B, 1, targets).
    pub scale: Option<Scale>,
    /// What known covariates add to the rows ahead.
    pub ahead: Option<Ahead>,
}

impl Windows {
    /// Of the rows that are an input then, with the numbers of their series and what is known of them.
    pub fn new(g: &mut Graph, model: &Forecaster) -> Self {
        let config = model.config();
        let shape = [Dim::Free("batch"), Dim::Free("rows"), Dim::Fixed(config.targets + config.covariates)];
        let doc = format!(
            "The last rows of a table in order of time, in its units and without gaps, columns as in gatewise.columns: (batch, rows, columns). At least \
             {} rows; the last {} are looked back on.",
            config.least_past(),
            config.lookback
        );
        let rows = g.input("rows", data_type::DOUBLE, &shape, &doc);
        let asked = config.normalize != Normalize::None || model.effects().is_some();
        let series = Series::new(g, if asked { Series::ids(model) } else { Vec::new() });
        let columns = Columns(config);
        let (mut targets, covariates) = (columns.targets(g, &rows), columns.covariates(g, &rows));
        let ahead = model.effects().map(|effects| {
            let (without, ahead) = effects::taken_off(g, effects, &series, config.horizon, &targets);
            targets = without;
            ahead
        });
        g.part("scale");
        if config.log {
            targets = g.op("Log", &[&targets]);
        }
        let rows = match &covariates {
            Some(covariates) => g.concat(&[&targets, covariates], 2),
            None => targets,
        };
        let past = g.slice(&rows, 1, -(config.lookback as i64), i64::MAX);
        let scale = scale::of_windows(g, model, &series, &rows, &past);
        let z = match &scale {
            Some(scale) => scale.apply(g, &past),
            None => g.single(&past),
        };
        g.part("window");
        let scale = scale.map(|scale| Scale { center: columns.targets(g, &scale.center), spread: columns.targets(g, &scale.spread) });
        let (seen, own) = columns.windows(g, z);
        let window = config.network.skip.then(|| {
            let (have, whole) = (g.shape(&own, 1, 2), g.ints(&[config.lookback as i64]));
            let lacking = g.sub(&whole, &have);
            padded(g, &own, &lacking)
        });
        let seen = if config.mask { with_marks(g, &seen) } else { seen };
        Self { read: Read::Features(steps(g, config, seen)), window, scale, ahead }
    }
}

/// The columns of a table: targets, then covariates.
struct Columns<'a>(&'a ForecastConfig);

impl Columns<'_> {
    /// Those of (B, ·, columns) that are targets.
    fn targets(&self, g: &mut Graph, value: &Value) -> Value {
        if self.0.covariates == 0 { value.clone() } else { g.slice(value, 2, 0, self.0.targets as i64) }
    }

    /// Those that are not.
    fn covariates(&self, g: &mut Graph, value: &Value) -> Option<Value> {
        (self.0.covariates > 0).then(|| g.slice(value, 2, self.0.targets as i64, i64::MAX))
    }

    /// Scaled rows (B, P, columns) as windows: what each sees, (N, P, channels), and its targets, (N, P, targets of a window).
    fn windows(&self, g: &mut Graph, z: Value) -> (Value, Value) {
        let (own, beside) = (self.targets(g, &z), self.covariates(g, &z));
        if self.0.channels == Channels::Joint {
            return (z, own);
        }
        // (B, targets, P): each target is a window of its own.
        let by_target = g.transpose(&own, &[0, 2, 1]);
        let own = g.unsqueeze(&by_target, 3);
        let seen = beside.map(|beside| {
            let beside = g.unsqueeze(&beside, 1);
            let (shape, width) = (g.shape(&by_target, 0, 3), g.ints(&[self.0.covariates as i64]));
            let shape = g.concat(&[&shape, &width], 0);
            let beside = g.op("Expand", &[&beside, &shape]);
            g.concat(&[&own, &beside], 3)
        });
        let joined = |g: &mut Graph, value: &Value, width: usize| {
            let (time, rest, width) = (g.shape(value, 2, 3), g.ints(&[-1]), g.ints(&[width as i64]));
            let shape = g.concat(&[&rest, &time, &width], 0);
            g.op("Reshape", &[value, &shape])
        };
        let own = joined(g, &own, 1);
        let seen = seen.map_or_else(|| own.clone(), |seen| joined(g, &seen, 1 + self.0.covariates));
        (seen, own)
    }
}

/// Rows (N, P, channels) with marks behind them that no value is missing: (N, P, 2·channels).
fn with_marks(g: &mut Graph, seen: &Value) -> Value {
    let none = g.sub(seen, seen);
    g.concat(&[seen, &none], 2)
}

/// Rows (N, P, features) as steps of segments, a first one that is not full beginning with zeros: (N, T, segment·features).
fn steps(g: &mut Graph, config: &ForecastConfig, seen: Value) -> Value {
    if config.segment == 1 {
        return seen;
    }
    let (have, segment) = (g.shape(&seen, 1, 2), g.ints(&[config.segment as i64]));
    let less = g.op("Neg", &[&have]);
    let lacking = g.op("Mod", &[&less, &segment]);
    let whole = padded(g, &seen, &lacking);
    let (batch, rest, width) = (g.shape(&whole, 0, 1), g.ints(&[-1]), g.ints(&[config.step_width() as i64]));
    let shape = g.concat(&[&batch, &rest, &width], 0);
    g.op("Reshape", &[&whole, &shape])
}

/// `value` (N, P, C) with `lacking` rows of zeros before it, a row of one.
fn padded(g: &mut Graph, value: &Value, lacking: &Value) -> Value {
    let (before, behind) = (g.ints(&[0]), g.ints(&[0, 0, 0, 0]));
    let pads = g.concat(&[&before, lacking, &behind], 0);
    g.op("Pad", &[value, &pads])
}
