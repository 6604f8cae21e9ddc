//! A forecaster as one model file.

use std::path::Path;

use gatewise_kernels::Cpu;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::combine::Combination;
use super::config::ForecastConfig;
use super::effects::Effects;
use super::predict::Forecaster;
use super::scale::Scales;
use crate::error::FormatError;
use crate::format::{Contents, ModelFile, config_value, encode, model_of, model_tensors, write_atomic};
use crate::prior::Prior;

/// What a model file keeps for its task, beside the network.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    name: String,
    forecast: ForecastConfig,
    scales: Scales,
    /// Networks in the file. The first has PyTorch's names; those of network k have `member<k>.` before them.
    members: usize,
    /// How the networks are combined with simple methods; absent where they stand alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    combination: Option<Combination>,
    /// What known covariates add to the targets; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effects: Option<Effects>,
    /// What the caller keeps: how the table is read.
    data: Value,
}

/// Name of the task in a model file.
const NAME: &str = "forecast";

/// What stands before the names of a prior of the forecaster's own.
const PRIOR: &str = "prior.";

/// Most networks of a forecaster, more than anybody averages.
pub const MAX_MEMBERS: usize = 1024;

fn prefix(member: usize) -> String {
    if member == 0 { String::new() } else { format!("member{member}.") }
}

impl Forecaster {
    /// The bytes of a model file. `data` is what the caller needs to read the next table alike.
    pub fn to_bytes(&self, data: &Value) -> Vec<u8> {
        let task = Task {
            name: NAME.to_owned(),
            forecast: self.config().clone(),
            scales: self.scales().clone(),
            members: self.members().len(),
            combination: self.combination().cloned(),
            effects: self.effects().cloned(),
            data: data.clone(),
        };
        let task = serde_json::to_value(task).expect("a configuration of numbers and names is JSON");
        let model = config_value(&self.config().model());
        let meta = Map::from_iter([("model".to_owned(), model), ("task".to_owned(), task)]);
        let tensors = self.members().iter().enumerate().flat_map(|(k, member)| {
            let params = member.params();
            model_tensors(params, &params.values).into_iter().map(move |(name, tensor)| (prefix(k) + &name, tensor))
        });
        let mut contents = Contents { kind: "model".into(), meta, tensors: tensors.collect() };
        if let Some(prior) = self.own_prior() {
            prior.add_to(&mut contents, PRIOR);
        }
        encode(&contents)
    }

    /// Writes a model file, beside its place first and then renamed.
    ///
    /// # Errors
    /// What the file system says, with the path.
    pub fn save(&self, path: &Path, data: &Value) -> Result<(), FormatError> {
        write_atomic(path, &self.to_bytes(data))
    }

    /// Reads a model file: the forecaster, and what the caller kept in it.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, foreign, of a newer format, or no forecaster.
    pub fn load(path: &Path) -> Result<(Self, Value), FormatError> {
        Self::of_file(ModelFile::open(path)?)
    }

    /// As [`load`](Self::load), of a file that was read.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn of_file(file: ModelFile) -> Result<(Self, Value), FormatError> {
        let (path, mut contents) =
            file.of_task(&[NAME], "forecaster", "give a model that `gatewise forecast` or `gatewise train forecast` made")?;
        let path = path.as_path();
        let metadata = |reason: String| FormatError::Metadata { path: path.to_owned(), reason };
        let task: Task = contents.field(path, "task")?;
        let least = usize::from(task.combination.is_none());
        if !(least..=MAX_MEMBERS).contains(&task.members) {
            return Err(metadata(format!("`members` is {}; it is {least} to {MAX_MEMBERS}", task.members)));
        }
        let mut members = Vec::new();
        for k in 0..task.members {
            if k > 0 {
                let start = prefix(k);
                let named =
                    contents.tensors.iter().filter_map(|(name, tensor)| Some((name.strip_prefix(&start)?.to_owned(), tensor.clone())));
                let tensors = named.collect();
                members.push(model_of(path, &Contents { kind: contents.kind.clone(), meta: contents.meta.clone(), tensors })?);
            } else {
                members.push(model_of(path, &contents)?);
            }
        }
        let prior = match contents.meta.contains_key("prior") {
            true => Some(Box::new(Prior::within(&Cpu::new(1).map_err(metadata)?, path, &contents, PRIOR)?)),
            false => None,
        };
        contents.meta.clear();
        let mut forecaster = Self::new(task.forecast, task.scales, members).map_err(|e| metadata(e.to_string()))?;
        if let Some(combination) = task.combination {
            forecaster.set_combination(combination).map_err(|e| metadata(e.to_string()))?;
        }
        forecaster.set_effects(task.effects).map_err(|e| metadata(e.to_string()))?;
        prior.into_iter().for_each(|prior| forecaster.set_prior(prior));
        Ok((forecaster, task.data))
    }
}
