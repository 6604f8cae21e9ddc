//! `gatewise import`: what a graph of ONNX holds, and what it answers.

mod describe;
mod feed;

use std::path::Path;
use std::process::ExitCode;

use gatewise_onnx::import::{Data, Session, Tensor};
use serde_json::{Value, json};

use crate::args::ImportArgs;
use crate::arrays;
use crate::cli_error::CliError;
use crate::console::{Console, shown};
use crate::run_folder::write_atomically;

pub fn run(args: &ImportArgs, console: Console) -> anyhow::Result<ExitCode> {
    let cpu = super::cpu(args.threads)?;
    let name = args.model.display();
    let told = |e| about(&name.to_string(), e);
    let session = Session::open(&cpu, &args.model).map_err(told)?;
    if args.input.is_empty() && args.output.is_none() {
        if console.json() {
            console.event(&describe::event(&shown(&args.model), &session));
        } else {
            console.print(&describe::text(&session))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let fed = feed::inputs(args, &session)?;
    let inputs: Vec<_> = fed.iter().map(|(name, tensor)| (name.as_str(), tensor.view())).collect();
    let outputs = session.run(&cpu, &inputs).map_err(told)?;
    let named: Vec<(&str, &Tensor)> = session.outputs().map(|port| port.name.as_str()).zip(&outputs).collect();
    match &args.output {
        Some(path) => write(path, &named, console)?,
        None if console.json() => named.iter().for_each(|(name, tensor)| console.event(&output(name, tensor))),
        None => print(&named, console)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// An error of a file, with its name.
fn about(name: &str, error: gatewise_onnx::import::ImportError) -> CliError {
    let (kind, remedy) = (error.kind(), error.remedy().map(ToOwned::to_owned));
    let text = error.to_string();
    let text = if text.contains(name) { text } else { format!("{name}: {text}") };
    let error = gatewise::Error::new(kind, text);
    CliError::from(match remedy {
        Some(remedy) => error.help(remedy),
        None => error,
    })
}

/// An output as an event.
fn output(name: &str, tensor: &Tensor) -> Value {
    // JSON has no number for those that are none.
    let values = match &tensor.data {
        Data::Float(values) => json!(values),
        Data::Double(values) => json!(values),
        Data::Int(values) => json!(values),
        Data::Bool(values) => json!(values),
    };
    json!({"event": "output", "name": name, "dtype": arrays::type_of(tensor), "shape": tensor.shape, "values": values})
}

fn print(outputs: &[(&str, &Tensor)], console: Console) -> anyhow::Result<()> {
    let table = if let [(name, tensor)] = outputs { arrays::table(name, tensor) } else { None };
    match table {
        Some(table) => console.print_table(&table),
        None => {
            let shapes: Vec<String> = outputs.iter().map(|(name, tensor)| format!("{name} {:?}", tensor.shape)).collect();
            let problem = format!("the outputs are no table: {}", shapes.join(", "));
            Err(CliError::usage(problem).help("write them with -o FILE.npz, or print them with --json").into())
        }
    }
}

/// Writes outputs in the form that the file's name asks for.
fn write(path: &Path, outputs: &[(&str, &Tensor)], console: Console) -> anyhow::Result<()> {
    let name = path.display();
    let single = || match outputs {
        [(name, tensor)] => Ok((*name, *tensor)),
        _ => Err(CliError::usage(format!("-o {name}: there are {} outputs", outputs.len())).help("write all of them with -o FILE.npz")),
    };
    let bytes = match path.extension().and_then(|extension| extension.to_str()) {
        Some("npz") => arrays::archive(outputs.iter().copied())?,
        Some("npy") => arrays::npy(single()?.1),
        Some("csv") => {
            let (output, tensor) = single()?;
            let shape = &tensor.shape;
            let many = || CliError::usage(format!("-o {name}: the output has shape {shape:?}, which is no table")).help("take .npy");
            arrays::table(output, tensor).ok_or_else(many)?
        }
        _ => {
            return Err(CliError::usage(format!("-o {name}: the name says no form"))
                .help("name a file that ends in .npz, .npy or .csv")
                .into());
        }
    };
    write_atomically(path, &bytes)?;
    let shapes: Vec<Value> =
        outputs.iter().map(|(name, tensor)| json!({"name": name, "dtype": arrays::type_of(tensor), "shape": tensor.shape})).collect();
    console.event(&json!({"event": "written", "path": shown(path), "bytes": bytes.len(), "outputs": shapes}));
    for (output, tensor) in outputs {
        console.info(format!("{output}  {} {:?} in {name}", arrays::type_of(tensor), tensor.shape));
    }
    Ok(())
}
