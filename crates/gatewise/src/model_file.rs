//! A model file of whatever task, read once and built once.

use std::path::Path;

use serde_json::Value;

use crate::error::Error;
use crate::format::ModelFile;
use crate::task::classify::ClassifierModel;
use crate::task::detect::Fleet;
use crate::task::forecast::Forecaster;
use crate::task::language::LanguageModel;

/// A trained model with what its maker kept of its data.
pub enum AnyModel {
    /// Of series: see [`Forecaster::predict`].
    Forecaster(Box<Forecaster>, Value),
    /// Of labelled sequences, classes or values: see [`ClassifierModel::predict`].
    Classifier(Box<ClassifierModel>),
    /// Of texts.
    Language(Box<LanguageModel>),
    /// Of rows, one series or many.
    Detector(Box<Fleet>, Value),
}

/// Reads a model file of whatever task.
///
/// # Errors
/// A file that cannot be read, is damaged, foreign, of a newer format, or holds a network without a task.
pub fn load(path: &Path) -> Result<AnyModel, Error> {
    AnyModel::of_file(ModelFile::open(path)?)
}

impl AnyModel {
    /// As [`load`], of a file that was read.
    ///
    /// # Errors
    /// As [`load`].
    pub fn of_file(file: ModelFile) -> Result<Self, Error> {
        Ok(match file.task().as_str() {
            "classify" | "regress" => Self::Classifier(Box::new(ClassifierModel::of_file(file)?)),
            "language" => Self::Language(Box::new(LanguageModel::of_file(file)?)),
            "detect" => Fleet::of_file(file).map(|(model, data)| Self::Detector(Box::new(model), data))?,
            _ => Forecaster::of_file(file).map(|(model, data)| Self::Forecaster(Box::new(model), data))?,
        })
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
