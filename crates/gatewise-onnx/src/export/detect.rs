//! Detectors: rows in, what their network expects of each before it is seen out.

use gatewise::detect::{COMPONENTS, Detector, Fleet, Foretelling, SCALE_FLOOR};
use serde_json::{Value as Json, json};

use super::graph::{Dim, Graph, Numbers, Value, int};
use super::network::{Inputs, Read, network, softmax};
use super::{About, ExportError, Exported, LeftOut, finished, scan, states};
use crate::proto::data_type;

/// Seconds after which the features of a clock come round.
const PERIODS: [i64; 2] = [86_400, 7 * 86_400];

/// A detector as a graph: the network that foretells each row, with the scaling of its rows, from where it stands. `data` is what the model file keeps of its table;
/// `series` names one of those it watches.
///
/// # Errors
/// A detector without numbers, one of several series of which none is named, and channels without a value.
pub fn detector(fleet: &Fleet, data: &Json, series: Option<&str>) -> Result<Exported, ExportError> {
    let names = fleet.names();
    let place = match series {
        Some(name) if names.iter().all(|n| n.is_empty()) => return Err(ExportError::NoSeries { name: name.to_owned() }),
        Some(name) => {
            let place = names.iter().position(|n| n == name);
            place.ok_or_else(|| ExportError::NoSuchSeries { name: name.to_owned(), names: names.to_vec() })?
        }
        None if names.len() > 1 => return Err(ExportError::SeveralSeries { names: names.to_vec() }),
        None => 0,
    };
    let found = fleet.detector(place).map(Detector::foretelling).ok_or(ExportError::NoNumbers)?;
    let channels: Vec<String> = match data.get("channels").and_then(|names| serde_json::from_value::<Vec<String>>(names.clone()).ok()) {
        Some(names) if names.len() == found.config.channels => names,
        _ => (1..=found.config.channels).map(|k| k.to_string()).collect(),
    };
    if let Some(unseen) = found.origin.iter().position(|origin| !origin.is_finite()) {
        return Err(ExportError::Unseen { channel: channels[unseen].clone() });
    }
    let mut g = Graph::default();
    expected(&mut g, &found);
    let counters: Vec<&String> = fleet.config().counters.iter().filter_map(|&c| channels.get(c)).collect();
    let (about, left_out) = (about(&found, &channels, &counters, names.get(place)), left_out(fleet, &found, &counters));
    finished(g, "detect", "A detector of Gatewise: rows in, what was expected of each before it was seen out.", about, left_out)
}

/// Rows on the scale of the network, with those before them.
struct Past {
    /// (B, N + T, C), the last value known where one is missing.
    rows: Value,
    /// (B, T, C), NaN where missing.
    now: Value,
    /// Rows before the first: N.
    before: usize,
}

impl Past {
    /// Each row's value so many rows before: (B, T, C).
    fn back(&self, g: &mut Graph, rows: usize) -> Value {
        g.slice(&self.rows, 1, (self.before - rows) as i64, -(rows as i64))
    }
}

/// The whole graph.
fn expected(g: &mut Graph, found: &Foretelling<'_>) {
    let (config, channels) = (found.config, found.config.channels);
    let rows = g.input(
        "rows",
        data_type::DOUBLE,
        &[Dim::Free("batch"), Dim::Free("time"), Dim::Fixed(channels)],
        "Rows in order of time in the units of the table, NaN where missing, columns as in gatewise.columns: (batch, time, columns).",
    );
    let seconds = config.clock.then(|| {
        let doc = "Time of each row in seconds since 1970-01-01: (batch, time).";
        g.input("seconds", data_type::INT64, &[Dim::Free("batch"), Dim::Free("time")], doc)
    });
    let past = looked_back(g, found, &rows);
    let features = features(g, found, &past, seconds.as_ref());
    let batch = g.shape(&rows, 0, 1);
    let sizes = found.model.config();
    let first = states::first(g, sizes, Some((&found.state.h, &found.state.c)), &batch);
    let inputs = Inputs { read: &Read::Features(features), lengths: None, window: None, states: Some(&first) };
    let answer = network(g, found.model, "", &inputs);
    mixture(g, found, &past, &answer.outputs);
    let shape = [Dim::Free("batch"), Dim::Fixed(past.before), Dim::Fixed(channels)];
    let kept = g.slice(&past.rows, 1, -(past.before as i64), i64::MAX);
    g.output(
        &kept,
        "history_n",
        data_type::FLOAT,
        &shape,
        "The last rows on the network's scale, to go on with as `history`: (batch, rows, columns).",
    );
    states::last(g, sizes, answer.states.as_ref());
}

