//! Why a table could not be read.

use std::io;

use crate::finding::Finding;

/// Why a table could not be read. The message names the place, [`DataError::help`] the cure.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file could not be opened or read.
    #[error("{path}: {source}")]
    Io {
        /// File as given, or `<stdin>`.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// An option names a column the table does not have.
    #[error("{path}: no column \"{column}\"{}", found(.columns))]
    UnknownColumn {
        /// File as given, or `<stdin>`.
        path: String,
        /// Name the caller asked for.
        column: String,
        /// The column most like it, if one is near.
        suggestion: Option<String>,
        /// Every column of the table.
        columns: Vec<String>,
    },
    /// Options that contradict each other or the table.
    #[error("{message}")]
    Usage {
        /// What does not fit.
        message: String,
        /// What to type instead.
        help: String,
    },
    /// The table holds something no model should be trained on.
    #[error("{}", .finding.describe(.path))]
    Invalid {
        /// File as given, or `<stdin>`.
        path: String,
        /// The first error in the file. Boxed to keep `Result`s small.
        finding: Box<Finding>,
        /// How many errors follow it.
        more: usize,
    },
}

/// Column names listed in a message before it says "and so on".
const LISTED_COLUMNS: usize = 12;

fn found(columns: &[String]) -> String {
    let mut text = format!("; it has {}", columns[..columns.len().min(LISTED_COLUMNS)].join(", "));
    if columns.len() > LISTED_COLUMNS {
        text += &format!(" and {} more", columns.len() - LISTED_COLUMNS);
    }
    text
}

impl DataError {
    /// What to do about it, without the word "help".
    pub fn help(&self) -> Option<String> {
        match self {
            DataError::Io { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => Some("check the path; \"-\" reads standard input".to_owned()),
                io::ErrorKind::IsADirectory => Some("name a file inside the folder".to_owned()),
                _ => None,
            },
            DataError::UnknownColumn { suggestion, .. } => suggestion.as_ref().map(|name| format!("did you mean \"{name}\"?")),
            DataError::Usage { help, .. } => Some(help.clone()),
            DataError::Invalid { path, finding, more } => match (&finding.help, more) {
                (help, 0) => help.clone(),
                (None, more) => Some(more_errors(path, *more)),
                (Some(help), more) => Some(format!("{help}\n{}", more_errors(path, *more))),
            },
        }
    }

    /// True where the file could not be read at all (exit status 1).
    pub fn is_io(&self) -> bool {
        matches!(self, DataError::Io { .. })
    }

    /// True where the options are at fault and not the file (exit status 2).
    pub fn is_usage(&self) -> bool {
        matches!(self, DataError::UnknownColumn { .. } | DataError::Usage { .. })
    }
}

fn more_errors(path: &str, more: usize) -> String {
    let follow = if more == 1 { "error follows" } else { "errors follow" };
    if path.starts_with('<') {
        return format!("{more} more {follow}");
    }
    let quote = if path.contains(char::is_whitespace) { "'" } else { "" };
    format!("{more} more {follow}; `gatewise check {quote}{path}{quote}` lists them")
}
