//! A detector as one file: weights, what it has learned of the rows, and where it stands, so that it goes on to the bit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::alarm::Alarm;
use super::config::DetectConfig;
use super::counts::are_countable;
use super::detector::Detector;
use super::monitor::Monitor;
use super::net::{Net, NetState};
use super::reconstruction::{Reconstruction, ShapeState};
use super::robust::{GridState, Robust};
use crate::error::FormatError;
use crate::format::{Contents, ModelFile, Tensor, config_value, encode, model_of, model_tensors, write_atomic};

/// Name of the task in a model file.
pub(super) const NAME: &str = "detect";
/// Steps between the rows remembered.
const GAPS: &str = "history.gaps";

/// What a model file keeps for its task, beside the network and the blocks of numbers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    name: String,
    detect: DetectConfig,
    net: NetState,
    monitors: Vec<Monitor>,
    alarm: Alarm,
    // Absent from files of detectors that knew one channel's lasting cause from no other's.
    #[serde(default)]
    told: Vec<bool>,
    // Absent from files of detectors without robust deviations, which then begin with the rows to come.
    #[serde(default)]
    robust: Vec<Robust>,
    #[serde(default)]
    grid: Option<GridState>,
    row: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shape: Option<ShapeState>,
    /// What the caller keeps: how the table is read.
    data: Value,
}

/// What a model file of a detector holds, and its path.
pub(super) fn contents_of(file: ModelFile) -> Result<(PathBuf, Contents), FormatError> {
    file.of_task(&[NAME], "detector", "give a model that `gatewise detect` or `gatewise train detect` made")
}

impl Detector {
    /// The bytes of a model file. `data` is what the caller needs to read the next rows alike.
    pub fn to_bytes(&self, data: &Value) -> Vec<u8> {
        encode(&self.contents(data))
    }

    /// What a model file holds of the detector.
    pub(super) fn contents(&self, data: &Value) -> Contents {
        let task = Task {
            name: NAME.to_owned(),
            detect: self.config().clone(),
            net: self.net.state(),
            monitors: self.monitors.clone(),
            alarm: self.alarm.clone(),
            told: self.told.clone(),
            robust: self.robust.clone(),
            grid: Some(self.grid.state()),
            row: self.row,
            shape: self.shape.as_ref().map(Reconstruction::state),
            data: data.clone(),
        };
        let task = serde_json::to_value(task).expect("a state of finite numbers and names is JSON");
        let model = self.net.model();
        let meta = Map::from_iter([("model".to_owned(), config_value(model.config())), ("task".to_owned(), task)]);
        let mut tensors: BTreeMap<String, Tensor> = model_tensors(model.params(), &model.params().values);
        let blocks = self.net.tensors().into_iter();
        tensors.extend(blocks.map(|(name, values)| (name, Tensor { shape: vec![values.len()], values: values.to_vec() })));
        let gaps = self.grid.tensor().to_vec();
        tensors.insert(GAPS.to_owned(), Tensor { shape: vec![gaps.len()], values: gaps });
        tensors.extend(self.shape.iter().flat_map(Reconstruction::tensors));
        Contents { kind: "model".into(), meta, tensors }
    }

    /// Writes a model file, beside its place first and then renamed.
    ///
    /// # Errors
    /// What the file system says, with the path.
    pub fn save(&self, path: &Path, data: &Value) -> Result<(), FormatError> {
        write_atomic(path, &self.to_bytes(data))
    }

    /// Reads a model file: the detector as it stood, and what the caller kept in it.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, foreign, of a newer format, or no detector.
    pub fn load(path: &Path) -> Result<(Self, Value), FormatError> {
        let (path, contents) = contents_of(ModelFile::open(path)?)?;
        Self::of_contents(&path, &contents)
    }

    /// The detector that the contents of a model file describe, and what the caller kept in it; `path` stands in errors.
    pub(super) fn of_contents(path: &Path, contents: &Contents) -> Result<(Self, Value), FormatError> {
        let metadata = |reason: String| FormatError::Metadata { path: path.to_owned(), reason };
        let task: Task = contents.field(path, "task")?;
        if !contents.meta.get("task").is_none_or(are_countable) {
            return Err(metadata("`task` counts more than there can be".to_owned()));
        }
        // Held against what the tensors hold before anything is made: the sizes of a damaged file can be absurd.
        let model = model_of(path, contents)?;
        task.detect.check().map_err(|e| metadata(e.to_string()))?;
        if *model.config() != Net::sizes(&task.detect) {
            return Err(metadata("the network is not that of the settings".to_owned()));
        }
        let mut detector = Self::new(&task.detect).map_err(|e| metadata(e.to_string()))?;
        if task.monitors.len() != task.detect.channels || !task.monitors.iter().all(Monitor::is_sound) || !task.alarm.is_sound() {
            return Err(metadata("`monitors` or `alarm` do not fit the settings".to_owned()));
        }
        let find = |name: &str| contents.tensors.get(name).map(|t| &t.values[..]);
        detector.net.restore(model, task.net, &find).map_err(metadata)?;
        if let Some(shape) = &mut detector.shape {
            let state = task.shape.ok_or_else(|| metadata("`shape` is missing".to_owned()))?;
            shape.restore(state, &find).map_err(metadata)?;
        }
        (detector.monitors, detector.alarm, detector.row) = (task.monitors, task.alarm, task.row);
        detector.monitors.iter_mut().for_each(|monitor| monitor.watch_shifts(&task.detect.seasons));
        if !task.robust.iter().all(Robust::is_sound) {
            return Err(metadata("`robust` is damaged".to_owned()));
        }
        if task.robust.len() == task.detect.channels {
            detector.robust = task.robust;
        }
        detector.grid.restore(task.grid, find(GAPS), detector.net.rows());
        if task.told.len() == task.detect.channels {
            detector.told = task.told;
        }
        Ok((detector, task.data))
    }
}
