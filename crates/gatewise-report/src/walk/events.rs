//! A walk as events: the same content as its page, an event a line, arrays of numbers as they are.

use std::collections::BTreeMap;

use gatewise::walk::{Network, Part, Walk};
use serde_json::{Value, json};

use super::data::head;

/// Every event, from the sequence to the last measurement. What is no finite number is null: a gradient of which nothing arrives.
pub fn events(walk: &Walk, each: &mut dyn FnMut(&Value)) {
    each(&event("walk", &head(walk)));
    for network in &walk.networks {
        of_network(network, walk, each);
    }
    if let Some(stretch) = &walk.memory {
        for told in &stretch.properties {
            each(&json!({"event": "property", "net": stretch.network, "property": told.telling}));
        }
        for alike in &stretch.similar {
            each(&json!({"event": "alike", "net": stretch.network, "step": alike.step, "places": alike.places}));
        }
        let parts: Vec<Value> =
            stretch.parts.iter().map(|p| json!({"layer": p.layer, "state": p.state, "units": p.units, "values": p.values})).collect();
        each(&json!({"event": "stretch", "net": stretch.network, "from": stretch.from, "text": stretch.text, "parts": parts}));
    }
    for run in &walk.runs {
        each(&event("run", run));
    }
    if let Some(recall) = &walk.recall {
        each(&event("recall", recall));
    }
    if let Some(series) = &walk.series {
        each(&event("series", series));
    }
}

fn event(name: &str, of: &impl serde::Serialize) -> Value {
    let mut value = serde_json::to_value(of).unwrap_or_default();
    value["event"] = name.into();
    value
}

fn of_network(network: &Network, walk: &Walk, each: &mut dyn FnMut(&Value)) {
    let net = &network.name;
    each(&json!({
        "event": "network",
        "net": net,
        "parameters": network.parameters,
        "hidden": network.hidden,
        "layers": network.layers,
        "bidirectional": network.bidirectional,
    }));
    for part in &network.trace.parts {
        for t in 0..walk.steps {
            each(&step(net, part, t, walk));
        }
        for weight in &part.weights {
            let mut value = event("weight", weight);
            value["net"] = net.clone().into();
            each(&value);
        }
    }
    for answer in &network.answers {
        let mut value = event("answer", answer);
        value["net"] = net.clone().into();
        each(&value);
    }
    let gradient = &network.trace.gradient;
    for (row, step) in gradient.steps.iter().enumerate() {
        // What comes behind the answer has no say in it.
        let seen = if network.bidirectional { walk.steps } else { step + 1 };
        let log10 = &gradient.log10[row * walk.steps..][..seen];
        each(&json!({"event": "gradient", "net": net, "step": step, "log10_by_input": log10}));
    }
}

/// One step of one layer and direction: gates, states before and after as rows of the units.
fn step(net: &str, part: &Part, t: usize, walk: &Walk) -> Value {
    let units = part.units.len();
    let row = |values: &[f32]| values[t * units..][..units].to_vec();
    let gates: BTreeMap<&str, Value> = part
        .gates
        .iter()
        .map(|gate| {
            (gate.name, json!({"letter": gate.letter, "a": row(&gate.a), "u": gate.u.as_deref().map(row), "value": row(&gate.value)}))
        })
        .collect();
    let column = walk.columns.iter().position(|c| c.first.zip(c.last).is_some_and(|(first, last)| (first..=last).contains(&t)));
    json!({
        "event": "step",
        "net": net,
        "layer": part.layer,
        "reverse": part.reverse,
        "cell": part.cell,
        "step": t,
        "column": column,
        "text": column.map(|c| &walk.columns[c].text),
        "units": part.units,
        "gates": gates,
        "h": row(&part.h),
        "c": part.c.as_deref().map(row),
        "jacobian": part.jacobian[t],
    })
}
