//! A classifier as one model file.

use std::path::Path;

use gatewise_rocket::{Plan, Ridge, Transform};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::NAMES;
use super::beside::Beside;
use super::config::ClassifyConfig;
use super::predict::Classifier;
use super::rocket::Rocket;
use crate::error::FormatError;
use crate::format::{Contents, ModelFile, Tensor, config_value, encode, model_of, model_tensors, write_atomic};

/// The metadata's key `task`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    name: String,
    classify: ClassifyConfig,
    /// What answers beside the network; absent where it stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    beside: Option<Saved>,
    /// What the caller keeps: how items are read.
    data: Value,
}

/// MiniRocket without its tensors.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    /// The network's share of the answer.
    network: f64,
    /// What MiniRocket's scores are divided by.
    scale: f64,
    plan: Plan,
}

/// MiniRocket's tensors: what places are held against (F), the ridge (K, F) and its intercepts (K).
const TENSORS: [&str; 3] = ["minirocket.threshold", "minirocket.weight", "minirocket.bias"];

impl ClassifyConfig {
    /// What stands in the metadata beside the network, in model files and checkpoints; `data` is what the caller needs to read items alike.
    pub fn to_task(&self, data: &Value) -> Value {
        self.task_with(None, data)
    }

    fn task_with(&self, beside: Option<Saved>, data: &Value) -> Value {
        let task = Task { name: self.task().to_owned(), classify: self.clone(), beside, data: data.clone() };
        serde_json::to_value(task).expect("numbers and names are JSON")
    }

    /// What [`to_task`](Self::to_task) wrote.
    ///
    /// # Errors
    /// What cannot be read in it.
    pub fn from_task(task: &Value) -> Result<(Self, Value), String> {
        read_task(task).map(|task| (task.classify, task.data))
    }
}

fn read_task(task: &Value) -> Result<Task, String> {
    serde_json::from_value(task.clone()).map_err(|e| e.to_string())
}

impl Classifier {
    /// The bytes of a model file.
    pub fn to_bytes(&self, data: &Value) -> Vec<u8> {
        let saved =
            self.beside.as_ref().map(|b| Saved { network: b.network, scale: b.rocket.scale, plan: b.rocket.transform.plan().clone() });
        let model = config_value(self.model.config());
        let meta = Map::from_iter([("model".to_owned(), model), ("task".to_owned(), self.config.task_with(saved, data))]);
        let mut tensors = model_tensors(self.model.params(), &self.model.params().values);
        if let Some(Beside { rocket, .. }) = &self.beside {
            let (features, classes) = (rocket.transform.biases().len(), rocket.ridge.intercepts().len());
            let shapes = [vec![features], vec![classes, features], vec![classes]];
            let values = [rocket.transform.biases(), rocket.ridge.weights(), rocket.ridge.intercepts()];
            for ((name, shape), values) in TENSORS.into_iter().zip(shapes).zip(values) {
                tensors.insert(name.to_owned(), Tensor { shape, values: values.to_vec() });
            }
        }
        encode(&Contents { kind: "model".into(), meta, tensors })
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
        Self::of_file(ModelFile::open(path)?)
    }

    /// As [`load`](Self::load), of a file that was read.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn of_file(file: ModelFile) -> Result<(Self, Value), FormatError> {
        let help = "give a model that `gatewise train classify` or `gatewise train regress` made";
        let (path, mut contents) = file.of_task(&NAMES, "classifier", help)?;
        let path = path.as_path();
        let model = model_of(path, &contents)?;
        let task = contents.meta.remove("task").unwrap_or(Value::Null);
        let metadata = |reason: String| FormatError::Metadata { path: path.to_owned(), reason };
        let Task { classify: config, beside, data, .. } = read_task(&task).map_err(metadata)?;
        let beside = beside.map(|saved| beside_of(path, &contents, &config, saved)).transpose()?;
        let mut classifier = Self::new(config, model).map_err(|e| metadata(e.to_string()))?;
        classifier.set_beside(beside);
        Ok((classifier, data))
    }
}

/// MiniRocket as it was saved.
fn beside_of(path: &Path, contents: &Contents, config: &ClassifyConfig, saved: Saved) -> Result<Beside, FormatError> {
    let wrong = |reason: &str| FormatError::Metadata { path: path.to_owned(), reason: format!("`beside`: {reason}") };
    let [threshold, weight, bias] = TENSORS.map(|name| contents.values(path, name).map(<[f32]>::to_vec));
    let fits = Rocket::unfit(config, 0).is_none() && saved.plan.channels == config.channels();
    let figures = (0.0..=1.0).contains(&saved.network) && saved.scale.is_finite() && saved.scale > 0.0;
    if !(fits && figures) {
        return Err(wrong("it does not fit the network beside it"));
    }
    let transform = Transform::new(saved.plan, threshold?).ok_or_else(|| wrong("its plan and tensors differ"))?;
    let ridge = Ridge::new(weight?, bias?)
        .filter(|r| r.intercepts().len() == config.outputs() && r.weights().len() == config.outputs() * transform.biases().len())
        .ok_or_else(|| wrong("its tensors do not fit its classes"))?;
    Ok(Beside { rocket: Rocket { transform, ridge, scale: saved.scale }, network: saved.network })
}
