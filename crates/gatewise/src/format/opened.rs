//! A model file that was read, before it is known what it is for.

use std::path::{Path, PathBuf};

use super::file::{Contents, decode, read};
use super::model::task_name;
use crate::error::FormatError;

/// A model file in memory: read once, asked what it is for, and made into a model of that task.
#[derive(Debug)]
pub struct ModelFile {
    path: PathBuf,
    contents: Contents,
}

impl ModelFile {
    /// Reads a file.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, foreign, or of a newer format.
    pub fn open(path: &Path) -> Result<Self, FormatError> {
        Ok(Self { path: path.to_owned(), contents: read(path)? })
    }

    /// Takes the bytes of a file; `path` stands in errors.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn of_bytes(path: &Path, bytes: &[u8]) -> Result<Self, FormatError> {
        Ok(Self { path: path.to_owned(), contents: decode(path, bytes)? })
    }

    /// The task that it is for, as "forecast", "language", "detect"; "network without a task" where it says none.
    pub fn task(&self) -> String {
        task_name(&self.contents)
    }

    /// Where it was read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its path and what it holds, if it is a model for one of the tasks `names`, which are called `expected`.
    pub(crate) fn of_task(self, names: &[&str], expected: &'static str, help: &'static str) -> Result<(PathBuf, Contents), FormatError> {
        let Self { path, contents } = self;
        contents.expect(&path, "model", "give the model.safetensors that lies beside it")?;
        let found = task_name(&contents);
        if names.contains(&found.as_str()) {
            return Ok((path, contents));
        }
        Err(FormatError::Kind { path, found: format!("model for: {found}"), expected, help })
    }
}
