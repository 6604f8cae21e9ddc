//! Forecasters: rows of a table in, a point and quantiles out, both in the units of the table.

use gatewise::forecast::{Candidate, Channels, Combination, DataSpec, ForecastConfig, Forecaster, Limits, Outliers};
use gatewise::model::Model;
use serde_json::{Value as Json, json};

use super::distribution::point_and_quantiles;
use super::graph::{Dim, Graph, Numbers, Value};
use super::network::{Inputs, network};
use super::series::Series;
use super::window::Windows;
use super::{About, ExportError, Exported, LeftOut, finished};
use crate::proto::data_type;

/// A forecaster as a graph: its networks, with the scaling of their windows and what their outputs mean. `data` is what the model file keeps of its table.
///
/// Where the network alone answers, the graph gives the forecast of the model, calibrated intervals included. Where simple methods or a prior answer beside
/// it, the graph gives the network's part as it is before all are weighed.
///
/// # Errors
/// A forecaster without a network, and [`ExportError::TooLarge`].
pub fn forecaster(model: &Forecaster, data: &Json) -> Result<Exported, ExportError> {
    let Some((first, others)) = model.members().split_first() else { return Err(ExportError::NoNetwork) };
    let config = model.config();
    let mut g = Graph::default();
    let windows = Windows::new(&mut g, model);
    let (mut point, mut quantiles) = networks(&mut g, &windows, config, first, others);
    (point, quantiles) = in_units(&mut g, &windows, config, point, quantiles);
    let alone = model.combination().is_some_and(Combination::is_network_alone);
    if let Some(combination) = model.combination() {
        g.part("calibration");
        (point, quantiles) = calibrated(&mut g, config, combination, alone, point, quantiles);
    }
    let own_limits = !config.limits.is_empty();
    if model.combination().is_some() || model.effects().is_some() || own_limits {
        // What known covariates add, and wider intervals, may reach beyond what can be.
        point = limited(&mut g, config, point, false);
        quantiles = quantiles.map(|quantiles| limited(&mut g, config, quantiles, true));
    }
    g.part("output");
    let shape = [Dim::Free("batch"), Dim::Fixed(config.horizon), Dim::Fixed(config.targets)];
    g.output(&point, "point", data_type::DOUBLE, &shape, "Best single values in the units of the table: (batch, horizon, targets).");
    if let Some(quantiles) = quantiles {
        let levels = config.quantiles.len();
        let shape = [shape[0], shape[1], shape[2], Dim::Fixed(levels)];
        let doc = "Quantiles at the levels of gatewise.quantiles in the units of the table, rising: (batch, horizon, targets, levels).";
        g.output(&quantiles, "quantiles", data_type::DOUBLE, &shape, doc);
    }
    let doc = "A forecaster of Gatewise: the last rows of a table in, forecasts of the rows that follow out.";
    finished(g, "forecast", doc, about(model, data, alone), left_out(model))
}

/// The mean of what all networks say, on their scale and by window: (N, horizon, targets of a window) and (N, horizon, targets of a window, levels).
fn networks(
    g: &mut Graph,
    windows: &Windows,
    config: &ForecastConfig,
    first: &Model<f32>,
    others: &[Model<f32>],
) -> (Value, Option<Value>) {
    let inputs = Inputs { read: &windows.read, lengths: None, window: windows.window.as_ref(), states: None };
    let said = |g: &mut Graph, model: &Model<f32>, prefix: &str| {
        let outputs = network(g, model, prefix, &inputs).outputs;
        g.part(format!("{prefix}quantiles"));
        let shape = [0, config.horizon as i64, config.window_targets() as i64, config.loss.width() as i64];
        let raw = if config.network.skip { outputs } else { g.reshape(&outputs, &shape) };
        point_and_quantiles(g, &config.loss, &config.quantiles, &raw)
    };
    let (mut point, mut quantiles) = said(g, first, "");
    for (k, model) in others.iter().enumerate() {
        let (more, wider) = said(g, model, &format!("member{}.", k + 1));
        point = g.add(&point, &more);
        quantiles = quantiles.zip(wider).map(|(sum, more)| g.add(&sum, &more));
    }
    if !others.is_empty() {
        let count = g.f64(1.0 + others.len() as f64);
        point = g.div(&point, &count);
        quantiles = quantiles.map(|quantiles| g.div(&quantiles, &count));
    }
    (point, quantiles)
}

