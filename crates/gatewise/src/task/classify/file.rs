//! A classifier as one model file.

use std::path::Path;

use gatewise_ngrams::{Logistic, Tfidf};
use gatewise_rocket::{Plan, Ridge, Transform};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::NAMES;
use super::beside::Beside;
use super::config::ClassifyConfig;
use super::ngrams::Ngrams;
use super::predict::Classifier;
use super::rocket::Rocket;
use super::simple::SimpleMethod;
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

/// A simple method without its tensors.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Saved {
    Rocket(SavedRocket),
    Ngrams(SavedNgrams),
}

/// MiniRocket.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedRocket {
    /// The network's share of the answer.
    network: f64,
    /// What MiniRocket's scores are divided by.
    scale: f64,
    plan: Plan,
}

/// N-grams.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedNgrams {
    /// The network's share of the answer.
    network: f64,
    temperature: f64,
}

/// Tensors of MiniRocket: what places are held against (F), the ridge (K, F) and its intercepts (K).
const ROCKET: [&str; 3] = ["minirocket.threshold", "minirocket.weight", "minirocket.bias"];

/// Tensors of the n-grams: the bucket (F) and the weight (F) of each feature, the regressions (R, F) and their intercepts (R), one of two classes.
const NGRAMS: [&str; 4] = ["ngrams.bucket", "ngrams.idf", "ngrams.weight", "ngrams.bias"];

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
        let saved = self.beside.as_ref().map(saved);
        let model = config_value(self.model.config());
        let meta = Map::from_iter([("model".to_owned(), model), ("task".to_owned(), self.config.task_with(saved, data))]);
        let mut tensors = model_tensors(self.model.params(), &self.model.params().values);
        if let Some(beside) = &self.beside {
            let named = simple_tensors(&beside.simple).into_iter();
            tensors.extend(named.map(|(name, shape, values)| (name.to_owned(), Tensor { shape, values })));
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

/// What stands in the metadata of a simple method.
fn saved(beside: &Beside) -> Saved {
    let network = beside.network;
    match &beside.simple {
        SimpleMethod::Rocket(r) => Saved::Rocket(SavedRocket { network, scale: r.scale, plan: r.transform.plan().clone() }),
        SimpleMethod::Ngrams(n) => Saved::Ngrams(SavedNgrams { network, temperature: n.temperature }),
    }
}

/// Name, shape and values of a simple method's tensors.
fn simple_tensors(simple: &SimpleMethod) -> Vec<(&'static str, Vec<usize>, Vec<f32>)> {
    match simple {
        SimpleMethod::Rocket(Rocket { transform, ridge, .. }) => {
            let (features, classes) = (transform.biases().len(), ridge.intercepts().len());
            let shapes = [vec![features], vec![classes, features], vec![classes]];
            let values = [transform.biases(), ridge.weights(), ridge.intercepts()];
            ROCKET.into_iter().zip(shapes).zip(values).map(|((name, shape), values)| (name, shape, values.to_vec())).collect()
        }
        SimpleMethod::Ngrams(Ngrams { tfidf, logistic, .. }) => {
            let (features, rows) = (tfidf.idf().len(), logistic.intercepts().len());
            // Buckets are below 2²⁴, which single precision holds exactly.
            let buckets = tfidf.buckets().iter().map(|bucket| *bucket as f32).collect();
            let shapes = [vec![features], vec![features], vec![rows, features], vec![rows]];
            let values = [buckets, tfidf.idf().to_vec(), logistic.weights().to_vec(), logistic.intercepts().to_vec()];
            NGRAMS.into_iter().zip(shapes).zip(values).map(|((name, shape), values)| (name, shape, values)).collect()
        }
    }
}

/// A simple method as it was saved.
fn beside_of(path: &Path, contents: &Contents, config: &ClassifyConfig, saved: Saved) -> Result<Beside, FormatError> {
    let wrong = |reason: &str| FormatError::Metadata { path: path.to_owned(), reason: format!("`beside`: {reason}") };
    let unfit = || wrong("it does not fit the network beside it");
    let values = |name| contents.values(path, name).map(<[f32]>::to_vec);
    let figures = |network: f64, scale: f64| (0.0..=1.0).contains(&network) && scale.is_finite() && scale > 0.0;
    match saved {
        Saved::Rocket(SavedRocket { network, scale, plan }) => {
            let [threshold, weight, bias] = ROCKET.map(values);
            if Rocket::unfit(config, 0).is_some() || plan.channels != config.channels() || !figures(network, scale) {
                return Err(unfit());
            }
            let transform = Transform::new(plan, threshold?).ok_or_else(|| wrong("its plan and tensors differ"))?;
            let ridge = Ridge::new(weight?, bias?)
                .filter(|r| r.intercepts().len() == config.outputs() && r.weights().len() == config.outputs() * transform.biases().len())
                .ok_or_else(|| wrong("its tensors do not fit its classes"))?;
            Ok(Beside { simple: SimpleMethod::Rocket(Rocket { transform, ridge, scale }), network })
        }
        Saved::Ngrams(SavedNgrams { network, temperature }) => {
            let [buckets, idf, weight, bias] = NGRAMS.map(values);
            if Ngrams::unfit(config).is_some() || !figures(network, temperature) {
                return Err(unfit());
            }
            let buckets = buckets?;
            if buckets.iter().any(|b| !(*b >= 0.0 && b.fract() == 0.0)) {
                return Err(wrong("its buckets are no whole numbers"));
            }
            let buckets = buckets.into_iter().map(|b| b as u32).collect();
            let tfidf = Tfidf::new(buckets, idf?).ok_or_else(|| wrong("its tensors differ"))?;
            let logistic = Logistic::new(config.outputs(), weight?, bias?)
                .filter(|l| l.weights().len() == l.intercepts().len() * tfidf.idf().len())
                .ok_or_else(|| wrong("its tensors do not fit its classes"))?;
            Ok(Beside { simple: SimpleMethod::Ngrams(Ngrams { tfidf, logistic, temperature }), network })
        }
    }
}
