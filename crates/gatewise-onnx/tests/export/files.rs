//! Model files as graphs.

use gatewise::format::{ModelFile, model_bytes};
use gatewise::model::ModelConfig;
use gatewise::{Cell, Kind};
use gatewise_onnx::export::file;
use serde_json::json;

use super::networks::built;

/// A model file for a task.
fn of_task(task: &str) -> ModelFile {
    let bytes = model_bytes(&built(&ModelConfig::new(Cell::Gru, 1, 2, 1)), &json!({"name": task}));
    ModelFile::of_bytes("m.safetensors".as_ref(), &bytes).unwrap()
}

#[test]
fn files_of_other_tasks_and_damaged_ones_are_refused() {
    for (task, said) in [("prior", "a prior cannot be exported"), ("weather", "a model for: weather")] {
        let error = file(of_task(task), None).unwrap_err();
        assert!(error.to_string().contains(said) && error.remedy().is_some(), "{error}");
        assert_eq!(error.kind(), Kind::Data);
    }
    for task in ["forecast", "classify", "regress", "language", "detect"] {
        let error = file(of_task(task), None).unwrap_err();
        assert!(error.to_string().contains("m.safetensors"), "{task}: {error}");
    }
}