/// What the networks say in the units of the table: (B, horizon, targets) and (B, horizon, targets, levels).
fn in_units(
    g: &mut Graph,
    windows: &Windows,
    config: &ForecastConfig,
    mut point: Value,
    mut quantiles: Option<Value>,
) -> (Value, Option<Value>) {
    g.part("units");
    if config.channels == Channels::Independent {
        // (B·targets, horizon, 1) becomes (B, horizon, targets).
        let (horizon, all) = (config.horizon as i64, config.targets as i64);
        let by_target = g.reshape(&point, &[-1, all, horizon]);
        point = g.transpose(&by_target, &[0, 2, 1]);
        quantiles = quantiles.map(|quantiles| {
            let by_target = g.reshape(&quantiles, &[-1, all, horizon, config.quantiles.len() as i64]);
            g.transpose(&by_target, &[0, 2, 1, 3])
        });
    }
    let mut undo = |value: &Value, levels: bool| {
        let mut value = value.clone();
        if let Some(scale) = &windows.scale {
            let by_level = |g: &mut Graph, scale: &Value| if levels { g.unsqueeze(scale, 3) } else { scale.clone() };
            let (center, spread) = (by_level(g, &scale.center), by_level(g, &scale.spread));
            value = g.mul(&value, &spread);
            value = g.add(&value, &center);
        }
        if config.log {
            value = g.op("Exp", &[&value]);
        }
        value = cut(g, config, value);
        match &windows.ahead {
            Some(ahead) => ahead.put_back(g, &value, levels),
            None => value,
        }
    };
    let point = undo(&point, false);
    (point, quantiles.map(|quantiles| undo(&quantiles, true)))
}

fn cut(g: &mut Graph, config: &ForecastConfig, value: Value) -> Value {
    if !config.nonnegative {
        return value;
    }
    let zero = g.f64(0.0);
    g.op("Max", &[&value, &zero])
}

/// What the values of each target can be: (B, horizon, targets), or with levels behind.
fn limited(g: &mut Graph, config: &ForecastConfig, mut value: Value, levels: bool) -> Value {
    if config.limits.is_empty() {
        return cut(g, config, value);
    }
    let limits: Vec<Limits> = (0..config.targets).map(|target| config.limits(target)).collect();
    let shape = if levels { vec![config.targets, 1] } else { vec![config.targets] };
    let each = |g: &mut Graph, of: &dyn Fn(&Limits) -> f64| g.constant(Numbers::f64(&shape, &limits.iter().map(of).collect::<Vec<f64>>()));
    if limits.iter().any(|limits| limits.whole) {
        let share = each(g, &|limits| f64::from(u8::from(limits.whole)));
        let (half, whole) = (g.f64(0.5), g.op("Round", &[&value]));
        let wanted = g.op("Greater", &[&share, &half]);
        value = g.choose(&wanted, &whole, &value);
    }
    if limits.iter().any(|limits| limits.min.is_some()) {
        let min = each(g, &|limits| limits.min.unwrap_or(f64::MIN));
        value = g.op("Max", &[&value, &min]);
    }
    if limits.iter().any(|limits| limits.max.is_some()) {
        let max = each(g, &|limits| limits.max.unwrap_or(f64::MAX));
        value = g.op("Min", &[&value, &max]);
    }
    value
}

/// What a combination makes of what a network says: means where the target asks for them and, where the network answers alone, intervals by what held-back rows
/// said of them.
fn calibrated(
    g: &mut Graph,
    config: &ForecastConfig,
    combination: &Combination,
    alone: bool,
    mut point: Value,
    quantiles: Option<Value>,
) -> (Value, Option<Value>) {
    let Some(mut quantiles) = quantiles else { return (point, None) };
    let (levels, targets, horizon) = (&config.quantiles, config.targets, config.horizon);
    let means: Vec<bool> = (0..targets).map(|target| combination.is_mean(target)).collect();
    if levels.len() > 1 && means.contains(&true) {
        let weights = g.constant(Numbers::f64(&[levels.len(), 1], &mean_weights(levels)));
        let mean = g.op("MatMul", &[&quantiles, &weights]);
        let mean = g.squeeze(&mean, -1);
        let share: Vec<f64> = means.iter().map(|&mean| f64::from(u8::from(mean))).collect();
        let (share, half) = (g.constant(Numbers::f64(&[targets], &share)), g.f64(0.5));
        let wanted = g.op("Greater", &[&share, &half]);
        point = g.choose(&wanted, &mean, &point);
    }
    let factors: Vec<Option<Vec<f64>>> = (0..targets).map(|target| combination.widths(target).factors(horizon, levels.len())).collect();
    if alone && factors.iter().any(Option::is_some) {
        let plain = vec![1.0; horizon * levels.len()];
        let of = |target: usize| factors[target].as_ref().unwrap_or(&plain);
        let table: Vec<f64> = (0..horizon)
            .flat_map(|h| (0..targets).flat_map(move |target| of(target)[h * levels.len()..][..levels.len()].iter().copied()))
            .collect();
        let table = g.weight("calibration.widths", Numbers::f64(&[horizon, targets, levels.len()], &table));
        let middle = g.unsqueeze(&point, 3);
        let off = g.sub(&quantiles, &middle);
        let off = g.mul(&off, &table);
        let moved = g.add(&middle, &off);
        quantiles = g.sorted(&moved, levels.len());
    }
    (point, Some(quantiles))
}

