//! What can go wrong in building, storing and training a network.

use std::path::PathBuf;

use gatewise_memory::OverBudget;

use crate::loss::LossError;
use crate::optim::OptimError;

/// A network that cannot be built or run as asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// A size outside its range.
    #[error("`{field}` is {value}; it must be from 1 to {max}")]
    Size {
        /// The key in the configuration.
        field: &'static str,
        /// What was given.
        value: usize,
        /// The largest allowed.
        max: usize,
    },
    /// A share of what training drops outside its range.
    #[error("`{field}` is {value}; it must be at least 0 and below 1")]
    Share {
        /// The key in the configuration.
        field: &'static str,
        /// What was given.
        value: f64,
    },
    /// A weight of a penalty outside its range.
    #[error("`{field}` is {value}; it must be 0 or above")]
    Penalty {
        /// The key in the configuration.
        field: &'static str,
        /// What was given.
        value: f64,
    },
    /// An option of a network that is built otherwise.
    #[error("`{field}` needs a network with {needed}; leave it out")]
    Needs {
        /// The key in the configuration.
        field: &'static str,
        /// What the network lacks.
        needed: &'static str,
    },
    /// Weights dropped in a cell that has none from its state.
    #[error("`weight_drop` drops weights from the state, and the gates of {cell} see the input alone; it must be 0")]
    NoStateWeights {
        /// Its name.
        cell: &'static str,
    },
    /// A table that cannot be the head's weights too.
    #[error("a tied embedding of {symbols} × {width} cannot be the head's weights of {outputs} × {hidden}; make its vectors {hidden} long")]
    Tied {
        /// Symbols of the embedding.
        symbols: usize,
        /// Length of its vectors.
        width: usize,
        /// Outputs of the network.
        outputs: usize,
        /// Width of the stack.
        hidden: usize,
    },
    /// Pictures that are not the features of a step.
    #[error(
        "`encoder` reads pictures of {channels} channels of {height} × {width}, but a step has {input} features; make the product equal `input`"
    )]
    Encoder {
        /// Channels of a picture.
        channels: usize,
        /// Rows of pixels.
        height: usize,
        /// Pixels of a row.
        width: usize,
        /// Features of a step.
        input: usize,
    },
    /// A linear path that does not fit the outputs.
    #[error(
        "`skip` covers {horizon} steps · {targets} targets · {width} values, but there are {outputs} outputs; \
         make the product equal `outputs`, with one output row a sequence"
    )]
    LinearSkip {
        /// Steps of the path.
        horizon: usize,
        /// Targets of the path.
        targets: usize,
        /// Values at each.
        width: usize,
        /// Outputs of the network.
        outputs: usize,
    },
    /// More parameters than are supported.
    #[error("the network would have {parameters} parameters ({setting}), more than the {max} supported; take a smaller one")]
    TooLarge {
        /// What most of them are due to, as "hidden = 16000".
        setting: String,
        /// How many.
        parameters: u128,
        /// How many at most.
        max: u128,
    },
    /// A network that memory cannot hold while it is trained.
    #[error("{0}; take a smaller network, or raise memory_limit")]
    Memory(#[from] OverBudget),
    /// A tensor that the network does not have.
    #[error("the network has no tensor `{name}`")]
    NoTensor {
        /// The name asked for.
        name: String,
    },
    /// A tensor of another size.
    #[error("tensor `{name}` has {found} values, the network needs {expected}")]
    TensorLength {
        /// The tensor.
        name: String,
        /// Values given.
        found: usize,
        /// Values needed.
        expected: usize,
    },
    /// Convolutions over time where there is no sequence of numbers with one answer.
    #[error(
        "`branch` reads a whole sequence of numbers for one answer; leave it out with an encoder, an embedding or the readout each-step"
    )]
    Branch,
    /// A network that cannot run step by step.
    #[error("this network cannot run step by step: {reason}")]
    NoStreaming {
        /// Why.
        reason: &'static str,
    },
}

