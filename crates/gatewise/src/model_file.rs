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
    Forecaster(Forecaster, Value),
    /// Of labelled sequences, classes or values.
    Classifier(Classifier, Value),
    /// Of texts.
    Language(LanguageModel),
    /// Of rows, one series or many.
    Detector(Fleet, Value),
}

/// Reads a model file of whatever task.
///
/// # Errors
/// A file that cannot be read, is damaged, foreign, of a newer format, or holds a network without a task.
pub fn load(path: &Path) -> Result<AnyModel, FormatError> {
    let file = ModelFile::open(path)?;
    match file.task().as_str() {
        "classify" | "regress" => Classifier::of_file(file).map(|(model, data)| AnyModel::Classifier(model, data)),
        "language" => LanguageModel::of_file(file).map(AnyModel::Language),
        "detect" => Fleet::of_file(file).map(|(model, data)| AnyModel::Detector(model, data)),
        _ => Forecaster::of_file(file).map(|(model, data)| AnyModel::Forecaster(model, data)),
    }
}
