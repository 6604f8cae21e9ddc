//! The model file of a detector, with what it keeps of its table.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gatewise::format::ModelFile;
use gatewise::task::detect::{DataSpec, Fleet};
use gatewise_data::{RowOptions, RowReader};

use crate::cli_error::CliError;
use crate::model::unreadable;

pub(super) fn load(file: ModelFile) -> Result<(Fleet, DataSpec), CliError> {
    let path = file.path().to_owned();
    let (fleet, data) = Fleet::of_file(file).map_err(|e| unreadable(e, &path))?;
    let spec = serde_json::from_value(data).map_err(|e| {
        CliError::data(format!("{}: what it says of its table cannot be read: {e}", path.display())).help("train the model anew")
    })?;
    Ok((fleet, spec))
}

/// Writes a detector that has seen rows up to the time `last`.
pub(super) fn save(fleet: &Fleet, reader: &RowReader, options: &RowOptions, path: &Path, last: Option<i64>) -> anyhow::Result<()> {
    write(fleet, &DataSpec { last, ..DataSpec::of(reader, options) }, path)
}

fn write(fleet: &Fleet, spec: &DataSpec, path: &Path) -> anyhow::Result<()> {
    Ok(fleet.save(path, &serde_json::to_value(spec)?).map_err(|e| CliError::io(e.to_string()))?)
}

/// Writes a detector that follows its rows from time to time, so that little is lost when it is killed.
pub(super) struct Keep {
    spec: DataSpec,
    path: PathBuf,
    every: Duration,
    saved: Instant,
}

impl Keep {
    /// Into the file at `path`.
    pub fn new(reader: &RowReader, options: &RowOptions, path: PathBuf, every: Duration) -> Self {
        Self { spec: DataSpec::of(reader, options), path, every, saved: Instant::now() }
    }

    /// Writes if it is time.
    pub fn keep(&mut self, fleet: &Fleet, last: Option<i64>) -> anyhow::Result<()> {
        if self.saved.elapsed() < self.every {
            return Ok(());
        }
        self.saved = Instant::now();
        self.spec.last = last;
        write(fleet, &self.spec, &self.path)
    }
}

/// The usual time between two writings.
pub(super) const EVERY: Duration = Duration::from_secs(10);
