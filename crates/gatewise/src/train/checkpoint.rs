//! A run on disk: everything that the next step depends on, so that a resumed run ends in the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gatewise_memory::product;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::config::TrainConfig;
use super::progress::Progress;
use super::trainer::Trainer;
use crate::error::{FormatError, TrainError};
use crate::format::{Contents, Tensor, config_value, encode, model_of, model_tensors, read, write_atomic};
use crate::layer::recurrent::State;
use crate::loss::Loss;
use crate::model::Model;
use crate::optim::Optimizer;

const KIND: &str = "checkpoint";
/// The weights with the lowest validation loss stand under their names behind this.
const BEST: &str = "best.";
/// The mean of the weights of the last steps stands under their names behind this.
const AVERAGE: &str = "average.";
/// The optimiser's moments stand under PyTorch's names behind this.
const MOMENTS: &str = "optimizer.";
const NORMS: &str = "epoch.grad_norms";
/// The carried state.
const CARRIED: [&str; 2] = ["carried.h", "carried.c"];

/// More steps than anything has trained for: a damaged file would count on from there until it overflows.
const MOST_STEPS: u64 = 1 << 53;

/// The metadata's key `train`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    config: TrainConfig,
    loss: Loss,
    progress: Progress,
    optimizer_steps: u64,
}

impl Trainer {
    /// The bytes of a checkpoint.
    pub fn checkpoint_bytes(&self) -> Vec<u8> {
        encode(&self.contents())
    }

    /// What a checkpoint holds.
    pub(super) fn contents(&self) -> Contents {
        let params = self.model.params();
        let mut tensors = model_tensors(params, &params.values);
        for (prefix, values) in [(BEST, &self.best), (AVERAGE, &self.average)] {
            if !values.is_empty() {
                tensors.extend(model_tensors(params, values).into_iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor)));
            }
        }
        let flat = |values: &[f32]| Tensor { shape: vec![values.len()], values: values.to_vec() };
        tensors.extend(self.optimizer.state().into_iter().map(|(name, values)| (format!("{MOMENTS}{name}"), flat(values))));
        if !self.progress.gathered.norms.is_empty() {
            tensors.insert(NORMS.into(), flat(&self.progress.gathered.norms));
        }
        for (name, values) in CARRIED.into_iter().zip([&self.carried.h, &self.carried.c]) {
            if !values.is_empty() {
                tensors.insert(name.into(), flat(values));
            }
        }
        let saved = Saved {
            config: self.config.clone(),
            loss: self.loss.clone(),
            progress: self.progress.clone(),
            optimizer_steps: self.optimizer.steps(),
        };
        let saved = serde_json::to_value(saved).expect("finite numbers and names are JSON");
        let meta = [("model", config_value(self.model.config())), ("task", self.task.clone()), ("train", saved)];
        let meta = Map::from_iter(meta.map(|(key, value)| (key.to_owned(), value)));
        Contents { kind: KIND.into(), meta, tensors }
    }

    /// Writes a checkpoint, beside its place first and then renamed.
    ///
    /// # Errors
    /// What the file system says, with the path.
    pub fn save(&self, path: &Path) -> Result<(), FormatError> {
        write_atomic(path, &self.checkpoint_bytes())
    }

    /// Goes on from a checkpoint, and writes the next ones to the same file, as often as before.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, foreign, of a newer format, or no checkpoint.
    pub fn resume(path: &Path) -> Result<Self, TrainError> {
        let contents = read(path)?;
        contents.expect(path, KIND, "give the last.safetensors that lies beside it")?;
        Self::of_contents(path, contents)
    }

    /// Goes on from what a checkpoint holds; it belongs at `path`.
    pub(super) fn of_contents(path: &Path, mut contents: Contents) -> Result<Self, TrainError> {
        let model = model_of(path, &contents)?;
        let Saved { config, loss, mut progress, optimizer_steps } = contents.field(path, "train")?;
        config.validate()?;
        let counts = [progress.step, progress.epoch, progress.position, progress.stale, progress.averaged, optimizer_steps];
        if counts.into_iter().any(|count| count > MOST_STEPS) {
            let reason = format!("`train` counts {} steps", counts.iter().max().unwrap_or(&0));
            return Err(FormatError::Metadata { path: path.to_owned(), reason }.into());
        }
        loss.validate().map_err(|e| FormatError::Metadata { path: path.to_owned(), reason: e.to_string() })?;
        let mut optimizer = Optimizer::new(config.optimizer.clone(), model.params().values.len());
        let tensors = &contents.tensors;
        optimizer.restore(optimizer_steps, |name| tensors.get(&format!("{MOMENTS}{name}")).map(|t| &t.values[..]))?;
        if progress.position > 0 {
            progress.gathered.norms = contents.values(path, NORMS)?.to_vec();
        }
        if progress.gathered.norms.len() as u64 != progress.position {
            let reason = format!("it has {} values after {} steps", progress.gathered.norms.len(), progress.position);
            return Err(FormatError::Tensor { path: path.to_owned(), name: NORMS.into(), reason }.into());
        }
        let best = if progress.best.is_some() { named_weights(path, tensors, &model, BEST)? } else { Vec::new() };
        let average = if progress.averaged > 0 { named_weights(path, tensors, &model, AVERAGE)? } else { Vec::new() };
        let carried = carried(path, tensors, &model, config.batch)?;
        let task = contents.meta.remove("task").unwrap_or(Value::Null);
        let checkpoint = Some(PathBuf::from(path));
        Ok(Self { best, average, task, checkpoint, carried, ..Self::of(model, loss, config, optimizer, progress) })
    }
}

/// The carried state of a batch; empty where nothing is carried.
fn carried(path: &Path, tensors: &BTreeMap<String, Tensor>, model: &Model<f32>, batch: usize) -> Result<State<f32>, FormatError> {
    let [h, c] = CARRIED.map(|name| tensors.get(name).map_or_else(Vec::new, |t| t.values.clone()));
    // Computed, not allocated: the sizes of a damaged file can be absurd.
    let config = model.config();
    let needed = [config.hidden, config.dims(0).memory()].map(|width| product(&[config.layers, config.directions(), batch, width]));
    if !(h.is_empty() && c.is_empty()) && [h.len() as u128, c.len() as u128] != needed {
        let reason = format!("the state has {} and {} values, the network needs {} and {}", h.len(), c.len(), needed[0], needed[1]);
        return Err(FormatError::Tensor { path: path.to_owned(), name: CARRIED[0].into(), reason });
    }
    Ok(State { h, c })
}

/// The weights whose names begin with `prefix`, as a flat buffer.
fn named_weights(path: &Path, tensors: &BTreeMap<String, Tensor>, model: &Model<f32>, prefix: &str) -> Result<Vec<f32>, FormatError> {
    let mut flat = Vec::with_capacity(model.params().values.len());
    for spec in model.params().specs() {
        let name = format!("{prefix}{}", spec.name);
        match tensors.get(&name) {
            Some(tensor) if tensor.shape == spec.shape => flat.extend_from_slice(&tensor.values),
            other => {
                let reason = other.map_or("it is missing".into(), |t| format!("its shape is {:?}, not {:?}", t.shape, spec.shape));
                return Err(FormatError::Tensor { path: path.to_owned(), name, reason });
            }
        }
    }
    Ok(flat)
}
