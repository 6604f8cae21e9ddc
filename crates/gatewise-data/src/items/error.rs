//! Why items could not be read.

use std::io;

use crate::error::DataError;
use crate::text::TextError;

/// Why items could not be read. The message names the place, [`ItemError::help`] the cure.
#[derive(Debug, thiserror::Error)]
pub enum ItemError {
    /// A file or folder could not be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is not what it should be.
    #[error("{path}{}: {problem}", line.map(|l| format!(":{l}")).unwrap_or_default())]
    Invalid {
        /// Which.
        path: String,
        /// Line, from 1.
        line: Option<u64>,
        /// What is wrong.
        problem: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// Options that do not fit.
    #[error("{message}")]
    Usage {
        /// What does not fit.
        message: String,
        /// What to type instead.
        help: Option<String>,
    },
    /// The text of a table.
    #[error(transparent)]
    Table(#[from] DataError),
    /// A file of text.
    #[error(transparent)]
    Text(#[from] TextError),
}

impl ItemError {
    pub(super) fn invalid(path: &str, line: impl Into<Option<u64>>, problem: impl Into<String>) -> Self {
        Self::Invalid { path: path.to_owned(), line: line.into(), problem: problem.into(), help: None }
    }

    pub(super) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: Some(help.into()) }
    }

    /// With what to do about it.
    pub(super) fn remedy(mut self, text: impl Into<String>) -> Self {
        if let Self::Invalid { help, .. } | Self::Usage { help, .. } = &mut self {
            *help = Some(text.into());
        }
        self
    }

    /// What to do about it, without the word "help".
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Some("check the path".to_owned()),
            Self::Io { .. } => None,
            Self::Invalid { help, .. } | Self::Usage { help, .. } => help.clone(),
            Self::Table(error) => error.help(),
            Self::Text(error) => error.help(),
        }
    }

    /// True where something could not be read at all (exit status 1).
    pub fn is_io(&self) -> bool {
        match self {
            Self::Io { .. } => true,
            Self::Table(error) => error.is_io(),
            Self::Text(error) => error.is_io(),
            _ => false,
        }
    }

    /// True where the options are at fault and not the data (exit status 2).
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Usage { .. } => true,
            Self::Table(error) => error.is_usage(),
            _ => false,
        }
    }
}
