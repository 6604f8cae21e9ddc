//! What can go wrong between rows and scores.

use crate::error::ModelError;

/// Why a detector could not be made or used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DetectError {
    /// A setting out of range.
    #[error("`{name}` is {value}; it must be {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: String,
        /// Its range.
        expected: &'static str,
    },
    /// The network cannot be built.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A row with another number of channels.
    #[error("a row has {found} channels, the detector watches {expected}")]
    Channels {
        /// Channels of the row.
        found: usize,
        /// Channels of the detector.
        expected: usize,
    },
    /// A series more than are watched.
    #[error("series \"{name}\" is one more than the {most} that are watched")]
    Series {
        /// Its name.
        name: String,
        /// Most series.
        most: usize,
    },
}
