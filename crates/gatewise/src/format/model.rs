//! The model file: `model.safetensors`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde_json::{Map, Value};

use super::file::{Contents, Tensor, encode, read, write_atomic};
use crate::error::FormatError;
use crate::model::{Model, ModelConfig};
use crate::params::Params;

/// The bytes of a model file. `task` is what the task needs to use the model: scalers, labels, vocabulary.
pub fn model_bytes(model: &Model<f32>, task: &Value) -> Vec<u8> {
    let meta = Map::from_iter([("model".to_owned(), config_value(model.config())), ("task".to_owned(), task.clone())]);
    encode(&Contents { kind: "model".into(), meta, tensors: model_tensors(model.params(), &model.params().values) })
}

/// Writes a model file, beside its place first and then renamed.
///
/// # Errors
/// What the file system says, with the path.
pub fn save_model(path: &Path, model: &Model<f32>, task: &Value) -> Result<(), FormatError> {
    write_atomic(path, &model_bytes(model, task))
}

/// Reads a model file: the network, and what the task has kept in it.
///
/// # Errors
/// A file that cannot be read, is damaged, foreign, of a newer format, or a checkpoint.
pub fn load_model(path: &Path) -> Result<(Model<f32>, Value), FormatError> {
    let mut contents = read(path)?;
    contents.expect(path, "model", "give the model.safetensors that lies beside it")?;
    let model = model_of(path, &contents)?;
    Ok((model, contents.meta.remove("task").unwrap_or(Value::Null)))
}

/// The task that a model file is for, as "forecast", "language", "detect"; "network without a task" where it says none.
///
/// # Errors
/// As [`load_model`].
pub fn task_of(path: &Path) -> Result<String, FormatError> {
    read(path).map(|contents| task_name(&contents))
}

/// The task that a file says it is for.
pub(crate) fn task_name(contents: &Contents) -> String {
    let name = contents.meta.get("task").and_then(|t| t.get("name")).and_then(Value::as_str);
    name.unwrap_or("network without a task").to_owned()
}

pub(crate) fn config_value(config: &ModelConfig) -> Value {
    serde_json::to_value(config).expect("a configuration of numbers and names is JSON")
}

/// Named tensors of a flat buffer.
pub(crate) fn model_tensors(params: &Params<f32>, flat: &[f32]) -> BTreeMap<String, Tensor> {
    let tensor = |range: Range<usize>, shape: &[usize]| Tensor { shape: shape.to_vec(), values: flat[range].to_vec() };
    params.specs().iter().map(|spec| (spec.name.clone(), tensor(spec.range.clone(), &spec.shape))).collect()
}

/// Builds the network that a file describes, with its weights.
pub(crate) fn model_of(path: &Path, contents: &Contents) -> Result<Model<f32>, FormatError> {
    let config: ModelConfig = contents.field(path, "model")?;
    let metadata = |reason: String| FormatError::Metadata { path: path.to_owned(), reason };
    config.check().map_err(|e| metadata(e.to_string()))?;
    // Compared before anything is allocated: the sizes of a damaged file can be absurd.
    let (expected, held) = (config.parameters(), contents.tensors.values().map(|t| t.values.len()).sum::<usize>());
    if expected > held as u128 {
        return Err(metadata(format!("`model` describes {expected} parameters, the tensors hold {held}")));
    }
    let mut model = Model::empty(&config).map_err(|e| metadata(e.to_string()))?;
    let params = model.params_mut();
    for spec in params.specs().to_vec() {
        let wrong = |reason: String| FormatError::Tensor { path: path.to_owned(), name: spec.name.clone(), reason };
        let tensor = contents.tensors.get(&spec.name).ok_or_else(|| wrong("it is missing".into()))?;
        if tensor.shape != spec.shape {
            return Err(wrong(format!("its shape is {:?}, the network needs {:?}", tensor.shape, spec.shape)));
        }
        if let Some(at) = tensor.values.iter().position(|v| !v.is_finite()) {
            return Err(wrong(format!("value {at} is {}", tensor.values[at])));
        }
        params.values[spec.range.clone()].copy_from_slice(&tensor.values);
    }
    Ok(model)
}