/// What each quantile counts for in the mean of a distribution that is straight between them and at its ends beyond them.
fn mean_weights(levels: &[f64]) -> Vec<f64> {
    let last = levels.len() - 1;
    let mut weights = vec![0.0; levels.len()];
    weights[0] += levels[0];
    weights[last] += 1.0 - levels[last];
    for k in 0..last {
        let half = 0.5 * (levels[k + 1] - levels[k]);
        weights[k] += half;
        weights[k + 1] += half;
    }
    weights
}

fn about(model: &Forecaster, data: &Json, calibrated: bool) -> About {
    let config = model.config();
    let channels = config.targets + config.covariates;
    let mut about = About::default();
    about.json("horizon", config.horizon);
    about.json("lookback", config.lookback);
    about.json("season", config.season);
    about.json("quantiles", config.quantiles.clone());
    about.json("calibrated", calibrated);
    about.json("networks", model.members().len());
    about.json("series", Series::ids(model));
    let spec = serde_json::from_value::<DataSpec>(data.clone()).ok().filter(|spec| spec.channels.len() == channels);
    let numbered = || (1..=channels).map(|k| k.to_string()).collect();
    let columns: Vec<String> = spec.as_ref().map_or_else(numbered, |spec| spec.channels.clone());
    about.json("targets", columns[..config.targets].to_vec());
    about.json("columns", columns);
    if let Some(spec) = spec {
        about.text("frequency", spec.frequency.code());
        if model.effects().is_some_and(|effects| effects.columns() == spec.known().len()) {
            about.json("known", spec.known());
        }
    }
    if let Some(combination) = model.combination().filter(|_| !calibrated) {
        let names: Vec<String> = combination.candidates().iter().map(|candidate| candidate.key()).collect();
        about.json("combination", json!({"candidates": names, "weights": combination.mean_weights()}));
    }
    about
}

/// What a forecast of the model has and the graph has not.
fn left_out(model: &Forecaster) -> LeftOut {
    let weighed = model.combination().filter(|combination| !combination.is_network_alone());
    let others = weighed.map(|combination| {
        let mut shares: Vec<(f64, Candidate)> = combination.mean_weights().into_iter().zip(combination.candidates().iter().copied()).collect();
        shares.sort_by(|a, b| b.0.total_cmp(&a.0));
        let network = shares.iter().find(|(_, candidate)| *candidate == Candidate::Network).map_or(0.0, |(weight, _)| *weight);
        let beside = shares.iter().filter(|(weight, candidate)| *weight > 0.0 && *candidate != Candidate::Network);
        let named: Vec<String> = beside.map(|(weight, candidate)| format!("{} {:.0} %", candidate.name(), 100.0 * weight)).collect();
        let said = match network > 0.0 {
            true => format!("The model's forecast weighs the network at {:.0} % with what answers beside it", 100.0 * network),
            false => "The network counts for nothing in the model's forecast, which is that of others".to_owned(),
        };
        let end = "its intervals are calibrated for the whole: the graph has the network's own. A model trained with ⦃combine⦄ network is exported whole.";
        format!("{said} ({}), and {end}", named.join(", "))
    });
    let outliers = (model.config().outliers == Outliers::Replace)
        .then_some("A forecast of the model replaces outliers of the table; the graph takes the rows as they come.");
    let rest = outliers.into_iter().chain(["Missing values and rows are filled in outside of the graph."]);
    LeftOut { others, rest: rest.map(str::to_owned).collect() }
}
