//! Loops over time: the recurrence of the cells that ONNX has not, and the last value known.

use gatewise::Cell;

use super::graph::{Dim, Graph, Value, body, info, int};
use crate::proto::{GraphProto, NodeProto, data_type};

/// The share of the state that stays and what comes in for the rest, of all steps, from the gates of a minGRU or minLSTM before their functions.
pub(super) fn gates(g: &mut Graph, cell: Cell, gates: &[Value]) -> (Value, Value) {
    let keep = match cell {
        // σ(ln f − ln i), where both gates may be too small for a quotient.
        Cell::MinLstm => {
            let softplus = |g: &mut Graph, gate: &Value| {
                let negative = g.op("Neg", &[gate]);
                g.op("Softplus", &[&negative])
            };
            let (forget, input) = (softplus(g, &gates[0]), softplus(g, &gates[1]));
            g.sub(&input, &forget)
        }
        _ => g.op("Neg", &[&gates[0]]),
    };
    let keep = g.op("Sigmoid", &[&keep]);
    let candidate = &gates[gates.len() - 1];
    let (zero, half, one) = (g.f32(0.0), g.f32(0.5), g.f32(1.0));
    let negative = g.op("Less", &[candidate, &zero]);
    let (below, above) = (g.op("Sigmoid", &[candidate]), g.add(candidate, &half));
    let candidate = g.choose(&negative, &below, &above);
    let replaced = g.sub(&one, &keep);
    (keep, g.mul(&replaced, &candidate))
}

/// h = keep · h + new over the first axis of both, (T, B, H), from `start` (B, H): the last state (B, H) and the state behind each step (T, B, H). What lies
/// outside of its sequence, by `inside` (T, B, 1), leaves the state as it is.
pub(super) fn linear(
    g: &mut Graph,
    (keep, new): (&Value, &Value),
    start: &Value,
    inside: Option<&Value>,
    reverse: bool,
    width: usize,
) -> (Value, Value) {
    let (mut keep, mut new) = (keep.clone(), new.clone());
    if let Some(inside) = inside {
        let (zero, one) = (g.f32(0.0), g.f32(1.0));
        keep = g.choose(inside, &keep, &one);
        new = g.choose(inside, &new, &zero);
    }
    let step = Body {
        nodes: &[("Mul", &["keep", "h"], "kept"), ("Add", &["kept", "new"], "h_next"), ("Identity", &["h_next"], "y")],
        inputs: &["h", "keep", "new"],
        outputs: &["h_next", "y"],
        width,
    };
    scan(g, start, &[&keep, &new], step, reverse)
}

/// The last known value of each place over the first axis of `values` (T, B, C), which are NaN where there is none, from `start` (B, C).
pub(super) fn last_known(g: &mut Graph, values: &Value, start: &Value, width: usize) -> Value {
    let step = Body {
        nodes: &[
            ("IsNaN", &["value"], "missing"),
            ("Where", &["missing", "known", "value"], "known_next"),
            ("Identity", &["known_next"], "y"),
        ],
        inputs: &["known", "value"],
        outputs: &["known_next", "y"],
        width,
    };
    scan(g, start, &[values], step, false).1
}

/// A step of a loop: operators with the names of what they read and write.
struct Body<'a> {
    nodes: &'a [(&'a str, &'a [&'a str], &'a str)],
    inputs: &'a [&'a str],
    outputs: &'a [&'a str],
    /// Length of the rows that it works on, (B, ·).
    width: usize,
}

/// A loop with one state over the first axis of what it reads: the last state, and what each step gave.
fn scan(g: &mut Graph, start: &Value, over: &[&Value], step: Body<'_>, reverse: bool) -> (Value, Value) {
    // Names inside a loop must differ from all others: they begin with that of what it starts from, which no two loops share.
    let own = |name: &str| format!("{}/{}/{name}", start.name(), over[0].name());
    let node = |(op, inputs, output): &(&str, &[&str], &str)| NodeProto {
        input: inputs.iter().map(|name| own(name)).collect(),
        output: vec![own(output)],
        name: Some(own(&format!("{op}_{output}").to_lowercase())),
        op_type: Some((*op).to_owned()),
        ..NodeProto::default()
    };
    // ONNX Runtime asks for the shapes of what a loop gives.
    let row = |name: &&str| info(&own(name), data_type::FLOAT, &[Dim::Free("rows"), Dim::Fixed(step.width)], "");
    let inner = GraphProto {
        node: step.nodes.iter().map(node).collect(),
        name: Some(own("step")),
        input: step.inputs.iter().map(row).collect(),
        output: step.outputs.iter().map(row).collect(),
        ..GraphProto::default()
    };
    // A loop from the end is one over turned rows: not every program reads the options for directions.
    let turned = |g: &mut Graph, value: &Value| if reverse { g.turned(value, 0) } else { value.clone() };
    let over: Vec<Value> = over.iter().map(|value| turned(g, value)).collect();
    let inputs: Vec<&Value> = std::iter::once(start).chain(&over).collect();
    let options = vec![body("body", inner), int("num_scan_inputs", over.len() as i64)];
    let found = g.ops("Scan", &inputs, options, 2);
    (found[0].clone(), turned(g, &found[1]))
}