/// A model or checkpoint file that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The file system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// "read" or "write".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The bytes are no safetensors file, or an incomplete one.
    #[error("{} is not a complete safetensors file: {reason}; it may be cut off or of another kind: copy it again, or train anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        reason: String,
    },
    /// A safetensors file of another program.
    #[error(
        "{} is a safetensors file, but no Gatewise model: its metadata has no key `gatewise`; give a model.safetensors that gatewise wrote",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A format version this program does not know.
    #[error("{} has format version {found}, this program reads up to {supported}; update gatewise to read it", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The newest version known.
        supported: u64,
    },
    /// A checkpoint where a model is needed, or the reverse.
    #[error("{} is a {found}, not a {expected}: {help}", path.display())]
    Kind {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What it should be.
        expected: &'static str,
        /// What to give instead.
        help: &'static str,
    },
    /// Metadata that do not hold what they should.
    #[error("{}: the metadata cannot be read: {reason}; the file was changed or damaged: copy it again, or train anew", path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// What is wrong in them.
        reason: String,
    },
    /// A tensor that is missing, misshapen or of another type.
    #[error("{}: tensor `{name}`: {reason}; the file was changed or damaged: copy it again, or train anew", path.display())]
    Tensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Training that cannot start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting outside its range.
    #[error("`{name}` is {value}; it must be {expected}")]
    Setting {
        /// The key in the configuration.
        name: &'static str,
        /// What was given.
        value: f64,
        /// Its range in words.
        expected: &'static str,
    },
    /// A setting of the optimiser or the schedule, or its saved state.
    #[error(transparent)]
    Optim(#[from] OptimError),
    /// A setting of the loss.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// A network that cannot be built.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A step that memory cannot hold.
    #[error("{0}; take a smaller batch or network, or raise memory_limit")]
    Memory(#[from] OverBudget),
    /// A checkpoint that cannot be read or written.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// Nothing to train on.
    #[error("there is nothing to train on: the training part has no item; give more data, or a shorter lookback or horizon")]
    Empty,
    /// A checkpoint that was made on other data.
    #[error(
        "the checkpoint was made on {expected} training items, the data give {found}; resume with the data and settings it was made with"
    )]
    OtherData {
        /// Items then.
        expected: usize,
        /// Items now.
        found: usize,
    },
    /// A number that is infinite or no number. The weights are still those from before the step.
    #[error(
        "step {step}: {tensor} is not finite (items {}); \
         check the values there, or lower the learning rate or set `clip_norm`",
        list(rows)
    )]
    NotFinite {
        /// The step, counted from 1.
        step: u64,
        /// As "the input", "the target", "the output", "recurrent.weight_hh_l0", "the gradient of head.bias".
        tensor: String,
        /// The items of the batch that show it; the whole batch where it cannot be told apart.
        rows: Vec<usize>,
    },
}

/// The first numbers of a list.
fn list(rows: &[usize]) -> String {
    const SHOWN: usize = 8;
    let mut text = rows.iter().take(SHOWN).map(usize::to_string).collect::<Vec<_>>().join(", ");
    if rows.len() > SHOWN {
        text += &format!(" and {} more", rows.len() - SHOWN);
    }
    text
}

/// What is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The file system, or the inside of the library.
    Io,
    /// A setting.
    Usage,
    /// The data, or a model file.
    Data,
    /// Numbers that are not finite.
    NotFinite,
}

impl Kind {
    /// Of what was read: the file system's, a setting's, else its own.
    fn of(is_io: bool, is_usage: bool) -> Self {
        match (is_io, is_usage) {
            (true, _) => Self::Io,
            (false, true) => Self::Usage,
            (false, false) => Self::Data,
        }
    }
}

/// What went wrong between data and an answer, and what to do about it.
///
/// Names of settings in its texts stand within marks; [`gatewise_data::write_settings`] writes them as a caller has them.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: Kind,
    message: String,
    remedy: Option<String>,
}

impl Error {
    /// Of a kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), remedy: None }
    }

    /// A setting is at fault.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// The data are at fault.
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(Kind::Data, message)
    }

    /// With what to do about it.
    #[must_use]
    pub fn help(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// With the cell of the training it happened in, among others.
    pub(crate) fn in_training(mut self, cell: gatewise_kernels::Cell) -> Self {
        self.message = format!("training {}: {}", cell.spec().name, self.message);
        self
    }

    /// What is at fault.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What to do about it.
    pub fn remedy(&self) -> Option<&str> {
        self.remedy.as_deref()
    }
}

impl From<ModelError> for Error {
    fn from(error: ModelError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<FormatError> for Error {
    fn from(error: FormatError) -> Self {
        let kind = if matches!(error, FormatError::Io { .. }) { Kind::Io } else { Kind::Data };
        Self::new(kind, error.to_string())
    }
}

impl TrainError {
    /// What is at fault.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Memory(_) | Self::Setting { .. } | Self::Optim(_) | Self::Model(_) | Self::Loss(_) => Kind::Usage,
            Self::Format(FormatError::Io { .. }) => Kind::Io,
            Self::Format(_) | Self::Empty | Self::OtherData { .. } => Kind::Data,
            Self::NotFinite { .. } => Kind::NotFinite,
        }
    }
}

impl TrainError {
    /// With the place of numbers that are not finite, and what keeps them so. `place` tells where the items of a batch lie, as ", in …".
    pub fn at(&self, place: impl FnOnce(&[usize]) -> String, remedy: &str) -> Error {
        match self {
            Self::NotFinite { step, tensor, rows } => {
                Error::new(Kind::NotFinite, format!("step {step}: {tensor} is not finite{}", place(rows))).help(remedy)
            }
            other => Error::new(other.kind(), other.to_string()),
        }
    }
}

impl From<TrainError> for Error {
    fn from(error: TrainError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

impl From<gatewise_data::TextError> for Error {
    fn from(error: gatewise_data::TextError) -> Self {
        let kind = if error.is_io() { Kind::Io } else { Kind::Data };
        Self { kind, message: error.to_string(), remedy: error.help() }
    }
}

impl From<gatewise_data::DataError> for Error {
    fn from(error: gatewise_data::DataError) -> Self {
        let kind = Kind::of(error.is_io(), error.is_usage());
        Self { kind, message: error.to_string(), remedy: error.help() }
    }
}

impl From<gatewise_data::items::ItemError> for Error {
    fn from(error: gatewise_data::items::ItemError) -> Self {
        let kind = Kind::of(error.is_io(), error.is_usage());
        Self { kind, message: error.to_string(), remedy: error.help() }
    }
}
