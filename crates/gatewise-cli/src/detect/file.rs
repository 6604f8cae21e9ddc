//! The model file of a detector, with what it keeps of its table.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gatewise::format::ModelFile;
use gatewise::task::detect::Fleet;
use gatewise_data::{NO_COLUMN, RowOptions, RowReader};
use serde::{Deserialize, Serialize};

use crate::args::RowArgs;
use crate::failure::Failure;
use crate::model::unreadable;

/// What a model file keeps of the table that it was trained on. Older files lack the columns beside numbers, of which there were none then.
#[derive(Serialize, Deserialize)]
pub(super) struct DataSpec {
    /// Names of the channels.
    pub channels: Vec<String>,
    #[serde(default)]
    pub states: Vec<String>,
    #[serde(default)]
    counters: Vec<String>,
    /// Id columns.
    #[serde(default)]
    ids: Vec<String>,
    time: Option<String>,
    na: Vec<String>,
    /// The time of the last row, as seconds or a count.
    pub last: Option<i64>,
}

/// Names, or the word for none.
fn or_none(names: &[String]) -> Vec<String> {
    if names.is_empty() { vec![NO_COLUMN.to_owned()] } else { names.to_vec() }
}

impl DataSpec {
    /// The table is read as the model's own was, where the user does not say otherwise.
    pub fn options(&self, args: &RowArgs) -> RowOptions {
        RowOptions {
            values: args.target.clone().unwrap_or_else(|| or_none(&self.channels)),
            time: args.fields.time.clone().or_else(|| self.time.clone()),
            id: args.id.clone().or_else(|| Some(or_none(&self.ids).join(","))),
            states: args.kinds.states.clone().or_else(|| Some(or_none(&self.states))),
            counters: Some(or_none(&self.counters_of(args.target.as_deref()))),
            label: args.label.clone(),
            na: args.fields.na.clone().unwrap_or_else(|| self.na.clone()),
            delimiter: args.fields.separator(),
            live: false,
        }
    }

    /// The counters, which keep their places among the channels under other names.
    fn counters_of(&self, target: Option<&[String]>) -> Vec<String> {
        let names = target.unwrap_or(&self.channels);
        let places = self.channels.iter().enumerate().filter(|(_, name)| self.counters.contains(name));
        places.filter_map(|(place, _)| names.get(place).cloned()).collect()
    }
}

pub(super) fn load(file: ModelFile) -> Result<(Fleet, DataSpec), Failure> {
    let path = file.path().to_owned();
    let (fleet, data) = Fleet::of_file(file).map_err(|e| unreadable(e, &path))?;
    let spec = serde_json::from_value(data).map_err(|e| {
        Failure::data(format!("{}: what it says of its table cannot be read: {e}", path.display())).help("train the model anew")
    })?;
    Ok((fleet, spec))
}

/// What a model file says of the table of a reader.
fn spec(reader: &RowReader, options: &RowOptions) -> DataSpec {
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let channels = owned(reader.channels());
    let counters = channels.iter().zip(reader.counters()).filter(|(_, counts)| **counts).map(|(name, _)| name.clone()).collect();
    DataSpec {
        states: owned(reader.state_columns()),
        ids: owned(reader.id_columns()),
        counters,
        channels,
        time: options.time.clone(),
        na: options.na.clone(),
        last: None,
    }
}

/// Writes a detector that has seen rows up to the time `last`.
pub(super) fn save(fleet: &Fleet, reader: &RowReader, options: &RowOptions, path: &Path, last: Option<i64>) -> anyhow::Result<()> {
    write(fleet, &DataSpec { last, ..spec(reader, options) }, path)
}

fn write(fleet: &Fleet, spec: &DataSpec, path: &Path) -> anyhow::Result<()> {
    Ok(fleet.save(path, &serde_json::to_value(spec)?).map_err(|e| Failure::io(e.to_string()))?)
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
        Self { spec: spec(reader, options), path, every, saved: Instant::now() }
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
