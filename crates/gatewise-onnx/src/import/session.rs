//! A file of a graph, read and ready to run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gatewise_kernels::{Cpu, Isa};
use gatewise_memory::Budget;
use prost::Message;

use super::error::{ImportError, brief};
use super::graph::Graph;
use super::plan::Plan;
use super::port::Port;
use super::run::Workspace;
use super::tensor::{Tensor, TensorRef};
use super::{external, scan};
use crate::proto::ModelProto;

/// Versions of ONNX's operators that are read.
pub const OPSETS: std::ops::RangeInclusive<i64> = 7..=28;

/// Workspaces that wait for a call; those of more calls at once are made anew.
const WAITING: usize = 16;
/// Sets of further inputs that a graph is kept ready for.
const VARIANTS: usize = 8;

/// What a file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Who wrote it.
    pub producer: String,
    /// Which version of who wrote it.
    pub producer_version: String,
    /// The version of the format.
    pub ir_version: i64,
    /// The version of ONNX's operators.
    pub opset: i64,
    /// The name of the graph.
    pub graph: String,
    /// What else is known of it, by key.
    pub metadata: BTreeMap<String, String>,
}

/// A plan with the space of its calls.
#[derive(Debug)]
struct Ready {
    plan: Plan,
    waiting: Mutex<Vec<Workspace>>,
}

