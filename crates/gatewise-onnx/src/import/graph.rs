//! The names of a graph resolved: which value each node reads, and which nodes the outputs need.

use std::collections::{HashMap, HashSet};

use super::constant;
use super::error::{ImportError, Place, brief};
use super::port::Port;
use super::tensor::Constant;
use crate::proto::{GraphProto, NodeProto};

/// A node, with its inputs and outputs as numbers of values; none where one was left out.
pub(crate) struct Wired<'a> {
    pub(crate) proto: &'a NodeProto,
    pub(crate) place: Place,
    pub(crate) inputs: Vec<Option<usize>>,
    pub(crate) outputs: Vec<Option<usize>>,
}

/// A graph whose values have numbers.
pub(crate) struct Graph<'a> {
    /// Inputs with the numbers of their values.
    pub(crate) inputs: Vec<(Port, usize)>,
    /// Inputs that may be left out, since constants stand in for them.
    pub(crate) defaults: Vec<Port>,
    pub(crate) constants: Vec<(usize, Constant)>,
    /// Those that the outputs need, in order.
    pub(crate) nodes: Vec<Wired<'a>>,
    pub(crate) outputs: Vec<(Port, usize)>,
    /// How many values there are.
    pub(crate) values: usize,
}

/// Values by their names.
#[derive(Default)]
struct Names<'a> {
    numbers: HashMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    /// A new one; none where there is one of that name.
    fn define(&mut self, name: &'a str) -> Option<usize> {
        let number = self.numbers.len();
        if self.numbers.contains_key(name) {
            return None;
        }
        self.numbers.insert(name, number);
        Some(number)
    }
}

fn broken<T>(reason: String) -> Result<T, ImportError> {
    Err(ImportError::Graph { reason })
}

impl<'a> Graph<'a> {
    /// Resolves the names.
    ///
    /// # Errors
    /// Names that stand for two values or for none, and constants that cannot be read. `held` counts their bytes. Of the inputs that constants
    /// stand in for, `given` names those that come with a call.
    pub(crate) fn read(proto: &'a GraphProto, given: &[&str], held: &mut u128) -> Result<Self, ImportError> {
        let mut names = Names::default();
        let mut kept = Vec::new();
        for tensor in &proto.initializer {
            let name = tensor.name.as_deref().unwrap_or_default();
            match names.define(name) {
                Some(number) if !name.is_empty() => kept.push((number, tensor)),
                _ => return broken(format!("two constants are called \"{}\", or one has no name", brief(name))),
            }
        }
        let (mut inputs, mut defaults, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        let mut replaced = vec![false; kept.len()];
        for value in &proto.input {
            let name = value.name.as_deref().unwrap_or_default();
            let port = Port::read(value)?;
            let first = seen.insert(name) && !name.is_empty();
            match names.numbers.get(name).copied() {
                // A constant of the same name stands in for the input.
                Some(number) if first && given.contains(&name) => {
                    replaced[number] = true;
                    inputs.push((port, number));
                }
                Some(_) if first => defaults.push(port),
                None if first => inputs.extend(names.define(name).map(|number| (port, number))),
                _ => return broken(format!("two inputs are called \"{}\", or one has no name", brief(name))),
            }
        }
        kept.retain(|(number, _)| !replaced[*number]);
        let mut nodes = Vec::with_capacity(proto.node.len());
        for (at, node) in proto.node.iter().enumerate() {
            nodes.push(wire(node, at, proto, &mut names)?);
        }
        let mut outputs = Vec::new();
        for value in &proto.output {
            let port = Port::read(value)?;
            let Some(&number) = names.numbers.get(port.name.as_str()) else {
                return broken(format!("the output \"{}\" is computed by no node", brief(&port.name)));
            };
            outputs.push((port, number));
        }
        if outputs.is_empty() {
            return broken("the graph has no output".to_owned());
        }
        let (values, mut needed) = (names.numbers.len(), vec![false; names.numbers.len()]);
        outputs.iter().for_each(|(_, number)| needed[*number] = true);
        for node in nodes.iter().rev() {
            if node.outputs.iter().flatten().any(|&number| needed[number]) {
                node.inputs.iter().flatten().for_each(|&number| needed[number] = true);
            }
        }
        nodes.retain(|node| node.outputs.iter().flatten().any(|&number| needed[number]));
        let mut constants = Vec::new();
        for (number, tensor) in kept.into_iter().filter(|(number, _)| needed[*number]) {
            constants.push((number, constant::read(tensor, tensor.name.as_deref().unwrap_or_default(), held)?));
        }
        Ok(Self { inputs, defaults, constants, nodes, outputs, values })
    }
}

fn wire<'a>(node: &'a NodeProto, at: usize, graph: &'a GraphProto, names: &mut Names<'a>) -> Result<Wired<'a>, ImportError> {
    let place = Place {
        name: node.name.clone().unwrap_or_default(),
        operator: brief(node.op_type.as_deref().unwrap_or_default()),
        at: at + 1,
        of: graph.node.len(),
    };
    let wrong =
        |problem: String, remedy: Option<&str>| ImportError::Node { place: place.clone(), problem, remedy: remedy.map(ToOwned::to_owned) };
    let mut inputs = Vec::with_capacity(node.input.len());
    for name in &node.input {
        if name.is_empty() {
            inputs.push(None);
            continue;
        }
        let Some(&number) = names.numbers.get(name.as_str()) else {
            let later = graph.node[at..].iter().any(|node| node.output.iter().any(|output| output == name));
            let problem = if later { "is computed only by this node or behind it" } else { "is not defined" };
            return Err(wrong(
                format!("its input \"{}\" {problem}", brief(name)),
                later.then_some("a graph has no cycle, and its nodes stand in an order in which they can be computed"),
            ));
        };
        inputs.push(Some(number));
    }
    let mut outputs = Vec::with_capacity(node.output.len());
    for name in &node.output {
        if name.is_empty() {
            outputs.push(None);
            continue;
        }
        let number = names.define(name).ok_or_else(|| wrong(format!("its output \"{}\" is defined before", brief(name)), None))?;
        outputs.push(Some(number));
    }
    // What is left out at the end is not there.
    while inputs.last() == Some(&None) {
        inputs.pop();
    }
    Ok(Wired { proto: node, place, inputs, outputs })
}
