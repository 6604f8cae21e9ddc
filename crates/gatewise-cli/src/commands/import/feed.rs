//! Arrays of files as the inputs of a graph.

use std::path::Path;

use gatewise_onnx::import::{Axis, Data, Dtype, Port, Session, Tensor};

use crate::args::ImportArgs;
use crate::arrays;
use crate::cli_error::{CliError, did_you_mean};

/// The arrays that go in, by the names of their inputs.
pub fn inputs(args: &ImportArgs, session: &Session) -> Result<Vec<(String, Tensor)>, CliError> {
    let ports: Vec<&Port> = session.inputs().iter().chain(session.defaults()).collect();
    let mut fed: Vec<(String, Tensor)> = Vec::new();
    for (name, file) in args.inputs() {
        let named = name.and_then(|name| ports.iter().find(|port| port.name == name));
        let (port, file) = match (named, name, session.inputs()) {
            (Some(port), _, _) => (*port, file.to_owned()),
            // A name of a file may hold the mark as well.
            (None, None, [only]) => (only, file.to_owned()),
            (None, Some(name), [only]) if Path::new(&format!("{name}={file}")).exists() => (only, format!("{name}={file}")),
            (None, Some(name), _) => {
                let near = did_you_mean(name, ports.iter().map(|port| port.name.as_str()));
                let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
                return Err(CliError::usage(format!("--input {name}={file}: there is no input {name}{near}")).help(known(&ports)));
            }
            (None, None, _) => {
                return Err(CliError::usage(format!("--input {file} says not which input it is for"))
                    .help(format!("write --input NAME={file}; {}", known(&ports))));
            }
        };
        if fed.iter().any(|(other, _)| *other == port.name) {
            return Err(CliError::usage(format!("--input {} is given twice", port.name)).help("give each input once"));
        }
        let is_table = !file.to_ascii_lowercase().ends_with(".npy");
        let tensor = arrays::read(Path::new(&file))?;
        let tensor = fitted(tensor, port, is_table).map_err(|problem| {
            let wanted = format!("it takes {} of shape {}", port.declared, port.shape_text());
            CliError::data(format!("{file}: {problem}, which input {} does not take", port.name)).help(wanted)
        })?;
        fed.push((port.name.clone(), tensor));
    }
    if let Some(missing) = session.inputs().iter().find(|port| !fed.iter().any(|(name, _)| *name == port.name)) {
        return Err(CliError::usage(format!("input {} is missing", missing.name)).help(format!(
            "add --input {}=FILE with {} of shape {}",
            missing.name,
            missing.declared,
            missing.shape_text()
        )));
    }
    Ok(fed)
}

fn known(ports: &[&Port]) -> String {
    let names: Vec<&str> = ports.iter().map(|port| port.name.as_str()).collect();
    if names.is_empty() { "the graph has no inputs".to_owned() } else { format!("the inputs are {}", names.join(", ")) }
}

/// A tensor in the type and, for a table, with the axes of an input.
fn fitted(tensor: Tensor, port: &Port, is_table: bool) -> Result<Tensor, String> {
    let found = arrays::type_of(&tensor);
    let Tensor { mut shape, data } = tensor;
    let data = match (port.dtype, data) {
        (Dtype::Float, Data::Double(values)) => Data::Float(values.into_iter().map(|x| x as f32).collect()),
        (Dtype::Float, Data::Int(values)) => Data::Float(values.into_iter().map(|x| x as f32).collect()),
        (Dtype::Double, Data::Float(values)) => Data::Double(values.into_iter().map(f64::from).collect()),
        (Dtype::Double, Data::Int(values)) => Data::Double(values.into_iter().map(|x| x as f64).collect()),
        // Numbers of a table are read in double precision, which holds every whole number that anybody writes.
        (Dtype::Int, Data::Double(values)) if is_table && values.iter().all(|x| x.fract() == 0.0 && x.abs() < 9e15) => {
            Data::Int(values.into_iter().map(|x| x as i64).collect())
        }
        (Dtype::Bool, Data::Double(values)) if is_table && values.iter().all(|&x| x == 0.0 || x == 1.0) => {
            Data::Bool(values.into_iter().map(|x| x == 1.0).collect())
        }
        (dtype, data) if data.values().dtype() == dtype => data,
        _ => return Err(format!("its values are {found}")),
    };
    if is_table {
        shape = axes(&shape, port);
    }
    Ok(Tensor { shape, data })
}

/// The axes of a table for an input: one column is a vector, and a batch of one stands where one is asked for, else on the first axis that is free.
fn axes(shape: &[usize], port: &Port) -> Vec<usize> {
    let (&[rows, columns], Some(wanted)) = (shape, &port.axes) else { return shape.to_vec() };
    match &wanted[..] {
        [_] if columns == 1 => vec![rows],
        [_] if rows == 1 => vec![columns],
        [Axis::Fixed(1), _, _] => vec![1, rows, columns],
        [_, Axis::Fixed(1), _] => vec![rows, 1, columns],
        [Axis::Free(_), _, _] => vec![1, rows, columns],
        [_, Axis::Free(_), _] => vec![rows, 1, columns],
        _ => vec![rows, columns],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(dtype: Dtype, axes: Option<Vec<Axis>>) -> Port {
        Port { name: "x".into(), dtype, declared: "float32", axes }
    }

    #[test]
    fn tables_become_what_an_input_takes() {
        let free = || Axis::Free(None);
        let table = |rows: usize, columns: usize| Tensor { shape: vec![rows, columns], data: Data::Double(vec![1.0; rows * columns]) };
        let shape = |axes: Vec<Axis>, rows, columns| fitted(table(rows, columns), &port(Dtype::Float, Some(axes)), true).unwrap().shape;
        assert_eq!(shape(vec![free(), free()], 3, 2), [3, 2]);
        assert_eq!(shape(vec![free(), free(), Axis::Fixed(2)], 3, 2), [1, 3, 2]);
        assert_eq!(shape(vec![Axis::Fixed(3), free(), Axis::Fixed(2)], 3, 2), [3, 1, 2]);
        assert_eq!(shape(vec![free(), Axis::Fixed(1), Axis::Fixed(2)], 3, 2), [3, 1, 2]);
        assert_eq!(shape(vec![free()], 3, 1), [3]);
        let whole = fitted(table(1, 2), &port(Dtype::Int, None), true).unwrap();
        assert_eq!(whole.data, Data::Int(vec![1, 1]));
    }

    #[test]
    fn types_that_would_lose_something_are_refused() {
        let of = |data: Data, dtype, is_table| fitted(Tensor { shape: vec![1], data }, &port(dtype, None), is_table);
        assert!(of(Data::Double(vec![0.5]), Dtype::Int, true).is_err());
        assert!(of(Data::Double(vec![1.0]), Dtype::Int, false).is_err());
        assert!(of(Data::Double(vec![2.0]), Dtype::Bool, true).is_err());
        assert!(of(Data::Float(vec![1.0]), Dtype::Bool, false).is_err());
        assert_eq!(of(Data::Int(vec![3]), Dtype::Double, false).unwrap().data, Data::Double(vec![3.0]));
    }
}