impl Ready {
    fn new(plan: Plan) -> Self {
        Self { plan, waiting: Mutex::default() }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Workspace>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Inputs in any order; each is one of the plan's.
    fn run(&self, cpu: &Cpu, inputs: &[(&str, TensorRef<'_>)]) -> Result<Vec<Tensor>, ImportError> {
        let mut given = Vec::with_capacity(self.plan.inputs.len());
        for port in &self.plan.inputs {
            let Some((_, tensor)) = inputs.iter().find(|(name, _)| *name == port.name) else {
                return Err(ImportError::Input {
                    name: Some(port.name.clone()),
                    problem: format!("input \"{}\" is missing", brief(&port.name)),
                    remedy: Some(format!("give {} of shape {}", port.declared, port.shape_text())),
                });
            };
            port.check(tensor)?;
            given.push(*tensor);
        }
        let mut space = self.waiting().pop().unwrap_or_else(|| Workspace::new(&self.plan));
        let outputs = space.run(&self.plan, cpu, &given);
        let mut waiting = self.waiting();
        if waiting.len() < WAITING {
            waiting.push(space);
        }
        outputs
    }
}

/// A graph that runs: inputs in, outputs out.
///
/// Weights are packed when it is made. A call keeps its space for the next one; calls of several threads run side by side.
#[derive(Debug)]
pub struct Session {
    about: About,
    ready: Ready,
    isa: Isa,
    /// Inputs that may be left out, with the graph that is read again where one of them is given.
    defaults: Option<(Vec<Port>, ModelProto)>,
    /// The graph with some of those inputs, by their names.
    variants: Mutex<Vec<(Vec<String>, Arc<Ready>)>>,
}

impl Session {
    /// Reads a file; numbers of it may lie in files beside it.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or holds what is not supported: the error names the node.
    pub fn open(cpu: &Cpu, path: &Path) -> Result<Self, ImportError> {
        Self::of(cpu, read(path)?.0)
    }

    /// As [`open`](Self::open), with the bytes of a file that holds all numbers itself, from which [`from_bytes`](Self::from_bytes) makes the
    /// session again.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_whole(cpu: &Cpu, path: &Path) -> Result<(Self, Vec<u8>), ImportError> {
        let (model, bytes) = read(path)?;
        Ok((Self::of(cpu, model)?, bytes))
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// As [`open`](Self::open); also where numbers lie in another file.
    pub fn from_bytes(cpu: &Cpu, bytes: &[u8]) -> Result<Self, ImportError> {
        Self::of(cpu, decode(bytes)?)
    }

    /// Of a file that was decoded.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    pub fn of(cpu: &Cpu, model: ModelProto) -> Result<Self, ImportError> {
        let about = about(&model)?;
        let (plan, defaults) = plan(cpu, &model, about.opset, &[])?;
        let defaults = if defaults.is_empty() { None } else { Some((defaults, model)) };
        Ok(Self { about, ready: Ready::new(plan), isa: cpu.isa(), defaults, variants: Mutex::default() })
    }

    /// What the file says of itself.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// What goes in, in the file's order.
    pub fn inputs(&self) -> &[Port] {
        &self.plan().inputs
    }

    /// What may go in besides: a constant of the file stands in for each that is left out.
    pub fn defaults(&self) -> &[Port] {
        self.defaults.as_ref().map_or(&[], |(ports, _)| ports)
    }

    /// What comes out, in the file's order.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = &Port> {
        self.plan().outputs.iter().map(|(port, _)| port)
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.ready.plan
    }

    /// Computes the outputs, in the order of [`outputs`](Self::outputs), from inputs by their names.
    ///
    /// # Errors
    /// An input that is missing, unknown, or of another type or shape, and shapes that a node cannot take: the error names the node.
    pub fn run(&self, cpu: &Cpu, inputs: &[(&str, TensorRef<'_>)]) -> Result<Vec<Tensor>, ImportError> {
        if cpu.isa() != self.isa {
            return Err(ImportError::Processor { packed: self.isa.to_string(), runs: cpu.isa().to_string() });
        }
        let (ports, defaults) = (self.inputs(), self.defaults());
        let mut besides = Vec::new();
        for (at, (name, _)) in inputs.iter().enumerate() {
            let is = |port: &Port| port.name == *name;
            let problem = if inputs[..at].iter().any(|(other, _)| other == name) {
                format!("input \"{}\" is given twice", brief(name))
            } else if ports.iter().any(is) {
                continue;
            } else if defaults.iter().any(is) {
                besides.push(*name);
                continue;
            } else {
                format!("there is no input \"{}\"", brief(name))
            };
            let names: Vec<String> = ports.iter().chain(defaults).map(|port| brief(&port.name)).collect();
            let remedy =
                if names.is_empty() { "the graph has no inputs".to_owned() } else { format!("its inputs are {}", names.join(", ")) };
            return Err(ImportError::Input { name: Some((*name).to_owned()), problem, remedy: Some(remedy) });
        }
        match &self.defaults {
            Some((_, model)) if !besides.is_empty() => self.variant(cpu, model, besides)?.run(cpu, inputs),
            _ => self.ready.run(cpu, inputs),
        }
    }

    /// The graph with inputs that constants would stand in for.
    fn variant(&self, cpu: &Cpu, model: &ModelProto, mut names: Vec<&str>) -> Result<Arc<Ready>, ImportError> {
        names.sort_unstable();
        let mut variants = self.variants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, ready)) = variants.iter().find(|(known, _)| *known == names) {
            return Ok(ready.clone());
        }
        let ready = Arc::new(Ready::new(plan(cpu, model, self.about.opset, &names)?.0));
        if variants.len() == VARIANTS {
            variants.remove(0);
        }
        variants.push((names.into_iter().map(ToOwned::to_owned).collect(), ready.clone()));
        Ok(ready)
    }
}

/// The plan of a graph whose inputs `given` come with a call, and those that may be left out.
fn plan(cpu: &Cpu, model: &ModelProto, opset: i64, given: &[&str]) -> Result<(Plan, Vec<Port>), ImportError> {
    let Some(graph) = &model.graph else { return Err(ImportError::Damaged { reason: "it has no graph".to_owned() }) };
    let mut held = 0;
    let mut read = Graph::read(graph, given, &mut held)?;
    let defaults = std::mem::take(&mut read.defaults);
    Ok((Plan::new(cpu, read, opset, held)?, defaults))
}

/// The messages of a file and its bytes, with the numbers that lie in files beside it taken in.
fn read(path: &Path) -> Result<(ModelProto, Vec<u8>), ImportError> {
    let io = |source| ImportError::Io { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(io)?.len();
    Budget::current().hold(path.display(), u128::from(size))?;
    let bytes = std::fs::read(path).map_err(io)?;
    let mut model = decode(&bytes)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let taken = match &mut model.graph {
        Some(graph) => external::take_in(graph, folder)?,
        None => false,
    };
    let bytes = if taken { model.encode_to_vec() } else { bytes };
    Ok((model, bytes))
}

/// The messages of a file, held against the limit on memory before they are made.
fn decode(bytes: &[u8]) -> Result<ModelProto, ImportError> {
    let damaged = |reason: String| ImportError::Damaged { reason };
    let needed = scan::memory(bytes).ok_or_else(|| damaged("its bytes are no messages of the format".to_owned()))?;
    Budget::current().hold("what the file describes", needed)?;
    ModelProto::decode(bytes).map_err(|e| damaged(e.to_string()))
}

fn about(model: &ModelProto) -> Result<About, ImportError> {
    if model.graph.is_none() {
        return Err(ImportError::Damaged { reason: "it has no graph".to_owned() });
    }
    let opset = model.opset_import.iter().find(|set| ["", "ai.onnx"].contains(&set.domain.as_deref().unwrap_or_default()));
    let (least, most) = (OPSETS.start(), OPSETS.end());
    let opset = match opset.map(|set| set.version.unwrap_or(0)) {
        Some(version) if OPSETS.contains(&version) => version,
        Some(version) => {
            let what = format!("its operators are of opset {version}; opsets {least} to {most} are read");
            return Err(ImportError::Version { what });
        }
        None => return Err(ImportError::Damaged { reason: "it does not say which opset its operators are of".to_owned() }),
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Ok(About {
        producer: text(&model.producer_name),
        producer_version: text(&model.producer_version),
        ir_version: model.ir_version.unwrap_or(0),
        opset,
        graph: model.graph.as_ref().map(|graph| text(&graph.name)).unwrap_or_default(),
        metadata: model.metadata_props.iter().map(|entry| (text(&entry.key), text(&entry.value))).collect(),
    })
}
