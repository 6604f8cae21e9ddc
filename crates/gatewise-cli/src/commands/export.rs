//! `gatewise export`: a trained model as a graph of ONNX.

use std::process::ExitCode;

use gatewise_onnx::export::{self, Exported, OPSET, Port};
use serde_json::{Value, json};

use crate::args::ExportArgs;
use crate::cli_error::CliError;
use crate::console::{Console, shown};
use crate::model::open;
use crate::run_folder::write_atomically;
use crate::terminal::{padded, width_of};

pub fn run(args: &ExportArgs, console: Console) -> anyhow::Result<ExitCode> {
    let exported = export::file(open(&args.model)?, args.series.as_deref()).map_err(CliError::from)?;
    let bytes = exported.to_bytes();
    write_atomically(&args.output, &bytes)?;
    console.event(&json!({
        "event": "written",
        "path": shown(&args.output),
        "bytes": bytes.len(),
        "task": exported.task(),
        "opset": OPSET,
        "inputs": exported.inputs().iter().map(described).collect::<Vec<_>>(),
        "outputs": exported.outputs().iter().map(described).collect::<Vec<_>>(),
        "left_out": exported.left_out().collect::<Vec<_>>(),
        "whole": exported.others().is_none(),
    }));
    console.info(format!("{}, {} bytes, operators of version {OPSET}, in {}", exported.task(), bytes.len(), args.output.display()));
    lines(&exported).iter().for_each(|line| console.info(line));
    Ok(ExitCode::SUCCESS)
}

fn described(port: &Port) -> Value {
    let Port { name, kind, shape, about, optional } = port;
    json!({"name": name, "kind": kind, "shape": shape, "about": about, "optional": optional})
}

/// What goes in, what comes out, and what is not inside.
fn lines(exported: &Exported) -> Vec<String> {
    let ports: Vec<(&str, Port)> = [("in", exported.inputs()), ("out", exported.outputs())]
        .into_iter()
        .flat_map(|(way, ports)| ports.into_iter().map(move |port| (way, port)))
        .collect();
    let shape = |port: &Port| format!("{} ({})", port.kind, port.shape.join(", "));
    let width = |text: &dyn Fn(&Port) -> usize| ports.iter().map(|(_, port)| text(port)).max().unwrap_or(0);
    let (names, shapes) = (width(&|port| width_of(&port.name)), width(&|port| width_of(&shape(port))));
    let line = |(way, port): &(&str, Port)| {
        let end = if port.optional { "  may be left out" } else { "" };
        let line = format!("  {way:<3}  {}  {}{end}", padded(&port.name, names, false), padded(&shape(port), shapes, false));
        line.trim_end().to_owned()
    };
    let kind = |sentence: &str| if exported.others() == Some(sentence) { "warning" } else { "note" };
    let left_out = exported.left_out().map(|sentence| format!("{}: {sentence}", kind(sentence)));
    ports.iter().map(line).chain(left_out).collect()
}
