//! What cannot be written as a graph.

use gatewise::{Error, Kind};

/// Why a model is no graph of ONNX.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExportError {
    /// A forecaster whose answers come from the prior and simple methods alone.
    #[error("the model has no network to export: none was trained, and the prior and simple methods forecast alone")]
    NoNetwork,
    /// A prior: what it reads is computed from a whole history, outside of its network.
    #[error("a prior cannot be exported: most of what it forecasts is computed from the history around its network")]
    Prior,
    /// A model file that is for nothing that is known.
    #[error("the file holds a model for: {task}, which cannot be exported")]
    Task {
        /// What it says it is for.
        task: String,
    },
    /// More than a file of ONNX holds.
    #[error("the weights take {bytes} bytes, and a file of ONNX holds {most} at most")]
    TooLarge {
        /// How many.
        bytes: u64,
        /// How many at most.
        most: u64,
    },
    /// A detector that watches no numbers.
    #[error("the detector watches no numbers, so it has no network to export")]
    NoNumbers,
    /// A detector of several series, of which none was named.
    #[error("the detector watches {} series, each by a network of its own", names.len())]
    SeveralSeries {
        /// Their names.
        names: Vec<String>,
    },
    /// A series that the detector does not know.
    #[error("the detector knows no series \"{name}\"")]
    NoSuchSeries {
        /// What was asked for.
        name: String,
        /// The names that it knows.
        names: Vec<String>,
    },
    /// A series of a model that has none.
    #[error("the model is no detector of several series, and \"{name}\" names one")]
    NoSeries {
        /// What was asked for.
        name: String,
    },
    /// A channel without any value so far.
    #[error("the detector has seen no value of \"{channel}\" yet, so it does not know its scale")]
    Unseen {
        /// The channel.
        channel: String,
    },
}

/// Names that a remedy lists.
const NAMED: usize = 8;

/// The first of some names.
fn listed(names: &[String]) -> String {
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    format!("{}{more}", names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", "))
}

impl ExportError {
    /// What can be done about it.
    fn remedy(&self) -> String {
        match self {
            Self::NoNetwork => "train on more rows, or with ⦃combine⦄ network".to_owned(),
            Self::Prior => "train a forecaster: its own network can be exported".to_owned(),
            Self::Task { .. } => "give a forecaster, classifier, regressor, language model or detector".to_owned(),
            Self::TooLarge { .. } => "train a smaller network".to_owned(),
            Self::NoNumbers => "give a detector of columns of numbers".to_owned(),
            Self::SeveralSeries { names } => format!("⦃series⦄ names one: {}", listed(names)),
            Self::NoSuchSeries { names, .. } => format!("it knows {}", listed(names)),
            Self::NoSeries { .. } => "leave ⦃series⦄ out".to_owned(),
            Self::Unseen { .. } => "let it learn from rows with values in that column".to_owned(),
        }
    }
}

impl From<ExportError> for Error {
    fn from(error: ExportError) -> Self {
        let usage = matches!(error, ExportError::SeveralSeries { .. } | ExportError::NoSuchSeries { .. } | ExportError::NoSeries { .. });
        Error::new(if usage { Kind::Usage } else { Kind::Data }, error.to_string()).help(error.remedy())
    }
}