/// Rows on the network's scale, behind those that were seen before.
fn looked_back(g: &mut Graph, found: &Foretelling<'_>, rows: &Value) -> Past {
    let (channels, before) = (found.config.channels, found.config.rows_read());
    let doc = "The rows before on the network's scale, oldest first: `history_n` of the call before. Left out: those that the model has seen; zeros begin anew. \
               (batch, rows, columns).";
    let shape = [Dim::Free("history_batch"), Dim::Fixed(before), Dim::Fixed(channels)];
    let given = g.input_or("history", Numbers::f32(&[1, before, channels], &found.recent), &shape, doc);
    g.part("scale");
    let (batch, rest) = (g.shape(rows, 0, 1), g.ints(&[before as i64, channels as i64]));
    let shape = g.concat(&[&batch, &rest], 0);
    let history = g.op("Expand", &[&given, &shape]);
    let (centers, spreads): (Vec<f32>, Vec<f32>) = found.scale.iter().copied().unzip();
    let origin = g.constant(Numbers::f64(&[channels], found.origin));
    let (center, spread) = (g.constant(Numbers::f32(&[channels], &centers)), g.constant(Numbers::f32(&[channels], &spreads)));
    let off = g.sub(rows, &origin);
    let off = g.single(&off);
    let off = g.sub(&off, &center);
    let z = g.div(&off, &spread);
    // asinh z, whose sign is that of z: zero is the logarithm of one.
    let (size, one) = (g.op("Abs", &[&z]), g.f32(1.0));
    let square = g.mul(&size, &size);
    let root = g.add(&square, &one);
    let root = g.op("Sqrt", &[&root]);
    let sum = g.add(&size, &root);
    let most = g.f32(f32::MAX);
    let sum = g.op("Min", &[&sum, &most]);
    let (log, sign) = (g.op("Log", &[&sum]), g.op("Sign", &[&z]));
    let squashed = g.mul(&log, &sign);
    // What is not finite counts as missing.
    let (nan, endless) = (g.f32(f32::NAN), g.op("Abs", &[&off]));
    let within = g.op("LessOrEqual", &[&endless, &most]);
    let now = g.choose(&within, &squashed, &nan);
    let last = g.int(-1);
    let start = g.gather(&history, &last, 1);
    let by_time = g.transpose(&now, &[1, 0, 2]);
    let known = scan::last_known(g, &by_time, &start, channels);
    let known = g.transpose(&known, &[1, 0, 2]);
    Past { rows: g.concat(&[&history, &known], 1), now, before }
}

/// What the network reads of each row: (B, T, features).
fn features(g: &mut Graph, found: &Foretelling<'_>, past: &Past, seconds: Option<&Value>) -> Value {
    g.part("features");
    let (last, second) = (past.back(g, 1), past.back(g, 2));
    let mut each = vec![last.clone(), g.sub(&last, &second)];
    each.extend(found.config.seasons.iter().map(|&season| past.back(g, season)));
    let each: Vec<Value> = each.iter().map(|value| g.unsqueeze(value, 3)).collect();
    let joined = g.concat(&each.iter().collect::<Vec<_>>(), 3);
    let features = g.reshape(&joined, &[0, 0, (found.config.channels * each.len()) as i64]);
    let Some(seconds) = seconds else { return features };
    let mut parts = vec![features];
    for period in PERIODS {
        let length = g.int(period);
        let within = g.op("Mod", &[seconds, &length]);
        let within = g.single(&within);
        let (length, turn) = (g.f32(period as f32), g.f32(std::f32::consts::TAU));
        let share = g.div(&within, &length);
        let angle = g.mul(&share, &turn);
        let angle = g.unsqueeze(&angle, 2);
        parts.extend([g.op("Sin", &[&angle]), g.op("Cos", &[&angle])]);
    }
    g.concat(&parts.iter().collect::<Vec<_>>(), 2)
}

