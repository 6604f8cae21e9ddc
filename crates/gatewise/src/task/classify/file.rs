//! A classifier as one model file.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::NAMES;
use super::config::ClassifyConfig;
use super::predict::Classifier;
use crate::error::FormatError;
use crate::format::{load_model, model_bytes, refuse_other_tasks, write_atomic};

/// The metadata's key `task`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    name: String,
    classify: ClassifyConfig,
    /// What the caller keeps: how items are read.
    data: Value,
}

impl ClassifyConfig {
    /// What stands in the metadata beside the network, in model files and checkpoints; `data` is what the caller needs to read items alike.
    pub fn to_task(&self, data: &Value) -> Value {
        let task = Task { name: self.task().to_owned(), classify: self.clone(), data: data.clone() };
        serde_json::to_value(task).expect("numbers and names are JSON")
    }

    /// What [`to_task`](Self::to_task) wrote.
    ///
    /// # Errors
    /// What cannot be read in it.
    pub fn from_task(task: &Value) -> Result<(Self, Value), String> {
        let task: Task = serde_json::from_value(task.clone()).map_err(|e| e.to_string())?;
        Ok((task.classify, task.data))
    }
}

impl Classifier {
    /// The bytes of a model file.
    pub fn to_bytes(&self, data: &Value) -> Vec<u8> {
        model_bytes(&self.model, &self.config.to_task(data))
    }

    /// Writes a model file, beside its place first and then renamed.
    ///
    /// # Errors
    /// What the file system says, with the path.
    pub fn save(&self, path: &Path, data: &Value) -> Result<(), FormatError> {
        write_atomic(path, &self.to_bytes(data))
    }

    /// Reads a model file: the classifier, and what the caller kept in it.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, foreign, of a newer format, or no classifier.
    pub fn load(path: &Path) -> Result<(Self, Value), FormatError> {
        refuse_other_tasks(path, &NAMES, "classifier", "give a model that `gatewise train classify` or `gatewise train regress` made")?;
        let (model, task) = load_model(path)?;
        let metadata = |reason: String| FormatError::Metadata { path: path.to_owned(), reason };
        let (config, data) = ClassifyConfig::from_task(&task).map_err(metadata)?;
        let classifier = Self::new(config, model).map_err(|e| metadata(e.to_string()))?;
        Ok((classifier, data))
    }
}
