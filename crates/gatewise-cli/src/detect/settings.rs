//! Settings of a detector on the command line: how rows are read, and the folder of a run.

use std::path::{Path, PathBuf};

use gatewise::task::detect::Plan;
use gatewise_data::RowOptions;

use crate::args::{DetectorSettings, RowArgs};
use crate::run_folder::RunFolder;
use crate::settings::{self, RunMetadata};

impl DetectorSettings {
    /// How rows are read.
    pub fn rows(&self) -> RowOptions {
        let RowArgs { target, fields, id, kinds, label, known: _ } = self.rows.clone();
        RowOptions {
            values: target.unwrap_or_default(),
            delimiter: fields.separator(),
            time: fields.time,
            id,
            states: kinds.states,
            counters: kinds.counter,
            label,
            na: fields.na.unwrap_or_default(),
            live: false,
        }
    }

    /// A new run's folder, with its whole configuration.
    pub fn begin(&self, given: Option<&Path>, origin: &RunMetadata, plan: &Plan) -> anyhow::Result<RunFolder> {
        let ignored: Vec<&Path> = self.rows.known.ignore.iter().map(PathBuf::as_path).collect();
        let settings = Self { limit: self.limit.clone(), rows: self.rows.clone(), detect: plan.options.clone() };
        settings::begin(given, origin, &settings, &ignored)
    }
}
