//! Levels and spreads in double precision, as forecasts measure them.

use gatewise::forecast::{self, Forecaster, Normalize};

use super::graph::{Graph, Value};
use super::series::Series;

/// Least share of a series' spread that a window's spread has.
const LEAST_SHARE: f64 = 0.05;
/// Share of the level below which a standard deviation counts as none.
const NOISE_SHARE: f64 = 1e-14;

/// z = (value − center) / spread for each channel of each window: (B, 1, C), double precision.
pub(super) struct Scale {
    pub center: Value,
    /// 0 for a constant.
    pub spread: Value,
}

impl Scale {
    /// Mean and standard deviation of rows (B, P, C).
    fn of(g: &mut Graph, rows: &Value) -> Self {
        let center = mean(g, rows);
        let off = g.sub(rows, &center);
        let squares = g.mul(&off, &off);
        let variance = g.mean(&squares, &[1], true);
        let deviation = g.op("Sqrt", &[&variance]);
        let level = g.op("Abs", &[&center]);
        let (share, least, zero) = (g.f64(NOISE_SHARE), g.f64(f64::MIN_POSITIVE), g.f64(0.0));
        let noise = g.mul(&level, &share);
        let noise = g.op("Max", &[&noise, &least]);
        let moves = g.op("Greater", &[&deviation, &noise]);
        let spread = g.choose(&moves, &deviation, &zero);
        Self { center, spread }
    }

    /// Rows (B, P, C) on this scale, in single precision. What leaves a constant is measured by the size of its level.
    pub fn apply(&self, g: &mut Graph, rows: &Value) -> Value {
        let (zero, one, least) = (g.f64(0.0), g.f64(1.0), g.f64(f64::MIN_POSITIVE));
        let level = g.op("Abs", &[&self.center]);
        let high = g.op("Greater", &[&level, &least]);
        let level = g.choose(&high, &level, &one);
        let moves = g.op("Greater", &[&self.spread, &zero]);
        let unit = g.choose(&moves, &self.spread, &level);
        let off = g.sub(rows, &self.center);
        let z = g.div(&off, &unit);
        g.single(&z)
    }
}

/// The mean of rows (B, P, C), without losing what large levels differ by: (B, 1, C).
fn mean(g: &mut Graph, rows: &Value) -> Value {
    let first = g.slice(rows, 1, 0, 1);
    let off = g.sub(rows, &first);
    let mean = g.mean(&off, &[1], true);
    g.add(&first, &mean)
}

/// The scale of windows. `rows`: all that were given, `past`: those looked back on. None where values stay as they are.
pub(super) fn of_windows(g: &mut Graph, model: &Forecaster, series: &Series<'_>, rows: &Value, past: &Value) -> Option<Scale> {
    let config = model.config();
    if config.normalize == Normalize::None {
        return None;
    }
    let own = Scale::of(g, rows);
    let channels = config.targets + config.covariates;
    let mut pick = |name: &str, number: fn(forecast::Scale) -> f64, own: &Value| {
        let of = |id: &str| (0..channels).map(|channel| model.scales().get(id, channel).map_or(0.0, number)).collect();
        series.pick(g, name, [1, channels], of, own)
    };
    let known = Scale {
        center: pick("scale.center", |scale| scale.center, &own.center),
        spread: pick("scale.spread", |scale| scale.spread, &own.spread),
    };
    if config.normalize == Normalize::Series {
        return Some(known);
    }
    let recent = g.slice(past, 1, -(config.season.max(1).min(config.lookback) as i64), i64::MAX);
    let (center, window) = (mean(g, &recent), Scale::of(g, past));
    let share = g.f64(LEAST_SHARE);
    let least = g.mul(&known.spread, &share);
    Some(Scale { center, spread: g.op("Max", &[&window.spread, &least]) })
}
