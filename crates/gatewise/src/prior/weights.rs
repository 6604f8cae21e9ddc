//! The file of a trained prior, and weights in files.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::network::{PriorConfig, PriorNetwork};
use crate::error::FormatError;
use crate::format::{Contents, Tensor, encode_half, write_atomic};
use crate::params::Params;

/// What a file with a prior says it is for.
pub(crate) const TASK: &str = "prior";

/// How a prior was trained, and what its intervals need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorRecord {
    /// Series that it saw.
    pub series: u64,
    /// What they were drawn from.
    pub seed: u64,
    /// Loss on series that no training drew.
    pub loss: f64,
    /// Factors on the width of intervals: at the middles of the steps 1–6, 7–18 and 19–48, straight between them.
    pub widths: [f64; 3],
}

/// Adds every tensor, its name behind `prefix`.
pub(super) fn insert_weights(tensors: &mut BTreeMap<String, Tensor>, params: &Params<f32>, prefix: &str) {
    tensors.extend(params.specs().iter().map(|spec| {
        let tensor = Tensor { shape: spec.shape.clone(), values: params.values[spec.range.clone()].to_vec() };
        (format!("{prefix}{}", spec.name), tensor)
    }));
}

/// Takes over every tensor that stands behind `prefix`.
///
/// # Errors
/// A tensor that is missing, has another shape, or a value that is not finite.
pub(super) fn load_flat(path: &Path, contents: &Contents, params: &mut Params<f32>, prefix: &str) -> Result<(), FormatError> {
    for spec in params.specs().to_vec() {
        let name = format!("{prefix}{}", spec.name);
        let wrong = |reason: String| FormatError::Tensor { path: path.to_owned(), name: name.clone(), reason };
        let tensor = contents.tensors.get(&name).ok_or_else(|| wrong("it is missing".into()))?;
        if tensor.shape != spec.shape {
            return Err(wrong(format!("its shape is {:?}, the network needs {:?}", tensor.shape, spec.shape)));
        }
        if let Some(at) = tensor.values.iter().position(|v| !v.is_finite()) {
            return Err(wrong(format!("value {at} is {}", tensor.values[at])));
        }
        params.values[spec.range.clone()].copy_from_slice(&tensor.values);
    }
    Ok(())
}

/// Writes the file of a prior: `values` in the order of the network's parameters, rounded to sixteen bits.
///
/// # Errors
/// What the file system says, with the path.
pub fn save_prior(path: &Path, network: &PriorNetwork<f32>, values: &[f32], record: &PriorRecord) -> Result<(), FormatError> {
    let mut params = network.params().clone();
    params.values.copy_from_slice(values);
    let mut tensors = BTreeMap::new();
    insert_weights(&mut tensors, &params, "");
    let mut task = json!(record);
    task["name"] = TASK.into();
    let meta = Map::from_iter([("prior".to_owned(), json!(network.config())), ("task".to_owned(), task)]);
    write_atomic(path, &encode_half(&Contents { kind: "model".into(), meta, tensors }))
}

/// The key of a prior inside the file of another model.
const PART: &str = "prior";

/// What is kept of a prior beside its tensors.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    network: PriorConfig,
    record: PriorRecord,
}

/// A training that is over, after so many steps.
pub(super) fn tuned_contents(network: &PriorNetwork<f32>, record: &PriorRecord, steps: u64) -> Contents {
    let meta = Map::from_iter([("steps".to_owned(), steps.into())]);
    let mut contents = Contents { kind: "prior-tuned".into(), meta, tensors: BTreeMap::new() };
    add_part(&mut contents, network, record, "");
    contents
}

/// Adds a prior to the file of another model, its tensors behind `prefix`.
pub(super) fn add_part(contents: &mut Contents, network: &PriorNetwork<f32>, record: &PriorRecord, prefix: &str) {
    insert_weights(&mut contents.tensors, network.params(), prefix);
    contents.meta.insert(PART.to_owned(), json!(Part { network: network.config(), record: record.clone() }));
}

/// The prior inside the file of another model.
pub(super) fn part_of(path: &Path, contents: &Contents, prefix: &str) -> Result<(PriorNetwork<f32>, PriorRecord), FormatError> {
    let Part { network, record } = contents.field(path, PART)?;
    Ok((network_of(path, contents, network, &record, prefix)?, record))
}

/// The network of a file, and how it was trained.
pub(super) fn prior_of(path: &Path, contents: &Contents) -> Result<(PriorNetwork<f32>, PriorRecord), FormatError> {
    let config: PriorConfig = contents.field(path, "prior")?;
    let mut task: Map<String, Value> = contents.field(path, "task")?;
    task.remove("name");
    let record = serde_json::from_value(Value::Object(task));
    let record: PriorRecord = record.map_err(|e| FormatError::Metadata { path: path.to_owned(), reason: format!("`task`: {e}") })?;
    Ok((network_of(path, contents, config, &record, "")?, record))
}

/// A network with the tensors behind `prefix`.
fn network_of(
    path: &Path,
    contents: &Contents,
    config: PriorConfig,
    record: &PriorRecord,
    prefix: &str,
) -> Result<PriorNetwork<f32>, FormatError> {
    let metadata = |reason: String| FormatError::Metadata { path: path.to_owned(), reason };
    // Held against limits before anything is allocated: the sizes of a damaged file can be absurd.
    config.check().map_err(|e| metadata(e.to_string()))?;
    let held: usize = contents.tensors.values().map(|t| t.values.len()).sum();
    if config.hidden * config.hidden * config.layers > held {
        return Err(metadata(format!("`prior` describes more parameters than the {held} that the tensors hold")));
    }
    if record.widths.iter().any(|w| !(w.is_finite() && *w > 0.0)) {
        return Err(metadata(format!("the widths of the prior are {:?}", record.widths)));
    }
    let mut network = PriorNetwork::empty(config);
    load_flat(path, contents, network.params_mut(), prefix)?;
    Ok(network)
}
