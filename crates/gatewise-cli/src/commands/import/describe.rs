//! What a graph holds, in words and as an event.

use gatewise_onnx::import::{Axis, Port, RecurrentNode, Session};
use serde_json::{Value, json};

use crate::console::brief;
use crate::terminal::{padded, width_of};

/// Characters of a name that are shown.
const SHOWN: usize = 60;

/// Inputs and outputs with the word for each.
fn ports(session: &Session) -> Vec<(&'static str, &Port, bool)> {
    let inputs = session.inputs().iter().map(|port| ("in", port, false));
    let optional = session.defaults().iter().map(|port| ("in", port, true));
    inputs.chain(optional).chain(session.outputs().map(|port| ("out", port, false))).collect()
}

/// As one event.
pub fn event(path: &str, session: &Session) -> Value {
    let about = session.about();
    let axis = |axis: &Axis| match axis {
        Axis::Fixed(length) => json!(length),
        Axis::Free(name) => json!(name),
    };
    let port = |way: &str| -> Vec<Value> {
        let of = ports(session).into_iter().filter(|(found, ..)| *found == way);
        let shape = |port: &Port| port.axes.as_ref().map(|axes| axes.iter().map(axis).collect::<Vec<_>>());
        of.map(|(_, port, optional)| json!({"name": port.name, "dtype": port.declared, "shape": shape(port), "optional": optional}))
            .collect()
    };
    let layer = |node: RecurrentNode| {
        json!({
            "name": node.place.name, "node": node.place.at, "cell": node.cell, "direction": node.direction,
            "input": node.sizes.map(|sizes| sizes.0), "hidden": node.sizes.map(|sizes| sizes.1),
            "kernels": node.in_loops.is_none(), "why_not": node.in_loops,
        })
    };
    json!({
        "event": "graph", "path": path, "producer": about.producer, "producer_version": about.producer_version,
        "ir_version": about.ir_version, "opset": about.opset, "graph": about.graph, "metadata": about.metadata,
        "inputs": port("in"), "outputs": port("out"), "layers": session.recurrent().into_iter().map(layer).collect::<Vec<_>>(),
        "nodes": session.nodes(), "parameters": session.parameters(),
    })
}

/// For people.
pub fn text(session: &Session) -> String {
    let about = session.about();
    let producer = format!("{} {}", about.producer, about.producer_version);
    let producer = producer.trim();
    let mut text = format!(
        "written by  {}\nopset       {} (format {})\nparameters  {}\n",
        if producer.is_empty() { "nobody who says so" } else { producer },
        about.opset,
        about.ir_version,
        session.parameters(),
    );
    let nodes: Vec<String> = session.nodes().into_iter().map(|(name, count)| format!("{count} {name}")).collect();
    text += &format!("nodes       {}\n", if nodes.is_empty() { "none".to_owned() } else { nodes.join(", ") });
    let lines: Vec<[String; 4]> = ports(session).into_iter().map(line).collect();
    text += &aligned(&lines);
    let layers: Vec<[String; 4]> = session.recurrent().iter().map(layer).collect();
    text += &aligned(&layers);
    if layers.is_empty() {
        text += "  no recurrent layer\n";
    }
    text
}

fn line((way, port, optional): (&str, &Port, bool)) -> [String; 4] {
    let end = if optional { "may be left out" } else { "" };
    [way.to_owned(), brief(&port.name, SHOWN).into_owned(), format!("{} {}", port.declared, port.shape_text()), end.to_owned()]
}

fn layer(node: &RecurrentNode) -> [String; 4] {
    let name = if node.place.name.is_empty() { format!("node {}", node.place.at) } else { brief(&node.place.name, SHOWN).into_owned() };
    let sizes = match node.sizes {
        Some((input, hidden)) => format!("{input} → {hidden}"),
        None => "weights come with a call".to_owned(),
    };
    let runs = match node.in_loops {
        None => "on the kernels".to_owned(),
        Some(why) => format!("in plain loops: {why}"),
    };
    [node.cell.to_owned(), name, format!("{sizes}, {}", node.direction), runs]
}

/// Rows whose columns begin below each other.
fn aligned(rows: &[[String; 4]]) -> String {
    let width = |column: usize| rows.iter().map(|row| width_of(&row[column])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..3).map(width).collect();
    let line = |row: &[String; 4]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| padded(cell, *width, false)).collect();
        format!("  {}  {}", cells.join("  "), row[3]).trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}