/// What is expected of each value, and what speaks against it, as outputs.
fn mixture(g: &mut Graph, found: &Foretelling<'_>, past: &Past, raw: &Value) {
    g.part("mixture");
    let (channels, components) = (found.config.channels, COMPONENTS as i64);
    let raw = g.reshape(raw, &[0, 0, channels as i64, 3, components]);
    let mut parts = g.split(&raw, 3, &[1, 1, 1]).into_iter().map(|part| g.squeeze(&part, 3)).collect::<Vec<_>>();
    let (raw_scale, shift, logits) = (parts.remove(2), parts.remove(1), parts.remove(0));
    let weight = softmax(g, &logits);
    let zero = g.f32(0.0);
    let mut anchors = vec![past.back(g, 1)];
    for k in 0..COMPONENTS - 1 {
        let anchor = match found.config.seasons.get(k) {
            Some(&season) => past.back(g, season),
            None => g.mul(&anchors[0], &zero),
        };
        anchors.push(anchor);
    }
    let anchors: Vec<Value> = anchors.iter().map(|anchor| g.unsqueeze(anchor, 3)).collect();
    let anchors = g.concat(&anchors.iter().collect::<Vec<_>>(), 3);
    let location = g.add(&anchors, &shift);
    let (soft, floor) = (g.op("Softplus", &[&raw_scale]), g.f32(SCALE_FLOOR as f32));
    let scale = g.add(&soft, &floor);

    let heaviest = g.op_with("ArgMax", &[&weight], vec![int("axis", 3), int("keepdims", 1)]);
    let mode = g.op_with("GatherElements", &[&location, &heaviest], vec![int("axis", 3)]);
    let mode = g.squeeze(&mode, 3);
    let (centers, spreads): (Vec<f32>, Vec<f32>) = found.scale.iter().copied().unzip();
    let (center, spread) = (g.constant(Numbers::f32(&[channels], &centers)), g.constant(Numbers::f32(&[channels], &spreads)));
    let value = g.op("Sinh", &[&mode]);
    let value = g.mul(&value, &spread);
    let value = g.add(&value, &center);
    let (least, most) = (g.f32(f32::MIN), g.f32(f32::MAX));
    let value = g.op("Clip", &[&value, &least, &most]);
    let value = g.double(&value);
    let origin = g.constant(Numbers::f64(&[channels], found.origin));
    let expected = g.add(&value, &origin);

    // −ln Σ weight · 2σ(−|x − location| / scale).
    let (two, smallest) = (g.f32(2.0), g.f32(f32::MIN_POSITIVE));
    let now = g.unsqueeze(&past.now, 3);
    let off = g.sub(&now, &location);
    let off = g.op("Abs", &[&off]);
    let off = g.div(&off, &scale);
    let off = g.op("Neg", &[&off]);
    // σ by its exponential: far out, the sigmoid of a program may be right to few digits.
    let (power, one) = (g.op("Exp", &[&off]), g.f32(1.0));
    let below = g.add(&power, &one);
    let tail = g.div(&power, &below);
    let tail = g.mul(&tail, &two);
    let tail = g.mul(&tail, &weight);
    let tail = g.sum(&tail, 3, false);
    let tail = g.op("Max", &[&tail, &smallest]);
    let log = g.op("Log", &[&tail]);
    let surprise = g.op("Neg", &[&log]);

    let rows = [Dim::Free("batch"), Dim::Free("time"), Dim::Fixed(channels)];
    let parts = [rows[0], rows[1], rows[2], Dim::Fixed(COMPONENTS)];
    g.part("output");
    let doc = "What was expected of each value before it was seen, in the units of the table: (batch, time, columns).";
    g.output(&expected, "expected", data_type::DOUBLE, &rows, doc);
    let doc = "How improbable each value then was, −ln of a probability, NaN where it is missing: (batch, time, columns).";
    g.output(&surprise, "surprise", data_type::FLOAT, &rows, doc);
    let about = "of the three logistic distributions that are expected together, on the network's scale: (batch, time, columns, 3).";
    for (value, name, what) in [(&weight, "weight", "Weights"), (&location, "location", "Locations"), (&scale, "scale", "Scales")] {
        g.output(value, name, data_type::FLOAT, &parts, &format!("{what} {about}"));
    }
}

fn about(found: &Foretelling<'_>, channels: &[String], counters: &[&String], series: Option<&String>) -> About {
    let mut about = About::default();
    about.json("columns", channels.to_vec());
    about.json("counters", counters.iter().map(|name| name.as_str()).collect::<Vec<_>>());
    about.json("seasons", found.config.seasons.clone());
    if let Some(step) = found.config.step {
        about.json("step_seconds", step);
    }
    let scales = found
        .origin
        .iter()
        .zip(&found.scale)
        .map(|(origin, (center, spread))| json!({"origin": origin, "center": center, "spread": spread}));
    about.json("scales", scales.collect::<Vec<_>>());
    if let Some(series) = series.filter(|name| !name.is_empty()) {
        about.json("series", vec![series.as_str()]);
    }
    about
}

/// What a detector says and the graph does not.
fn left_out(fleet: &Fleet, found: &Foretelling<'_>, counters: &[&String]) -> LeftOut {
    let mut rest = vec![
        "The score of a row, alarms and events are made of more than what the network expects and of each value's own past: they are not in the graph.".to_owned(),
        "The graph learns nothing: a detector that goes on learning is exported anew.".to_owned(),
    ];
    if found.config.shapes.is_some() {
        rest.push("The second network, which gives windows back and so tells unusual shapes, is not in the graph.".to_owned());
    }
    if fleet.config().states > 0 {
        rest.push("Columns of states are watched outside of the graph.".to_owned());
    }
    if !counters.is_empty() {
        let names: Vec<&str> = counters.iter().map(|name| name.as_str()).collect();
        rest.push(format!("The graph takes and expects the increase from row to row of what counts: {}.", names.join(", ")));
    }
    LeftOut { others: None, rest }
}
