//! Items of numbers as the network's steps: level, scale, segments, changes.

use gatewise::classify::{Normalize, Numbers as Input};

use super::graph::{Dim, Graph, Numbers, Value};
use super::states;
use crate::proto::data_type;

/// A batch of items as the network reads them.
pub(super) struct Steps {
    /// (B, T, features).
    pub features: Value,
    /// Steps of each item: (B).
    pub lengths: Value,
    /// The last row of each item, scaled, which the changes of what follows are measured from: (B, 1, C).
    pub last: Option<Value>,
}

/// Items as inputs. `level` is taken off each channel in double precision; with `goes_on` an item may follow rows that went before.
pub(super) fn steps(g: &mut Graph, input: &Input, level: &[f64], channels: &[String], goes_on: bool) -> Steps {
    let count = input.channels();
    let kind = if level.is_empty() { data_type::FLOAT } else { data_type::DOUBLE };
    let doc = format!("Rows of each item in order of time, channels {}: (batch, time, channels).", channels.join(", "));
    let numbers = g.input("numbers", kind, &[Dim::Free("batch"), Dim::Free("time"), Dim::Fixed(count)], &doc);
    g.part("scale");
    let lengths = states::lengths(g, &numbers, "Rows");
    let mut x = numbers;
    if !level.is_empty() {
        let level: Vec<f64> = (0..count).map(|c| level[c % level.len()]).collect();
        let level = g.constant(Numbers::f64(&[count], &level));
        x = g.sub(&x, &level);
        x = g.single(&x);
    }
    x = scaled(g, input, &x, &lengths);
    g.part("steps");
    let segment = input.segment as i64;
    let mut steps = lengths.clone();
    if segment > 1 {
        // Segments that are not full are filled up with the item's last row.
        let (one, each) = (g.ints(&[1]), g.ints(&[segment]));
        let time = g.shape(&x, 1, 2);
        let whole = |g: &mut Graph, rows: &Value| {
            let more = g.add(rows, &each);
            let more = g.sub(&more, &one);
            g.div(&more, &each)
        };
        let segments = whole(g, &time);
        let rows = g.mul(&segments, &each);
        let rows = g.range(&rows);
        let rows = g.unsqueeze(&rows, 0);
        let last = g.sub(&lengths, &one);
        let last = g.unsqueeze(&last, 1);
        let places = g.op("Min", &[&rows, &last]);
        x = g.gather_each(&x, &places);
        steps = whole(g, &lengths);
    }
    let segments = |g: &mut Graph, rows: &Value| match segment {
        1 => rows.clone(),
        _ => {
            let (batch, rest, width) = (g.shape(rows, 0, 1), g.ints(&[-1]), g.ints(&[segment * count as i64]));
            let shape = g.concat(&[&batch, &rest, &width], 0);
            g.op("Reshape", &[rows, &shape])
        }
    };
    let features = segments(g, &x);
    if input.change.is_empty() {
        return Steps { features, lengths: steps, last: None };
    }
    let start = g.slice(&x, 1, 0, 1);
    let before = if goes_on { previous(g, count, &start) } else { start };
    let shifted = g.slice(&x, 1, 0, -1);
    let shifted = g.concat(&[&before, &shifted], 1);
    let change = g.sub(&x, &shifted);
    let spread = g.constant(Numbers::f32(&[count], &input.change));
    let change = g.div(&change, &spread);
    let changes = segments(g, &change);
    let last = goes_on.then(|| {
        let one = g.ints(&[1]);
        let end = g.sub(&lengths, &one);
        let end = g.unsqueeze(&end, 1);
        g.gather_each(&x, &end)
    });
    Steps { features: g.concat(&[&features, &changes], 2), lengths: steps, last }
}

/// The row before the first one, as an input that need not be there: (B, 1, C). `start` is the first row.
fn previous(g: &mut Graph, channels: usize, start: &Value) -> Value {
    let doc = "The row before the first of each item, scaled: `last` of the call before. Left out, or NaN: the item begins. (batch, 1, channels).";
    let shape = [Dim::Free("previous_batch"), Dim::Fixed(1), Dim::Fixed(channels)];
    let given = g.input_or("previous", Numbers::f32(&[1, 1, channels], &vec![f32::NAN; channels]), &shape, doc);
    let none = g.op("IsNaN", &[&given]);
    g.choose(&none, start, &given)
}

/// Numbers (B, T, C) on the scale of the network.
fn scaled(g: &mut Graph, input: &Input, x: &Value, lengths: &Value) -> Value {
    let count = input.channels();
    let (center, spread) = match input.normalize {
        Normalize::None => return x.clone(),
        Normalize::Channel => (g.constant(Numbers::f32(&[count], &input.center)), g.constant(Numbers::f32(&[count], &input.spread))),
        Normalize::Item => moments(g, x, lengths),
    };
    let off = g.sub(x, &center);
    g.div(&off, &spread)
}

/// Mean and standard deviation of each channel over an item's own rows, 1 for one that never changes: (B, 1, C).
fn moments(g: &mut Graph, x: &Value, lengths: &Value) -> (Value, Value) {
    let (zero, one) = (g.f64(0.0), g.f32(1.0));
    let wide = g.double(x);
    let first = g.slice(&wide, 1, 0, 1);
    let time = g.shape(x, 1, 2);
    let rows = g.range(&time);
    let rows = g.unsqueeze(&rows, 0);
    let ends = g.unsqueeze(lengths, 1);
    let inside = g.op("Less", &[&rows, &ends]);
    let inside = g.unsqueeze(&inside, 2);
    let count = g.double(lengths);
    let count = g.reshape(&count, &[-1, 1, 1]);
    let mean = |g: &mut Graph, values: &Value| {
        let own = g.choose(&inside, values, &zero);
        let sum = g.sum(&own, 1, true);
        g.div(&sum, &count)
    };
    let off = g.sub(&wide, &first);
    let center = mean(g, &off);
    let off = g.sub(&off, &center);
    let squares = g.mul(&off, &off);
    let variance = mean(g, &squares);
    let deviation = g.op("Sqrt", &[&variance]);
    let deviation = g.single(&deviation);
    let none = g.f32(0.0);
    let moves = g.op("Greater", &[&deviation, &none]);
    let spread = g.choose(&moves, &deviation, &one);
    let center = g.add(&first, &center);
    (g.single(&center), spread)
}
