//! A walk as the document that its page embeds: arrays of numbers are packed, 32 bits each, with their shape.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gatewise::walk::{Network, Part, Run, Series, Stretch, Walk, Weight};
use serde_json::{Value, json};

/// Everything that the page needs. `seconds` is how long the walk took with its trainings.
pub(super) fn data(walk: &Walk, command: &str, lang: &str, seconds: Option<f64>) -> Value {
    let mut data = head(walk);
    for (key, value) in [
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("command", json!(command)),
        ("lang", json!(lang)),
        ("seconds", json!(seconds)),
        ("networks", walk.networks.iter().map(|network| of_network(network, walk.steps)).collect()),
        ("memory", walk.memory.as_ref().map_or(Value::Null, of_stretch)),
        ("runs", if walk.runs.is_empty() { Value::Null } else { walk.runs.iter().map(of_run).collect() }),
        ("recall", json!(walk.recall)),
        ("series", walk.series.as_ref().map_or(Value::Null, of_series)),
    ] {
        data[key] = value;
    }
    data
}

/// The sequence itself, as page and events begin with it.
pub(super) fn head(walk: &Walk) -> Value {
    json!({
        "task": walk.task,
        "form": walk.form,
        "unit": walk.unit,
        "source": walk.source,
        "notes": walk.notes,
        "trained_here": walk.trained_here,
        "columns": walk.columns,
        "steps": walk.steps,
        "stop": walk.stop,
    })
}

/// Little-endian numbers of 32 bits in base64, row by row.
fn packed(shape: &[usize], values: impl IntoIterator<Item = f32>) -> Value {
    let bytes: Vec<u8> = values.into_iter().flat_map(f32::to_le_bytes).collect();
    debug_assert_eq!(bytes.len(), 4 * shape.iter().product::<usize>(), "a shape is that of its values");
    json!({"shape": shape, "f32": STANDARD.encode(bytes)})
}

fn of_network(network: &Network, steps: usize) -> Value {
    let gradient = &network.trace.gradient;
    let output = |answer: &gatewise::walk::Answer| {
        let top: Vec<Value> = answer.top.iter().map(|(text, p)| json!({"text": text, "p": p})).collect();
        json!({"step": answer.step, "top": top, "truth": answer.truth, "p": answer.p, "value": answer.value})
    };
    json!({
        "name": network.name,
        "title": super::title(network),
        "parameters": network.parameters,
        "hidden": network.hidden,
        "layers": network.layers,
        "bidirectional": network.bidirectional,
        "parts": network.trace.parts.iter().map(|part| of_part(part, steps)).collect::<Vec<_>>(),
        "outputs": network.answers.iter().map(output).collect::<Vec<_>>(),
        "gradient": {"steps": gradient.steps, "log10": packed(&[gradient.steps.len(), steps], gradient.log10.iter().copied())},
    })
}

fn of_part(part: &Part, steps: usize) -> Value {
    let shape = [steps, part.units.len()];
    let over_time = |values: &[f32]| packed(&shape, values.iter().copied());
    let gates: Vec<Value> = part
        .gates
        .iter()
        .map(|gate| {
            let u = gate.u.as_deref().map(over_time);
            json!({"name": gate.name, "letter": gate.letter, "a": over_time(&gate.a), "u": u, "value": over_time(&gate.value)})
        })
        .collect();
    json!({
        "layer": part.layer,
        "reverse": part.reverse,
        "cell": part.cell,
        "input": part.input,
        "hidden": part.hidden,
        "units": part.units,
        "state": part.state,
        "zoneout": part.zoneout,
        "gates": gates,
        "h": over_time(&part.h),
        "c": part.c.as_deref().map(over_time),
        "jacobian": packed(&[steps], part.jacobian.iter().map(|&v| v as f32)),
        "weights": part.weights.iter().map(of_weight).collect::<Vec<_>>(),
    })
}

fn of_weight(weight: &Weight) -> Value {
    let matrix = |values: &Option<Vec<f32>>| values.as_ref().map(|values| packed(&[weight.rows, weight.columns], values.iter().copied()));
    json!({
        "name": weight.name,
        "rows": weight.rows,
        "columns": weight.columns,
        "values": matrix(&weight.values),
        "grads": matrix(&weight.grads),
        "norm": weight.norm,
        "grad_norm": weight.grad_norm,
    })
}

fn of_stretch(stretch: &Stretch) -> Value {
    let count = stretch.text.len();
    let parts: Vec<Value> = stretch
        .parts
        .iter()
        .map(|part| {
            let values = packed(&[count, part.units.len()], part.values.iter().copied());
            json!({"layer": part.layer, "reverse": false, "state": part.state, "units": part.units, "values": values})
        })
        .collect();
    let properties: Vec<Value> = stretch
        .properties
        .iter()
        .map(|told| {
            let telling = &told.telling;
            json!({
                "key": telling.property,
                "share": telling.share,
                "unit": telling.unit,
                "probe": {"auc": telling.probe_auc},
                "train": telling.train,
                "held": telling.held,
                "labels": packed(&[count], told.labels.iter().map(|&holds| f32::from(u8::from(holds)))),
            })
        })
        .collect();
    json!({
        "network": stretch.network,
        "text": stretch.text,
        "from": stretch.from,
        "parts": parts,
        "properties": properties,
        "similar": stretch.similar,
    })
}

fn of_run(run: &Run) -> Value {
    json!({
        "key": run.key,
        "title": super::title_of(run.cell),
        "cell": run.cell,
        "clip": run.clip,
        "forget_bias": run.forget_bias,
        "radius": run.radius,
        "lr": run.lr,
        "losses": run.losses,
        "norms": run.norms,
        "diverged": run.diverged,
        "by_lag": packed(&[run.by_lag.len()], run.by_lag.iter().copied()),
        "factor": run.factor,
        "score": run.score,
    })
}

fn of_series(series: &Series) -> Value {
    let line = |values: &[f32]| packed(&[values.len()], values.iter().copied());
    let path = |values: &[f32]| (!values.is_empty()).then(|| line(values));
    let networks: Vec<Value> =
        series.networks.iter().map(|used| json!({"name": used.name, "by_row": line(&used.by_row), "linear": path(&used.linear)})).collect();
    let groups: Vec<Value> = series
        .groups
        .iter()
        .map(|group| {
            let gates: Vec<Value> = group.gates.iter().map(|(name, means)| json!({"name": name, "means": means})).collect();
            json!({"name": group.name, "labels": group.labels, "network": group.network, "gates": gates})
        })
        .collect();
    json!({
        "target": series.target,
        "times": series.times,
        "values": line(&series.values),
        "horizon": series.horizon,
        "forecast": line(&series.forecast),
        "networks": networks,
        "groups": groups,
    })
}
