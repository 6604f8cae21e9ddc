//! A language model and its file.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::NAME;
use super::error::LanguageError;
use super::vocabulary::{Normal, Unit, Vocabulary};
use crate::error::FormatError;
use crate::format::{ModelFile, model_bytes, model_of, write_atomic};
use crate::model::{Model, Readout};

/// A network with the vocabulary it speaks.
#[derive(Debug)]
pub struct LanguageModel {
    /// The network.
    pub model: Model<f32>,
    /// Its symbols.
    pub vocabulary: Vocabulary,
}

/// The metadata's key `task`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    name: String,
    unit: Unit,
    /// Absent from models that read texts as they come.
    #[serde(default, skip_serializing_if = "Normal::is_none")]
    normalize_unicode: Normal,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    vocabulary: Value,
}

impl LanguageModel {
    /// Puts both together.
    ///
    /// # Errors
    /// A network with another number of symbols, or one that cannot run step by step.
    pub fn new(model: Model<f32>, vocabulary: Vocabulary) -> Result<Self, LanguageError> {
        let config = model.config();
        config.check_streaming()?;
        let symbols = config.embedding.map_or(0, |e| e.symbols);
        if (symbols, config.outputs, config.input) != (vocabulary.len(), vocabulary.len(), 0) {
            let reason = format!("it has {} symbols, the network reads {symbols} and writes {}", vocabulary.len(), config.outputs);
            return Err(LanguageError::Vocabulary(reason));
        }
        if model.config().readout != Readout::EachStep {
            return Err(LanguageError::Vocabulary("the network does not answer at each step, as `readout` each-step has it".to_owned()));
        }
        Ok(Self { model, vocabulary })
    }

    /// What stands in the metadata beside the network, in model files and checkpoints.
    pub fn task(vocabulary: &Vocabulary) -> Value {
        let task = Task {
            name: NAME.to_owned(),
            unit: vocabulary.unit(),
            normalize_unicode: vocabulary.normal(),
            vocabulary: vocabulary.to_json(),
        };
        serde_json::to_value(task).expect("names and texts are JSON")
    }

    /// The vocabulary that [`task`](Self::task) wrote.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn vocabulary_of(task: &Value) -> Result<Vocabulary, LanguageError> {
        let task: Task = serde_json::from_value(task.clone()).map_err(|e| LanguageError::Vocabulary(e.to_string()))?;
        Ok(Vocabulary::from_json(task.unit, &task.vocabulary)?.with_normal(task.normalize_unicode))
    }

    /// The bytes of a model file.
    pub fn to_bytes(&self) -> Vec<u8> {
        model_bytes(&self.model, &Self::task(&self.vocabulary))
    }

    /// Writes a model file, beside its place first and then renamed.
    ///
    /// # Errors
    /// What the file system says, with the path.
    pub fn save(&self, path: &Path) -> Result<(), FormatError> {
        write_atomic(path, &self.to_bytes())
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, foreign, of a newer format, or no language model.
    pub fn load(path: &Path) -> Result<Self, FormatError> {
        Self::of_file(ModelFile::open(path)?)
    }

    /// As [`load`](Self::load), of a file that was read.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn of_file(file: ModelFile) -> Result<Self, FormatError> {
        let (path, mut contents) = file.of_task(&[NAME], "language model", "give a model that `gatewise train language` made")?;
        let path = path.as_path();
        let (model, task) = (model_of(path, &contents)?, contents.meta.remove("task").unwrap_or(Value::Null));
        let metadata = |reason: String| FormatError::Metadata { path: path.to_owned(), reason };
        let vocabulary = Self::vocabulary_of(&task).map_err(|e| metadata(e.to_string()))?;
        Self::new(model, vocabulary).map_err(|e| metadata(e.to_string()))
    }
}
