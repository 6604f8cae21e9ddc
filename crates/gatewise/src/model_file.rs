//! A model file of whatever task, read once and built once.

use std::path::Path;

use serde_json::Value;

use crate::error::FormatError;
use crate::format::ModelFile;
use crate::task::classify::Classifier;
use crate::task::detect::Fleet;
use crate::task::forecast::Forecaster;
use crate::task::language::LanguageModel;

/// A trained model with what its maker kept of its data.
pub enum AnyModel {
    /// Of series: see [`Forecaster::predict`].
    Forecaster(Box<Forecaster>, Value),
    /// Of labelled sequences, classes or values.
    Classifier(Box<Classifier>, Value),
    /// Of texts.
    Language(Box<LanguageModel>),
    /// Of rows, one series or many.
    Detector(Box<Fleet>, Value),
}

/// Reads a model file of whatever task.
///
/// # Errors
/// A file that cannot be read, is damaged, foreign, of a newer format, or holds a network without a task.
pub fn load(path: &Path) -> Result<AnyModel, FormatError> {
    let file = ModelFile::open(path)?;
    match file.task().as_str() {
        "classify" | "regress" => Classifier::of_file(file).map(|(model, data)| AnyModel::Classifier(Box::new(model), data)),
        "language" => LanguageModel::of_file(file).map(|model| AnyModel::Language(Box::new(model))),
        "detect" => Fleet::of_file(file).map(|(model, data)| AnyModel::Detector(Box::new(model), data)),
        _ => Forecaster::of_file(file).map(|(model, data)| AnyModel::Forecaster(Box::new(model), data)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::save_model;
    use crate::model::{Model, ModelConfig};
    use crate::task::detect::FleetConfig;

    #[test]
    fn a_file_is_the_model_it_says_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let fleet = Fleet::new(&FleetConfig::new(crate::task::detect::DetectConfig::new(1))).unwrap();
        fleet.save(&path, &Value::Null).unwrap();
        assert!(matches!(load(&path), Ok(AnyModel::Detector(..))));
        let model = Model::new(&ModelConfig::new(gatewise_kernels::Cell::Gru, 1, 2, 1), 0).unwrap();
        save_model(&path, &model, &Value::Null).unwrap();
        let Err(error) = load(&path) else { panic!("a network without a task is none of them") };
        assert!(error.to_string().contains("network without a task"), "{error}");
    }
}
