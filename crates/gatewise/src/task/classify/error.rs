//! What can go wrong between labelled sequences and a classifier.

use crate::error::{Error, Kind, ModelError};
use crate::loss::LossError;

/// Why a classifier could not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum ClassifyError {
    /// A setting that does not fit.
    #[error("{setting} {problem}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The network cannot be built.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The loss cannot be used.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// An item that the model does not fit.
    #[error("item {item}: {problem}")]
    Item {
        /// Its name.
        item: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl ClassifyError {
    pub(super) fn setting(setting: &'static str, problem: impl Into<String>) -> Self {
        Self::Setting { setting, problem: problem.into() }
    }

    /// Whether settings are at fault and not the data.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Item { .. })
    }
}

impl From<ClassifyError> for Error {
    fn from(error: ClassifyError) -> Self {
        Self::new(if error.is_usage() { Kind::Usage } else { Kind::Data }, error.to_string())
    }
}
