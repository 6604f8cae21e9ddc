//! The model file of a detector, with what it keeps of its table.

use std::path::Path;

use gatewise::error::FormatError;
use gatewise::task::detect::Detector;
use gatewise_data::{RowOptions, RowReader};
use serde::{Deserialize, Serialize};

use crate::args::RowArgs;
use crate::failure::Failure;
use crate::model::file_of;

/// What a model file keeps of the table that it was trained on.
#[derive(Serialize, Deserialize)]
pub(super) struct DataSpec {
    /// Names of the channels.
    pub channels: Vec<String>,
    time: Option<String>,
    na: Vec<String>,
    /// The time of the last row, as seconds or a count.
    pub last: Option<i64>,
}

impl DataSpec {
    /// The table is read as the model's own was, where the user does not say otherwise.
    pub fn options(&self, args: &RowArgs) -> RowOptions {
        RowOptions {
            values: args.target.clone().unwrap_or_else(|| self.channels.clone()),
            time: args.fields.time.clone().or_else(|| self.time.clone()),
            label: args.label.clone(),
            na: args.fields.na.clone().unwrap_or_else(|| self.na.clone()),
            delimiter: args.fields.separator(),
        }
    }
}

/// Whether a model file or run folder holds a detector; a file that cannot be read is for the forecaster to complain of.
pub fn is_detector(given: &Path) -> bool {
    gatewise::format::task_of(&file_of(given)).is_ok_and(|task| task == "detect")
}

pub(super) fn load(given: &Path) -> Result<(Detector, DataSpec), Failure> {
    let path = file_of(given);
    let (detector, data) = Detector::load(&path).map_err(|e| match e {
        FormatError::Io { .. } => Failure::io(e.to_string()),
        _ => Failure::data(e.to_string()),
    })?;
    let spec = serde_json::from_value(data).map_err(|e| {
        Failure::data(format!("{}: what it says of its table cannot be read: {e}", path.display())).help("train the model anew")
    })?;
    Ok((detector, spec))
}

pub(super) fn save(detector: &Detector, reader: &RowReader, options: &RowOptions, path: &Path, last: Option<i64>) -> anyhow::Result<()> {
    let channels = reader.channels().into_iter().map(str::to_owned).collect();
    let spec = DataSpec { channels, time: options.time.clone(), na: options.na.clone(), last };
    detector.save(path, &serde_json::to_value(spec)?).map_err(|e| Failure::io(e.to_string()))?;
    Ok(())
}
