//! What can be wrong with a file, or with what it is given to compute on.

use std::fmt;
use std::path::PathBuf;

use gatewise::Kind;
use gatewise_memory::OverBudget;

/// A node of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name; empty where it has none.
    pub name: String,
    /// Its operator.
    pub operator: String,
    /// Where it stands, from 1.
    pub at: usize,
    /// How many nodes there are.
    pub of: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, operator, at, of } = self;
        let operator = if operator.is_empty() { "without an operator" } else { operator };
        if name.is_empty() {
            write!(f, "node {at} of {of} ({operator})")
        } else {
            write!(f, "node \"{}\" ({operator}, {at} of {of})", brief(name))
        }
    }
}

/// A graph that cannot be read or run.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file system refused.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The bytes are no ONNX file, or an incomplete one.
    #[error("not a complete ONNX file: {reason}")]
    Damaged {
        /// What is wrong.
        reason: String,
    },
    /// A version of the format that is not read.
    #[error("{what}")]
    Version {
        /// Which one, and which ones are.
        what: String,
    },
    /// A graph whose parts do not fit each other.
    #[error("{reason}")]
    Graph {
        /// Which parts.
        reason: String,
    },
    /// A constant that cannot be read.
    #[error("constant \"{name}\": {reason}")]
    Constant {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
        /// What to do about it.
        remedy: Option<String>,
    },
    /// A node that cannot be computed.
    #[error("{place}: {problem}")]
    Node {
        /// Which one.
        place: Place,
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        remedy: Option<String>,
    },
    /// An input of a call that the graph cannot take.
    #[error("{problem}")]
    Input {
        /// The input, where one is meant.
        name: Option<String>,
        /// What is wrong with it.
        problem: String,
        /// What to do about it.
        remedy: Option<String>,
    },
    /// More memory than there may be.
    #[error("{0}")]
    Memory(#[from] OverBudget),
    /// Kernels of another kind than the weights were packed for.
    #[error("the weights are packed for {packed}, and the call runs on {runs}")]
    Processor {
        /// The instruction set of the session.
        packed: String,
        /// That of the call.
        runs: String,
    },
}

impl ImportError {
    /// What is at fault.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Io { .. } => Kind::Io,
            Self::Input { .. } | Self::Memory(_) | Self::Processor { .. } => Kind::Usage,
            _ => Kind::Data,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> Option<&str> {
        match self {
            Self::Damaged { .. } => Some("it may be cut off or of another kind: copy or export it again"),
            Self::Constant { remedy, .. } | Self::Node { remedy, .. } | Self::Input { remedy, .. } => remedy.as_deref(),
            Self::Memory(_) => Some("give less at once, or raise ‹memory-limit›"),
            Self::Processor { .. } => Some("load the file again for these kernels"),
            Self::Version { .. } => Some("export it again with an opset in that range"),
            Self::Io { .. } | Self::Graph { .. } => None,
        }
    }

    /// The node that is at fault.
    pub fn place(&self) -> Option<&Place> {
        if let Self::Node { place, .. } = self { Some(place) } else { None }
    }
}

impl From<ImportError> for gatewise::Error {
    fn from(error: ImportError) -> Self {
        let made = Self::new(error.kind(), error.to_string());
        match error.remedy() {
            Some(remedy) => made.help(remedy),
            None => made,
        }
    }
}

/// What a node cannot do, before it is known which one it is.
#[derive(Debug)]
pub(crate) enum Fault {
    /// In words, with what to do about it.
    Told { problem: String, remedy: Option<String> },
    /// For want of memory.
    Memory(OverBudget),
}

impl Fault {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self::Told { problem: problem.into(), remedy: None }
    }

    pub(crate) fn help(self, remedy: impl Into<String>) -> Self {
        match self {
            Self::Told { problem, .. } => Self::Told { problem, remedy: Some(remedy.into()) },
            memory @ Self::Memory(_) => memory,
        }
    }

    /// At a node.
    pub(crate) fn at(self, place: &Place) -> ImportError {
        match self {
            Self::Told { problem, remedy } => ImportError::Node { place: place.clone(), problem, remedy },
            Self::Memory(over) => {
                let OverBudget { what, needed, limit } = over;
                ImportError::Memory(OverBudget { what: format!("{place}: {what}"), needed, limit })
            }
        }
    }
}

impl From<OverBudget> for Fault {
    fn from(over: OverBudget) -> Self {
        Self::Memory(over)
    }
}

/// A fault in words.
pub(crate) fn fault<T>(problem: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::new(problem))
}

/// A name of a file as far as a message shows it.
pub(crate) fn brief(name: &str) -> String {
    const SHOWN: usize = 80;
    let mut text: String = name.chars().take(SHOWN).map(|c| if c.is_control() { '�' } else { c }).collect();
    if name.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    text
}
